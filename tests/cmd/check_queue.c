/*
 * What waits in queues: asked of a postqueue, told for another relay, a condition of deletions, shown.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], path[1200];
static struct run_world world;

static void write_config(const char *more)
{
	run_write_config(config, dir, world.port, "parent-domain-matches-subdomains = yes\npostfix-config-directory = %s/postfix\n%s",
			 dir, more);
}

/* A postqueue that prints what it is told to, and checks how it was asked. */
static void write_postqueue(const char *text, int status)
{
	snprintf(path, sizeof path, "%s/queue", dir);
	run_write_file(path, "%s", text);
	run_stand_in(dir, "postqueue", "[ \"$*\" = '-c %s/postfix -j' ] || exit 9\ncat %s\nexit %d\n", dir, path, status);
}

static void message(char *out, size_t size, int hours, int bytes, const char *recipients)
{
	size_t used = strlen(out);

	snprintf(out + used, size - used,
		 "{\"queue_name\": \"deferred\", \"queue_id\": \"A%zu\", \"arrival_time\": %lld, \"message_size\": %d, "
		 "\"sender\": \"s@x.example\", \"recipients\": [%s]}\n",
		 used, (long long)time(NULL) - hours * 3600LL, bytes, recipients);
}

static void ran(int status, const char *words, const char *line)
{
	run_expect(config, status, words, line);
}

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_stand_in_begin(dir);
	write_postqueue("", 0);
	snprintf(path, sizeof path, "%s/world.zone", dir);
	run_write_file(path, "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
			     "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nmail.isp A 11.11.5.1\nmx1.cloud A 22.22.0.1\n"
			     "gone MX 10 mx1.cloud\nsub.gone MX 10 mx1.cloud\nleft MX 10 mx1.cloud\n");
	run_world_start(&world, dir, path, NULL);
	write_config("");
	ran(0, "", "init");
	ran(0, "", "add gone.example");
	ran(0, "", "add left.example");
	ran(0, "", "scan");
}

static void tear_down(void)
{
	run_world_stop(&world);
	run_remove_dir(dir);
}

/* One of the mails is for a covered subname, one is for both entries, and one for nobody. */
static void fill(void)
{
	char text[4000] = "";

	message(text, sizeof text, 3, 1500, "{\"address\": \"a@gone.example\"}, {\"address\": \"b@gone.example\"}");
	message(text, sizeof text, 49, 500, "{\"address\": \"a@www.gone.example\"}, {\"address\": \"a@left.example\"}");
	message(text, sizeof text, 1, 70, "{\"address\": \"a@else.example\"}");
	write_postqueue(text, 0);
}

START_TEST(a_queue_is_summed_up_by_the_entry_that_covers_best)
{
	fill();
	ran(0, "gone.example                                         2    2.0 kB      2d", "queue");
	ran(0, "left.example                                         1     500 B      2d", "queue --dry-run");
	ran(0, "in all 3 messages, 2.1 kB, the oldest 2d old", "queue");
	ran(0, "of them for no entry: 1 message, 70 B", "queue");
	ran(0, "no outflow was measured", "queue");
	ran(0, "{\"name\":\"gone.example\",\"msgs\":2,\"bytes\":2000,\"oldest\":\"20", "queue --format jsonl");
	ran(0, "", "add www.gone.example");
	ran(0, "gone.example                                         1    1.5 kB      3h", "queue");
}
END_TEST

START_TEST(what_is_queued_keeps_an_entry)
{
	fill();
	ran(1, "mail still waits for it: ", "delete gone.example --reason x --yes 1");
	ran(1, "2 messages, 2.0 kB, the oldest 2d old", "delete gone.example --reason x --yes 1");
	ran(1, "mail still waits", "delete gone.example --reason customer-request --ticket T-1 --yes 1");
	write_postqueue("", 0);
	ran(0, "1 deleted", "delete left.example --reason x --yes 1");
	fill();
	ran(0, "1 deleted", "delete gone.example --reason x --override --yes 1");
	ran(0, "deleted, override: QUEUE", "audit list gone.example");
}
END_TEST

START_TEST(a_queue_that_cannot_be_asked_is_no_condition_and_is_said)
{
	write_postqueue("postqueue: fatal: Queue report unavailable\n", 69);
	ran(69, "postqueue fails (status 69): postqueue: fatal: Queue report unavailable", "queue");
	ran(0, ": not measured (postqueue fails", "show gone.example");
	ran(0, "\"queued_msgs\":null", "show gone.example --format json");
	write_config("restricted = yes\n");
	fill();
	ran(0, ": not measured (restricted = yes", "show gone.example");
	ran(0, "1 deleted", "delete gone.example --reason x --yes 1");
}
END_TEST

/* What somebody who may ask kept a while ago, for those who may not: a sandboxed night, a restricted console. */
START_TEST(what_was_kept_serves_who_may_not_ask)
{
	fill();
	ran(0, "gone.example", "queue");
	write_postqueue("postqueue: fatal: Connect to the Postfix showq service: Permission denied\n", 75);
	ran(0, ": 2 messages, 2.0 kB", "show gone.example");
	ran(1, "mail still waits for it", "delete gone.example --reason x --yes 1");
}
END_TEST

START_TEST(another_relays_queue_is_told_by_a_file)
{
	char line[1400], text[2000] = "";

	message(text, sizeof text, 5, 300, "{\"address\": \"a@gone.example\"}");
	snprintf(path, sizeof path, "%s/relay2.json", dir);
	run_write_file(path, "%s", text);
	snprintf(line, sizeof line, "queue --relay relay2 %s", path);
	ran(0, "gone.example", line);
	ran(0, "relay2: 1 message, 300 B, the oldest 5h old", "show gone.example");
	ran(0, "\"queued_msgs\":1", "show gone.example --format json");
	ran(1, "relay2 1 message", "delete gone.example --reason x --yes 1");
	run_write_file(path, "%s", "");
	ran(0, "the queue is empty", line);
	ran(0, "relay2: 0", "show gone.example");
	run_write_file(path, "relay2: no route\n");
	ran(65, "is not what postqueue -j prints; its first line is: relay2: no route", line);
	ran(64, "FILE", "queue --relay relay2");
	ran(0, "1 deleted", "delete gone.example --reason x --yes 1");
}
END_TEST

/* Lists ask nobody: what was kept counts for them, as it does for a deletion. */
START_TEST(lists_know_of_what_was_kept)
{
	struct run_result r;
	char line[1400], text[2000] = "";

	ran(0, "gone.example", "list ready:yes --format names");
	message(text, sizeof text, 5, 300, "{\"address\": \"a@gone.example\"}");
	snprintf(path, sizeof path, "%s/relay2.json", dir);
	run_write_file(path, "%s", text);
	snprintf(line, sizeof line, "queue --relay relay2 %s", path);
	ran(0, "gone.example", line);
	run_line(&r, config, "list ready:yes --format names");
	ck_assert_msg(r.status == 0 && strcmp(r.out, "left.example\n") == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	run_write_file(path, "%s", "");
	ran(0, "the queue is empty", line);
	ran(0, "gone.example", "list ready:yes --format names");
}
END_TEST

/* Flips a bit of what is kept of an entry in a relay's queue, wherever the file has it; the relay's own row stays. */
static void damage_queue_of(const char *relay, const char *key)
{
	struct str bytes = {0};
	char row[200];
	size_t len = (size_t)snprintf(row, sizeof row, "q%s%c%s", relay, 0, key);
	struct err e;
	int fd, hits = 0;

	snprintf(path, sizeof path, "%s/db/data.mdb", dir);
	ck_assert_int_eq(file_read(AT_FDCWD, path, 1 << 26, &bytes, &e), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	for (char *p = bytes.bytes; (p = memmem(p, bytes.len - (size_t)(p - bytes.bytes), row, len)); p += len, hits++) {
		char flipped = (char)(p[len + 1] ^ 1);

		ck_assert_int_eq(pwrite(fd, &flipped, 1, p + len + 1 - bytes.bytes), 1);
	}
	close(fd);
	str_clear(&bytes);
	ck_assert_int_gt(hits, 0);
}

/* What was kept and cannot be read is not an empty queue: the entry is held until it is told anew. */
START_TEST(a_damaged_row_of_a_queue_holds_its_entry)
{
	struct run_result r;
	char line[1400], text[2000] = "";

	message(text, sizeof text, 5, 300, "{\"address\": \"a@gone.example\"}");
	snprintf(path, sizeof path, "%s/relay2.json", dir);
	run_write_file(path, "%s", text);
	snprintf(line, sizeof line, "queue --relay relay2 %s", path);
	ran(0, "gone.example", line);
	damage_queue_of("relay2", "example\1gone");
	ran(1, "what waits for it in the queue of relay2 cannot be read: the record is damaged",
	    "delete gone.example --reason x --yes 1");
	ran(1, "0 would go, 1 stay", "delete gone.example --reason customer-request --ticket T-1 --yes 1");
	run_line(&r, config, "list ready:yes --format names");
	ck_assert_msg(r.status == 0 && strcmp(r.out, "left.example\n") == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	ran(0, "Queue of relay2: its record for this entry is damaged", "show gone.example");
	ran(0, "\"why\":[\"QUEUE_UNREAD\"]", "show gone.example --format json");
	ran(0, "\"queued_msgs\":null", "show gone.example --format json");
	ran(1, "the checksum does not fit", "check");
	ran(0, "1 deleted", "delete left.example --reason x --yes 1");
	snprintf(path, sizeof path, "%s/relay2.json", dir);
	run_write_file(path, "%s", "");
	ran(0, "the queue is empty", line);
	ran(0, "sound", "check");
	ran(0, "1 deleted", "delete gone.example --reason x --yes 1");
}
END_TEST

/* This machine's queue as it was kept this morning is overruled by what it says now, and by nothing older. */
START_TEST(a_deletion_asks_anew)
{
	fill();
	ran(0, "gone.example", "queue");
	write_postqueue("", 0);
	ran(0, "", "list ready:yes --format names");
	ran(0, "1 deleted", "delete gone.example --reason x --yes 1");
}
END_TEST

/* The busiest hour of the logs says how long a queue takes to leave; a relay of the logs whose queue nobody tells is named. */
START_TEST(the_outflow_of_the_logs_says_how_long_a_queue_takes)
{
	char line[1400], text[2000] = "", stamp[40];
	time_t then = time(NULL) - 7200;
	struct tm tm;

	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&then, &tm));
	snprintf(path, sizeof path, "%s/mail.log", dir);
	run_write_file(path,
		       "%s relay2 postfix/qmgr[9]: 4FB1EA8A021: from=<s@x.example>, size=1000, nrcpt=1 (queue active)\n"
		       "%s relay2 postfix/smtp[8]: 4FB1EA8A021: to=<a@gone.example>, relay=mx1.cloud.example[22.22.0.1]:25, delay=1, "
		       "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n", stamp, stamp);
	snprintf(line, sizeof line, "traffic %s", path);
	ran(0, "1 event was new and is stored", line);
	ran(0, "Queue of relay2: not measured", "show gone.example");
	message(text, sizeof text, 5, 10000, "{\"address\": \"a@gone.example\"}");
	snprintf(path, sizeof path, "%s/relay2.json", dir);
	run_write_file(path, "%s", text);
	snprintf(line, sizeof line, "queue --relay relay2 %s", path);
	ran(0, "it takes 10 h to leave at the pace of the busiest hour (1.0 kB) and will fill the line for as long", line);
	snprintf(path, sizeof path, "%s/mail.log", dir);
	snprintf(line, sizeof line, "traffic %s", path);
	ran(0, "0 events were new", line); /* counted once */
	snprintf(path, sizeof path, "%s/relay2.json", dir);
	snprintf(line, sizeof line, "queue --relay relay2 %s", path);
	ran(0, "it takes 10 h to leave", line);
	ran(0, "sound", "check");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("queue");
	TCase *c = tcase_create("queue");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_queue_is_summed_up_by_the_entry_that_covers_best);
	tcase_add_test(c, what_is_queued_keeps_an_entry);
	tcase_add_test(c, a_queue_that_cannot_be_asked_is_no_condition_and_is_said);
	tcase_add_test(c, what_was_kept_serves_who_may_not_ask);
	tcase_add_test(c, another_relays_queue_is_told_by_a_file);
	tcase_add_test(c, lists_know_of_what_was_kept);
	tcase_add_test(c, a_damaged_row_of_a_queue_holds_its_entry);
	tcase_add_test(c, a_deletion_asks_anew);
	tcase_add_test(c, the_outflow_of_the_logs_says_how_long_a_queue_takes);
	suite_add_tcase(s, c);
	return suite_run(s);
}
