/*
 * setup: from a running Postfix to a configuration, a database and the list in it.
 *
 * Asks postconf, writes a commented configuration file that must not be there yet, makes the database, and imports the
 * tables that relay_domains names.  Nothing of Postfix's is written.
 */
#ifndef OPS_SETUP_H
#define OPS_SETUP_H

#include <stddef.h>

struct err;
struct str;
struct ward;

struct setup_options {
	const char *config_file;       /* to be written */
	const char *postfix_directory; /* "" for Postfix's own */
	void (*tell)(void *ctx, long line, const char *text); /* as import_options */
	void *ctx;
};

struct setup_result {
	size_t added, refused;
	size_t tables_failed; /* that could not be read; told */
};

/* w has no database yet and gets one open.  doubts gets a line for each thing that could not be known. */
int setup_from_postfix(struct ward *w, const struct setup_options *o, struct setup_result *r, struct str *doubts,
		       struct err *e);

#endif
