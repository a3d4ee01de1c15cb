#include "relay/breaker.h"

#include <stdlib.h>

static int is_above(uint64_t count, uint64_t entries, double share)
{
	return count > BREAKER_FLOOR && (double)count > (double)entries * share;
}

enum breaker_cause breaker_judge(const struct breaker_count *c, double unknown, double suspects)
{
	if (!c->canaries)
		return BREAKER_CANARY;
	if (is_above(c->newly_unknown, c->entries, unknown))
		return BREAKER_UNKNOWN;
	return is_above(c->new_suspects, c->entries, suspects) ? BREAKER_SUSPECTS : BREAKER_TRUSTED;
}

static int by_key(const void *x, const void *y)
{
	const struct breaker_member *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->suspect > b->suspect) - (a->suspect < b->suspect);
}

/* The end of the members that share the key at i, and how many suspects they are: one with two MX hosts in
 * the same domain is there twice. */
static size_t group_end(const struct breaker_member *m, size_t n, size_t i, size_t *suspects)
{
	size_t end = i + 1;

	*suspects = 1;
	for (; end < n && m[end].key == m[i].key; end++)
		*suspects += m[end].suspect != m[end - 1].suspect;
	return end;
}

size_t breaker_hold_groups(struct breaker_member *m, size_t n, uint8_t *held)
{
	size_t set = 0, end, suspects;

	if (n > 1)
		qsort(m, n, sizeof *m, by_key);
	for (size_t i = 0; i < n; i = end) {
		end = group_end(m, n, i, &suspects);
		if (m[i].key == 0 || suspects < BREAKER_GROUP)
			continue;
		for (size_t k = i; k < end; k++) {
			set += !held[m[k].suspect];
			held[m[k].suspect] = 1;
		}
	}
	return set;
}
