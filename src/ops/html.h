/*
 * html: texts of others on a page: escaped so that they are text and nothing else.
 */
#ifndef OPS_HTML_H
#define OPS_HTML_H

#include <stdint.h>

struct str;

/* Text of any bytes: & < > " ' become entities, LF is <br>, what is not seen (base/escape.h) \DDD. */
void html_add(struct str *out, const char *text);

/* A row of a table: cells up to NULL, each escaped. */
void html_add_row(struct str *out, const char *cell, ...) __attribute__((sentinel));

/* "2026-05-02", local. */
enum { HTML_DAY = 16 };
char *html_day(char out[HTML_DAY], int64_t ms);

void html_begin(struct str *out, const char *title);
void html_begin_styled(struct str *out, const char *title, const char *style); /* with a style of its own */
void html_end(struct str *out);

#endif
