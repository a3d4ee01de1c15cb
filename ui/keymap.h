/*
 * keymap: which command a key means in a view, and how keys are named at the foot.
 */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include "cmd/keys.h"

struct list;
struct str;

/* N_KEYS when the key means nothing there. */
enum key_id keymap_find(int code, unsigned in);

/* The commands that every list answers itself; 1 when id was one of them. */
int keymap_move(struct list *l, enum key_id id);

/* How the foot tells of a key. */
enum hint { HINT_USUAL, HINT_FIRST, HINT_NOT };

/* "Enter open  l limit  d stage", as many whole ones as fit width: those that come first, then the usual ones, each in
 * the order of the table. */
void keymap_add_hints(struct str *out, unsigned in, const enum hint hint[N_KEYS], int width);

#endif
