/*
 * coverage_ends: linked into each program of `make coverage`, with the linker's --wrap=_exit,--wrap=fexecve: a child
 * that ends or becomes another program without returning to main() writes down what it ran, too.
 */
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
int __real_fexecve(int fd, char *const argv[], char *const envp[]);
int __wrap_fexecve(int fd, char *const argv[], char *const envp[]);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

int __wrap_fexecve(int fd, char *const argv[], char *const envp[])
{
	__gcov_dump();
	__gcov_reset();
	return __real_fexecve(fd, argv, envp);
}
