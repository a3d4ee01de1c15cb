#include "relay/verdict.h"

#include <check.h>
#include <stdlib.h>

#include "relay/ruling.h"
#include "relay/sample_answer.h"
#include "support/suite.h"

static struct site site;
static struct sample s;

static void setup(void)
{
	site = sample_site(1);
}

static void teardown(void)
{
	site_clear(&site);
}

static void expect(const char *expected, const char *what)
{
	sample_assert_verdict(verdict_of(&site, &s.a), expected, what);
	sample_clear(&s);
}

static void expect_mx(const char *mx, const char *expected)
{
	sample_init(&s, "shop.example", NULL, mx, NULL);
	expect(expected, mx);
}

START_TEST(aaaa_may_be_left_out_without_an_ipv6_relay)
{
	site_clear(&site);
	site = sample_site(0);
	expect_mx("10 off-no6", "ORPHAN_OFFNET - C1 2");
	expect_mx("10 here-no6, 50 us", "OK_BACKUP - never 0");
	expect_mx("NODATA off-no6", "ORPHAN_IMPLICIT - C1 2");
	/* but not A, and a failure stays one */
	expect_mx("10 unasked", "UNK_TARGET_TEMPFAIL - never 1");
	expect_mx("10 unasked4", "UNK_TARGET_TEMPFAIL - never 1");
	expect_mx("10 off-fail6", "UNK_TARGET_TEMPFAIL - never 1");
	expect_mx("10 same6", "ORPHAN_ONNET - C1 1");
}
END_TEST

START_TEST(time_to_live_counts_of_records_only)
{
	sample_init(&s, "shop.example", NULL, "10 here, 50 us", NULL);
	s.a.ttl = 0;
	expect("OK_BACKUP W_TTL0 never 0", "listed");
	sample_init(&s, "shop.example", NULL, "10 here, 50 alias", NULL);
	s.a.ttl = 0;
	expect("OK_BACKUP W_MX_CNAME,W_SELF_BY_ALIAS,W_TTL0 never 1", "alias");
	sample_init(&s, "www.shop.example", "shop.example", "10 here, 50 us", NULL);
	s.a.ttl = 0;
	expect("OK_BACKUP W_ENTRY_CNAME,W_TTL0 never 1", "an entry that is an alias");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.ttl = 0;
	expect("ORPHAN_OFFNET W_TTL0 C1 2", "orphan");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.ttl = 1;
	expect("ORPHAN_OFFNET - C1 2", "one second");
	sample_init(&s, "shop.example", NULL, "NODATA off", NULL);
	s.a.ttl = 0;
	expect("ORPHAN_IMPLICIT - C1 2", "no MX");
}
END_TEST

START_TEST(a_flag_makes_a_verdict_worse)
{
	ck_assert_uint_eq(ruling_make(OK_BACKUP, 0, DELETE_NEVER, W_V6ONLY).severity, 1);
	ck_assert_uint_eq(ruling_make(OK_BACKUP, 2, DELETE_NEVER, W_V6ONLY).severity, 2);
	ck_assert_uint_eq(ruling_make(OK_BACKUP, 0, DELETE_NEVER, H_NEAR_MISS | W_V6ONLY).severity, 3);
	for (unsigned bit = N_FLAGS; bit < 32; bit++)
		ck_assert_uint_eq(ruling_make(OK_BACKUP, 0, DELETE_NEVER, (uint32_t)1 << bit).severity, 0);
}
END_TEST

START_TEST(stale_data_keeps_alive_and_never_kills)
{
	static const struct {
		const char *mx, *expected;
	} rows[] = {
		{"10 here, 50 us", "OK_BACKUP - never 0"},
		{"10 off, 50 us", "MOVED_OFFNET - never 2"},
		{"50 us", "BRK_WE_ARE_ONLY - never 3"},
		{"NODATA same4", "BRK_WE_ARE_ONLY W_IMPLICIT never 3"},
		{"10 off", "UNK_STALE - never 1"},
		{"10 here", "UNK_STALE - never 1"},
		{"10 gone", "UNK_STALE - never 1"},
		{"0 root", "UNK_STALE - never 1"},
		{"10 park", "UNK_STALE - never 1"},
		{"50 near", "UNK_STALE - never 1"},
		{"NODATA off", "UNK_STALE - never 1"},
		{"NODATA bare", "UNK_STALE - never 1"},
		{"NXDOMAIN example", "UNK_STALE - never 1"},
		{"10 fail", "UNK_TARGET_TEMPFAIL - never 1"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample_init(&s, "shop.example", NULL, rows[i].mx, NULL);
		s.a.doubt = FAILURE_STALE;
		expect(rows[i].expected, rows[i].mx);
	}
	/* The same holds of data beside which a fault of its signatures was told. */
	sample_init(&s, "shop.example", NULL, "10 here, 50 us", NULL);
	s.a.doubt = FAILURE_BOGUS;
	expect("OK_BACKUP - never 0", "listed, in doubt");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.doubt = FAILURE_BOGUS;
	expect("UNK_BOGUS - never 2", "not listed, in doubt");
}
END_TEST

START_TEST(each_failure_has_its_reason)
{
	static const char *const expected[] = {
		[FAILURE_NONE] = "UNK_TIMEOUT - never 1",
		[FAILURE_TIMEOUT] = "UNK_TIMEOUT - never 1",
		[FAILURE_SERVFAIL] = "UNK_SERVFAIL - never 1",
		[FAILURE_REFUSED] = "UNK_REFUSED - never 1",
		[FAILURE_BOGUS] = "UNK_BOGUS - never 2",
		[FAILURE_LAME] = "UNK_LAME - never 1",
		[FAILURE_TC] = "UNK_TC - never 1",
		[FAILURE_MALFORMED] = "UNK_MALFORMED - never 1",
		[FAILURE_NEG_NO_SOA] = "UNK_NEG_NO_SOA - never 1",
		[FAILURE_FILTERED] = "UNK_FILTERED - never 1",
		[FAILURE_STALE] = "UNK_STALE - never 1",
		[FAILURE_CNAME_LOOP] = "UNK_CNAME_LOOP - never 2",
		[FAILURE_LIES] = "UNK_RESOLVER_LIES - never 1",
		[FAILURE_LIES + 1] = "UNK_MALFORMED - never 1",
	};

	for (size_t f = 0; f < sizeof(expected) / sizeof(expected[0]); f++) {
		sample_init(&s, "shop.example", "real.example", "FAIL", "ns1.dealer.example");
		s.a.failure = (enum answer_failure)f;
		expect(expected[f], "failure");
	}
	sample_init(&s, "shop.example", NULL, "FAIL", NULL);
	s.a.status = ANSWER_NOT_ASKED;
	expect("UNK_TIMEOUT - never 1", "not asked");
}
END_TEST

START_TEST(transport_decides_what_moved_but_not_who_is_listed)
{
	static const struct {
		const char *hop, *mx, *expected;
	} rows[] = {
		{"", "50 us", "OK_TRANSPORT - never 0"},
		{"", "10 us, 20 here", "OK_TRANSPORT - never 0"},
		{"", "10 off, 50 us", "OK_TRANSPORT - never 0"},
		{"", "10 gone, 50 us", "OK_TRANSPORT - never 0"},
		{"", "10 text, 50 us", "OK_TRANSPORT - never 0"},
		{"", "10 fail, 50 us", "OK_TRANSPORT - never 0"},
		{"", "10 here, 50 alias", "OK_TRANSPORT W_MX_CNAME,W_SELF_BY_ALIAS never 1"},
		{"", "NODATA same4", "OK_TRANSPORT W_IMPLICIT never 1"},
		{"198.51.100.77", "10 off, 50 us", "OK_TRANSPORT - never 0"},
		{"2001:db8:9::1", "10 off, 50 us", "OK_TRANSPORT - never 0"},
		{"hub.tenant.example", "10 off, 50 us", "OK_TRANSPORT - never 0"},
		{"31.7.0.1", "10 here, 50 us", "MOVED_OFFNET - never 2"},
		{"31.7.0.1", "50 us", "MOVED_OFFNET - never 2"},
		{"31.7.0.1", "NODATA same4", "MOVED_OFFNET W_IMPLICIT never 2"},
		{"2a00:7::1", "50 us", "MOVED_OFFNET - never 2"},
		{"", "0 root, 50 us", "BRK_NULLMX_MIXED - never 3"},
		{"", "10 here, 50 glued", "BRK_MISSING_DOT - never 3"},
		{"", "10 off", "ORPHAN_OFFNET - C1 2"},
		{"198.51.100.77", "10 here", "ORPHAN_ONNET - C1 1"},
		{"", "NODATA off", "ORPHAN_IMPLICIT - C1 2"},
		{"", "NODATA bare", "ORPHAN_NOMAIL - C1 2"},
		{"", "0 root", "ORPHAN_NULLMX - C1 2"},
		{"", "NXDOMAIN example", "ORPHAN_NXDOMAIN - C2 2"},
		{"", "10 fail", "UNK_TARGET_TEMPFAIL - never 1"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct transport_override o = {(char *)"shop.example", (char *)rows[i].hop};

		site.override = &o;
		site.n_overrides = 1;
		expect_mx(rows[i].mx, rows[i].expected);
		sample_init(&s, "other.example", NULL, "50 us", NULL);
		expect("BRK_WE_ARE_ONLY - never 3", "another entry");
	}
	site.override = NULL;
	site.n_overrides = 0;
}
END_TEST

/* Of a next hop that is a name its addresses decide, where there are any. */
START_TEST(the_next_hop_s_addresses_decide)
{
	static const struct {
		const char *hop, *expected;
	} rows[] = {
		{"here", "OK_TRANSPORT - never 0"},	{"off", "MOVED_OFFNET - never 2"},
		{"off6", "MOVED_OFFNET - never 2"},	{"mixed", "OK_TRANSPORT - never 0"},
		{"private", "MOVED_OFFNET - never 2"}, {"gone", "OK_TRANSPORT - never 0"},
		{"fail", "OK_TRANSPORT - never 0"},	{"fail4", "MOVED_OFFNET - never 2"},
	};
	/* So many of them count, or none where there is no array. */
	static const struct {
		const char *what;
		size_t n;
		int array;
		const char *expected;
	} counts[] = {
		{"the first is elsewhere", 1, 1, "MOVED_OFFNET - never 2"},
		{"the second is not", 2, 1, "OK_TRANSPORT - never 0"},
		{"none", 0, 1, "OK_TRANSPORT - never 0"},
		{"no array", 2, 0, "OK_TRANSPORT - never 0"},
	};
	struct transport_override o = {(char *)"shop.example", (char *)"hub.tenant.example"};
	struct net_address two[2];

	site.override = &o;
	site.n_overrides = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample_init(&s, "shop.example", NULL, "10 here, 50 us", NULL);
		s.a.next_hop = sample_host_of(&s, sample_find(rows[i].hop, strlen(rows[i].hop)));
		expect(rows[i].expected, rows[i].hop);
	}
	net_address_parse(&two[0], "31.7.0.9");
	net_address_parse(&two[1], "198.51.100.41");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		sample_init(&s, "shop.example", NULL, "10 here, 50 us", NULL);
		s.a.next_hop.address = counts[i].array ? two : NULL;
		s.a.next_hop.n_addresses = counts[i].n;
		expect(counts[i].expected, counts[i].what);
	}
	/* An override without a next hop leads nowhere else, whatever addresses came with it. */
	for (int i = 0; i < 2; i++) {
		o.next_hop = i ? (char *)"" : NULL;
		sample_init(&s, "shop.example", NULL, "10 off, 50 us", NULL);
		s.a.next_hop.address = two;
		s.a.next_hop.n_addresses = 1;
		expect("OK_TRANSPORT - never 0", "no next hop");
	}
	site.override = NULL;
	site.n_overrides = 0;
}
END_TEST

static void expect_suffix(const char *mx, enum answer_status base, const char *expected)
{
	sample_init(&s, "shop.example", NULL, mx, NULL);
	s.a.suffix = 1;
	s.a.base = base;
	expect(expected, mx);
}

START_TEST(suffix_absence_is_never_evidence)
{
	expect_suffix("10 here, 50 us", ANSWER_NODATA, "OK_SUFFIX_WILDCARD - never 0");
	expect_suffix("10 here, 50 alias", ANSWER_NODATA, "OK_SUFFIX_WILDCARD - never 0");
	expect_suffix("10 off, 50 us", ANSWER_FAIL, "OK_SUFFIX_WILDCARD - never 0");
	expect_suffix("10 us", ANSWER_NXDOMAIN, "OK_SUFFIX_WILDCARD - never 0");
	expect_suffix("10 fail, 50 us", ANSWER_NODATA, "OK_SUFFIX_WILDCARD - never 0");
	expect_suffix("NXDOMAIN shop.example", ANSWER_NODATA, "NA_SUFFIX - never 0");
	expect_suffix("NXDOMAIN shop.example", ANSWER_DATA, "NA_SUFFIX - never 0");
	expect_suffix("NXDOMAIN shop.example", ANSWER_FAIL, "NA_SUFFIX - never 0");
	expect_suffix("NXDOMAIN shop.example", ANSWER_NOT_ASKED, "NA_SUFFIX - never 0");
	expect_suffix("NODATA off", ANSWER_NODATA, "NA_SUFFIX - never 0");
	expect_suffix("10 off", ANSWER_NODATA, "NA_SUFFIX - never 0");
	expect_suffix("10 fail", ANSWER_NODATA, "NA_SUFFIX - never 0");
	expect_suffix("FAIL", ANSWER_FAIL, "NA_SUFFIX - never 0");
	expect_suffix("NXDOMAIN example", ANSWER_NXDOMAIN, "ORPHAN_NXDOMAIN W_SUFFIX C2 2");
	/* what contradicts the base, or fails beside it, leaves it open */
	expect_suffix("FAIL", ANSWER_NXDOMAIN, "NA_SUFFIX - never 0");
	expect_suffix("10 off", ANSWER_NXDOMAIN, "NA_SUFFIX - never 0");
	expect_suffix("NODATA off", ANSWER_NXDOMAIN, "NA_SUFFIX - never 0");
	sample_init(&s, "shop.example", NULL, "NXDOMAIN example", NULL);
	s.a.suffix = 1;
	s.a.base = ANSWER_NXDOMAIN;
	s.a.doubt = FAILURE_STALE;
	expect("UNK_STALE - never 1", "stale");
	sample_init(&s, "shop.example", NULL, "NXDOMAIN example", NULL);
	s.a.suffix = 1;
	s.a.base = ANSWER_NXDOMAIN;
	s.a.status = ANSWER_NOT_ASKED;
	expect("ORPHAN_NXDOMAIN W_SUFFIX C2 2", "only the base was asked");
}
END_TEST

START_TEST(suffix_answers_are_checked_too)
{
	struct answer_mx *many;

	sample_init(&s, "shop.example", NULL, "10 us", NULL);
	s.a.suffix = 1;
	s.a.status = ANSWER_FAIL;
	expect("NA_SUFFIX - never 0", "records of a failure");
	sample_init(&s, "shop.example", NULL, "10 us", NULL);
	s.a.suffix = 1;
	s.a.mx = NULL;
	expect("NA_SUFFIX - never 0", "no array");
	sample_init(&s, "shop.example", NULL, "10 us", NULL);
	many = arena_alloc(&s.arena, 5462 * sizeof(*many));
	s.a.suffix = 1;
	s.a.mx = many;
	s.a.n_mx = 5462;
	ck_assert_uint_eq(verdict_of(&site, &s.a).reason, NA_SUFFIX);
	s.a.n_mx = 5461;
	expect("OK_SUFFIX_WILDCARD - never 0", "a full message");
}
END_TEST

START_TEST(names_that_dns_is_not_asked_about)
{
	static const struct {
		const char *name, *expected;
	} rows[] = {
		{"[198.51.100.25]", "NA_SYNTAX - never 0"}, {"a..example", "NA_SYNTAX - never 0"},
		{"*.shop.example", "NA_SYNTAX - never 0"},  {"", "NA_SYNTAX - never 0"},
		{"intranet", "NA_SPECIAL - never 0"},	    {"mail.localhost",
				"NA_SPECIAL - never 0"},
		{"shop.invalid", "NA_SPECIAL - never 0"},   {"a.home.arpa", "NA_SPECIAL - never 0"},
		{"nas.lan", "NA_SPECIAL - never 0"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample_assert_verdict(verdict_of_name(rows[i].name), rows[i].expected,
				rows[i].name);
		/* An answer for such a name changes nothing. */
		sample_init(&s, rows[i].name, NULL, "NXDOMAIN example", NULL);
		expect(rows[i].expected, rows[i].name);
	}
	ck_assert_uint_eq(verdict_of_name("shop.example").class, CLASS_NONE);
	ck_assert_uint_eq(verdict_of_name("shop.test").class, CLASS_NONE);
	ck_assert_uint_eq(verdict_of_name(".shop.example").class, CLASS_NONE);
	sample_assert_verdict(verdict_pinned(), "NA_PINNED - never 0", "pinned");
}
END_TEST

START_TEST(hostile_answers_are_unknown)
{
	static const struct answer_mx far[] = {{10, 7, 300}, {20, 0, 300}};
	struct answer_mx *many;

	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.n_mx = 0;
	expect("UNK_MALFORMED - never 1", "data without records");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.mx = NULL;
	s.a.n_mx = SIZE_MAX;
	expect("UNK_MALFORMED - never 1", "no array");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.n_mx = 5462;
	expect("UNK_MALFORMED - never 1", "more than a message holds");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.mx = far;
	s.a.n_mx = 2;
	ck_assert_int_eq(verdict_target_is_ours(&site, &s.a, 0), -1);
	ck_assert_int_eq(verdict_target_is_ours(&site, &s.a, 1), 0);
	ck_assert_int_eq(verdict_target_is_ours(&site, &s.a, 2), -1);
	expect("UNK_TARGET_TEMPFAIL - never 1", "index behind the end");
	sample_init(&s, "shop.example", NULL, "10 us, 20 us2", NULL);
	s.a.mx = far;
	s.a.n_mx = 2;
	expect("UNK_PRIMARY_TEMPFAIL - never 1", "index behind the end, listed");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.n_hosts = 0;
	expect("UNK_TARGET_TEMPFAIL - never 1", "no hosts");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.host = NULL;
	expect("UNK_TARGET_TEMPFAIL - never 1", "no host array");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	((struct answer_host *)s.a.host)->address = NULL;
	expect("UNK_TARGET_TEMPFAIL - never 1", "addresses without an array");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	((struct answer_host *)s.a.host)->a = (enum answer_status)99;
	expect("UNK_TARGET_TEMPFAIL - never 1", "a status that is none");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	s.a.status = (enum answer_status)99;
	expect("UNK_TIMEOUT - never 1", "an answer status that is none");
	sample_init(&s, "shop.example", NULL, "10 off", NULL);
	((struct answer_host *)s.a.host)->n_chain = 3;
	s.a.n_chain = 3;
	s.a.n_ns = 3;
	expect("ORPHAN_OFFNET W_ENTRY_CNAME,W_MX_CNAME C1 2", "chains without an array");

	/* What lies behind the counted ones is none of the answer. */
	sample_init(&s, "shop.example", NULL, "10 off", "ns.other.example ns1.dealer.example");
	s.a.n_ns = 1;
	expect("ORPHAN_OFFNET - C1 2", "a name server behind the end");
	sample_init(&s, "shop.example", NULL, "10 off+us", NULL);
	((struct answer_host *)s.a.host)->n_addresses = 1;
	((struct answer_host *)s.a.host)->n_chain = 1;
	expect("ORPHAN_OFFNET W_MX_CNAME C1 2", "an address and an alias behind the end");
	sample_init(&s, "shop.example", NULL, "10 park-ips", NULL);
	((struct answer_host *)s.a.host)->n_addresses = 1;
	expect("ORPHAN_OFFNET - C1 2", "a parking address behind the end");
	sample_init(&s, "shop.example", NULL, "10 filter-nets, 50 us", NULL);
	((struct answer_host *)s.a.host)->n_addresses = 1;
	expect("MOVED_FILTER - never 1", "a filter's address behind the end");

	/* The most a message holds. */
	sample_init(&s, "shop.example", NULL, "10 off, 10 us", NULL);
	many = arena_alloc(&s.arena, 5461 * sizeof(*many));
	for (size_t i = 0; i < 5461; i++)
		many[i] = (struct answer_mx){(uint16_t)(i + 1), i == 5460, 300};
	s.a.mx = many;
	s.a.n_mx = 5461;
	expect("MOVED_OFFNET W_DUP_TARGET never 2", "a full message");
}
END_TEST

/* Names at the edges of the parsers: brackets, the longest, the shortest, an empty chain name. */
START_TEST(hostile_names_are_no_addresses)
{
	static const char *const names[] = {
		"[", "[]", "]", "[x]", "[198.51.100.25", "198.51.100.25]", ".", "..", "a", "e",
		".shop.example", "p.example", "[198.51.100.25].x",
		"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]",
		"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]",
		"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]",
	};
	const char *chain[] = {"", NULL, "."};
	struct answer_host *h;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sample_init(&s, "shop.example", NULL, "10 gone, 50 us", NULL);
		h = (struct answer_host *)s.a.host;
		snprintf(h->name, sizeof(h->name), "%s", names[i]);
		s.a.chain = h->chain = chain;
		s.a.n_chain = h->n_chain = 3;
		expect("BRK_PRIMARY_UNRESOLVABLE W_ENTRY_CNAME,W_MX_CNAME never 3", names[i]);
	}
	sample_init(&s, "shop.example", NULL, "10 gone", NULL);
	h = (struct answer_host *)s.a.host;
	memset(h->name, 'a', sizeof(h->name) - 1);
	memcpy(h->name + sizeof(h->name) - 14, ".shop.example", 14);
	expect("ORPHAN_DEADMX - C2 2", "the longest");
}
END_TEST

START_TEST(whose_a_target_is)
{
	sample_init(&s, "shop.example", NULL,
		    "1 us, 2 alias, 3 same4, 4 glued, 5 text-us, 6 off, 7 fail, 8 root, 9 text, "
		    "10 us-fail, 11 gone",
		    NULL);
	for (size_t i = 0; i < s.a.n_mx; i++) {
		static const int expected[] = {1, 1, 1, 1, 1, 0, -1, 0, 0, 1, 0};

		ck_assert_msg(verdict_target_is_ours(&site, &s.a, i) == expected[i], "%zu", i + 1);
	}
	sample_clear(&s);
}
END_TEST

START_TEST(networks_are_never_bogons)
{
	sample_add_nets(&site.networks, "10.1.0.0/16", NULL, NULL);
	expect_mx("10 private, 50 us", "OK_BACKUP - never 0");
	expect_mx("10 private", "ORPHAN_ONNET - C1 1");
	/* An on-net address in a filter network is a primary of ours, and no filter's. */
	sample_add_nets(&site.filter_networks, "10.1.0.0/16", NULL, NULL);
	expect_mx("10 private, 20 off, 50 us", "OK_BACKUP - never 0");
}
END_TEST

/* The domain of *.pool.test is pool.test, of which every name that is no relay waits for a human. */
START_TEST(the_domain_of_a_pattern_is_ours)
{
	static const struct {
		const char *target, *expected;
	} rows[] = {
		{"pool.test", "ORPHAN_OFFNET H_SIBLING_OF_RELAY hold 2"},
		{"x.pool.test", "BRK_WE_ARE_ONLY - never 3"},
		{"x.pol.test", "ORPHAN_OFFNET H_NEAR_MISS hold 3"},
		{"ol.test", "ORPHAN_OFFNET - C1 2"},
		{"elsewhere.test", "ORPHAN_OFFNET - C1 2"},
	};

	site_clear(&site);
	site = (struct site){0};
	name_list_add(&site.relay_hosts, "*.pool.test");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample_init(&s, "shop.example", NULL, "10 off", NULL);
		snprintf(((struct answer_host *)s.a.host)->name, NAME_SIZE, "%s", rows[i].target);
		expect(rows[i].expected, rows[i].target);
	}
}
END_TEST

/* Where no relay is configured, nothing can be said not to be one: an empty configuration file must
 * not make the whole list an orphan. */
START_TEST(site_without_relays_knows_no_orphan)
{
	static const struct {
		const char *mx, *expected;
	} rows[] = {
		{"10 here, 50 us", "UNK_TARGET_TEMPFAIL - never 1"},
		{"10 gone", "UNK_TARGET_TEMPFAIL - never 1"},
		{"NODATA off", "UNK_TARGET_TEMPFAIL - never 1"},
		{"0 root", "ORPHAN_NULLMX - C1 2"},
		{"NXDOMAIN example", "ORPHAN_NXDOMAIN - C2 2"},
	};

	site_clear(&site);
	site = (struct site){0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_mx(rows[i].mx, rows[i].expected);
	/* Either kind of knowledge is enough. */
	name_list_add(&site.relay_hosts, "mx2.ward.example");
	expect_mx("10 off", "ORPHAN_OFFNET - C1 2");
	expect_mx("50 us", "BRK_WE_ARE_ONLY - never 3");
	site_clear(&site);
	site = (struct site){0};
	sample_add_nets(&site.relay_addresses, "198.51.100.10", NULL, NULL);
	expect_mx("10 off", "ORPHAN_OFFNET - C1 2");
	expect_mx("50 us", "BRK_WE_ARE_ONLY W_SELF_BY_ADDR never 3");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict_more");
	TCase *c = tcase_create("more");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, aaaa_may_be_left_out_without_an_ipv6_relay);
	tcase_add_test(c, time_to_live_counts_of_records_only);
	tcase_add_test(c, a_flag_makes_a_verdict_worse);
	tcase_add_test(c, stale_data_keeps_alive_and_never_kills);
	tcase_add_test(c, each_failure_has_its_reason);
	tcase_add_test(c, transport_decides_what_moved_but_not_who_is_listed);
	tcase_add_test(c, the_next_hop_s_addresses_decide);
	tcase_add_test(c, suffix_absence_is_never_evidence);
	tcase_add_test(c, suffix_answers_are_checked_too);
	tcase_add_test(c, names_that_dns_is_not_asked_about);
	tcase_add_test(c, hostile_answers_are_unknown);
	tcase_add_test(c, hostile_names_are_no_addresses);
	tcase_add_test(c, whose_a_target_is);
	tcase_add_test(c, networks_are_never_bogons);
	tcase_add_test(c, the_domain_of_a_pattern_is_ours);
	tcase_add_test(c, site_without_relays_knows_no_orphan);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
