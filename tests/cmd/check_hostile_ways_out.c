/*
 * check_hostile_ways_out: hostile bytes that are in already, from name servers, mail logs, other programs' files and a store
 * that somebody else wrote, and each way out of the program: text, CSV, JSON lines, pages, letters, bundles, tables.
 */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/hostile.h"
#include "support/planted.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];

static void begin(int port)
{
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_config(config, dir, port, "postfix-config-directory = %s/none\naudit-origin = mx.test/audit\naudit-key = %s/key\n"
			 "price-per-gb = 0.35 EUR\n", dir, dir);
	run_expect(config, 0, "", "init");
	run_expect(config, 0, "", "audit key");
}

static void set_up(void)
{
	dir = run_make_dir();
	begin(9);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static void is_json(const char *lines)
{
	for (const char *at = lines; *at;) {
		size_t len = strcspn(at, "\n");
		json_error_t why;
		json_t *o = json_loadb(at, len, JSON_REJECT_DUPLICATES, &why);

		ck_assert_msg(o != NULL, "no JSON: %s: %.*s", why.text, (int)len, at);
		json_decref(o);
		at += len + (at[len] == '\n');
	}
}

/* Of billing.csv, whose cells have the escapes of JSON. */
static void is_billing(const char *text)
{
	static char cell[HOSTILE_CELLS][HOSTILE_CELL];
	int cells;

	hostile_must_be_seen(text, "billing.csv");
	while ((cells = hostile_csv_row(&text, cell)) > 0)
		for (int i = 0; i < cells; i++)
			ck_assert_msg(!cell[i][0] || !strchr("=+-@|%\t\r", cell[i][0]), "a formula: %s", cell[i]);
}

static void is_csv(const char *text)
{
	static char cell[HOSTILE_CELLS][HOSTILE_CELL];
	int cells, first = 0;

	while ((cells = hostile_csv_row(&text, cell)) > 0) {
		ck_assert_int_eq(cells, first ? first : cells);
		first = cells;
		for (int i = 0; i < cells; i++)
			hostile_csv_undo(cell[i]);
	}
}

static void is_page(const char *text)
{
	char *marks = hostile_marks(text);

	ck_assert_msg(!strstr(marks, "<script") && !strstr(marks, "<img") && !strstr(marks, "onerror"), "%s", marks);
	free(marks);
}

/* Runs it, and reads what it printed as that which its words say it is. */
static void look(const char *line)
{
	struct run_result r;

	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status <= 2, "%s: %d %s", line, r.status, r.err);
	hostile_must_be_seen(r.err, line);
	hostile_must_be_seen(r.out, line);
	if (strstr(line, "json"))
		is_json(r.out);
	if (strstr(line, "csv"))
		is_csv(r.out);
	if (strstr(line, "html"))
		is_page(r.out);
	run_clear(&r);
}

static const char *const ways_out[] = {
	"list", "list --format csv", "list --format jsonl", "list --format names", "stat", "stat --offnet", "report --since 2020-01-01",
	"report --since 2020-01-01 --format html", "report --since 2020-01-01 --format jsonl", "audit list",
	"audit list --format csv", "audit list --format jsonl", "publish --print names", "publish --print sendmail",
	"publish --print access", "publish --print exim", "publish --print qmail",
};

static void look_at_all(void)
{
	for (size_t i = 0; i < sizeof ways_out / sizeof *ways_out; i++)
		look(ways_out[i]);
}

/* --- a store that somebody else wrote --- */

static const char *name_of(size_t i)
{
	static char name[40];

	snprintf(name, sizeof name, "t%zu.example", i);
	return name;
}

START_TEST(what_lies_in_the_store_is_not_trusted)
{
	char line[80], path[1200];
	struct run_result r;

	snprintf(path, sizeof path, "%s/db", dir);
	for (size_t i = 0; i < n_hostile; i++)
		plant_hostile(path, name_of(i), hostile[i].text);
	look_at_all();
	for (size_t i = 0; i < n_hostile; i += 4) {
		snprintf(line, sizeof line, "show %s", name_of(i));
		look(line);
		snprintf(line, sizeof line, "show %s --format json", name_of(i));
		look(line);
	}
	/* For programs the bytes are as they are; each name has a line, and nothing else has. */
	run_line(&r, config, "publish --print postfix");
	ck_assert_int_eq(r.status, 0);
	for (const char *at = r.out; *at; at = strchr(at, '\n') + 1)
		ck_assert_msg(*at == '#' || (*at == 't' && strstr(at, ".example\t")), "a line of its own: %.60s", at);
	run_clear(&r);
}
END_TEST

/* --- name servers --- */

static void write_world(const char *path, const char *names)
{
	FILE *f = fopen(path, "w"), *list = fopen(names, "w");

	fprintf(f, "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp %s.example. 1 3600 900 604800 300\n@ NS ns.isp\n"
		   "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\n", hostile_label(hostile[0].text));
	for (size_t i = 0; i < n_hostile; i++) {
		const char *label = hostile_label(hostile[i].text);

		fprintf(f, "%s.t%zu A 22.22.0.1\no%zu MX 10 %s.t%zu\nm%zu MX 5 %s.t%zu\nm%zu MX 50 backup.isp\n", label, i, i, label,
			i, i, label, i, i);
		fprintf(f, "a%zu CNAME %s.c%zu\n%s.c%zu MX 10 %s.t%zu\n", i, label, i, label, i, label, i);
		fprintf(list, "o%zu.example\nm%zu.example\na%zu.example\n", i, i, i);
	}
	fclose(f);
	fclose(list);
}

START_TEST(names_of_name_servers_are_text)
{
	char zones[1200], names[1200], line[2600];
	struct run_world world;
	struct run_result r;

	dir = run_make_dir();
	snprintf(zones, sizeof zones, "%s/world.zone", dir);
	snprintf(names, sizeof names, "%s/names", dir);
	write_world(zones, names);
	run_world_start(&world, dir, zones, NULL);
	begin(world.port);
	snprintf(line, sizeof line, "import --customer C-1 %s", names);
	run_expect(config, 0, "added", line);
	run_expect(config, 0, "", "scan");
	run_line(&r, config, "list --format names class:orphan");
	ck_assert_uint_ge(run_count_lines(r.out), n_hostile);
	run_clear(&r);
	look_at_all();
	for (size_t i = 0; i < n_hostile; i += 3) {
		snprintf(line, sizeof line, "lookup o%zu.example m%zu.example a%zu.example", i, i, i);
		look(line);
		snprintf(line, sizeof line, "lookup --format jsonl o%zu.example m%zu.example a%zu.example", i, i, i);
		look(line);
		snprintf(line, sizeof line, "show m%zu.example", i);
		look(line);
	}
	snprintf(names, sizeof names, "%s/letter", dir);
	run_write_file(names, "Dear <CUSTOMER>: <DOMAIN> is at <PRIMARY>\n");
	snprintf(line, sizeof line, "notice m*.example --deadline 2099-01-01 --letter %s", names);
	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0 && strstr(r.out, "is at "), "%d %s", r.status, r.err);
	for (char *p = r.out; (p = strstr(p, "\f\n")); p++)
		*p = ' '; /* parts one letter from the next */
	hostile_must_be_seen(r.out, "letters");
	run_clear(&r);
	run_world_stop(&world);
	run_remove_dir(dir);
}
END_TEST

/* --- mail logs and queues --- */

START_TEST(who_writes_to_whom_is_text)
{
	char path[1200], queue[1200], line[1300];
	FILE *f, *q;

	run_expect(config, 0, "", "add a.example");
	snprintf(path, sizeof path, "%s/log", dir);
	snprintf(queue, sizeof queue, "%s/queue", dir);
	f = fopen(path, "w");
	q = fopen(queue, "w");
	for (size_t i = 0; i < n_hostile; i++) {
		const char *t = hostile[i].text;
		json_t *o = json_pack("{s:i,s:i,s:[{s:s+}]}", "arrival_time", 5, "message_size", 1, "recipients", "address", "x@", t);
		char *text = o ? json_dumps(o, JSON_ENSURE_ASCII | JSON_COMPACT) : NULL;

		fprintf(f, "2026-03-04T09:15:02.1+00:00 relay1 postfix/smtpd[9]: NOQUEUE: reject: RCPT from %s[203.0.113.%zu]: 554 5.7.1 "
			   "<i@%s>: Relay access denied; from=<a@%s> to=<i@%s>\n", t, i, t, t, t);
		fprintf(f, "2026-03-04T09:15:02.1+00:00 relay1 postfix/qmgr[90]: 3A%zX: from=<x@%s>, size=12, nrcpt=1 (queue active)\n",
			i, t);
		fprintf(f, "2026-03-04T09:15:03.1+00:00 relay1 postfix/relay/smtp[4]: 3A%zX: to=<x@%s>, relay=%s[192.0.2.11]:25, delay=1, "
			   "delays=0/0/0/1, dsn=2.0.0, status=sent (250 %s)\n", i, t, t, t);
		fprintf(f, "2026-03-04T09:15:03.1+00:00 %s postfix/smtp[4]: 3B%zX: to=<x@a.example>, relay=mx[192.0.2.11]:25, delay=1, "
			   "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n", t, i);
		fprintf(q, "%s\n%s\n", text ? text : "{}", t);
		free(text);
		json_decref(o);
	}
	fclose(f);
	fclose(q);
	snprintf(line, sizeof line, "traffic --dry-run %s", path);
	look(line);
	snprintf(line, sizeof line, "traffic --dry-run --format jsonl %s", path);
	look(line);
	snprintf(line, sizeof line, "traffic %s", path);
	run_expect(config, 0, "", line);
	snprintf(line, sizeof line, "queue --relay r1 %s", queue);
	look(line);
	snprintf(line, sizeof line, "queue --relay r1 --format jsonl %s", queue);
	look(line);
	look_at_all();
}
END_TEST

/* --- pages, which must not depend on what stands in them --- */

static char *read_file(const char *path)
{
	static char text[1 << 18];
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "no %s", path);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* The marks of a page, without where links lead. */
static char *marks_of(const char *page)
{
	char *marks = hostile_marks(page), *out = marks;

	for (char *in = marks; *in;) {
		*out++ = *in++;
		if (out - marks >= 6 && memcmp(out - 6, "href=\"", 6) == 0)
			in += strcspn(in, "\"");
	}
	*out = '\0';
	return marks;
}

/* An export of a customer with these texts: the marks of both of its pages, one behind the other. */
static char *export_marks(const char *customer, const char *name, const char *const *texts)
{
	char out[1200], path[1500], option[8][700], *marks[2], *both;
	struct run_result r;
	const char *const add[] = {run_mxward(), "-c", config, "add", name, option[0], option[1], NULL};
	const char *const edit[] = {run_mxward(), "-c", config, "edit", name, option[2], option[3], NULL};
	const char *const export[] = {run_mxward(), "-c", config, "audit", "export", option[0], option[4], option[5], option[6],
				      option[7], out, NULL};
	const char *const list[] = {"/bin/sh", "-c", "cd \"$0\" && ls -d */ | tr -d '/\\n'", out, NULL};
	const char *const verify[] = {run_mxward(), "-c", config, "audit", "verify", path, NULL};

	snprintf(out, sizeof out, "%s/out%zu", dir, strlen(customer));
	snprintf(option[0], sizeof option[0], "--customer=%s", customer);
	snprintf(option[1], sizeof option[1], "--note=%s", texts[0]);
	snprintf(option[2], sizeof option[2], "--note=%s", texts[1]);
	snprintf(option[3], sizeof option[3], "--contact=%s", texts[2]);
	snprintf(option[4], sizeof option[4], "--invoice=%s", texts[3]);
	snprintf(option[5], sizeof option[5], "--claimed=%s", texts[4]);
	snprintf(option[6], sizeof option[6], "--conceded=%s", texts[4]);
	snprintf(option[7], sizeof option[7], "--ticket=%s", texts[5]);
	run_program(&r, add, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	run_program(&r, edit, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	run_program(&r, export, NULL);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
	snprintf(path, sizeof path, "%s/statement.html", out);
	marks[0] = marks_of(read_file(path));
	snprintf(path, sizeof path, "%s/billing.csv", out);
	is_billing(read_file(path));
	run_program(&r, list, NULL);
	snprintf(path, sizeof path, "%s/%.200s", out, r.out);
	run_clear(&r);
	run_program(&r, verify, NULL);
	ck_assert_msg(r.status == 4 && strstr(r.out, "CONSISTENT"), "%d %s%s", r.status, r.out, r.err); /* no key was given */
	hostile_must_be_seen(r.out, "verify");
	run_clear(&r);
	strcat(path, "/statement.html");
	marks[1] = marks_of(read_file(path));
	both = calloc(1, strlen(marks[0]) + strlen(marks[1]) + 2);
	sprintf(both, "%s\n%s", marks[0], marks[1]);
	free(marks[0]);
	free(marks[1]);
	return both;
}

START_TEST(pages_have_the_same_marks_whatever_stands_in_them)
{
	static const char *const plain[] = {"a", "b", "c", "d", "1", "e"};
	static const char *const bad[][6] = {
		{"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "&lt;b&gt;", "1", "</td>"},
		{"--><!-- ]]>", "<![CDATA[ </td></tr></table>", "&#60;b&#62;", "<svg onload=x>", "1", "=cmd|'x'!A1"},
		{"</style></title><b>", "&", "<", "\"", "1", "'"},
	};
	char *want = export_marks("C-1", "plain.example", plain);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		static const char *const customers[] = {"<b>&amp;'x", "C-2<i>'&#39;", "&<script>"};
		static const char *const names[] = {"a<b>&'c.example", "&lt;x.example", "<script>x</script>.example"};
		char *got = export_marks(customers[i], names[i], bad[i]);

		ck_assert_str_eq(got, want);
		free(got);
	}
	free(want);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostile ways out");
	TCase *t = tcase_create("stored"), *w = tcase_create("world");

	tcase_set_timeout(t, 60);
	tcase_set_timeout(w, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_lies_in_the_store_is_not_trusted);
	tcase_add_test(t, who_writes_to_whom_is_text);
	tcase_add_test(t, pages_have_the_same_marks_whatever_stands_in_them);
	tcase_add_test(w, names_of_name_servers_are_text);
	suite_add_tcase(s, t);
	suite_add_tcase(s, w);
	return suite_run(s);
}
