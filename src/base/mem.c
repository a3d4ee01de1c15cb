#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* With AddressSanitizer each piece is a block of its own, so that whoever reads behind its end is found.  gcc tells of it
 * with a macro, clang with a feature. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
enum { ARENA_BLOCK = 0 };
#else
enum { ARENA_BLOCK = 65536 };
#endif

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

static void (*die_hook)(void);

void mem_set_die_hook(void (*hook)(void))
{
	die_hook = hook;
}

void mem_run_die_hook(void)
{
	void (*hook)(void) = die_hook;

	die_hook = NULL;
	if (hook)
		hook();
}

static void out_of_memory(void) __attribute__((noreturn));

static void out_of_memory(void)
{
	static const char text[] = "mxward: out of memory; what was not committed by now was not done, free some and try again\n";

	mem_run_die_hook();
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(EX_OSERR);
	_exit(EX_OSERR);
}

void mem_die(const char *fmt, ...)
{
	va_list ap;

	mem_run_die_hook();
	fputs("mxward: internal error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; what was not committed by now was not done, please report it\n", stderr);
	_exit(EX_SOFTWARE);
}

/* Of what is small glibc keeps a few pieces at hand for each thread, which calloc() does not look at before 2.41. */
enum { MEM_SMALL = 1024 };

void *mem_alloc(size_t size)
{
	void *p = size > 0 && size <= MEM_SMALL ? malloc(size) : calloc(1, size ? size : 1);

	if (!p)
		out_of_memory();
	if (size <= MEM_SMALL)
		memset(p, 0, size);
	return p;
}

void *mem_resize(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_array(void *old, size_t n, size_t each)
{
	size_t size;

	if (__builtin_mul_overflow(n, each, &size))
		out_of_memory();
	return mem_resize(old, size);
}

char *mem_copy_string(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(mem_resize(NULL, size), s, size);
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->first;
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (!b || b->size - b->used < size) {
		size_t want = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		b = mem_alloc(sizeof *b + want);
		b->size = want;
		b->next = a->first;
		a->first = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	a->total += size;
	return p;
}

char *arena_string(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len)
		memcpy(p, s, len);
	return p;
}

void arena_clear(struct arena *a)
{
	while (a->first) {
		struct arena_block *next = a->first->next;

		free(a->first);
		a->first = next;
	}
	a->total = 0;
}

void arena_reset(struct arena *a)
{
	if (!a->first || a->first->next || a->first->size > ARENA_BLOCK) {
		arena_clear(a);
		return;
	}
	memset(a->first->bytes, 0, a->first->used);
	a->first->used = 0;
	a->total = 0;
}
