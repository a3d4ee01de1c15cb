/*
 * forms: the ways in which a command is used, out of its usage in the table: `audit list`, `audit key` and the rest.
 *
 * A form begins with its fixed words, such as `withhold note|operator`; most commands have one form, and no such words.
 */
#ifndef CMD_FORMS_H
#define CMD_FORMS_H

#include <stddef.h>

struct command;

enum { FORM_SIZE = 500 };

/* The i-th form without the command's name, on one line; 0 behind the last. */
int form_get(char out[FORM_SIZE], const struct command *c, size_t i);

/* How many fixed words it begins with, and the i-th of them: "list", "note|operator". */
size_t form_count_fixed(const char *form);
void form_get_fixed(char out[FORM_SIZE], const char *form, size_t i);

/* Whether the n words that were said, options and their values left out, can be the beginning of it. */
int form_fits(const char *form, const char *const *word, size_t n);

/* Whether it takes --name. */
int form_has_option(const char *form, const char *name);

#endif
