#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "ui/key.h"

static int control(char letter)
{
	return letter & 0x1f;
}

static int is_middle(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80; /* of a UTF-8 sequence */
}

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label,
		 const char *initial)
{
	prompt_clear(p);
	p->kind = kind;
	snprintf(p->label, sizeof p->label, "%s", label);
	str_add(&p->text, initial);
	p->at = p->text.len;
}

void prompt_clear(struct prompt *p)
{
	str_clear(&p->text);
	free(p->typed);
	*p = (struct prompt){0};
}

static void set_text(struct prompt *p, const char *text)
{
	str_truncate(&p->text, 0);
	str_add(&p->text, text);
	p->at = p->text.len;
}

static enum prompt_did cut(struct prompt *p, size_t from, size_t to)
{
	if (from == to)
		return PROMPT_NOTHING;
	memmove(p->text.bytes + from, p->text.bytes + to, p->text.len - to);
	str_truncate(&p->text, p->text.len - (to - from));
	p->at = from;
	return PROMPT_CHANGED;
}

static enum prompt_did insert(struct prompt *p, const char *bytes, size_t len)
{
	size_t tail = p->text.len - p->at;

	if (len == 0 || p->text.len + len > PROMPT_MAX)
		return PROMPT_NOTHING;
	str_add_bytes(&p->text, bytes, len); /* makes the room */
	memmove(p->text.bytes + p->at + len, p->text.bytes + p->at, tail);
	memcpy(p->text.bytes + p->at, bytes, len);
	p->at += len;
	return PROMPT_CHANGED;
}

void prompt_type(struct prompt *p, const char *text)
{
	insert(p, text, strlen(text));
}

/* A paste becomes one line: what is no printable byte ends a word. */
static enum prompt_did insert_paste(struct prompt *p, const struct key *k)
{
	struct str line = {0};
	enum prompt_did did;

	for (size_t i = 0; i < k->len; i++) {
		unsigned char c = (unsigned char)k->text[i];

		if (c >= 0x20 && c != 0x7f)
			str_add_char(&line, (char)c);
		else if (line.len && line.bytes[line.len - 1] != ' ')
			str_add_char(&line, ' ');
	}
	while (line.len && line.bytes[line.len - 1] == ' ')
		str_truncate(&line, line.len - 1);
	did = insert(p, str_text(&line), line.len);
	str_clear(&line);
	return did;
}

static size_t before(const struct prompt *p)
{
	size_t at = p->at;

	if (at > 0)
		at--;
	while (at > 0 && is_middle(p->text.bytes[at]))
		at--;
	return at;
}

static size_t behind(const struct prompt *p)
{
	size_t at = p->at;

	if (at < p->text.len)
		at++;
	while (at < p->text.len && is_middle(p->text.bytes[at]))
		at++;
	return at;
}

static size_t word_before(const struct prompt *p)
{
	size_t at = p->at;

	while (at > 0 && p->text.bytes[at - 1] == ' ')
		at--;
	while (at > 0 && p->text.bytes[at - 1] != ' ')
		at--;
	return at;
}

static enum prompt_did look_back(struct prompt *p, int step)
{
	const struct history *h = p->history;

	if (!h || (step > 0 && p->back >= h->n) || (step < 0 && p->back == 0))
		return PROMPT_NOTHING;
	if (p->back == 0) {
		free(p->typed);
		p->typed = mem_copy_string(str_text(&p->text));
	}
	p->back += (size_t)(long)step;
	set_text(p, p->back ? h->line[h->n - p->back] : p->typed);
	return PROMPT_CHANGED;
}

static enum prompt_did go(struct prompt *p, size_t at)
{
	if (at == p->at)
		return PROMPT_NOTHING;
	p->at = at;
	return PROMPT_MOVED;
}

static enum prompt_did edit(struct prompt *p, const struct key *k)
{
	char byte = (char)k->code;

	switch (k->code) {
	case CODE_LEFT:
	case 'B' & 0x1f:
		return go(p, before(p));
	case CODE_RIGHT:
	case 'F' & 0x1f:
		return go(p, behind(p));
	case CODE_HOME:
	case 'A' & 0x1f:
		return go(p, 0);
	case CODE_END:
	case 'E' & 0x1f:
		return go(p, p->text.len);
	case CODE_BACKSPACE:
		return cut(p, before(p), p->at);
	case CODE_DELETE:
	case 'D' & 0x1f:
		return cut(p, p->at, behind(p));
	case 'U' & 0x1f:
		return cut(p, 0, p->at);
	case 'K' & 0x1f:
		return cut(p, p->at, p->text.len);
	case 'W' & 0x1f:
		return cut(p, word_before(p), p->at);
	case CODE_UP:
	case 'P' & 0x1f:
		return look_back(p, 1);
	case CODE_DOWN:
	case 'N' & 0x1f:
		return look_back(p, -1);
	case CODE_PASTE:
		return p->kind == PROMPT_TEXT ? insert_paste(p, k) : PROMPT_NOTHING;
	}
	if (k->code < 0x20 || k->code > 0xff || k->code == 0x7f)
		return PROMPT_NOTHING;
	if (p->kind == PROMPT_NUMBER && (k->code < '0' || k->code > '9') && k->code != ',')
		return PROMPT_NOTHING;
	return insert(p, &byte, 1);
}

/* The number as it was asked for, with or without its commas. */
static int is_number(const struct prompt *p)
{
	uint64_t n = 0;
	size_t digits = 0;

	for (size_t i = 0; i < p->text.len; i++)
		if (p->text.bytes[i] != ',') {
			if (++digits > 15)
				return 0;
			n = n * 10 + (uint64_t)(p->text.bytes[i] - '0');
		}
	return digits > 0 && n == p->number;
}

enum prompt_did prompt_feed(struct prompt *p, const struct key *k)
{
	char letter[2] = {(char)k->code, '\0'};

	if (k->code == CODE_ESCAPE || k->code == control('G') || k->code == control('C'))
		return PROMPT_CANCELLED;
	switch (p->kind) {
	case PROMPT_CONFIRM:
		if (k->code == CODE_PASTE || k->code == CODE_UNKNOWN)
			return PROMPT_NOTHING;
		if (k->code != 'y' && k->code != 'Y')
			return PROMPT_CANCELLED;
		set_text(p, "y");
		return PROMPT_DONE;
	case PROMPT_LETTER:
		if (k->code == CODE_ENTER)
			return PROMPT_CANCELLED;
		if (k->code <= 0x20 || k->code > 0x7e || !strchr(p->letters, k->code))
			return PROMPT_NOTHING;
		set_text(p, letter);
		return PROMPT_DONE;
	case PROMPT_NUMBER:
		if (k->code == CODE_ENTER)
			return is_number(p) ? PROMPT_DONE : PROMPT_CANCELLED;
		return edit(p, k);
	case PROMPT_TEXT:
		if (k->code == CODE_ENTER) {
			if (p->history)
				history_add(p->history, str_text(&p->text));
			return PROMPT_DONE;
		}
		return edit(p, k);
	}
	return PROMPT_NOTHING;
}

/* Which part of the line is shown: from bytes behind the label are left out, and the label where it takes too
 * much of the room. */
struct shown {
	struct str line;
	size_t label, cursor, from;
};

static size_t room_of(int width)
{
	return width > 1 ? (size_t)width - 1 : 1;
}

static void lay_out(struct shown *s, const struct prompt *p, size_t room)
{
	*s = (struct shown){0};
	escape_add(&s->line, p->label, strlen(p->label));
	str_add_char(&s->line, ' ');
	s->label = s->line.len;
	escape_add(&s->line, str_text(&p->text), p->at);
	s->cursor = s->line.len;
	escape_add(&s->line, str_text(&p->text) + p->at, p->text.len - p->at);
	if (s->cursor > room) { /* the label stays while half of the room is left for the text */
		s->from = s->cursor - room;
		if (s->label > room / 2)
			s->label = 0;
	}
}

int prompt_show(const struct prompt *p, char *out, size_t size, int width)
{
	size_t room = room_of(width);
	struct shown s;

	lay_out(&s, p, room);
	if (s.from == 0)
		snprintf(out, size, "%.*s", (int)room, s.line.bytes);
	else
		snprintf(out, size, "%.*s%.*s", (int)s.label, s.line.bytes, (int)(room - s.label),
			 s.line.bytes + s.from + s.label);
	str_clear(&s.line);
	return (int)(s.cursor - s.from);
}

int prompt_column(const struct prompt *p, size_t at, int width)
{
	struct str before = {0};
	struct shown s;
	size_t column;

	lay_out(&s, p, room_of(width));
	escape_add(&before, p->label, strlen(p->label));
	str_add_char(&before, ' ');
	escape_add(&before, str_text(&p->text), at < p->text.len ? at : p->text.len);
	column = before.len > s.from + s.label ? before.len - s.from : s.label;
	str_clear(&s.line);
	str_clear(&before);
	return (int)column;
}

void history_add(struct history *h, const char *line)
{
	if (!*line || (h->n && strcmp(h->line[h->n - 1], line) == 0))
		return;
	if (h->n == PROMPT_HISTORY) {
		free(h->line[0]);
		memmove(h->line, h->line + 1, (PROMPT_HISTORY - 1) * sizeof *h->line);
		h->n--;
	}
	h->line[h->n++] = mem_copy_string(line);
}

void history_clear(struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->line[i]);
	h->n = 0;
}
