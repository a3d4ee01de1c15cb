/*
 * full_rows: an entry and an observation with something in every field, for tests of what is kept.
 */
#ifndef TESTS_DB_FULL_ROWS_H
#define TESTS_DB_FULL_ROWS_H

#include "db/db_support.h"

static const struct net_address v4 = {4, {192, 0, 2, 7}};
static const struct net_address v6 = {6, {0x20, 1, 0xd, 0xb8, [15] = 9}};

static inline struct entry full_entry(const char *name)
{
	struct entry e = entry_named(name);

	e.customer = "C-1042";
	e.contact = "M\303\274ller <hostmaster@example.org>, +49 30 1234";
	e.note = "two\nlines";
	e.contract_end = 1798675200;
	e.confirmed = 1700000000;
	e.reviewed = -1;
	e.pin = PIN_OUTAGE;
	e.pin_until = 1900000000;
	e.pin_note = "they move house";
	e.notice_deadline = 1800000000;
	e.notice_ticket = "#4711";
	e.acknowledged = 0xfedcba9876543210;
	return e;
}

static struct observed_mx two_targets[2];
static struct net_address both_addresses[3];

static inline struct observed full_observed(void)
{
	both_addresses[0] = v4;
	both_addresses[1] = v6;
	both_addresses[2] = v4;
	both_addresses[2].bytes[3]++; /* seen two observations ago */
	two_targets[0] = (struct observed_mx){10, -1, "mx1.example.net", both_addresses, 2, {0, 1}};
	two_targets[1] = (struct observed_mx){65535, 1, "", NULL, 0, {0}};
	return (struct observed){
		.verdict = {CLASS_ORPHAN, ORPHAN_OFFNET, 2, DELETE_C1,
			    W_MX_CNAME | H_NEAR_MISS},
		.since = 1763000000,
		.time = 1763900000,
		.count = 4000000000u,
		.days = 12,
		.varies = 3,
		.scan = 77,
		.sets = 0x0123456789abcdef,
		.resolver = "[2001:db8::53]:5353",
		.rcode = 0,
		.ede = -1,
		.authenticated = 1,
		.ttl = 86400,
		.chain = "a.example.org > b.example.org",
		.each = "127.0.0.1:53 ORPHAN_OFFNET, [::1]:53 UNK_TIMEOUT",
		.mx = two_targets,
		.n_mx = 2,
	};
}

static inline void assert_same_observed(const struct observed *a, const struct observed *b)
{
	ck_assert_mem_eq(&a->verdict, &b->verdict, sizeof a->verdict);
	ck_assert_int_eq(a->since, b->since);
	ck_assert_int_eq(a->time, b->time);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_uint_eq(a->days, b->days);
	ck_assert_uint_eq(a->scan, b->scan);
	ck_assert_uint_eq(a->sets, b->sets);
	ck_assert_str_eq(a->resolver, b->resolver);
	ck_assert_int_eq(a->rcode, b->rcode);
	ck_assert_int_eq(a->ede, b->ede);
	ck_assert_int_eq(a->authenticated, b->authenticated);
	ck_assert_uint_eq(a->ttl, b->ttl);
	ck_assert_str_eq(a->chain, b->chain);
	ck_assert_str_eq(a->each, b->each);
	ck_assert_uint_eq(a->varies, b->varies);
	ck_assert_uint_eq(a->n_mx, b->n_mx);
	for (size_t i = 0; i < a->n_mx; i++) {
		ck_assert_uint_eq(a->mx[i].preference, b->mx[i].preference);
		ck_assert_int_eq(a->mx[i].ours, b->mx[i].ours);
		ck_assert_str_eq(a->mx[i].target, b->mx[i].target);
		ck_assert_uint_eq(a->mx[i].n_addresses, b->mx[i].n_addresses);
		ck_assert_mem_eq(a->mx[i].n_recent, b->mx[i].n_recent, sizeof a->mx[i].n_recent);
		for (size_t k = 0; k < a->mx[i].n_addresses + a->mx[i].n_recent[1]; k++)
			ck_assert_int_eq(
				net_address_compare(&a->mx[i].address[k], &b->mx[i].address[k]),
				0);
	}
}

#endif
