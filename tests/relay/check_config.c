/* mxward.conf as typed values: relay/config. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "relay/config.h"
#include "relay/config_key.h"
#include "support/suite.h"

static struct config c;
static struct err e;
static char dir[128], path[160];

static void set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/config-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/mxward.conf", dir);
	e = (struct err){0};
	config_init(&c);
}

static void tear_down(void)
{
	config_clear(&c);
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int read_text(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	config_clear(&c);
	config_init(&c);
	return config_read(&c, path, &e);
}

static void reads(const char *text)
{
	ck_assert_msg(read_text(text) == 0, "%s", e.text);
}

static void refused(const char *text, const char *sentence)
{
	ck_assert_msg(read_text(text) == -1, "'%s' was taken", text);
	ck_assert_msg(strstr(e.text, sentence) != NULL, "'%s' lacks '%s'", e.text, sentence);
	ck_assert_int_eq(e.code, ERR_CONFIG);
}

START_TEST(defaults)
{
	ck_assert_ptr_null(c.file);
	ck_assert_str_eq(c.database, "/var/lib/mxward");
	ck_assert_uint_eq(c.site.relay_hosts.n, 0);
	ck_assert_uint_eq(c.n_resolvers, 0);
	ck_assert_uint_eq(c.postfix_tables.n, 0);
	ck_assert_uint_eq(c.canary_listed.n, 0);
	ck_assert_str_eq(c.postfix_config_directory, "");
	ck_assert_int_eq(c.parent_matches, -1);
	ck_assert_int_eq(c.site.parent_matches_subdomains, 1);
	ck_assert_int_eq(c.confirm_days, 28);
	ck_assert_int_eq(c.confirm_days_registration, 90);
	ck_assert_int_eq(c.confirm_observations, 7);
	ck_assert_int_eq(c.confirm_gap, 7);
	ck_assert_int_eq(c.confirm_fresh, 2);
	ck_assert_int_eq(c.show_after, 3);
	ck_assert_int_eq(c.flap_changes, 3);
	ck_assert_int_eq(c.flap_days, 60);
	ck_assert_int_eq(c.group_hold, 7);
	ck_assert_int_eq(c.undo_days, 30);
	ck_assert_int_eq(c.mail_trickle, 5);
	ck_assert_double_eq_tol(c.breaker_unknown, 0.05, 1e-12);
	ck_assert_double_eq_tol(c.breaker_new, 0.02, 1e-12);
	ck_assert_int_eq(c.window, 0);
	ck_assert_int_eq(c.rate, -1);
	ck_assert_uint_eq(c.price_per_gb.n, 0);
	ck_assert_str_eq(c.billing_timezone, "UTC");
	ck_assert_str_eq(c.audit_key, "");
	ck_assert_int_eq(c.require_loginuid, 0);
	ck_assert_int_eq(c.restricted, 0);
}
END_TEST

START_TEST(the_example_of_the_manual)
{
	char text[NET_TEXT_SIZE];
	struct net_address a;

	reads("relay-host     = backup.isp.example, *.Relay.isp.example.   # *.x: any depth, "
	      "not x\n"
	      "relay-address  = 198.51.100.10, 2001:db8::10\n"
	      "network        = 198.51.100.0/24, 2001:db8::/32            # never taken for "
	      "bogons\n"
	      "other-host     = mx1.isp.example                           # ours, but no "
	      "relay\n"
	      "resolver       = 127.0.0.1, [2001:db8::53]:5353            # default: "
	      "/etc/resolv.conf\n"
	      "database       = /var/lib/my mxward\n"
	      "postfix-table  = /etc/postfix/relay_domains.lmdb\n");
	ck_assert_str_eq(c.file, path);
	ck_assert_uint_eq(c.site.relay_hosts.n, 2);
	ck_assert(name_list_has(&c.site.relay_hosts, "backup.isp.example"));
	ck_assert(name_list_has(&c.site.relay_hosts, "a.b.relay.isp.example"));
	ck_assert_uint_eq(c.site.relay_addresses.n, 2);
	net_address_parse(&a, "198.51.100.77");
	ck_assert(netset_has(&c.site.networks, &a));
	ck_assert(!netset_has(&c.site.relay_addresses, &a));
	ck_assert(name_list_has(&c.site.other_hosts, "mx1.isp.example"));
	ck_assert_uint_eq(c.n_resolvers, 2);
	ck_assert_str_eq(net_address_text(text, &c.resolver[0].address), "127.0.0.1");
	ck_assert_uint_eq(c.resolver[0].port, 53);
	ck_assert_str_eq(net_address_text(text, &c.resolver[1].address), "2001:db8::53");
	ck_assert_uint_eq(c.resolver[1].port, 5353);
	ck_assert_str_eq(c.database, "/var/lib/my mxward");
	ck_assert_uint_eq(c.postfix_tables.n, 1);
}
END_TEST

START_TEST(resolvers)
{
	reads("resolver = 127.0.0.1:5353 ::1 [127.0.0.2] [::2] 127.0.0.1:5353 "
	      "127.0.0.1:65535\n");
	ck_assert_uint_eq(c.n_resolvers, 5);
	ck_assert_uint_eq(c.resolver[0].port, 5353);
	ck_assert_uint_eq(c.resolver[1].address.family, 6);
	ck_assert_uint_eq(c.resolver[1].port, 53);
	ck_assert_uint_eq(c.resolver[2].address.family, 4);
	ck_assert_uint_eq(c.resolver[4].port, 65535);
	for (const char *const *p =
		     (const char *const[]){"localhost", "127.0.0.1:", "127.0.0.1:0",
					   "127.0.0.1:65536", "[::1", "[::1]5353",
					   "[::1]:", "::1]:53", "[]:53", "127.0.0.1:5a",
					   "127.0.0.1:-1", NULL};
	     *p; p++) {
		char text[100];

		snprintf(text, sizeof text, "resolver = %s\n", *p);
		refused(text, "mxward.conf:1: resolver '");
	}
}
END_TEST

START_TEST(networks)
{
	refused("network = 198.51.100.7/24\n", "network '198.51.100.7/24': has bits set behind "
					       "its length; write 198.51.100.0/24");
	refused("network = 2001:db8::1/32\n", "write 2001:db8::/32");
	refused("network = 198.51.100.0/33\n", "is no network");
	refused("network = 0.0.0.0/0\n", "is every address there is");
	refused("filter-network = ::/0\n", "is every address there is");
	refused("relay-address = 198.51.100.0/24\n", "is a network; write single addresses");
	refused("relay-address = backup.isp.example\n", "relay-address 'backup.isp.example'");
	reads("parking-address = 192.0.2.1 198.51.100.0/24\nnetwork =\nfilter-network = "
	      "none\n");
	ck_assert_uint_eq(c.site.parking_addresses.n, 2);
	ck_assert_uint_eq(c.site.networks.n, 0);
	ck_assert_uint_eq(c.site.filter_networks.n, 0);
}
END_TEST

START_TEST(host_names)
{
	reads("relay-host = B\xc3\xbc"
	      "cher.example\nfilter-suffix = .Filter.example other.example\nparking-ns = "
	      "*.park.example\n");
	ck_assert(name_list_has(&c.site.relay_hosts, "xn--bcher-kva.example"));
	ck_assert(name_list_has_suffix(&c.site.filter_suffixes, "a.filter.example"));
	ck_assert(name_list_has_suffix(&c.site.filter_suffixes, "other.example"));
	ck_assert(name_list_has(&c.site.parking_ns, "ns1.park.example"));
	refused("relay-host = 198.51.100.10\n", "relay-host '198.51.100.10': is an address");
	refused("relay-host = 2001:db8::1\n", "is an address");
	refused("relay-host = a..b\n", "is no host name; '*.x' stands for");
	refused("relay-host = .isp.example\n", "is no host name");
	refused("relay-host = *isp.example\n", "is no host name");
	refused("relay-host = *.*.isp.example\n", "is no host name");
	refused("relay-host = *.\n", "an empty name");
	refused("relay-host = a\\b\n", "relay-host 'a\\\\b': a backslash");
	refused("canary-listed = *.isp.example\n", "a pattern is not possible here");
	refused("canary-absent = .isp.example\n", "is no domain name");
}
END_TEST

START_TEST(canaries)
{
	reads("canary-listed = one.isp.example two.isp.example\ncanary-absent = none\n");
	ck_assert_uint_eq(c.canary_listed.n, 2);
	ck_assert_uint_eq(c.canary_absent.n, 0);
}
END_TEST

START_TEST(tables_may_stand_on_several_lines)
{
	reads("postfix-table = /a /b\npostfix-table = /c\n");
	ck_assert_uint_eq(c.postfix_tables.n, 3);
	ck_assert_str_eq(c.postfix_tables.value[2], "/c");
	reads("postfix-table = none\naudit-key = none\naudit-origin =\n");
	ck_assert_uint_eq(c.postfix_tables.n, 0);
	ck_assert_str_eq(c.audit_key, "");
	ck_assert_str_eq(c.audit_origin, "");
	reads("publish-target = ldap:/a, pgsql:/b\npublish-target = ldap:/c\n");
	ck_assert_uint_eq(c.publish_targets.n, 3);
	ck_assert_str_eq(c.publish_targets.value[2], "ldap:/c");
	refused("publish-target = /a\n", "mxward.conf:1: publish-target '/a': is no target such as");
	refused("publish-target = ldap:\n", "is no target such as");
	refused("publish-target = mysql:/a\n", "is no target such as");
	refused("postfix-table = /a\npostfix-table = /a\n",
		"mxward.conf:2: postfix-table '/a': is named twice");
}
END_TEST

START_TEST(no_key_twice)
{
	refused("window = 5\n\nrate = 1\nwindow = 6\n",
		"mxward.conf:4: 'window' is set on line 1 already");
	refused("network = 10.0.0.0/8\nnetwork = 11.0.0.0/8\n",
		"mxward.conf:2: 'network' is set on line 1 already");
}
END_TEST

START_TEST(unknown_keys)
{
	refused("window = 5\nrelay_host = a.example\n",
		"mxward.conf:2: unknown key 'relay_host'; is 'relay-host' meant");
	refused("Relay-Host = a.example\n", "is 'relay-host' meant");
	refused("resolvers = 127.0.0.1\n", "is 'resolver' meant");
	refused("nonsense = 1\n",
		"mxward.conf:1: unknown key 'nonsense'; mxward.conf(5) lists the keys");
}
END_TEST

START_TEST(numbers)
{
	reads("window = 5000\nrate = 1000000\nconfirm-days = 1\nflap-days = 0\nmail-trickle = "
	      "0\n");
	ck_assert_int_eq(c.window, 5000);
	ck_assert_int_eq(c.rate, 1000000);
	ck_assert_int_eq(c.confirm_days, 1);
	ck_assert_int_eq(c.flap_days, 0);
	ck_assert_int_eq(c.mail_trickle, 0);
	ck_assert_int_eq(c.confirm_gap, 7);
	refused("window = 0\n", "window '0': must lie between 1 and 5000");
	refused("window = 5001\n", "must lie between 1 and 5000");
	refused("rate = 1000001\n", "must lie between 0 and 1000000");
	reads("confirm-days = 0\n"); /* as soon as the observations are there */
	ck_assert_int_eq(c.confirm_days, 0);
	refused("flap-changes = 9\n", "must lie between 1 and 8");
	refused("confirm-observations = 0\n", "must lie between 1 and");
	refused("confirm-gap = 0\n", "must lie between 1 and");
	refused("confirm-fresh = 0\n", "must lie between 1 and");
	refused("confirm-days = -28\n", "is not a whole number");
	refused("confirm-days = 28d\n", "is not a whole number");
	refused("confirm-days = 99999999999999999999\n", "is not a whole number");
	refused("confirm-days = 28 days\n", "confirm-days '28 days': must be one value");
	refused("confirm-days =\n", "must be one value");
}
END_TEST

START_TEST(shares_and_prices)
{
	reads("breaker-unknown = 12.5%\nbreaker-new = 3\nprice-per-gb = 0.35 EUR\n");
	ck_assert_double_eq_tol(c.breaker_unknown, 0.125, 1e-12);
	ck_assert_double_eq_tol(c.breaker_new, 0.03, 1e-12);
	ck_assert_uint_eq(c.price_per_gb.n, 1);
	ck_assert_uint_eq(c.price_per_gb.price[0].millionths, 350000);
	ck_assert_str_eq(c.price_per_gb.price[0].currency, "EUR");
	reads("price-per-gb = 2\nbreaker-new = 0%\n");
	ck_assert_uint_eq(c.price_per_gb.price[0].millionths, 2000000);
	ck_assert_str_eq(c.price_per_gb.price[0].currency, "");
	ck_assert_double_eq_tol(c.breaker_new, 0, 1e-12);
	reads("price-per-gb = none\n");
	ck_assert_uint_eq(c.price_per_gb.n, 0);
	reads("price-per-gb = 3.90 BGN from 2020-01-01,\n  2.00 EUR from 2026-01-01, 2.20 from 2026-04-01\n");
	ck_assert_uint_eq(c.price_per_gb.n, 3);
	ck_assert_uint_eq(c.price_per_gb.price[2].millionths, 2200000);
	ck_assert_str_eq(c.price_per_gb.price[2].currency, "EUR");
	ck_assert_int_eq(c.price_per_gb.price[2].month, 4);
	refused("breaker-new = 101%\n", "is not a percentage such as 5%");
	refused("breaker-new = 5%%\n", "is not a percentage");
	refused("breaker-new = -1\n", "is not a percentage");
	refused("breaker-new = .5\n", "is not a percentage");
	refused("breaker-new = 5.\n", "is not a percentage");
	refused("breaker-new = nan\n", "is not a percentage");
	refused("breaker-new = 00000000000000000000000000000000000005\n",
		"is not a percentage");
	refused("price-per-gb = 0,35\n", "is not a price");
	refused("price-per-gb = EUR 1\n", "is not a price");
	refused("price-per-gb = 1 EUR each\n", "is not a price");
	refused("price-per-gb = 1 EUR, 2 EUR\n", "is not a price");
	refused("price-per-gb = 1 EUR from\n", "has no day such as 2026-04-01");
	refused("price-per-gb = 1 EUR from 2026-4-1\n", "has no day such as 2026-04-01");
	refused("price-per-gb = 1 EUR from 2026-13-01\n", "has no day such as 2026-04-01");
	refused("price-per-gb = 1 EUR from 2026-+4-01\n", "has no day such as 2026-04-01");
	refused("price-per-gb = 1 EUR, 2 EUR from 2026-04-15\n", "begins within a month");
	refused("price-per-gb = 1 from 2026-05-01, 2 from 2026-05-01\n", "is not in the order of days");
	refused("price-per-gb = 1 =SUM\n", "is not a price");
	refused("price-per-gb = 0.0000001 EUR\n", "is not a price");
	reads("billing-timezone = Europe/Berlin\n");
	reads("billing-timezone = CET-1CEST,M3.5.0,M10.5.0/3\n");
	reads("billing-timezone = <+0330>-3:30\n");
	reads("billing-timezone = none\n");
	refused("billing-timezone = Europe/Berln\n", "is no time zone that this machine knows");
	refused("billing-timezone = Europe\n", "is no time zone that this machine knows");
	refused("billing-timezone = ../../../etc/passwd\n", "is no time zone that this machine knows");
	refused("billing-timezone = ab1\n", "is no time zone that this machine knows");
	refused("billing-timezone = <ab\n", "is no time zone that this machine knows");
	refused("price-per-gb = 1 A, 1 B from 2026-01-01, 1 C from 2026-02-01, 1 D from 2026-03-01, 1 E from 2026-04-01\n",
		"has more than four currencies");
}
END_TEST

START_TEST(yes_and_no)
{
	reads("require-loginuid = yes\nrestricted = no\n");
	ck_assert_int_eq(c.require_loginuid, 1);
	ck_assert_int_eq(c.restricted, 0);
	refused("restricted = true\n", "restricted 'true': must be yes or no");
}
END_TEST

START_TEST(parent_matching)
{
	static const struct {
		const char *value;
		int yes;
	} cases[] = {
		{"yes", 1},
		{"no", 0},
		{"", 0},
		{"relay_domains", 1},
		{"debug_peer_list, relay_domains,smtpd_access_maps", 1},
		{"debug_peer_list, mynetworks", 0},
	};
	char text[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "parent-domain-matches-subdomains = %s\n",
			 cases[i].value);
		reads(text);
		ck_assert_int_eq(c.parent_matches, cases[i].yes);
		ck_assert_int_eq(c.site.parent_matches_subdomains, cases[i].yes);
	}
	refused("parent-domain-matches-subdomains = !relay_domains\n", "write yes or no");
	refused("parent-domain-matches-subdomains = /etc/postfix/list\n", "write yes or no");
}
END_TEST

START_TEST(overrides)
{
	static const struct {
		const char *value, *name, *hop;
	} cases[] = {
		{"a.example", "a.example", ""},
		{"A.example=", "a.example", ""},
		{".a.example=host.example", ".a.example", "host.example"},
		{"a.example=smtp:[Host.example]:2525", "a.example", "host.example"},
		{"a.example=[192.0.2.1]:25", "a.example", "192.0.2.1"},
		{"a.example=192.0.2.1", "a.example", "192.0.2.1"},
		{"a.example=2001:db8::1", "a.example", "2001:db8::1"},
		{"a.example=[2001:DB8::1]", "a.example", "2001:db8::1"},
		{"a.example=relay:[ipv6:2001:db8::1]:24", "a.example", "2001:db8::1"},
		{"a.example=host.example:2525", "a.example", "host.example"},
		{"a.example=smtp:host.example", "a.example", "host.example"},
		{"a.example=smtp:host.example:submission", "a.example", "host.example"},
		{"a.example=smtp:", "a.example", ""},
		{"a.example=host", "a.example", "host"},
		{"b\xc3\xbc.example=b\xc3\xbc.example", "xn--b-eha.example",
		 "xn--b-eha.example"},
	};
	char text[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "transport-override = %s\n", cases[i].value);
		reads(text);
		ck_assert_uint_eq(c.site.n_overrides, 1);
		ck_assert_str_eq(c.site.override[0].name, cases[i].name);
		ck_assert_msg(strcmp(c.site.override[0].next_hop, cases[i].hop) == 0, "%s: %s",
			      cases[i].value, c.site.override[0].next_hop);
	}
	for (const char *const *p =
		     (const char *const[]){
			     "*", "a..b=host.example", "=host.example",
			     "a.example=[host.example", "a.example=[host.example]x",
			     "a.example=[host.example]:", "a.example=a:b:[host.example]",
			     "a.example=smtp[host.example]", "a.example=a:b:c",
			     "a.example=a..b", "a.example=.b.example", "a.example=h\\x",
			     "a.example=a=b", NULL};
	     *p; p++) {
		snprintf(text, sizeof text, "transport-override = %s\n", *p);
		refused(text, "mxward.conf:1: transport-override '");
	}
	refused("transport-override = a.example b.example A.example=h.example\n",
		"has an override already");
	/* As the source of a transport table has them, `file:` in front. */
	reads("transport-override = a.example smtp:[192.0.2.1]:25\n  .b.example\tsmtp:\n  c.example [h.example]\n"
	      "  d.example e.example=host.example\n");
	ck_assert_uint_eq(c.site.n_overrides, 5);
	ck_assert_str_eq(site_override(&c.site, "a.example")->next_hop, "192.0.2.1");
	ck_assert_str_eq(site_override(&c.site, "x.b.example")->next_hop, "");
	ck_assert_str_eq(site_override(&c.site, "c.example")->next_hop, "h.example");
	ck_assert_str_eq(site_override(&c.site, "d.example")->next_hop, "");
	ck_assert_str_eq(site_override(&c.site, "e.example")->next_hop, "host.example");
	refused("transport-override = smtp:[192.0.2.1] a.example\n", "is no NAME or NAME=NEXTHOP");
}
END_TEST

START_TEST(values_from_the_command_line_replace)
{
	reads("relay-host = a.example b.example\nwindow = 9\n");
	ck_assert_int_eq(
		config_set(&c, "relay-host", "c.example,*.d.example", "--relay-host", &e), 0);
	ck_assert_uint_eq(c.site.relay_hosts.n, 2);
	ck_assert(!name_list_has(&c.site.relay_hosts, "a.example"));
	ck_assert(name_list_has(&c.site.relay_hosts, "c.example"));
	ck_assert_int_eq(config_set(&c, "window", "12", "--window", &e), 0);
	ck_assert_int_eq(c.window, 12);
	ck_assert_int_eq(config_set(&c, "network", "10.0.0.1/8", "--network", &e), -1);
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert_str_eq(e.text, "--network: network '10.0.0.1/8': has bits set behind its "
				 "length; write 10.0.0.0/8");
	ck_assert_int_eq(config_set(&c, "nonsense", "1", "--nonsense", &e), -1);
	ck_assert_int_eq(config_set(&c, "network", "10.0.0.0/8\nwindow = 1", "--network", &e),
			 -1);
}
END_TEST

START_TEST(hostile_bytes_are_escaped_in_messages)
{
	refused("relay-host = b\xe2\x98\x83\n",
		"relay-host 'b\\226\\152\\131': a label that IDNA2008 does not allow");
	refused("relay-host = \x1b[2J\n", "a control byte \\027");
	refused("database =\n", "database '': must be a directory");
}
END_TEST

START_TEST(the_table_of_keys)
{
	size_t n = 0;

	for (const struct config_key *k; (k = config_key(n)) != NULL; n++) {
		ck_assert_ptr_eq(config_key_find(k->name), k);
		ck_assert_int_eq(k->words[strlen(k->words) - 1], '.');
		ck_assert_int_le(k->low, k->high);
	}
	ck_assert_uint_eq(n, 42);
	ck_assert_ptr_null(config_key_find("nonsense"));
}
END_TEST

/* The manual's list of keys is written by hand: none is left out. */
START_TEST(the_manual_explains_each_key)
{
	char manual[1000], line[500], *text = NULL;
	size_t size = 0, len = 0;
	FILE *f;

	snprintf(manual, sizeof manual, "%s/share/mxward.conf.5", getenv("SOURCE") ? getenv("SOURCE") : ".");
	f = fopen(manual, "r");
	ck_assert_msg(f != NULL, "cannot open %s", manual);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, ".It Ic ", 7) == 0) {
			text = realloc(text, size + strlen(line) + 1);
			len = strlen(line);
			memcpy(text + size, line + 6, len - 5);
			size += len - 6;
			text[size - 1] = ' ';
		}
	fclose(f);
	ck_assert_ptr_nonnull(text);
	for (size_t n = 0; config_key(n); n++) {
		snprintf(line, sizeof line, " %s ", config_key(n)->name);
		ck_assert_msg(strstr(text, line) != NULL, "mxward.conf.5 does not explain %s", config_key(n)->name);
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, defaults);
	tcase_add_test(t, the_example_of_the_manual);
	tcase_add_test(t, resolvers);
	tcase_add_test(t, networks);
	tcase_add_test(t, host_names);
	tcase_add_test(t, canaries);
	tcase_add_test(t, tables_may_stand_on_several_lines);
	tcase_add_test(t, no_key_twice);
	tcase_add_test(t, unknown_keys);
	tcase_add_test(t, numbers);
	tcase_add_test(t, shares_and_prices);
	tcase_add_test(t, yes_and_no);
	tcase_add_test(t, parent_matching);
	tcase_add_test(t, overrides);
	tcase_add_test(t, values_from_the_command_line_replace);
	tcase_add_test(t, hostile_bytes_are_escaped_in_messages);
	tcase_add_test(t, the_table_of_keys);
	tcase_add_test(t, the_manual_explains_each_key);
	suite_add_tcase(s, t);
	return suite_run(s);
}
