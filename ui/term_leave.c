#include "ui/term_leave.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "ui/term_type.h"

static struct {
	volatile sig_atomic_t taken;
	int fd;
	struct termios shell;
	char leave[256];
	size_t len;
} crash;

const struct termios *term_leave_settings(int fd)
{
	return tcgetattr(fd, &crash.shell) == 0 ? &crash.shell : NULL;
}

/* What does not fit is left out: the end, which always is sent, still fits. */
static void add(const char *text, size_t spare)
{
	size_t len = strlen(text);

	if (crash.len + len + spare > sizeof crash.leave)
		return;
	memcpy(crash.leave + crash.len, text, len);
	crash.len += len;
}

void term_leave_prepare(int fd, int keeps_region)
{
	static const char end[] = TERM_PASTE_OFF "\r\n";
	static const char *const names[] = {"rmcup", "cnorm", "sgr0"};

	crash.len = 0;
	if (keeps_region) /* setting it moves the cursor; rmcup does so anyway */
		add(term_type_has("rmcup", "\033") ? "\033[r" : "\0337\033[r\0338", sizeof end);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char name[8];
		const char *s;

		snprintf(name, sizeof name, "%s", names[i]);
		s = tigetstr(name);
		if (s && s != (char *)-1)
			add(s, sizeof end);
	}
	add(end, 0);
	crash.fd = fd;
	crash.taken = 1;
}

void term_leave_taken(void)
{
	crash.taken = 1;
}

void term_leave_given(int fd)
{
	tcsetattr(fd, TCSADRAIN, &crash.shell);
	crash.taken = 0;
}

int term_leave_is_taken(void)
{
	return crash.taken;
}

void term_leave_crash(void)
{
	if (!crash.taken)
		return;
	crash.taken = 0;
	if (write(crash.fd, crash.leave, crash.len) < 0) {
		/* nobody is left to be told */
	}
	tcsetattr(crash.fd, TCSAFLUSH, &crash.shell);
}
