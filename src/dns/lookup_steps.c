#include "dns/lookup_inner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/date.h"
#include "relay/config.h"
#include "relay/site.h"

/*
 * The steps of a name: MX; then the addresses of its targets or its own; then,
 * for what would be an orphan, the name servers of its domain.  The next
 * resolver is asked when the verdict is UNKNOWN (it may know) or ORPHAN (it
 * must agree).
 */

/* A name nobody has: what answers for it answers for every name below the suffix. */
static void random_name(struct job *j)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t bytes[JOB_RANDOM];
	size_t base = strlen(j->name), n = 0;

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		mem_die("no random numbers");
	for (; n < sizeof bytes; n++)
		j->asked[n] = letters[bytes[n] & 31];
	memcpy(j->asked + n, j->name, base + 1);
}

static int64_t elapsed(const struct question *q)
{
	return q && q->reply ? q->reply->elapsed : 0;
}

/* What the steps so far have left of the name's time. */
static int64_t budget_left(const struct step *s)
{
	int64_t hosts = 0;

	for (size_t i = 0; s->host && i < 2 * s->n_hosts; i++)
		if (elapsed(s->host[i]) > hosts)
			hosts = elapsed(s->host[i]);
	return LOOKUP_BUDGET - elapsed(s->mx) - hosts;
}

static void ask_mx(struct lookups *l, struct job *j, struct step *s)
{
	if (j->suffix) {
		random_name(j);
		s->base = question_ask(l, j, j->name + 1, MESSAGE_SOA, LOOKUP_BUDGET, 0);
	}
	s->mx = question_ask(l, j, j->asked, MESSAGE_MX, LOOKUP_BUDGET, 0);
}

/* Each target once.  The root (null MX) has no address to ask for, nor has an address as text.
 */
static void ask_targets(struct lookups *l, struct job *j, struct step *s)
{
	const struct reply *r = s->mx->reply;
	int64_t budget = budget_left(s);

	s->host_name = mem_array(NULL, r->n_records, sizeof *s->host_name);
	s->host = mem_alloc(2 * r->n_records * sizeof *s->host);
	for (size_t i = 0; i < r->n_records; i++) {
		const char *name = r->text + r->record[i].name;
		size_t k = 0;

		while (k < s->n_hosts && strcmp(r->text + s->host_name[k], name))
			k++;
		if (k < s->n_hosts)
			continue;
		s->host_name[s->n_hosts++] = r->record[i].name;
		if (!*name || name_is_address(name))
			continue;
		question_ask_host(l, j, name, &s->host[2 * k], budget, 1);
	}
}

static void ask_self(struct lookups *l, struct job *j, struct step *s, const char *name)
{
	int64_t budget = budget_left(s);

	s->self = 1;
	s->n_hosts = 1;
	s->host = mem_alloc(2 * sizeof *s->host);
	question_ask_host(l, j, name, s->host, budget, 0);
}

/* Where our own routing leads the mail to a host, its place decides what MX says nothing of. */
static void ask_next_hop(struct lookups *l, struct job *j, struct step *s, const char *name)
{
	const struct transport_override *o = site_override(&l->config->site, name);

	if (!o || !o->next_hop || !*o->next_hop || name_is_address(o->next_hop))
		return;
	question_ask_host(l, j, o->next_hop, s->hop, budget_left(s), 1);
}

void step_ask_hosts(struct lookups *l, struct job *j, struct step *s, const char *name)
{
	const struct reply *r = s->mx->reply;

	if (r->status == ANSWER_DATA)
		ask_targets(l, j, s);
	else if (r->status == ANSWER_NODATA && !j->suffix)
		ask_self(l, j, s, name);
}

/* Judges what is there; the arena serves until the next is judged. */
static struct verdict judge(struct lookups *l, const struct job *j)
{
	struct judged *last = &l->judged;

	arena_reset(&l->arena);
	last->job = j;
	last->resolver = j->resolver;
	answer_build(l, j, j->resolver, &last->answer);
	return verdict_of(&l->config->site, &last->answer);
}

/* Who runs the domain's name servers tells a parked one, and groups what vanished together.  A domain that does not exist
 * has none, but of a host that does not its domain has. */
static void ask_ns(struct lookups *l, struct job *j, struct step *s)
{
	const char *domain;

	if (s->verdict.class != CLASS_ORPHAN ||
	    (s->verdict.reason == ORPHAN_NXDOMAIN && !(s->verdict.flags & W_PARENT_ALIVE)))
		return;
	domain = name_registrable(j->name);
	s->ns = question_ask(l, j, domain ? domain : j->name, MESSAGE_NS, budget_left(s), 1);
}

/* A suffix is never UNKNOWN, but where nothing was heard the next resolver may know. */
static int was_not_heard(const struct job *j, const struct step *s)
{
	return j->suffix && s->verdict.class == CLASS_NA &&
	       (s->mx->reply->status == ANSWER_FAIL || s->base->reply->status == ANSWER_FAIL);
}

static int wants_another(const struct job *j, const struct step *s)
{
	return s->verdict.class == CLASS_UNKNOWN || s->verdict.class == CLASS_ORPHAN ||
	       was_not_heard(j, s);
}

int job_is_over(const struct lookups *l, const struct job *j)
{
	if (j->authority)
		return authority_is_over(j);
	return j->unasked || j->resolver >= l->resolvers.n;
}

void job_begin(struct lookups *l, struct job *j)
{
	j->step[0].stage = STEP_MX;
	ask_mx(l, j, &j->step[0]);
}

void job_advance(struct lookups *l, struct job *j)
{
	if (j->authority) {
		authority_advance(l, j);
		return;
	}
	while (!job_is_over(l, j) && !j->waiting) {
		struct step *s = &j->step[j->resolver];

		switch (s->stage++) {
		case STEP_START:
			ask_mx(l, j, s);
			break;
		case STEP_MX:
			step_ask_hosts(l, j, s, j->name);
			if (s->mx->reply->status != ANSWER_FAIL && !j->suffix)
				ask_next_hop(l, j, s, j->name);
			break;
		case STEP_HOSTS:
			s->time = date_now();
			s->verdict = judge(l, j);
			ask_ns(l, j, s);
			break;
		case STEP_NS:
			if (s->ns)
				s->verdict = judge(l, j);
			/* What follows is for an orphan or for want of an answer; anything else
			 * ends it. */
			if (l->compare || wants_another(j, s))
				j->resolver++;
			else
				j->resolver = (unsigned)l->resolvers.n;
			break;
		case STEP_DONE:
			mem_die("a lookup goes on after its end");
		}
	}
}

static void release(struct lookups *l, struct job *j, struct question *q)
{
	if (!q)
		return;
	question_unwait(l, q, j);
	question_release(l, q);
}

void job_release(struct lookups *l, struct job *j)
{
	if (j->authority)
		authority_release(l, j);
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->step[i];

		release(l, j, s->mx);
		release(l, j, s->base);
		release(l, j, s->ns);
		release(l, j, s->hop[0]);
		release(l, j, s->hop[1]);
		for (size_t k = 0; s->host && k < 2 * s->n_hosts; k++)
			release(l, j, s->host[k]);
		free(s->host);
		free(s->host_name);
	}
}
