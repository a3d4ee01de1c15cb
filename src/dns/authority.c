#include "dns/authority.h"

#include <stdlib.h>
#include <string.h>

#include "dns/lookup_inner.h"
#include "relay/config.h"

/*
 * A job like a lookup's, with steps of its own: the zone cut, the addresses of its name servers, their
 * answers side by side, the addresses of what those name.  The name servers get places at the worker; a job
 * that finds too few of them free waits until another one is done.
 */

enum {
	BUDGET = 5000,	/* milliseconds for a question to a name server */
	ZONES = 3,
	SERVERS = 8,	/* of one zone */
	NAMES = 13,	/* of its NS set, of which addresses are looked up */
	STEPS_UP = 10	/* from the name to its zone */
};

enum stage { AT_CUT, AT_ADDRESSES, AT_PLACES, AT_ANSWERS, AT_TARGETS, AT_END };

struct authority {
	enum stage stage;
	authority_fn *fn;
	char name[NAME_SIZE]; /* whose MX are asked for: the entry, then what it is an alias of */
	char zone[NAME_SIZE]; /* whose NS are asked for */
	unsigned up, zones;
	struct question *cut, *host[2 * NAMES];
	char host_name[NAMES][NAME_SIZE];
	size_t n_hosts;
	uint8_t place[SERVERS];
	size_t n_places;
	struct authority_server server[ZONES * SERVERS];
	size_t n_servers, first; /* first: of the present zone */
	int incomplete;
};

static void release(struct lookups *l, struct job *j, struct question **q)
{
	if (!*q)
		return;
	question_unwait(l, *q, j);
	question_release(l, *q);
	*q = NULL;
}

static void set_name(char out[NAME_SIZE], const char *name)
{
	size_t n = strnlen(name, NAME_SIZE - 1);

	memmove(out, name, n);
	out[n] = '\0';
}

/* --- the zone --- */

static void ask_cut(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;

	release(l, j, &u->cut);
	u->cut = question_ask(l, j, u->zone, MESSAGE_NS, BUDGET, 1);
	u->stage = AT_CUT;
}

static void end_zone(struct lookups *l, struct job *j);

static void begin_zone(struct lookups *l, struct job *j, const char *name)
{
	struct authority *u = j->authority;

	set_name(u->name, name);
	set_name(u->zone, name);
	u->up = 0;
	u->zones++;
	u->first = u->n_servers;
	ask_cut(l, j);
}

/* The next name upward: the owner of the SOA where the answer shows one, else the parent. */
static void go_up(struct authority *u, const struct reply *r)
{
	const char *soa = r->text + r->soa, *parent = name_parent(u->zone);

	if (r->status != ANSWER_FAIL && r->n_chain == 0 && strcmp(soa, u->zone) != 0 &&
	    (!*soa || name_is_under(u->zone, soa)))
		set_name(u->zone, soa);
	else
		set_name(u->zone, parent ? parent : "");
}

static void ask_addresses(struct lookups *l, struct job *j, const struct reply *r)
{
	struct authority *u = j->authority;

	u->n_hosts = 0;
	for (size_t i = 0; i < r->n_records && u->n_hosts < NAMES; i++) {
		const char *name = r->text + r->record[i].name;

		if (!*name)
			continue;
		set_name(u->host_name[u->n_hosts], name);
		question_ask_host(l, j, name, &u->host[2 * u->n_hosts], BUDGET, 1);
		u->n_hosts++;
	}
	u->stage = AT_ADDRESSES;
}

static void after_cut(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;
	const struct reply *r = u->cut->reply;

	if (r->status == ANSWER_FAIL && j->resolver + 1 < l->resolvers.n) {
		j->resolver++;
		ask_cut(l, j);
	} else if (r->status == ANSWER_FAIL || (r->status != ANSWER_DATA && (!u->zone[0] || ++u->up > STEPS_UP))) {
		end_zone(l, j);
	} else if (r->status == ANSWER_DATA && r->n_chain == 0) {
		ask_addresses(l, j, r);
	} else if (!u->zone[0] || ++u->up > STEPS_UP) {
		end_zone(l, j);
	} else {
		/* An alias stands in the zone of its parent, whatever it leads to. */
		go_up(u, r);
		ask_cut(l, j);
	}
}

/* --- places at the worker --- */

static int is_same(const struct config_address *a, const struct config_address *b)
{
	return a->port == b->port && net_address_compare(&a->address, &b->address) == 0;
}

static void give(struct lookups *l, unsigned place)
{
	if (!l->running || l->place[place].given)
		return;
	worker_give_udp(&l->worker, (uint8_t)(FRAME_RESOLVERS + place), resolver_socket_udp(&l->place[place].address));
	l->place[place].given = 1;
}

void authority_give_all(struct lookups *l)
{
	for (unsigned i = 0; i < FRAME_AUTHORITIES; i++)
		if (l->place[i].jobs || l->place[i].open)
			give(l, i);
}

/* The place of that address: its own, else a free one; -1 when all are in use. */
static int find_place(struct lookups *l, const struct config_address *a)
{
	int unused = -1;

	for (int i = 0; i < FRAME_AUTHORITIES; i++) {
		const struct authority_place *p = &l->place[i];

		if (p->address.address.family && is_same(&p->address, a))
			return i;
		if (unused < 0 && !p->jobs && !p->open)
			unused = i;
	}
	if (unused >= 0)
		l->place[unused] = (struct authority_place){.address = *a};
	return unused;
}

static int take_place(struct lookups *l, struct job *j, const struct config_address *a, const char *host)
{
	struct authority *u = j->authority;
	struct authority_server *s = &u->server[u->n_servers];
	int place = find_place(l, a);

	if (place < 0)
		return -1;
	for (size_t i = 0; i < u->n_places; i++)
		if (u->place[i] == place)
			return 0;
	l->place[place].jobs++;
	u->place[u->n_places++] = (uint8_t)place;
	*s = (struct authority_server){.said = AUTHORITY_SILENT};
	set_name(s->host, host);
	resolver_text(s->address, sizeof s->address, a);
	u->n_servers++;
	return 0;
}

/* Those who wait for places are looked at again. */
static void leave_places(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;

	if (!u->n_places)
		return;
	while (u->n_places > 0)
		l->place[u->place[--u->n_places]].jobs--;
	/* Among a thousand jobs, of which mostly none waits. */
	if (!l->places_short)
		return;
	l->places_short = 0;
	for (struct job *other = l->jobs; other; other = other->next)
		if (other != j && other->authority && other->authority->stage == AT_PLACES && !other->waiting)
			job_make_ready(l, other);
}

/* The k-th address of a host, IPv4 first; NULL behind the last. */
static const struct net_address *address_of(const struct authority *u, size_t host, size_t k)
{
	for (size_t family = 0; family < 2; family++) {
		const struct reply *r = u->host[2 * host + family]->reply;

		if (r->status != ANSWER_DATA)
			continue;
		if (k < r->n_records)
			return &r->record[k].address;
		k -= r->n_records;
	}
	return NULL;
}

/* First one address of every host, then their others. */
static int take_places(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;
	size_t left = 1;

	for (size_t k = 0; left > 0 && u->n_places < SERVERS; k++) {
		left = 0;
		for (size_t i = 0; i < u->n_hosts && u->n_places < SERVERS; i++) {
			struct config_address a = {.port = (uint16_t)l->config->authoritative_port};
			const struct net_address *address = address_of(u, i, k);

			if (!address)
				continue;
			left++;
			a.address = *address;
			if (take_place(l, j, &a, u->host_name[i]) != 0)
				return -1;
		}
	}
	return 0;
}

/* 1 when the job goes on, 0 when it has to wait for places. */
static int ask_servers(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;

	if (take_places(l, j) != 0) {
		u->n_servers = u->first;
		while (u->n_places > 0)
			l->place[u->place[--u->n_places]].jobs--;
		return 0;
	}
	for (size_t i = 0; i < u->n_places; i++) {
		give(l, u->place[i]);
		j->resolver = (unsigned)(FRAME_RESOLVERS + u->place[i]);
		j->step[i].mx = question_ask(l, j, u->name, MESSAGE_MX, BUDGET, 0);
		/* Of a suffix it is the base that is asked for: only its end is evidence. */
		if (j->suffix) {
			j->step[i].base = j->step[i].mx;
			j->step[i].mx->refs++;
		}
	}
	u->stage = AT_ANSWERS;
	return 1;
}

/* --- answers --- */

static void ask_targets(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;

	for (size_t i = 0; i < u->n_places; i++) {
		struct step *s = &j->step[i];

		/* Targets may lie anywhere, so the resolver is asked; the name's own addresses lie here. */
		j->resolver = s->mx->reply->status == ANSWER_DATA ? 0 : (unsigned)(FRAME_RESOLVERS + u->place[i]);
		step_ask_hosts(l, j, s, u->name);
	}
	j->resolver = 0;
	u->stage = AT_TARGETS;
}

static void judge_server(struct lookups *l, struct job *j, size_t i)
{
	struct authority *u = j->authority;
	struct authority_server *s = &u->server[u->first + i];
	const struct reply *r = j->step[i].mx->reply;
	struct answer a;

	if (r->status == ANSWER_FAIL) {
		if (r->n_chain > 0 && r->authoritative)
			s->said = AUTHORITY_ALIAS;
		return;
	}
	arena_reset(&l->arena);
	l->judged.job = NULL;
	answer_build(l, j, (unsigned)i, &a);
	s->verdict = verdict_of(&l->config->site, &a);
	s->said = r->authoritative ? AUTHORITY_ANSWERED : AUTHORITY_LAME;
}

/* Where the servers of the zone say that the alias leads; 0 none, 1 there, -1 they disagree. */
static int find_alias(const struct job *j, char out[NAME_SIZE])
{
	const struct authority *u = j->authority;
	int found = 0;

	for (size_t i = 0; i < u->n_places; i++) {
		const struct reply *r = j->step[i].mx->reply;
		const char *last;

		if (u->server[u->first + i].said != AUTHORITY_ALIAS)
			continue;
		last = r->text + r->chain[r->n_chain - 1];
		if (found && strcmp(out, last) != 0)
			return -1;
		set_name(out, last);
		found = 1;
	}
	return found;
}

static void release_steps(struct lookups *l, struct job *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->step[i];

		release(l, j, &s->mx);
		release(l, j, &s->base);
		for (size_t k = 0; s->host && k < 2 * s->n_hosts; k++)
			release(l, j, &s->host[k]);
		free(s->host);
		free(s->host_name);
		*s = (struct step){0};
	}
}

/* What the zone's servers said is written down; then the next zone, or the end. */
static void end_zone(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;
	char next[NAME_SIZE];
	int alias = 0, answered = 0;

	for (size_t i = 0; i < u->n_places; i++) {
		judge_server(l, j, i);
		answered |= u->server[u->first + i].said >= AUTHORITY_ALIAS;
	}
	if (u->n_places)
		alias = find_alias(j, next);
	release_steps(l, j);
	release(l, j, &u->cut);
	for (size_t i = 0; i < 2 * NAMES; i++)
		release(l, j, &u->host[i]);
	leave_places(l, j);
	j->resolver = 0;
	u->incomplete |= !answered || alias < 0 || (alias > 0 && u->zones == ZONES);
	u->stage = AT_END;
	if (alias > 0 && !u->incomplete)
		begin_zone(l, j, next);
}

void authority_advance(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;

	while (!j->waiting && u->stage != AT_END) {
		switch (u->stage) {
		case AT_CUT:
			after_cut(l, j);
			break;
		case AT_ADDRESSES:
			u->stage = AT_PLACES;
			break;
		case AT_PLACES:
			if (!ask_servers(l, j)) {
				l->places_short = 1;
				return;
			}
			break;
		case AT_ANSWERS:
			ask_targets(l, j);
			break;
		default:
			end_zone(l, j);
		}
	}
}

int authority_is_over(const struct job *j)
{
	return j->authority->stage == AT_END;
}

void authority_tell(struct lookups *l, struct job *j)
{
	const struct authority *u = j->authority;
	struct authority_result r = {.name = j->name, .zone = u->zone, .server = u->server, .n = u->n_servers,
				     .incomplete = u->incomplete};

	(void)l;
	u->fn(j->ctx, &r);
}

void authority_release(struct lookups *l, struct job *j)
{
	struct authority *u = j->authority;

	release_steps(l, j);
	release(l, j, &u->cut);
	for (size_t i = 0; i < 2 * NAMES; i++)
		release(l, j, &u->host[i]);
	leave_places(l, j);
	free(u);
	j->authority = NULL;
}

void authority_ask(struct lookups *l, const char *name, authority_fn *fn, void *ctx)
{
	struct job *j;

	if (l->dead)
		return;
	j = job_new(l, name, SERVERS);
	j->authority = mem_alloc(sizeof *j->authority);
	j->authority->fn = fn;
	j->ctx = ctx;
	begin_zone(l, j, j->name + j->suffix);
	if (!j->waiting)
		job_make_ready(l, j);
	lookups_run_soon(l);
}

void authority_cancel(struct lookups *l, const char *name, authority_fn *fn, void *ctx)
{
	struct job *next;

	for (struct job *j = l->jobs; j; j = next) {
		next = j->next;
		if (j->authority && j->authority->fn == fn && j->ctx == ctx && strcmp(j->name, name) == 0)
			job_drop(l, j);
	}
}

enum authority_judgement authority_judge(const struct authority_result *r, const struct authority_server **which)
{
	const struct authority_server *lists = NULL, *odd = NULL, *holds = NULL;
	int agreed = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct authority_server *s = &r->server[i];

		if (verdict_is_listed(s->verdict))
			lists = lists ? lists : s;
		else if (s->said == AUTHORITY_ANSWERED && s->verdict.class == CLASS_ORPHAN &&
			 s->verdict.deletion == DELETE_HOLD)
			holds = holds ? holds : s;
		else if (s->said == AUTHORITY_ANSWERED && s->verdict.class == CLASS_ORPHAN)
			agreed = 1;
		else if (s->said == AUTHORITY_ANSWERED)
			odd = odd ? odd : s;
	}
	if (which)
		*which = lists ? lists : odd ? odd : holds;
	if (lists)
		return AUTHORITY_LISTS;
	if (odd)
		return AUTHORITY_UNCLEAR;
	if (holds)
		return AUTHORITY_HOLDS;
	return agreed && !r->incomplete ? AUTHORITY_AGREES : AUTHORITY_NOBODY;
}
