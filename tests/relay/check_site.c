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
		name_list_add(&l, "z.example");
		ck_assert_uint_eq(l.n, 1);
		name_list_clear(&l);
	}
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

START_TEST(lists_with_patterns)
{
	struct name_list *l = &site.relay_hosts;

	ck_assert(!name_list_has(l, "a.example"));
	name_list_add(l, "backup.isp.example");
	name_list_add(l, "*.relay.isp.example");
	name_list_add(l, "backup.isp.example");
	name_list_add(l, "a.example");
	ck_assert_uint_eq(l->n, 3);
	ck_assert(name_list_has(l, "backup.isp.example"));
	ck_assert(name_list_has(l, "a.example"));
	ck_assert(name_list_has(l, "mx1.relay.isp.example"));
	ck_assert(name_list_has(l, "a.b.relay.isp.example"));
	ck_assert(!name_list_has(l, "relay.isp.example"));
	ck_assert(!name_list_has(l, "xrelay.isp.example"));
	ck_assert(!name_list_has(l, "x.backup.isp.example"));
	ck_assert(!name_list_has(l, "isp.example"));
	ck_assert(!name_list_has(l, ""));
}
END_TEST

START_TEST(lists_of_suffixes)
{
	struct name_list *l = &site.filter_suffixes;

	ck_assert(!name_list_has_suffix(l, "a.filter.example"));
	name_list_add(l, "filter.example");
	name_list_add(l, "*.other.example");
	ck_assert(name_list_has_suffix(l, "filter.example"));
	ck_assert(name_list_has_suffix(l, "a.filter.example"));
	ck_assert(name_list_has_suffix(l, "b.a.filter.example"));
	ck_assert(!name_list_has_suffix(l, "afilter.example"));
	ck_assert(!name_list_has_suffix(l, "example"));
	ck_assert(name_list_has_suffix(l, "a.other.example"));
	ck_assert(!name_list_has_suffix(l, "other.example"));
}
END_TEST

static const char *hop(const char *entry)
{
	const struct transport_override *o = site_override(&site, entry);

	return o ? o->next_hop : NULL;
}

START_TEST(overrides_are_found_as_transport_maps_are)
{
	ck_assert_ptr_null(hop("a.example"));
	ck_assert_int_eq(site_add_override(&site, "a.example", "one"), 0);
	ck_assert_int_eq(site_add_override(&site, ".b.example", "below"), 0);
	ck_assert_int_eq(site_add_override(&site, ".c.b.example", "nearer"), 0);
	ck_assert_int_eq(site_add_override(&site, "x.c.b.example", "itself"), 0);
	ck_assert_int_eq(site_add_override(&site, "a.example", "two"), -1);
	ck_assert_str_eq(hop("a.example"), "one");
	ck_assert_ptr_null(hop("x.a.example"));
	ck_assert_ptr_null(hop("b.example"));
	ck_assert_str_eq(hop("x.b.example"), "below");
	ck_assert_str_eq(hop("y.x.b.example"), "below");
	ck_assert_str_eq(hop(".b.example"), "below");
	ck_assert_str_eq(hop("y.c.b.example"), "nearer");
	ck_assert_str_eq(hop("x.c.b.example"), "itself");
	ck_assert_ptr_null(hop("xb.example"));
	ck_assert_ptr_null(hop(""));
}
END_TEST

static uint64_t hash_of(const char *const *hosts, const char *const *addresses,
			const char *const *networks)
{
	struct site s = {0};
	uint64_t hash;

	for (; *hosts; hosts++)
		name_list_add(&s.relay_hosts, *hosts);
	for (; *addresses; addresses++)
		add_net(&s.relay_addresses, *addresses);
	for (; *networks; networks++)
		add_net(&s.networks, *networks);
	name_list_add(&s.other_hosts, hosts[-1]);
	hash = site_hash(&s);
	site_clear(&s);
	return hash;
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(the_hash_is_that_of_the_sets)
{
	uint64_t h = hash_of(LIST("a.example", "b.example"), LIST("10.0.0.1", "::1"),
			     LIST("10.0.0.0/8", "fd00::/8"));

	ck_assert_uint_eq(h, hash_of(LIST("b.example", "a.example", "b.example"),
				     LIST("::1", "10.0.0.1"),
				     LIST("fd00::/8", "10.0.0.0/8", "10.1.0.0/16")));
	ck_assert_uint_ne(h, hash_of(LIST("a.example"), LIST("10.0.0.1", "::1"),
				     LIST("10.0.0.0/8", "fd00::/8")));
	ck_assert_uint_ne(h, hash_of(LIST("a.example", "b.example"), LIST("10.0.0.1"),
				     LIST("10.0.0.0/8", "fd00::/8")));
	ck_assert_uint_ne(h, hash_of(LIST("a.example", "b.example"), LIST("10.0.0.1", "::1"),
				     LIST("10.0.0.0/9", "fd00::/8")));
	ck_assert_uint_ne(hash_of(LIST("a.example"), LIST("10.0.0.1"), LIST("10.0.0.2")),
			  hash_of(LIST("a.example"), LIST("10.0.0.2"), LIST("10.0.0.1")));
	/* It is stored beside observations, so it must stay what it is. */
	ck_assert_uint_eq(hash_of(LIST("a.example"), LIST("10.0.0.1"), LIST("10.0.0.0/8")),
			  0x8166e0dc47659883);
}
END_TEST

START_TEST(a_cleared_site_is_an_empty_one)
{
	name_list_add(&site.relay_hosts, "a.example");
	site_add_override(&site, "a.example", "");
	site_clear(&site);
	ck_assert_uint_eq(site.relay_hosts.n, 0);
	name_list_add(&site.relay_hosts, "b.example");
	ck_assert_int_eq(name_list_has(&site.relay_hosts, "b.example"), 1);
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
	tcase_add_test(t, lists_with_patterns);
	tcase_add_test(t, lists_of_suffixes);
	tcase_add_test(t, overrides_in_any_order);
	tcase_add_test(t, overrides_are_found_as_transport_maps_are);
	tcase_add_test(t, the_hash_is_that_of_the_sets);
	tcase_add_test(t, a_cleared_site_is_an_empty_one);
	tcase_add_test(t, doubts_about_a_site);
	suite_add_tcase(s, t);
	return suite_run(s);
}
