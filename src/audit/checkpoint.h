/*
 * checkpoint: the signed state of the whole log in three lines: origin, size, root (C2SP
 * tlog-checkpoint).
 */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "audit/note.h"
#include "audit/record.h"

struct err;
struct str;

struct checkpoint {
	uint64_t size;
	uint8_t root[AUDIT_HASH];
};

/* The whole note, signed; its origin is the signer's name. */
void checkpoint_add_signed(struct str *out, const struct checkpoint *c, const struct note_signer *s);

/* A note signed by the trusted key, of its origin, in the one spelling; what stands in errors. */
int checkpoint_read(struct checkpoint *c, const char *note, size_t len, const struct note_verifier *v,
		    const char *what, struct err *e);

/* 0 and the number when text is a decimal number of at most 2^53-1 in its one spelling. */
int checkpoint_read_number(uint64_t *out, const char *text, size_t len);

#endif
