/*
 * shorten: the bytes that ncurses writes for one picture of the screen, without those that say nothing.
 *
 * Pure.  On a slow line every byte is time.
 */
#ifndef UI_SHORTEN_H
#define UI_SHORTEN_H

#include <stddef.h>

struct str;

/* Shortens what stands behind byte `from`; rows is the height of the screen. */
void shorten_frame(struct str *out, size_t from, int rows);

#endif
