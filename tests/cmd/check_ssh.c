/*
 * mxward behind a real sshd as ForceCommand: no way to a shell, a file or another program; who acted is the owner of the
 * key, whatever the client's environment says; and a line cut in the middle of a deletion leaves all or nothing.
 *
 * Runs inside of ssh-live.sh, which it starts itself; without root or the unpacked sshd it says so and is skipped.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "db/gate.h"
#include "support/holder.h"
#include "support/run.h"
#include "support/suite.h"
#include "support/trace.h"
#include "support/vt.h"

static const char *live;
static char owner_config[1100], key[1100]; /* the owner's has no login of its own */
static struct run_world world;

enum { ARGS = 40, MXWARD_ID = 63100, CUTS = 12 };

/* What may be read of this machine, but not through a restricted console, each in the form that a command would take. */
static const char *const secrets[][2] = {
	{"secret/names", "hidden.example\n"},
	{"secret/zone", "$ORIGIN hidden.example.\n@ 300 IN SOA ns hostmaster 1 2 3 4 5\n@ 300 IN MX 20 backup.isp.example.\n"},
	{"secret/log", "Nov 29 07:00:00 backup postfix/smtpd[7]: NOQUEUE: reject: RCPT from mail.hidden.example[192.0.2.7]: 554 "
		       "5.7.1 <a@hidden.example>: Relay access denied; from=<b@c.example> to=<a@hidden.example> proto=ESMTP "
		       "helo=<mail.hidden.example>\n"},
	{"secret/letter", "hidden.example: <DOMAIN>\n"},
	{"secret/queue", "{\"queue_name\": \"deferred\", \"queue_id\": \"4f\", \"arrival_time\": 1, \"message_size\": 9, "
			 "\"sender\": \"b@hidden.example\", \"recipients\": [{\"address\": \"a@kept001.example\", "
			 "\"delay_reason\": \"hidden.example\"}]}\n"},
};

static const char *live_path(const char *file)
{
	static char text[4][1200];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof text[0], "%s/%s", live, file);
	return out;
}

/* As the account that owns the database. */
static void as_owner(struct run_result *r, const char *line)
{
	char command[3000];
	const char *argv[] = {"/usr/bin/setpriv", "--reuid=63100", "--regid=63100", "--clear-groups", "/bin/sh", "-c", command, NULL};

	snprintf(command, sizeof command, "%s -c %s %s", live_path("mxward"), owner_config, line);
	run_program(r, argv, NULL);
}

static void owner_ok(const char *line)
{
	struct run_result r;

	as_owner(&r, line);
	ck_assert_msg(r.status == 0, "%s: %d %s%s", line, r.status, r.out, r.err);
	run_clear(&r);
}

static void write_config(const char *path, const char *more)
{
	run_write_file(path,
		       "relay-host = backup.isp.example, relay2.isp.example\nrelay-address = 11.11.0.10, 11.11.0.11\n"
		       "network = 11.11.0.0/16\nresolver = 127.0.0.1:%d\nauthoritative-port = %d\ndatabase = %s/state/db\n"
		       "parent-domain-matches-subdomains = yes\nconfirm-days = 0\nconfirm-days-registration = 0\n"
		       "confirm-observations = 1\n%s",
		       world.port, world.port, live, more);
}

static void set_up(void)
{
	char names[1200], line[1300];
	FILE *f;

	snprintf(owner_config, sizeof owner_config, "%s", live_path("owner.conf"));
	/* Of the test before, and what its consoles kept of lines that were cut. */
	snprintf(line, sizeof line, "rm -rf '%s/state' '%s/secret' '%s/home-mxward/.local'", live, live, live);
	ck_assert_int_eq(system(line), 0);
	ck_assert_int_eq(mkdir(live_path("state"), 0755), 0);
	ck_assert_int_eq(chown(live_path("state"), MXWARD_ID, MXWARD_ID), 0);
	ck_assert_int_eq(mkdir(live_path("secret"), 0755), 0);
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		run_write_file(live_path(secrets[i][0]), "%s", secrets[i][1]);
		ck_assert_int_eq(chmod(live_path(secrets[i][0]), 0644), 0);
	}
	run_world_start(&world, live, run_source("tests/cmd/zones"), NULL);
	write_config(owner_config, "");
	write_config(live_path("mxward.conf"), "restricted = yes\nrequire-loginuid = yes\n");
	snprintf(names, sizeof names, "%s", live_path("names"));
	f = fopen(names, "w");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 40; i++)
		fprintf(f, "gone%02d.example\nkept%03d.example\n", i, i);
	fclose(f);
	snprintf(line, sizeof line, "--as-system test import --format names %s", names);
	owner_ok("init");
	owner_ok(line);
	owner_ok("--as-system test scan");
}

static void tear_down(void)
{
	run_world_stop(&world);
}

/* ssh [-tt] [options] USER@127.0.0.1 [words]; argv lives in static memory. */
static const char **ssh_argv(const char *user, int with_terminal, const char *const *options, const char *words)
{
	static const char *argv[ARGS];
	static char at[100];
	int n = 0;

	snprintf(key, sizeof key, "%s/%s.key", live, user);
	snprintf(at, sizeof at, "%s@127.0.0.1", user);
	argv[n++] = "/usr/bin/ssh";
	for (const char *const *p = (const char *const[]){"-F", "none", "-p", "2222", "-o", "StrictHostKeyChecking=no", "-o",
							   "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
							   "BatchMode=yes", "-i", key, NULL};
	     *p; p++)
		argv[n++] = *p;
	if (with_terminal)
		argv[n++] = "-tt";
	for (; options && *options; options++)
		argv[n++] = *options;
	argv[n++] = at;
	if (words) {
		argv[n++] = "--";
		argv[n++] = words;
	}
	argv[n] = NULL;
	return argv;
}

static struct vt *open_console(const char *user, const char *const *options)
{
	struct vt *t = vt_start((char *const *)ssh_argv(user, 1, options, NULL), 24, 80, "xterm", NULL);

	if (!vt_wait(t, 0, "80 entries")) {
		vt_dump(t);
		ck_abort_msg("no console");
	}
	return t;
}

static void expect(struct vt *t, int row, const char *text)
{
	if (vt_wait(t, row, text))
		return;
	vt_dump(t);
	ck_abort_msg("'%s' did not come", text);
}

static void quit(struct vt *t)
{
	vt_keys(t, "Q");
	ck_assert_int_eq(vt_exit(t), 0);
	vt_free(t);
}

/* @ stands for the folder of this test. */
static void fill(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		if (*text == '@')
			n += (size_t)snprintf(out + n, size - n, "%s", live);
		else
			out[n++] = *text;
	out[n] = '\0';
}

START_TEST(a_command_of_the_clients_is_not_run)
{
	static const char *const words[] = {
		"touch @/home-alice/made", "sh -c 'touch @/home-alice/made'", ";touch @/home-alice/made",
		"$(touch @/home-alice/made)", "backup @/home-mxward/made", "-c /etc/passwd list", "--dns-worker",
		"scp -t @/home-alice/made", "internal-sftp",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct run_result r;
		char line[1300];

		fill(line, sizeof line, words[i]);
		run_program(&r, ssh_argv("alice", 0, NULL, line), "");
		ck_assert_msg(r.status == 64, "%s: %d %s%s", line, r.status, r.out, r.err);
		ck_assert_msg(strstr(r.err, "the console needs a terminal") != NULL, "%s: %s", line, r.err);
		ck_assert_str_eq(r.out, "");
		run_clear(&r);
		ck_assert_int_ne(access(live_path("home-alice/made"), F_OK), 0);
		ck_assert_int_ne(access(live_path("home-mxward/made"), F_OK), 0);
	}
}
END_TEST

START_TEST(no_files_and_no_forwarding)
{
	static const char *const forward[] = {"-W", "127.0.0.1:2222", NULL};
	const char *const subsystem[] = {"-s", NULL};
	struct run_result r;

	run_program(&r, ssh_argv("alice", 0, subsystem, "sftp"), "");
	ck_assert_msg(r.status == 64 && !*r.out, "%d %s%s", r.status, r.out, r.err);
	run_clear(&r);
	run_program(&r, ssh_argv("alice", 0, forward, NULL), "");
	ck_assert_msg(r.status != 0 && !strstr(r.out, "SSH-"), "%d %s", r.status, r.out);
	run_clear(&r);
}
END_TEST

static void type_line(struct vt *t, const char *line)
{
	char keys[1400];

	snprintf(keys, sizeof keys, ":%s\r", line);
	vt_keys(t, keys);
}

/* Until the console has taken all that was typed, which a screen painted anew tells.  A question drops what was typed
 * before it could be read, so the key is pressed again. */
static void wait_until_read(struct vt *t)
{
	int64_t until = loop_now() + VT_DEADLINE_MS;

	vt_mark(t);
	do {
		vt_keys(t, "\f");
		while (vt_pump(t, 1000) > 0 && !vt_received(t, "\033[2J") && !vt_received(t, "\033[J"))
			;
	} while (!vt_received(t, "\033[2J") && !vt_received(t, "\033[J") && loop_now() < until);
	ck_assert_int_lt(loop_now(), until);
}

#define FOR_A_SHELL(command) "'" command "' would hold up the console while it runs; in a shell: "

/* What the `:` line, the keys and the prompts offer, tried for a shell, a file, a program: what each says to it. */
START_TEST(no_key_leads_out)
{
	static const char no_command[] = "no such command: ", no_bundle[] = "COULD NOT CHECK: cannot open ";
	static const struct {
		const char *line, *says;
	} rows[] = {
		{"!sh", no_command},
		{"sh", no_command},
		{"!touch @/home-mxward/made", no_command},
		{"edit !sh", "it ended with status 64"},
		{"backup @/home-mxward/made", FOR_A_SHELL("backup")},
		{"compact", FOR_A_SHELL("compact")},
		{"audit checkpoint @/home-mxward/made", "restricted = yes is set: no file is written"},
		{"audit export --domain kept001.example @/home-mxward/made", "restricted = yes is set: no export is written"},
		{"restore-backup @/secret/names", FOR_A_SHELL("restore-backup")},
		{"import @/secret/names", FOR_A_SHELL("import")},
		{"traffic @/secret/log", FOR_A_SHELL("traffic")},
		{"missing @/secret/log", FOR_A_SHELL("missing")},
		{"missing --zone @/secret/zone", FOR_A_SHELL("missing")},
		{"grade @/secret/names", FOR_A_SHELL("grade")},
		{"queue --relay relay2.isp.example @/secret/queue", FOR_A_SHELL("queue")},
		{"notice kept001.example --deadline 2030-01-01 --letter @/secret/letter",
		 "restricted = yes is set: no file is read for a letter"},
		{"publish --print names", "OUTPUT  publish --print names"},
		{"publish --print names --to @/home-mxward/made", "restricted = yes writes no file of your choosing"},
		{"save @/home-mxward/made", "restricted = yes is set: no file is written"},
		{"init", FOR_A_SHELL("init")},
		{"list --format csv > @/home-mxward/made", "'>' is not in the list"},
		{"list | tee @/home-mxward/made", "0 entries"},
		{"show kept001.example; touch @/home-mxward/made", "it ended with status 64"},
		{"audit key", "no key is configured"},
		{"audit verify @", no_bundle},
		{"audit verify --known @/secret/names @", no_bundle},
		{"audit verify @/secret/names", no_bundle},
		{"lookup -", FOR_A_SHELL("lookup")},
		{"source @/secret/names", no_command},
		{"set shell=/bin/sh", no_command},
		{"%!sh", no_command},
		{"r !id", no_command},
		{"e @/secret/names", no_command},
	};
	struct vt *t = open_console("alice", NULL);

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		ck_assert_ptr_nonnull(strstr(secrets[i][1], "hidden.example"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[1300], says[81];

		fill(line, sizeof line, rows[i].line);
		type_line(t, line);
		snprintf(says, sizeof says, "%s", rows[i].says);
		expect(t, -1, says);
		ck_assert_msg(!vt_has(t, -1, "uid=") && !vt_has(t, -1, "hidden.example"), "%s", line);
		wait_until_read(t);
		ck_assert_msg(!vt_has(t, -1, "uid=") && !vt_has(t, -1, "hidden.example"), "%s", line);
		ck_assert_int_ne(access(live_path("home-mxward/made"), F_OK), 0);
		/* Whatever it opened is closed again. */
		vt_keys(t, "\a");
		type_line(t, "limit");
		wait_until_read(t);
		expect(t, 0, "80 entries");
	}
	vt_keys(t, "!s|vx\x1a\x1c\x03"); /* shells, pipes, editors, ^Z, ^\ and ^C of other programs */
	wait_until_read(t);
	vt_keys(t, "\033\033");
	wait_until_read(t);
	expect(t, 0, "80 entries");
	ck_assert_int_ne(access(live_path("home-mxward/made"), F_OK), 0);
	vt_keys(t, "Q");
	if (vt_wait(t, -1, "Quit? y/N") && vt_has(t, -1, "Quit? y/N"))
		vt_keys(t, "y");
	vt_exit(t);
	vt_free(t);
}
END_TEST

static void last_operator_is(const char *login)
{
	struct run_result r;
	char wanted[100];
	const char *last = NULL;

	as_owner(&r, "audit list --format jsonl");
	ck_assert_int_eq(r.status, 0);
	for (const char *p = r.out; (p = strstr(p, "\"login\":")); p++)
		last = p;
	snprintf(wanted, sizeof wanted, "\"login\":\"%s\",\"trust\":\"kernel\"", login);
	ck_assert_msg(last && strncmp(last, wanted, strlen(wanted)) == 0, "%.60s, not %s", last ? last : "nobody", wanted);
	run_clear(&r);
}

START_TEST(who_acted_is_the_owner_of_the_key)
{
	static const char *const lies[] = {
		"-o", "SetEnv=USER=bob LOGNAME=bob SUDO_USER=bob SUDO_UID=63102 USERNAME=bob SSH_CONNECTION=192.0.2.1 "
		      "MXWARD_OPERATOR=bob PAGER=/bin/sh EDITOR=/bin/sh VISUAL=/bin/sh SHELL=/bin/sh LD_PRELOAD=/nowhere.so "
		      "TERMINFO=/nowhere HOME=/nowhere XDG_STATE_HOME=/nowhere TZDIR=/nowhere",
		NULL};
	struct vt *t = open_console("alice", lies);

	vt_keys(t, "r");
	expect(t, 23, "reviewed");
	quit(t);
	last_operator_is("alice");
	t = open_console("bob", NULL);
	vt_keys(t, "jr");
	expect(t, 23, "reviewed");
	quit(t);
	last_operator_is("bob");
}
END_TEST

static size_t count_entries(void)
{
	struct run_result r;
	size_t n;

	as_owner(&r, "list --format names");
	ck_assert_int_eq(r.status, 0);
	n = run_count_lines(r.out);
	run_clear(&r);
	return n;
}

/* Stages all orphans, goes up to the question, and answers it. */
static struct vt *begin_deletion(int was_cut)
{
	struct vt *t = open_console("alice", NULL);

	if (was_cut) {
		expect(t, -1, "40 staged");
		expect(t, -1, "Take them up? y/N");
		vt_keys(t, "n");
		ck_assert(vt_wait_gone(t, -1, "Take them up?"));
	}
	vt_keys(t, "Tclass:orphan\r");
	expect(t, -1, "40 marked");
	vt_keys(t, ";d");
	expect(t, -1, "staged");
	vt_keys(t, "$");
	expect(t, 0, "40 go, 0 stay");
	vt_keys(t, "c");
	expect(t, 23, "Reason");
	vt_keys(t, "left\r");
	expect(t, 23, "Ticket");
	vt_keys(t, "T-1\r");
	expect(t, 23, "40");
	vt_keys(t, "40");
	return t;
}

static int is_of_owner(const char *process)
{
	char path[300], line[200];
	unsigned id = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.200s/status", process);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f) && sscanf(line, "Uid: %u", &id) != 1)
		;
	if (f)
		fclose(f);
	return id == MXWARD_ID;
}

/* How many processes the owner has, and which of them is a console: its worker has other words. */
static int processes(pid_t *console)
{
	char path[300], words[2000];
	struct dirent *e;
	int count = 0;
	DIR *d = opendir("/proc");

	ck_assert_ptr_nonnull(d);
	*console = 0;
	while ((e = readdir(d))) {
		size_t n;
		FILE *f;

		if (*e->d_name < '1' || *e->d_name > '9' || !is_of_owner(e->d_name))
			continue;
		count++;
		snprintf(path, sizeof path, "/proc/%.200s/cmdline", e->d_name);
		f = fopen(path, "r");
		n = f ? fread(words, 1, sizeof words, f) : 0;
		if (f)
			fclose(f);
		if (memmem(words, n, "mxward.conf", 11))
			*console = (pid_t)strtol(e->d_name, NULL, 10);
	}
	closedir(d);
	return count;
}

static pid_t find_console(void)
{
	pid_t console;

	ck_assert_int_gt(processes(&console), 0);
	ck_assert_int_gt(console, 0);
	return console;
}

/* A console whose line was cut may come to know of it, and of the last keys, much later.  The test's own limit bounds this. */
static void wait_for_end_of_consoles(void)
{
	const struct timespec pause = {0, 5000000};
	pid_t ignored;

	while (processes(&ignored) > 0)
		nanosleep(&pause, NULL);
}

static void cut(struct vt *t)
{
	kill(vt_pid(t), SIGKILL);
	vt_free(t);
}

/* The line is cut while the console, which is traced, stands still, and what tells it of that has come. */
static void cut_while_stopped(struct vt *t, pid_t console)
{
	cut(t);
	ck_assert_msg(trace_wait_for_signal(console, SIGHUP), "the console is not told that its line was cut");
}

/* Whether the lock is held for a deletion. */
static int deletion_is_under_way(void)
{
	int dir = open(live_path("state/db"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char holder[200];
	struct gate gate;

	ck_assert_int_ge(dir, 0);
	gate_open_to_look(&gate, dir, "db");
	gate_holder(&gate, holder, sizeof holder);
	gate_close(&gate);
	close(dir);
	return strstr(holder, "a deletion") != NULL;
}

/* All is as it was, or all of it is done; then all is there again.  1 when it was done. */
static int all_or_nothing(void)
{
	char line[1300];
	size_t n;

	/* What was begun ends by itself; then nobody holds the lock. */
	wait_for_end_of_consoles();
	owner_ok("--as-system test edit kept001.example --note after");
	n = count_entries();
	ck_assert_msg(n == 80 || n == 40, "%zu entries", n);
	owner_ok("check");
	if (n == 80)
		return 0;
	fill(line, sizeof line, "--as-system test import --again --format names @/names");
	owner_ok(line);
	owner_ok("--as-system test scan");
	return 1;
}

START_TEST(a_line_cut_before_it_was_agreed_leaves_all)
{
	cut(begin_deletion(0));
	ck_assert(!all_or_nothing());
}
END_TEST

START_TEST(a_line_cut_while_the_deletion_waits_leaves_all_or_nothing)
{
	struct vt *t = begin_deletion(0);
	pid_t console = find_console(), holder = holder_start(live_path("state/db"), MXWARD_ID);
	int status;

	vt_keys(t, "\r");
	expect(t, 23, "waiting for ");
	ck_assert_int_eq(trace_begin(console), 0);
	cut_while_stopped(t, console);
	ck_assert(!deletion_is_under_way());
	kill(holder, SIGCONT);
	trace_end(console);
	ck_assert_int_eq(waitpid(holder, &status, 0), holder);
	all_or_nothing();
}
END_TEST

/* Runs a deletion to its n-th write: how many there were. */
static int delete_to_write(struct vt *t, pid_t console, int n)
{
	ck_assert_int_eq(trace_begin(console), 0);
	vt_keys(t, "\r");
	return trace_to_write(console, n);
}

/* At every place where the commit writes to a file, or to a dozen of them. */
START_TEST(a_line_cut_within_the_commit_leaves_all_or_nothing)
{
	struct vt *t = begin_deletion(0);
	pid_t console = find_console();
	int writes = delete_to_write(t, console, INT_MAX), step = writes / CUTS + 1, under_way = 0, done = 0, was_cut = 0;

	trace_end(console);
	expect(t, -1, "deleted");
	quit(t);
	ck_assert(all_or_nothing());
	ck_assert_int_gt(writes, 4);
	for (int at = 1; at <= writes; at += step) {
		int is_done;

		t = begin_deletion(was_cut);
		console = find_console();
		ck_assert_int_eq(delete_to_write(t, console, at), at);
		under_way += deletion_is_under_way();
		cut_while_stopped(t, console);
		trace_end(console);
		is_done = all_or_nothing();
		done += is_done;
		was_cut = !is_done;
	}
	ck_assert_int_gt(under_way, 0);
	printf("note: a deletion writes %d times; of %d lines cut there %d left all of it done, and %d found it under way\n", writes,
	       (writes - 1) / step + 1, done, under_way);
}
END_TEST

/* Both work as one account; each has only what he staged himself. */
START_TEST(what_was_staged_is_for_who_staged_it)
{
	struct vt *t = begin_deletion(0);

	cut(t);
	wait_for_end_of_consoles();
	t = open_console("bob", NULL);
	wait_until_read(t);
	ck_assert(!vt_has(t, -1, "Take them up?"));
	quit(t);
	t = open_console("alice", NULL);
	expect(t, -1, "Take them up? y/N");
	vt_keys(t, "n");
	ck_assert(vt_wait_gone(t, -1, "Take them up?"));
	quit(t);
}
END_TEST

static int skip(const char *why)
{
	printf("no sshd: %s\n", why);
	return 77;
}

static int start_inside(char *self)
{
	const char *build = getenv("MXWARD_BINARY"), *end = build ? strrchr(build, '/') : NULL;
	char servers[1200], program[1300], script[1300];

	snprintf(servers, sizeof servers, "%.*s/servers", end ? (int)(end - build) : 5, end ? build : "build");
	snprintf(program, sizeof program, "%s/usr/sbin/sshd", servers);
	snprintf(script, sizeof script, "%s", run_source("tests/cmd/ssh-live.sh"));
	if (access(program, X_OK) != 0)
		return skip("it is not unpacked; see tests/world/unpack-servers.sh");
	if (geteuid() != 0)
		return skip("only root has namespaces with accounts of their own");
	if (system("unshare -m -n -p -f --mount-proc true 2>/dev/null") != 0)
		return skip("no namespaces here (unshare)");
	setenv("SERVERS", servers, 1);
	execlp("unshare", "unshare", "-m", "-n", "-p", "-f", "--mount-proc", "sh", script, self, (char *)NULL);
	return skip("no unshare");
}

int main(int argc, char **argv)
{
	Suite *s = suite_create("ssh");
	TCase *t = tcase_create("ssh");

	(void)argc;
	live = getenv("LIVE");
	if (!live)
		return start_inside(argv[0]);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 100);
	tcase_add_test(t, a_command_of_the_clients_is_not_run);
	tcase_add_test(t, no_files_and_no_forwarding);
	tcase_add_test(t, no_key_leads_out);
	tcase_add_test(t, who_acted_is_the_owner_of_the_key);
	tcase_add_test(t, a_line_cut_before_it_was_agreed_leaves_all);
	tcase_add_test(t, a_line_cut_while_the_deletion_waits_leaves_all_or_nothing);
	tcase_add_test(t, a_line_cut_within_the_commit_leaves_all_or_nothing);
	tcase_add_test(t, what_was_staged_is_for_who_staged_it);
	suite_add_tcase(s, t);
	return suite_run(s);
}
