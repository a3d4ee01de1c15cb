#include "relay/mx_set.h"

#include <stdlib.h>

#include "base/mem.h"
#include "relay/verdict.h"

uint32_t mx_set_entry_flags(const struct answer *a)
{
	uint32_t flags = 0;

	if (a->n_chain)
		flags |= W_ENTRY_CNAME;
	/* Only of records: the time to live of a negative answer is the zone's, and says
	 * nothing. */
	if (a->status == ANSWER_DATA && !a->ttl)
		flags |= W_TTL0;
	return flags;
}

static uint32_t target_flags(const struct target *t)
{
	uint32_t flags = 0;

	if (t->host && t->host->n_chain)
		flags |= W_MX_CNAME;
	if (t->owner == TARGET_BY_ALIAS)
		flags |= W_SELF_BY_ALIAS;
	if (t->owner == TARGET_BY_ADDRESS)
		flags |= W_SELF_BY_ADDR;
	if (t->n_addresses && target_is_odd_name(t))
		flags |= W_BAD_HOSTNAME;
	return flags;
}

static int has_duplicate(const struct mx_set *s)
{
	for (size_t i = 1; i < s->n; i++)
		for (size_t k = 0; k < i; k++)
			if (s->target[i].host && s->target[i].host == s->target[k].host)
				return 1;
	return 0;
}

static void count_target(struct mx_set *s, const struct target *t)
{
	s->n_root += t->root != 0;
	s->n_glued += t->owner == TARGET_BY_GLUE;
	s->n_text += t->owner == TARGET_BY_TEXT;
	s->n_unknown += t->owner == TARGET_UNKNOWN;
	if (target_is_ours(t)) {
		s->n_ours++;
		if (t->preference < s->p_us)
			s->p_us = t->preference;
	}
	s->flags |= target_flags(t);
}

void mx_set_init(struct mx_set *s, const struct site *site, const struct answer *a)
{
	*s = (struct mx_set){.site = site, .a = a, .n = a->n_mx, .p_us = UINT32_MAX};
	s->target = mem_array(NULL, s->n, sizeof(*s->target));
	s->flags = mx_set_entry_flags(a);
	for (size_t i = 0; i < s->n; i++) {
		s->target[i] = target_of_mx(site, a, i);
		count_target(s, &s->target[i]);
	}
	if (has_duplicate(s))
		s->flags |= W_DUP_TARGET;
}

/* Better: strictly below our lowest preference.  RFC 5321 5.1 discards that level and all
 * above. */
int mx_set_is_better(const struct mx_set *s, const struct target *t)
{
	return s->n_ours && t->preference < s->p_us;
}

/* W_UNRESOLVABLE_WORSE where a dead target is not better than us.  Of an entry that does not
 * list us none is, so there each dead one beside a living one counts, whatever its preference.
 */
uint32_t mx_set_dead_worse(const struct mx_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!mx_set_is_better(s, &s->target[i]) && target_is_dead(&s->target[i]))
			return W_UNRESOLVABLE_WORSE;
	return 0;
}

void mx_set_clear(struct mx_set *s)
{
	free(s->target);
}
