#include "ops/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "db/env.h"
#include "ops/rows_inner.h"
#include "relay/entry.h"

/* --- texts --- */

uint32_t texts_add(struct texts *t, const char *text)
{
	size_t size = strlen(text) + 1;

	if (t->len + size > t->room) {
		t->room = (t->len + size) * 3 / 2 + 4096;
		t->bytes = mem_resize(t->bytes, t->room);
	}
	memcpy(t->bytes + t->len, text, size);
	t->len += size;
	return (uint32_t)(t->len - size);
}

static const char *shared_text(const struct shared_texts *s, uint32_t number)
{
	return s->texts.bytes + s->start[number];
}

static size_t hash_of(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* The slot of text, or the free one where it belongs. */
static uint32_t *slot_of(const struct shared_texts *s, const char *text)
{
	size_t i = hash_of(text) & (s->slots - 1);

	while (s->slot[i] && strcmp(shared_text(s, s->slot[i] - 1), text) != 0)
		i = (i + 1) & (s->slots - 1);
	return &s->slot[i];
}

static void make_slots(struct shared_texts *s)
{
	free(s->slot);
	s->slots = s->slots ? 2 * s->slots : 256;
	s->slot = mem_alloc(s->slots * sizeof *s->slot);
	for (uint32_t i = 0; i < s->n; i++)
		*slot_of(s, shared_text(s, i)) = i + 1;
}

uint32_t shared_number(struct shared_texts *s, const char *text)
{
	uint32_t *slot;

	if (2 * (s->n + 1) > s->slots)
		make_slots(s);
	slot = slot_of(s, text);
	if (*slot)
		return *slot - 1;
	if (s->n == s->room) {
		s->room = s->room * 3 / 2 + 64;
		s->start = mem_array(s->start, s->room, sizeof *s->start);
	}
	s->start[s->n] = texts_add(&s->texts, text);
	*slot = (uint32_t)++s->n;
	return *slot - 1;
}

static int by_text(const void *x, const void *y, void *ctx)
{
	return strcmp(shared_text(ctx, *(const uint32_t *)x), shared_text(ctx, *(const uint32_t *)y));
}

void shared_rank(struct shared_texts *s)
{
	uint32_t *order;

	if (s->ranked == s->n)
		return;
	order = mem_array(NULL, s->n, sizeof *order);
	for (uint32_t i = 0; i < s->n; i++)
		order[i] = i;
	qsort_r(order, s->n, sizeof *order, by_text, s);
	s->rank = mem_array(s->rank, s->n, sizeof *s->rank);
	for (uint32_t i = 0; i < s->n; i++)
		s->rank[order[i]] = i;
	s->ranked = s->n;
	free(order);
}

static void shared_clear(struct shared_texts *s)
{
	free(s->texts.bytes);
	free(s->start);
	free(s->slot);
	free(s->rank);
	*s = (struct shared_texts){0};
}

/* --- what is held --- */

struct rows *rows_new(const struct config *c)
{
	struct rows *r = mem_alloc(sizeof *r);

	timeline_rules_from(&r->rules, c);
	r->all = 1;
	return r;
}

void rows_free(struct rows *r)
{
	if (!r)
		return;
	free(r->brief);
	free(r->names.bytes);
	shared_clear(&r->customers);
	shared_clear(&r->targets);
	free(r->visible);
	free(r->pick.found);
	free(r->pick.other);
	free(r->pick.target);
	free(r->mail);
	free(r);
}

static void make_room(struct rows *r, size_t n)
{
	if (n <= r->room)
		return;
	r->room = n + n / 2 + 1024;
	r->brief = mem_array(r->brief, r->room, sizeof *r->brief);
}

void rows_append(struct rows *r, const struct brief *b)
{
	make_room(r, r->n + 1);
	r->brief[r->n++] = *b;
}

int rows_compare_names(const char *a, const char *b)
{
	unsigned char x[NAME_KEY_SIZE], y[NAME_KEY_SIZE];
	size_t n = name_to_key(x, a), m = name_to_key(y, b);
	int c = memcmp(x, y, n < m ? n : m);

	return c ? c : (n > m) - (n < m);
}

size_t rows_place(const struct rows *r, const char *name, int *exact)
{
	size_t low = 0, high = r->n;

	*exact = 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = rows_compare_names(r->names.bytes + r->brief[mid].name, name);

		if (c == 0) {
			*exact = 1;
			return mid;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Names that are gone leave their bytes behind; once that is much, the others move together. */
static void close_gaps(struct rows *r)
{
	struct texts names = {0};

	if (r->wasted < 65536 || r->wasted < r->names.len / 4)
		return;
	names.room = r->names.len - r->wasted;
	names.bytes = mem_resize(NULL, names.room);
	for (size_t i = 0; i < r->n; i++)
		r->brief[i].name = texts_add(&names, r->names.bytes + r->brief[i].name);
	free(r->names.bytes);
	r->names = names;
	r->wasted = 0;
}

static void take_out(struct rows *r, const uint32_t *gone, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t from = gone[i] + 1, to = i + 1 < n ? gone[i + 1] : r->n;

		r->wasted += strlen(r->names.bytes + r->brief[gone[i]].name) + 1;
		memmove(r->brief + gone[i] - i, r->brief + from, (to - from) * sizeof *r->brief);
	}
	r->n -= n;
}

/* Their places count those that are gone already. */
static void put_in(struct rows *r, const uint32_t *gone, size_t n_gone, const struct newcomer *added, size_t n)
{
	size_t end = r->n;

	make_room(r, r->n + n);
	for (size_t i = n; i-- > 0;) {
		size_t at = added[i].before;

		while (n_gone > 0 && gone[n_gone - 1] >= added[i].before)
			n_gone--;
		at -= n_gone;
		memmove(r->brief + at + i + 1, r->brief + at, (end - at) * sizeof *r->brief);
		r->brief[at + i] = added[i].brief;
		end = at;
	}
	r->n += n;
}

static size_t count_gone(const uint32_t *gone, size_t n, uint32_t before)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (gone[mid] < before)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t count_added(const struct newcomer *added, size_t n, uint32_t at)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (added[mid].before <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void rows_rearrange(struct rows *r, const uint32_t *gone, size_t n_gone, const struct newcomer *added,
		    size_t n_added)
{
	size_t kept = 0;

	if (n_gone == 0 && n_added == 0)
		return;
	take_out(r, gone, n_gone);
	put_in(r, gone, n_gone, added, n_added);
	close_gaps(r);
	for (size_t i = 0; !r->all && i < r->n_visible; i++) {
		uint32_t was = r->visible[i];
		size_t before = count_gone(gone, n_gone, was);

		if (before < n_gone && gone[before] == was)
			continue;
		r->visible[kept++] = (uint32_t)(was - before + count_added(added, n_added, was));
	}
	if (!r->all)
		r->n_visible = kept;
	r->version++;
}

void rows_fill(const struct rows *r, const struct brief *b, struct row *out)
{
	*out = (struct row){
		.name = r->names.bytes + b->name,
		.customer = shared_text(&r->customers, b->customer),
		.verdict = {b->class, b->reason, b->severity, b->deletion, b->flags},
		.state = b->state,
		.pin = b->pin,
		.browned = b->browned,
		.is_held_by_mail = b->is_held_by_mail,
		.since = b->since,
		.time = b->time,
		.may_from = b->may_from,
		.notice_deadline = b->notice_deadline,
		.mail = r->mail[b->mail],
	};
}

/* --- for the face --- */

int rows_load(struct rows *r, struct db *db, int ms, struct err *e)
{
	int64_t until = loop_now() + ms;
	int rc;

	/* What somebody waits for comes before what he may not even see. */
	if (r->pick.stage != PICK_NOTHING && r->complete) {
		rc = rows_pick(r, db, until, e);
		if (rc != 1)
			return rc;
	}
	rc = rows_read(r, db, until, e);
	if (rc >= 0 && r->pick.stage != PICK_NOTHING) /* what came is shown as it comes, the first time */
		rc = rows_pick(r, db, loop_now() + ms, e) < 0 ? -1 : rc;
	return rc == 1 && r->pick.stage != PICK_NOTHING ? 0 : rc;
}

int rows_is_loaded(const struct rows *r)
{
	return r->complete;
}

uint64_t rows_version(const struct rows *r)
{
	return r->version;
}

int rows_is_stale(const struct rows *r, const struct db *db)
{
	return r->complete && !r->rereading && r->change != db_change(db);
}

size_t rows_count(const struct rows *r)
{
	return r->all ? r->n : r->n_visible;
}

size_t rows_total(const struct rows *r)
{
	return r->n;
}

void rows_get_of_all(const struct rows *r, size_t i, struct row *out)
{
	if (i < r->n)
		rows_fill(r, &r->brief[i], out);
	else
		*out = (struct row){.name = "", .customer = ""};
}

void rows_get(const struct rows *r, size_t i, struct row *out)
{
	rows_get_of_all(r, i >= rows_count(r) ? SIZE_MAX : r->all ? i : r->visible[i], out);
}

size_t rows_find(const struct rows *r, const char *name, int *exact)
{
	size_t place = rows_place(r, name, exact), low = 0, high = r->n_visible;

	if (r->all)
		return place;
	if (!r->by_name) {
		for (size_t i = 0; *exact && i < r->n_visible; i++)
			if (r->visible[i] == place)
				return i;
		*exact = 0;
		return 0;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->visible[mid] < place)
			low = mid + 1;
		else
			high = mid;
	}
	if (low >= r->n_visible || r->visible[low] != place)
		*exact = 0;
	return low;
}

void rows_summary(const struct rows *r, struct rows_summary *out)
{
	*out = (struct rows_summary){.total = r->n};
	for (size_t i = 0; i < r->n; i++) {
		const struct brief *b = &r->brief[i];
		int pinned = b->pin != PIN_NONE;

		/* As a limit counts them. */
		out->class[pinned ? CLASS_NA : b->class < N_CLASSES ? b->class : CLASS_NONE]++;
		out->state[b->state]++;
		out->ready += (size_t)state_is_ready(b->state, b->class);
		out->failing += !pinned && b->severity >= SEVERITY_FAILING;
	}
}
