/*
 * check_colleagues: several people on one list: what another did shows, the cursor and the marks stay with their
 * entries, a commit passes over what was changed while it was being agreed to, and says so, and no view keeps a snapshot.
 */
#include <check.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "db/env.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, FIRST = 3, STATUS = 22, LAST = 23 };

static void colleague(const char *line)
{
	struct run_result r;

	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: %s%s", line, r.out, r.err);
	run_clear(&r);
}

static void agree(struct vt *t, const char *question)
{
	desk_press(t, "c", LAST, "Reason:");
	desk_press(t, "left us\r", LAST, "Ticket");
	vt_keys(t, "\r");
	desk_expect(t, LAST, question);
}

START_TEST(cursor_and_marks_stay_with_their_entries)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jj jj", FIRST + 5, ">   gone05.example");
	desk_expect(t, FIRST + 2, " *  gone02.example");
	colleague("add aaa.example");
	desk_expect(t, TITLE, "201 entries");
	colleague("delete gone00.example gone01.example --reason x --yes 2");
	desk_expect(t, TITLE, "199 entries");
	colleague("edit gone04.example --note x --customer C-77");
	desk_expect(t, -1, "C-77");
	desk_expect(t, -1, ">   gone05.example");
	desk_expect(t, -1, " *  gone02.example");
	desk_expect(t, STATUS, "5/199");
	desk_quit(t);
}
END_TEST

/* Who looks at an entry while a colleague deletes it reads so, and how it comes back. */
START_TEST(the_entry_in_view_is_deleted)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jjj\r", -1, "[ORPHAN_");
	colleague("delete gone03.example --reason x --yes 1");
	desk_expect(t, -1, "'gone03.example' is not in the list");
	desk_expect(t, -1, "what DNS says of it tells");
	desk_expect(t, -1, "B on the list brings it back");
	desk_press(t, "d", LAST, "'gone03.example' is not in the list any more; nothing was staged");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_quit(t);
}
END_TEST

/* Who left the customer as it was keeps the one that a colleague noted meanwhile. */
START_TEST(what_was_not_edited_stays)
{
	struct vt *t = desk_open_list();

	desk_press(t, "e", LAST, "Customer of gone00.example:");
	desk_press(t, "\r", LAST, "Note:");
	colleague("edit gone00.example --customer C-77");
	desk_press(t, "phoned\r", LAST, "1 changed");
	desk_press(t, "\r", 1, "C-77");
	desk_expect(t, -1, "Note: phoned");
	desk_quit(t);
}
END_TEST

/* Of an entry that a colleague deletes the cursor goes to its neighbour. */
START_TEST(the_entry_under_the_cursor_is_deleted)
{
	struct vt *t = desk_open_list();

	desk_press(t, "jjj", FIRST + 3, ">   gone03.example");
	colleague("delete gone03.example --reason x --yes 1");
	desk_expect(t, TITLE, "199 entries");
	desk_expect(t, FIRST + 3, ">   gone04.example");
	desk_press(t, "d", FIRST + 3, ">D  gone04.example");
	desk_quit(t);
}
END_TEST

START_TEST(a_commit_passes_over_what_was_changed_meanwhile)
{
	struct vt *t = desk_open_list();

	desk_press(t, "djdjdjd$", TITLE, "4 go, 0 stay");
	agree(t, "Delete 4 entries? y/N");
	colleague("delete gone01.example --reason x --yes 1");
	colleague("pin gone02.example --reason etrn");
	colleague("edit gone03.example --note keep");
	desk_press(t, "y", LAST, "1 deleted, b");
	desk_expect(t, LAST, "; 3 not: gone01.example: a colleague deleted it meanwhile");
	ck_assert_uint_eq(desk_count(""), 198);
	ck_assert_uint_eq(desk_count("gone03*"), 1);
	ck_assert_uint_eq(desk_count("pinned:yes"), 1);
	desk_expect(t, STATUS, "2 staged");
	desk_expect(t, FIRST, " D  gone02.example");
	desk_expect(t, FIRST + 1, ">D  gone03.example");
	desk_quit(t);
}
END_TEST

/* What a colleague wrote of it is read before it goes. */
START_TEST(a_note_of_a_colleague_keeps_it)
{
	struct vt *t = desk_open_list();

	desk_press(t, "d$", TITLE, "1 goes, 0 stay");
	agree(t, "Delete 1 entry? y/N");
	colleague("edit gone00.example --note keep");
	desk_press(t, "y", LAST, "nothing deleted; not gone00.example: a colleague edited it meanwhile");
	/* Asked again it may go, now that its note could be seen. */
	desk_press(t, "$", TITLE, "1 goes, 0 stay");
	agree(t, "Delete 1 entry? y/N");
	desk_press(t, "y", LAST, "1 deleted");
	desk_quit(t);
}
END_TEST

START_TEST(nothing_is_left_to_commit)
{
	struct vt *t = desk_open_list();

	desk_press(t, "d$", TITLE, "1 goes, 0 stay");
	agree(t, "Delete 1 entry? y/N");
	colleague("delete gone00.example --reason x --yes 1");
	desk_press(t, "y", LAST, "nothing deleted; not gone00.example: a colleague deleted it meanwhile");
	ck_assert_uint_eq(desk_count(""), 199);
	desk_expect(t, TITLE, "199 entries");
	ck_assert(!vt_has(t, STATUS, "staged"));
	desk_quit(t);
}
END_TEST

/* --- what a console keeps of the database --- */

/* The snapshots that a process has open, by LMDB's table of readers. */
struct readers {
	int pid, open;
};

/* "       pid     thread     txnid", then a line a slot, whose txnid is a dash while none is open in it. */
static int count_reader(const char *lines, void *ctx)
{
	struct readers *r = ctx;

	for (const char *line = lines; line && *line; line = strchr(line, '\n'), line += !!line) {
		char txnid[32];
		int pid;

		if (sscanf(line, "%d %*s %31s", &pid, txnid) == 2 && pid == r->pid)
			r->open += strcmp(txnid, "-") != 0;
	}
	return 0;
}

static int snapshots(MDB_env *env, int pid)
{
	struct readers r = {.pid = pid};

	ck_assert_int_ge(mdb_reader_list(env, count_reader, &r), 0);
	return r.open;
}

/* Waits until the console has none open: within a turn it may, at rest it never does. */
static void expect_no_snapshot(MDB_env *env, struct vt *t, const char *when)
{
	int waited;

	for (waited = 0; snapshots(env, vt_pid(t)) > 0 && waited < VT_DEADLINE_MS; waited += 20)
		vt_pump(t, 20);
	ck_assert_msg(waited < VT_DEADLINE_MS, "%s: a snapshot stays open", when);
}

/* One that is open is seen: so it would be if the console left one. */
static void expect_snapshots_are_seen(MDB_env *env, const char *path)
{
	struct db_txn *txn;
	struct err e = {0};
	struct db *db;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (db_open(&db, path, DB_READ_WRITE, &e) != 0 || db_begin_read(&txn, db, &e) != 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(snapshots(env, pid), 1);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

/* The pages that a snapshot sees cannot be used again: a console that is left open for a week would make the file grow. */
START_TEST(no_view_keeps_a_snapshot)
{
	static const struct {
		const char *keys;
		int row;
		const char *text;
	} step[] = {{"jj", STATUS, "3/200"},
		    {"lclass:orphan mx:far", -1, "0/0 "},
		    {"\a", STATUS, "3/200"},
		    {"/kept\r", -1, ">   kept"},
		    {"\r", -1, "Audit records"},
		    {"qw", TITLE, "REVIEW"},
		    {"qA", TITLE, "AUDIT"},
		    {"qS", TITLE, "SCANS"},
		    {"qB", TITLE, "BATCHES"},
		    {"qgd$", TITLE, "PREVIEW"},
		    {"q", STATUS, "1 staged"}};
	char path[1200];
	struct vt *t = desk_open_list();
	MDB_env *env;

	snprintf(path, sizeof path, "%s/db", desk_dir);
	ck_assert_int_eq(mdb_env_create(&env), 0);
	ck_assert_int_eq(mdb_env_open(env, path, MDB_RDONLY, 0), 0);
	expect_snapshots_are_seen(env, path);
	expect_no_snapshot(env, t, "the list");
	for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
		desk_press(t, step[i].keys, step[i].row, step[i].text);
		expect_no_snapshot(env, t, step[i].text);
	}
	colleague("add aaa.example");
	desk_expect(t, TITLE, "201 entries");
	expect_no_snapshot(env, t, "what a colleague added");
	mdb_env_close(env);
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, cursor_and_marks_stay_with_their_entries);
	tcase_add_test(t, the_entry_under_the_cursor_is_deleted);
	tcase_add_test(t, the_entry_in_view_is_deleted);
	tcase_add_test(t, what_was_not_edited_stays);
	tcase_add_test(t, a_commit_passes_over_what_was_changed_meanwhile);
	tcase_add_test(t, a_note_of_a_colleague_keeps_it);
	tcase_add_test(t, nothing_is_left_to_commit);
	tcase_add_test(t, no_view_keeps_a_snapshot);
	return desk_run("colleagues", (TCase *[]){t, NULL});
}
