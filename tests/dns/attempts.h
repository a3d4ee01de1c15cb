/*
 * attempts: what somebody who took over the DNS worker would try, each as one function.
 *
 * They are tried in a bare child that enters the sandbox, with all of it and with one of its two layers alone, and in a
 * worker as it is executed.  An attempt looks for nothing first: what it needs to know stands in `have` before the sandbox
 * closes, or the filter would end it for another call than the one it is about.
 */
#ifndef TESTS_DNS_ATTEMPTS_H
#define TESTS_DNS_ATTEMPTS_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "db/env.h"
#include "support/run.h"
#include "support/suite.h"

static struct {
	pid_t parent;
	int connected;		      /* a UDP socket that the worker may use */
	struct sockaddr_in elsewhere; /* where nothing may arrive */
	struct sockaddr_in tcp;	      /* somebody listens there, and there */
	struct sockaddr_un local;
	socklen_t local_len;
} have = {.connected = -1};

/* --- files: the working directory is that of a database, with a file `victim` ---------------------------- */

static long by_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long by_opening_data_mdb(void)
{
	return open("data.mdb", O_RDWR);
}

static long by_database(void)
{
	struct db *db;
	struct err e;

	if (db_open(&db, ".", DB_READ_ONLY, &e) == 0)
		return 0;
	errno = e.code == ERR_PERM ? EACCES : EIO;
	return -1;
}

static long by_open_directory(void)
{
	return open(".", O_RDONLY | O_DIRECTORY);
}

static long by_create(void)
{
	return open("made", O_WRONLY | O_CREAT, 0600);
}

static long by_openat2(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = O_RDONLY};

	return syscall(437, AT_FDCWD, "/etc/passwd", &how, sizeof how);
}

static long by_parents_memory(void)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/mem", (int)have.parent);
	return open(path, O_RDWR);
}

static long by_unlink(void)
{
	return unlink("victim");
}
static long by_rename(void)
{
	return rename("victim", "moved");
}
static long by_link(void)
{
	return link("victim", "linked");
}
static long by_symlink(void)
{
	return symlink("/etc/passwd", "linked");
}
static long by_mkdir(void)
{
	return mkdir("made", 0700);
}
static long by_mkfifo(void)
{
	return mknod("made", S_IFIFO | 0600, 0);
}
static long by_truncate(void)
{
	return truncate("victim", 0);
}
static long by_chmod(void)
{
	return chmod("victim", 0666);
}
static long by_chown(void)
{
	return chown("victim", getuid(), (gid_t)-1);
}
static long by_chdir(void)
{
	return chdir("/");
}
static long by_access(void)
{
	return access("data.mdb", R_OK);
}

static long by_stat(void)
{
	struct stat st;

	return stat("data.mdb", &st);
}

static long by_readlink(void)
{
	char text[64];

	return readlink("/proc/self/exe", text, sizeof text);
}

static long by_inotify(void)
{
	return inotify_init1(0);
}
static long by_memfd(void)
{
	return syscall(SYS_memfd_create, "x", 0);
}

/* --- programs and processes ------------------------------------------------------------------------------ */

enum { LET = 42, REFUSED, FAILED };

static char *const shell[] = {"sh", "-c", "exit 42", NULL}, *const no_environment[] = {NULL};

static long by_exec(void)
{
	return execve("/bin/sh", shell, no_environment);
}
static long by_execveat(void)
{
	return syscall(SYS_execveat, AT_FDCWD, "/bin/sh", shell, no_environment, 0);
}
static long by_fork(void)
{
	return fork();
}
static long by_thread(void)
{
	return syscall(SYS_clone, 0x10d00, NULL, NULL, NULL, 0);
}
static long by_namespace(void)
{
	return syscall(SYS_unshare, 0x10000000);
}
static long by_kill(void)
{
	return kill(have.parent, SIGCONT);
}
static long by_ptrace(void)
{
	return ptrace(PTRACE_SEIZE, have.parent, NULL, NULL);
}
static long by_being_traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static char here[16], there[16];

static long by_reading_memory(void)
{
	struct iovec to = {here, sizeof here}, from = {there, sizeof there};

	return process_vm_readv(have.parent, &to, 1, &from, 1, 0);
}

static long by_writing_memory(void)
{
	struct iovec from = {here, sizeof here}, to = {there, sizeof there};

	return process_vm_writev(have.parent, &from, 1, &to, 1, 0);
}

static long by_prctl(void)
{
	return prctl(PR_SET_DUMPABLE, 1);
}

static long by_io_uring(void)
{
	struct io_uring_params p = {0};

	return syscall(425, 1, &p);
}

static long by_ioctl(void)
{
	return ioctl(0, TIOCSTI, "x");
}

static long by_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long by_code_later(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

/* --- sockets ---------------------------------------------------------------------------------------------- */

#define BY_SOCKET(name, family, type)                                                                                    \
	static long by_socket_##name(void)                                                                               \
	{                                                                                                                \
		return socket(family, type, 0);                                                                          \
	}
BY_SOCKET(unix, AF_UNIX, SOCK_STREAM)
BY_SOCKET(udp, AF_INET, SOCK_DGRAM)
BY_SOCKET(tcp, AF_INET, SOCK_STREAM)
BY_SOCKET(raw, AF_INET, SOCK_RAW)
BY_SOCKET(udp6, AF_INET6, SOCK_DGRAM)
BY_SOCKET(tcp6, AF_INET6, SOCK_STREAM)
BY_SOCKET(netlink, AF_NETLINK, SOCK_RAW)
BY_SOCKET(packet, AF_PACKET, SOCK_RAW)
BY_SOCKET(vsock, AF_VSOCK, SOCK_STREAM)
BY_SOCKET(alg, AF_ALG, SOCK_SEQPACKET)

static long by_socketpair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

/* The two that Landlock knows of by itself. */
static long by_connecting_tcp(void)
{
	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&have.tcp, sizeof have.tcp);
}

static long by_binding_tcp(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&any, sizeof any);
}

/* A name that is no file's, as of a service of the system. */
static long by_connecting_locally(void)
{
	return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&have.local, have.local_len);
}

static long by_connecting_again(void)
{
	return connect(have.connected, (struct sockaddr *)&have.elsewhere, sizeof have.elsewhere);
}

static long by_dissolving(void)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	return connect(have.connected, &nobody, sizeof nobody);
}

static long by_bind(void)
{
	return bind(have.connected, (struct sockaddr *)&have.elsewhere, sizeof have.elsewhere);
}
static long by_listen(void)
{
	return listen(have.connected, 1);
}
static long by_accept(void)
{
	return accept(have.connected, NULL, NULL);
}
static long by_sendto_elsewhere(void)
{
	return sendto(have.connected, "x", 1, 0, (struct sockaddr *)&have.elsewhere, sizeof have.elsewhere);
}

static long by_sendmsg(void)
{
	struct iovec part = {"x", 1};
	struct msghdr msg = {.msg_name = &have.elsewhere, .msg_namelen = sizeof have.elsewhere, .msg_iov = &part,
			     .msg_iovlen = 1};

	return sendmsg(have.connected, &msg, 0);
}

static long by_sendmmsg(void)
{
	struct iovec part = {"x", 1};
	struct mmsghdr msg = {.msg_hdr = {.msg_name = &have.elsewhere, .msg_namelen = sizeof have.elsewhere,
					  .msg_iov = &part, .msg_iovlen = 1}};

	return sendmmsg(have.connected, &msg, 1, 0);
}

static long by_option(void)
{
	int size = 1 << 20;

	return setsockopt(have.connected, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

/* That option alone is allowed of its level, and on its level alone. */
static long by_udp_option(void)
{
	int yes = 1;

	return setsockopt(have.connected, SOL_UDP, UDP_CORK, &yes, sizeof yes);
}

static long by_option_of_that_number(void)
{
	int yes = 1;

	return setsockopt(have.connected, SOL_SOCKET, UDP_SEGMENT, &yes, sizeof yes);
}

/* --- all of them ------------------------------------------------------------------------------------------ */

enum {
	OPENS = 1, /* opens a file, or asks about one, which the worker of `make coverage` may */
	UNSURE = 2 /* may fail outside, too, for want of rights */
};

static const struct attempt {
	const char *name;
	long (*fn)(void); /* -1 with errno when it fails */
	int landlock;	  /* since which version Landlock refuses it, too; 0: that is not its business */
	int flags;
} attempts[] = {
	{"open", by_open, 1, OPENS},
	{"open of data.mdb", by_opening_data_mdb, 1, OPENS},
	{"opening of the database", by_database, 1, OPENS},
	{"open of a directory", by_open_directory, 1, OPENS},
	{"creat", by_create, 1, OPENS},
	{"openat2", by_openat2, 1, OPENS},
	{"open of the parent's memory", by_parents_memory, 1, OPENS | UNSURE},
	{"unlink", by_unlink, 1, 0},
	{"rename", by_rename, 1, 0},
	{"link", by_link, 1, 0},
	{"symlink", by_symlink, 1, 0},
	{"mkdir", by_mkdir, 1, 0},
	{"mknod", by_mkfifo, 1, 0},
	{"truncate", by_truncate, 3, OPENS},
	{"chmod", by_chmod, 0, 0},
	{"chown", by_chown, 0, 0},
	{"chdir", by_chdir, 0, 0},
	{"access", by_access, 0, 0},
	{"stat", by_stat, 0, OPENS},
	{"readlink", by_readlink, 0, 0},
	{"inotify", by_inotify, 0, 0},
	{"memfd", by_memfd, 0, 0},
	{"execve", by_exec, 1, 0},
	{"execveat", by_execveat, 1, 0},
	{"fork", by_fork, 0, 0},
	{"a thread", by_thread, 0, 0},
	{"unshare", by_namespace, 0, 0},
	{"kill", by_kill, 6, 0},
	{"ptrace of the parent", by_ptrace, 1, UNSURE},
	{"ptrace by the parent", by_being_traced, 0, 0},
	{"process_vm_readv", by_reading_memory, 1, UNSURE},
	{"process_vm_writev", by_writing_memory, 1, UNSURE},
	{"prctl", by_prctl, 0, 0},
	{"io_uring", by_io_uring, 0, 0},
	{"ioctl", by_ioctl, 0, 0},
	{"mmap of code", by_code, 0, 0},
	{"mprotect to code", by_code_later, 0, 0},
	{"socket, local", by_socket_unix, 0, 0},
	{"socket, UDP", by_socket_udp, 0, 0},
	{"socket, TCP", by_socket_tcp, 0, 0},
	{"socket, raw", by_socket_raw, 0, 0},
	{"socket, UDP of IPv6", by_socket_udp6, 0, 0},
	{"socket, TCP of IPv6", by_socket_tcp6, 0, 0},
	{"socket, netlink", by_socket_netlink, 0, 0},
	{"socket, packets", by_socket_packet, 0, 0},
	{"socket, vsock", by_socket_vsock, 0, 0},
	{"socket, alg", by_socket_alg, 0, 0},
	{"socketpair", by_socketpair, 0, 0},
	{"connect of TCP", by_connecting_tcp, 4, 0},
	{"bind of TCP", by_binding_tcp, 4, 0},
	{"connect to an abstract name", by_connecting_locally, 6, 0},
	{"connect once more", by_connecting_again, 0, 0},
	{"connect to nobody", by_dissolving, 0, 0},
	{"bind", by_bind, 0, 0},
	{"listen", by_listen, 0, 0},
	{"accept", by_accept, 0, 0},
	{"sendto elsewhere", by_sendto_elsewhere, 0, 0},
	{"sendmsg elsewhere", by_sendmsg, 0, 0},
	{"sendmmsg elsewhere", by_sendmmsg, 0, 0},
	{"setsockopt", by_option, 0, 0},
	{"setsockopt of UDP", by_udp_option, 0, 0},
	{"setsockopt of that number", by_option_of_that_number, 0, 0},
};

enum { N_ATTEMPTS = sizeof attempts / sizeof *attempts };

/* The status to end with after it. */
static inline int attempt(const struct attempt *a)
{
	if (a->fn() != -1)
		return LET;
	return errno == EACCES || errno == EPERM ? REFUSED : FAILED;
}

/* Those of them that end a worker of this build: how many. */
static inline int attempts_choose(const struct attempt *forbidden[N_ATTEMPTS])
{
	int n = 0;

	for (const struct attempt *a = attempts; a < attempts + N_ATTEMPTS; a++)
#ifdef SANDBOX_WRITES
		if (!(a->flags & OPENS))
#endif
			forbidden[n++] = a;
	if (n < N_ATTEMPTS)
		suite_skip((size_t)(N_ATTEMPTS - n), "calls that open files: this build lets its worker write some");
	return n;
}

/* --- the place where they are tried ------------------------------------------------------------------------ */

static char *attempts_top;

/* The directory of a database, one for each test, becomes that of this process. */
static inline void attempts_begin(void)
{
	char dir[1100];
	struct err e;

	attempts_top = run_make_dir();
	snprintf(dir, sizeof dir, "%s/db", attempts_top);
	ck_assert_msg(db_create(dir, &e) == 0, "%s", e.text);
	ck_assert_int_eq(chdir(dir), 0);
	have.parent = getpid();
	run_write_file("victim", "of the attempts\n");
}

static inline void attempts_end(void)
{
	run_remove_dir(attempts_top);
}

#endif
