/*
 * A real Postfix as judge of the verdict: it gets a mail for each of 233 MX sets that look as real ones do, and
 * where it takes the mail, or that it does not, must be what the class says.
 *
 * Runs inside postfix-live.sh, with a name server on port 53 and mail sinks on addresses of this namespace alone; what
 * has an address elsewhere cannot be reached.  The sets are the same in every run.
 */
#include <arpa/inet.h>
#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/mx_shapes.h"
#include "support/live.h"
#include "support/run.h"
#include "support/suite.h"

enum { N_SETS = N_MX_SHAPES, N_SINKS = 5 };

/* Two in our networks, three outside. */
static const char *const sinks[N_SINKS] = {"11.11.5.1", "11.11.5.2", "22.22.0.1", "22.22.0.2", "22.22.0.3"};

static const char *live;
static char *dir, config[1100], zones[1100];
static struct run_world world;
static pid_t sink[N_SINKS];
static uint64_t seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

/* --- the sets ------------------------------------------------------------------------------------------- */

/* Where a host has its addresses; a private one is tried in vain, and "" is a name without any. */
static const char *const places[] = {
	"11.11.5.1", "11.11.5.1", "11.11.5.2",		 "11.11.5.1 11.11.5.2", "22.22.0.1", "22.22.0.2",
	"22.22.0.3", "22.22.0.1", "11.11.5.2 22.22.0.3", "10.1.1.1",		"10.1.1.2 22.22.0.1", "", "",
};

static unsigned preference(void)
{
	static const unsigned preferences[] = {0, 5, 10, 10, 10, 20, 20, 30, 50, 100};

	return preferences[below(10)];
}

static void write_host(FILE *f, const char *name)
{
	const char *place = places[below(sizeof places / sizeof places[0])];
	char words[80], *state;

	snprintf(words, sizeof words, "%s", place);
	fprintf(f, "%s TXT x\n", name);
	for (char *w = strtok_r(words, " ", &state); w; w = strtok_r(NULL, " ", &state))
		fprintf(f, "%s A %s\n", name, w);
}

static void write_target(FILE *f, int set, int nth, const char *word)
{
	char name[100], real[120];

	switch (word[0]) {
	case '.':
		fprintf(f, "d%d MX %u .\n", set, preference());
		return;
	case 'l':
		fprintf(f, "d%d MX %u localhost.\n", set, preference());
		return;
	case 's':
		fprintf(f, "d%d MX %u mail.\n", set, preference());
		return;
	case 'm':
		fprintf(f, "d%d MX %u ms%d.msv1.invalid.\n", set, preference(), 1000 + nth);
		return;
	case 'i':
		fprintf(f, "d%d MX %u 31.7.0.1%s\n", set, preference(), word[1] == '@' ? "" : ".");
		return;
	case '@':
		snprintf(name, sizeof name, "d%d", set);
		break;
	case 'g':
		snprintf(name, sizeof name, "post.d%d.example.d%d", set, set);
		break;
	default:
		snprintf(name, sizeof name, "mx%d.d%d", nth, set);
	}
	fprintf(f, "d%d MX %u %s\n", set, preference(), name);
	if (strchr(word, '~') && word[0] != '@') {
		snprintf(real, sizeof real, "real.%s", name);
		fprintf(f, "%s CNAME %s\n", name, real);
		write_host(f, real);
	} else if (nth == 0 || word[0] != '@') {
		write_host(f, name);
	}
}

/* Three of four list us, by name, by an alias, or by a name of their own with our address. */
static void write_us(FILE *f, int set)
{
	switch (below(8)) {
	case 0:
	case 1:
		return;
	case 2:
		fprintf(f, "d%d MX %u alias.isp\n", set, preference());
		return;
	case 3:
		fprintf(f, "d%d MX %u backup.d%d\nbackup.d%d A 11.11.0.10\n", set, preference(), set, set);
		return;
	default:
		fprintf(f, "d%d MX %u backup.isp\n", set, preference());
	}
}

static void write_world(void)
{
	FILE *f = fopen(zones, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
		   "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nalias.isp CNAME backup.isp\n");
	for (int set = 0; set < N_SETS; set++) {
		char words[100], *state;
		int nth = 0;

		snprintf(words, sizeof words, "%s", mx_shapes[set]);
		for (char *w = strtok_r(words, " ", &state); w; w = strtok_r(NULL, " ", &state))
			write_target(f, set, nth++, w);
		write_us(f, set);
	}
	fclose(f);
}

/* --- set-up ------------------------------------------------------------------------------------------------ */

static void shell(const char *command)
{
	ck_assert_msg(system(command) == 0, "%s", command);
}

/* Until it listens; the test's own limit bounds this. */
static void wait_for_sink(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25)};
	int connected = 0;

	inet_pton(AF_INET, address, &to.sin_addr);
	while (!connected) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		connected = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
		close(fd);
		if (!connected)
			usleep(20000);
	}
}

static void start_sinks(void)
{
	for (int i = 0; i < N_SINKS; i++) {
		char line[200], where[40];
		const char *argv[] = {"/usr/sbin/smtp-sink", "-u", "postfix", where, "100", NULL};

		snprintf(line, sizeof line, "ip addr add %s/32 dev lo", sinks[i]);
		shell(line);
		snprintf(where, sizeof where, "%s:25", sinks[i]);
		sink[i] = fork();
		ck_assert_int_ge(sink[i], 0);
		if (sink[i] == 0) {
			execv(argv[0], (char *const *)argv);
			_exit(127);
		}
		wait_for_sink(sinks[i]);
	}
}

static void set_up(void)
{
	char line[3000];

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(zones, sizeof zones, "%s/world.zone", dir);
	write_world();
	run_world_start_at(&world, "127.0.0.1", 53, dir, zones, NULL);
	run_write_file(config,
		       "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1\ndatabase = %s/db\n",
		       dir);
	start_sinks();
	snprintf(line, sizeof line,
		 "echo nameserver 127.0.0.1 >%s/resolv.conf && mount --bind %s/resolv.conf /etc/resolv.conf && "
		 "postconf -c %s/etc -e relay_domains=example smtp_connect_timeout=5s smtp_tls_security_level=none && "
		 "postfix -c %s/etc reload >/dev/null 2>&1",
		 dir, dir, live, live);
	shell(line);
}

static void tear_down(void)
{
	for (int i = 0; i < N_SINKS; i++) {
		kill(sink[i], SIGTERM);
		waitpid(sink[i], NULL, 0);
	}
	run_world_stop(&world);
	run_remove_dir(dir);
}

/* --- the judge --------------------------------------------------------------------------------------------- */

struct judged {
	char reason[40];	  /* what mxward says */
	char said[300];		  /* what Postfix logged */
	char status[20], address[50]; /* of it */
};

static struct judged judged[N_SETS];

static void ask_mxward(void)
{
	const char *argv[] = {run_mxward(), "-c", config, "lookup", "--format", "jsonl", "-", NULL};
	char *names = calloc(N_SETS, 20), *line;
	struct run_result r;

	for (int i = 0; i < N_SETS; i++)
		sprintf(names + strlen(names), "d%d.example\n", i);
	run_program(&r, argv, names);
	ck_assert_msg(r.status == 0, "%s", r.err);
	line = r.out;
	for (int i = 0; i < N_SETS; i++) {
		json_t *j = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

		ck_assert_ptr_nonnull(j);
		snprintf(judged[i].reason, sizeof judged[i].reason, "%s", json_string_value(json_object_get(j, "reason")));
		json_decref(j);
		line = strchr(line, '\n') + 1;
	}
	run_clear(&r);
	free(names);
}

static void say(FILE *session, int code, const char *line)
{
	char reply[600];

	fseek(session, 0, SEEK_CUR);
	fprintf(session, "%s%s", line, *line ? "\r\n" : "");
	fflush(session);
	do
		ck_assert_ptr_nonnull(fgets(reply, sizeof reply, session));
	while (reply[3] == '-');
	ck_assert_msg(atoi(reply) == code, "%s: %s", line, reply);
}

/* One message with a recipient in each domain: each is a delivery of its own. */
static void send_mail(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char line[80];
	FILE *session;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	session = fdopen(fd, "r+");
	say(session, 220, "");
	say(session, 250, "EHLO t.example");
	say(session, 250, "MAIL FROM:<s@x.example>");
	for (int i = 0; i < N_SETS; i++) {
		snprintf(line, sizeof line, "RCPT TO:<u@d%d.example>", i);
		say(session, 250, line);
	}
	say(session, 354, "DATA");
	say(session, 250, "Subject: t\r\n\r\nt\r\n.");
	say(session, 221, "QUIT");
	fclose(session);
}

/* "... to=<u@d7.example>, relay=mx0.d7.example[11.11.5.1]:25, ..., status=sent (250 ...)"; the first of each counts. */
static int take_line(const char *line)
{
	const char *to = strstr(line, "to=<u@d"), *status = strstr(line, "status="), *relay = strstr(line, "relay=");
	int i = to ? atoi(to + 7) : -1;
	struct judged *j;

	if (i < 0 || i >= N_SETS || !status || !relay || judged[i].status[0])
		return 0;
	j = &judged[i];
	snprintf(j->said, sizeof j->said, "%.*s", (int)strcspn(to, "\n"), to);
	snprintf(j->status, sizeof j->status, "%.*s", (int)strcspn(status + 7, " "), status + 7);
	relay += strcspn(relay, "[,");
	if (*relay == '[')
		snprintf(j->address, sizeof j->address, "%.*s", (int)strcspn(relay + 1, "]"), relay + 1);
	return 1;
}

/* Until each domain has had a first attempt; the test's own limit bounds this. */
static void read_log(void)
{
	char path[1200], line[2000];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/maillog", live);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (n < N_SETS) {
		long at = ftell(f);

		if (fgets(line, sizeof line, f) && strchr(line, '\n')) {
			n += take_line(line);
			continue;
		}
		fseek(f, at, SEEK_SET);
		usleep(20000);
	}
	fclose(f);
}

static int went(const struct judged *j, const char *network)
{
	return strcmp(j->status, "sent") == 0 && strncmp(j->address, network, strlen(network)) == 0;
}

static int is_right(const struct judged *j)
{
	if (strcmp(j->reason, "OK_BACKUP") == 0)
		return went(j, "11.11.5.");
	if (strcmp(j->reason, "OK_PRIMARY_MIXED") == 0)
		return went(j, "11.11.5.") || went(j, "22.22.");
	if (strncmp(j->reason, "MOVED_", 6) == 0)
		return went(j, "22.22.");
	if (strncmp(j->reason, "BRK_", 4) == 0)
		return strcmp(j->status, "sent") != 0;
	/* The little name server refuses single labels, so that neither can tell. */
	if (strncmp(j->reason, "UNK_", 4) == 0)
		return strcmp(j->status, "deferred") == 0;
	/* Nobody is sent to us: it never comes back to us either. */
	if (strncmp(j->reason, "ORPHAN_", 7) == 0)
		return strstr(j->said, "loops back") == NULL;
	return 0;
}

START_TEST(postfix_does_what_the_class_says)
{
	static const char *const classes[] = {"OK_BACKUP", "OK_PRIMARY_MIXED", "MOVED_", "BRK_", "ORPHAN_"};
	unsigned seen[5] = {0}, wrong = 0;

	ask_mxward();
	send_mail();
	read_log();
	for (int i = 0; i < N_SETS; i++) {
		for (int c = 0; c < 5; c++)
			seen[c] += strncmp(judged[i].reason, classes[c], strlen(classes[c])) == 0;
		if (is_right(&judged[i]))
			continue;
		printf("'%s': %s, but %s\n", mx_shapes[i], judged[i].reason, judged[i].said);
		wrong++;
	}
	printf("note: Postfix agreed in %d of %d sets: %u backup, %u mixed, %u moved, %u broken, %u orphan\n", N_SETS - (int)wrong,
	       N_SETS, seen[0], seen[1], seen[2], seen[3], seen[4]);
	fflush(stdout); /* a failed assertion ends the process at once */
	for (int c = 0; c < 5; c++)
		ck_assert_uint_gt(seen[c], 5);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("verdict_live");
	TCase *c = tcase_create("a live Postfix");

	(void)argc;
	live = getenv("LIVE");
	if (!live)
		return live_start(argv[0]);
	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, postfix_does_what_the_class_says);
	suite_add_tcase(s, c);
	return suite_run(s);
}
