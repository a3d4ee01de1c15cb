/*
 * sample_answer: a small DNS world in a table, and answers made of one line of text.
 *
 *	"10 here, 50 us"              an MX set; words are labels of sample_hosts
 *	"NODATA off"                  no MX; the entry has the addresses of that label
 *	"NXDOMAIN shop.example"       with the owner of the SOA
 *	"FAIL"                        see sample_answer.failure
 *
 * and verdicts made into one line, "OK_BACKUP - never 0", so that a case is a row of a table.
 */
#ifndef TESTS_RELAY_SAMPLE_ANSWER_H
#define TESTS_RELAY_SAMPLE_ANSWER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "relay/answer.h"
#include "relay/site.h"
#include "relay/verdict.h"

/* status: what A and AAAA answered, a letter each: Data Nodata X (NXDOMAIN) Fail - (not asked); ""
 * follows from the addresses. */
struct sample_host {
	const char *label, *name, *chain, *addresses, *status;
};

static const struct sample_host sample_hosts[] = {
	/* ours */
	{"us", "mx2.ward.example", "", "198.51.100.10 2001:db8::10", ""},
	{"us2", "mx3.ward.example", "", "198.51.100.11", ""},
	{"us*", "r7.in.ward.example", "", "198.51.100.11", ""},
	{"us-dead", "mx3.ward.example", "", "", "XX"},
	{"us-fail", "mx3.ward.example", "", "", "FF"},
	{"alias", "old.ward.example", "mx2.ward.example", "198.51.100.10", ""},
	{"far-alias", "relay.shop.example", "x.cloud.example mx2.ward.example", "198.51.100.10",
			""},
	{"alias-fail", "relay2.shop.example", "mx2.ward.example", "", "FF"},
	{"same4", "twin.cloud.example", "", "198.51.100.10", ""},
	{"same6", "twin6.cloud.example", "", "2001:db8::10", ""},
	{"same-mapped", "twin8.cloud.example", "", "::ffff:198.51.100.10", ""},
	{"same-nat64", "twin9.cloud.example", "", "64:ff9b::198.51.100.10", ""},
	{"same-alias", "post2.shop.example", "x.cloud.example", "198.51.100.10", ""},
	{"same4-fail6", "twin7.cloud.example", "", "198.51.100.10", "DF"},
	{"glued", "mx2.ward.example.shop.example", "", "", "XX"},
	{"glued-fail", "mx3.ward.example.shop.example", "", "", "FF"},
	{"glued*", "r1.in.ward.example.shop.example", "", "", "XX"},
	{"glued-top", "mx2.ward.example.example", "", "", "XX"},
	{"glued-wild", "mx3.ward.example.shop.example", "", "31.7.0.1", ""},
	{"glued-same", "mx3.ward.example.shop.example", "", "198.51.100.10", ""},
	{"glued-real", "mx2.ward.example.real.test", "", "", "XX"},
	{"no-glue", "mx2.ward.exampleshop.example", "", "", "XX"},
	/* in our networks */
	{"here", "mail.tenant.example", "", "198.51.100.25 2001:db8:5::25", ""},
	{"here2", "mail2.tenant.example", "", "198.51.100.26", ""},
	{"here6", "mail6.tenant.example", "", "2001:db8:5::6", ""},
	{"here-alias", "smtp.tenant.example", "mail.tenant.example", "198.51.100.25", ""},
	{"here_", "my_mail.tenant.example", "", "198.51.100.27", ""},
	{"here-own", "mail.shop.example", "", "198.51.100.28", ""},
	{"here+bogon", "mail3.tenant.example", "", "10.9.9.9 198.51.100.29", ""},
	{"here6+bogon", "mail4.tenant.example", "", "10.9.9.9 2001:db8:5::9", ""},
	{"here-fail6", "mail5.tenant.example", "", "198.51.100.30", "DF"},
	{"here-no6", "mail7.tenant.example", "", "198.51.100.31", "D-"},
	/* elsewhere */
	{"off", "mx.cloud.example", "", "31.7.0.1 2a00:7::1", ""},
	{"off2", "mx-b.cloud.example", "", "31.7.0.2", ""},
	{"off6", "mx6.cloud.example", "", "2a00:7::6", ""},
	{"off-alias", "post.shop.example", "mx.cloud.example", "31.7.0.1", ""},
	{"off_", "mx_1.cloud.example", "", "31.7.0.3", ""},
	{"off+us", "mx-f.cloud.example", "x.cloud.example mx2.ward.example", "31.7.0.7 198.51.100.10", ""},
	{"off+us-bare", "mx-g.cloud.example", "", "31.7.0.8 198.51.100.10", ""},
	{"off_-alias", "my_post.shop.example", "mx.cloud.example", "31.7.0.1", ""},
	{"off-no6", "mx-c.cloud.example", "", "31.7.0.4", "D-"},
	{"off-fail6", "mx-d.cloud.example", "", "31.7.0.5", "DF"},
	{"off+bogon", "mx-e.cloud.example", "", "31.7.0.6 192.168.1.1", ""},
	{"mixed", "both.tenant.example", "", "198.51.100.40 31.7.0.40", ""},
	{"on4off6", "half.tenant.example", "", "198.51.100.41 2a00:7::41", ""},
	{"filter", "mx1.sieve.example", "", "31.21.0.1", ""},
	{"filter-alias", "mx.filtered.example", "mx1.sieve.example", "31.21.0.1", ""},
	{"filter-net", "a.clean.example", "", "31.20.0.1", ""},
	{"filter-far", "mx2.filtered.example", "x.cloud.example mx1.sieve.example", "31.21.0.1", ""},
	{"filter-nets", "c.clean.example", "", "31.20.0.1 31.20.0.2", ""},
	{"filter-half", "b.clean.example", "", "31.20.0.1 31.7.0.9", ""},
	{"filter-no", "mx1.notsieve.example", "", "31.21.0.2", ""},
	/* without an address, or without a usable one */
	{"gone", "gone.cloud.example", "", "", "XX"},
	{"gone-x-", "gone2.cloud.example", "", "", "X-"},
	{"gone-x6", "gone3.cloud.example", "", "", "-X"},
	{"bare", "bare.cloud.example", "", "", "NN"},
	{"bare_", "no_mail.cloud.example", "", "", "NN"},
	{"dangling", "d.cloud.example", "nothere.cloud.example", "", "XX"},
	{"msv1", "ms1234.msv1.invalid", "", "", "XX"},
	{"private", "p.cloud.example", "", "10.1.2.3", ""},
	{"loop", "l.cloud.example", "", "127.0.0.1 ::1", ""},
	{"zero", "z.cloud.example", "", "0.0.0.0", ""},
	{"cgn", "c.cloud.example", "", "100.64.1.1", ""},
	{"doc", "e.cloud.example", "", "192.0.2.25", ""},
	{"ula", "u.cloud.example", "", "fd00::25", ""},
	{"link", "k.cloud.example", "", "fe80::25", ""},
	{"mapped", "m.cloud.example", "", "::ffff:31.7.0.1", ""},
	{"root", "", "", "", "XX"},
	{"text", "198.51.100.25", "", "", "XX"},
	{"text-fail", "198.51.100.25", "", "", "FF"},
	{"text-glued", "198.51.100.25.shop.example", "", "", "XX"},
	{"text-top", "198.51.100.25.example", "", "", "XX"},
	{"text-glued-fail", "198.51.100.25.shop.example", "", "", "FF"},
	{"text-glued-here", "198.51.100.25.shop.example", "", "198.51.100.25", ""},
	{"text-bracket", "[198.51.100.25]", "", "", "FF"},
	{"text6", "2001:db8:5::25", "", "", "XX"},
	{"text6-glued", "2001:db8:5::25.shop.example", "", "", "XX"},
	{"text-us", "198.51.100.10", "", "", "XX"},
	{"text-us-mapped", "::ffff:198.51.100.10", "", "", "XX"},
	{"text-us6", "2001:db8::10", "", "", "FF"},
	{"text-us-glued", "198.51.100.10.shop.example", "", "", "XX"},
	{"text-us-bracket", "[198.51.100.10]", "", "", "XX"},
	{"text-us-long", "[0000:0000:0000:0000:0000:ffff:198.51.100.10]", "", "", "XX"},
	{"text-five", "198.51.100.25.9.shop.example", "", "", "XX"},
	/* no definite answer */
	{"fail", "f.cloud.example", "", "", "FF"},
	{"fail4", "f4.cloud.example", "", "2a00:7::4", "FD"},
	{"fail6", "f6.cloud.example", "", "31.7.0.66", "DF"},
	{"fail-x", "fx.cloud.example", "", "", "XF"},
	{"unasked", "q.cloud.example", "", "", "--"},
	{"unasked4", "q4.cloud.example", "", "2a00:7::5", "-D"},
	{"empty", "e2.cloud.example", "", "", "DN"},
	{"empty6", "e3.cloud.example", "", "", "ND"},
	/* parked */
	{"park", "park.dealer.example", "", "31.30.0.1", ""},
	{"park-dead", "park.dealer.example", "", "", "XX"},
	{"park*", "a.catch.dealer.example", "", "31.31.0.1", ""},
	{"park-alias", "mx.parked.example", "park.dealer.example", "31.31.0.1", ""},
	{"park-ips", "mx3.parked.example", "", "31.7.0.10 31.30.0.2", ""},
	{"park-ip", "mx2.parked.example", "", "31.30.0.2", ""},
	/* what resembles us */
	{"sibling", "new.ward.example", "", "198.51.100.99", ""},
	{"sibling-off", "new2.ward.example", "", "31.7.0.99", ""},
	{"sibling-dead", "a.mx2.ward.example", "", "", "XX"},
	{"sibling-apex", "ward.example", "", "198.51.100.99", ""},
	{"sibling-alias", "mail9.tenant.example", "new.ward.example", "198.51.100.99", ""},
	{"sibling-far", "mail12.tenant.example", "x.cloud.example new.ward.example", "198.51.100.99", ""},
	{"sibling-glued", "new.ward.example.shop.example", "", "", "XX"},
	{"near", "mx2.wardd.example", "", "31.7.0.50", ""},
	{"near-swap", "mx2.wrad.example", "", "31.7.0.50", ""},
	{"near-short", "mx2.war.example", "", "31.7.0.50", ""},
	{"near-two", "mx2.wordd.example", "", "31.7.0.50", ""},
	{"near-here", "mx4.ward.example", "", "198.51.100.98", ""},
	{"near*", "r7.in.wardd.example", "", "31.7.0.51", ""},
	{"near*deep", "a.b.im.ward.test", "", "31.7.0.51", ""},
	{"near*bare", "in.wardd.example", "", "31.7.0.51", ""},
	{"near-glued", "mx2.wardd.example.shop.example", "", "", "XX"},
	{"near-dots", "mx2\\046ward\\046example", "", "", "XX"},
	{"near-dot", "mx2\\046ward.example", "", "", "XX"},
	{"near-blank", "mx2.ward.example\\032", "", "", "XX"},
	{"near-blank-glued", "mx2.ward.example\\032.shop.example", "", "", "XX"},
	{"near-no-dot", "mx2\\046warddd.example", "", "", "XX"},
	{"near-dead", "mx2.wadr.example", "", "", "XX"},
	{"known", "known.ward.example", "", "198.51.100.97", ""},
	{"known-behind", "mail10.tenant.example", "known.ward.example", "198.51.100.97", ""},
	{"known-near-behind", "mail11.tenant.example", "mx2.vard.example", "31.7.0.97", ""},
	{"known-near", "mx2.vard.example", "", "31.7.0.97", ""},
	{"known-alias", "known.ward.example", "new.ward.example", "198.51.100.97", ""},
};

struct sample {
	struct arena arena;
	struct answer a;
};

static inline const struct sample_host *sample_find(const char *label, size_t len)
{
	for (size_t i = 0; i < sizeof(sample_hosts) / sizeof(sample_hosts[0]); i++)
		if (strlen(sample_hosts[i].label) == len && !memcmp(sample_hosts[i].label, label,
				len))
			return &sample_hosts[i];
	ck_abort_msg("no sample host '%.*s'", (int)len, label);
	return NULL;
}

/* The words of a text in an array. */
static inline const char **sample_words(struct sample *s, const char *text, size_t *n)
{
	const char **out = arena_alloc(&s->arena, (strlen(text) + 1) * sizeof(*out));

	for (*n = 0; *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");

		out[(*n)++] = arena_string(&s->arena, text, len);
		text += len;
	}
	return *n ? out : NULL;
}

static inline enum answer_status sample_status(char c)
{
	switch (c) {
	case 'D':
		return ANSWER_DATA;
	case 'N':
		return ANSWER_NODATA;
	case 'X':
		return ANSWER_NXDOMAIN;
	case 'F':
		return ANSWER_FAIL;
	default:
		return ANSWER_NOT_ASKED;
	}
}

static inline struct answer_host sample_host_of(struct sample *s, const struct sample_host *h)
{
	struct answer_host out = {.a = ANSWER_NODATA, .aaaa = ANSWER_NODATA};
	size_t n = 0;
	const char **text = sample_words(s, h->addresses, &n);
	struct net_address *address = n ? arena_alloc(&s->arena, n * sizeof(*address)) : NULL;

	snprintf(out.name, sizeof(out.name), "%s", h->name);
	out.chain = sample_words(s, h->chain, &out.n_chain);
	for (size_t i = 0; i < n; i++) {
		ck_assert_msg(!net_address_parse(&address[i], text[i]), "%s", text[i]);
		*(address[i].family == 4 ? &out.a : &out.aaaa) = ANSWER_DATA;
	}
	if (h->status[0]) {
		out.a = sample_status(h->status[0]);
		out.aaaa = sample_status(h->status[1]);
	}
	if (out.a == ANSWER_FAIL || out.aaaa == ANSWER_FAIL)
		out.failure = FAILURE_SERVFAIL;
	out.address = address;
	out.n_addresses = n;
	return out;
}

static inline void sample_set_mx(struct sample *s, const char *text)
{
	size_t room = strlen(text) + 1;
	const struct sample_host **known = arena_alloc(&s->arena, room * sizeof(*known));
	struct answer_host *host = arena_alloc(&s->arena, room * sizeof(*host));
	struct answer_mx *mx = arena_alloc(&s->arena, room * sizeof(*mx));

	s->a.status = ANSWER_DATA;
	while (*text) {
		char *end;
		unsigned long preference = strtoul(text, &end, 10);
		size_t len = strcspn(++end, ","), k = 0;
		const struct sample_host *h = sample_find(end, len);

		while (k < s->a.n_hosts && known[k] != h)
			k++;
		if (k == s->a.n_hosts) {
			known[s->a.n_hosts] = h;
			host[s->a.n_hosts++] = sample_host_of(s, h);
		}
		mx[s->a.n_mx++] = (struct answer_mx){(uint16_t)preference, (uint16_t)k, 300};
		text = end + len;
		text += strspn(text, ", ");
	}
	s->a.mx = mx;
	s->a.host = host;
}

static inline int sample_begins(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len))
		return 0;
	*text += len;
	return 1;
}

/* chain and ns are words; NULL for none. */
static inline void sample_init(struct sample *s, const char *entry, const char *chain,
		const char *text,
			       const char *ns)
{
	*s = (struct sample){.a = {.ttl = 300, .ede = -1}};
	snprintf(s->a.entry, sizeof(s->a.entry), "%s", entry);
	s->a.chain = sample_words(s, chain ? chain : "", &s->a.n_chain);
	s->a.ns = sample_words(s, ns ? ns : "", &s->a.n_ns);
	if (sample_begins(&text, "NODATA ")) {
		s->a.status = ANSWER_NODATA;
		s->a.self = sample_host_of(s, sample_find(text, strlen(text)));
		snprintf(s->a.self.name, sizeof(s->a.self.name), "%s", entry);
	} else if (sample_begins(&text, "NXDOMAIN ")) {
		s->a.status = ANSWER_NXDOMAIN;
		snprintf(s->a.soa, sizeof(s->a.soa), "%s", text);
	} else if (sample_begins(&text, "FAIL")) {
		s->a.status = ANSWER_FAIL;
	} else {
		sample_set_mx(s, text);
	}
}

static inline void sample_clear(struct sample *s)
{
	arena_clear(&s->arena);
}

static inline void sample_add_nets(struct netset *set, const char *a, const char *b, const char *c)
{
	const char *text[] = {a, b, c};

	for (size_t i = 0; i < 3; i++) {
		struct net_prefix p;

		if (!text[i])
			continue;
		ck_assert_msg(!net_prefix_parse(&p, text[i]), "%s", text[i]);
		netset_add(set, p);
	}
}

/* ipv6: the relays have an IPv6 address. */
static inline struct site sample_site(int ipv6)
{
	struct site s = {0};

	name_list_add(&s.relay_hosts, "mx2.ward.example");
	name_list_add(&s.relay_hosts, "mx3.ward.example");
	name_list_add(&s.relay_hosts, "*.in.ward.example");
	name_list_add(&s.relay_hosts, "*.in.ward.test");
	sample_add_nets(&s.relay_addresses, "198.51.100.10", "198.51.100.11",
			ipv6 ? "2001:db8::10" : NULL);
	sample_add_nets(&s.networks, "198.51.100.0/24", "2001:db8::/32", NULL);
	name_list_add(&s.other_hosts, "known.ward.example");
	name_list_add(&s.other_hosts, "mx2.vard.example");
	name_list_add(&s.filter_suffixes, "sieve.example");
	sample_add_nets(&s.filter_networks, "31.20.0.0/16", NULL, NULL);
	name_list_add(&s.parking_mx, "park.dealer.example");
	name_list_add(&s.parking_mx, "*.catch.dealer.example");
	name_list_add(&s.parking_ns, "ns1.dealer.example");
	sample_add_nets(&s.parking_addresses, "31.30.0.2", NULL, NULL);
	return s;
}

/* "OK_BACKUP W_MX_CNAME,W_TTL0 never 1"; the class is checked on the way. */
static inline void sample_add_verdict(struct str *out, struct verdict v)
{
	ck_assert_uint_eq(v.class, reason_class((enum reason)v.reason));
	str_addf(out, "%s ", reason_name((enum reason)v.reason));
	flags_add(out, v.flags, ",");
	str_addf(out, "%s %s %u", v.flags ? "" : "-", deletion_name((enum deletion)v.deletion),
			v.severity);
}

static inline void sample_assert_verdict(struct verdict v, const char *expected, const char *what)
{
	struct str got = {0};

	sample_add_verdict(&got, v);
	ck_assert_msg(!strcmp(str_text(&got), expected), "%s: got '%s', not '%s'", what,
			str_text(&got),
		      expected);
	str_clear(&got);
}

#endif
