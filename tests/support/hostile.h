/*
 * hostile: names and texts such as careless imports, customers, name servers, senders of mail and people at a keyboard
 * bring; and what may come out of a sink that was given them.
 *
 * The judges know nothing of the program's own escaping: each reads what a sink wrote as its reader would.
 */
#ifndef SUPPORT_HOSTILE_H
#define SUPPORT_HOSTILE_H

#include <stddef.h>

struct hostile {
	const char *what, *text; /* never a NUL within; tests that can hold one add it */
};

extern const struct hostile hostile[];
extern const size_t n_hostile;

/* All of them in one, with sep between; static. */
const char *hostile_all(const char *sep);

/* The text as one label of a master file, every byte as \DDD, cut after 63 bytes; static, overwritten by the next. */
const char *hostile_label(const char *text);

/* Fails the test unless a person's terminal could do nothing but show it: printable ASCII, valid UTF-8 without controls,
 * marks of direction and what has no width, TAB and ends of lines.  where is for the message. */
void hostile_must_be_seen(const char *out, const char *where);

/* The same of what was sent to a terminal by the console: printable ASCII, and sequences that ncurses sends. */
void hostile_must_be_ours(const char *bytes, size_t len);

/* Cells of a CSV text (RFC 4180), strictly: -1 and a failed test where it is none.  A row's cells lie in cell[], NULL at
 * the end; *at moves on.  0 at the end. */
enum { HOSTILE_CELLS = 24, HOSTILE_CELL = 6000 };
int hostile_csv_row(const char **at, char cell[HOSTILE_CELLS][HOSTILE_CELL]);

/* Fails the test when a spreadsheet would compute the cell; takes the guard off and undoes \DDD and \\. */
void hostile_csv_undo(char *cell);

/* The marks of a page without the texts between: what must not depend on any text; to be freed.  Fails the test where
 * something is no mark, or an entity is none. */
char *hostile_marks(const char *page);

#endif
