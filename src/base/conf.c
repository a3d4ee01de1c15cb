#include "base/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "base/utf8.h"

enum { MAX_FILE = 1024 * 1024, MAX_VALUE = 64 * 1024, MAX_KEY = 64, SHOWN = 61 };

struct parser {
	struct conf *conf;
	const char *file; /* in the arena */
	struct err *e;
	/* the item that is being read, continuation lines added as they come */
	const char *key; /* NULL: none yet */
	int line;
	struct str value;
};

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static const char *trim_end(const char *p, const char *end)
{
	while (end > p && is_blank(end[-1]))
		end--;
	return end;
}

/* Where the text of a line ends: before a `#` that begins it or stands behind a blank.  Such a
 * comment behind a value is more than main.cf allows, and no key has a value with " #" in it.
 */
static const char *comment_start(const char *p, const char *end)
{
	for (const char *q = p; q < end; q++)
		if (*q == '#' && (q == p || is_blank(q[-1])))
			return q;
	return end;
}

/* Bytes that no line may hold; on -1 *e names the place. */
static int check_bytes(const char *file, const char *text, size_t len, struct err *e)
{
	int line = 1;

	if (len > MAX_FILE)
		return err_set(e, ERR_CONFIG, "'%s' is larger than 1 MiB; is it the right file",
			       file);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			line++;
		else if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			return err_set(e, ERR_CONFIG, "%s:%d: a control byte \\%03u; remove it",
				       file, line, c);
	}
	if (!utf8_is_valid(text, len))
		return err_set(e, ERR_CONFIG, "'%s' is not valid UTF-8; convert it", file);
	return 0;
}

/* The whole of a file, at most MAX_FILE bytes and one more, which tells that it is too large.
 */
static int read_whole(struct str *out, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char buf[16384];
	ssize_t n;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	while (out->len <= MAX_FILE) {
		n = read(fd, buf, sizeof buf);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(e, errno, "cannot read '%s'", path);
			close(fd);
			return -1;
		}
		if (n == 0)
			break;
		str_add_bytes(out, buf, (size_t)n);
	}
	close(fd);
	return 0;
}

struct values {
	struct arena *arena;
	const char **value;
	size_t n, room;
};

static void add_value(struct values *v, const char *p, size_t len)
{
	if (v->n == v->room) {
		v->room = v->room ? v->room * 2 : 16;
		v->value = mem_array(v->value, v->room, sizeof *v->value);
	}
	v->value[v->n++] = arena_string(v->arena, p, len);
}

/* The next value of a text: *p is moved behind it.  NULL: no more. */
static const char *next_value(const char **p, const char *end, size_t *len)
{
	const char *start = *p, *stop;

	while (start < end && (is_blank(*start) || *start == ','))
		start++;
	stop = start;
	while (stop < end && !is_blank(*stop) && *stop != ',')
		stop++;
	*p = stop;
	*len = (size_t)(stop - start);
	return stop > start ? start : NULL;
}

static int add_list_lines(struct values *v, const char *file, const char *text, size_t size,
			  struct err *e)
{
	const char *end = text + size;
	int line = 0;

	for (const char *p = text; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *next = eol ? eol + 1 : end, *one;
		size_t len;

		line++;
		p = skip_blanks(p, eol ? eol : end);
		eol = comment_start(p, eol ? eol : end);
		while ((one = next_value(&p, eol, &len)) != NULL) {
			if (len > 5 && memcmp(one, "file:", 5) == 0)
				return err_set(e, ERR_CONFIG,
					       "%s:%d: a list cannot name another with 'file:'",
					       file, line);
			add_value(v, one, len);
		}
		p = next;
	}
	return 0;
}

/* The lines of the file that `file:PATH` names; a relative PATH starts where the naming file
 * lies. */
static int add_list(struct values *v, const struct conf_item *item, const char *path,
		    size_t len, struct err *e)
{
	const char *slash = strrchr(item->file, '/');
	struct str name = {0}, text = {0};
	struct err why;
	int r;

	if (len == 0)
		return err_set(e, ERR_CONFIG, "%s:%d: 'file:' without a path", item->file,
			       item->line);
	if (path[0] != '/' && slash)
		str_add_bytes(&name, item->file, (size_t)(slash - item->file) + 1);
	str_add_bytes(&name, path, len);
	r = read_whole(&text, str_text(&name), &why);
	if (r == 0)
		r = check_bytes(str_text(&name), str_text(&text), text.len, &why);
	if (r == 0)
		r = add_list_lines(v, str_text(&name), str_text(&text), text.len, &why);
	if (r != 0)
		err_set(e, why.code, "%s:%d: %s", item->file, item->line, why.text);
	str_clear(&name);
	str_clear(&text);
	return r;
}

static int cut_values(struct arena *a, struct conf_item *item, struct err *e)
{
	const char *p = item->text, *end = p + strlen(p), *one;
	struct values v = {.arena = a};
	size_t len;
	int r = 0;

	while (r == 0 && (one = next_value(&p, end, &len)) != NULL) {
		if (len >= 5 && memcmp(one, "file:", 5) == 0)
			r = add_list(&v, item, one + 5, len - 5, e);
		else
			add_value(&v, one, len);
	}
	if (r == 0 && v.n > 0) {
		item->value = arena_alloc(a, v.n * sizeof *v.value);
		memcpy(item->value, v.value, v.n * sizeof *v.value);
		item->n_values = v.n;
	}
	free(v.value);
	return r;
}

static void add_item(struct conf *c, const struct conf_item *item)
{
	c->item = mem_array(c->item, c->n_items + 1, sizeof *c->item);
	c->item[c->n_items++] = *item;
}

static int finish_item(struct parser *p)
{
	struct conf_item item = {.key = p->key, .file = p->file, .line = p->line};

	if (!p->key)
		return 0;
	p->key = NULL;
	if (p->value.len > MAX_VALUE)
		return err_set(p->e, ERR_CONFIG,
			       "%s:%d: the value of '%s' is longer than 64 KiB; "
			       "put it into a file and write 'file:PATH'",
			       p->file, p->line, item.key);
	item.text = arena_string(&p->conf->arena, str_text(&p->value), p->value.len);
	str_truncate(&p->value, 0);
	if (cut_values(&p->conf->arena, &item, p->e) != 0)
		return -1;
	add_item(p->conf, &item);
	return 0;
}

static int is_key(const char *p, size_t len)
{
	if (len == 0 || len > MAX_KEY)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
		      (p[i] >= '0' && p[i] <= '9') || p[i] == '-' || p[i] == '_'))
			return 0;
	return 1;
}

static int begin_item(struct parser *p, int line, const char *text, const char *end)
{
	const char *equals = memchr(text, '=', (size_t)(end - text));
	const char *key_end = trim_end(text, equals ? equals : end);
	const char *value;
	char shown[SHOWN];

	if (!equals || !is_key(text, (size_t)(key_end - text)))
		return err_set(p->e, ERR_CONFIG, "%s:%d: '%s' is not 'key = value'", p->file,
			       line, escape(shown, sizeof shown, text, (size_t)(end - text)));
	p->key = arena_string(&p->conf->arena, text, (size_t)(key_end - text));
	p->line = line;
	value = skip_blanks(equals + 1, end);
	str_add_bytes(&p->value, value, (size_t)(comment_start(value, end) - value));
	str_truncate(&p->value, (size_t)(trim_end(str_text(&p->value),
						  str_text(&p->value) + p->value.len) -
					 str_text(&p->value)));
	return 0;
}

/* One physical line without its LF.  Comments and empty lines do not end a value, as in
 * main.cf. */
static int read_line(struct parser *p, int line, const char *text, const char *end)
{
	const char *start = skip_blanks(text, end);

	end = trim_end(start, comment_start(start, end));
	if (start == end)
		return 0;
	if (start == text)
		return finish_item(p) != 0 ? -1 : begin_item(p, line, start, end);
	if (!p->key)
		return err_set(p->e, ERR_CONFIG,
			       "%s:%d: the line begins with a blank, but there is nothing "
			       "before it to continue",
			       p->file, line);
	if (p->value.len)
		str_add_char(&p->value, ' ');
	str_add_bytes(&p->value, start, (size_t)(end - start));
	return 0;
}

int conf_parse(struct conf *c, const char *name, const char *text, size_t len, struct err *e)
{
	struct parser p = {.conf = c, .e = e};
	const char *end = text + len;
	int line = 0, r = 0;

	*c = (struct conf){0};
	if (check_bytes(name, text, len, e) != 0)
		return -1;
	p.file = arena_string(&c->arena, name, strlen(name));
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (r == 0 && text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));

		r = read_line(&p, ++line, text, eol ? eol : end);
		text = eol ? eol + 1 : end;
	}
	if (r == 0)
		r = finish_item(&p);
	str_clear(&p.value);
	if (r != 0)
		conf_clear(c);
	return r;
}

int conf_parse_value(struct conf *c, const char *key, const char *text, const char *where,
		     struct err *e)
{
	const char *start = skip_blanks(text, text + strlen(text));
	struct conf_item item = {.line = 1};

	*c = (struct conf){0};
	if (strlen(text) > MAX_VALUE)
		return err_set(e, ERR_CONFIG,
			       "%s: the value is longer than 64 KiB; write 'file:PATH'", where);
	if (strchr(text, '\n'))
		return err_set(e, ERR_CONFIG, "%s: the value has more than one line", where);
	if (check_bytes(where, text, strlen(text), e) != 0)
		return -1;
	item.key = arena_string(&c->arena, key, strlen(key));
	item.file = arena_string(&c->arena, where, strlen(where));
	item.text = arena_string(&c->arena, start,
				 (size_t)(trim_end(start, start + strlen(start)) - start));
	if (cut_values(&c->arena, &item, e) != 0) {
		conf_clear(c);
		return -1;
	}
	add_item(c, &item);
	return 0;
}

int conf_read(struct conf *c, const char *path, struct err *e)
{
	struct str text = {0};
	int r;

	*c = (struct conf){0};
	r = read_whole(&text, path, e);
	if (r == 0)
		r = conf_parse(c, path, str_text(&text), text.len, e);
	str_clear(&text);
	return r;
}

void conf_clear(struct conf *c)
{
	free(c->item);
	arena_clear(&c->arena);
	*c = (struct conf){0};
}
