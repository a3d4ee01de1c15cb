/*
 * letter: the letter to the customers of moved entries, filled in from a text with <DOMAIN> and the like.
 *
 * <DOMAIN> <CUSTOMER> <PRIMARY> <PREFERENCE> <RELAY> <DEADLINE> <TICKET> are replaced by what is known; what is not
 * known stays as it is, for whoever sends it.  A line with <RELAY> stands once for each MX of ours.
 */
#ifndef OPS_LETTER_H
#define OPS_LETTER_H

#include <stddef.h>

struct err;
struct str;
struct ward;

/* The text of a file; refused where files of the operator's choosing are. */
int letter_read(struct str *text, const struct ward *w, const char *file, struct err *e);

/* A letter for each of n names that has moved and whose customer has a deadline, with a form feed between them. */
int letters_add(struct str *out, struct ward *w, const char *const *names, size_t n, const char *text, struct err *e);

#endif
