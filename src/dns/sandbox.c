#include "dns/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define SANDBOX_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define SANDBOX_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define SANDBOX_ARCH AUDIT_ARCH_S390X
#elif defined(__i386__)
#define SANDBOX_ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define SANDBOX_ARCH AUDIT_ARCH_ARM
#endif

/* The build of `make coverage`: its worker may also open files and write to them, to tell at its end which lines it ran.
 * All else is forbidden to it as to any other. */
#ifdef SANDBOX_WRITES
enum { MAY_WRITE = 1 };
#else
enum { MAY_WRITE = 0 };
#endif

static void add_note(char *note, size_t size, const char *text)
{
	size_t used = strlen(note);

	snprintf(note + used, size - used, "%s%s", used ? "; " : "", text);
}

/* Calls that are good with any argument. */
static const int allowed[] = {
	__NR_read,
	__NR_write,
	__NR_recvmsg,
#ifdef __NR_recvfrom
	__NR_recvfrom,
#endif
#ifdef __NR_recvmmsg
	__NR_recvmmsg,
#endif
#ifdef __NR_recvmmsg_time64
	__NR_recvmmsg_time64,
#endif
	__NR_epoll_ctl,
	__NR_epoll_pwait,
	__NR_close,
#ifdef __NR_epoll_wait
	__NR_epoll_wait,
#endif
#ifdef __NR_poll
	__NR_poll,
#endif
#ifdef __NR_ppoll
	__NR_ppoll,
#endif
	__NR_getrandom,
	__NR_clock_gettime,
#ifdef __NR_clock_gettime64
	__NR_clock_gettime64,
#endif
	__NR_exit,
	__NR_exit_group,
	__NR_brk,
	__NR_munmap,
	__NR_mremap,
	__NR_madvise,
	__NR_futex,
	__NR_rt_sigreturn,
	__NR_restart_syscall,
#ifdef SANDBOX_WRITES
	__NR_openat,
	__NR_fcntl,
	__NR_lseek,
	__NR_getpid,
	__NR_fstat,
#ifdef __NR_newfstatat
	__NR_newfstatat,
#endif
#endif
};

/* Calls that take memory; good unless it were to be executed (third argument, PROT_EXEC). */
static const int memory[] = {
#ifdef __NR_mmap
	__NR_mmap,
#endif
#ifdef __NR_mmap2
	__NR_mmap2,
#endif
	__NR_mprotect,
};

/* sendto() without an address is send(); with one, a connected UDP socket would send anywhere.  sendmsg() and sendmmsg()
 * take theirs by a pointer, behind which no filter can look, and are not among the allowed. */
enum { ADDRESS_ARGUMENT = 4, N_ADDRESS = 7 /* instructions */ };

/* Of all options of sockets the one into what lengths a socket cuts what it sends: it leads nowhere else.  Level and
 * option are ints, of which the kernel looks at the low half alone. */
enum { N_OPTION = 7 };

/* Where the low half of an argument lies, and the high one. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { LOW = 4, HIGH = 0 };
#else
enum { LOW = 0, HIGH = 4 };
#endif

enum {
	N_ALLOWED = sizeof allowed / sizeof *allowed,
	N_MEMORY = sizeof memory / sizeof *memory
};

static int filter_system_calls(void)
{
#ifdef SANDBOX_ARCH
	struct sock_filter code[8 + 2 * N_ALLOWED + N_ADDRESS + N_OPTION + N_MEMORY + 8];
	struct sock_fprog program = {.filter = code};
	unsigned n = 0;

	/* A call of another architecture has other numbers. */
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < N_ALLOWED; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned)allowed[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_sendto, 0, N_ADDRESS - 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, args[ADDRESS_ARGUMENT]) + LOW);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, args[ADDRESS_ARGUMENT]) + HIGH);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
#ifdef __NR_setsockopt
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_setsockopt, 0, N_OPTION - 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + LOW);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOL_UDP, 0, 3);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]) + LOW);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UDP_SEGMENT, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
#endif
	/* Any of the memory calls jumps to the look at its third argument, behind the kill. */
	for (unsigned i = 0; i < N_MEMORY; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned)memory[i],
							 (uint8_t)(N_MEMORY - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, args[2]) + LOW);
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
#else
	errno = ENOSYS;
	return -1;
#endif
}

/* As the kernel knows it today; an older one is told of fewer bytes. */
struct landlock_rules {
	uint64_t files, net, scope;
};

enum { LANDLOCK_READ_AND_WRITE = 1 << 1 | 1 << 2 | 1 << 14 /* to truncate */ };

/* Forbids every file, TCP bind and connect, and signals to others; nothing is excepted. */
static int forbid_files(void)
{
#ifdef __NR_landlock_create_ruleset
	static const unsigned file_rights[] = {0, 13, 14, 15, 15, 16};
	struct landlock_rules rules = {0};
	size_t size = sizeof rules.files;
	long version = syscall(__NR_landlock_create_ruleset, NULL, 0, 1u);
	int fd, rc;

	if (version < 1)
		return -1;
	rules.files = (1ull << file_rights[version > 5 ? 5 : version]) - 1;
	if (MAY_WRITE)
		rules.files &= ~(uint64_t)LANDLOCK_READ_AND_WRITE;
	if (version >= 4) {
		rules.net = 3;
		size = offsetof(struct landlock_rules, scope);
	}
	if (version >= 6) {
		rules.scope = 3;
		size = sizeof rules;
	}
	fd = (int)syscall(__NR_landlock_create_ruleset, &rules, size, 0u);
	if (fd < 0)
		return -1;
	rc = (int)syscall(__NR_landlock_restrict_self, fd, 0u);
	close(fd);
	return rc;
#else
	return -1;
#endif
}

static void limit(int which, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(which, &r) || r.rlim_max < most)
		return;
	r.rlim_cur = r.rlim_max = most;
	setrlimit(which, &r);
}

void sandbox_enter(char *note, size_t size)
{
	note[0] = '\0';
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, 256);
/* A build whose worker may write what a sanitizer found (Makefile). */
#ifdef SANDBOX_OPEN
	add_note(note, size,
		 "this build is for tests and runs its DNS worker without a sandbox");
	(void)filter_system_calls;
	(void)forbid_files;
#else
	prctl(PR_SET_DUMPABLE, 0);
	if (MAY_WRITE)
		add_note(note, size, "this build is for tests and lets its DNS worker write files");
	else
		limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_AS, (rlim_t)1 << 30);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		add_note(note, size, "the kernel lacks no_new_privs");
	if (forbid_files())
		add_note(note, size, "the kernel lacks Landlock");
	if (filter_system_calls())
		add_note(note, size,
			 "the kernel lacks seccomp filters, the DNS worker may call anything");
#endif
}
