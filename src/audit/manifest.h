/*
 * manifest: the signed list of what a bundle holds, and the fixed names of its files.
 *
 * Names are compared with this list and are never used as a path.
 */
#ifndef AUDIT_MANIFEST_H
#define AUDIT_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "audit/checkpoint.h"

/* The files that the manifest names come first and in its order. */
enum bundle_file {
	BUNDLE_README,
	BUNDLE_PROOFS,
	BUNDLE_CSV,
	BUNDLE_RECORDS,
	BUNDLE_STATEMENT,
	BUNDLE_ANNEX,
	BUNDLE_CHECKPOINT,
	BUNDLE_CONSISTENCY,
	BUNDLE_KEY,
	BUNDLE_MANIFEST,
	N_BUNDLE_FILES
};

enum { N_MANIFEST_FILES = BUNDLE_STATEMENT + 1, MANIFEST_CHAIN = AUDIT_CUSTOMER_MAX + 1 + 254 };

const char *bundle_file_name(enum bundle_file f);
int bundle_file_from_name(const char *name); /* -1 when no bundle has such a file */
int bundle_file_is_optional(enum bundle_file f);

struct manifest {
	struct checkpoint tree;
	char chain[MANIFEST_CHAIN + 1]; /* "customer/domain" */
	uint64_t records;
	uint8_t head[AUDIT_HASH];
	int has_statement;
	uint8_t hash[N_MANIFEST_FILES][AUDIT_HASH];
};

void manifest_add_signed(struct str *out, const struct manifest *m, const struct note_signer *s);
int manifest_read(struct manifest *m, const char *note, size_t len, const struct note_verifier *v, struct err *e);

#endif
