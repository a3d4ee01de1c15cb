/*
 * conf: files of `key = value, value`, as Postfix's main.cf spells them.
 *
 * `#` begins a comment at the beginning of a line or behind a blank, a line
 * that begins with a blank continues the one before, values are separated by
 * commas or blanks, and a value `file:PATH` stands for what the lines of that
 * file hold (a relative PATH starts at the directory of the naming file).  This module knows the
 * spelling only; what the keys mean is the caller's.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stddef.h>

#include "base/mem.h"

struct err;

struct conf_item {
	const char *key;
	const char *file; /* where it stands, for messages */
	int line;
	const char *text;   /* the whole value, trimmed, continuation lines joined by a blank */
	const char **value; /* the same cut into values, `file:` expanded */
	size_t n_values;
};

struct conf {
	struct arena arena;
	struct conf_item *item;
	size_t n_items;
};

/* Reads path; on -1 *e says file, line and what is wrong.  Limits: 1 MiB a file,
 * 64 KiB a value, no NUL, valid UTF-8. */
int conf_read(struct conf *c, const char *path, struct err *e);

/* The same from text already in memory (name stands for the path in messages). */
int conf_parse(struct conf *c, const char *name, const char *text, size_t len, struct err *e);

/* One value that came by another way, a command line say: where stands in messages. */
int conf_parse_value(struct conf *c, const char *key, const char *text, const char *where,
		     struct err *e);

void conf_clear(struct conf *c);

#endif
