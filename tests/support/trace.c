#include "support/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/loop.h"

enum { DEADLINE_MS = 60000, SYSCALL_STOP = SIGTRAP | 0x80 };

static int next_stop(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) != pid)
		if (errno != EINTR)
			return -1;
	return WIFSTOPPED(status) ? status : -1;
}

int trace_begin(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)PTRACE_O_TRACESYSGOOD) != 0)
		return -1;
	return ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 && next_stop(pid) >= 0 ? 0 : -1;
}

static int writes(uint64_t call)
{
	return call == SYS_pwrite64 || call == SYS_pwritev || call == SYS_fdatasync;
}

static int waits_for_keys(uint64_t call)
{
#ifdef SYS_poll
	if (call == SYS_poll)
		return 1;
#endif
	return call == SYS_ppoll;
}

int trace_to_write(pid_t pid, int n)
{
	struct __ptrace_syscall_info info;
	int status, done = 0;
	long signal = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)signal) != 0 || (status = next_stop(pid)) < 0)
			return done;
		/* A signal is handed on; a stop is none. */
		signal = WSTOPSIG(status) == SYSCALL_STOP || status >> 16 ? 0 : WSTOPSIG(status);
		if (WSTOPSIG(status) != SYSCALL_STOP ||
		    ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0 ||
		    info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (done > 0 && waits_for_keys(info.entry.nr))
			return done;
		if (!writes(info.entry.nr) && (done == 0 || info.entry.nr != SYS_fcntl))
			continue;
		if (++done == n)
			return n;
	}
}

/* 1 also of one that is dead. */
static int was_sent(pid_t pid, int signal)
{
	char path[60], line[200], state = 'Z';
	unsigned long long sent = 0, mask;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f)) {
		sscanf(line, "State: %c", &state);
		if (sscanf(line, "SigPnd: %llx", &mask) == 1 || sscanf(line, "ShdPnd: %llx", &mask) == 1)
			sent |= mask;
	}
	if (f)
		fclose(f);
	return state == 'Z' || state == 'X' || ((sent >> (signal - 1)) & 1);
}

int trace_wait_for_signal(pid_t pid, int signal)
{
	const struct timespec pause = {0, 1000000};
	int64_t until = loop_now() + DEADLINE_MS;

	while (!was_sent(pid, signal)) {
		if (loop_now() >= until)
			return 0;
		nanosleep(&pause, NULL);
	}
	return 1;
}

void trace_end(pid_t pid)
{
	int status;

	/* Of one that died the end is still to be taken, else its parent waits for ever. */
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0)
		waitpid(pid, &status, __WALL | WNOHANG);
}
