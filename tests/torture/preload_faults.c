/*
 * preload_faults: a library for LD_PRELOAD that makes one call of libc fail, or be the last one.
 *
 * MXWARD_FAULT is NAME:N:WHAT: the N-th call of NAME fails with errno WHAT (a number), writes half (`short`), or the
 * process is killed at it (`kill`).  The NAME `io` counts every call that changes a file.  MXWARD_FAULT_COUNT names a
 * file that gets a line "NAME COUNT" for each function that was called.  Only calls through the dynamic linker are
 * seen: what libc does inside itself (the write behind printf) is reached by its own names, such as fflush.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#undef open
#undef openat

#define FUNCTIONS                                                                                                      \
	X(read) X(pread) X(write) X(pwrite) X(writev) X(fsync) X(fdatasync) X(syncfs) X(ftruncate) X(rename) \
	X(renameat2) X(link) X(linkat) X(unlink) X(unlinkat) X(mkdir) X(open) X(openat) X(fopen) X(fdopen) X(fclose) \
	X(fflush) X(close) X(lseek) X(fstat) X(fstatat) X(stat) X(lstat) X(fstatvfs) X(fchmod) X(fchown) X(chmod) \
	X(flock) X(fcntl) X(dup) X(dup2) X(pipe2) X(fork) X(waitpid) X(poll) X(mmap) X(memfd_create) X(malloc) \
	X(calloc) X(realloc) X(posix_memalign) X(socket) X(socketpair) X(connect) X(send) X(sendmsg) X(recv) \
	X(recvmsg) X(setsockopt) X(getrandom) X(opendir) X(readdir) X(fdopendir) X(tmpfile) X(copy_file_range) \
	X(sendfile) X(clock_gettime) X(setrlimit) X(sigprocmask) X(getpwuid_r)

enum function {
#define X(name) F_##name,
	FUNCTIONS
#undef X
	N_FUNCTIONS
};

static const char *const names[N_FUNCTIONS] = {
#define X(name) #name,
	FUNCTIONS
#undef X
};

enum { WHICH_IO = -2, WHICH_NONE = -1 };

static long count[N_FUNCTIONS], io_count, wanted;
static int which = WHICH_NONE, error, short_write, fatal;

static int changes_a_file(enum function f)
{
	return (f >= F_write && f <= F_mkdir) || f == F_copy_file_range || f == F_sendfile;
}

__attribute__((constructor)) static void read_wish(void)
{
	const char *wish = getenv("MXWARD_FAULT"), *colon = wish ? strchr(wish, ':') : NULL;
	size_t len = colon ? (size_t)(colon - wish) : 0;

	if (!colon)
		return;
	if (len == 2 && memcmp(wish, "io", 2) == 0)
		which = WHICH_IO;
	for (int i = 0; i < N_FUNCTIONS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], wish, len) == 0)
			which = i;
	wanted = strtol(colon + 1, (char **)&colon, 10);
	error = atoi(colon + 1);
	short_write = strcmp(colon + 1, "short") == 0;
	fatal = strcmp(colon + 1, "kill") == 0;
}

__attribute__((destructor)) static void tell_counts(void)
{
	const char *path = getenv("MXWARD_FAULT_COUNT");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, 0600) : -1;

	if (fd < 0)
		return;
	which = WHICH_NONE;
	for (int i = 0; i < N_FUNCTIONS; i++)
		if (count[i])
			dprintf(fd, "%s %ld\n", names[i], count[i]);
	if (io_count)
		dprintf(fd, "io %ld\n", io_count);
}

/* 1 when this call is to fail; errno is set. */
static int hit(enum function f)
{
	long n = ++count[f];

	if (changes_a_file(f))
		io_count++;
	if (which == WHICH_IO ? !changes_a_file(f) || io_count != wanted : which != (int)f || n != wanted)
		return 0;
	if (fatal)
		kill(getpid(), SIGKILL);
	errno = error;
	return 1;
}

#define NEXT(type, name, args) static type(*next) args; if (!next) next = (type(*) args)dlsym(RTLD_NEXT, #name)
#define WRAP(type, name, failure, args, pass) type name args { NEXT(type, name, args); return hit(F_##name) ? failure : next pass; }
/* A close that fails has closed all the same. */
#define WRAP_END(type, name, failure, args, pass) type name args { int fails = hit(F_##name); type rc; NEXT(type, name, args); \
	rc = next pass; if (!fails) return rc; errno = error; return failure; }

WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, pread, -1, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, fdatasync, -1, (int fd), (fd))
WRAP(int, syncfs, -1, (int fd), (fd))
WRAP(int, ftruncate, -1, (int fd, off_t n), (fd, n))
WRAP(int, rename, -1, (const char *a, const char *b), (a, b))
WRAP(int, renameat2, -1, (int d, const char *a, int t, const char *b, unsigned f), (d, a, t, b, f))
WRAP(int, link, -1, (const char *a, const char *b), (a, b))
WRAP(int, linkat, -1, (int d, const char *a, int t, const char *b, int f), (d, a, t, b, f))
WRAP(int, unlink, -1, (const char *a), (a))
WRAP(int, unlinkat, -1, (int d, const char *a, int f), (d, a, f))
WRAP(int, mkdir, -1, (const char *a, mode_t m), (a, m))
WRAP(FILE *, fopen, NULL, (const char *a, const char *m), (a, m))
WRAP(FILE *, fdopen, NULL, (int fd, const char *m), (fd, m))
WRAP_END(int, fclose, EOF, (FILE *f), (f))
WRAP(int, fflush, EOF, (FILE *f), (f))
WRAP_END(int, close, -1, (int fd), (fd))
WRAP(off_t, lseek, -1, (int fd, off_t at, int w), (fd, at, w))
WRAP(int, fstat, -1, (int fd, struct stat *s), (fd, s))
WRAP(int, fstatat, -1, (int d, const char *a, struct stat *s, int f), (d, a, s, f))
WRAP(int, stat, -1, (const char *a, struct stat *s), (a, s))
WRAP(int, lstat, -1, (const char *a, struct stat *s), (a, s))
WRAP(int, fstatvfs, -1, (int fd, struct statvfs *s), (fd, s))
WRAP(int, fchmod, -1, (int fd, mode_t m), (fd, m))
WRAP(int, fchown, -1, (int fd, uid_t u, gid_t g), (fd, u, g))
WRAP(int, chmod, -1, (const char *a, mode_t m), (a, m))
WRAP(int, flock, -1, (int fd, int how), (fd, how))
WRAP(int, dup, -1, (int fd), (fd))
WRAP(int, dup2, -1, (int a, int b), (a, b))
WRAP(int, pipe2, -1, (int p[2], int f), (p, f))
WRAP(pid_t, fork, -1, (void), ())
WRAP(pid_t, waitpid, -1, (pid_t p, int *s, int o), (p, s, o))
WRAP(int, poll, -1, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
WRAP(void *, mmap, MAP_FAILED, (void *p, size_t n, int pr, int fl, int fd, off_t at), (p, n, pr, fl, fd, at))
WRAP(int, memfd_create, -1, (const char *n, unsigned f), (n, f))
WRAP(int, socket, -1, (int a, int b, int c), (a, b, c))
WRAP(int, socketpair, -1, (int a, int b, int c, int p[2]), (a, b, c, p))
WRAP(int, connect, -1, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(ssize_t, send, -1, (int fd, const void *p, size_t n, int f), (fd, p, n, f))
WRAP(ssize_t, sendmsg, -1, (int fd, const struct msghdr *m, int f), (fd, m, f))
WRAP(ssize_t, recv, -1, (int fd, void *p, size_t n, int f), (fd, p, n, f))
WRAP(ssize_t, recvmsg, -1, (int fd, struct msghdr *m, int f), (fd, m, f))
WRAP(int, setsockopt, -1, (int fd, int l, int o, const void *p, socklen_t n), (fd, l, o, p, n))
WRAP(ssize_t, getrandom, -1, (void *p, size_t n, unsigned f), (p, n, f))
WRAP(DIR *, opendir, NULL, (const char *a), (a))
WRAP(DIR *, fdopendir, NULL, (int fd), (fd))
WRAP(struct dirent *, readdir, NULL, (DIR * d), (d))
WRAP(FILE *, tmpfile, NULL, (void), ())
WRAP(ssize_t, copy_file_range, -1, (int a, off_t *b, int c, off_t *d, size_t n, unsigned f), (a, b, c, d, n, f))
WRAP(ssize_t, sendfile, -1, (int a, int b, off_t *at, size_t n), (a, b, at, n))
WRAP(int, clock_gettime, -1, (clockid_t c, struct timespec *t), (c, t))
WRAP(int, setrlimit, -1, (__rlimit_resource_t r, const struct rlimit *l), (r, l))
WRAP(int, sigprocmask, -1, (int how, const sigset_t *s, sigset_t *o), (how, s, o))
WRAP(int, getpwuid_r, EIO, (uid_t u, struct passwd *p, char *b, size_t n, struct passwd **r), (u, p, b, n, r))

/* A full disk may take half of what is written. */
ssize_t write(int fd, const void *p, size_t n)
{
	NEXT(ssize_t, write, (int, const void *, size_t));
	if (hit(F_write)) {
		if (!short_write)
			return -1;
		n /= 2;
	}
	return next(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	NEXT(ssize_t, pwrite, (int, const void *, size_t, off_t));
	if (hit(F_pwrite)) {
		if (!short_write)
			return -1;
		n /= 2;
	}
	return next(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	NEXT(ssize_t, writev, (int, const struct iovec *, int));
	if (hit(F_writev))
		return short_write && n > 1 ? next(fd, v, n / 2) : -1;
	return next(fd, v, n);
}

int open(const char *path, int flags, ...)
{
	NEXT(int, open, (const char *, int, ...));
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return hit(F_open) ? -1 : next(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	NEXT(int, openat, (int, const char *, int, ...));
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return hit(F_openat) ? -1 : next(dir, path, flags, mode);
}

int fcntl(int fd, int command, ...)
{
	NEXT(int, fcntl, (int, int, ...));
	va_list ap;
	long arg;

	va_start(ap, command);
	arg = va_arg(ap, long); /* a pointer has the same size, and none is harmless */
	va_end(ap);
	return hit(F_fcntl) ? -1 : next(fd, command, arg);
}

int __openat_2(int dir, const char *path, int flags);
int __openat_2(int dir, const char *path, int flags)
{
	return openat(dir, path, flags);
}

/* Past dlsym, which allocates itself. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
	*__libc_memalign(size_t, size_t);

void *malloc(size_t n)
{
	return hit(F_malloc) ? NULL : __libc_malloc(n);
}

void *calloc(size_t a, size_t n)
{
	return hit(F_calloc) ? NULL : __libc_calloc(a, n);
}

void *realloc(void *p, size_t n)
{
	return hit(F_realloc) ? NULL : __libc_realloc(p, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
	if (hit(F_posix_memalign))
		return ENOMEM;
	*p = __libc_memalign(align, n);
	return *p ? 0 : ENOMEM;
}
