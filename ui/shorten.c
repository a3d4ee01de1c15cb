#include "ui/shorten.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { PARAMS_MAX = 16 };

/* What terminals are told: one letter, control or sequence. */
struct token {
	const char *at;
	size_t len;
	char final; /* of a sequence; the letter or the control itself otherwise */
	enum {
		LETTER, /* one printable ASCII */
		CONTROL,
		ESCAPE, /* and one letter */
		CSI,    /* with numbers only */
		NEUTRAL, /* moves nothing and scrolls nothing */
		OTHER,
	} kind;
	int param[PARAMS_MAX], n; /* -1: left out */
};

static void read_csi(struct token *t, const char *p, size_t n)
{
	size_t i = 2;
	int is_private = n > 2 && p[2] == '?';

	t->kind = OTHER;
	t->n = 0;
	for (i += (size_t)is_private; i < n && t->n < PARAMS_MAX; i++) {
		int value = -1;

		for (; i < n && p[i] >= '0' && p[i] <= '9'; i++)
			value = (value < 0 ? 0 : value < 10000 ? value : 1000) * 10 + (p[i] - '0');
		t->param[t->n++] = value;
		if (i < n && p[i] != ';')
			break;
	}
	if (i >= n || p[i] < 0x40 || p[i] > 0x7e)
		return;
	t->len = i + 1;
	t->final = p[i];
	if (!is_private)
		t->kind = strchr("nc", t->final) ? NEUTRAL : CSI;
	else if (strchr("hl", t->final) && t->n == 1 && t->param[0] != 1049 && t->param[0] != 1047 && t->param[0] != 47 &&
		 t->param[0] != 6)
		t->kind = NEUTRAL;
}

static void read_token(struct token *t, const char *p, size_t n)
{
	*t = (struct token){.at = p, .len = 1, .final = *p, .kind = OTHER};
	if (*p == '\033' && n >= 2 && p[1] == '[')
		read_csi(t, p, n);
	else if (*p == '\033' && n >= 3 && (p[1] == '(' || p[1] == ')'))
		t->len = 3;
	else if (*p == '\033' && n >= 2) {
		t->len = 2;
		t->final = p[1];
		t->kind = strchr("=>", p[1]) ? NEUTRAL : ESCAPE;
	} else if (*p >= 0x20 && *p <= 0x7e)
		t->kind = LETTER;
	else if (strchr("\r\n\b\t", *p) && *p)
		t->kind = CONTROL;
}

/* Line drawing is never used, so that choosing the plain character set again, which many terminals' sgr and sgr0 do
 * each time, says nothing. */
static int says_nothing(const char *p, size_t n, size_t *len)
{
	*len = *p == '\017' ? 1 : 3;
	return *p == '\017' || (n >= 3 && memcmp(p, "\033(B", 3) == 0);
}

static int number(const struct token *t, int i)
{
	return i < t->n && t->param[i] > 0 ? t->param[i] : 1;
}

static void forget(struct shorten *s)
{
	s->row = s->col = 0;
}

static void copy(struct str *out, const struct token *t)
{
	str_add_bytes(out, t->at, t->len);
}

/* --- where --- */

static void go(struct shorten *s, struct str *out, int row, int col)
{
	if (row == s->row && col == s->col)
		return;
	if (row == s->row && col == 1)
		str_add(out, "\r");
	else if (row == 1 && col == 1)
		str_add(out, "\033[H");
	else if (row == s->row && s->has_columns && s->col <= s->cols)
		str_addf(out, "\033[%dG", col);
	else if (col == 1)
		str_addf(out, "\033[%dH", row);
	else
		str_addf(out, "\033[%d;%dH", row, col);
	s->row = row;
	s->col = col;
}

static void release(struct shorten *s, struct str *out)
{
	if (s->top)
		str_add(out, "\0337\033[r\0338"); /* setting a region moves the cursor */
	s->top = 0;
}

void shorten_forget(struct shorten *s)
{
	forget(s);
	s->is_plain = 0;
}

void shorten_end(struct shorten *s, struct str *out)
{
	if (s->top)
		str_add(out, "\033[r");
	s->top = 0;
	shorten_forget(s);
}

/* A step of n lines up or down that ncurses believes to be free of a region. */
static void step(struct shorten *s, struct str *out, const struct token *t, int n)
{
	int to = s->row + n, scrolls = t->final == '\n' || t->final == 'M';
	int crosses = n > 0 ? s->row <= s->bottom && to > s->bottom : s->row >= s->top && to < s->top;

	if (s->top && s->row && to >= 1 && to <= s->rows && crosses && s->has_columns) {
		str_addf(out, "\033[%dd", to);
		s->row = to;
		return;
	}
	if (s->top && (!s->row || crosses || (scrolls && (to < 1 || to > s->rows))))
		release(s, out);
	copy(out, t);
	if (s->row)
		s->row = to < 1 ? 1 : to > s->rows ? s->rows : to;
}

/* --- how letters look --- */

struct look {
	int param[PARAMS_MAX], n, is_reset;
};

/* 0 when it is more than this remembers. */
static int add_look(struct look *l, const struct token *t)
{
	for (int i = 0; i < t->n; i++) {
		int take = 1;

		if (t->param[i] <= 0) {
			l->n = 0;
			l->is_reset = 1;
			continue;
		}
		if (t->param[i] == 10) /* how a Linux console chooses the plain character set */
			continue;
		if (t->param[i] == 38 || t->param[i] == 48) /* a colour of a palette, or of three numbers */
			take = i + 1 < t->n && t->param[i + 1] == 2 ? 5 : 3;
		if (i + take > t->n || l->n + take > PARAMS_MAX)
			return 0;
		memcpy(l->param + l->n, t->param + i, (size_t)take * sizeof *l->param);
		l->n += take;
		i += take - 1;
	}
	return 1;
}

/* Sequences that follow one another are one, and what is plain is not made so again.  Returns the bytes read. */
static size_t look(struct shorten *s, struct str *out, const struct token *first, size_t n)
{
	struct look l = {0}, before;
	struct token t = *first;
	size_t used = 0, skip;

	do {
		before = l;
		if (!add_look(&l, &t)) {
			if (used) {
				l = before;
				break;
			}
			copy(out, &t);
			s->is_plain = 0;
			return t.len;
		}
		used += t.len;
		while (used < n && says_nothing(first->at + used, n - used, &skip))
			used += skip;
		if (used < n)
			read_token(&t, first->at + used, n - used);
	} while (used < n && t.kind == CSI && t.final == 'm');
	if (l.is_reset && s->is_plain)
		l.is_reset = 0;
	else if (l.is_reset)
		s->is_plain = 1;
	if (l.n == 0 && !l.is_reset)
		return used;
	str_add(out, "\033[");
	if (l.n && l.is_reset)
		str_add(out, "0;");
	for (int i = 0; i < l.n; i++)
		str_addf(out, "%s%d", i ? ";" : "", l.param[i] > 0 ? l.param[i] : 0);
	str_add(out, "m");
	s->is_plain = s->is_plain && l.n == 0;
	return used;
}

/* --- scrolling --- */

static int is_whole(const struct shorten *s, const struct token *t)
{
	return t->kind == CSI && t->final == 'r' && (t->n < 2 || (number(t, 0) == 1 && t->param[1] == s->rows));
}

/* ncurses scrolls lines in one way: [save] set region [restore] [move] scroll, all lines again; where its cursor is
 * afterwards it does not know.  The scrolling alone is said when the region stands already.  Returns the bytes read, 0
 * when it is something else. */
static size_t scroll(struct shorten *s, struct str *out, const char *p, size_t n)
{
	struct token t, how = {0};
	size_t used = 0, times = 0;
	int top, bottom, is_up;

	if (!s->keeps_region)
		return 0;
	read_token(&t, p, n);
	if (t.kind == ESCAPE && t.final == '7') {
		used = t.len;
		if (used >= n)
			return 0;
		read_token(&t, p + used, n - used);
	}
	if (t.kind != CSI || t.final != 'r' || t.n != 2 || is_whole(s, &t))
		return 0;
	top = number(&t, 0);
	bottom = number(&t, 1);
	for (used += t.len; used < n; used += t.len) {
		read_token(&t, p + used, n - used);
		if (is_whole(s, &t))
			break;
		if (t.final == '\n' || (t.kind == ESCAPE && t.final == 'M') || (t.kind == CSI && strchr("ST", t.final))) {
			if (times && t.final != how.final)
				return 0;
			how = t;
			times++;
		} else if (times || !(t.final == '\r' || (t.kind == ESCAPE && t.final == '8') ||
				      (t.kind == CSI && strchr("Hd", t.final)))) {
			return 0;
		}
	}
	if (used >= n || !times)
		return 0;
	is_up = how.final == '\n' || how.final == 'S';
	if (s->top != top || s->bottom != bottom) {
		str_addf(out, "\033[%d;%dr", top, bottom);
		forget(s);
	}
	s->top = top;
	s->bottom = bottom;
	go(s, out, is_up ? bottom : top, 1);
	while (times--)
		copy(out, &how);
	return used + t.len;
}

/* --- all --- */

static void letters(struct shorten *s, struct str *out, const struct token *t, int n)
{
	int was_at_end = s->col > s->cols;

	copy(out, t);
	if (s->col)
		s->col += n;
	/* Terminals differ in what they do at the end of a line; a VT100 stays on it until the next letter. */
	if (s->col > s->cols + s->keeps_region || was_at_end)
		forget(s);
}

static void control(struct shorten *s, struct str *out, const struct token *t)
{
	switch (t->final) {
	case '\n':
		step(s, out, t, 1);
		return;
	case '\r':
		if (s->col == 1)
			return;
		s->col = 1;
		break;
	case '\b':
		s->col -= s->col > 1;
		break;
	default: /* a tab */
		s->col = 0;
	}
	copy(out, t);
}

static void move_along(struct shorten *s, int by)
{
	if (s->col > s->cols)
		s->col = 0;
	if (s->col)
		s->col = s->col + by < 1 ? 1 : s->col + by > s->cols ? s->cols : s->col + by;
}

static void csi(struct shorten *s, struct str *out, const struct token *t)
{
	int n = number(t, 0);

	switch (t->final) {
	case 'H':
		go(s, out, n, number(t, 1));
		return;
	case 'd':
		if (s->row == n)
			return;
		s->row = n;
		break;
	case 'G':
		if (s->col == n)
			return;
		s->col = n;
		break;
	case 'A':
		step(s, out, t, -n);
		return;
	case 'B':
		step(s, out, t, n);
		return;
	case 'C':
		move_along(s, n);
		break;
	case 'D':
		move_along(s, -n);
		break;
	case 'b': /* the last letter n times more */
		letters(s, out, t, n);
		return;
	case 'J': /* a screen that is cleared begins anew, whatever became of the terminal meanwhile */
		if (s->row == 1 && s->col == 1 && s->keeps_region) {
			if (s->list_top)
				str_addf(out, "\033[%d;%dr", s->list_top, s->list_bottom);
			else
				str_add(out, "\033[r");
			s->top = s->list_top;
			s->bottom = s->list_bottom;
		}
		break;
	case 'P': /* letters deleted and inserted: VT220 and its kin do nothing outside of the region */
	case '@':
		if (s->row < s->top || s->row > s->bottom)
			release(s, out);
		break;
	case 'K':
	case 'X':
		break;
	case 'r':
		if (is_whole(s, t)) {
			str_add(out, "\033[r");
			s->top = 0;
			forget(s);
			return;
		}
		/* fall through */
	default: /* inserted and deleted lines, and what nobody thought of */
		release(s, out);
		forget(s);
	}
	copy(out, t);
}

static void other(struct shorten *s, struct str *out, const struct token *t)
{
	if (t->kind == ESCAPE && t->final == 'M') {
		step(s, out, t, -1);
		return;
	}
	if (t->kind != NEUTRAL) {
		if ((unsigned char)*t->at < 0x80)
			release(s, out);
		forget(s);
	}
	copy(out, t);
}

void shorten_frame(struct shorten *s, struct str *out, size_t from)
{
	size_t n = out->len - from, used;
	char *raw = mem_alloc(n + 1);
	struct token t;

	memcpy(raw, out->bytes + from, n);
	str_truncate(out, from);
	for (size_t i = 0; i < n; i += used) {
		if (says_nothing(raw + i, n - i, &used) || (used = scroll(s, out, raw + i, n - i)) > 0)
			continue;
		read_token(&t, raw + i, n - i);
		used = t.len;
		if (t.kind == LETTER)
			letters(s, out, &t, 1);
		else if (t.kind == CONTROL)
			control(s, out, &t);
		else if (t.kind == CSI && t.final == 'm')
			used = look(s, out, &t, n - i);
		else if (t.kind == CSI)
			csi(s, out, &t);
		else
			other(s, out, &t);
	}
	free(raw);
}
