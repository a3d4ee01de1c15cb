/* Addresses and sets of networks: relay/netset. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "relay/netset.h"
#include "support/suite.h"

static struct netset set;

static void set_up(void)
{
	set = (struct netset){0};
}

static void tear_down(void)
{
	netset_clear(&set);
}

static struct net_address address(const char *text)
{
	struct net_address a;

	ck_assert_msg(net_address_parse(&a, text) == 0, "%s", text);
	return a;
}

static void add(struct netset *s, const char *text)
{
	struct net_prefix p;

	ck_assert_msg(net_prefix_parse(&p, text) == 0, "%s", text);
	netset_add(s, p);
}

static int has(const char *text)
{
	struct net_address a = address(text);

	return netset_has(&set, &a);
}

START_TEST(addresses_are_parsed_strictly)
{
	char text[NET_TEXT_SIZE];
	struct net_address a;

	a = address("198.51.100.7");
	ck_assert_int_eq(a.family, 4);
	ck_assert_str_eq(net_address_text(text, &a), "198.51.100.7");
	a = address("2001:DB8:0:0::1");
	ck_assert_int_eq(a.family, 6);
	ck_assert_str_eq(net_address_text(text, &a), "2001:db8::1");
	a = address("::ffff:10.0.0.1");
	ck_assert_int_eq(a.family, 6);
	for (const char *const *p =
		     (const char *const[]){"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",
					   "fe80::1%eth0", "2001:db8::1::", "x", "1.2.3.4/32",
					   NULL};
	     *p; p++)
		ck_assert_msg(net_address_parse(&a, *p) == -1, "%s", *p);
}
END_TEST

/* The C library's inet_ntop() is the oracle; words are often zero, so that rows of them of every length and place occur. */
START_TEST(addresses_are_written_as_everywhere)
{
	char text[NET_TEXT_SIZE], wanted[NET_TEXT_SIZE];
	struct net_address a, back;

	srandom(7);
	for (int i = 0; i < 20000; i++) {
		a = (struct net_address){.family = i % 4 ? 6 : 4};
		for (int k = 0; k < (a.family == 6 ? 16 : 4); k++)
			a.bytes[k] = random() % 2 ? 0 : (uint8_t)(random() >> (random() % 8));
		if (i % 8 == 1)
			memset(a.bytes, 0, 10 + (size_t)(random() % 6));
		if (i % 16 == 1)
			a.bytes[10] = a.bytes[11] = 0xff;
		ck_assert_ptr_nonnull(inet_ntop(a.family == 4 ? AF_INET : AF_INET6, a.bytes, wanted, sizeof wanted));
		ck_assert_str_eq(net_address_text(text, &a), wanted);
		ck_assert_int_eq(net_address_parse(&back, text), 0);
		ck_assert_int_eq(net_address_compare(&a, &back), 0);
	}
}
END_TEST

START_TEST(addresses_have_an_order)
{
	struct net_address a = address("9.0.0.1"), b = address("10.0.0.1"), c = address("::1");

	ck_assert_int_lt(net_address_compare(&a, &b), 0);
	ck_assert_int_gt(net_address_compare(&b, &a), 0);
	ck_assert_int_eq(net_address_compare(&a, &a), 0);
	ck_assert_int_lt(net_address_compare(&b, &c), 0);
	ck_assert_int_gt(net_address_compare(&c, &b), 0);
}
END_TEST

START_TEST(a_mapped_prefix_is_the_one_inside)
{
	static const struct {
		const char *given, *kept;
	} rows[] = {
		{"::ffff:198.51.100.10", "198.51.100.10"}, {"::ffff:198.51.100.0/120", "198.51.100.0/24"},
		{"::ffff:128.0.0.0/97", "128.0.0.0/1"},	   {"::ffff:0.0.0.0/96", "::ffff:0.0.0.0/96"},
		{"64:ff9b::198.51.100.10", "64:ff9b::c633:640a"}, {"2001:db8::ffff:c633:640a", "2001:db8::ffff:c633:640a"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct netset s = {0};
		struct net_prefix p;
		char text[NET_TEXT_SIZE];

		ck_assert_int_eq(net_prefix_parse(&p, rows[i].given), 0);
		netset_add(&s, p);
		ck_assert_uint_eq(s.n, 1);
		ck_assert_str_eq(net_prefix_text(text, &s.prefix[0]), rows[i].kept);
		netset_clear(&s);
	}
}
END_TEST

START_TEST(only_mapped_addresses_are_unmapped)
{
	static const char *const others[] = {"198.51.100.10", "::198.51.100.10", "2a00:7::198.51.100.10",
					     "::fffe:198.51.100.10", "::1:ffff:198.51.100.10", "64:ff9b:1::198.51.100.10",
					     "64:ff9b::1:198.51.100.10"};
	struct net_address a = address("::ffff:198.51.100.10"), inner;
	char text[NET_TEXT_SIZE];

	ck_assert_int_eq(net_address_unmap(&inner, &a), 1);
	ck_assert_str_eq(net_address_text(text, &inner), "198.51.100.10");
	a = address("64:ff9b::198.51.100.10");
	ck_assert_int_eq(net_address_unmap(&inner, &a), 1);
	ck_assert_str_eq(net_address_text(text, &inner), "198.51.100.10");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		a = address(others[i]);
		ck_assert_msg(!net_address_unmap(&inner, &a), "%s", others[i]);
	}
}
END_TEST

START_TEST(prefixes)
{
	static const struct {
		const char *text, *masked;
		int status;
	} cases[] = {
		{"198.51.100.0/24", "198.51.100.0/24", 0},
		{"198.51.100.7/24", "198.51.100.0/24", 1},
		{"198.51.100.7", "198.51.100.7", 0},
		{"198.51.100.7/32", "198.51.100.7", 0},
		{"198.51.100.128/25", "198.51.100.128/25", 0},
		{"198.51.100.128/24", "198.51.100.0/24", 1},
		{"0.0.0.0/0", "0.0.0.0/0", 0},
		{"255.255.255.255/1", "128.0.0.0/1", 1},
		{"2001:db8::/32", "2001:db8::/32", 0},
		{"2001:db8::1/127", "2001:db8::/127", 1},
		{"2001:db8::1/128", "2001:db8::1", 0},
		{"2001:db8:ffff::/33", "2001:db8:8000::/33", 1},
		{"1.2.3.4/", "", -1},
		{"1.2.3.4/33", "", -1},
		{"::/129", "", -1},
		{"1.2.3.4/024", "", -1},
		{"1.2.3.4/-1", "", -1},
		{"1.2.3.4/24x", "", -1},
		{"/24", "", -1},
		{"", "", -1},
		{"1.2.3/24", "", -1},
		{"1.2.3.4/2/4", "", -1},
		{"1.2.3.4/99999999999", "", -1},
		{"1111111111111111111111111111111111111111111111111111111111111111111/8", "",
		 -1},
	};
	char text[NET_TEXT_SIZE];
	struct net_prefix p;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(net_prefix_parse_masked(&p, cases[i].text) == cases[i].status,
			      "%s", cases[i].text);
		if (cases[i].status >= 0)
			ck_assert_str_eq(net_prefix_text(text, &p), cases[i].masked);
		ck_assert_int_eq(net_prefix_parse(&p, cases[i].text),
				 cases[i].status == 0 ? 0 : -1);
	}
}
END_TEST

START_TEST(membership)
{
	ck_assert(!has("10.0.0.1"));
	add(&set, "198.51.100.0/24");
	add(&set, "2001:db8::/33");
	add(&set, "10.1.2.3");
	ck_assert(has("198.51.100.0"));
	ck_assert(has("198.51.100.255"));
	ck_assert(!has("198.51.99.255"));
	ck_assert(!has("198.51.101.0"));
	ck_assert(has("2001:db8:7fff::1"));
	ck_assert(!has("2001:db8:8000::"));
	ck_assert(!has("2001:db7:ffff::"));
	ck_assert(has("10.1.2.3"));
	ck_assert(!has("10.1.2.2"));
	ck_assert(!has("10.1.2.4"));
	ck_assert(!has("::ffff:10.1.2.3"));
	ck_assert(netset_has_family(&set, 4) && netset_has_family(&set, 6));
	netset_clear(&set);
	add(&set, "10.0.0.0/8");
	ck_assert(netset_has_family(&set, 4) && !netset_has_family(&set, 6));
}
END_TEST

/* A prefix is that of its network, whatever address of it stands there. */
START_TEST(what_lies_behind_the_prefix_is_left_out)
{
	netset_add(&set, (struct net_prefix){address("10.200.3.4"), 8});
	ck_assert(has("10.0.0.1"));
	ck_assert(has("10.255.255.255"));
	ck_assert(!has("11.0.0.0"));
	add(&set, "10.1.0.0/16");
	ck_assert_uint_eq(set.n, 1);
}
END_TEST

START_TEST(none_lies_inside_another)
{
	add(&set, "10.1.0.0/16");
	add(&set, "10.3.0.0/16");
	add(&set, "10.1.0.0/16");
	add(&set, "10.1.2.0/24");
	add(&set, "10.0.0.0/16");
	add(&set, "11.0.0.0/8");
	ck_assert_uint_eq(set.n, 4);
	add(&set, "10.0.0.0/8");
	ck_assert_uint_eq(set.n, 2);
	ck_assert(has("10.2.0.0"));
	ck_assert(has("11.0.0.0"));
	ck_assert(!has("12.0.0.0"));
	add(&set, "::/0");
	add(&set, "2001:db8::/32");
	ck_assert_uint_eq(set.n, 3);
	add(&set, "0.0.0.0/0");
	ck_assert_uint_eq(set.n, 2);
	ck_assert(has("12.0.0.0"));
}
END_TEST

/* Against the plainest way to ask, with prefixes and addresses out of a small space. */
START_TEST(membership_is_that_of_a_plain_list)
{
	unsigned seed = 7;

	for (int round = 0; round < 300; round++) {
		struct net_prefix list[12];
		size_t n = (size_t)(rand_r(&seed) % 12);

		for (size_t i = 0; i < n; i++) {
			uint8_t length = (uint8_t)(24 + rand_r(&seed) % 9);
			uint8_t last =
				(uint8_t)(rand_r(&seed) & (0xff00 >> (length - 24)) & 0xff);

			list[i] = (struct net_prefix){
				{4, {10, 0, (uint8_t)(rand_r(&seed) % 2), last}}, length};
			netset_add(&set, list[i]);
		}
		for (size_t i = 1; i < set.n; i++)
			ck_assert_int_lt(net_address_compare(&set.prefix[i - 1].address,
							     &set.prefix[i].address),
					 0);
		for (int k = 0; k < 512; k++) {
			struct net_address a = {4, {10, 0, (uint8_t)(k >> 8), (uint8_t)k}};
			int want = 0;

			for (size_t i = 0; i < n; i++)
				want |= list[i].address.bytes[2] == a.bytes[2] &&
					(a.bytes[3] & (0xff00 >> (list[i].length - 24)) &
					 0xff) == list[i].address.bytes[3];
			ck_assert_int_eq(netset_has(&set, &a), want);
		}
		netset_clear(&set);
	}
}
END_TEST

START_TEST(bogons_and_their_neighbours)
{
	/* The first and the last address of each block of the registries. */
	static const char *const bogons[] = {
		"0.0.0.0",	 "0.255.255.255",   "10.0.0.0",	    "10.255.255.255",
		"100.64.0.0",	 "100.127.255.255", "127.0.0.0",    "127.255.255.255",
		"169.254.0.0",	 "169.254.255.255", "172.16.0.0",   "172.31.255.255",
		"192.0.0.0",	 "192.0.0.255",	    "192.0.2.0",    "192.0.2.255",
		"192.88.99.0",	 "192.88.99.255",   "192.168.0.0",  "192.168.255.255",
		"198.18.0.0",	 "198.19.255.255",  "198.51.100.0", "198.51.100.255",
		"203.0.113.0",	 "203.0.113.255",   "224.0.0.0",    "239.255.255.255",
		"240.0.0.0",	 "255.255.255.255",
		"::",		 "::255.255.255.255",
		"::ffff:0.0.0.0", "::ffff:255.255.255.255",
		"64:ff9b::",	 "64:ff9b::255.255.255.255",
		"64:ff9b:1::",	 "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
		"100::",	 "100::ffff:ffff:ffff:ffff",
		"100:0:0:1::",	 "100::1:ffff:ffff:ffff:ffff",
		"2001::",	 "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
		"2001:db8::",	 "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		"3fff::",	 "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
		"5f00::",	 "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"fc00::",	 "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"fe80::",	 "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"fec0::",	 "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"ff00::",	 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		/* 6to4 of such an IPv4 address */
		"2002:a00::1",	 "2002:c0a8:1::",
	};
	/* Those before and behind, where they are none themselves. */
	static const char *const good[] = {
		"1.0.0.0",	 "9.255.255.255",   "11.0.0.0",	    "100.63.255.255",
		"100.128.0.0",	 "126.255.255.255", "128.0.0.0",    "169.253.255.255",
		"169.255.0.0",	 "172.15.255.255",  "172.32.0.0",   "191.255.255.255",
		"192.0.1.0",	 "192.0.1.255",	    "192.0.3.0",    "192.88.98.255",
		"192.88.100.0",	 "192.167.255.255", "192.169.0.0",  "198.17.255.255",
		"198.20.0.0",	 "198.51.99.255",   "198.51.101.0", "203.0.112.255",
		"203.0.114.0",	 "223.255.255.255", "192.31.196.1", "192.175.48.1",
		"8.8.8.8",	 "::1:0:0",	    "::fffe:8.8.8.8", "::1:0:0:0",
		"64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::1:0:0",
		"64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::",
		"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "100:0:0:2::",
		"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::",
		"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::",
		"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::",
		"5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5f01::",
		"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::",
		"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"2002:808:808::1", "2002:808:a00::1", "2003:a00::1", "2102:a00::1", "2a10:aaaa::10",
	};

	for (size_t i = 0; i < sizeof bogons / sizeof *bogons; i++) {
		struct net_address a = address(bogons[i]);

		ck_assert_msg(net_is_bogon(&a), "%s", bogons[i]);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct net_address a = address(good[i]);

		ck_assert_msg(!net_is_bogon(&a), "%s", good[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("netset");
	TCase *t = tcase_create("netset");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, addresses_are_parsed_strictly);
	tcase_add_test(t, addresses_are_written_as_everywhere);
	tcase_add_test(t, addresses_have_an_order);
	tcase_add_test(t, a_mapped_prefix_is_the_one_inside);
	tcase_add_test(t, only_mapped_addresses_are_unmapped);
	tcase_add_test(t, prefixes);
	tcase_add_test(t, membership);
	tcase_add_test(t, what_lies_behind_the_prefix_is_left_out);
	tcase_add_test(t, none_lies_inside_another);
	tcase_add_test(t, membership_is_that_of_a_plain_list);
	tcase_add_test(t, bogons_and_their_neighbours);
	suite_add_tcase(s, t);
	return suite_run(s);
}
