/*
 * check_entries: the list's columns, made wider and kept for the next time; the list saved to a file; and a scan that
 * runs elsewhere, seen from here.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "relay/name.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, HEADER = 2, FIRST, STATUS = 22, LAST = 23 };

static void restrict_it(void)
{
	FILE *f = fopen(desk_config, "a");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "restricted = yes\n");
	fclose(f);
}

static int column_of(struct vt *t, const char *head)
{
	const char *row = vt_row(t, HEADER), *at = strstr(row, head);

	ck_assert_msg(at != NULL, "no column %s in: %s", head, row);
	return (int)(at - row);
}

START_TEST(widths_are_kept)
{
	struct vt *t = desk_open_list();
	int before = column_of(t, "WHAT DNS SAYS");

	vt_keys(t, ">>");
	desk_expect(t, LAST, "NAME is 19 wide");
	ck_assert_int_eq(column_of(t, "WHAT DNS SAYS"), before + 4);
	desk_quit(t);
	t = desk_open_list();
	ck_assert_int_eq(column_of(t, "WHAT DNS SAYS"), before + 4);
	vt_keys(t, "<<<<<<<<<<<<");
	desk_expect(t, LAST, "NAME is 4 wide");
	vt_keys(t, "o>");
	desk_expect(t, LAST, "WHAT DNS SAYS is ");
	desk_quit(t);
}
END_TEST

/* Columns belong to all entries: a limit of one of them moves none. */
START_TEST(a_limit_moves_no_column)
{
	struct run_result r;
	struct vt *t;
	int at;

	run_line(&r, desk_config, "add ab.example");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	run_line(&r, desk_config, "edit kept000.example --customer C-77");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	t = desk_open(24, 80, "xterm-256color", "console ab.e*", NULL);
	desk_expect(t, STATUS, "1/1");
	desk_expect(t, FIRST, ">   ab.example");
	desk_expect(t, HEADER, "CUST");
	at = column_of(t, "WHAT DNS SAYS");
	desk_press(t, "l\025kept000\r", FIRST, "kept000.example ");
	desk_expect(t, FIRST, "C-77");
	ck_assert_int_eq(column_of(t, "WHAT DNS SAYS"), at);
	desk_press(t, "l\025\r", STATUS, "/201");
	ck_assert_int_eq(column_of(t, "WHAT DNS SAYS"), at);
	desk_quit(t);
}
END_TEST

START_TEST(nothing_is_kept_when_restricted)
{
	char path[1200];
	struct vt *t;
	int before;

	restrict_it();
	t = desk_open_list();
	before = column_of(t, "WHAT DNS SAYS");
	vt_keys(t, ">");
	desk_expect(t, LAST, "NAME is 17 wide");
	vt_keys(t, "s");
	desk_expect(t, LAST, "restricted = yes is set: no file is written");
	snprintf(path, sizeof path, "%s/saved", desk_dir);
	vt_keys(t, ":save ");
	vt_keys(t, path);
	vt_keys(t, "\r");
	desk_expect(t, LAST, "restricted = yes is set: no file is written");
	ck_assert_int_ne(access(path, F_OK), 0);
	desk_quit(t);
	t = desk_open_list();
	ck_assert_int_eq(column_of(t, "WHAT DNS SAYS"), before);
	desk_quit(t);
}
END_TEST

static size_t lines_in(const char *path, const char *last)
{
	char line[4096] = "", before[4096] = "";
	FILE *f = fopen(path, "r");
	size_t n = 0;

	ck_assert_msg(f != NULL, "no %s", path);
	while (fgets(line, sizeof line, f)) {
		strcpy(before, line);
		n++;
	}
	fclose(f);
	ck_assert_msg(strstr(before, last) != NULL, "%s ends with %s", path, before);
	return n;
}

/* As it is shown: this limit, this order. */
START_TEST(the_list_is_saved_as_shown)
{
	struct vt *t = desk_open_list();
	char path[1200], keys[1400];

	snprintf(path, sizeof path, "%s/orphans", desk_dir);
	vt_keys(t, "lclass:orphan\rO");
	desk_expect(t, FIRST + 18, ">   gone00.example");
	vt_keys(t, "s");
	desk_expect(t, LAST, "Save the list as shown to");
	vt_keys(t, path);
	vt_keys(t, "\r");
	desk_expect(t, LAST, "40 entries saved to ");
	ck_assert_uint_eq(lines_in(path, "gone00.example"), 40);
	snprintf(keys, sizeof keys, ":save %s.csv\r", path);
	vt_keys(t, keys);
	desk_expect(t, LAST, ".csv");
	snprintf(keys, sizeof keys, ":save %s\r", path);
	vt_keys(t, keys);
	desk_expect(t, -1, "is there already and stays as it is");
	vt_keys(t, ":save /nowhere/at/all\r");
	desk_expect(t, LAST, "cannot make '/nowhere/at/all'");
	desk_quit(t);
	ck_assert_uint_eq(lines_in(path, "gone00.example"), 40);
	strcat(path, ".csv");
	ck_assert_uint_eq(lines_in(path, "gone00.example"), 41);
}
END_TEST

/* An imported name may look like a limit; the one under the cursor, and those that are saved, are names all the same. */
START_TEST(a_name_with_a_star)
{
	char path[1200], keys[1400];
	struct run_result r;
	struct vt *t;
	FILE *f;

	snprintf(path, sizeof path, "%s/star", desk_dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "*.gone00.example\nbelow.gone00.example\n");
	fclose(f);
	run_line(&r, desk_config, "import --format names %s", path);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	t = desk_open(24, 80, "xterm-256color", "", NULL);
	desk_expect(t, TITLE, "202 entries");
	desk_press(t, "/*.gone\r", -1, ">   *.gone00.example");
	desk_press(t, ":show\r", 1, "*.gone00.example");
	desk_press(t, "q:edit --customer C-9\r", LAST, "1 of 1 changed");
	ck_assert_uint_eq(desk_count("customer:C-9"), 1);
	snprintf(keys, sizeof keys, ":save %s.txt\r", path);
	desk_press(t, keys, LAST, "202 entries saved to ");
	desk_quit(t);
	strcat(path, ".txt");
	ck_assert_uint_eq(lines_in(path, "kept159.example"), 202);
}
END_TEST

/* As list has them: the bytes in and out. */
START_TEST(bytes_in_and_out)
{
	char path[1200], day[40];
	time_t now = time(NULL);
	struct run_result r;
	struct vt *t;
	FILE *f;

	snprintf(path, sizeof path, "%s/mail.log", desk_dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S+00:00", gmtime(&now));
	fprintf(f,
		"%s r postfix/smtpd[1]: AAAAAA01: client=far.test[203.0.113.9]\n"
		"%s r postfix/qmgr[2]: AAAAAA01: from=<a@h.test>, size=300, nrcpt=1 (queue active)\n"
		"%s r postfix/smtp[3]: AAAAAA01: to=<x@gone00.example>, relay=mx.test[203.0.113.7]:25, delay=1, "
		"delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)\n%s r postfix/qmgr[2]: AAAAAA01: removed\n",
		day, day, day, day);
	fclose(f);
	run_line(&r, desk_config, "traffic %s", path);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	run_line(&r, desk_config, "list gone00.example");
	ck_assert_ptr_nonnull(strstr(r.out, " 600 B"));
	run_clear(&r);
	t = desk_open_list_at(24, 120, "xterm-256color");
	desk_expect(t, FIRST, ">   gone00.example");
	desk_expect(t, FIRST, " 600 B");
	desk_quit(t);
}
END_TEST

/* So slow that it lasts longer than this test. */
START_TEST(a_scan_of_somebody_else_is_seen)
{
	struct vt *t = desk_open_list(), *scan;
	char *argv[] = {(char *)run_mxward(), "-c", desk_config, "scan", "--rate", "1", "--window", "1", NULL};

	vt_keys(t, "S");
	desk_expect(t, TITLE, "SCANS  none runs; the last ended ");
	desk_expect(t, 4, "> 1 ");
	desk_expect(t, 4, "trusted");
	scan = vt_start(argv, 24, 80, "xterm", NULL);
	desk_expect(t, TITLE, "SCANS  2 by ");
	desk_expect(t, TITLE, " runs");
	desk_expect(t, 1, "of 200");
	/* The cursor stays with its scan. */
	desk_expect(t, 5, "> 1 ");
	vt_keys(t, "q");
	desk_expect(t, TITLE, " of 200");
	vt_free(scan);
	vt_keys(t, "S");
	desk_expect(t, TITLE, "was cut off");
	desk_quit(t);
}
END_TEST

/* A large screen explains the entry under the cursor below the list, and shows what was beside what is. */
START_TEST(a_large_screen_is_used)
{
	struct vt *t = desk_open_list_at(60, 200, "xterm-256color");

	desk_expect(t, HEADER, "STATE");
	desk_expect(t, HEADER, " MX");
	desk_expect(t, -1, "ORPHAN: MX elsewhere, outside; not us any more.");
	desk_expect(t, -1, "Audit records");
	vt_keys(t, "G");
	desk_expect(t, -1, ">   kept159.example");
	desk_expect(t, -1, "OK: We back up a local primary.");
	desk_expect_gone(t, -1, "ORPHAN: MX");
	vt_keys(t, "\r");
	desk_expect(t, TITLE, "ENTRY");
	desk_expect(t, 1, "kept159.example");
	desk_expect(t, 1, "What DNS said");
	vt_keys(t, "/relay_\rq");
	desk_expect(t, HEADER, "STATE");
	vt_resize(t, 24, 80);
	desk_expect_gone(t, -1, "OK: We back up");
	desk_expect(t, STATUS, "200/200");
	desk_quit(t);
}
END_TEST

/* Behind each place where the name's key stands with the resolver's address, one bit of the address is another one. */
static int damage_observation(const char *name)
{
	static const char address[] = "127.0.0.1";
	unsigned char key[NAME_KEY_SIZE];
	size_t len = name_to_key(key, name);
	char path[1200], *bytes, *at;
	FILE *f;
	struct stat st;
	int n = 0;

	snprintf(path, sizeof path, "%s/db/data.mdb", desk_dir);
	f = fopen(path, "r+");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fstat(fileno(f), &st), 0);
	bytes = malloc((size_t)st.st_size);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)st.st_size, f), (size_t)st.st_size);
	for (at = bytes; (at = memmem(at, (size_t)(bytes + st.st_size - at), key, len)) != NULL; at += len) {
		size_t left = (size_t)(bytes + st.st_size - at);
		char *found = memmem(at, left < len + 120 ? left : len + 120, address, strlen(address));

		if (found) {
			*found ^= 1;
			n++;
		}
	}
	rewind(f);
	ck_assert_uint_eq(fwrite(bytes, 1, (size_t)st.st_size, f), (size_t)st.st_size);
	fclose(f);
	free(bytes);
	return n;
}

START_TEST(a_list_that_cannot_be_read_says_so)
{
	struct vt *t;

	ck_assert_int_gt(damage_observation("gone00.example"), 0);
	t = desk_open(24, 80, "xterm-256color", "", NULL);
	desk_expect(t, TITLE, "only 0 could be read: mxward check");
	desk_expect(t, FIRST, "the entries cannot be read: mxward check");
	desk_expect(t, STATUS, "gone00.example");
	desk_expect(t, STATUS, "damaged");
	/* The review neither; what failed is said once, and then hides no other message. */
	desk_press(t, "w", TITLE, "not read: mxward check");
	desk_expect(t, STATUS, "damaged");
	desk_press(t, "x", LAST, "this key does nothing here");
	vt_settle(t, 700);
	ck_assert(vt_has(t, LAST, "this key does nothing here"));
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, widths_are_kept);
	tcase_add_test(t, nothing_is_kept_when_restricted);
	tcase_add_test(t, a_limit_moves_no_column);
	tcase_add_test(t, the_list_is_saved_as_shown);
	tcase_add_test(t, a_large_screen_is_used);
	tcase_add_test(t, a_name_with_a_star);
	tcase_add_test(t, bytes_in_and_out);
	tcase_add_test(t, a_scan_of_somebody_else_is_seen);
	tcase_add_test(t, a_list_that_cannot_be_read_says_so);
	return desk_run("columns, saving and scans", (TCase *const[]){t, NULL});
}
