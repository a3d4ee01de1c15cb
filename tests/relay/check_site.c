/* What a site is: lists of names and how they are searched, routes of its own, and the hash by which observations count. */
#include "relay/site.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static struct site site;

static void set_up(void)
{
	memset(&site, 0, sizeof site);
}

static void tear_down(void)
{
	site_clear(&site);
}

static void add_net(struct netset *set, const char *text)
{
	struct net_prefix p;

	ck_assert_int_eq(net_prefix_parse(&p, text), 0);
	netset_add(set, p);
}

/* Adds seven names in an order that depends on step, 1 to 6. */
static const char *nth_name(int i, int step)
{
	static const char *const names[] = {"a.example", "b.example", "c.example", "d.example",
					    "e.example", "f.example", "g.example"};

	return names[(i + 1) * step % 7];
}

START_TEST(a_list_is_sorted_and_without_repeats)
{
	for (int step = 1; step < 7; step++) {
		struct name_list l = {0};

		for (int i = 0; i < 14; i++)
			name_list_add(&l, nth_name(i, step));
		ck_assert_uint_eq(l.n, 7);
		for (size_t i = 0; i < l.n; i++) {
			ck_assert(i == 0 || strcmp(l.name[i - 1], l.name[i]) < 0);
			ck_assert_int_eq(name_list_has(&l, l.name[i]), 1);
		}
		ck_assert_int_eq(name_list_has(&l, "0.example"), 0);
		ck_assert_int_eq(name_list_has(&l, "b2.example"), 0);
		ck_assert_int_eq(name_list_has(&l, "h.example"), 0);
		name_list_clear(&l);
		ck_assert_uint_eq(l.n, 0);
		ck_assert_int_eq(name_list_has(&l, "a.example"), 0);
		ck_assert_int_eq(name_list_has_suffix(&l, "a.example"), 0);
	}
}
END_TEST

START_TEST(patterns_and_suffixes)
{
	struct name_list l = {0};

	name_list_add(&l, "*.relay.example");
	name_list_add(&l, "sieve.example");
	ck_assert_int_eq(name_list_has(&l, "a.relay.example"), 1);
	ck_assert_int_eq(name_list_has(&l, "a.b.relay.example"), 1);
	ck_assert_int_eq(name_list_has(&l, "relay.example"), 0);
	ck_assert_int_eq(name_list_has(&l, "arelay.example"), 0);
	ck_assert_int_eq(name_list_has(&l, "a.sieve.example"), 0);
	ck_assert_int_eq(name_list_has_suffix(&l, "sieve.example"), 1);
	ck_assert_int_eq(name_list_has_suffix(&l, "a.sieve.example"), 1);
	ck_assert_int_eq(name_list_has_suffix(&l, "a.b.sieve.example"), 1);
	ck_assert_int_eq(name_list_has_suffix(&l, "asieve.example"), 0);
	ck_assert_int_eq(name_list_has_suffix(&l, "a.relay.example"), 1);
	name_list_clear(&l);
}
END_TEST

START_TEST(overrides_in_any_order)
{
	for (int step = 1; step < 7; step++) {
		char hop[40];

		for (int i = 0; i < 7; i++) {
			snprintf(hop, sizeof hop, "hop.%s", nth_name(i, step));
			ck_assert_int_eq(site_add_override(&site, nth_name(i, step), hop), 0);
			ck_assert_int_eq(site_add_override(&site, nth_name(i, step), "again.example"), -1);
		}
		ck_assert_uint_eq(site.n_overrides, 7);
		for (int i = 0; i < 7; i++) {
			snprintf(hop, sizeof hop, "hop.%s", nth_name(i, step));
			ck_assert(i == 0 || strcmp(site.override[i - 1].name, site.override[i].name) < 0);
			ck_assert_str_eq(site_override(&site, nth_name(i, step))->next_hop, hop);
		}
		ck_assert_ptr_null(site_override(&site, "0.example"));
		ck_assert_ptr_null(site_override(&site, "c2.example"));
		ck_assert_ptr_null(site_override(&site, "z.example"));
		site_clear_overrides(&site);
		ck_assert_uint_eq(site.n_overrides, 0);
		ck_assert_ptr_null(site_override(&site, "a.example"));
	}
}
END_TEST

/* transport(5): the name itself, then the nearest .x above it. */
START_TEST(an_override_of_what_lies_below)
{
	site_add_override(&site, ".example", "far.test");
	site_add_override(&site, ".shop.example", "near.test");
	site_add_override(&site, "mail.shop.example", "itself.test");
	ck_assert_str_eq(site_override(&site, "mail.shop.example")->next_hop, "itself.test");
	ck_assert_str_eq(site_override(&site, "a.mail.shop.example")->next_hop, "near.test");
	ck_assert_str_eq(site_override(&site, "b.shop.example")->next_hop, "near.test");
	ck_assert_str_eq(site_override(&site, "shop.example")->next_hop, "far.test");
	ck_assert_str_eq(site_override(&site, ".shop.example")->next_hop, "near.test");
	ck_assert_ptr_null(site_override(&site, "example"));
	ck_assert_ptr_null(site_override(&site, "shop.test"));
	ck_assert_ptr_null(site_override(&site, ""));
}
END_TEST

/* Every observation in a database carries it: a site must have the same one for ever, whatever order it was written in. */
START_TEST(the_hash_of_a_site)
{
	uint64_t hash;

	name_list_add(&site.relay_hosts, "mx2.ward.example");
	name_list_add(&site.relay_hosts, "*.in.ward.example");
	add_net(&site.relay_addresses, "198.51.100.10");
	add_net(&site.relay_addresses, "2001:db8::10");
	add_net(&site.networks, "198.51.100.0/24");
	add_net(&site.networks, "2001:db8::/32");
	hash = site_hash(&site);
	ck_assert_uint_eq(hash, UINT64_C(9605745536462755408));
	site_clear(&site);
	add_net(&site.networks, "2001:db8::/32");
	add_net(&site.networks, "198.51.100.0/24");
	add_net(&site.relay_addresses, "2001:db8::10");
	add_net(&site.relay_addresses, "198.51.100.10");
	name_list_add(&site.relay_hosts, "*.in.ward.example");
	name_list_add(&site.relay_hosts, "mx2.ward.example");
	ck_assert_uint_eq(site_hash(&site), hash);
	/* What decides nothing of who is listed is no part of it. */
	name_list_add(&site.other_hosts, "known.ward.example");
	name_list_add(&site.parking_mx, "park.example");
	site_add_override(&site, "a.example", "");
	ck_assert_uint_eq(site_hash(&site), hash);
	name_list_add(&site.relay_hosts, "mx3.ward.example");
	ck_assert_uint_ne(site_hash(&site), hash);
}
END_TEST

START_TEST(doubts_about_a_site)
{
	ck_assert_ptr_null(site_doubt(&site, 0));
	ck_assert_ptr_null(site_doubt(&site, 1));
	name_list_add(&site.relay_hosts, "mx2.ward.example");
	ck_assert_ptr_nonnull(strstr(site_doubt(&site, 0), "no relay-address is configured"));
	ck_assert_ptr_null(site_doubt(&site, 1));
	add_net(&site.relay_addresses, "2001:db8::10");
	ck_assert_ptr_null(site_doubt(&site, 0));
	ck_assert_ptr_null(site_doubt(&site, 1));
	add_net(&site.networks, "198.51.100.0/24");
	ck_assert_ptr_null(site_doubt(&site, 0));
	ck_assert_ptr_nonnull(strstr(site_doubt(&site, 1), "no network is"));
	ck_assert_ptr_null(site_doubt(&site, 2));
	add_net(&site.networks, "2001:db8::/32");
	ck_assert_ptr_null(site_doubt(&site, 1));
	netset_clear(&site.relay_addresses);
	netset_clear(&site.networks);
	add_net(&site.networks, "198.51.100.0/24");
	add_net(&site.relay_addresses, "198.51.100.10");
	ck_assert_ptr_null(site_doubt(&site, 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("site");
	TCase *t = tcase_create("site");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_list_is_sorted_and_without_repeats);
	tcase_add_test(t, patterns_and_suffixes);
	tcase_add_test(t, overrides_in_any_order);
	tcase_add_test(t, an_override_of_what_lies_below);
	tcase_add_test(t, the_hash_of_a_site);
	tcase_add_test(t, doubts_about_a_site);
	suite_add_tcase(s, t);
	return suite_run(s);
}
