/*
 * statement_picture: a story as a picture: inline SVG of plain shapes that stay apart on a grey print.
 */
#ifndef OPS_STATEMENT_PICTURE_H
#define OPS_STATEMENT_PICTURE_H

#include <stdint.h>

struct story;
struct str;

/* The calendar, what held in it, and the mail of each month above it; with its key. */
void picture_add(struct str *out, const struct story *s, int64_t until_ms);

/* The same on one line of a table, on the scale from_ms to until_ms. */
void picture_add_band(struct str *out, const struct story *s, int64_t from_ms, int64_t until_ms);

/* What the shades mean; s NULL: all of them, else those that it has. */
void picture_add_key(struct str *out, const struct story *s);

#endif
