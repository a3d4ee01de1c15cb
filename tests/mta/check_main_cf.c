/*
 * What a Postfix's parameters tell about a relay, and what they leave open.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "mta/main_cf.h"
#include "support/suite.h"

static struct main_cf m;

static void reads(const char *host, const char *interfaces, const char *proxies, const char *networks,
		  const char *domains, const char *relay, const char *recipient)
{
	const char *value[N_MAIN_CF] = {host, interfaces, proxies, networks, domains, relay, recipient};

	main_cf_clear(&m);
	main_cf_read(&m, value);
	main_cf_finish(&m);
}

static void doubts(const char *words, int is)
{
	ck_assert_msg((strstr(str_text(&m.doubts), words) != NULL) == is, "'%s' in:\n%s", words, str_text(&m.doubts));
}

static void tear_down(void)
{
	main_cf_clear(&m);
}

START_TEST(addresses_and_networks_are_taken_over)
{
	reads("Relay.ISP.example", "127.0.0.1, 8.8.8.8, [2a10:aaaa::10]", "9.9.9.9",
	      "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128 8.8.0.0/16 [2a10:aaaa::]/32 hash:/etc/x /etc/y !8.8.1.0/24", "",
	      "", "");
	ck_assert_str_eq(m.host, "relay.isp.example");
	ck_assert_str_eq(str_text(&m.addresses), "8.8.8.8, 2a10:aaaa::10, 9.9.9.9");
	ck_assert_str_eq(str_text(&m.networks), "8.8.0.0/16, 2a10:aaaa::/32");
	doubts("'hash:/etc/x' of mynetworks is not taken over", 1);
	doubts("'/etc/y' of mynetworks is not taken over", 1);
	doubts("'!8.8.1.0/24' of mynetworks is not taken over", 1);
	doubts("has no IPv6", 0);
	doubts("permit_mx_backup", 0);
}
END_TEST

START_TEST(what_is_missing_is_a_doubt)
{
	reads("localhost", "loopback-only", "", "127.0.0.0/8", "", "permit_mynetworks, permit_mx_backup", "");
	ck_assert_str_eq(m.host, "");
	doubts("set relay-host", 1);
	doubts("set relay-address", 1);
	doubts("set network", 1);
	doubts("nothing was imported", 1);
	doubts("permit_mx_backup is in use (smtpd_relay_restrictions)", 1);
	reads("relay.isp.example", "10.0.0.5", "", "10.0.0.0/8", "a.example", "", "");
	doubts("10.0.0.5 is no public address", 1);
	doubts("relay-address has no IPv6", 1);
	doubts("network has no IPv6", 1);
	doubts("nothing was imported", 0);
}
END_TEST

START_TEST(each_kind_of_table_is_told_apart)
{
	reads("relay.isp.example", "all", "", "", "lmdb:/etc/postfix/relay, proxy:hash:/etc/postfix/old /etc/names "
	      "Name.example ldap:/etc/l.cf [1.2.3.4]", "", "");
	ck_assert_int_eq(m.asks_interfaces, 1);
	ck_assert_uint_eq(m.n_tables, 3);
	ck_assert_int_eq(m.table[0].format, TABLE_LMDB);
	ck_assert_str_eq(m.table[0].path, "/etc/postfix/relay.lmdb");
	ck_assert_int_eq(m.table[1].format, TABLE_POSTFIX);
	ck_assert_str_eq(m.table[1].path, "/etc/postfix/old");
	ck_assert_int_eq(m.table[2].format, TABLE_NAMES);
	ck_assert_str_eq(str_text(&m.published), "/etc/postfix/relay.lmdb");
	ck_assert_uint_eq(m.n_names, 1);
	ck_assert_str_eq(m.name[0], "name.example");
	doubts("relay_domains = ldap:/etc/l.cf cannot be read", 1);
	doubts("hash:/etc/postfix/old is read from its text and cannot be published to", 1);
	doubts("'[1.2.3.4]' of relay_domains is no domain", 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("main_cf");
	TCase *c = tcase_create("postconf");

	tcase_add_checked_fixture(c, NULL, tear_down);
	tcase_add_test(c, addresses_and_networks_are_taken_over);
	tcase_add_test(c, what_is_missing_is_a_doubt);
	tcase_add_test(c, each_kind_of_table_is_told_apart);
	suite_add_tcase(s, c);
	return suite_run(s);
}
