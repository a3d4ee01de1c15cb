#include "master.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "zone.h"

#define MAX_TOKENS 128
#define MAX_DATA   4096

struct token {
	const char *text;
	size_t len;
};

struct reader {
	const char *path;
	const char *at, *end;
	unsigned line;
	struct world *world;
	struct zone *zone; /* the one that the last SOA started */
	struct wname origin, owner;
	int has_origin, has_owner;
	uint32_t ttl;
	int has_ttl;
	/* One entry, which parentheses may spread over lines. */
	struct token tokens[MAX_TOKENS];
	size_t count, next;
	int blank_owner;
	unsigned entry_line;
};

static int complain(const struct reader *r, const char *what, const struct token *t)
{
	if (t)
		fprintf(stderr, "%s:%u: %s: '%.*s'\n", r->path, r->entry_line, what,
			(int)t->len, t->text);
	else
		fprintf(stderr, "%s:%u: %s\n", r->path, r->entry_line, what);
	return -1;
}

static int token_is(const struct token *t, const char *word)
{
	return t->len == strlen(word) && strncasecmp(t->text, word, t->len) == 0;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* One token from r->at on; quotes are taken off.  0, or -1 where a quote is left open. */
static int take_token(struct reader *r)
{
	struct token *t;

	if (r->count == MAX_TOKENS)
		return complain(r, "too many words in one entry", NULL);
	t = &r->tokens[r->count++];
	if (*r->at == '"') {
		t->text = ++r->at;
		while (r->at < r->end && *r->at != '"' && *r->at != '\n')
			r->at += *r->at == '\\' && r->end - r->at > 1 ? 2 : 1;
		if (r->at >= r->end || *r->at != '"')
			return complain(r, "a quote is left open", NULL);
		t->len = (size_t)(r->at++ - t->text);
		return 0;
	}
	t->text = r->at;
	while (r->at < r->end && !is_blank(*r->at) && !strchr("\n;()\"", *r->at))
		r->at += *r->at == '\\' && r->end - r->at > 1 ? 2 : 1;
	t->len = (size_t)(r->at - t->text);
	return 0;
}

/* The next entry that is not empty: 1, 0 at the end of the file, or -1. */
static int read_entry(struct reader *r)
{
	int depth = 0;

	for (;;) {
		if (r->at >= r->end)
			return 0;
		r->count = r->next = 0;
		r->entry_line = r->line;
		r->blank_owner = is_blank(*r->at);
		while (r->at < r->end) {
			char c = *r->at;

			if (c == '\n') {
				r->at++;
				r->line++;
				if (depth == 0)
					break;
			} else if (is_blank(c)) {
				r->at++;
			} else if (c == ';') {
				while (r->at < r->end && *r->at != '\n')
					r->at++;
			} else if (c == '(') {
				depth++;
				r->at++;
			} else if (c == ')') {
				if (depth-- == 0)
					return complain(
						r,
						"a closing parenthesis without an opening one",
						NULL);
				r->at++;
			} else if (take_token(r) != 0) {
				return -1;
			}
		}
		if (depth)
			return complain(r, "a parenthesis is left open", NULL);
		if (r->count)
			return 1;
	}
}

static const struct token *next_token(struct reader *r)
{
	return r->next < r->count ? &r->tokens[r->next++] : NULL;
}

static int read_name(struct reader *r, const struct token *t, struct wname *n)
{
	if (!t)
		return complain(r, "a name is missing", NULL);
	if (t->len == 1 && t->text[0] == '@') {
		if (!r->has_origin)
			return complain(r, "'@' before any $ORIGIN", NULL);
		*n = r->origin;
		return 0;
	}
	if (!r->has_origin && t->text[t->len ? t->len - 1 : 0] != '.')
		return complain(r, "a relative name before any $ORIGIN", t);
	if (wname_parse(n, t->text, t->len, &r->origin) != 0)
		return complain(r, "this is no domain name", t);
	return 0;
}

/* A number, or a time such as 1h30m where units are allowed.  0, or -1 without a word. */
static int read_number(const struct token *t, int units, uint64_t max, uint32_t *out)
{
	uint64_t sum = 0, part = 0;
	int digits = 0;

	for (size_t i = 0; t && i < t->len; i++) {
		char c = t->text[i];
		const char *unit = strchr("smhdw", c | 0x20);

		if (c >= '0' && c <= '9') {
			part = part * 10 + (uint64_t)(c - '0');
			digits = 1;
		} else if (units && digits && unit && *unit) {
			sum += part * (*unit == 's'   ? 1
				       : *unit == 'm' ? 60
				       : *unit == 'h' ? 3600
				       : *unit == 'd' ? 86400
						      : 604800);
			part = 0;
			digits = 0;
		} else {
			return -1;
		}
		if (part > max || sum > max)
			return -1;
	}
	if (!t || t->len == 0 || sum + part > max)
		return -1;
	*out = (uint32_t)(sum + part);
	return 0;
}

static uint16_t type_of(const struct token *t)
{
	static const struct {
		const char *name;
		uint16_t type;
	} types[] = {{"SOA", TYPE_SOA},	    {"NS", TYPE_NS},   {"A", TYPE_A},
		     {"AAAA", TYPE_AAAA},   {"MX", TYPE_MX},   {"CNAME", TYPE_CNAME},
		     {"DNAME", TYPE_DNAME}, {"PTR", TYPE_PTR}, {"TXT", TYPE_TXT}};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (token_is(t, types[i].name))
			return types[i].type;
	return 0;
}

static int add_name(struct reader *r, uint8_t *data, size_t *used)
{
	struct wname n;

	if (read_name(r, next_token(r), &n) != 0)
		return -1;
	memcpy(data + *used, n.wire, n.len);
	*used += n.len;
	return 0;
}

static int add_number(struct reader *r, uint8_t *data, size_t *used, size_t bytes, int units)
{
	const struct token *t = next_token(r);
	uint32_t value;

	if (read_number(t, units, bytes == 2 ? 0xffff : 0xffffffff, &value) != 0)
		return complain(r, "a number is missing or too large", t);
	for (size_t i = bytes; i-- > 0; value >>= 8)
		data[*used + i] = (uint8_t)value;
	*used += bytes;
	return 0;
}

static int add_text(struct reader *r, uint8_t *data, size_t *used)
{
	const struct token *t = next_token(r);
	size_t length_at;

	if (!t)
		return complain(r, "TXT needs a text", NULL);
	for (; t; t = next_token(r)) {
		length_at = *used;
		if (*used + 256 >= MAX_DATA)
			return complain(r, "too much text", NULL);
		data[(*used)++] = 0;
		for (size_t i = 0; i < t->len; i++) {
			if (t->text[i] == '\\' && i + 1 < t->len)
				i++;
			if (data[length_at] == 255)
				return complain(r, "a text is longer than 255 characters",
						NULL);
			data[(*used)++] = (uint8_t)t->text[i];
			data[length_at]++;
		}
	}
	return 0;
}

static int add_address(struct reader *r, uint8_t *data, size_t *used, int family)
{
	const struct token *t = next_token(r);
	char text[64];

	if (!t || t->len >= sizeof(text))
		return complain(r, "an address is missing", t);
	memcpy(text, t->text, t->len);
	text[t->len] = '\0';
	if (inet_pton(family, text, data + *used) != 1)
		return complain(r, "this is no address", t);
	*used += family == AF_INET ? 4 : 16;
	return 0;
}

static int read_data(struct reader *r, uint16_t type, uint8_t *data, size_t *used)
{
	switch (type) {
	case TYPE_A:
		return add_address(r, data, used, AF_INET);
	case TYPE_AAAA:
		return add_address(r, data, used, AF_INET6);
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_DNAME:
	case TYPE_PTR:
		return add_name(r, data, used);
	case TYPE_MX:
		if (add_number(r, data, used, 2, 0) != 0)
			return -1;
		return add_name(r, data, used);
	case TYPE_TXT:
		return add_text(r, data, used);
	case TYPE_SOA:
		if (add_name(r, data, used) != 0 || add_name(r, data, used) != 0 ||
		    add_number(r, data, used, 4, 0) != 0)
			return -1;
		for (int i = 0; i < 4; i++)
			if (add_number(r, data, used, 4, 1) != 0)
				return -1;
		return 0;
	default:
		return -1;
	}
}

static int read_directive(struct reader *r)
{
	const struct token *word = next_token(r), *value = next_token(r);

	if (!value || next_token(r))
		return complain(r, "a directive takes one value", word);
	if (token_is(word, "$ORIGIN")) {
		if (read_name(r, value, &r->origin) != 0)
			return -1;
		wname_lower(&r->origin);
		r->has_origin = 1;
		return 0;
	}
	if (token_is(word, "$TTL")) {
		if (read_number(value, 1, 0x7fffffff, &r->ttl) != 0)
			return complain(r, "this is no time", value);
		r->has_ttl = 1;
		return 0;
	}
	return complain(r, "unknown directive (there are $ORIGIN and $TTL)", word);
}

static int read_record(struct reader *r)
{
	uint8_t data[MAX_DATA];
	size_t used = 0;
	const struct token *t;
	uint32_t ttl = r->ttl;
	int has_ttl = r->has_ttl;
	uint16_t type;

	if (!r->blank_owner) {
		if (read_name(r, next_token(r), &r->owner) != 0)
			return -1;
		wname_lower(&r->owner);
		r->has_owner = 1;
	} else if (!r->has_owner) {
		return complain(r, "the first record has no owner", NULL);
	}
	/* TTL and class may stand in either order before the type. */
	for (t = next_token(r); t; t = next_token(r)) {
		if (token_is(t, "IN"))
			continue;
		if (read_number(t, 1, 0x7fffffff, &ttl) != 0)
			break;
		has_ttl = 1;
	}
	if (!t || (type = type_of(t)) == 0)
		return complain(r, "unknown type", t);
	if (!has_ttl)
		return complain(r, "no TTL: neither here nor by $TTL", NULL);
	if (read_data(r, type, data, &used) != 0)
		return -1;
	if ((t = next_token(r)) != NULL)
		return complain(r, "more data than the type takes", t);
	if (type == TYPE_SOA && (r->zone = world_add_zone(r->world, &r->owner)) == NULL)
		return complain(r, "this zone was given before", NULL);
	if (!r->zone)
		return complain(r, "a record before any SOA", NULL);
	if (world_add_rr(r->world, r->zone, &r->owner, type, ttl, data, used) != 0)
		return complain(r,
				"not in the zone that the last SOA started, or beside a CNAME",
				NULL);
	return 0;
}

static char *read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	char *bytes = NULL;
	size_t room = 0, got;

	*len = 0;
	if (!in)
		return NULL;
	do {
		if (*len == room) {
			char *more = realloc(bytes, room = room ? room * 2 : 65536);

			if (!more) {
				free(bytes);
				fclose(in);
				return NULL;
			}
			bytes = more;
		}
		got = fread(bytes + *len, 1, room - *len, in);
		*len += got;
	} while (got);
	if (ferror(in)) {
		free(bytes);
		bytes = NULL;
	}
	fclose(in);
	return bytes;
}

static int load_file(struct world *w, const char *path)
{
	struct reader r = {.path = path, .world = w, .line = 1};
	size_t len;
	char *bytes = read_file(path, &len);
	int rc;

	if (!bytes) {
		fprintf(stderr, "worldd: cannot read '%s': %s\n", path, strerror(errno));
		return -1;
	}
	r.at = bytes;
	r.end = bytes + len;
	while ((rc = read_entry(&r)) == 1) {
		rc = r.tokens[0].text[0] == '$' && !r.blank_owner ? read_directive(&r)
								  : read_record(&r);
		if (rc != 0)
			break;
	}
	free(bytes);
	return rc;
}

static int is_zone_file(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 5 && strcmp(d->d_name + len - 5, ".zone") == 0;
}

int master_load(struct world *w, const char *path)
{
	struct dirent **names;
	struct stat st;
	int count, rc = 0;

	if (stat(path, &st) != 0) {
		fprintf(stderr, "worldd: cannot read '%s': %s\n", path, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return load_file(w, path);
	count = scandir(path, &names, is_zone_file, alphasort);
	if (count < 0) {
		fprintf(stderr, "worldd: cannot read '%s': %s\n", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		char file[4096];

		if (snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) >=
		    (int)sizeof(file))
			rc = -1;
		else if (rc == 0)
			rc = load_file(w, file);
		free(names[i]);
	}
	free(names);
	return rc;
}
