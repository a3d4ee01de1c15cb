/*
 * The ways out: whatever text goes to a reader, he gets text.  Each sink's output is read back as its reader would.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "fuzz/targets.h"
#include "mta/ldap_text.h"
#include "mta/pgsql_text.h"
#include "ops/html.h"

static int is_ascii(const struct str *s)
{
	return escape_is_plain(str_text(s), s->len);
}

static void to_people(const char *text)
{
	struct str out = {0}, again = {0};
	const char *p;
	size_t n;

	escape_add_line(&out, text);
	for (p = str_text(&out); *p; p += n) {
		n = utf8_length(p, strlen(p));
		FUZZ_ASSERT(n > 0 && utf8_is_shown(utf8_code(p, n)));
	}
	escape_add_line(&again, str_text(&out));
	FUZZ_ASSERT(strcmp(str_text(&out), str_text(&again)) == 0);
	str_truncate(&out, 0);
	html_add(&out, text);
	for (p = str_text(&out); *p; p++)
		FUZZ_ASSERT(*p != '"' && *p != '\'' && (*p != '<' || strncmp(p, "<br>", 4) == 0) &&
			    (*p != '>' || (p > str_text(&out) && p[-1] == 'r')));
	str_clear(&out);
	str_clear(&again);
}

static void to_json(const char *text)
{
	struct str out = {0}, canonical = {0}, shown = {0};
	json_error_t why;
	json_t *value;

	json_add_shown(&out, text);
	json_add_string(&canonical, text, strlen(text));
	json_show_line(&shown, canonical.bytes, canonical.len);
	FUZZ_ASSERT(strcmp(str_text(&shown), str_text(&out)) == 0);
	str_clear(&canonical);
	str_clear(&shown);
	value = json_loadb(out.bytes, out.len, JSON_DECODE_ANY, &why);
	FUZZ_ASSERT(value && json_is_string(value));
	if (utf8_is_valid(text, strlen(text)))
		FUZZ_ASSERT(strcmp(json_string_value(value), text) == 0);
	json_decref(value);
	str_clear(&out);
}

/* Between its quotes; the doubled ones are one. */
static void undo_cell(struct str *cell, const struct str *out)
{
	FUZZ_ASSERT(out->len >= 2 && out->bytes[0] == '"' && out->bytes[out->len - 1] == '"');
	for (size_t i = 1; i + 1 < out->len; i++) {
		if (out->bytes[i] == '"')
			FUZZ_ASSERT(i + 2 < out->len && out->bytes[++i] == '"');
		str_add_char(cell, out->bytes[i]);
	}
}

static void to_csv(const char *text)
{
	struct str out = {0}, cell = {0};

	escape_add_csv(&out, text);
	FUZZ_ASSERT(is_ascii(&out));
	undo_cell(&cell, &out);
	FUZZ_ASSERT(!cell.len || !strchr(ESCAPE_FORMULA, cell.bytes[0]));
	str_truncate(&out, 0);
	str_truncate(&cell, 0);
	escape_add_csv_text(&out, text);
	undo_cell(&cell, &out);
	FUZZ_ASSERT(strcmp(cell.len ? escape_take_guard(cell.bytes) : "", text) == 0);
	str_clear(&out);
	str_clear(&cell);
}

/* No byte that means something to a directory stands bare; an element of an array ends where it should. */
static void to_engines(const char *text)
{
	struct str out = {0};

	ldap_text_add_filter_value(&out, text);
	FUZZ_ASSERT(!out.len || !strpbrk(out.bytes, "*()"));
	str_truncate(&out, 0);
	ldap_text_add_dn(&out, text, "o=x");
	FUZZ_ASSERT(!strpbrk(str_text(&out), "\"+;<>") && strchr(str_text(&out), ',') == out.bytes + out.len - 4);
	str_truncate(&out, 0);
	pgsql_text_add_element(&out, 1, text);
	for (size_t i = 1; i < out.len; i++) {
		if (out.bytes[i] == '\\')
			i++;
		else
			FUZZ_ASSERT(out.bytes[i] != '"' || i + 1 == out.len);
	}
	str_truncate(&out, 0);
	if (pgsql_text_add_table(&out, text) == 0)
		FUZZ_ASSERT(is_ascii(&out) && !strpbrk(out.bytes, " ';\\"));
	str_clear(&out);
}

void fuzz_sink(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1), cut[40];

	memcpy(text, bytes, len);
	text[len] = '\0';
	escape(cut, sizeof cut, bytes, len);
	FUZZ_ASSERT(escape_is_plain(cut, strlen(cut)));
	to_people(text);
	to_json(text);
	to_csv(text);
	to_engines(text);
	free(text);
}
