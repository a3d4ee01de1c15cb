/*
 * bundle: what one customer gets of the log: the records of a chain with all that proves them.
 *
 * Every export first appends its closing record; the tree of a bundle ends with it, so that no end can be left out.
 * Files are streamed, the manifest comes last, and the directory appears whole or not at all.
 */
#ifndef OPS_BUNDLE_H
#define OPS_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct signer;
struct story;
struct ward;

struct bundle_options {
	const char *domain, *customer; /* one of them, or both; NULL */
	const char *invoice, *claimed, *conceded, *ticket; /* for the head of the statement; NULL */
	int64_t from, to; /* of the statement; 0: all; the beginning of the first and the last day */
	uint64_t known;	  /* size of a checkpoint the reader holds: consistency.txt; 0: none */
	int is_internal;  /* operators are opened too */
};

/* One chain of an export, after its closing record was committed. */
struct bundle_chain {
	char *name; /* "customer/domain" */
	uint64_t records, closing_seq;
};

/* What statement and billing need of an export. */
struct bundle_told {
	size_t domains;
	uint64_t records;
};

/* Makes dir, which must not exist: one bundle for a domain; statement.html, billing.csv and a bundle per
 * domain for a customer. */
int bundle_export(struct ward *w, const struct bundle_options *o, const char *dir, struct bundle_told *told,
		  struct err *e);

/* Writes the files of one bundle into a directory that is there; story is filled on the way. */
int bundle_write(struct signer *s, const struct bundle_options *o, const struct bundle_chain *c, const char *dir,
		 struct story *story, struct err *e);

#endif
