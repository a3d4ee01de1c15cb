/*
 * The worker of mxward as /proc shows it after it read an answer: it has a filter of system calls and its limits, and open
 * what it was handed and no more.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "dns/asked.h"
#include "dns/wire.h"
#include "dns/worker.h"
#include "support/run.h"
#include "support/suite.h"

static char *top;
static pid_t mxward, worker;
static unsigned worker_port[FRAME_SOCKETS_MAX]; /* of the sockets that it was seen to have */

static int read_of(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	f = fopen(path, "r");
	if (!f)
		return -1;
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
	return (int)n;
}

/* What stands behind a word at the beginning of a line of /proc/PID/FILE, as a number. */
static long number_of(pid_t pid, const char *file, const char *word)
{
	char text[8192] = "\n";
	const char *at;

	ck_assert_int_gt(read_of(pid, file, text + 1, sizeof text - 1), 0);
	at = strstr(text, word);
	ck_assert_msg(at != NULL, "no '%s' in: %s", word, text);
	return strtol(at + strlen(word), NULL, 10);
}

/* The child of mxward that is a worker, 0 when there is none. */
static pid_t find_worker(void)
{
	static const char words[] = "mxward\0--dns-worker";
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	pid_t found = 0;

	ck_assert_ptr_nonnull(proc);
	while ((d = readdir(proc)) != NULL && !found) {
		pid_t pid = (pid_t)atoi(d->d_name);
		char text[512];
		const char *at;

		if (pid <= 0 || read_of(pid, "cmdline", text, sizeof text) != sizeof words ||
		    memcmp(text, words, sizeof words) != 0)
			continue;
		if (read_of(pid, "status", text, sizeof text) > 0 && (at = strstr(text, "\nPPid:")) != NULL &&
		    atoi(at + strlen("\nPPid:")) == mxward)
			found = pid;
	}
	closedir(proc);
	return found;
}

static int is_port_of_worker(unsigned port)
{
	for (size_t i = 0; i < FRAME_SOCKETS_MAX; i++)
		if (worker_port[i] == port)
			return 1;
	return 0;
}

/* Until a worker, none whose ports are known, asked for an address: then it read the answer to the question for the MX. */
static void wait_for_worker(void)
{
	static struct wire w;
	struct sockaddr_in from;
	uint8_t question[600];
	char name[NAME_SIZE];

	for (;;) {
		size_t len = asked_receive(question, sizeof question, &from);
		int n = len > 16 ? message_name_to_text(name, sizeof name, question + 12, len - 12) : -1;
		unsigned type = n > 0 ? question[12 + n + 3] : 0; /* the low half: none is above 255 */

		ck_assert_uint_ne(type, 0);
		if (is_port_of_worker(ntohs(from.sin_port)))
			continue;
		if (type == MESSAGE_A)
			break;
		wire_begin(&w, (unsigned)question[0] << 8 | question[1], 0, name, type);
		if (type == MESSAGE_MX)
			wire_mx(&w, name, 60, 10, "mx.first.test");
		asked_answer(w.bytes, w.len, &from);
	}
	worker = find_worker();
	ck_assert_int_gt(worker, 0);
}

static void start_mxward(void)
{
	char config[1200];
	const char *argv[] = {run_mxward(), "-c", config, "lookup", "first.test", NULL};

	top = run_make_dir();
	asked_begin();
	snprintf(config, sizeof config, "%s/mxward.conf", top);
	run_write_config(config, top, ntohs(asked_address.sin_port), "%s", "");
	run_expect(config, 0, "", "init");
	mxward = fork();
	ck_assert_int_ge(mxward, 0);
	if (mxward == 0) {
		/* Which nobody but a worker could have open below. */
		if (dup2(open(config, O_RDONLY), 40) != 40 || !freopen("/dev/null", "w", stdout))
			_exit(126);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	wait_for_worker();
}

static void end_mxward(void)
{
	kill(mxward, SIGKILL);
	waitpid(mxward, NULL, 0);
	close(asked);
	run_remove_dir(top);
}

static void assert_sandboxed(void)
{
	ck_assert_int_eq(number_of(worker, "status", "\nNoNewPrivs:"), 1);
	ck_assert_int_eq(number_of(worker, "status", "\nSeccomp:"), 2);
	/* One more than this test is under itself. */
	ck_assert_int_eq(number_of(worker, "status", "\nSeccomp_filters:"),
			 number_of(getpid(), "status", "\nSeccomp_filters:") + 1);
	ck_assert_int_eq(number_of(worker, "limits", "\nMax core file size"), 0);
	ck_assert_int_eq(number_of(worker, "limits", "\nMax processes"), 0);
	ck_assert_int_le(number_of(worker, "limits", "\nMax open files"), 256);
	ck_assert_int_le(number_of(worker, "limits", "\nMax address space"), 1 << 30);
#ifndef SANDBOX_WRITES
	ck_assert_int_eq(number_of(worker, "limits", "\nMax file size"), 0);
#endif
}

/* A descriptor of another process as one of our own. */
static int borrow(pid_t pid, int fd)
{
	int handle = (int)syscall(SYS_pidfd_open, pid, 0u);
	int ours = (int)syscall(SYS_pidfd_getfd, handle, fd, 0u);

	close(handle);
	return ours;
}

/* A letter for what it is: n /dev/null, s a stream to another process, u a UDP socket that is connected to the resolver,
 * whose port is told, e an epoll set, f anything else. */
static char kind_seen(int fd, const char *link, unsigned *port)
{
	struct sockaddr_in local, peer = {0};
	socklen_t local_size = sizeof local, size = sizeof peer, type_size = sizeof(int);
	int type, borrowed;

	if (strcmp(link, "/dev/null") == 0)
		return 'n';
	if (strcmp(link, "anon_inode:[eventpoll]") == 0)
		return 'e';
	if (strncmp(link, "socket:", 7) != 0)
		return 'f';
	borrowed = borrow(worker, fd);
	ck_assert_msg(borrowed >= 0, "%d: %s", fd, strerror(errno));
	ck_assert_int_eq(getsockopt(borrowed, SOL_SOCKET, SO_TYPE, &type, &type_size), 0);
	ck_assert_int_eq(getsockname(borrowed, (struct sockaddr *)&local, &local_size), 0);
	if (getpeername(borrowed, (struct sockaddr *)&peer, &size) != 0)
		peer.sin_family = AF_UNSPEC;
	close(borrowed);
	if (peer.sin_family == AF_UNIX && type == SOCK_STREAM)
		return 's';
	if (type != SOCK_DGRAM || peer.sin_family != AF_INET || peer.sin_port != asked_address.sin_port ||
	    peer.sin_addr.s_addr != asked_address.sin_addr.s_addr)
		return 'f';
	*port = ntohs(local.sin_port);
	return 'u';
}

static void assert_holds_what_it_was_handed(void)
{
	char path[64], link[300];
	size_t n_sockets = 0, n_sets = 0, n_first = 0;
	const struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)worker);
	dir = opendir(path);
	ck_assert_msg(dir != NULL, "%s: %s", path, strerror(errno));
	while ((d = readdir(dir)) != NULL) {
		int fd = atoi(d->d_name);
		unsigned port = 0;
		ssize_t n;
		char kind;

		if (d->d_name[0] == '.')
			continue;
		n = readlinkat(dirfd(dir), d->d_name, link, sizeof link - 1);
		ck_assert_int_gt(n, 0);
		link[n] = '\0';
		kind = kind_seen(fd, link, &port);
		if (fd <= WORKER_FD)
			n_first += kind == (fd < WORKER_FD ? 'n' : 's');
		else
			ck_assert_msg(kind == 'e' || kind == 'u', "descriptor %d of the worker is %s", fd, link);
		n_sets += kind == 'e';
		if (kind == 'u')
			worker_port[n_sockets++ % FRAME_SOCKETS_MAX] = port;
	}
	closedir(dir);
	ck_assert_uint_eq(n_first, WORKER_FD + 1);
	ck_assert_uint_eq(n_sets, 1);
	ck_assert_uint_eq(n_sockets, FRAME_SOCKETS_MAX);
}

/* Whether this test may look into a process that is in the sandbox, and the kernel can show it a descriptor. */
static int may_look(void)
{
	int fd = borrow(getpid(), STDERR_FILENO);

	close(fd);
	return fd >= 0 && (geteuid() == 0 || IS_OPEN);
}

START_TEST(the_worker_of_mxward_is_in_the_sandbox)
{
	assert_sandboxed();
}
END_TEST

START_TEST(it_holds_what_it_was_handed)
{
	assert_holds_what_it_was_handed();
}
END_TEST

/* By then mxward has its database open. */
START_TEST(so_does_one_that_is_started_later)
{
	pid_t before = worker;

	assert_holds_what_it_was_handed();
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	wait_for_worker();
	ck_assert_int_ne(worker, before);
	assert_holds_what_it_was_handed();
	if (!IS_OPEN)
		assert_sandboxed();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker seen");
	TCase *t = tcase_create("worker seen");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, start_mxward, end_mxward);
	if (IS_OPEN)
		suite_skip(1, "the sandbox of mxward's worker: this build runs it without one");
	else
		tcase_add_test(t, the_worker_of_mxward_is_in_the_sandbox);
	if (may_look()) {
		tcase_add_test(t, it_holds_what_it_was_handed);
		tcase_add_test(t, so_does_one_that_is_started_later);
	} else {
		suite_skip(2, "what mxward's worker holds open: that takes root, and Linux 5.6, to see");
	}
	suite_add_tcase(s, t);
	return suite_run(s);
}
