/*
 * escape: the one function through which bytes of others reach a sink.
 *
 * Everything outside printable ASCII becomes \DDD (RFC 4343 2.1), a
 * backslash becomes \\, so the result is pure ASCII without control bytes
 * whatever came in from DNS, a file, the terminal or the environment.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>

struct str;

/* Writes at most size bytes with a NUL; what does not fit is cut at a whole escape. */
char *escape(char *out, size_t size, const void *in, size_t len);

void escape_add(struct str *out, const void *in, size_t len);

/* Text for people: UTF-8 that is seen stays, all else becomes \DDD.  A backslash stays too, since bytes that were
 * escaped before are text now; so the way back is not open.  _cells leaves TAB, _lines LF and TAB. */
void escape_add_line(struct str *out, const char *text);
void escape_add_cells(struct str *out, const char *text);
void escape_add_lines(struct str *out, const char *text);

/* One CSV cell (RFC 4180): quoted, `"` doubled, escaped as above, and a `'` before
 * a first byte of = + - @ | % so that no spreadsheet takes it for a formula. */
void escape_add_csv(struct str *out, const char *text);

/* The same without escapes, for a text that has no control bytes and whose bytes are wanted as they are. */
void escape_add_csv_text(struct str *out, const char *text);

/* The cell without the `'` that the guard put there.  A text that had one of its own before such a byte was guarded as
 * well, so what was written comes back. */
char *escape_take_guard(char *cell);
#define ESCAPE_FORMULA "=+-@|%"

/* True when every byte is 0x20 to 0x7e. */
int escape_is_plain(const void *in, size_t len);

#endif
