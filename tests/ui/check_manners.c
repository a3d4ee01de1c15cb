/*
 * check_manners: what reaches a terminal, in which words and letters: hostile bytes, other locales, very small screens,
 * pastes that do not end, lines that die without a signal, sizes that change and change.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "support/desk.h"
#include "support/hostile.h"
#include "support/planted.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, FIRST = 3, STATUS = 22, LAST = 23 };

/* --- what may be on the line ------------------------------------------------------------------------------------- */

static void only_ours(struct vt *t)
{
	hostile_must_be_ours(vt_raw(t), vt_bytes(t));
}

/* The text that entries are planted with; what is pasted is all of them. */
static const char first[] = "\033[2J\033]0;owned\a\x9b" "31m\xc2\x9b" "5n\xe2\x80\xae" "gpj.exe\b\b\r\n\x7f\xff<&>";

static void plant(void)
{
	char path[1100], name[40];

	snprintf(path, sizeof path, "%s/db", desk_dir);
	plant_hostile(path, "aaa.example", first);
	for (size_t i = 0; i < n_hostile; i += 2) {
		snprintf(name, sizeof name, "aab%02zu.example", i);
		plant_hostile(path, name, hostile[i].text);
	}
}

static const struct {
	int rows, cols;
	const char *term, *locale;
} sinks[] = {{24, 80, "xterm-256color", "C.UTF-8"}, {60, 200, "linux", "C.UTF-8"}, {24, 80, "vt100", "C"},
	     {24, 80, "putty-256color", "C"}, {50, 120, "screen-256color", "C.UTF-8"}};

START_TEST(hostile_bytes_are_escaped_everywhere)
{
	const char *environment[] = {"LC_ALL", sinks[_i].locale, NULL};
	int last = sinks[_i].rows - 1;
	struct vt *t;

	plant();
	t = desk_open(sinks[_i].rows, sinks[_i].cols, sinks[_i].term, "", environment);
	desk_expect(t, FIRST, "aaa.example");
	desk_press(t, "\r", -1, "\\027[2J");
	vt_keys(t, "GZ");
	for (size_t i = 0; i < n_hostile / 2; i += 5)
		vt_keys(t, "qjjjjj\r"); /* others, too */
	vt_keys(t, "q/\033[200~");
	vt_keys(t, first);
	desk_press(t, "\033[201~\r", last, "not found: ");
	vt_keys(t, "l\033[200~");
	vt_keys(t, hostile_all(" "));
	desk_press(t, "\033[201~", last - 1, "Limit: ");
	desk_press(t, "\x07" "d$", TITLE, "1 stays");
	desk_press(t, "quA", TITLE, "AUDIT");
	desk_press(t, "qge", last, "Customer of aaa.example");
	desk_press(t, "\r", last, "Note:");
	desk_press(t, "\x07w", TITLE, "REVIEW");
	desk_press(t, "q:show aaa.example\r", -1, "\\027[2J");
	desk_press(t, "q", FIRST, "aaa.example");
	desk_quit_after(t, only_ours);
}
END_TEST

/* --- letters ----------------------------------------------------------------------------------------------------- */

static void add(const char *name)
{
	struct run_result r;

	run_line(&r, desk_config, "add %s", name);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

/* A name is shown as it is in DNS, and beside it, where the terminal can, as its owner writes it. */
START_TEST(names_of_other_scripts)
{
	static const char *const plain[] = {"LC_ALL", "C", NULL};
	struct vt *t;

	add("xn--fsqu00a.xn--0zwm56d");
	add("xn--mller-kva.example");
	t = desk_open(24, 80, "xterm-256color", "console xn--*", NULL);
	desk_expect(t, FIRST, "xn--mller-kva.example");
	desk_press(t, "\r", -1, "m\xc3\xbcller.example");
	desk_press(t, "qj\r", -1, "\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95");
	desk_expect(t, 1, "xn--fsqu00a.xn--0zwm56d");
	vt_keys(t, "q");
	desk_quit(t);
	t = desk_open(24, 80, "xterm-256color", "console xn--*", plain);
	desk_expect(t, FIRST, "xn--mller-kva.example");
	desk_press(t, "\r", 1, "xn--mller-kva.example");
	desk_press(t, "qj\r", 1, "xn--fsqu00a.xn--0zwm56d");
	/* Typed as its owner writes it, it is told as the list has it; the foot knows how long the limit is on the screen. */
	desk_press(t, "qa\xc3\xbc" "ber.Example.\r", LAST, "xn--ber-goa.example added");
	desk_press(t, "l\x15\xc3\xbc" "ber\r", STATUS, "limit: \\195\\188ber");
	desk_expect(t, STATUS, "? help");
	desk_quit_after(t, only_ours);
}
END_TEST

/* --- sizes ------------------------------------------------------------------------------------------------------- */

START_TEST(on_twenty_by_five_keys_still_work)
{
	struct vt *t = desk_open(5, 20, "vt100", "", NULL);

	desk_expect(t, 0, "terminal too small");
	vt_keys(t, "jjd");
	vt_resize(t, 24, 80);
	desk_expect(t, -1, ">D  gone02.example");
	vt_resize(t, 5, 20);
	desk_expect(t, 0, "terminal too small");
	desk_press(t, "q", 4, "Quit? y/N");
	vt_keys(t, "\a");
	desk_expect_gone(t, 4, "Quit? y/N");
	desk_quit(t);
}
END_TEST

/* None is lost, however they come: after each burst the screen is that of the last size.  RESIZES (20) of them. */
START_TEST(every_size_is_taken)
{
	const char *wanted = getenv("RESIZES");
	int n = wanted ? atoi(wanted) : 20;
	struct vt *t = desk_open_list();

	srand(7);
	while (n > 0) {
		int rows = 0, cols = 0;

		for (int burst = 1 + rand() % 8; burst > 0; burst--, n--) {
			rows = 10 + rand() % 50;
			cols = 60 + rand() % 100;
			vt_resize(t, rows, cols);
			if (burst % 3 == 0)
				vt_keys(t, "j");
		}
		desk_expect(t, rows - 2, "/200");
		desk_expect(t, TITLE, "200 entries");
		/* The title ends at the right edge. */
		while (strlen(vt_row(t, TITLE)) != (size_t)cols && vt_pump(t, VT_DEADLINE_MS) > 0)
			;
		ck_assert_uint_eq(strlen(vt_row(t, TITLE)), (size_t)cols);
	}
	desk_quit(t);
}
END_TEST

/* --- pastes ------------------------------------------------------------------------------------------------------ */

static void nothing_happened(struct vt *t)
{
	desk_expect(t, STATUS, "1/200");
	ck_assert(!vt_has(t, STATUS, "staged"));
	ck_assert(!vt_has(t, STATUS, "marked"));
	ck_assert(!vt_has(t, STATUS, "limit:"));
	desk_expect(t, FIRST, ">   gone00.example");
}

START_TEST(a_pasted_name_is_no_command)
{
	struct vt *t = desk_open_list();

	desk_press(t, "\033[200~mail.acme-quorum.example\r\033[201~", LAST, "pasted text is taken by questions only");
	nothing_happened(t);
	/* In pieces, its end cut in two. */
	vt_keys(t, "\033[200~ddd d");
	vt_keys(t, "d$\r\033[20");
	desk_press(t, "1~j", FIRST + 1, ">   gone01.example");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_quit(t);
}
END_TEST

/* One that never ends does not lock the keys for longer than a second of silence. */
START_TEST(a_paste_without_an_end_is_over_after_a_while)
{
	struct vt *t = desk_open_list();

	desk_press(t, "\033[200~dddd", LAST, "pasted text is taken by questions only");
	nothing_happened(t);
	desk_press(t, "j", FIRST + 1, ">   gone01.example");
	desk_quit(t);
}
END_TEST

/* --- the line dies ----------------------------------------------------------------------------------------------- */

/* Below a shell that lets no hang-up through, so that only reading tells: it must not spin, and leaves at once. */
START_TEST(a_dead_line_without_a_signal_ends_it)
{
	char script[3000], path[1200];
	char *argv[] = {"/bin/sh", "-c", script, NULL};
	const char *environment[] = {"XDG_STATE_HOME", NULL, NULL};
	char state[1200], text[20] = "";
	struct vt *t;
	FILE *f;

	snprintf(state, sizeof state, "%s/state", desk_dir);
	environment[1] = state;
	snprintf(path, sizeof path, "%s/status", desk_dir);
	snprintf(script, sizeof script, "trap '' HUP; '%s' -c '%s'; echo $? >'%s'", run_mxward(), desk_config, path);
	t = vt_start(argv, 24, 80, "xterm", environment);
	desk_expect(t, STATUS, "1/200");
	desk_press(t, "dj ", STATUS, "1 marked  1 staged");
	vt_hang_up(t);
	ck_assert_int_eq(vt_exit(t), 0);
	vt_free(t);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof text, f));
	fclose(f);
	ck_assert_str_eq(text, "0\n");
	ck_assert_uint_eq(desk_count(""), 200);
	t = desk_open(24, 80, "xterm", "", NULL);
	desk_expect(t, LAST, "1 staged, 1 marked when the line was lost. Take them up? y/N");
	vt_keys(t, "n");
	desk_expect_gone(t, LAST, "y/N");
	nothing_happened(t);
	desk_quit(t);
}
END_TEST

static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

START_TEST(a_crash_gives_the_terminal_back)
{
	/* A sanitized build leaves these to us as well. */
	static const char *const ours[] = {"ASAN_OPTIONS", "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0", NULL};
	struct vt *t = desk_open(24, 80, "xterm-256color", "", ours);

	desk_expect(t, STATUS, "1/200");
	desk_press(t, "d", STATUS, "1 staged");
	vt_mark(t);
	kill(vt_pid(t), crashes[_i]);
	ck_assert_int_eq(vt_exit(t), 70);
	ck_assert(!vt_is_alternate(t));
	ck_assert(vt_is_cooked(t));
	ck_assert(vt_received(t, "\033[?2004l"));
	ck_assert(vt_received(t, "\033[r")); /* all lines scroll again */
	ck_assert(vt_received(t, "\033[?25h") || vt_received(t, "\033[?12l\033[?25h"));
	ck_assert(vt_has(t, -1, "mxward: broke off"));
	vt_free(t);
	ck_assert_uint_eq(desk_count(""), 200);
}
END_TEST

/* --- others ------------------------------------------------------------------------------------------------------ */

/* What a screen reader is to read stands where the cursor is, whatever the key. */
START_TEST(the_cursor_is_where_the_eye_is)
{
	static const char *const keys[] = {"j", "z", "G", "k", "/kept1\r", "g", "lgone\r"};
	struct vt *t = desk_open_list();

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		int row, col;

		vt_keys(t, keys[i]);
		vt_settle(t, 40);
		while (vt_cursor(t, &row, &col), !(col == 0 && strncmp(vt_row(t, row), ">", 1) == 0))
			if (vt_pump(t, VT_DEADLINE_MS) <= 0)
				break;
		ck_assert_int_eq(col, 0);
		ck_assert_int_eq(vt_row(t, row)[0], '>');
	}
	desk_quit(t);
}
END_TEST

/* Pages that one only passes through are not asked about: the world's log knows. */
START_TEST(only_rows_that_rest_are_asked_about)
{
	size_t before = desk_world_heard("kept159.example");
	size_t passed = desk_world_heard("kept040.example");
	struct vt *t = desk_open_list();

	desk_press(t, "zzzzzG", 21, ">   kept159.example");
	while (desk_world_heard("kept159.example") == before && vt_pump(t, 20) >= 0)
		;
	ck_assert_uint_gt(desk_world_heard("kept159.example"), before);
	ck_assert_uint_eq(desk_world_heard("kept040.example"), passed);
	desk_quit(t);
}
END_TEST

/* Until both stand in what tmux captures. */
static void wait_for_pane(const char *const *capture, const char *words, const char *more)
{
	int64_t until = loop_now() + VT_DEADLINE_MS;
	struct run_result r;
	int seen;

	do {
		run_program(&r, capture, NULL);
		seen = strstr(r.out, words) && strstr(r.out, more);
		ck_assert_msg(seen || loop_now() < until, "no '%s' and '%s' in\n%s%s", words, more, r.out, r.err);
		run_clear(&r);
	} while (!seen);
}

/* The real multiplexer that most of them sit in. */
START_TEST(through_tmux)
{
	static const char *const tmux = "/usr/bin/tmux";
	char command[2400], socket[1200], config[1200];
	const char *start[] = {tmux, "-S", socket, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", command, NULL};
	const char *keys[] = {tmux, "-S", socket, "send-keys", "jj", NULL};
	const char *capture[] = {tmux, "-S", socket, "capture-pane", "-p", NULL};
	const char *end[] = {tmux, "-S", socket, "kill-server", NULL};
	struct run_result r;

	if (access(tmux, X_OK) != 0)
		return;
	snprintf(socket, sizeof socket, "%s/tmux", desk_dir);
	snprintf(config, sizeof config, "%s", desk_config);
	snprintf(command, sizeof command, "'%s' -c '%s'", run_mxward(), config);
	run_program(&r, start, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	wait_for_pane(capture, ">   gone00.example", "1/200");
	run_program(&r, keys, NULL);
	run_clear(&r);
	wait_for_pane(capture, ">   gone02.example", "3/200");
	run_program(&r, end, NULL);
	run_clear(&r);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_loop_test(t, hostile_bytes_are_escaped_everywhere, 0, sizeof sinks / sizeof *sinks);
	tcase_add_test(t, names_of_other_scripts);
	tcase_add_test(t, on_twenty_by_five_keys_still_work);
	tcase_add_test(t, every_size_is_taken);
	tcase_add_test(t, a_pasted_name_is_no_command);
	tcase_add_test(t, a_paste_without_an_end_is_over_after_a_while);
	tcase_add_test(t, a_dead_line_without_a_signal_ends_it);
	tcase_add_loop_test(t, a_crash_gives_the_terminal_back, 0, sizeof crashes / sizeof *crashes);
	tcase_add_test(t, the_cursor_is_where_the_eye_is);
	tcase_add_test(t, only_rows_that_rest_are_asked_about);
	tcase_add_test(t, through_tmux);
	return desk_run("manners", (TCase *[]){t, NULL});
}
