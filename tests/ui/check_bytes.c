/*
 * check_bytes: what keys cost on the line, on a list as there is one in life, and that saving them spoils no screen.
 *
 * The list has every reason that there is, long names and short ones, customers and mail, so that neighbours differ in
 * all columns.  Nothing is asked of DNS, so that no answer comes in between.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/traffic.h"
#include "relay/verdict.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/vt.h"
#include "ui/backlog.h"

enum { TITLE, FIRST = 3, LAST = 21, STATUS, ENTRIES = 260, DAY = 86400 };

enum { DOWN = 64, EDGE = 120, POSITION = 11, EDGES = 70, POSITIONS = 6 };

enum { REST_MS = 280 }; /* the position follows 200 ms after the last key */

static void name_of(char out[80], int i)
{
	static const char *const first[] = {"apotheke", "bau",	"elektro",   "fahrschule", "gartenbau", "hausverwaltung", "kanzlei",
					    "kfz",	"mode", "orthopaedie", "reisebuero", "tsv",	   "zahnarzt"};
	static const char *const second[] = {"altstadt", "birkental", "eichgrund", "hof",	"kranz",
					     "nord",	 "pohl",      "seeblick",  "steinach", "zu-den-drei-linden"};
	int n = i / 2;

	snprintf(out, 80, "%s-%s.%s", first[n / 10 % 13], second[n % 10], i % 2 ? "example" : "de");
}

static void look(struct observed *o, struct observed_mx mx[2], int i)
{
	static const char *const outside[] = {"mx1.cloudmail.example", "in.filter-und-postfach.example", "mail.elsewhere.example"};
	enum reason reason = (enum reason)(i * 7 % N_REASONS);

	mx[0] = (struct observed_mx){.preference = 10};
	snprintf(mx[0].target, sizeof mx[0].target, "%s", outside[i % 3]);
	mx[1] = (struct observed_mx){.preference = 50, .ours = 1, .target = "backup.isp.example"};
	*o = (struct observed){.verdict = {.class = reason_class(reason), .reason = reason}, .count = 9, .days = 9, .scan = 1,
			       .resolver = "127.0.0.1", .chain = "", .each = "", .mx = mx, .n_mx = 2};
	if (o->verdict.class == CLASS_BROKEN)
		o->verdict.severity = 3;
	if (o->verdict.class == CLASS_ORPHAN)
		o->verdict.deletion = i % 13 ? DELETE_C1 : DELETE_HOLD;
	o->time = date_now() - 3600;
	o->since = date_now() - (3 + i * i % 400) * (int64_t)DAY - DAY / 2; /* no clock changes the row under the test */
}

static char config[1200];

static void set_up(void)
{
	struct entry entry = {.table_value = "", .contact = "", .note = "", .pin_note = "", .notice_ticket = ""};
	static const int64_t mails[] = {0, 3, 112, 41208, 7, 1990, 0, 58};
	int64_t today = date_day(date_now());
	char customer[40], database[1200];
	struct observed_mx mx[2];
	struct observed o;
	struct db_txn *t;
	struct err e = {0};
	struct db *db;

	desk_dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", desk_dir);
	snprintf(desk_config, sizeof desk_config, "%.1000s", config);
	run_write_file(config, "database = %s/db\n", desk_dir);
	snprintf(database, sizeof database, "%s/db", desk_dir);
	ck_assert_msg(db_create(database, &e) == 0 && db_open(&db, database, DB_READ_WRITE, &e) == 0, "%s", e.text);
	ck_assert_msg(db_begin_write(&t, db, "a test", 1, 5000, &e) == 0, "%s", e.text);
	for (int i = 0; i < ENTRIES; i++) {
		struct maillog_figures mail = {.in_msgs = mails[i / 3 % 8], .in_bytes = mails[i / 3 % 8] * 40000};

		name_of(entry.name, i);
		snprintf(customer, sizeof customer, "C-%04d", i * 617 % 9000);
		entry.customer = i % 9 ? customer : "";
		entry.added = date_now() - 900 * (int64_t)DAY;
		look(&o, mx, i);
		ck_assert_msg(entry_put(t, &entry, &e) == 0 && observed_put(t, entry.name, &o, &e) == 0, "%s", e.text);
		if (mail.in_msgs)
			ck_assert_int_eq(traffic_add(t, entry.name, "relay1", today - 1, &mail, &e), 0);
	}
	for (int64_t day = today - 40; day < today; day++)
		ck_assert_int_eq(traffic_mark_measured(t, "relay1", day, NULL, &e), 0);
	ck_assert_int_eq(traffic_next_generation(t, &e), 0);
	ck_assert_msg(db_commit(t, &e) == 0, "%s", e.text);
	db_close(db);
}

static void tear_down(void)
{
	run_remove_dir(desk_dir);
}

/* Lines of the list; on a large screen what is known of the entry stands below it. */
static int list_lines(struct vt *t)
{
	int rows = vt_rows(t);

	return rows - FIRST - 2 - (rows < 44 ? 0 : rows * 2 / 5);
}

/* The row that has the mark of the cursor, when the terminal's cursor is parked there: a frame ends with that. */
static int parked_at(struct vt *t)
{
	int row, col;

	vt_cursor(t, &row, &col);
	return col == 0 && row >= FIRST && vt_row(t, row)[0] == '>' ? row : -1;
}

static void name_at(struct vt *t, int row, char out[100])
{
	const char *text = vt_row(t, row);

	snprintf(out, 100, "%.*s", (int)strcspn(text + 4, " "), text + 4);
}

/* Presses keys that move the cursor and takes in one frame: whole when the cursor is parked on another entry. */
static size_t frame(struct vt *t, const char *keys)
{
	char before[100], now[100];
	int row = parked_at(t);

	ck_assert_int_ge(row, 0);
	name_at(t, row, before);
	vt_mark(t);
	vt_keys(t, keys);
	do {
		ck_assert_int_gt(vt_pump(t, VT_DEADLINE_MS), 0);
		row = parked_at(t);
		if (row >= 0)
			name_at(t, row, now);
	} while (row < 0 || strcmp(before, now) == 0);
	return vt_bytes(t);
}

/* Of what came the bytes for the list: the position follows when the keys rest, and with it what is known of the entry;
 * and the question how far the terminal has got, which goes along once in 2048 bytes, is none of the key's. */
static size_t for_list(struct vt *t)
{
	const char *raw = vt_raw(t);
	size_t n = vt_bytes(t), question = strlen(BACKLOG_QUESTION), asked = 0;

	for (size_t i = 0; i + 2 < n; i++) {
		int row = 0;

		if (raw[i] != '\033' || raw[i + 1] != '[')
			continue;
		if (i + question <= n && memcmp(raw + i, BACKLOG_QUESTION, question) == 0)
			asked += question;
		for (size_t k = i + 2; k < n && raw[k] >= '0' && raw[k] <= '9'; k++)
			row = row * 10 + (raw[k] - '0');
		if (row > FIRST + list_lines(t) && (raw[i + 4] == 'd' || raw[i + 4] == 'H' || raw[i + 4] == ';'))
			return i - asked;
	}
	return n - asked;
}

static size_t frame_of_list(struct vt *t, const char *keys)
{
	frame(t, keys);
	return for_list(t);
}

/* The same, and what follows when the keys rest. */
static size_t frame_and_position(struct vt *t, const char *keys, int position)
{
	char text[40];

	frame(t, keys);
	snprintf(text, sizeof text, "%d/260", position);
	desk_expect(t, vt_rows(t) - 2, text);
	return vt_bytes(t);
}

static struct vt *open_list(const char *term, int rows, int cols)
{
	struct vt *t = desk_open(rows, cols, term, "", NULL);

	desk_expect(t, TITLE, "260 entries");
	desk_expect(t, rows - 2, "1/260");
	desk_expect(t, -1, "no live answers");
	frame(t, "j");
	frame_and_position(t, "k", 1);
	return t;
}

static const char *const keys_down = "j", *const keys_up = "k";

START_TEST(a_key_costs_what_it_changes)
{
	struct vt *t = open_list("xterm-256color", 24, 80);
	size_t most = 0, all = 0, n;
	int at = 1;

	for (; at < 6; at++)
		ck_assert_uint_le(frame_and_position(t, keys_down, at + 1), DOWN);
	for (; at < LAST - FIRST + 1; at++)
		ck_assert_uint_le(frame_of_list(t, keys_down), DOWN - POSITION);
	for (int i = 0; i < POSITIONS; i++, at++)
		ck_assert_uint_le(frame_and_position(t, keys_down, at + 1), EDGE);
	for (int i = 0; i < EDGES; i++, at++) {
		n = frame_of_list(t, keys_down);
		ck_assert_int_eq(parked_at(t), LAST);
		ck_assert_msg(n + POSITION <= EDGE, "%zu bytes: %s", n, vt_row(t, LAST));
		most = n > most ? n : most;
		all += n;
	}
	printf("note: an edge scroll of a full list took %zu bytes on the average, %zu at most, and %d of the position\n",
	       all / EDGES, most, POSITION);
	for (; parked_at(t) > FIRST; at--)
		ck_assert_uint_le(frame_of_list(t, keys_up), DOWN - POSITION);
	for (int i = 0; i < EDGES / 2; i++, at--) {
		n = frame_of_list(t, keys_up);
		ck_assert_msg(n + POSITION <= EDGE, "%zu bytes up: %s", n, vt_row(t, FIRST));
	}
	desk_quit(t);
}
END_TEST

static size_t with_15_percent(size_t n)
{
	return n + n * 15 / 100;
}

START_TEST(a_page_costs_its_letters)
{
	struct vt *t = open_list("xterm-256color", 24, 80);
	char many[41];
	size_t n;

	for (int page = 1; page <= 5; page++) {
		n = frame_and_position(t, "z", 19 * page + 1);
		ck_assert_msg(n <= with_15_percent(vt_visible(t)), "%zu bytes, %zu are seen", n, vt_visible(t));
	}
	memset(many, 'j', 40);
	many[40] = '\0';
	for (int i = 1; i <= 2; i++) {
		n = frame_and_position(t, many, 19 * 5 + 1 + 40 * i);
		ck_assert_msg(n <= with_15_percent(vt_visible(t)), "%zu bytes, %zu are seen", n, vt_visible(t));
	}
	desk_quit(t);
}
END_TEST

/* Other terminals, and large ones, whose rows are longer by themselves. */
static const struct {
	const char *term;
	int rows, cols, row;
} others[] = {{"vt100", 24, 80, EDGE}, {"screen-256color", 24, 80, EDGE}, {"linux", 24, 80, EDGE},
	      {"xterm-256color", 60, 200, 260}, {"vt100", 60, 200, 260}};

START_TEST(other_terminals_cost_little_more)
{
	struct vt *t = open_list(others[_i].term, others[_i].rows, others[_i].cols);
	int last = FIRST + list_lines(t) - 1;
	size_t n;

	while (parked_at(t) < last)
		ck_assert_uint_le(frame_of_list(t, keys_down), DOWN);
	for (int i = 0; i < 20; i++) {
		n = frame_of_list(t, keys_down);
		ck_assert_msg(n <= (size_t)others[_i].row, "%zu bytes: %s", n, vt_row(t, last));
	}
	n = frame_of_list(t, "z");
	ck_assert_msg(n <= with_15_percent(vt_visible(t)), "%zu bytes, %zu are seen", n, vt_visible(t));
	desk_quit(t);
}
END_TEST

/* --- nothing is spoiled ------------------------------------------------------------------------------------------- */

static const struct {
	const char *term;
	int rows, cols;
} screens[] = {{"xterm-256color", 24, 80}, {"vt100", 24, 80},	    {"screen-256color", 24, 80},
	       {"linux", 24, 80},	   {"putty-256color", 24, 80}, {"xterm-256color", 60, 200}, {"vt100", 60, 200}};

enum { ROWS_MAX = 60, WALKS = 12 };

/* The lines that stand still: the position may follow at any time. */
struct seen {
	char row[ROWS_MAX][VT_LINE];
};

static void see(struct seen *s, struct vt *t)
{
	for (int i = 0; i < FIRST + list_lines(t); i++)
		snprintf(s->row[i], sizeof s->row[i], "%s%s", vt_row(t, i), vt_is_reverse(t, i, 4) ? " (bar)" : "");
}

static void repaint(struct vt *t)
{
	int row = parked_at(t);

	vt_mark(t);
	vt_keys(t, "\f");
	while (!vt_received(t, "J") || !vt_has(t, vt_rows(t) - 2, "/260") || parked_at(t) != row)
		ck_assert_int_gt(vt_pump(t, VT_DEADLINE_MS), 0);
}

static const struct {
	const char *keys;
	int by;
} moves[] = {{"j", 1}, {"jjj", 3}, {"k", -1}, {"kk", -2}, {"jjjjjjjjjjjj", 12}, {"kkkkkkkkkkk", -11}, {"\004", 9}, {"\025", -9},
	     {"z", 19}, {"Z", -19}};

START_TEST(what_was_saved_is_seen_all_the_same)
{
	struct vt *t = open_list(screens[_i].term, screens[_i].rows, screens[_i].cols);
	static struct seen saved, anew;

	srand(3u + (unsigned)_i);
	for (int i = 0; i < WALKS; i++) {
		int pages = screens[_i].rows > 24 ? 2 : 1, at = 40;

		frame(t, "jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj");
		for (int k = 0; k < 12; k++) {
			size_t n = (size_t)rand() % (sizeof moves / sizeof *moves);

			if (at + moves[n].by * pages < 4 || at + moves[n].by * pages > ENTRIES - 4)
				continue;
			at += moves[n].by * pages;
			frame(t, moves[n].keys);
		}
		see(&saved, t);
		repaint(t);
		see(&anew, t);
		for (int row = 0; row < FIRST + list_lines(t); row++)
			ck_assert_str_eq(saved.row[row], anew.row[row]);
		frame(t, "g");
	}
	desk_quit(t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bytes");
	TCase *t = tcase_create("list");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_key_costs_what_it_changes);
	tcase_add_test(t, a_page_costs_its_letters);
	tcase_add_loop_test(t, other_terminals_cost_little_more, 0, sizeof others / sizeof *others);
	tcase_add_loop_test(t, what_was_saved_is_seen_all_the_same, 0, sizeof screens / sizeof *screens);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
