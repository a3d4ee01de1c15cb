/*
 * The verdict on MX sets as they really look, with preferences, addresses and failures thrown in at random, and with us
 * among the targets or not.
 *
 * A mail relay in twenty lines says where such a mail would go (RFC 5321 5.1), and the class must be what follows from
 * that; and what must hold of every set is tried on each: a failure is no evidence, order and repetition decide nothing,
 * what is worse than us changes nothing.  The numbers are the same in every run.
 */
#include "relay/verdict.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/answer.h"
#include "relay/mx_shapes.h"
#include "relay/site.h"
#include "support/suite.h"

enum { ROUNDS = 60, TARGETS_MAX = 16, ADDRESSES_MAX = 4 };

#define ENTRY "town.example"

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

/* --- sets --------------------------------------------------------------------------------------------- */

struct set {
	struct answer a;
	struct answer_mx mx[TARGETS_MAX];
	struct answer_host host[TARGETS_MAX];
	struct net_address address[TARGETS_MAX][ADDRESSES_MAX];
	const char *chain[TARGETS_MAX][1];
};

static struct site site;

static void add_address(struct set *s, size_t k, const char *text)
{
	struct answer_host *h = &s->host[k];
	struct net_address *a = &s->address[k][h->n_addresses++];

	ck_assert_int_eq(net_address_parse(a, text), 0);
	*(a->family == 4 ? &h->a : &h->aaaa) = ANSWER_DATA;
	h->address = s->address[k];
}

/* Where hosts really stand, each as often as its weight; "" is a name without an address, F4 and F6 a failure. */
static const char *const places[] = {
	"11.11.5.1",  "11.11.5.2",     "11.11.5.1 2a01:11::5", "2a01:11::6", "31.7.0.1",
	"31.7.0.2",   "31.7.0.3 2a00:7::1", "2a00:7::2",       "31.7.0.4",   "31.7.0.5 31.7.0.6",
	"11.11.5.3 31.7.0.7", "10.1.1.1", "127.0.0.1 ::1",     "10.1.1.2 31.7.0.8", "",
	"",	      "X",	       "F4",		       "31.7.0.9 F6", "11.11.5.4 F6", "F4 F6",
};

static void put_somewhere(struct set *s, size_t k, const char *place)
{
	char words[80], *state;

	s->host[k].n_addresses = 0;
	s->host[k].a = s->host[k].aaaa = ANSWER_NODATA;
	snprintf(words, sizeof words, "%s", place);
	for (char *w = strtok_r(words, " ", &state); w; w = strtok_r(NULL, " ", &state)) {
		if (strcmp(w, "X") == 0)
			s->host[k].a = s->host[k].aaaa = ANSWER_NXDOMAIN;
		else if (w[0] == 'F')
			*(w[1] == '4' ? &s->host[k].a : &s->host[k].aaaa) = ANSWER_FAIL;
		else
			add_address(s, k, w);
	}
}

static struct answer_host *add_target(struct set *s, const char *name)
{
	static const uint16_t preferences[] = {0, 1, 5, 10, 10, 10, 20, 20, 30, 50, 100, 65535};
	size_t k = s->a.n_mx++;

	ck_assert_uint_lt(k, TARGETS_MAX);
	s->a.n_hosts++;
	s->mx[k] = (struct answer_mx){preferences[below(12)], (uint16_t)k, 300};
	snprintf(s->host[k].name, sizeof s->host[k].name, "%s", name);
	put_somewhere(s, k, places[below(sizeof places / sizeof places[0])]);
	return &s->host[k];
}

static void add_word(struct set *s, const char *word, unsigned nth)
{
	const char *under = strchr(word, '_') ? "_" : "";
	char name[100];
	struct answer_host *h;

	switch (word[0]) {
	case '.':
		h = add_target(s, "");
		put_somewhere(s, s->a.n_mx - 1, "X");
		return;
	case '@':
		snprintf(name, sizeof name, ENTRY);
		break;
	case 'x':
		snprintf(name, sizeof name, "mx%u%s." ENTRY, nth, under);
		break;
	case 'y':
		snprintf(name, sizeof name, "mx%u.in%s." ENTRY, nth, under);
		break;
	case 'g':
		snprintf(name, sizeof name, "mail.post.example." ENTRY);
		break;
	case 'i':
		snprintf(name, sizeof name, word[1] == '@' ? "31.7.0.1." ENTRY : "31.7.0.1");
		break;
	case 'l':
		snprintf(name, sizeof name, "localhost");
		break;
	case 's':
		snprintf(name, sizeof name, "mail");
		break;
	case 'm':
		snprintf(name, sizeof name, "ms%u.msv1.invalid", 1000 + nth);
		break;
	default:
		snprintf(name, sizeof name, "mx%u%s.host-%c.example", nth, under, word[0]);
	}
	h = add_target(s, name);
	if (strcmp(name, "31.7.0.1") == 0 || word[0] == 'm')
		put_somewhere(s, s->a.n_mx - 1, "X");
	if (strchr(word, '~')) {
		s->chain[s->a.n_mx - 1][0] = "real.host-z.example";
		h->chain = s->chain[s->a.n_mx - 1];
		h->n_chain = 1;
	}
}

/* We as we are met in the wild: by name, by alias, by address, dead, with a failing address. */
static void add_us(struct set *s)
{
	static const struct {
		const char *name, *alias, *place;
	} forms[] = {
		{"backup.isp.example", NULL, "11.11.0.10"},
		{"backup.isp.example", NULL, "11.11.0.10 2a01:11::10"},
		{"r1.relay.isp.example", NULL, "11.11.0.11"},
		{"mx9." ENTRY, "backup.isp.example", "11.11.0.10"},
		{"mx8." ENTRY, NULL, "11.11.0.10"},
		{"mx7." ENTRY, NULL, "31.7.0.77 2a01:11::10"},
		{"backup.isp.example", NULL, "X"},
		{"backup.isp.example", NULL, "F4 F6"},
		{"mx6." ENTRY, NULL, "11.11.0.10 F6"},
	};
	size_t f = below(sizeof forms / sizeof forms[0]), k = s->a.n_mx;
	struct answer_host *h = add_target(s, forms[f].name);

	put_somewhere(s, k, forms[f].place);
	if (forms[f].alias) {
		s->chain[k][0] = forms[f].alias;
		h->chain = s->chain[k];
		h->n_chain = 1;
	}
}

static void make_set(struct set *s, const char *shape, unsigned n_us)
{
	char words[100], *state;
	unsigned nth = 0;

	memset(s, 0, sizeof *s);
	s->a = (struct answer){.entry = ENTRY, .status = ANSWER_DATA, .mx = s->mx, .host = s->host, .ttl = 300, .ede = -1};
	snprintf(words, sizeof words, "%s", shape);
	for (char *w = strtok_r(words, " ", &state); w; w = strtok_r(NULL, " ", &state))
		add_word(s, w, nth++);
	while (n_us-- > 0)
		add_us(s);
}

static void set_up(void)
{
	struct net_prefix p;

	memset(&site, 0, sizeof site);
	name_list_add(&site.relay_hosts, "backup.isp.example");
	name_list_add(&site.relay_hosts, "*.relay.isp.example");
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(net_prefix_parse(&p, (const char *[]){"11.11.0.10", "11.11.0.11", "2a01:11::10"}[i]), 0);
		netset_add(&site.relay_addresses, p);
	}
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(net_prefix_parse(&p, (const char *[]){"11.11.0.0/16", "2a01:11::/32"}[i]), 0);
		netset_add(&site.networks, p);
	}
}

static void tear_down(void)
{
	site_clear(&site);
}

/* --- the mail relay ----------------------------------------------------------------------------------- */

static int is_failing(const struct answer_host *h)
{
	return h->a == ANSWER_FAIL || h->aaaa == ANSWER_FAIL;
}

static int is_ours(const struct answer_host *h)
{
	size_t len = strlen(h->name);

	if (strcmp(h->name, "backup.isp.example") == 0 ||
	    (len > 18 && strcmp(h->name + len - 18, ".relay.isp.example") == 0) ||
	    (h->n_chain && strcmp(h->chain[0], "backup.isp.example") == 0))
		return 1;
	for (size_t i = 0; i < h->n_addresses; i++)
		if (netset_has(&site.relay_addresses, &h->address[i]))
			return 1;
	return 0;
}

/* Where our relay would send a mail for the entry, as a class. */
static enum class relay_says(const struct set *s)
{
	uint32_t ours = UINT32_MAX, best = UINT32_MAX, failing = UINT32_MAX;
	int unknown = 0, root = 0, on = 0, off = 0;

	for (size_t i = 0; i < s->a.n_mx; i++) {
		const struct answer_host *h = &s->host[s->mx[i].host];

		root |= !h->name[0];
		if (is_ours(h) && s->mx[i].preference < ours)
			ours = s->mx[i].preference;
		unknown |= !is_ours(h) && is_failing(h);
	}
	if (ours == UINT32_MAX)
		return unknown ? CLASS_UNKNOWN : CLASS_ORPHAN;
	if (root)
		return CLASS_BROKEN;
	for (size_t i = 0; i < s->a.n_mx; i++) {
		const struct answer_host *h = &s->host[s->mx[i].host];

		if (s->mx[i].preference >= ours)
			continue;
		if (is_failing(h) && s->mx[i].preference < failing)
			failing = s->mx[i].preference;
		for (size_t k = 0; k < h->n_addresses; k++) {
			int here = netset_has(&site.networks, &h->address[k]);

			if ((!here && net_is_bogon(&h->address[k])) || s->mx[i].preference > best)
				continue;
			if (s->mx[i].preference < best)
				on = off = 0;
			best = s->mx[i].preference;
			on |= here;
			off |= !here;
		}
	}
	if (failing != UINT32_MAX && failing <= best)
		return CLASS_UNKNOWN;
	return on ? CLASS_OK : off ? CLASS_MOVED : CLASS_BROKEN;
}

/* --- what must hold ----------------------------------------------------------------------------------- */

static const char *what(const struct set *s)
{
	static char text[2000];
	size_t used = 0;

	for (size_t i = 0; i < s->a.n_mx; i++) {
		const struct answer_host *h = &s->host[s->mx[i].host];
		char address[NET_TEXT_SIZE];

		used += (size_t)snprintf(text + used, sizeof text - used, "%u %s %d/%d", s->mx[i].preference, h->name, h->a,
					 h->aaaa);
		for (size_t k = 0; k < h->n_addresses; k++)
			used += (size_t)snprintf(text + used, sizeof text - used, " %s", net_address_text(address, &h->address[k]));
		used += (size_t)snprintf(text + used, sizeof text - used, "; ");
	}
	return text;
}

#define HOLDS(x, s) ck_assert_msg((x), "%s: %s, %s", #x, reason_name(verdict_of(&site, &(s)->a).reason), what(s))

static int same(struct verdict a, struct verdict b)
{
	return a.class == b.class && a.reason == b.reason && a.severity == b.severity && a.deletion == b.deletion &&
	       a.flags == b.flags;
}

/* The arrays of a copy are its own. */
static struct set copy_of(const struct set *s)
{
	struct set c = *s;

	c.a.mx = NULL;
	return c;
}

static struct verdict judge(struct set *s)
{
	s->a.mx = s->mx;
	s->a.host = s->host;
	for (size_t k = 0; k < s->a.n_hosts; k++) {
		s->host[k].address = s->host[k].n_addresses ? s->address[k] : NULL;
		s->host[k].chain = s->host[k].n_chain ? s->chain[k] : NULL;
	}
	return verdict_of(&site, &s->a);
}

static void check_order(const struct set *s, struct verdict v)
{
	struct set c = copy_of(s);

	for (size_t i = c.a.n_mx; i-- > 1;) {
		size_t k = below((unsigned)i + 1);
		struct answer_mx kept = c.mx[i];

		c.mx[i] = c.mx[k];
		c.mx[k] = kept;
	}
	HOLDS(same(judge(&c), v), s);
}

/* An answer less, of whichever address of whichever target: what was no orphan is none now. */
static void check_failures(const struct set *s, struct verdict v)
{
	static const enum answer_status lost[] = {ANSWER_FAIL, ANSWER_NOT_ASKED};

	for (size_t k = 0; k < s->a.n_hosts; k++)
		for (unsigned i = 0; i < 4; i++) {
			struct set c = copy_of(s);
			struct answer_host *h = &c.host[k];
			int family = i & 1 ? 6 : 4;
			size_t n = 0;

			*(family == 4 ? &h->a : &h->aaaa) = lost[i / 2];
			for (size_t j = 0; j < h->n_addresses; j++)
				if (c.address[k][j].family != family)
					c.address[k][n++] = c.address[k][j];
			h->n_addresses = n;
			if (v.class != CLASS_ORPHAN)
				HOLDS(judge(&c).class != CLASS_ORPHAN, &c);
			/* Only what needs no look-up at all, or is said by the other answer, stays an orphan. */
			else if (h->name[0] && !strchr("0123456789", h->name[0]) && i < 2)
				HOLDS(judge(&c).class == CLASS_UNKNOWN, &c);
		}
}

static void check_worse(const struct set *s, struct verdict v)
{
	struct set c = copy_of(s);
	size_t k = c.a.n_mx;
	struct verdict worse;

	if (k == TARGETS_MAX)
		return;
	add_target(&c, "last.host-y.example");
	c.mx[k].preference = 65535;
	for (size_t i = 0; i < k; i++)
		if (c.mx[i].preference == 65535)
			c.mx[i].preference = 65534;
	worse = judge(&c);
	if (v.class == CLASS_OK || v.class == CLASS_MOVED)
		HOLDS(worse.class == v.class && worse.reason == v.reason && (worse.flags & v.flags) == v.flags, &c);
	else if (v.class != CLASS_ORPHAN)
		HOLDS(worse.class != CLASS_ORPHAN, &c);
	else
		HOLDS(worse.class == (is_ours(&c.host[k])      ? CLASS_BROKEN
				      : is_failing(&c.host[k]) ? CLASS_UNKNOWN
							       : CLASS_ORPHAN),
		      &c);
}

static void check_twice(const struct set *s, struct verdict v)
{
	struct set c = copy_of(s);
	struct verdict twice;

	if (c.a.n_mx == TARGETS_MAX)
		return;
	c.mx[c.a.n_mx] = c.mx[below((unsigned)c.a.n_mx)];
	c.a.n_mx++;
	twice = judge(&c);
	HOLDS(twice.class == v.class && twice.reason == v.reason && twice.deletion == v.deletion, s);
}

static void check_us_added(const struct set *s)
{
	struct set c = copy_of(s);

	if (c.a.n_mx == TARGETS_MAX)
		return;
	add_us(&c);
	HOLDS(judge(&c).class != CLASS_ORPHAN, &c);
}

static void check_consistency(const struct set *s, struct verdict v)
{
	HOLDS(v.class == reason_class(v.reason), s);
	HOLDS((v.class == CLASS_ORPHAN) == (v.deletion != DELETE_NEVER), s);
	HOLDS(!(v.flags & (H_SIBLING_OF_RELAY | H_NEAR_MISS)) || v.deletion == DELETE_HOLD, s);
	HOLDS(v.class != CLASS_BROKEN || v.severity == 3, s);
	HOLDS(v.class != CLASS_UNKNOWN || v.flags == 0, s);
}

START_TEST(what_must_hold_of_every_set)
{
	unsigned seen[N_CLASSES] = {0};

	seed = (uint64_t)_i + 1;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct set s;
		struct verdict v;

		make_set(&s, mx_shapes[_i], round % 3);
		v = judge(&s);
		seen[v.class]++;
		HOLDS(v.class == relay_says(&s), &s);
		check_consistency(&s, v);
		check_order(&s, v);
		check_failures(&s, v);
		check_worse(&s, v);
		check_twice(&s, v);
		check_us_added(&s);
	}
	/* One that threw no dice would hold everything. */
	ck_assert_uint_gt(seen[CLASS_ORPHAN], 0);
	ck_assert_uint_gt(seen[CLASS_BROKEN], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict_random");
	TCase *c = tcase_create("shapes");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, what_must_hold_of_every_set, 0, N_MX_SHAPES);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
