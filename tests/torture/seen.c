/*
 * seen: what look-ups have noted of entries, compared: all but the time at which they were made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture/trial.h"

/* A line of what was seen: what is before the two numbers, they, and what is behind them. */
struct seen {
	size_t head, tail;
	long observations, days;
	const char *line, *behind, *next;
};

static struct seen parse_seen(const char *line)
{
	struct seen s = {.line = line, .head = strcspn(line, "\n")};
	const char *at = strstr(line, ",\"observations\":");
	int n = 0;

	s.next = line + s.head + (line[s.head] == '\n');
	if (at && at < s.next && sscanf(at, ",\"observations\":%ld,\"days\":%ld%n", &s.observations, &s.days, &n) == 2) {
		s.head = (size_t)(at - line);
		s.behind = at + n;
		s.tail = (size_t)(s.next - s.behind);
	}
	return s;
}

/* Midnight may have come in between. */
static int is_same_seen(const struct seen *s, const struct seen *of, long more)
{
	return s->behind && of->behind && s->head == of->head && memcmp(s->line, of->line, s->head) == 0 &&
	       s->tail == of->tail && memcmp(s->behind, of->behind, s->tail) == 0 &&
	       s->observations >= of->observations && s->observations <= of->observations + more &&
	       (s->days == of->days || s->days == of->days + 1);
}

int state_is(const struct state *s, const struct state *of, long more)
{
	const char *a = s->seen, *b = of->seen;

	if (!state_has_rows(s, of))
		return 0;
	while (*a && *b) {
		struct seen x = parse_seen(a), y = parse_seen(b);

		if (!is_same_seen(&x, &y, more))
			return 0;
		a = x.next;
		b = y.next;
	}
	return *a == *b;
}

int state_was_scanned(const struct state *after, const struct state *before)
{
	const char *a = after->seen, *b = before->seen;

	while (a && b && *a && *b) {
		struct seen x = parse_seen(a), y = parse_seen(b);

		if (is_same_seen(&x, &y, 0))
			return 0;
		a = x.next;
		b = y.next;
	}
	return a && b && *a == *b;
}

static char *copy_seen(const struct state *s)
{
	char *text = strdup(s->seen);

	state_drop_field(text, "\"state\":");
	state_drop_field(text, "\"deletable\":");
	return text;
}

static int is_between(const char *a, const char *b, const char *c, int *is_cut)
{
	while (*a && *b && *c) {
		struct seen x = parse_seen(a), y = parse_seen(b), z = parse_seen(c);

		if (!is_same_seen(&x, &z, 0)) {
			*is_cut = 1;
			if (!is_same_seen(&x, &y, 0))
				return 0;
		}
		a = x.next;
		b = y.next;
		c = z.next;
	}
	return *a == *b && *a == *c;
}

int state_is_between(const struct state *s, const struct state *before, const struct state *after, int *is_cut)
{
	char *now, *old, *new;
	int good;

	*is_cut = 0;
	if (!state_has_rows(s, before) || !state_has_rows(s, after))
		return 0;
	now = copy_seen(s);
	old = copy_seen(before);
	new = copy_seen(after);
	good = is_between(now, old, new, is_cut);
	free(now);
	free(old);
	free(new);
	return good;
}
