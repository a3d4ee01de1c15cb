/*
 * check_outage: what the console shows of what is known while the resolver is away, and when a name gives no answer.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, SUMMARY, HEADER, FIRST, LAST = 23 };

/* A resolver of the test's own, which it may stop. */
static struct run_world resolver;

/* The configuration asks the resolver of the test, and another one too where more names it. */
static void ask(const char *more)
{
	static const char key[] = "resolver = 127.0.0.1:";
	char text[4000], *at, *end;
	FILE *f = fopen(desk_config, "r");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	at = strstr(text, key);
	ck_assert_ptr_nonnull(at);
	*at = '\0';
	end = strchr(at + 1, '\n');
	run_write_file(desk_config, "%s%s%d%s%s", text, key, resolver.port, more, end);
}

static void set_up(void)
{
	char misbehave[1100];

	snprintf(misbehave, sizeof misbehave, "%s/misbehave", desk_dir);
	run_write_file(misbehave, "gone01.example servfail\na.gone01.example servfail\n");
	run_world_start(&resolver, desk_dir, run_source("tests/cmd/zones"), misbehave);
	ask("");
}

static void tear_down(void)
{
	kill(resolver.pid, SIGCONT);
	run_world_stop(&resolver);
}

START_TEST(test_an_outage_takes_nothing_from_the_list)
{
	struct vt *t;

	kill(resolver.pid, SIGSTOP);
	t = desk_open_list_at(24, 120, "xterm-256color");
	desk_expect(t, LAST, "no live answers: see resolver in mxward.conf(5); none answers: 127.0.0.1:");
	desk_expect(t, TITLE, "no resolver answers  scan ");
	for (int row = FIRST; row < FIRST + 19; row++) {
		ck_assert(vt_has(t, row, "MX elsewhere, outside"));
		ck_assert(vt_has(t, row, "deletable now"));
	}
	/* The sentence goes with the next key, the word stays, and on a narrow screen takes the place of the scan. */
	vt_keys(t, "j");
	desk_expect_gone(t, LAST, "no live answers");
	ck_assert(vt_has(t, TITLE, "no resolver answers"));
	vt_resize(t, 24, 80);
	desk_expect(t, TITLE, "200 entries  ");
	desk_expect(t, TITLE, "no resolver answers  scan ");
	vt_resize(t, 24, 40);
	desk_expect(t, TITLE, "mxward  200 entries  no resolver answers");
	kill(resolver.pid, SIGCONT);
	vt_keys(t, "R");
	desk_expect_gone(t, TITLE, "no resolver answers");
	desk_expect(t, TITLE, "scan ");
	desk_quit(t);
}
END_TEST

START_TEST(test_an_outage_takes_nothing_from_an_entry)
{
	struct vt *t;

	kill(resolver.pid, SIGSTOP);
	t = desk_open_list_at(50, 80, "xterm-256color");
	desk_press(t, "\r", -1, "Asked now: no resolver answered, which says nothing of the entry.");
	desk_expect(t, -1, "ORPHAN: MX elsewhere, outside; not us any more.");
	desk_expect(t, -1, "10 mx1.cloud.example");
	desk_expect(t, -1, "So since ");
	desk_expect(t, -1, "Cannot delete: no usable answer just now; a failure of DNS is no evidence.");
	desk_expect(t, -1, "Counted as an orphan since ");
	ck_assert(!vt_has(t, -1, "Its name servers"));
	kill(resolver.pid, SIGCONT);
	desk_press(t, "R", -1, "May be deleted: ");
	desk_expect_gone(t, -1, "no resolver answered");
	desk_expect(t, -1, "Asked now (");
	desk_quit(t);
}
END_TEST

/* What was never answered, or not the last time either, is shown as it is. */
START_TEST(test_a_failure_takes_the_place_of_no_answer)
{
	struct vt *t;

	run_expect(desk_config, 0, "", "add a.gone01.example");
	t = desk_open(24, 120, "xterm-256color", "console gone01", NULL);
	desk_press(t, "\r", -1, ": no usable answer. Its name servers gave nothing usable. [UNK_SERVFAIL]");
	desk_expect(t, -1, "10 mx1.cloud.example");
	desk_expect(t, -1, "So since ");
	desk_press(t, "qj\r", -1, "Not looked at yet");
	desk_expect(t, -1, ": no usable answer. Its name servers gave nothing usable. [UNK_SERVFAIL]");
	vt_keys(t, "qk");
	desk_expect(t, FIRST, "MX elsewhere, outside");
	desk_expect(t, FIRST, "deletable now");
	desk_expect(t, FIRST + 1, "no answer ");
	desk_expect(t, FIRST + 1, "new       frozen");
	ck_assert(!vt_has(t, TITLE, "no resolver answers"));
	desk_press(t, "R", LAST, "no usable answer about gone01.example just now");
	desk_quit(t);
	run_expect(desk_config, 0, "", "scan *gone01.example");
	t = desk_open(24, 120, "xterm-256color", "console gone01", NULL);
	desk_expect(t, FIRST, "no answer");
	desk_expect(t, FIRST, "deletable frozen");
	desk_quit(t);
}
END_TEST

/* That one of two heard us listed holds an orphan, although the two together say nothing. */
START_TEST(test_a_listing_among_answers_that_disagree_is_shown)
{
	struct run_world other;
	char zone[1100], more[80];
	struct vt *t;

	snprintf(zone, sizeof zone, "%s/other.zone", desk_dir);
	run_write_file(zone, "$ORIGIN example.\n$TTL 300\n@ SOA ns.isp.example. h.isp.example. 1 3600 900 604800 300\n"
			     "@ NS ns.isp.example.\nns.isp A 127.0.0.2\nmail.isp A 11.11.5.1\nbackup.isp A 11.11.0.10\n"
			     "gone02 MX 10 mail.isp\ngone02 MX 50 backup.isp\n");
	run_world_start_at(&other, "127.0.0.2", 0, desk_dir, zone, NULL);
	snprintf(more, sizeof more, ", 127.0.0.2:%d", other.port);
	ask(more);
	t = desk_open(24, 120, "xterm-256color", "console gone02", NULL);
	desk_expect(t, FIRST, "resolvers disagree");
	desk_expect(t, FIRST, "deletable frozen");
	desk_press(t, "\r", -1, "Cannot delete: one of the answers that came just now names us.");
	desk_expect(t, -1, "OK: We back up a local primary.");
	desk_quit(t);
	run_world_stop(&other);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("outage");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, test_an_outage_takes_nothing_from_the_list);
	tcase_add_test(t, test_an_outage_takes_nothing_from_an_entry);
	tcase_add_test(t, test_a_failure_takes_the_place_of_no_answer);
	tcase_add_test(t, test_a_listing_among_answers_that_disagree_is_shown);
	return desk_run("outage", (TCase *[]){t, NULL});
}
