/*
 * The main job from end to end, by the command line, in the demo's world: import, scan, list,
 * delete, restore, audit.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];
static struct run_world world;

/* The waiting time is tests/ops/check_nights.c's; here one scan is enough for an orphan to be
 * deletable. */
static void write_config(const char *more)
{
	run_write_file(
		config,
		"relay-host = backup.isp.example, relay2.isp.example, *.relay.isp.example\n"
		"relay-address = 11.11.0.10, 11.11.0.11, 2a10:aaaa::10, 2a10:aaaa::11\n"
		"network = 11.11.0.0/16, 2a10:aaaa::/32\nresolver = 127.0.0.1:%d\n"
		"authoritative-port = %d\ndatabase = %s/db\n"
		"confirm-days = 0\nconfirm-days-registration = 0\nconfirm-observations = 1\n%s",
		world.port, world.port, dir, more);
}

static void set_up(void)
{
	struct run_result r;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
	write_config("");
	run_line(&r, config, "init");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

/* 200 names: 40 orphans, 160 that we back up; see tests/cmd/zones. */
static void import_200(void)
{
	char path[1100];
	struct run_result r;
	FILE *f;

	snprintf(path, sizeof path, "%s/names", dir);
	f = fopen(path, "w");
	for (int i = 0; i < 40; i++)
		fprintf(f, "gone%02d.example\n", i);
	for (int i = 0; i < 160; i++)
		fprintf(f, "kept%03d.example\n", i);
	fclose(f);
	run_line(&r, config, "import %s", path);
	ck_assert_msg(r.status == 0 && strstr(r.out, "200 added, 0 unchanged, 0 refused; batch b0"), "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "200 added"));
	run_clear(&r);
}

static void scan(void)
{
	struct run_result r;

	run_line(&r, config, "scan");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
}

static size_t count(const char *limit)
{
	struct run_result r;
	size_t n;

	run_line(&r, config, "list --format names %s", limit);
	ck_assert_msg(r.status == 0, "%s", r.err);
	n = run_count_lines(r.out);
	run_clear(&r);
	return n;
}

START_TEST(bulk_delete_of_40_of_200_with_its_records)
{
	struct run_result r;

	import_200();
	scan();
	ck_assert_uint_eq(count("class:orphan"), 40);
	ck_assert_uint_eq(count("class:ok"), 160);
	run_line(&r, config,
		 "delete class:orphan --reason 'left us' --ticket INC-9921 --yes 40");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "40 deleted, batch b240"));
	run_clear(&r);
	ck_assert_uint_eq(count(""), 160);
	run_line(&r, config, "audit list gone*.example --format jsonl");
	ck_assert_uint_eq(run_count_lines(r.out), 120); /* an import, a first look and a deletion each */
	run_clear(&r);
	run_line(&r, config, "audit list gone07.example --format jsonl");
	ck_assert_ptr_nonnull(strstr(r.out, "\"text\":\"names\"")); /* of the file's path the last part alone */
	char *line = strchr(strchr(r.out, '\n') + 1, '\n') + 1;
	json_error_t je;
	json_t *j = json_loads(line, JSON_DISABLE_EOF_CHECK, &je);

	ck_assert_ptr_nonnull(j);
	ck_assert_str_eq(json_string_value(json_object_get(j, "action")), "relay.delete");
	ck_assert_str_eq(json_string_value(json_object_get(j, "text")), "left us");
	ck_assert_str_eq(json_string_value(json_object_get(j, "ticket")), "INC-9921");
	ck_assert_str_eq(json_string_value(json_object_get(j, "batch")), "b240");
	ck_assert_uint_eq(json_array_size(json_object_get(j, "evidence")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(j, "number")), 3);
	json_decref(j);
	run_clear(&r);
}
END_TEST

START_TEST(restore_brings_a_batch_back_as_it_was)
{
	struct run_result r, before, after;

	import_200();
	run_line(&r, config, "edit gone03.example --customer C-7 --note 'with a note'");
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	scan();
	run_line(&before, config, "list --format names");
	run_line(&r, config, "delete gone*.example --reason x --yes 40");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "40 deleted"));
	char batch[32];

	ck_assert_int_eq(sscanf(strstr(r.out, "batch b"), "batch %31[b0-9]", batch), 1);
	run_clear(&r);
	run_line(&r, config, "restore %s --reason 'a mistake'", batch);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "40 restored"));
	run_clear(&r);
	run_line(&after, config, "list --format names");
	ck_assert_str_eq(before.out, after.out);
	run_clear(&before);
	run_clear(&after);
	run_line(&r, config, "list gone03.example --format jsonl");
	ck_assert_ptr_nonnull(strstr(r.out, "\"customer\":\"C-7\""));
	ck_assert_ptr_nonnull(strstr(r.out, "\"note\":\"with a note\""));
	run_clear(&r);
	/* A second restore of the same batch finds everything there. */
	run_line(&r, config, "restore %s --reason again", batch);
	ck_assert_int_eq(r.status, 1);
	ck_assert_msg(strstr(r.err, "was brought back before"), "%s", r.err);
	run_clear(&r);
	/* And of a name: to add what is in the list would be the wrong advice. */
	run_expect(config, 65, "'gone03.example' is in the list", "restore gone03.example --reason again");
}
END_TEST

START_TEST(what_is_listed_stays_and_is_named)
{
	struct run_result r;

	import_200();
	scan();
	run_line(&r, config, "delete gone00.example kept000.example --reason x --yes 2");
	ck_assert_msg(r.status == 1, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "stay kept000.example"));
	run_clear(&r);
	ck_assert_uint_eq(count(""), 199);
	run_line(&r, config, "delete kept000.example --reason x --yes 1 --override");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	run_line(&r, config, "audit list kept000.example");
	ck_assert_ptr_nonnull(strstr(r.out, "deleted, override: LISTED"));
	run_clear(&r);
}
END_TEST

/* Never scanned: a fresh answer alone is no ground to delete, unless somebody takes it upon
 * himself. */
START_TEST(what_has_not_waited_stays)
{
	struct run_result r;

	import_200();
	run_line(&r, config, "delete gone*.example --reason x --yes 40");
	ck_assert_msg(r.status == 1, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "no trusted scan has counted that yet"));
	run_clear(&r);
	ck_assert_uint_eq(count(""), 200);
	run_line(&r, config, "delete gone00.example --reason x --yes 1 --override");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	run_line(&r, config, "audit list gone00.example");
	ck_assert_ptr_nonnull(strstr(r.out, "deleted, override: WAITING"));
	run_clear(&r);
	run_line(&r, config,
		 "delete gone01.example kept000.example --reason customer-request --yes 2");
	ck_assert_int_eq(r.status, 64); /* without a ticket */
	run_clear(&r);
	run_line(&r, config,
		 "delete gone01.example kept000.example --reason customer-request --ticket T-1 "
		 "--yes 2");
	ck_assert_msg(r.status == 1, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "stay kept000.example"));
	run_clear(&r);
	run_line(&r, config, "audit list gone01.example");
	ck_assert_ptr_nonnull(strstr(r.out, "deleted, customer request: WAITING"));
	run_clear(&r);
	ck_assert_uint_eq(count(""), 198);
}
END_TEST

/* From 203.0.113.0/24, which is not ours; each message in a second of its own. */
static void write_mail_log(const char *path, const char *domain, int messages)
{
	time_t now = time(NULL);
	char day[20];
	FILE *f = fopen(path, "w");

	strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
	for (int i = 0; i < messages; i++) {
		char head[80];

		snprintf(head, sizeof head, "%sT00:%02d:%02d+00:00 relay2 postfix", day, i / 60,
			 i % 60);
		fprintf(f, "%s/smtpd[1]: 3A0D1C%03X: client=h.test[203.0.113.9]\n", head, i);
		fprintf(f,
			"%s/qmgr[2]: 3A0D1C%03X: from=<a@h.test>, size=900, nrcpt=1 (queue "
			"active)\n",
			head, i);
		fprintf(f,
			"%s/relay/smtp[3]: 3A0D1C%03X: to=<info@%s>, "
			"relay=mx1.cloud.example[22.22.0.1]:25, delay=1, "
			"delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
			head, i, domain);
	}
	fclose(f);
}

/* More mail from outside than the trickle that any old MX gets: somebody still counts on us. */
START_TEST(mail_from_outside_holds_a_deletion_back)
{
	struct run_result r;
	char log[1100];

	import_200();
	scan();
	snprintf(log, sizeof log, "%s/mail.log", dir);
	write_mail_log(log, "gone00.example", 6); /* in one week; mail-trickle is 5 */
	run_line(&r, config, "traffic %s", log);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	write_mail_log(log, "gone01.example", 5);
	run_line(&r, config, "traffic %s", log);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	/* The time rules know it before anybody stages a deletion. */
	run_line(&r, config, "list state:deletable --format names");
	ck_assert_ptr_null(strstr(r.out, "gone00.example"));
	ck_assert_ptr_nonnull(strstr(r.out, "gone01.example"));
	run_clear(&r);
	run_line(&r, config, "list flag:W_MAIL_TRICKLE --format jsonl");
	ck_assert_ptr_nonnull(strstr(r.out, "gone01.example"));
	ck_assert_ptr_nonnull(strstr(r.out, "\"W_MAIL_TRICKLE\""));
	ck_assert_uint_eq(run_count_lines(r.out), 1);
	run_clear(&r);
	run_expect(config, 0, "\"flags\":[\"W_MAIL_TRICKLE\"]", "show gone01.example --format json");
	run_line(&r, config, "show gone00.example --format json");
	ck_assert_ptr_nonnull(strstr(r.out, "\"why\":[\"MAIL_TRICKLE\"]"));
	ck_assert_ptr_nonnull(strstr(r.out, "\"mail_week_outside\":6"));
	run_clear(&r);
	run_line(&r, config, "show gone00.example");
	ck_assert_ptr_nonnull(strstr(r.out, "Cannot delete: up to 6 messages a week still come"));
	run_clear(&r);
	run_line(&r, config, "show gone01.example");
	ck_assert_ptr_nonnull(strstr(r.out, "Mail from outside since then: up to 5 a week"));
	ck_assert_ptr_nonnull(strstr(r.out, "The queue is not measured"));
	run_clear(&r);
	run_line(&r, config,
		 "delete gone00.example gone01.example gone02.example --reason x --yes 3");
	ck_assert_msg(r.status == 1, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "stay gone00.example"));
	ck_assert_ptr_nonnull(strstr(r.err, "up to 6 messages a week still come"));
	ck_assert_msg(strstr(r.err, "up to 5 mails a week still come") || strstr(r.out, "up to 5 mails a week still come"), "%s%s", r.out,
		      r.err);
	run_clear(&r);
	ck_assert_uint_eq(count(""), 198);
	run_line(&r, config,
		 "delete gone00.example --reason customer-request --ticket INC-1 --yes 1");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	run_line(&r, config, "audit list gone00.example");
	ck_assert_msg(strstr(r.out, "deleted, customer request: MAIL_TRICKLE") != NULL, "%s", r.out);
	run_clear(&r);
	ck_assert_uint_eq(count(""), 197);
}
END_TEST

START_TEST(a_pin_is_lifted_by_nothing)
{
	struct run_result r;

	import_200();
	run_line(&r, config, "pin gone01.example --reason etrn");
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	run_line(&r, config, "delete gone01.example --reason x --yes 1 --override");
	ck_assert_int_eq(r.status, 1);
	ck_assert_ptr_nonnull(strstr(r.err, "pinned"));
	run_clear(&r);
	run_line(&r, config, "list gone01.example --format jsonl");
	ck_assert_ptr_nonnull(strstr(r.out, "\"class\":\"NA\",\"reason\":\"NA_PINNED\""));
	run_clear(&r);
	run_line(&r, config, "lookup --format jsonl gone01.example gone02.example");
	ck_assert_ptr_nonnull(strstr(r.out, "NA_PINNED"));
	ck_assert_ptr_nonnull(strstr(r.out, "ORPHAN_OFFNET"));
	run_clear(&r);
	ck_assert_uint_eq(count("pinned:yes"), 1);
}
END_TEST

START_TEST(more_than_agreed_and_nothing_is_deleted)
{
	struct run_result r;

	import_200();
	scan();
	run_line(&r, config, "delete gone*.example --reason x --yes 39");
	ck_assert_int_eq(r.status, 65);
	ck_assert_ptr_nonnull(strstr(r.err, "nothing was deleted"));
	run_clear(&r);
	run_line(&r, config, "delete gone*.example --reason x");
	ck_assert_int_eq(r.status, 64);
	run_clear(&r);
	run_line(&r, config, "delete nobody.example --reason x --yes 1");
	ck_assert_int_eq(r.status, 66);
	run_clear(&r);
	ck_assert_uint_eq(count(""), 200);
}
END_TEST

START_TEST(a_dead_resolver_is_no_evidence)
{
	struct run_result r;

	import_200();
	scan();
	run_world_stop(&world);
	run_line(&r, config, "delete gone00.example gone01.example --reason x --yes 2");
	ck_assert_msg(r.status == 1, "%d %s%s", r.status, r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "no usable answer"));
	run_clear(&r);
	ck_assert_uint_eq(count(""), 200);
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
}
END_TEST

START_TEST(import_names_its_refused_lines)
{
	struct run_result r;
	char path[1100];
	FILE *f;

	snprintf(path, sizeof path, "%s/odd", dir);
	f = fopen(path, "w");
	fputs("Upper.Example.\nm\xc3\xbcller.example\n.suffix.example\nbad\x01name.example\n",
	      f);
	for (int i = 0; i < 300; i++)
		fputc('a', f);
	fputs("\nupper.example\nfine.example\n", f);
	fwrite("nul\0here.example\n", 1, 17, f);
	fclose(f);
	run_line(&r, config, "import --format names %s", path);
	ck_assert_int_eq(r.status, 65);
	ck_assert_ptr_nonnull(strstr(r.err, ":4: "));
	ck_assert_ptr_nonnull(strstr(r.err, ":5: "));
	ck_assert_ptr_nonnull(strstr(r.err, ":8: "));
	ck_assert_ptr_nonnull(strstr(r.out, "4 added, 0 unchanged, 3 refused, 1 twice"));
	run_clear(&r);
	ck_assert_uint_eq(count("xn--mller-kva.example"), 1);
	ck_assert_uint_eq(count(".suffix.example"), 1);
	run_line(&r, config, "import %s", path);
	ck_assert_ptr_nonnull(strstr(r.out, "0 added, 4 unchanged"));
	run_clear(&r);
}
END_TEST

START_TEST(deleted_names_are_skipped_by_an_old_file)
{
	struct run_result r;
	char path[1100];

	import_200();
	scan();
	run_line(&r, config, "delete gone05.example --reason x --yes 1");
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	snprintf(path, sizeof path, "%s/names", dir);
	run_line(&r, config, "import %s", path);
	ck_assert_ptr_nonnull(strstr(r.out, "0 added, 199 unchanged, 0 refused, 1 skipped"));
	run_clear(&r);
	run_line(&r, config, "import --again %s", path);
	ck_assert_ptr_nonnull(strstr(r.out, "1 added"));
	run_clear(&r);
}
END_TEST

START_TEST(bad_input_gets_a_sentence_and_a_status)
{
	static const struct {
		const char *line;
		int status;
		const char *says;
	} cases[] = {
		{"frobnicate", 64, "unknown command 'frobnicate'"},
		{"class:moved", 64, "is a limit and no command; as in: mxward console 'class:moved'"},
		{"edit a.example", 64, "told what to change"},
		{"delete a.example --reason x --yes 1x", 64, "--yes takes the number"},
		{"list --frob", 64, "no option --frob"},
		{"--as-system '' stat", 64, "--as-system needs a value"},
		{"list class:orfan", 64, "orfan"},
		{"import /nonexistent/file", 66, "cannot open '/nonexistent/file'"},
		{"import /tmp", 66, "is a directory"},
		{"show nobody.example", 66, "is not in the list"},
		{"list nobody.example", 66, "is not in the list"},
		{"add 'bad name'", 65, "cannot be an entry"},
		{"pin a.example --reason outage", 64, "needs the day"},
		{"restore b999 --reason x", 66, "no batch"},
		{"init", 73, "already"},
		{"list a.example class:ok", 64, "one kind"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run_result r;

		run_line(&r, config, "%s", cases[i].line);
		ck_assert_msg(r.status == cases[i].status, "%s: status %d, %s", cases[i].line,
			      r.status, r.err);
		ck_assert_msg(strstr(r.err, cases[i].says) != NULL, "%s: says %s",
			      cases[i].line, r.err);
		run_clear(&r);
	}
}
END_TEST

/* A share of nothing is not zero. */
START_TEST(a_table_without_names_is_no_good_table)
{
	char line[1250], path[1150];

	snprintf(path, sizeof path, "%s.empty", config);
	run_write_file(path, "# nothing\n");
	snprintf(line, sizeof line, "grade %s", path);
	run_expect(config, 0, "no name could be judged", line);
}
END_TEST

/* A full disk behind a redirection, also of what needs no database and of what is written before the end. */
START_TEST(what_does_not_arrive_is_an_error)
{
	static const char *const words[] = {"--help", "--version", "stat", "report --since 2020-01-01", "check"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char line[2500];
		const char *argv[] = {"/bin/sh", "-c", line, NULL};
		struct run_result r;

		snprintf(line, sizeof line, "exec %s -c %s %s >/dev/full", run_mxward(), config, words[i]);
		run_program(&r, argv, NULL);
		ck_assert_msg(r.status == 74 && strstr(r.err, "cannot write to standard output") && !strstr(r.err, "Success"),
			      "%s: %d, %s", words[i], r.status, r.err);
		run_clear(&r);
	}
}
END_TEST

/* A stream that the caller closed is nobody's: what is opened next must not get its number. */
START_TEST(a_closed_stream_is_not_taken_for_a_file)
{
	static const char *const words[][2] = {
		{"import - <&-", "cannot read '-': Bad file descriptor"},
		{"list >&-", "cannot write to standard output"},
		{"list <&- >&-", "cannot write to standard output"},
	};

	import_200();
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char line[2500];
		const char *argv[] = {"/bin/sh", "-c", line, NULL};
		struct run_result r;

		snprintf(line, sizeof line, "exec %s -c %s %s", run_mxward(), config, words[i][0]);
		run_program(&r, argv, NULL);
		ck_assert_msg(r.status == 74 && strstr(r.err, words[i][1]), "%s: %d, %s", words[i][0], r.status, r.err);
		run_clear(&r);
	}
}
END_TEST

/* 0 stands for no date: a pin until then would never end, and an edit would take the date off.  And a range that
 * ends before it begins is a slip, not an empty answer. */
START_TEST(days_that_cannot_be_meant_are_refused)
{
	import_200();
	run_expect(config, 64, "after 1970-01-01", "pin gone00.example --reason etrn --until 1970-01-01");
	run_expect(config, 64, "after 1970-01-01", "edit gone00.example --contract-end 1969-12-31");
	run_expect(config, 64, "--deadline takes a day", "notice gone00.example --deadline 1970-01-01");
	ck_assert_uint_eq(count("pinned:yes"), 0);
	run_expect(config, 64, "--to is before --from", "audit list --from 2026-03-02 --to 2026-03-01");
	run_expect(config, 0, "", "audit list --from 2026-03-01 --to 2026-03-01");
}
END_TEST

START_TEST(a_broken_configuration_is_named_with_its_line)
{
	struct run_result r;

	write_config("frob = 1\n");
	run_line(&r, config, "list");
	ck_assert_int_eq(r.status, 78);
	ck_assert_ptr_nonnull(strstr(r.err, "mxward.conf"));
	ck_assert_ptr_nonnull(strstr(r.err, "frob"));
	run_clear(&r);
	run_line(&r, "/nonexistent/mxward.conf", "list");
	ck_assert_int_eq(r.status, 78);
	run_clear(&r);
}
END_TEST

START_TEST(a_change_that_is_not_published_says_so)
{
	struct run_result r;

	write_config("postfix-table = /nonexistent/relay_domains.lmdb\n");
	run_line(&r, config, "add one.example");
	ck_assert_int_eq(r.status, 75);
	ck_assert_ptr_nonnull(strstr(r.err, "is not in line"));
	run_clear(&r);
	ck_assert_uint_eq(count(""), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("main job");
	TCase *c = tcase_create("command line");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, bulk_delete_of_40_of_200_with_its_records);
	tcase_add_test(c, restore_brings_a_batch_back_as_it_was);
	tcase_add_test(c, what_is_listed_stays_and_is_named);
	tcase_add_test(c, what_has_not_waited_stays);
	tcase_add_test(c, mail_from_outside_holds_a_deletion_back);
	tcase_add_test(c, a_pin_is_lifted_by_nothing);
	tcase_add_test(c, more_than_agreed_and_nothing_is_deleted);
	tcase_add_test(c, a_dead_resolver_is_no_evidence);
	tcase_add_test(c, import_names_its_refused_lines);
	tcase_add_test(c, deleted_names_are_skipped_by_an_old_file);
	tcase_add_test(c, bad_input_gets_a_sentence_and_a_status);
	tcase_add_test(c, a_closed_stream_is_not_taken_for_a_file);
	tcase_add_test(c, days_that_cannot_be_meant_are_refused);
	tcase_add_test(c, a_broken_configuration_is_named_with_its_line);
	tcase_add_test(c, what_does_not_arrive_is_an_error);
	tcase_add_test(c, a_table_without_names_is_no_good_table);
	tcase_add_test(c, a_change_that_is_not_published_says_so);
	suite_add_tcase(s, c);
	return suite_run(s);
}
