/*
 * What `lookup`, `list` and `show` print for programs, key by key, and the status of what cannot be done.
 */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/fault.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1200], zones[1200];
static struct run_world world;

static void set_up(void)
{
	struct run_result r;

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(zones, sizeof zones, "%s/world.zone", dir);
	run_write_file(zones, "%s",
		       "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
		       "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nmail.isp A 11.11.5.1\nmx.cloud A 22.22.0.1\n"
		       "old.isp CNAME backup.isp\nfine MX 10 mail.isp\nfine MX 50 old.isp\ngone MX 10 mx.cloud\n");
	run_world_start(&world, dir, zones, NULL);
	run_write_file(config,
		       "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1:%d\ndatabase = %s/db\nparent-domain-matches-subdomains = no\n",
		       world.port, dir);
	for (size_t i = 0; i < 5; i++) {
		run_line(&r, config, "%s",
			 (const char *[]){"init", "add fine.example --customer C-1", "add gone.example",
					  "pin gone.example --reason etrn --until 2040-02-03", "scan"}[i]);
		ck_assert_msg(r.status == 0, "%s", r.err);
		run_clear(&r);
	}
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

/* The keys of an object and a letter for the type of each: s string, n number, b boolean, 0 null, [ array. */
static void add_keys(char *out, size_t size, json_t *j)
{
	static const char letters[] = "{[snnbb0";
	const char *key;
	json_t *value;
	size_t used = 0;

	json_object_foreach(j, key, value)
		used += (size_t)snprintf(out + used, size - used, "%s%s:%c", used ? " " : "", key, letters[json_typeof(value)]);
}

static json_t *nth_line(const char *text, int n)
{
	json_t *j;

	while (n-- > 0)
		text = strchr(text, '\n') + 1;
	j = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	ck_assert_msg(j != NULL, "no JSON: %s", text);
	return j;
}

static void expect_keys(json_t *j, const char *wanted)
{
	char got[1000] = "";

	add_keys(got, sizeof got, j);
	ck_assert_msg(strcmp(got, wanted) == 0, "got '%s', not '%s'", got, wanted);
}

static const char *text_of(json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "(none)";
}

START_TEST(lookup_prints_the_keys_of_the_contract)
{
	struct run_result r;
	json_t *j, *mx;

	run_line(&r, config, "lookup --format jsonl FINE.example. gone.example");
	ck_assert_int_eq(r.status, 0);
	j = nth_line(r.out, 0);
	expect_keys(j, "name:s class:s reason:s flags:[ severity:n deletion:s mx:[ resolver:s time:s");
	ck_assert_str_eq(text_of(j, "name"), "fine.example");
	ck_assert_uint_eq(json_array_size(json_object_get(j, "flags")), 2);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(j, "flags"), 0)), "W_MX_CNAME");
	mx = json_array_get(json_object_get(j, "mx"), 1);
	expect_keys(mx, "preference:n target:s ours:b addresses:[");
	ck_assert_str_eq(text_of(mx, "target"), "old.isp.example");
	ck_assert(json_is_true(json_object_get(mx, "ours")));
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(mx, "addresses"), 0)), "11.11.0.10");
	json_decref(j);
	j = nth_line(r.out, 1);
	ck_assert_str_eq(text_of(j, "reason"), "NA_PINNED"); /* there is a list, and it says so */
	json_decref(j);
	run_clear(&r);
}
END_TEST

/* What was read by then would pass for all that was asked. */
START_TEST(names_on_standard_input_that_cannot_be_read_are_said)
{
	const char *const argv[] = {"/bin/sh", "-c", "exec \"$0\" -c \"$1\" lookup fine.example - </", run_mxward(), config, NULL};
	struct run_result r;

	run_program(&r, argv, NULL);
	ck_assert_msg(r.status >= 64, "%d: %s", r.status, r.err);
	ck_assert_ptr_nonnull(strstr(r.err, "mxward: cannot read standard input: "));
	ck_assert_str_eq(r.out, "");
	run_clear(&r);
}
END_TEST

static int import_without_descriptors(void *ctx, struct err *e)
{
	struct run_result *r = ctx;

	(void)e;
	fault_call(SYS_dup, EMFILE);
	run_line_fed(r, config, "new.example\n", "import --format names -");
	return r->status == 71 && strstr(r->err, "mxward: cannot read standard input: Too many open files\n") ? 0 : 1;
}

START_TEST(an_import_that_cannot_have_standard_input_is_said)
{
	struct run_result r;
	struct err ignored;

	ck_assert_int_eq(fault_run(import_without_descriptors, &r, &ignored), 0);
}
END_TEST

/* told NULL: neither sentence.  A sanitized build has words of its own on stderr. */
static int is_told(const char *err, const char *told)
{
	if (told)
		return strstr(err, told) != NULL;
	return !strstr(err, "no relay-address") && !strstr(err, "IPv6");
}

/* What the configuration is silent about makes verdicts wrong, so it is told beside them; a whole one is quiet. */
START_TEST(what_the_configuration_lacks_is_told)
{
	static const struct {
		const char *config, *told;
	} rows[] = {
		{"relay-host = backup.isp.example\nnetwork = 11.11.0.0/16\n", "no relay-address is configured"},
		{"relay-host = backup.isp.example\nrelay-address = 11.11.0.10, 2a10::10\nnetwork = 11.11.0.0/16\n",
		 "a relay-address is IPv6, and no network is"},
		{"relay-host = backup.isp.example\nrelay-address = 11.11.0.10, 2a10::10\nnetwork = 11.11.0.0/16, 2a10::/32\n", NULL},
		{"relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct run_result r;

		run_write_file(config, "%sresolver = 127.0.0.1:%d\ndatabase = %s/db\n", rows[i].config, world.port, dir);
		run_line(&r, config, "lookup fine.example");
		ck_assert_msg(r.status == 0 && is_told(r.err, rows[i].told), "%zu: %s", i, r.err);
		run_clear(&r);
		run_line(&r, config, "scan");
		ck_assert_msg(r.status == 0 && is_told(r.err, rows[i].told), "%zu: %s", i, r.err);
		run_clear(&r);
	}
}
END_TEST

/* Whatever is asked, a line comes back under the name that was asked. */
START_TEST(what_is_no_name_is_answered_under_its_text)
{
	static const char *const names[] = {
		"[11.11.5.1]", "::1", "a b.example", "x..example", ".", "",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
		"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z."
		"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z."
		"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.example",
	};
	enum { N = sizeof names / sizeof names[0] };
	const char *argv[N + 7] = {run_mxward(), "-c", config, "lookup", "--format", "jsonl"};
	struct run_result r;

	for (int i = 0; i < N; i++)
		argv[6 + i] = names[i];
	run_program(&r, argv, NULL);
	ck_assert_int_eq(r.status, 0);
	for (int i = 0; i < N; i++) {
		json_t *j = nth_line(r.out, i);

		ck_assert_str_eq(text_of(j, "name"), names[i]);
		ck_assert_str_eq(text_of(j, "reason"), "NA_SYNTAX");
		json_decref(j);
	}
	run_clear(&r);
}
END_TEST

START_TEST(list_prints_the_keys_of_the_contract)
{
	struct run_result r;
	json_t *j;

	run_line(&r, config, "list --format jsonl");
	j = nth_line(r.out, 0);
	expect_keys(j, "name:s class:s reason:s flags:[ state:s customer:s since:s observed:s observations:n days:n "
		       "pinned:0 note:s deletable:b");
	ck_assert_str_eq(text_of(j, "state"), "listed");
	json_decref(j);
	j = nth_line(r.out, 1);
	ck_assert_str_eq(text_of(j, "class"), "NA");
	ck_assert_str_eq(text_of(j, "pinned"), "etrn");
	ck_assert_str_eq(text_of(j, "state"), "pinned");
	json_decref(j);
	run_clear(&r);
	run_line(&r, config, "list --format csv");
	ck_assert_int_eq(strncmp(r.out,
				 "name,class,reason,flags,state,customer,since,observed,observations,days,pinned,note,"
				 "deletable\r\n\"fine.example\",OK,OK_BACKUP,W_MX_CNAME W_SELF_BY_ALIAS,listed,\"C-1\",",
				 strlen("name,class,reason,flags,state,customer,since,observed,observations,days,pinned,note,"
					"deletable\r\n\"fine.example\",OK,OK_BACKUP,W_MX_CNAME W_SELF_BY_ALIAS,listed,\"C-1\",")),
			 0);
	run_clear(&r);
}
END_TEST

START_TEST(show_says_what_a_pinned_entry_would_be_and_until_when)
{
	struct run_result r;
	json_t *j;

	run_line(&r, config, "show gone.example --format json");
	j = nth_line(r.out, 0);
	ck_assert_str_eq(text_of(j, "reason"), "NA_PINNED");
	ck_assert_str_eq(text_of(j, "without_pin"), "ORPHAN_OFFNET");
	ck_assert_str_eq(text_of(j, "pin_until"), "2040-02-03");
	json_decref(j);
	run_clear(&r);
	run_line(&r, config, "show gone.example");
	ck_assert_msg(strstr(r.out, "ORPHAN_OFFNET") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "Cannot delete: pinned (etrn) until 2040-02-03;") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "1 observation on 1 day, it takes 7.\n") != NULL, "%s", r.out);
	run_clear(&r);
}
END_TEST

static const struct {
	int status;
	const char *line, *says;
} refused[] = {
	{66, "show nope.example", "'nope.example' is not in the list"},
	{66, "list fine.example nope.example", "'nope.example' is not in the list; nothing was printed"},
	{66, "delete fine.example nope.example --reason x --yes 2", "nothing was deleted"},
	{66, "pin nope.example --reason etrn", "nothing was changed"},
	{66, "unpin nope.example", "nothing was changed"},
	{66, "edit fine.example nope.example --note x", "nothing was changed"},
	{66, "notice fine.example nope.example --deadline 2040-01-01", "nothing was changed"},
	{66, "acknowledge nope.example", "nothing was changed"},
	{66, "reviewed fine.example nope.example", "nothing was changed"},
	{66, "restore nope.example --reason x", "'nope.example'"},
	{64, "show", "one name"},
	{64, "show fine.example gone.example", "one name"},
	{64, "lookup", "needs a name"},
	{64, "list --format xml", "table|csv|jsonl|names"},
	{64, "list class:orphan fine.example", "give one kind"},
	{64, "list class:foo", "unknown class 'foo'"},
	{64, "scan --window 0", "between 1 and 5000"},
	{64, "scan --window 5001", "between 1 and 5000"},
	{64, "delete fine.example --yes 1", "--reason"},
	{64, "pin fine.example --reason outage --until soon", "no date"},
	{64, "stat all", "no operands"},
};

START_TEST(what_cannot_be_done_has_its_status_and_does_nothing)
{
	struct run_result before, r, after;

	run_line(&before, config, "list --format jsonl");
	run_line(&r, config, "%s", refused[_i].line);
	ck_assert_msg(r.status == refused[_i].status, "%s: %d\n%s%s", refused[_i].line, r.status, r.out, r.err);
	ck_assert_msg(strstr(r.err, refused[_i].says) != NULL, "%s: %s", refused[_i].line, r.err);
	ck_assert_msg(r.out[0] == '\0', "%s printed %s", refused[_i].line, r.out);
	run_line(&after, config, "list --format jsonl");
	ck_assert_str_eq(before.out, after.out);
	run_clear(&before);
	run_clear(&r);
	run_clear(&after);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("look");
	TCase *c = tcase_create("look");

	/* One world and one list serve all. */
	tcase_add_unchecked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, lookup_prints_the_keys_of_the_contract);
	tcase_add_test(c, names_on_standard_input_that_cannot_be_read_are_said);
	tcase_add_test(c, an_import_that_cannot_have_standard_input_is_said);
	tcase_add_test(c, what_is_no_name_is_answered_under_its_text);
	tcase_add_test(c, what_the_configuration_lacks_is_told);
	tcase_add_test(c, list_prints_the_keys_of_the_contract);
	tcase_add_test(c, show_says_what_a_pinned_entry_would_be_and_until_when);
	tcase_add_loop_test(c, what_cannot_be_done_has_its_status_and_does_nothing, 0,
			    (int)(sizeof refused / sizeof refused[0]));
	suite_add_tcase(s, c);
	return suite_run(s);
}
