/*
 * statement: the account of one chain that a person reads and prints: what happened, the evidence, traffic, billing,
 * gaps, and how to check it.
 *
 * One HTML page without script or anything from elsewhere; no hashes or codes but in its last part.
 */
#ifndef OPS_STATEMENT_H
#define OPS_STATEMENT_H

#include <stdint.h>

struct bundle_chain;
struct bundle_options;
struct err;
struct manifest;
struct signer;
struct story;
struct str;

/* Writes statement.html into dir and its hash; the manifest's tree, count and head are filled already. */
int statement_write(const struct signer *s, const struct bundle_options *o, const struct bundle_chain *c,
		    const struct manifest *m, const struct story *story, const char *dir, uint8_t hash[32],
		    struct err *e);

/* The beginning of a page of this look; kind is plain text. */
void statement_begin(struct str *out, const char *title, const char *kind);

#endif
