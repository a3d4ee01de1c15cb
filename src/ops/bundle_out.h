/*
 * bundle_out: a file of a bundle while it is written: buffered, and hashed on the way.  Whoever makes the
 * directory syncs it.
 */
#ifndef OPS_BUNDLE_OUT_H
#define OPS_BUNDLE_OUT_H

#include <stdint.h>
#include <stdio.h>

#include "base/sha256.h"

struct err;
struct str;

struct bundle_out {
	FILE *file;
	char path[1200];
	int failed; /* errno of the first write that did */
	struct sha256 hash;
};

int bundle_out_open(struct bundle_out *o, const char *dir, const char *name, struct err *e);

/* Writes what text holds and empties it.  An error is told by the close. */
void bundle_out_add(struct bundle_out *o, struct str *text);

/* hash may be NULL.  Closes in any case; does nothing when it is not open. */
int bundle_out_close(struct bundle_out *o, uint8_t hash[32], struct err *e);

#endif
