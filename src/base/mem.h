/*
 * mem: memory that is there or ends the program.
 *
 * Running out of memory is answered in one place: the hook (which gives the
 * terminal back), one sentence on stderr, exit status 71.  A write
 * transaction that was open is simply never committed.
 *
 * An arena hands out pieces that are all freed at once; it serves snapshots
 * and everything that lives as long as one answer.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((returns_nonnull));		/* zeroed */
void *mem_resize(void *old, size_t size) __attribute__((returns_nonnull)); /* as realloc */
/* realloc with the product checked */
void *mem_array(void *old, size_t n, size_t each) __attribute__((returns_nonnull));
char *mem_copy_string(const char *s) __attribute__((returns_nonnull));

/* Called once before the program ends for want of memory or a broken invariant. */
void mem_set_die_hook(void (*hook)(void));
void mem_run_die_hook(void); /* once; safe in a signal handler when the hook is */

/* A broken invariant of ours: hook, sentence on stderr, abort status 70. */
void mem_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

struct arena {
	struct arena_block *first;
	size_t total; /* bytes handed out */
};

/* zeroed, aligned to 8 */
void *arena_alloc(struct arena *a, size_t size) __attribute__((returns_nonnull));
/* a NUL is added */
char *arena_string(struct arena *a, const char *s, size_t len) __attribute__((returns_nonnull));
void arena_clear(struct arena *a);
void arena_reset(struct arena *a); /* empty as well, but keeps a block for what comes next */

#endif
