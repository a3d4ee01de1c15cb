#include "ops/traffic_seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct traffic_seen_line *slot_of(const struct traffic_seen *s, const char *relay, uint64_t identity)
{
	size_t i = (size_t)((identity ^ (uintptr_t)relay) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (s->n_lines - 1);

	while (s->line[i].relay && (s->line[i].identity != identity || s->line[i].relay != relay))
		i = (i + 1) & (s->n_lines - 1);
	return &s->line[i];
}

static void grow(struct traffic_seen *s)
{
	struct traffic_seen old = *s;

	s->n_lines = old.n_lines ? old.n_lines * 2 : 8192;
	s->line = mem_alloc(s->n_lines * sizeof *s->line);
	for (size_t i = 0; i < old.n_lines; i++)
		if (old.line[i].relay)
			*slot_of(s, old.line[i].relay, old.line[i].identity) = old.line[i];
	free(old.line);
}

static uint32_t minute_of(int64_t time)
{
	return time >= 0 ? (uint32_t)(time / 60) : 0;
}

static struct traffic_seen_line *get(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity)
{
	struct traffic_seen_line *line;

	if (s->n * 3 >= s->n_lines * 2)
		grow(s);
	line = slot_of(s, relay, identity);
	if (!line->relay) {
		*line = (struct traffic_seen_line){.relay = relay, .identity = identity, .minute = minute_of(time)};
		s->n++;
	}
	return line;
}

unsigned traffic_seen_note(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity)
{
	struct traffic_seen_line *line = get(s, relay, time, identity);

	if (line->file != s->file) {
		line->file = s->file;
		line->here = 0;
	}
	if (line->here == UINT16_MAX || ++line->here <= line->run)
		return TRAFFIC_KNOWN;
	line->run++;
	if (line->run <= line->stored)
		return TRAFFIC_NEW_HERE;
	line->counted++;
	return TRAFFIC_NEW_HERE | TRAFFIC_NEW;
}

void traffic_seen_store(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity)
{
	struct traffic_seen_line *line = get(s, relay, time, identity);

	line->stored += line->stored < UINT16_MAX;
}

void traffic_seen_settle(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity)
{
	get(s, relay, time, identity)->stored = UINT16_MAX;
}

static int by_relay_and_minute(const void *x, const void *y)
{
	const struct traffic_seen_line *a = x, *b = y;
	int c = strcmp(a->relay, b->relay);

	if (c == 0)
		c = (a->minute > b->minute) - (a->minute < b->minute);
	return c ? c : (a->identity > b->identity) - (a->identity < b->identity);
}

struct traffic_seen_line *traffic_seen_news(const struct traffic_seen *s, size_t *n)
{
	struct traffic_seen_line *out;

	*n = 0;
	for (size_t i = 0; i < s->n_lines; i++)
		*n += s->line[i].relay && s->line[i].counted;
	out = mem_array(NULL, *n + 1, sizeof *out);
	*n = 0;
	for (size_t i = 0; i < s->n_lines; i++)
		if (s->line[i].relay && s->line[i].counted)
			out[(*n)++] = s->line[i];
	qsort(out, *n, sizeof *out, by_relay_and_minute);
	return out;
}

void traffic_seen_clear(struct traffic_seen *s)
{
	free(s->line);
	*s = (struct traffic_seen){0};
}
