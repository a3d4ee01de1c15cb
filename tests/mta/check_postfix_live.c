/*
 * A live Postfix answers by the list: what mxward deletes is refused, what it restores is accepted, at once, and mail
 * for others is not held up.
 *
 * Started again inside postfix-live.sh, which has Postfix running in namespaces of its own.  Without root, unshare or
 * the unpacked Postfix it says so and is skipped.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "db/postfix.h"
#include "db/postfix_write.h"
#include "mta/target.h"
#include "support/live.h"
#include "support/clock.h"
#include "support/run.h"
#include "support/suite.h"

enum { CYCLES = 200, MANY = 100000 };

static char *dir, config[1100], table[1100];
static const char *live;
static struct run_world world;
static int serial; /* no recipient is ever asked about twice unless a test means to */

/* --- a session --------------------------------------------------------------------------------------- */

static FILE *session;

static int reply(void)
{
	char line[600];

	do
		if (!fgets(line, sizeof line, session))
			return -1;
	while (line[3] == '-');
	return atoi(line);
}

static int say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int say(const char *fmt, ...)
{
	va_list ap;

	fseek(session, 0, SEEK_CUR);
	va_start(ap, fmt);
	vfprintf(session, fmt, ap);
	va_end(ap);
	fputs("\r\n", session);
	fflush(session);
	return reply();
}

static void connect_smtp(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25), .sin_addr.s_addr = htonl(0x7f000001)};
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000032)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	ck_assert_msg(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "port 25: %s", strerror(errno));
	session = fdopen(fd, "r+");
	ck_assert_int_eq(reply(), 220);
	ck_assert_int_eq(say("EHLO t.example"), 250);
	ck_assert_int_eq(say("MAIL FROM:<s@x.example>"), 250);
}

static void disconnect(void)
{
	say("QUIT");
	fclose(session);
}

static int ask(const char *user, const char *domain)
{
	return say("RCPT TO:<%s@%s>", user, domain);
}

static int ask_unseen(const char *domain)
{
	char user[40];

	snprintf(user, sizeof user, "u%d", serial++);
	return ask(user, domain);
}

static int ask_once(const char *user, const char *domain)
{
	int code;

	connect_smtp();
	code = user ? ask(user, domain) : ask_unseen(domain);
	disconnect();
	return code;
}

/* A reload reaches the processes of Postfix a moment after the command has ended; the test's own limit bounds this. */
static void wait_for(int code, const char *user, const char *domain)
{
	while (ask_once(user, domain) != code)
		usleep(20000);
}

/* --- the list ------------------------------------------------------------------------------------------ */

static void write_config(const char *more)
{
	run_write_file(config,
		       "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1:%d\ndatabase = %s/db\npostfix-table = %s\n"
		       "postfix-config-directory = %s/etc\n%s",
		       world.port, dir, table, live, more);
}

static void ran(int status, const char *words, const char *line)
{
	run_expect(config, status, words, line);
}

/* The same line some days later. */
static void later(int days, const char *words, const char *line)
{
	struct run_result r;

	clock_ahead(days);
	run_line(&r, config, "%s", line);
	clock_back();
	ck_assert_msg(strstr(r.out, words) || strstr(r.err, words), "%s: no '%s' in\n%s%s", line, words, r.out, r.err);
	run_clear(&r);
}

static void set_up(void)
{
	char line[1300];

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(table, sizeof table, "%s/etc/relay_domains.lmdb", live);
	run_world_start(&world, dir, run_source("tests/cmd/zones"), NULL);
	write_config("");
	ran(0, "", "init");
	snprintf(line, sizeof line, "import --format lmdb %s", table);
	ran(0, "", line);
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

START_TEST(a_deletion_refuses_and_a_restore_accepts_at_once)
{
	ran(0, "Postfix reloaded", "add gone00.example");
	ck_assert_int_eq(ask_once(NULL, "gone00.example"), 250);
	wait_for(250, "seen", "gone00.example");
	ran(0, "Postfix reloaded", "delete gone00.example --override --reason test --yes 1");
	ck_assert_int_eq(ask_once(NULL, "gone00.example"), 554);
	wait_for(554, "seen", "gone00.example");
	ran(0, "Postfix reloaded", "restore gone00.example --reason test");
	ck_assert_int_eq(ask_once(NULL, "gone00.example"), 250);
	wait_for(250, "seen", "gone00.example");
	ck_assert_int_eq(ask_once(NULL, "keep.example"), 250);
	ran(0, "", "delete gone00.example --override --reason test --yes 1");
}
END_TEST

START_TEST(without_a_program_a_copy_flushes_what_was_seen)
{
	write_config("restricted = yes\n");
	ran(0, "new sessions see it at once", "add gone01.example");
	wait_for(250, "seen", "gone01.example");
	ran(0, "recipients seen lately", "delete gone01.example --override --reason test --yes 1");
	wait_for(554, NULL, "gone01.example"); /* no copy so soon after the last: trivial-rewrite may lag */
	write_config("");
	ran(0, "", "publish");
	ck_assert_int_eq(ask_once(NULL, "keep.example"), 250);
}
END_TEST

/* A message that cannot be delivered here waits in the queue, and is a condition of a deletion. */
START_TEST(the_queue_is_asked)
{
	char more[300];

	snprintf(more, sizeof more, "authoritative-port = %d\nconfirm-days = 0\nconfirm-days-registration = 0\n"
				    "confirm-observations = 1\n", world.port);
	write_config(more);
	ran(0, "", "add gone04.example");
	ran(0, "", "scan");
	ran(0, "the queue is empty", "queue --dry-run");
	connect_smtp();
	ck_assert_int_eq(ask_unseen("gone04.example"), 250);
	ck_assert_int_eq(ask_unseen("sub.gone04.example"), 250);
	ck_assert_int_eq(say("DATA"), 354);
	ck_assert_int_eq(say("Subject: x\r\n\r\nx\r\n."), 250);
	disconnect();
	ran(0, "gone04.example                                       1", "queue --dry-run");
	ran(0, "1 message", "show gone04.example");
	ran(1, "mail still waits for it", "delete gone04.example --reason test --yes 1");
	ran(0, "1 deleted", "delete gone04.example --reason test --override --yes 1");
	write_config("");
}
END_TEST

/* The log is written by a process of its own; the test's own limit bounds this. */
static void wait_for_words(const char *words, const char *before, const char *line)
{
	for (int is_there = 0; !is_there;) {
		struct run_result r;

		ran(0, "", before);
		run_line(&r, config, "%s", line);
		is_there = strstr(r.out, words) != NULL;
		run_clear(&r);
	}
}

/* Deferred while it lasts, accepted when it is taken back, refused when it is over; others never notice.  What was seen
 * before is asked by the same pair of sender and recipient: the table is asked each time. */
START_TEST(a_brownout_defers_and_then_refuses)
{
	char more[1300];

	snprintf(more, sizeof more, "brownout-table = %s/etc/brownout.lmdb\nauthoritative-port = %d\nconfirm-days = 0\n"
				    "confirm-days-registration = 0\nconfirm-observations = 1\n", live, world.port);
	write_config(more);
	ran(0, "", "add gone03.example");
	ran(0, "", "scan");
	wait_for(250, "seen", "gone03.example");
	ran(0, "1 in a brownout for 2 days", "delete gone03.example --reason test --brownout 2 --yes 1");
	ck_assert_int_eq(ask_once("seen", "gone03.example"), 450);
	ck_assert_int_eq(ask_once(NULL, "www.gone03.example"), 450);
	ck_assert_int_eq(ask_once(NULL, "keep.example"), 250);
	ran(0, "1 of 1 taken back", "unbrown gone03.example");
	ck_assert_int_eq(ask_once("seen", "gone03.example"), 250);
	ran(0, "1 in a brownout", "delete gone03.example --reason test --brownout 2 --yes 1");
	ck_assert_int_eq(ask_once("seen", "gone03.example"), 450);
	snprintf(more, sizeof more, "traffic %s/maillog", live);
	wait_for_words("3 recipients knocked", more, "show gone03.example");
	later(3, "deleted gone03.example  its brownout is over", "scan");
	wait_for(554, "seen", "gone03.example");
	ck_assert_int_eq(ask_once(NULL, "keep.example"), 250);
	write_config("");
}
END_TEST

static int add_nothing(void *ctx, const struct table_row *row)
{
	(void)ctx;
	(void)row;
	return 0;
}

static void change_by_hand(struct target_change *c, size_t n)
{
	struct target_version at;
	struct err e;

	ck_assert_msg(postfix_read_version(table, add_nothing, NULL, &at, &e) == 0, "%s", e.text);
	ck_assert_msg(postfix_apply(table, c, n, &at, &e) == 0, "%s", e.text);
}

START_TEST(two_hundred_cycles_without_a_wrong_answer)
{
	struct target_change c = {"cycle.example", NULL};
	int wrong = 0;

	connect_smtp();
	wrong += ask_unseen("keep.example") != 250;
	for (int i = 0; i < CYCLES; i++) {
		c.value = "OK";
		change_by_hand(&c, 1);
		wrong += ask_unseen("cycle.example") != 250;
		c.value = NULL;
		change_by_hand(&c, 1);
		wrong += ask_unseen("cycle.example") != 554;
	}
	disconnect();
	ck_assert_int_eq(wrong, 0);
}
END_TEST

/* One session asks for another domain all the while; how long it waited is noted, not judged. */
START_TEST(mail_for_others_goes_on_while_many_are_deleted)
{
	struct target_change *c = calloc(MANY, sizeof *c);
	char *key = malloc(MANY * 32);
	int64_t longest = 0;
	int asked = 0, status;
	pid_t writer;

	for (int i = 0; i < MANY; i++) {
		snprintf(key + i * 32, 32, "many%06d.example", i);
		c[i] = (struct target_change){key + i * 32, "OK"};
	}
	change_by_hand(c, MANY);
	connect_smtp();
	ck_assert_int_eq(ask_unseen("many099999.example"), 250);
	for (int i = 0; i < MANY; i++)
		c[i].value = NULL;
	fflush(NULL);
	writer = fork();
	if (writer == 0) {
		struct target_version at;
		struct err e;

		if (postfix_read_version(table, add_nothing, NULL, &at, &e) != 0)
			_exit(1);
		_exit(postfix_apply(table, c, MANY, &at, &e) != 0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		int64_t began = loop_now(), took;

		ck_assert_int_eq(ask_unseen("keep.example"), 250);
		asked++;
		took = loop_now() - began;
		longest = took > longest ? took : longest;
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(ask_unseen("many000000.example"), 554);
	disconnect();
	printf("note: %d recipients beside %d deletions, the longest wait was %lld ms\n", asked, MANY, (long long)longest);
	free(key);
	free(c);
}
END_TEST

/* Postfix's own program finds what is there and nothing else, and prints what the audit record has the sum of. */
START_TEST(postmap_reads_what_was_published)
{
	char where[1200], etc[1100], command[6000];
	const char *query[] = {"/usr/sbin/postmap", "-c", etc, "-q", "kept000.example", where, NULL};
	const char *gone[] = {"/usr/sbin/postmap", "-c", etc, "-q", "gone02.example", where, NULL};
	const char *sum[] = {"/bin/sh", "-c", command, NULL};
	struct run_result r;

	snprintf(etc, sizeof etc, "%s/etc", live);
	snprintf(where, sizeof where, "lmdb:%.*s", (int)(strlen(table) - 5), table);
	ran(0, "", "add kept000.example");
	ran(0, "", "add gone02.example");
	ran(0, "", "delete gone02.example --override --reason test --yes 1");
	run_program(&r, query, NULL);
	ck_assert_int_eq(r.status, 0);
	ck_assert_str_eq(r.out, "OK\n");
	run_clear(&r);
	run_program(&r, gone, NULL);
	ck_assert_int_eq(r.status, 1);
	run_clear(&r);
	snprintf(command, sizeof command,
		 "s=$(postmap -c %s -s %s | sha256sum | cut -c1-64) && %s -c %s audit list --format jsonl | tail -n 1 | "
		 "grep -q \"sha256:$s\"", etc, where, run_mxward(), config);
	run_program(&r, sum, NULL);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
}
END_TEST

static void shell(struct run_result *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void shell(struct run_result *r, const char *fmt, ...)
{
	char command[6000];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	run_program(r, argv, NULL);
}

/* The list through postmap: printed as text, made a table, imported again. */
START_TEST(postmap_makes_the_same_list_of_what_is_printed)
{
	struct run_result r;

	ran(0, "", "add xn--mller-kva.example");
	ran(0, "", "add .kept001.example");
	shell(&r, "set -e; cd %s; m='%s -c %s'; $m publish --print postfix --to text; "
		  "postmap -c %s/etc lmdb:text; echo 'database = '%s'/db2' >two.conf; n='%s -c two.conf'; $n init; "
		  "$n import --format lmdb text.lmdb; $m publish --print csv >one; $n publish --print csv >two; cmp one two; "
		  "postmap -c %s/etc -q m\303\274ller.example lmdb:text; "
		  "$m delete xn--mller-kva.example .kept001.example --override --reason x --yes 2",
	      dir, run_mxward(), config, live, dir, run_mxward(), live);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	ck_assert_ptr_nonnull(strstr(r.out, "\nOK\n"));
	run_clear(&r);
}
END_TEST

/* exim -be asks the printed file as a router would: names that the list accepts are found, and no others. */
static void exim_finds(const char *lookup, const char *name, const char *answer)
{
	struct run_result r;

	shell(&r, "cd %s; exim4 -C %s/exim.conf -be '${lookup{%s}%s{%s/relay}{yes}{no}}'", dir, dir, name, lookup, dir);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	ck_assert_msg(strncmp(r.out, answer, strlen(answer)) == 0, "%s %s: %s", lookup, name, r.out);
	run_clear(&r);
}

static void print_for_exim(const char *mode)
{
	char line[1300];

	write_config(mode);
	snprintf(line, sizeof line, "publish --print exim --to %s/relay", dir);
	ran(0, "", line);
}

START_TEST(exim_reads_what_is_printed)
{
	char path[1100];

	if (access("/usr/sbin/exim4", X_OK) != 0) {
		printf("note: exim is not unpacked, so what is printed for it was not tried\n");
		return;
	}
	snprintf(path, sizeof path, "%s/exim.conf", dir);
	run_write_file(path, "primary_hostname = t.example\nlog_file_path = %s/exim-%%slog\n", dir);
	ran(0, "", "add kept002.example");
	ran(0, "", "add kept003.example");
	ran(0, "", "add .kept003.example");
	print_for_exim("parent-domain-matches-subdomains = yes\n");
	exim_finds("partial-lsearch", "kept002.example", "yes");
	exim_finds("partial-lsearch", "a.b.kept002.example", "yes");
	exim_finds("partial-lsearch", "xkept002.example", "no");
	exim_finds("partial-lsearch", "example", "no");
	print_for_exim("parent-domain-matches-subdomains = no\n");
	exim_finds("partial-lsearch", "kept002.example", "yes");
	exim_finds("lsearch", "kept002.example", "yes");
	exim_finds("partial-lsearch", "a.kept002.example", "no");
	exim_finds("partial-lsearch", "kept003.example", "yes");
	exim_finds("partial-lsearch", "a.kept003.example", "yes");
}
END_TEST

/* From this Postfix as it runs to a list, with its own postconf. */
START_TEST(a_list_is_made_from_a_running_postfix)
{
	char etc[1100], other[1200];
	struct run_result r;

	snprintf(etc, sizeof etc, "%s/etc", live);
	snprintf(other, sizeof other, "%s/other.conf", dir);
	setenv("MAIL_CONFIG", etc, 1);
	run_line(&r, other, "-d %s/other init --from-postfix", dir);
	ck_assert_msg(r.status == 0, "%d %s%s", r.status, r.out, r.err);
	run_clear(&r);
	run_line(&r, other, "list --format names keep*");
	ck_assert_str_eq(r.out, "keep.example\n");
	run_clear(&r);
	run_line(&r, other, "publish --dry-run");
	ck_assert_msg(strstr(r.out, "0 to put, 0 to remove, 0 changed by others") != NULL, "%s%s", r.out, r.err);
	ck_assert_msg(!strstr(r.out, "does not name") && !strstr(r.out, "was not asked"), "%s", r.out);
	run_clear(&r);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("postfix_live");
	TCase *c = tcase_create("a live Postfix");

	(void)argc;
	live = getenv("LIVE");
	if (!live)
		return live_start(argv[0]);
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_deletion_refuses_and_a_restore_accepts_at_once);
	tcase_add_test(c, the_queue_is_asked);
	tcase_add_test(c, a_brownout_defers_and_then_refuses);
	tcase_add_test(c, postmap_reads_what_was_published);
	tcase_add_test(c, postmap_makes_the_same_list_of_what_is_printed);
	tcase_add_test(c, exim_reads_what_is_printed);
	tcase_add_test(c, a_list_is_made_from_a_running_postfix);
	tcase_add_test(c, two_hundred_cycles_without_a_wrong_answer);
	tcase_add_test(c, mail_for_others_goes_on_while_many_are_deleted);
	tcase_add_test(c, without_a_program_a_copy_flushes_what_was_seen);
	suite_add_tcase(s, c);
	return suite_run(s);
}
