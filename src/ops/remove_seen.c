#include "ops/remove_seen.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "db/entries.h"
#include "db/subnames.h"
#include "dns/lookup.h"
#include "ops/remove_cover.h"
#include "ops/remove_inner.h"
#include "ops/ward.h"
#include "relay/answer.h"
#include "relay/verdict.h"

static void describe(struct seen *s, const char *entry)
{
	size_t below = strlen(entry) + (entry[0] != '.'), used = 0;

	for (size_t i = 0; i < s->n; i++) {
		size_t len = strlen(s->name[i]) - below;

		if (used + len + sizeof ", " + sizeof " and 64 more" > sizeof s->names) {
			snprintf(s->names + used, sizeof s->names - used, "%s%zu more",
				 used ? " and " : "", s->n - i);
			return;
		}
		used += (size_t)snprintf(s->names + used, sizeof s->names - used, "%s%.*s",
					 used ? ", " : "", (int)len, s->name[i]);
	}
}

int seen_read(struct seen *out, struct arena *a, struct db_txn *txn, const char *entry,
	      int parent_matches, struct err *e)
{
	struct subnames s;
	struct entry listed;
	int got = subnames_get(txn, entry, &s, e);

	*out = (struct seen){0};
	if (got != 1)
		return got;
	if ((entry[0] == '.') == !!parent_matches)
		return 0; /* inert, or for itself alone */
	out->left_out = s.left_out;
	out->name = arena_alloc(a, (s.n + 1) * sizeof *out->name);
	for (size_t i = 0; i < s.n; i++) {
		if (!cover_is_by(entry, s.at[i].name, parent_matches))
			continue;
		got = entry_get(txn, s.at[i].name, NULL, &listed, e);
		if (got < 0)
			return -1;
		if (got == 0)
			out->name[out->n++] =
				arena_string(a, s.at[i].name, strlen(s.at[i].name));
	}
	describe(out, entry);
	return 0;
}

/* --- asking
 * ----------------------------------------------------------------------------------------------
 */

/* The look-ups for one item. */
struct seen_question {
	struct question *q;
	void (*then)(struct question *q);
	size_t waits;
	const char *below; /* ".x", as which a wildcard of x is looked up; NULL: not asked */
	char why[300]; /* of the first that keeps the entry; a listing goes before no answer */
	int is_listed;
};

static void note_seen(struct remove_plan *p, struct remove_item *item, const struct seen *seen)
{
	size_t used = strlen(item->why);

	used += (size_t)snprintf(item->why + used, sizeof item->why - used, "%salso cuts %s",
				 used ? "; " : "", seen->names);
	if (seen->left_out && used < sizeof item->why)
		snprintf(item->why + used, sizeof item->why - used,
			 "; the logs had more names below it than are kept");
	if (item->risk < 1)
		item->risk = 1;
	if (p->options.override && item->lifted[0])
		item->risk = 3;
}

static void settle(struct seen_question *s)
{
	struct remove_plan *p = s->q->plan;
	struct remove_item *item = &p->item[s->q->index];

	item->fate = REMOVE_GO;
	if (s->why[0])
		remove_rule(p, item, "COVERS_SEEN", s->why);
	if (item->fate == REMOVE_GO && p->seen[s->q->index].n > 0)
		note_seen(p, item, &p->seen[s->q->index]);
	s->q->seen = NULL;
	s->then(s->q);
}

/* Whether a wildcard names us is open where nobody could be heard of it, or where a target of it gave no answer. */
static int is_open(const struct site *site, const struct lookup_result *r)
{
	size_t unheard = 0;

	for (size_t i = 0; i < r->n_all; i++) {
		const struct answer *a = &r->all[i];

		unheard += a->status == ANSWER_FAIL;
		for (size_t k = 0; a->status == ANSWER_DATA && k < a->n_mx; k++)
			if (verdict_target_is_ours(site, a, k) < 0)
				return 1;
	}
	return r->n_all > 0 && unheard == r->n_all;
}

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct seen_question *s = ctx;
	int listed = verdict_is_listed(r->verdict);

	if (r->name[0] == '.') {
		/* That there is none says nothing: what is below a name cannot be asked for. */
		if (listed && !s->is_listed)
			snprintf(s->why, sizeof s->why, "held: a wildcard below it names us, *%.200s", r->name);
		else if (!s->why[0] && is_open(&s->q->plan->ward->config.site, r))
			snprintf(s->why, sizeof s->why, "held: whether a wildcard below it names us gave no usable answer, *%.200s",
				 r->name);
	} else if (listed && !s->is_listed)
		snprintf(s->why, sizeof s->why,
			 "held: mail was accepted for %.200s below it, which names us",
			 r->name);
	else if (!s->why[0] && r->verdict.class != CLASS_ORPHAN)
		snprintf(s->why, sizeof s->why,
			 "held: mail was accepted for %.180s below it, of which there is no "
			 "usable answer: %s",
			 r->name, reason_words(r->verdict.reason));
	else if (!s->why[0] && r->verdict.deletion == DELETE_HOLD)
		snprintf(s->why, sizeof s->why,
			 "held: mail was accepted for %.180s below it, with an MX that "
			 "resembles one of ours",
			 r->name);
	s->is_listed |= listed;
	if (--s->waits == 0)
		settle(s);
}

/* ".x" of an orphan x that covers what is below it.  Of a listed entry the customer was told that all of it ends. */
static const char *wildcard_of(struct remove_plan *p, const struct remove_item *item)
{
	char name[NAME_SIZE + 1];

	if (!p->parent_matches || item->name[0] == '.' || item->verdict.class != CLASS_ORPHAN)
		return NULL;
	return arena_string(&p->arena, name, (size_t)snprintf(name, sizeof name, ".%s", item->name));
}

void remove_seen_ask(struct question *q, void (*then)(struct question *q))
{
	struct remove_plan *p = q->plan;
	const struct seen *seen = &p->seen[q->index];
	const char *below = wildcard_of(p, &p->item[q->index]);
	struct seen_question *s;
	size_t n = seen->n;

	if (n == 0 && !below) {
		then(q);
		return;
	}
	s = arena_alloc(&p->arena, sizeof *s);
	*s = (struct seen_question){.q = q, .then = then, .waits = n + (below != NULL), .below = below};
	q->seen = s;
	p->item[q->index].fate = REMOVE_ASKING;
	for (size_t i = 0; i < n; i++)
		lookups_ask(p->ward->lookups, seen->name[i], 0, on_answer, s);
	if (below)
		lookups_ask(p->ward->lookups, below, 0, on_answer, s);
}

void remove_seen_cancel(struct question *q)
{
	const struct seen *seen = &q->plan->seen[q->index];

	for (size_t i = 0; q->seen && i < seen->n; i++)
		lookups_cancel(q->plan->ward->lookups, seen->name[i], on_answer, q->seen);
	if (q->seen && q->seen->below)
		lookups_cancel(q->plan->ward->lookups, q->seen->below, on_answer, q->seen);
}
