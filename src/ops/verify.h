/*
 * verify: is a bundle true and complete, from its files alone, without a database.
 *
 * From the outside in: the key and its signatures, the manifest's hashes, each record's place in tree and chain, that
 * the last one closes this export, and what the reader holds himself; share/verify.py does the same in another language.
 * The bytes are hostile.  Every file is read once, as a whole, so that what was hashed is what was judged.
 */
#ifndef OPS_VERIFY_H
#define OPS_VERIFY_H

#include <stdint.h>

struct err;
struct str;

enum verify_result {
	VERIFY_TRUE,	     /* all checked, nothing withheld */
	VERIFY_CONTRADICTION,
	VERIFY_UNCHECKED,    /* something is missing or unreadable */
	VERIFY_WITHHELD,     /* true, parts are not shown */
	VERIFY_UNTIED	     /* in order by itself; no key was given */
};

struct verify_options {
	const char *key;	  /* the verification key one trusts; NULL */
	const char *known;	  /* path of a checkpoint from earlier; NULL */
	uint64_t head_number;	  /* 0: none was given */
	const char *head_hex;	  /* 12 to 64 lower-case digits */
};

/* Puts the report, lines of printable ASCII, into out; its last line is the result in words. */
enum verify_result verify_bundle(struct str *out, const char *dir, const struct verify_options *o);

/* "N:HEX" as an invoice shows it: 0 or -1.  digits points into text. */
int verify_read_head(const char *text, uint64_t *number, const char **digits, struct err *e);

#endif
