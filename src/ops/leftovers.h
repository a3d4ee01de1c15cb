/*
 * leftovers: in which other tables of the mail server a name still stands, to be cleaned once its entry is gone.
 *
 * The tables (ops/other_tables.h) are looked through once for all names; what cannot be read is named.  Blocks while
 * Postfix is asked and the tables are read.
 */
#ifndef OPS_LEFTOVERS_H
#define OPS_LEFTOVERS_H

#include <stddef.h>

#include "base/mem.h"

struct err;
struct str;
struct ward;

struct leftover {
	const char *name;
	const char *parameter, *table; /* "transport_maps", "hash:/etc/postfix/transport" */
	const char *key;	       /* the first one found, as it stands */
	size_t n;		       /* how many keys */
	size_t place;		       /* among the tables as Postfix names them */
};

struct leftovers {
	struct leftover *row; /* by name, then in Postfix's order of tables */
	size_t n;
	const char **unread; /* a sentence for each table that was not looked through */
	size_t n_unread;
	struct arena arena;
};

/* names as the list has them, in any order.  -1 when Postfix cannot be asked which tables there are. */
int leftovers_find(struct leftovers *l, const struct ward *w, const char *const *names, size_t n, struct err *e);
void leftovers_clear(struct leftovers *l);

/* The rows of one name, in words for one line: "transport_maps (hash:/etc/postfix/transport) has gone.example";
 * "" for none. */
char *leftovers_text(char *out, size_t size, const struct leftovers *l, const char *name);

/* The same, only where: "relay_recipient_maps, transport_maps". */
char *leftovers_where(char *out, size_t size, const struct leftovers *l, const char *name);

/* Lines about one name for `show`, no LF at the end, "" when there is nothing to say; they live until the next call.  A
 * screen can ask for each frame and each entry: Postfix is asked again after a minute, and a table is read again when
 * its file is another one. */
const char *leftovers_lines(struct ward *w, const char *name);
void leftovers_forget(struct ward *w);

#endif
