/*
 * check: is all of a database what was written into it?
 *
 * Goes through every row of every database in a child process: checksum, decoding, order of
 * keys, number of rows; hashes the audit log again: leaves, tree, chains, notes, evidence.  A
 * child that ends by a signal is damage too.  Reads only, beside writers as well.
 */
#ifndef DB_CHECK_H
#define DB_CHECK_H

#include <stdint.h>

struct err;

enum { CHECK_PROBLEMS = 20, CHECK_TEXT = 300, CHECK_DATABASES = 15 };

struct db_report {
	struct {
		const char *name;
		uint64_t rows; /* that were read */
	} database[CHECK_DATABASES];
	uint64_t records; /* of the audit log, whose hashes were computed again */
	uint64_t erased;  /* of them without a body */
	uint8_t root[32]; /* of its tree; all zero when the log was not gone through */
	uint64_t bytes, free_bytes; /* of data.mdb, and of them in pages that are free */
	uint64_t n_problems;	    /* all; the first CHECK_PROBLEMS are kept as sentences */
	char problem[CHECK_PROBLEMS][CHECK_TEXT];
};

/* 0: it was gone through, and is sound when n_problems is 0.  -1: it could not be looked at
 * (not there, no permission). */
int db_check(const char *dir, struct db_report *out, struct err *e);

#endif
