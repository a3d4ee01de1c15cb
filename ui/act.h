/*
 * act: changes from the keyboard: what they ask first, and to how many names they apply.
 *
 * An act is one change on its way through its questions; there is one at a time, since
 * questions are modal.
 */
#ifndef UI_ACT_H
#define UI_ACT_H

#include <stddef.h>

#include "cmd/keys.h"

struct act;
struct console;

/* Whether a key is such a change: stage, unstage, pin, unpin, notice, edit, reviewed or out of a brownout. */
int act_is(enum key_id id);

/* That change on the n names, which are copied. */
void act_begin(struct console *c, enum key_id id, const char *const *names, size_t n);

/* Asks for a name, which may be there to begin with, and adds it. */
void act_add(struct console *c, const char *initial);

void act_free(struct act *a); /* NULL is allowed */

#endif
