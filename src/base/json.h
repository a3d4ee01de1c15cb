/*
 * json: writing JSON, one object a line.
 *
 * json_add_string() spells strings as RFC 8785 wants them (only \" \\ \b \f
 * \n \r \t and \u00xx with lower-case hex), since the audit log hashes what
 * is written.  A json_line, which is for readers, puts the commas; keys come in the caller's order.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

struct str;

void json_add_string(struct str *out, const char *text, size_t len);

/* The same value in a spelling that a terminal may show: what is not seen (base/utf8.h) becomes \uXXXX too, and a byte
 * that is no UTF-8, of which JSON knows nothing, U+FFFD.  A json_line writes its texts so. */
void json_add_shown(struct str *out, const char *text);

/* A line that is JSON already, spelled so: the same value, and one line whatever stands in it. */
void json_show_line(struct str *out, const char *line, size_t len);

struct json_line {
	struct str *out;
	int any;
};

/* A key is a word of the program, in which nothing is to be escaped. */
struct json_line json_begin(struct str *out); /* writes { */
void json_text(struct json_line *j, const char *key, const char *text);
void json_int(struct json_line *j, const char *key, int64_t value);
void json_bool(struct json_line *j, const char *key, int value);
void json_add_null(struct json_line *j, const char *key);
void json_time(struct json_line *j, const char *key, int64_t t); /* RFC 3339; null for 0 */
void json_key(struct json_line *j, const char *key); /* the value follows by hand */
void json_end(struct json_line *j);		     /* writes } */

#endif
