/*
 * The networks that carry the moved entries: what is counted, what is joined, and what the command says.
 */
#include "ops/offnet.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "relay/entry.h"
#include "relay/site.h"
#include "support/run.h"
#include "support/suite.h"

static struct site site;
static struct offnet *o;

static void set_up(void)
{
	struct net_prefix p;

	memset(&site, 0, sizeof site);
	ck_assert_int_eq(net_prefix_parse(&p, "11.11.0.0/16"), 0);
	netset_add(&site.networks, p);
	o = offnet_new();
}

static void tear_down(void)
{
	offnet_free(o);
	site_clear(&site);
}

/* "10 22.22.0.1 33.33.1.1, 20 44.44.0.1": preferences and addresses of MX; we are at 50 unless one is "us". */
static void add_class(const char *name, enum class class, const char *text)
{
	struct net_address address[32];
	struct observed_mx mx[8] = {{0}};
	struct observed seen = {.time = 1, .mx = mx};
	char copy[300], *words = copy, *target;
	size_t n = 0;

	seen.verdict.class = (uint8_t)class;
	snprintf(copy, sizeof copy, "%s, 50 us", text);
	while ((target = strsep(&words, ","))) {
		struct observed_mx *m = &mx[seen.n_mx++];
		char *state, *w = strtok_r(target, " ", &state);

		m->preference = (uint16_t)atoi(w);
		m->address = address + n;
		while ((w = strtok_r(NULL, " ", &state))) {
			if (strcmp(w, "us") == 0) {
				m->ours = 1;
				continue;
			}
			ck_assert_int_eq(net_address_parse(&address[n++], w), 0);
			m->n_addresses++;
		}
	}
	offnet_add(o, &site, name, &seen);
}

static void add(const char *name, const char *text)
{
	add_class(name, CLASS_MOVED, text);
}

static void expect(const char *lines)
{
	struct str got = {0};
	char text[NET_TEXT_SIZE];
	size_t n;
	const struct offnet_prefix *p = offnet_rank(o, &n);

	for (size_t i = 0; i < n; i++) {
		str_addf(&got, "%s%s %zu", i ? ", " : "", net_prefix_text(text, &p[i].prefix), p[i].entries);
		ck_assert_uint_eq(p[i].n_examples, p[i].entries < OFFNET_EXAMPLES ? p[i].entries : OFFNET_EXAMPLES);
	}
	ck_assert_msg(strcmp(str_text(&got), lines) == 0, "got '%s', not '%s'", str_text(&got), lines);
	str_clear(&got);
}

START_TEST(an_entry_counts_once_in_each_prefix)
{
	add("a.example", "10 22.22.0.1 22.22.0.2, 20 22.22.0.3");
	add("b.example", "10 22.22.0.9");
	add("c.example", "10 33.33.1.1 2a00:7::1 2a00:7:0:9::1");
	expect("22.22.0.0/24 2, 33.33.1.0/24 1, 2a00:7::/48 1");
	ck_assert_uint_eq(offnet_moved(o), 3);
}
END_TEST

START_TEST(only_what_is_better_than_us_and_outside_counts)
{
	add("a.example", "10 22.22.0.1, 60 33.33.0.1");
	add("b.example", "10 11.11.5.1 22.22.0.1 10.1.1.1");
	add_class("c.example", CLASS_OK, "10 44.44.0.1");
	add_class("d.example", CLASS_ORPHAN, "10 44.44.0.1");
	expect("22.22.0.0/24 2");
	ck_assert_uint_eq(offnet_moved(o), 2);
}
END_TEST

START_TEST(neighbours_are_joined_when_most_of_the_prefix_is_in_use)
{
	add("a.example", "10 22.22.4.1");
	add("b.example", "10 22.22.5.1");
	add("c.example", "10 22.22.6.1");
	add("d.example", "10 22.22.77.1");
	expect("22.22.4.0/22 3, 22.22.77.0/24 1");
}
END_TEST

START_TEST(two_of_four_are_not_most)
{
	add("a.example", "10 22.22.4.1");
	add("b.example", "10 22.22.6.1");
	expect("22.22.4.0/24 1, 22.22.6.0/24 1");
}
END_TEST

/* A provider answers with addresses here and there for each of its names. */
START_TEST(halves_that_carry_the_same_entries_are_one)
{
	add("a.example", "10 22.22.1.1 22.22.200.1");
	add("b.example", "10 22.22.1.2 22.22.200.1 22.22.90.1");
	add("c.example", "10 22.22.90.2 22.22.200.3");
	expect("22.22.0.0/16 3");
}
END_TEST

START_TEST(a_stray_entry_does_not_widen_a_prefix)
{
	char name[40];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "n%02d.example", i);
		add(name, "10 22.22.1.1");
	}
	add("n20.example", "10 22.22.1.1 22.22.200.1");
	expect("22.22.1.0/24 21, 22.22.200.0/24 1");
}
END_TEST

START_TEST(whole_networks_are_joined_no_further_than_a_sixteenth)
{
	char name[40], mx[40];

	for (int i = 0; i < 512; i++) {
		snprintf(name, sizeof name, "n%03d.example", i);
		snprintf(mx, sizeof mx, "10 22.%d.%d.1", 22 + i / 256, i % 256);
		add(name, mx);
	}
	expect("22.22.0.0/16 256, 22.23.0.0/16 256");
}
END_TEST

START_TEST(nothing_moved)
{
	struct str out = {0};

	expect("");
	offnet_add_text(&out, o, 5);
	ck_assert_str_eq(str_text(&out), "moved 0 of 5 entries\n");
	str_clear(&out);
}
END_TEST

/* The command on a list whose forgotten network carries two of three. */
START_TEST(the_command_says_where_they_went)
{
	char *dir = run_make_dir(), config[1200], zones[1200];
	struct run_world world;
	struct run_result r;

	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(zones, sizeof zones, "%s/world.zone", dir);
	run_write_file(zones, "%s",
		       "$TTL 300\n$ORIGIN example.\n@ SOA ns.isp hostmaster.isp 1 3600 900 604800 300\n@ NS ns.isp\n"
		       "ns.isp A 127.0.0.1\nbackup.isp A 11.11.0.10\nmx1.cloud A 22.22.0.1\nmx2.cloud A 22.22.0.2\n"
		       "mx.other A 33.33.0.1\nmail.isp A 11.11.5.1\n"
		       "a MX 10 mx1.cloud\na MX 50 backup.isp\nb MX 10 mx2.cloud\nb MX 50 backup.isp\n"
		       "c MX 10 mx.other\nc MX 50 backup.isp\nd MX 10 mail.isp\nd MX 50 backup.isp\n");
	run_world_start(&world, dir, zones, NULL);
	run_write_file(config,
		       "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\nnetwork = 11.11.0.0/16\n"
		       "resolver = 127.0.0.1:%d\ndatabase = %s/db\nparent-domain-matches-subdomains = no\n",
		       world.port, dir);
	run_line(&r, config, "init");
	run_clear(&r);
	for (const char *name = "abcd"; *name; name++) {
		run_line(&r, config, "add %c.example", *name);
		run_clear(&r);
	}
	run_line(&r, config, "scan");
	run_clear(&r);
	run_line(&r, config, "stat --offnet");
	ck_assert_int_eq(r.status, 0);
	ck_assert_msg(strstr(r.out, "moved 3 of 4 entries\n") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "22.22.0.0/24                 2    67%  a.example, b.example\n") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "33.33.0.0/24                 1    33%  c.example\n") != NULL, "%s", r.out);
	ck_assert_msg(strstr(r.out, "set it as a network") != NULL, "%s", r.out);
	run_clear(&r);
	run_world_stop(&world);
	run_remove_dir(dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("offnet");
	TCase *c = tcase_create("prefixes");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, an_entry_counts_once_in_each_prefix);
	tcase_add_test(c, only_what_is_better_than_us_and_outside_counts);
	tcase_add_test(c, neighbours_are_joined_when_most_of_the_prefix_is_in_use);
	tcase_add_test(c, two_of_four_are_not_most);
	tcase_add_test(c, halves_that_carry_the_same_entries_are_one);
	tcase_add_test(c, a_stray_entry_does_not_widen_a_prefix);
	tcase_add_test(c, whole_networks_are_joined_no_further_than_a_sixteenth);
	tcase_add_test(c, nothing_moved);
	tcase_add_test(c, the_command_says_where_they_went);
	suite_add_tcase(s, c);
	return suite_run(s);
}
