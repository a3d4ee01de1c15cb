#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "ui/backlog.h"
#include "ui/draw.h"
#include "ui/shorten.h"
#include "ui/term_leave.h"
#include "ui/term_type.h"

enum { SIZE_MOST = 1000 }; /* rows, columns */

enum { LAND_MS = 2000 };

struct terminal {
	struct loop *loop;
	struct term_events events;
	int fd;	     /* the terminal, not blocking where that could be had */
	int own_fd;  /* fd is ours to close */
	FILE *frame; /* where ncurses writes */
	FILE *input; /* what ncurses believes to read from; never read */
	SCREEN *screen;
	struct str out; /* of a frame: not yet taken by the terminal */
	struct shorten shorten;
	struct backlog backlog;
	struct loop_timer *silence;
	struct termios raw;
	struct loop_timer *quiet;
	char note[TERM_NOTE];
	int lost;
};

static void prepare_shortening(struct shorten *s)
{
	s->has_columns = term_type_has("hpa", "\033[%i%p1%dG") && term_type_has("vpa", "\033[%i%p1%dd");
	s->keeps_region = term_type_has("csr", "\033[%i%p1%d;%p2%dr") && term_type_has("ind", "\n") && term_type_has("ri", "\033M") &&
			  term_type_has("sc", "\0337") && term_type_has("rc", "\0338") && tigetflag("xenl") > 0;
}

/* --- writing --- */

static void on_tty(void *ctx, int fd, short revents);

static void watch(struct terminal *t)
{
	loop_watch(t->loop, t->fd, (short)(t->out.len ? POLLIN | POLLOUT : POLLIN), on_tty, t);
}

static void lose(struct terminal *t)
{
	if (t->lost)
		return;
	t->lost = 1;
	loop_forget(t->loop, t->fd);
	t->events.lost(t->events.ctx);
}

/* Writes what the terminal takes without waiting. */
static void push(struct terminal *t)
{
	while (t->out.len) {
		ssize_t n = write(t->fd, t->out.bytes, t->out.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			str_truncate(&t->out, 0);
			lose(t);
			return;
		}
		memmove(t->out.bytes, t->out.bytes + n, t->out.len - (size_t)n);
		str_truncate(&t->out, t->out.len - (size_t)n);
	}
}

/* Takes what ncurses wrote since the last time. */
static void collect(struct terminal *t)
{
	int fd = fileno(t->frame);
	size_t from = t->out.len;
	off_t len = lseek(fd, 0, SEEK_CUR);
	char piece[4096];
	ssize_t n;

	for (off_t at = 0; at < len; at += n) {
		size_t want =
			(size_t)(len - at) < sizeof piece ? (size_t)(len - at) : sizeof piece;

		n = pread(fd, piece, want, at);
		if (n <= 0)
			break;
		str_add_bytes(&t->out, piece, (size_t)n);
	}
	if (len > 0 && (lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 0) != 0))
		mem_die("cannot empty the frame: %s", strerror(errno));
	t->shorten.rows = LINES;
	t->shorten.cols = COLS;
	shorten_frame(&t->shorten, &t->out, from);
}

/* For the few bytes that must get through before the terminal is given away: waits a second at
 * most. */
static void push_all(struct terminal *t)
{
	struct pollfd p = {t->fd, POLLOUT, 0};

	while (t->out.len && !t->lost && poll(&p, 1, 1000) == 1 &&
	       !(p.revents & (POLLERR | POLLHUP)))
		push(t);
	str_truncate(&t->out, 0);
}

int term_is_ready(const struct terminal *t)
{
	return t->out.len == 0 && !t->lost && !backlog_is_heavy(&t->backlog);
}

int term_is_shown(const struct terminal *t)
{
	return t->out.len == 0 && backlog_is_over(&t->backlog);
}

static void on_silence(void *ctx)
{
	struct terminal *t = ctx;

	t->silence = NULL;
	backlog_silent(&t->backlog);
	t->events.writable(t->events.ctx);
}

static void stop_waiting(struct terminal *t)
{
	loop_cancel(t->loop, t->silence);
	t->silence = NULL;
}

static void ask(struct terminal *t)
{
	str_add(&t->out, BACKLOG_QUESTION);
	stop_waiting(t);
	t->silence = loop_after(t->loop, BACKLOG_ANSWER_MS, on_silence, t);
}

void term_confirm(struct terminal *t)
{
	backlog_answered(&t->backlog);
	if (!backlog_is_over(&t->backlog))
		return;
	stop_waiting(t);
	t->events.writable(t->events.ctx);
}

void term_set_list(struct terminal *t, int top, int bottom)
{
	t->shorten.list_top = top + 1;
	t->shorten.list_bottom = bottom + 1;
}

void term_leave_row(struct terminal *t, int row)
{
	(void)t;
	if (!draw_lift_bar(row))
		return;
	wnoutrefresh(stdscr);
	doupdate();
}

void term_show(struct terminal *t, int sure)
{
	size_t before = t->out.len;

	wnoutrefresh(stdscr);
	doupdate();
	collect(t);
	if (t->out.len == 0)
		return;
	if (backlog_add(&t->backlog, t->out.len - before, sure))
		ask(t);
	push(t);
	if (!t->lost)
		watch(t);
}

void term_repaint(struct terminal *t)
{
	shorten_forget(&t->shorten);
	clearok(curscr, TRUE);
}

/* --- reading --- */

static void on_tty(void *ctx, int fd, short revents)
{
	struct terminal *t = ctx;
	char bytes[4096];
	ssize_t n;

	if (revents & POLLOUT) {
		push(t);
		if (t->lost)
			return;
		watch(t);
		if (t->out.len == 0)
			t->events.writable(t->events.ctx);
	}
	if (!(revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	n = read(fd, bytes, sizeof bytes);
	if (n > 0)
		t->events.input(t->events.ctx, bytes, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		lose(t);
}

void term_drop_input(struct terminal *t)
{
	tcflush(t->fd, TCIFLUSH);
	backlog_forget(&t->backlog);
	stop_waiting(t);
}

int term_took_cancel(struct terminal *t)
{
	struct pollfd p = {t->fd, POLLIN, 0};
	char bytes[256];
	ssize_t n;

	if (poll(&p, 1, 0) <= 0)
		return 0;
	n = read(t->fd, bytes, sizeof bytes);
	if (n <= 0)
		return n == 0 || (errno != EINTR && errno != EAGAIN);
	backlog_forget(&t->backlog); /* an answer of the terminal may have been among it */
	stop_waiting(t);
	return memchr(bytes, 'C' & 0x1f, (size_t)n) || memchr(bytes, 'G' & 0x1f, (size_t)n) ||
	       (n == 1 && bytes[0] == '\033');
}

/* --- size and signals --- */

static void ask_size(const struct terminal *t, int *rows, int *cols)
{
	struct winsize w = {0};

	*rows = 24;
	*cols = 80;
	if (ioctl(t->fd, TIOCGWINSZ, &w) == 0 && w.ws_row && w.ws_col) {
		*rows = w.ws_row < SIZE_MOST ? w.ws_row : SIZE_MOST;
		*cols = w.ws_col < SIZE_MOST ? w.ws_col : SIZE_MOST;
	}
}

static void take_size(struct terminal *t)
{
	int rows, cols;

	ask_size(t, &rows, &cols);
	if (rows != LINES || cols != COLS)
		resizeterm(rows, cols);
}

static void on_quiet(void *ctx)
{
	struct terminal *t = ctx;

	t->quiet = NULL;
	take_size(t);
	term_repaint(t);
	t->events.resized(t->events.ctx);
}

static void on_winch(void *ctx, int signum)
{
	struct terminal *t = ctx;

	(void)signum;
	loop_cancel(t->loop, t->quiet);
	t->quiet = loop_after(t->loop, TERM_QUIET_MS, on_quiet, t);
}

static void on_end(void *ctx, int signum)
{
	(void)signum;
	lose(ctx);
}

static void on_stop(void *ctx, int signum)
{
	(void)signum;
	term_suspend(ctx);
}

static int watch_signals(struct terminal *t, struct err *e)
{
	static const int ends[] = {SIGHUP, SIGTERM, SIGINT, SIGQUIT};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (loop_signal(t->loop, ends[i], on_end, t, e) != 0)
			return -1;
	if (loop_signal(t->loop, SIGTSTP, on_stop, t, e) != 0)
		return -1;
	return loop_signal(t->loop, SIGWINCH, on_winch, t, e);
}

/* --- taking and giving back --- */

static void take(struct terminal *t)
{
	tcsetattr(t->fd, TCSADRAIN, &t->raw);
	term_leave_taken();
	str_add(&t->out, TERM_PASTE_ON);
}

static void leave(struct terminal *t)
{
	shorten_end(&t->shorten, &t->out);
	endwin();
	collect(t);
	str_add(&t->out, TERM_PASTE_OFF);
	push_all(t);
	if (!t->lost)
		backlog_land(&t->backlog, t->fd, LAND_MS);
	stop_waiting(t);
	term_leave_given(t->fd);
}

void term_suspend(struct terminal *t)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;

	leave(t);
	sigemptyset(&dfl.sa_mask);
	sigaction(SIGTSTP, &dfl, &old);
	kill(0, SIGTSTP); /* the whole job, as the terminal driver would have done */
	sigaction(SIGTSTP, &old, NULL);
	take(t);
	watch(t);
	take_size(t);
	term_repaint(t);
	t->events.resized(t->events.ctx);
}

/* A way to the terminal of its own, so that O_NONBLOCK does not reach the shell's.  /dev/tty
 * opens also where the device belongs to the user one has come from with sudo. */
static void open_tty(struct terminal *t)
{
	unsigned int mine = 0, other = 1;
	int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, TIOCGDEV, &mine) == 0 &&
	    ioctl(STDIN_FILENO, TIOCGDEV, &other) == 0 && mine == other) {
		t->fd = fd;
		t->own_fd = 1;
		return;
	}
	if (fd >= 0)
		close(fd);
	t->fd = STDIN_FILENO;
}

static int start_curses(struct terminal *t, const char *type, struct err *e)
{
	int fd = memfd_create("mxward-frame", MFD_CLOEXEC);
	const char *no_color = getenv("NO_COLOR");
	int rows, cols;
	char number[16];

	t->frame = fd >= 0 ? fdopen(fd, "w+") : tmpfile();
	t->input = fopen("/dev/null", "r");
	if (!t->frame || !t->input)
		return err_errno(e, errno,
				 "cannot make the file in memory that frames are composed in");
	/* ncurses cannot ask a file for the size, and begins by setting the scroll region to
	 * it. */
	ask_size(t, &rows, &cols);
	snprintf(number, sizeof number, "%d", rows);
	setenv("LINES", number, 1);
	snprintf(number, sizeof number, "%d", cols);
	setenv("COLUMNS", number, 1);
	t->screen = newterm(type, t->frame, t->input);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	if (!t->screen)
		return err_set(e, ERR_UNAVAILABLE,
			       "ncurses cannot use a terminal of type '%s'; set TERM", type);
	typeahead(-1);
	nonl(); /* a line feed is one: the shortest way down */
	idlok(stdscr, TRUE);
	scrollok(stdscr, FALSE);
	leaveok(stdscr, FALSE); /* screen readers follow the cursor */
	draw_start(!no_color || !*no_color);
	return 0;
}

int term_start(struct terminal **out, struct loop *loop, const struct term_events *events,
	       struct err *e)
{
	struct terminal *t = mem_alloc(sizeof *t);
	const struct termios *shell;
	const char *type;

	*t = (struct terminal){.loop = loop, .events = *events, .fd = -1};
	setlocale(LC_CTYPE, "");
	if (term_type_choose(&type, t->note, sizeof t->note, e) != 0)
		goto fail;
	open_tty(t);
	shell = term_leave_settings(t->fd);
	if (!shell) {
		err_errno(e, errno, "cannot ask the terminal for its settings");
		goto fail;
	}
	t->raw = *shell;
	cfmakeraw(&t->raw);
	if (start_curses(t, type, e) != 0)
		goto fail;
	prepare_shortening(&t->shorten);
	term_leave_prepare(t->fd, t->shorten.keeps_region);
	mem_set_die_hook(term_leave_crash);
	if (watch_signals(t, e) != 0)
		goto fail;
	take(t);
	take_size(t);
	watch(t);
	*out = t;
	return 0;
fail:
	term_stop(t);
	return -1;
}

void term_stop(struct terminal *t)
{
	if (!t)
		return;
	loop_cancel(t->loop, t->quiet);
	stop_waiting(t);
	if (t->fd >= 0)
		loop_forget(t->loop, t->fd);
	if (t->screen) {
		if (term_leave_is_taken()) {
			int lost = t->lost;

			t->lost = 0; /* a terminal that SIGTERM made us leave is still there to
					be given back */
			leave(t);
			t->lost = lost;
		}
		delscreen(t->screen);
	}
	if (t->frame)
		(void)fclose(t->frame);
	if (t->input)
		(void)fclose(t->input);
	if (t->own_fd)
		close(t->fd);
	str_clear(&t->out);
	mem_set_die_hook(NULL);
	free(t);
}

const char *term_note(const struct terminal *t)
{
	return t->note;
}
