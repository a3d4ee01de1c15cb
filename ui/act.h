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

/* Stage, unstage, pin, unpin, notice, edit or reviewed on the n names, which are copied. */
void act_begin(struct console *c, enum key_id id, const char *const *names, size_t n);

/* Asks for a name and adds it. */
void act_add(struct console *c);
void act_add_name(struct console *c, const char *name);

/* Pins without questions: reason and date as words ("" for no date). */
void act_pin_words(struct console *c, const char *name, const char *reason, const char *until);

void act_free(struct act *a); /* NULL is allowed */

#endif
