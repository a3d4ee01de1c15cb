#include "support/vt.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

struct vt {
	int fd;
	pid_t pid;
	int rows, cols, alternate, closed, mute;
	VTerm *term;
	VTermScreen *screen;
	char line[VT_LINE];
	char *raw; /* since the mark */
	size_t raw_len, raw_room;
};

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void fail(const char *what)
{
	perror(what);
	abort();
}

static int on_property(VTermProp property, VTermValue *value, void *ctx)
{
	if (property == VTERM_PROP_ALTSCREEN)
		((struct vt *)ctx)->alternate = value->boolean;
	return 1;
}

static void run_child(char *const argv[], const char *term, const char *const *environment)
{
	setenv("TERM", term, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	for (; environment && environment[0]; environment += 2)
		if (environment[1])
			setenv(environment[0], environment[1], 1);
		else
			unsetenv(environment[0]);
	execv(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

struct vt *vt_start(char *const argv[], int rows, int cols, const char *term,
		    const char *const *environment)
{
	static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	struct vt *t = calloc(1, sizeof *t);

	if (!t)
		fail("calloc");
	t->rows = rows;
	t->cols = cols;
	t->pid = forkpty(&t->fd, NULL, NULL, &size);
	if (t->pid < 0)
		fail("forkpty");
	if (t->pid == 0)
		run_child(argv, term, environment);
	t->term = vterm_new(rows, cols);
	vterm_set_utf8(t->term, 1);
	t->screen = vterm_obtain_screen(t->term);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_reset(t->screen, 1);
	return t;
}

void vt_free(struct vt *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		kill(t->pid, SIGCONT);
		waitpid(t->pid, NULL, 0);
	}
	if (t->fd >= 0)
		close(t->fd);
	vterm_free(t->term);
	free(t->raw);
	free(t);
}

static void write_all(struct vt *t, const char *bytes, size_t len)
{
	while (len && t->fd >= 0) {
		ssize_t n = write(t->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

void vt_keys(struct vt *t, const char *keys)
{
	write_all(t, keys, strlen(keys));
}

static void keep(struct vt *t, const char *bytes, size_t len)
{
	if (t->raw_len + len > t->raw_room) {
		t->raw_room = 2 * (t->raw_len + len);
		t->raw = realloc(t->raw, t->raw_room);
		if (!t->raw)
			fail("realloc");
	}
	memcpy(t->raw + t->raw_len, bytes, len);
	t->raw_len += len;
}

int vt_pump(struct vt *t, int ms)
{
	return vt_take(t, ms, 8192);
}

int vt_take(struct vt *t, int ms, size_t most)
{
	struct pollfd p = {t->fd, POLLIN, 0};
	char bytes[8192], answer[256];
	ssize_t n;
	size_t len;

	if (t->closed)
		return -1;
	if (poll(&p, 1, ms) <= 0)
		return 0;
	n = read(t->fd, bytes, most < sizeof bytes ? most : sizeof bytes);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0) {
		t->closed = 1;
		return -1;
	}
	keep(t, bytes, (size_t)n);
	vterm_input_write(t->term, bytes, (size_t)n);
	while ((len = vterm_output_read(t->term, answer, sizeof answer)) > 0)
		if (!t->mute)
			write_all(t, answer, len);
	return (int)n;
}

static int wait_for(struct vt *t, int row, const char *text, int wanted)
{
	long end = now_ms() + VT_DEADLINE_MS, left;

	while (vt_has(t, row, text) != wanted) {
		left = end - now_ms();
		if (left <= 0 || vt_pump(t, (int)left) < 0)
			return vt_has(t, row, text) == wanted;
	}
	return 1;
}

int vt_wait(struct vt *t, int row, const char *text)
{
	return wait_for(t, row, text, 1);
}

int vt_wait_gone(struct vt *t, int row, const char *text)
{
	return wait_for(t, row, text, 0);
}

void vt_settle(struct vt *t, int ms)
{
	while (vt_pump(t, ms) > 0)
		;
}

static VTermScreenCell cell_at(struct vt *t, int row, int col)
{
	VTermScreenCell cell;

	memset(&cell, 0, sizeof cell);
	vterm_screen_get_cell(t->screen, (VTermPos){row, col}, &cell);
	return cell;
}

int vt_rows(const struct vt *t)
{
	return t->rows;
}

const char *vt_row(struct vt *t, int row)
{
	VTermRect r = {row, row + 1, 0, t->cols};
	size_t n = vterm_screen_get_text(t->screen, t->line, sizeof t->line - 1, r);

	if (n > sizeof t->line - 1)
		n = sizeof t->line - 1;
	while (n && t->line[n - 1] == ' ')
		n--;
	t->line[n] = '\0';
	return t->line;
}

int vt_find(struct vt *t, const char *text)
{
	for (int row = 0; row < t->rows; row++)
		if (strstr(vt_row(t, row), text))
			return row;
	return -1;
}

int vt_has(struct vt *t, int row, const char *text)
{
	return row >= 0 ? strstr(vt_row(t, row), text) != NULL : vt_find(t, text) >= 0;
}

int vt_is_reverse(struct vt *t, int row, int col)
{
	return cell_at(t, row, col).attrs.reverse;
}

int vt_has_colour(struct vt *t)
{
	for (int row = 0; row < t->rows; row++)
		for (int col = 0; col < t->cols; col++) {
			VTermScreenCell cell = cell_at(t, row, col);

			if (!VTERM_COLOR_IS_DEFAULT_FG(&cell.fg))
				return 1;
		}
	return 0;
}

void vt_cursor(struct vt *t, int *row, int *col)
{
	VTermPos at;

	vterm_state_get_cursorpos(vterm_obtain_state(t->term), &at);
	*row = at.row;
	*col = at.col;
}

size_t vt_visible(struct vt *t)
{
	size_t n = 0;

	for (int row = 0; row < t->rows; row++) {
		const char *line = vt_row(t, row);

		n += strlen(line) - strspn(line, " ");
	}
	return n;
}

void vt_dump(struct vt *t)
{
	for (int row = 0; row < t->rows; row++)
		fprintf(stderr, "|%s\n", vt_row(t, row));
}

void vt_be_mute(struct vt *t)
{
	t->mute = 1;
}

const char *vt_raw(const struct vt *t)
{
	return t->raw;
}

size_t vt_bytes(const struct vt *t)
{
	return t->raw_len;
}

void vt_mark(struct vt *t)
{
	t->raw_len = 0;
}

int vt_received(const struct vt *t, const char *bytes)
{
	return t->raw_len && memmem(t->raw, t->raw_len, bytes, strlen(bytes)) != NULL;
}

void vt_resize(struct vt *t, int rows, int cols)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->term, rows, cols);
	if (ioctl(t->fd, TIOCSWINSZ, &size) != 0)
		fail("TIOCSWINSZ");
}

int vt_is_alternate(const struct vt *t)
{
	return t->alternate;
}

int vt_is_cooked(const struct vt *t)
{
	struct termios mode;

	return tcgetattr(t->fd, &mode) == 0 && (mode.c_lflag & ICANON) &&
	       (mode.c_lflag & ECHO) && (mode.c_oflag & OPOST);
}

void vt_hang_up(struct vt *t)
{
	close(t->fd);
	t->fd = -1;
	t->closed = 1;
}

pid_t vt_pid(const struct vt *t)
{
	return t->pid;
}

int vt_exit(struct vt *t)
{
	long end = now_ms() + VT_DEADLINE_MS;
	int status;

	for (;;) {
		pid_t got = waitpid(t->pid, &status, WNOHANG);

		if (got == t->pid) {
			/* What it wrote last may still be on its way; behind it comes the end, unless somebody else
			 * has the terminal, too. */
			while (vt_pump(t, 1000) > 0)
				;
			t->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
		if (now_ms() > end) {
			kill(t->pid, SIGKILL);
			waitpid(t->pid, &status, 0);
			t->pid = 0;
			return -1;
		}
		/* Its end closes the terminal, which wakes this; after that it is reaped within
		 * moments. */
		if (vt_pump(t, 20) < 0)
			poll(NULL, 0, 1);
	}
}
