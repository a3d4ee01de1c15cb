#include "mta/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"

struct target_diff_state {
	size_t at; /* the wish that comes next */
	struct sha256 before, after;
	size_t change_room, drift_room;
	struct arena arena;
	struct str last; /* key of the row before */
	int any, last_went;
};

char *target_sum_text(char out[TARGET_SUM_TEXT], const struct target_sum *s)
{
	char hex[2 * sizeof s->hash + 1];

	sodium_bin2hex(hex, sizeof hex, s->hash, sizeof s->hash);
	snprintf(out, TARGET_SUM_TEXT, "%" PRIu64 " entries sha256:%s", s->count, hex);
	return out;
}

int target_sum_is_same(const struct target_sum *a, const struct target_sum *b)
{
	return a->count == b->count && memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

int target_wish_order(const void *x, const void *y)
{
	const struct target_wish *a = x, *b = y;

	return strcmp(a->key, b->key);
}

void target_diff_begin(struct target_diff *d)
{
	d->state = mem_alloc(sizeof *d->state);
	sha256_begin(&d->state->before);
	sha256_begin(&d->state->after);
}

static void add_line(struct sha256 *sum, const char *key, const char *value)
{
	sha256_add(sum, key, strlen(key));
	sha256_add(sum, "\t", 1);
	sha256_add(sum, value, strlen(value));
	sha256_add(sum, "\n", 1);
}

static void count_before(struct target_diff *d, const char *key, const char *value)
{
	add_line(&d->state->before, key, value);
	d->before.count++;
}

static void count_after(struct target_diff *d, const char *key, const char *value)
{
	add_line(&d->state->after, key, value);
	d->after.count++;
}

static void add_change(struct target_diff *d, const char *key, const char *value)
{
	if (d->n_changes == d->state->change_room) {
		d->state->change_room = d->state->change_room * 2 + 64;
		d->change = mem_array(d->change, d->state->change_room, sizeof *d->change);
	}
	d->change[d->n_changes++] = (struct target_change){key, value};
}

static void add_drift(struct target_diff *d, struct target_drift drift)
{
	if (d->n_drift == d->state->drift_room) {
		d->state->drift_room = d->state->drift_room * 2 + 64;
		d->drift = mem_array(d->drift, d->state->drift_room, sizeof *d->drift);
	}
	d->drift[d->n_drift++] = drift;
}

static const char *keep(struct target_diff *d, const char *text)
{
	return arena_string(&d->state->arena, text, strlen(text));
}

/* A wish that no row answers. */
static void take_absent(struct target_diff *d, const struct target_wish *w)
{
	if (!w->value)
		return;
	if (!w->ours && !d->overrule) {
		add_drift(d, (struct target_drift){.kind = DRIFT_MISSING, .key = w->key, .value = w->value});
		return;
	}
	add_change(d, w->key, w->value);
	d->added++;
	count_after(d, w->key, w->value);
}

/* A row that a wish is about; 1 when the row does not stay as it is. */
static int take_both(struct target_diff *d, const struct target_wish *w, const char *value)
{
	int is_ours = w->ours || d->overrule;

	if (!w->value && is_ours) {
		add_change(d, w->key, NULL);
		d->removed++;
		return 1;
	}
	if (w->value && !w->any_value && strcmp(w->value, value) != 0) {
		if (is_ours) {
			add_change(d, w->key, w->value);
			count_after(d, w->key, w->value);
			return 1;
		}
		add_drift(d, (struct target_drift){.kind = DRIFT_VALUE, .key = w->key, .value = keep(d, value)});
	}
	count_after(d, w->key, value);
	return 0;
}

/* A row that no wish is about; 1 when it goes.  A key that is empty or has a NUL inside stays: no change can name it. */
static int take_extra(struct target_diff *d, const struct table_row *row)
{
	const char *key = row->name;

	if (d->is_whole && d->overrule && row->name_len > 0 && strlen(key) == row->name_len) {
		add_change(d, keep(d, key), NULL);
		d->undone++;
		d->removed++;
		return 1;
	}
	if (d->is_whole)
		add_drift(d, (struct target_drift){DRIFT_EXTRA, keep(d, key), keep(d, row->value), row->why});
	count_after(d, key, row->value);
	return 0;
}

/* The same key again: a table may have it with and without Postfix's NUL behind it. */
static int take_twin(struct target_diff *d, const char *key, const char *value)
{
	if (!d->state->last_went)
		count_after(d, key, value);
	return 0;
}

int target_diff_row(void *diff, const struct table_row *row)
{
	struct target_diff *d = diff;
	struct target_diff_state *s = d->state;
	char shown[100];
	int order = s->any ? strcmp(str_text(&s->last), row->name) : -1;

	if (order > 0)
		return err_set(d->e, ERR_DATA,
			       "the table is damaged: its keys are not in order at '%s'; make it again",
			       escape(shown, sizeof shown, row->name, row->name_len));
	count_before(d, row->name, row->value);
	if (order == 0)
		return take_twin(d, row->name, row->value);
	while (s->at < d->n_wishes && strcmp(d->wish[s->at].key, row->name) < 0)
		take_absent(d, &d->wish[s->at++]);
	if (s->at < d->n_wishes && strcmp(d->wish[s->at].key, row->name) == 0)
		s->last_went = take_both(d, &d->wish[s->at++], row->value);
	else
		s->last_went = take_extra(d, row);
	s->any = 1;
	str_truncate(&s->last, 0);
	str_add(&s->last, row->name);
	return 0;
}

void target_diff_end(struct target_diff *d)
{
	while (d->state->at < d->n_wishes)
		take_absent(d, &d->wish[d->state->at++]);
	sha256_end(&d->state->before, d->before.hash);
	sha256_end(&d->state->after, d->after.hash);
}

void target_diff_clear(struct target_diff *d)
{
	if (d->state) {
		arena_clear(&d->state->arena);
		str_clear(&d->state->last);
	}
	free(d->state);
	free(d->change);
	free(d->drift);
	*d = (struct target_diff){0};
}
