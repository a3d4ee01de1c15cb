/*
 * functions: the functions of libc that can fail and that mxward or a library of its calls, in whose process.
 *
 * preload_faults.c wraps each and counts its calls; calls.c goes through them.  A stream that stdio fails to write or to
 * read is told as it would be: what was in its buffer is lost, and ferror() says so.  Left out is what cannot fail in the
 * way it is called: clock_gettime() of a clock that there is, munmap(), signals; a nanosleep() that is cut short; a
 * tcsetattr() of a terminal that went, which the console's own tests have; what is called only once something else has
 * failed (opendir, fstatat, statvfs, fstatvfs, tmpfile); what no line here leads to: a directory or an SQL server
 * (getaddrinfo), an answer too long for UDP (recv), a Postfix at all interfaces (getifaddrs), a question at a terminal
 * (fgets); what glibc calls while it looks a name up, where it crashes by itself for want of memory; and what ends the
 * process by design: the getrandom() of libsodium, without random numbers, and ncurses and ldns without memory.
 */
#ifndef TORTURE_FUNCTIONS_H
#define TORTURE_FUNCTIONS_H

/* The first ones, as far as mkdir, change files; so do copy_file_range and sendfile. */
#define FUNCTIONS                                                                                                      \
	X(write) X(pwrite) X(writev) X(fsync) X(fdatasync) X(syncfs) X(ftruncate) X(rename) X(renameat2) X(link) \
	X(linkat) X(unlink) X(unlinkat) X(rmdir) X(mkdir) X(copy_file_range) X(sendfile) X(read) X(pread) X(open) \
	X(openat) X(fopen) X(fdopen) X(fclose) X(fflush) X(close) X(lseek) X(access) X(faccessat) X(fstat) X(stat) \
	X(lstat) X(fstatfs) X(realpath) X(fchmod) X(fchown) X(chmod) X(chown) X(flock) X(fcntl) X(dup) X(dup2) \
	X(pipe2) X(fork) X(fexecve) X(execvp) X(waitpid) X(poll) X(epoll_create1) X(epoll_ctl) X(epoll_wait) \
	X(mmap) X(memfd_create) X(malloc) X(calloc) X(realloc) X(posix_memalign) X(pthread_create) X(socket) \
	X(socketpair) X(connect) X(send) X(sendmsg) X(recvmsg) X(recvmmsg) X(setsockopt) X(getrandom) \
	X(readdir) X(fdopendir) X(fopencookie) X(setrlimit) X(getrlimit) X(sigprocmask) X(sigaction) X(prctl) \
	X(getpwuid_r) X(gethostname) X(syscall) X(getdelim) X(fread) X(getc) X(fwrite) \
	X(getutxline) X(ttyname_r) X(ioctl) X(tcgetattr) X(adjtimex) X(setlocale) X(close_range)

enum function {
#define X(name) F_##name,
	FUNCTIONS
#undef X
	N_FUNCTIONS
};

/* In which process of a command: its own, one that it forked, the DNS worker that it executed. */
enum role { ROLE_OWN, ROLE_CHILD, ROLE_WORKER, N_ROLES };

/* What MXWARD_FAULT_COUNT gets. */
struct fault_counts {
	long calls[N_ROLES][N_FUNCTIONS];
	long io[N_ROLES]; /* of calls that change a file */
	int child_signal; /* that ended a process which the command waited for; 0 for none */
};

#endif
