#include "torture/calls_console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/vt.h"

enum { ROWS = 24, COLUMNS = 200, QUIT_TURNS = 4, QUIT_MS = 1000 };

/* What is typed, and a text that then stands on the screen when nothing is wrong. */
static const struct {
	const char *keys, *text;
} steps[] = {
	{"", "gone00.example"},
	{"j", ">   gone01.example"},
	{"lclass:orphan\r", "limit: class:orphan"},
	{"\r", "Audit records"},
	{"q", "limit: class:orphan"},
	{"w", "REVIEW"},
	{"q", "limit: class:orphan"},
	{":stat\r", "entries"},
	{"q", "limit: class:orphan"},
	{"d", "staged"},
	{"$", "1 go, 0 stay"},
	{"cleft us\r\r", "Delete 1 entry?"},
	{"y", "deleted, batch"},
};

static void wait_for_text(struct vt *v, const char *text, int silence_ms)
{
	while (!vt_has(v, -1, text) && vt_pump(v, silence_ms) > 0)
		;
}

/* Whatever it asks or shows by now. */
static int quit(struct vt *v)
{
	for (int i = 0; i < QUIT_TURNS; i++) {
		vt_keys(v, "\007Q");
		wait_for_text(v, "Quit? y/N", QUIT_MS);
		if (vt_has(v, -1, "Quit? y/N"))
			vt_keys(v, "y");
		if (vt_pump(v, 0) < 0)
			break;
	}
	return vt_exit(v);
}

static char *screen_text(struct vt *v)
{
	char *text = malloc((size_t)ROWS * VT_LINE), *to = text;

	for (int row = 0; row < ROWS; row++)
		to += sprintf(to, "%s\n", vt_row(v, row));
	return text;
}

const char *console_trial(struct trial *t, struct run_result *r, int silence_ms)
{
	char home[1200], *argv[] = {(char *)run_mxward(), "-c", t->config, NULL};
	const char *const environment[] = {"HOME", home, "XDG_STATE_HOME", NULL, "SSH_CONNECTION", NULL, "TZ", "UTC", NULL};
	const char *wrong = NULL;
	struct vt *v;

	/* What it keeps of one time is not there the next. */
	snprintf(home, sizeof home, "%s", trial_path(t, "home"));
	if (mkdir(home, 0700) != 0)
		trial_give_up(home);
	v = vt_start(argv, ROWS, COLUMNS, "xterm-256color", environment);
	for (size_t i = 0; i < sizeof steps / sizeof *steps && vt_pump(v, 0) >= 0; i++) {
		vt_keys(v, steps[i].keys);
		wait_for_text(v, steps[i].text, silence_ms);
	}
	r->status = quit(v);
	if (r->status < 0)
		wrong = "the console does not end";
	else if (vt_is_alternate(v) || !vt_is_cooked(v))
		wrong = "the terminal is not given back";
	r->out = strdup("");
	r->err = screen_text(v);
	vt_free(v);
	run_remove_dir(strdup(home));
	return wrong;
}
