/*
 * verify_inner: what verify.c (files, signatures, order of the checks) and verify_records.c (records, proofs, annex)
 * share.  Not for others.
 */
#ifndef OPS_VERIFY_INNER_H
#define OPS_VERIFY_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "audit/manifest.h"
#include "base/err.h"
#include "base/str.h"

struct opened; /* an annex line, by its hash */

struct verify {
	const struct verify_options *options;
	struct str *out;
	struct str file[N_BUNDLE_FILES];
	int is_there[N_BUNDLE_FILES];
	struct note_verifier key;
	struct checkpoint tree;
	struct manifest manifest;
	struct opened *annex; /* sorted by hash */
	size_t n_annex;
	uint64_t n_withheld;
	struct str withheld; /* lines "withheld: ..." */
	struct str closed;   /* the time of the last record */
	uint8_t head[AUDIT_HASH];
	uint64_t records;
	struct err e;
};

/* A line of a file: 1 and the line without LF, 0 at the end, -1 when the last one is cut off. */
struct verify_lines {
	const char *at, *end;
};
int verify_line(struct verify_lines *l, const char **line, size_t *len);
struct verify_lines verify_lines_of(const struct verify *v, enum bundle_file f);

/* The sentence of the contradiction.  Returns -1. */
int verify_refuse(struct verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

int verify_annex(struct verify *v);
int verify_records(struct verify *v);

#endif
