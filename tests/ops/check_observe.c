/*
 * What is kept of an answer: the evidence that is shown and recorded, and whether anybody heard us listed, which keeps an
 * entry whatever the verdict became.
 */
#include "ops/evidence.h"

#include <check.h>
#include <string.h>

#include "dns/lookup.h"
#include "relay/entry.h"
#include "relay/sample_answer.h"
#include "support/suite.h"

enum { RESOLVERS = 3 };
static const int64_t day0 = 20000 * INT64_C(86400);

static struct sample said[RESOLVERS];
static struct answer all[RESOLVERS];
static struct verdict each[RESOLVERS];
static struct arena arena;
static struct site site;
static struct lookup_result result;

static void set_up(void)
{
	site = sample_site(1);
	arena = (struct arena){0};
	result = (struct lookup_result){.name = "shop.example", .all = all, .each = each};
}

/* One resolver more has said this; the first one decides. */
static void say(const char *text)
{
	size_t i = result.n_all++;

	sample_init(&said[i], "shop.example", NULL, text, NULL);
	all[i] = said[i].a;
	snprintf(all[i].resolver, sizeof all[i].resolver, "192.0.2.%zu:53", i + 1);
	each[i] = verdict_of(&site, &all[i]);
	if (i == 0) {
		result.answer = &all[0];
		result.verdict = each[0];
	}
}

static struct observed observe(void)
{
	struct observed o;

	evidence_observe(&o, &arena, &site, &result, 7);
	return o;
}

static void forget(void)
{
	while (result.n_all)
		sample_clear(&said[--result.n_all]);
	arena_clear(&arena);
}

static void tear_down(void)
{
	forget();
	site_clear(&site);
}

/* An MX set that names us beside a primary of which there is no answer is UNKNOWN, and a listing all the same. */
START_TEST(a_listing_is_one_whatever_the_verdict)
{
	static const struct {
		const char *said[RESOLVERS];
		int was_listed;
	} rows[] = {
		{{"10 fail, 20 us"}, 1},
		{{"10 us-fail, 20 fail"}, 1},
		{{"10 fail, 20 fail-x"}, 0},
		{{"10 fail"}, 0},
		{{"FAIL"}, 0},
		{{"10 here, 20 us"}, 1},
		{{"10 off"}, 0},
		{{"NXDOMAIN shop.example"}, 0},
		/* Whichever of them heard it. */
		{{"10 off", "10 off", "10 off"}, 0},
		{{"10 here, 20 us", "10 off", "10 off"}, 1},
		{{"10 off", "10 here, 20 us", "10 off"}, 1},
		{{"10 off", "FAIL", "10 here, 20 us"}, 1},
		{{"10 fail, 20 us", "10 off", "FAIL"}, 1},
		{{"10 off", "10 off", "10 fail, 20 us"}, 1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t k = 0; k < RESOLVERS && rows[i].said[k]; k++)
			say(rows[i].said[k]);
		ck_assert_msg(observe().was_listed == rows[i].was_listed, "row %zu", i);
		forget();
	}
}
END_TEST

/* Whichever target of the set it is that names us; where there was no answer no set is looked at. */
START_TEST(any_target_of_an_unknown_set)
{
	static const char *const texts[] = {"10 us, 20 fail", "10 fail, 20 us", "10 fail, 20 fail-x, 30 us2"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		say(texts[i]);
		each[0] = result.verdict = (struct verdict){.class = CLASS_UNKNOWN, .reason = UNK_TIMEOUT};
		ck_assert_msg(observe().was_listed == 1, "%s", texts[i]);
		all[0].status = ANSWER_FAIL;
		ck_assert_msg(observe().was_listed == 0, "%s", texts[i]);
		forget();
	}
}
END_TEST

START_TEST(what_is_kept_of_an_answer)
{
	static const char *chain[] = {"a.example", "b.example"}, *ns[] = {"ns1.example"}, *other_ns[] = {"ns2.example"};
	struct observed o;
	uint64_t ns_hash;

	say("10 here, 20 us");
	all[0].chain = chain;
	all[0].n_chain = 2;
	all[0].ns = ns;
	all[0].n_ns = 1;
	all[0].rcode = 5;
	all[0].ede = 22;
	all[0].authenticated = 1;
	all[0].ttl = 3600;
	all[0].time = day0;
	o = observe();
	ck_assert_uint_eq(o.verdict.reason, OK_BACKUP);
	ck_assert_uint_eq(o.count, 1);
	ck_assert_uint_eq(o.days, 1);
	ck_assert_uint_eq(o.sets, 7);
	ck_assert_uint_eq(o.scan, 0);
	ck_assert_int_eq(o.since, day0);
	ck_assert_int_eq(o.time, day0);
	ck_assert_int_eq(o.rcode, 5);
	ck_assert_int_eq(o.ede, 22);
	ck_assert_int_eq(o.authenticated, 1);
	ck_assert_uint_eq(o.ttl, 3600);
	ck_assert_str_eq(o.resolver, "192.0.2.1:53");
	ck_assert_str_eq(o.chain, "a.example > b.example");
	ck_assert_str_eq(o.each, "");
	ns_hash = o.ns;
	ck_assert_uint_ne(ns_hash, 0);
	all[0].ns = other_ns;
	ck_assert_uint_ne(observe().ns, ns_hash);
	all[0].n_ns = 0;
	ck_assert_uint_eq(observe().ns, 0);
	/* Where several were asked it is told what each of them said. */
	say("10 off");
	ck_assert_str_eq(observe().each, "192.0.2.1:53 OK_BACKUP, 192.0.2.2:53 ORPHAN_OFFNET");
}
END_TEST

/* A name that is judged without DNS. */
START_TEST(without_an_answer_nothing_is_said_of_dns)
{
	struct observed o;

	result.verdict = verdict_of_name("localhost");
	o = observe();
	ck_assert_uint_eq(o.verdict.class, CLASS_NA);
	ck_assert_uint_eq(o.count, 1);
	ck_assert_uint_eq(o.days, 1);
	ck_assert_int_eq(o.rcode, -1);
	ck_assert_int_eq(o.ede, -1);
	ck_assert_int_eq(o.authenticated, -1);
	ck_assert_str_eq(o.resolver, "");
	ck_assert_str_eq(o.chain, "");
	ck_assert_str_eq(o.each, "");
	ck_assert_uint_eq(o.n_mx, 0);
	ck_assert_int_eq(o.was_listed, 0);
}
END_TEST

static void is_target(const struct observed_mx *mx, int preference, const char *target, int ours, const char *addresses)
{
	char text[NET_TEXT_SIZE], joined[200] = "";

	ck_assert_int_eq(mx->preference, preference);
	ck_assert_str_eq(mx->target, target);
	ck_assert_int_eq(mx->ours, ours);
	for (size_t i = 0; i < mx->n_addresses; i++) {
		strcat(joined, i ? " " : "");
		strcat(joined, net_address_text(text, &mx->address[i]));
	}
	ck_assert_str_eq(joined, addresses);
}

START_TEST(each_target_with_its_addresses)
{
	struct observed o;

	say("10 here, 20 us, 30 fail, 40 us2");
	all[0].self = all[0].host[0]; /* addresses of its own say nothing where there is an MX */
	o = observe();
	ck_assert_uint_eq(o.n_mx, 4);
	is_target(&o.mx[0], 10, "mail.tenant.example", 0, "198.51.100.25 2001:db8:5::25");
	is_target(&o.mx[1], 20, "mx2.ward.example", 1, "198.51.100.10 2001:db8::10");
	is_target(&o.mx[2], 30, "f.cloud.example", -1, "");
	is_target(&o.mx[3], 40, "mx3.ward.example", 1, "198.51.100.11");
	/* One of which the host is not in the answer. */
	all[0].n_hosts = 3;
	o = observe();
	ck_assert_uint_eq(o.n_mx, 4);
	is_target(&o.mx[3], 40, "", -1, "");
}
END_TEST

START_TEST(a_target_is_kept_to_its_last_letter)
{
	static char longest[NAME_SIZE];
	struct answer_host host;
	struct observed o;

	memset(longest, 'a', sizeof longest - 1);
	for (size_t i = 60; i < sizeof longest - 1; i += 60)
		longest[i] = '.';
	say("10 here");
	host = all[0].host[0];
	memcpy(host.name, longest, sizeof longest);
	all[0].host = &host;
	o = observe();
	ck_assert_uint_eq(o.n_mx, 1);
	ck_assert_str_eq(o.mx[0].target, longest);
}
END_TEST

/* Without MX the entry itself is the one target, where it has addresses. */
START_TEST(the_implicit_target)
{
	static const struct {
		const char *text;
		int ours;
		const char *addresses;
	} rows[] = {
		{"NODATA same4", 1, "198.51.100.10"},
		{"NODATA here2", 0, "198.51.100.26"},
		{"NODATA here", 0, "198.51.100.25 2001:db8:5::25"},
		{"NODATA empty", -1, ""},
		{"NXDOMAIN shop.example", -1, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observed o;

		say(rows[i].text);
		o = observe();
		ck_assert_msg(o.n_mx == (rows[i].ours >= 0), "%s", rows[i].text);
		if (rows[i].ours >= 0)
			is_target(&o.mx[0], 0, "shop.example", rows[i].ours, rows[i].addresses);
		forget();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("observe");
	TCase *t = tcase_create("observe");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_listing_is_one_whatever_the_verdict);
	tcase_add_test(t, any_target_of_an_unknown_set);
	tcase_add_test(t, what_is_kept_of_an_answer);
	tcase_add_test(t, without_an_answer_nothing_is_said_of_dns);
	tcase_add_test(t, each_target_with_its_addresses);
	tcase_add_test(t, a_target_is_kept_to_its_last_letter);
	tcase_add_test(t, the_implicit_target);
	suite_add_tcase(s, t);
	return suite_run(s);
}
