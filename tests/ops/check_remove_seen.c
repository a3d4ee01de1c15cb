/*
 * Names that only the mail logs know, below an entry that is to go: which of them are asked for, what each answer makes of
 * the entry, and the words of it.  DNS is a stand-in here, so that answers come in every order.
 */
#include "ops/remove_seen.h"

#include "db/db_support.h"
#include "db/entries.h"
#include "db/store.h"
#include "db/subnames.h"
#include "dns/lookup.h"
#include "ops/remove_inner.h"
#include "ops/ward.h"

/* --- the stand-in --- */

static struct asked {
	const char *name;
	lookup_fn *fn;
	void *ctx;
	int cancelled;
} asked[80];
static size_t n_asked;
static struct lookups *const stand_in = (struct lookups *)asked;

void lookups_ask(struct lookups *l, const char *name, int urgent, lookup_fn *fn, void *ctx)
{
	ck_assert_ptr_eq(l, stand_in);
	ck_assert_int_eq(urgent, 0);
	asked[n_asked++] = (struct asked){name, fn, ctx, 0};
}

void lookups_cancel(struct lookups *l, const char *name, lookup_fn *fn, void *ctx)
{
	ck_assert_ptr_eq(l, stand_in);
	for (size_t i = 0; i < n_asked; i++)
		if (strcmp(asked[i].name, name) == 0 && asked[i].fn == fn && asked[i].ctx == ctx)
			asked[i].cancelled++;
}

static void answer(size_t i, enum reason reason, enum deletion deletion)
{
	struct lookup_result r = {.name = asked[i].name};

	r.verdict = (struct verdict){.class = (uint8_t)reason_class(reason), .reason = (uint8_t)reason, .deletion = (uint8_t)deletion};
	asked[i].fn(asked[i].ctx, &r);
}

/* --- a plan of three items, of which the second is looked at --- */

static const char *names[80];
static struct ward ward;
static struct remove_item item[3];
static struct seen seen[3];
static struct remove_plan plan;
static struct question question;
static int called;

static void then(struct question *q)
{
	ck_assert_ptr_eq(q, &question);
	ck_assert_ptr_null(q->seen);
	called++;
}

static void ask(size_t n)
{
	static const char *const of[] = {"a.x.example", "b.x.example", "c.x.example"};

	arena_clear(&plan.arena);
	memset(item, 0, sizeof item);
	memset(seen, 0, sizeof seen);
	for (size_t i = 0; i < n; i++)
		names[i] = of[i];
	ward.lookups = stand_in;
	seen[1] = (struct seen){.n = n, .name = names, .names = "a, b and 7 more"};
	plan = (struct remove_plan){.ward = &ward, .item = item, .seen = seen, .n = 3};
	question = (struct question){.plan = &plan, .index = 1};
	n_asked = 0;
	called = 0;
	item[1].fate = REMOVE_GO;
	remove_seen_ask(&question, then);
	ck_assert_uint_eq(n_asked, n);
	ck_assert_int_eq(called, n == 0);
	ck_assert_int_eq(question.seen != NULL, n > 0);
	ck_assert_int_eq(item[1].fate, n ? REMOVE_ASKING : REMOVE_GO);
}

static void is(enum remove_fate fate, const char *why)
{
	ck_assert_int_eq(called, 1);
	ck_assert_int_eq(item[1].fate, fate);
	ck_assert_str_eq(item[1].why, why);
	ck_assert_int_eq(item[0].fate, REMOVE_ASKING);
	ck_assert_int_eq(item[2].fate, REMOVE_ASKING);
	arena_clear(&plan.arena);
}

#define HELD "held: mail was accepted for "
#define NAMES_US " below it, which names us"
#define RESEMBLES " below it, with an MX that resembles one of ours"
#define NO_ANSWER " below it, of which there is no usable answer: "

START_TEST(it_goes_when_all_have_left)
{
	ask(3);
	answer(1, ORPHAN_OFFNET, DELETE_C1);
	answer(2, ORPHAN_NXDOMAIN, DELETE_C1);
	ck_assert_int_eq(called, 0);
	ck_assert_int_eq(item[1].fate, REMOVE_ASKING);
	answer(0, ORPHAN_NULLMX, DELETE_C1);
	ck_assert_int_eq(item[1].risk, 1);
	ck_assert_str_eq(item[1].lifted, "");
	is(REMOVE_GO, "also cuts a, b and 7 more");
}
END_TEST

/* A listing goes before all else, whenever it comes; of what is no answer and what is held the first is said. */
START_TEST(one_is_enough_to_keep_it)
{
	static const struct {
		enum reason reason[3];
		enum deletion deletion[3];
		const char *why;
	} rows[] = {
		{{OK_BACKUP, ORPHAN_OFFNET, ORPHAN_OFFNET}, {0}, HELD "a.x.example" NAMES_US},
		{{ORPHAN_OFFNET, MOVED_OFFNET, ORPHAN_OFFNET}, {0}, HELD "b.x.example" NAMES_US},
		{{ORPHAN_OFFNET, ORPHAN_OFFNET, BRK_WE_ARE_ONLY}, {0}, HELD "c.x.example" NAMES_US},
		{{OK_BACKUP, OK_BACKUP, OK_BACKUP}, {0}, HELD "a.x.example" NAMES_US},
		{{UNK_TIMEOUT, ORPHAN_OFFNET, OK_BACKUP}, {0}, HELD "c.x.example" NAMES_US},
		{{ORPHAN_OFFNET, ORPHAN_OFFNET, OK_BACKUP}, {DELETE_HOLD}, HELD "c.x.example" NAMES_US},
		{{OK_BACKUP, UNK_TIMEOUT, ORPHAN_OFFNET}, {0, 0, DELETE_HOLD}, HELD "a.x.example" NAMES_US},
		{{UNK_TIMEOUT, OK_BACKUP, MOVED_OFFNET}, {0}, HELD "b.x.example" NAMES_US},
		{{ORPHAN_OFFNET, UNK_TIMEOUT, UNK_SERVFAIL}, {0}, HELD "b.x.example" NO_ANSWER},
		{{UNK_SERVFAIL, ORPHAN_OFFNET, ORPHAN_OFFNET}, {0, DELETE_HOLD}, HELD "a.x.example" NO_ANSWER},
		{{ORPHAN_OFFNET, UNK_SERVFAIL, UNK_TIMEOUT}, {DELETE_HOLD}, HELD "a.x.example" RESEMBLES},
		{{ORPHAN_OFFNET, ORPHAN_OFFNET, ORPHAN_OFFNET}, {0, DELETE_HOLD, DELETE_HOLD}, HELD "b.x.example" RESEMBLES},
		/* Not judged is not gone. */
		{{NA_SUFFIX, ORPHAN_OFFNET, ORPHAN_OFFNET}, {0}, HELD "a.x.example" NO_ANSWER},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char want[300];

		ask(3);
		for (size_t k = 0; k < 3; k++)
			answer(k, rows[i].reason[k], rows[i].deletion[k]);
		snprintf(want, sizeof want, "%s%s", rows[i].why,
			 !strstr(rows[i].why, NO_ANSWER) ? "" : reason_words(rows[i].reason[rows[i].why[sizeof HELD - 1] - 'a']));
		ck_assert_int_eq(item[1].risk, 0);
		is(REMOVE_STAY, want);
	}
}
END_TEST

/* A listing that is known is the one that is told, whatever comes behind it. */
START_TEST(the_first_listing_is_told)
{
	ask(3);
	answer(2, BRK_WE_ARE_ONLY, DELETE_NEVER);
	answer(0, OK_BACKUP, DELETE_NEVER);
	answer(1, ORPHAN_OFFNET, DELETE_HOLD);
	is(REMOVE_STAY, HELD "c.x.example" NAMES_US);
	ask(3);
	answer(1, OK_BACKUP, DELETE_NEVER);
	answer(0, ORPHAN_OFFNET, DELETE_C1);
	answer(2, MOVED_OFFNET, DELETE_NEVER);
	is(REMOVE_STAY, HELD "b.x.example" NAMES_US);
}
END_TEST

/* What is lifted goes as the riskiest there is, with what was lifted named. */
START_TEST(an_override_names_what_it_lifts)
{
	ask(1);
	plan.options.override = 1;
	answer(0, OK_BACKUP, DELETE_NEVER);
	ck_assert_str_eq(item[1].lifted, "COVERS_SEEN");
	ck_assert_int_eq(item[1].risk, 3);
	is(REMOVE_GO, "also cuts a, b and 7 more");
	/* Nothing was in the way of it. */
	ask(1);
	plan.options.override = 1;
	answer(0, ORPHAN_OFFNET, DELETE_C1);
	ck_assert_str_eq(item[1].lifted, "");
	ck_assert_int_eq(item[1].risk, 1);
	is(REMOVE_GO, "also cuts a, b and 7 more");
	/* The customer does not speak for the names below. */
	ask(1);
	plan.options.customer_request = 1;
	answer(0, OK_BACKUP, DELETE_NEVER);
	ck_assert_str_eq(item[1].lifted, "");
	is(REMOVE_STAY, HELD "a.x.example" NAMES_US);
	/* Lifted by the customer's request, and not by an override. */
	ask(1);
	plan.options.customer_request = 1;
	snprintf(item[1].lifted, sizeof item[1].lifted, "WAITING");
	answer(0, ORPHAN_OFFNET, DELETE_C1);
	ck_assert_int_eq(item[1].risk, 1);
	is(REMOVE_GO, "also cuts a, b and 7 more");
}
END_TEST

START_TEST(what_was_said_before_stays)
{
	char want[400];

	ask(1);
	snprintf(item[1].why, sizeof item[1].why, "covers it");
	item[1].risk = 2;
	seen[1].left_out = 1;
	answer(0, ORPHAN_OFFNET, DELETE_C1);
	ck_assert_int_eq(item[1].risk, 2);
	is(REMOVE_GO, "covers it; also cuts a, b and 7 more; the logs had more names below it than are kept");
	/* No more than there is place for, to the byte: with one left for the words of the logs, with none, and long over. */
	for (int len = 200; len < 300; len++) {
		ask(1);
		snprintf(item[1].why, sizeof item[1].why, "%0*d", len, 0);
		seen[1].left_out = 1;
		snprintf(want, sizeof item[1].why, "%0*d; also cuts a, b and 7 more; the logs had more names below it than are kept",
			 len, 0);
		answer(0, ORPHAN_OFFNET, DELETE_C1);
		ck_assert_int_eq(item[1].risk, 1);
		is(REMOVE_GO, want);
	}
}
END_TEST

/* An orphan that covers what is below it, with n names in the logs. */
static void ask_with_wildcard(size_t n)
{
	ask(0);
	names[0] = "a.x.example";
	seen[1] = (struct seen){.n = n, .name = names, .names = "a"};
	snprintf(item[1].name, sizeof item[1].name, "x.example");
	item[1].verdict.class = CLASS_ORPHAN;
	item[1].fate = REMOVE_GO;
	plan.parent_matches = 1;
	called = 0;
	remove_seen_ask(&question, then);
	ck_assert_uint_eq(n_asked, n + 1);
	ck_assert_str_eq(asked[n].name, ".x.example");
	ck_assert_int_eq(item[1].fate, REMOVE_ASKING);
}

/* Where no log was read either: mail for every name below it is led here. */
START_TEST(a_wildcard_that_names_us_keeps_it)
{
	static const struct {
		enum reason reason;
		enum deletion deletion;
	} neutral[] = {{NA_SUFFIX, DELETE_NEVER}, {ORPHAN_NXDOMAIN, DELETE_C2}};

	ask_with_wildcard(0);
	answer(0, OK_SUFFIX_WILDCARD, DELETE_NEVER);
	is(REMOVE_STAY, "held: a wildcard below it names us, *.x.example");
	ask_with_wildcard(1);
	answer(1, OK_SUFFIX_WILDCARD, DELETE_NEVER);
	answer(0, ORPHAN_OFFNET, DELETE_C1);
	is(REMOVE_STAY, "held: a wildcard below it names us, *.x.example");
	for (size_t i = 0; i < 2; i++) {
		ask_with_wildcard(0);
		answer(0, neutral[i].reason, neutral[i].deletion);
		ck_assert_int_eq(item[1].risk, 0);
		is(REMOVE_GO, "");
		ask_with_wildcard(1);
		answer(1, neutral[i].reason, neutral[i].deletion);
		answer(0, ORPHAN_OFFNET, DELETE_C1);
		is(REMOVE_GO, "also cuts a");
	}
	ask_with_wildcard(0);
	plan.options.override = 1;
	answer(0, OK_SUFFIX_WILDCARD, DELETE_NEVER);
	ck_assert_str_eq(item[1].lifted, "COVERS_SEEN");
	is(REMOVE_GO, "");
	ask_with_wildcard(0);
	remove_seen_cancel(&question);
	ck_assert_int_eq(asked[0].cancelled, 1);
	arena_clear(&plan.arena);
}
END_TEST

/* For itself alone, a suffix, and a moved entry whose customer was told. */
/* NA_SUFFIX for want of an answer is none. */
START_TEST(a_wildcard_of_which_nobody_was_heard_keeps_it)
{
	static const struct {
		enum answer_status first, second, target;
		int stays;
	} rows[] = {
		{ANSWER_FAIL, ANSWER_FAIL, 0, 1},	 {ANSWER_FAIL, ANSWER_NXDOMAIN, 0, 0},
		{ANSWER_NODATA, ANSWER_NODATA, 0, 0},	 {ANSWER_DATA, ANSWER_NODATA, ANSWER_FAIL, 1},
		{ANSWER_DATA, ANSWER_DATA, ANSWER_NODATA, 0},
	};

	name_list_add(&ward.config.site.relay_hosts, "backup.isp.example");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct answer_host host = {.name = "mail.other.example", .a = rows[i].target, .aaaa = rows[i].target};
		struct answer_mx mx = {.preference = 10};
		struct answer all[] = {{.entry = "x.example", .suffix = 1, .status = rows[i].first},
				       {.entry = "x.example", .suffix = 1, .status = rows[i].second}};
		struct lookup_result r = {.name = ".x.example", .verdict = {.class = CLASS_NA, .reason = NA_SUFFIX}, .all = all,
					  .n_all = 2};

		for (int k = 0; k < 2; k++)
			if (all[k].status == ANSWER_DATA) {
				all[k].mx = &mx;
				all[k].host = &host;
				all[k].n_mx = all[k].n_hosts = 1;
			}
		ask_with_wildcard(0);
		asked[0].fn(asked[0].ctx, &r);
		if (rows[i].stays)
			is(REMOVE_STAY, "held: whether a wildcard below it names us gave no usable answer, *.x.example");
		else
			is(REMOVE_GO, "");
	}
	name_list_clear(&ward.config.site.relay_hosts);
}
END_TEST

START_TEST(nothing_is_asked_of_what_covers_nothing)
{
	for (int i = 0; i < 3; i++) {
		ask(0);
		snprintf(item[1].name, sizeof item[1].name, "%sx.example", i == 1 ? "." : "");
		item[1].verdict.class = i == 2 ? CLASS_MOVED : CLASS_ORPHAN;
		item[1].fate = REMOVE_GO;
		plan.parent_matches = i != 0;
		called = 0;
		remove_seen_ask(&question, then);
		ck_assert_uint_eq(n_asked, 0);
		is(REMOVE_GO, "");
	}
}
END_TEST

START_TEST(what_is_cancelled_is_asked_no_more)
{
	ask(3);
	remove_seen_cancel(&question);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(asked[i].cancelled, 1);
	arena_clear(&plan.arena);
	/* Nothing is open any more, or was at all. */
	ask(1);
	answer(0, ORPHAN_OFFNET, DELETE_C1);
	remove_seen_cancel(&question);
	ck_assert_int_eq(asked[0].cancelled, 0);
	arena_clear(&plan.arena);
}
END_TEST

/* --- what the logs know --- */

static struct arena arena;

static void put(const char *entry, const struct subnames *s)
{
	struct db_txn *t = begin_write();

	OK(subnames_put(t, entry, s, &err));
	OK(db_commit(t, &err));
}

static int read_seen(struct seen *out, const char *entry, int parent_matches)
{
	struct db_txn *t = begin_read();
	int rc = seen_read(out, &arena, t, entry, parent_matches, &err);

	db_abort(t);
	return rc;
}

static void set_up(void)
{
	open_database();
}

static void tear_down(void)
{
	arena_clear(&arena);
	remove_database();
}

static void has(const char *entry, int parent_matches, size_t n, const char *words)
{
	struct seen got;

	memset(&got, 0xff, sizeof got);
	IS(read_seen(&got, entry, parent_matches), 0);
	ck_assert_uint_eq(got.n, n);
	ck_assert_str_eq(got.names, words);
	ck_assert_int_eq(got.left_out, n ? 5 : 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(strstr(got.name[i], "x.example") && got.name[i][strlen(got.name[i]) - 1] == 'e', "%s", got.name[i]);
}

START_TEST(what_it_covers_and_no_list_has)
{
	static struct subnames s = {.n = 4,
				    .left_out = 5,
				    .at = {{.name = "www.x.example"}, {.name = "listed.x.example"}, {.name = "x.example"},
					   {.name = "a.lists.x.example"}}};
	struct entry listed = entry_named("listed.x.example");
	struct db_txn *t = begin_write();

	OK(entry_put(t, &listed, &err));
	OK(db_commit(t, &err));
	put("x.example", &s);
	put(".x.example", &s);
	has("x.example", 1, 2, "www, a.lists");
	has(".x.example", 0, 2, "www, a.lists");
	has("x.example", 0, 0, "");  /* for itself alone */
	has(".x.example", 1, 0, ""); /* inert */
	has("y.example", 1, 0, "");  /* the logs had none */
}
END_TEST

/* "a, b and 2 more": as many as have place with those words behind them. */
START_TEST(words_for_many_names)
{
	static struct subnames s;
	char first[64], second[64], want[160];

	s = (struct subnames){.n = 3, .left_out = 5};
	memset(first, 'f', 63);
	memset(second, 's', 63);
	first[63] = second[63] = '\0';
	/* 120 bytes, of which 16 are kept for ", " and " and 64 more" with their ends. */
	for (int len = 30; len < 50; len++) {
		snprintf(s.at[0].name, sizeof s.at[0].name, "%.60s.x.example", first);
		snprintf(s.at[1].name, sizeof s.at[1].name, "%.*s.x.example", len, second);
		snprintf(s.at[2].name, sizeof s.at[2].name, "c.x.example");
		put("x.example", &s);
		snprintf(want, sizeof want, len <= 44 - 2 - 1 ? "%.60s, %.*s, c" : len <= 44 ? "%.60s, %.*s and 1 more" : "%.60s and 2 more",
			 first, len, second);
		has("x.example", 1, 3, want);
	}
	/* Where not even the first has, there is no and. */
	snprintf(s.at[0].name, sizeof s.at[0].name, "%.50s.%.54s.x.example", first, second);
	put("x.example", &s);
	has("x.example", 1, 3, "3 more");
	snprintf(s.at[0].name, sizeof s.at[0].name, "%.50s.%.53s.x.example", first, second);
	put("x.example", &s);
	snprintf(want, sizeof want, "%.50s.%.53s and 2 more", first, second);
	has("x.example", 1, 3, want);
}
END_TEST

START_TEST(as_many_as_are_kept)
{
	static struct subnames s = {.n = SUBNAMES_MAX, .left_out = 5};
	struct seen got;

	for (int i = 0; i < SUBNAMES_MAX; i++)
		snprintf(s.at[i].name, sizeof s.at[i].name, "n%d.x.example", i);
	put("x.example", &s);
	IS(read_seen(&got, "x.example", 1), 0);
	ck_assert_uint_eq(got.n, SUBNAMES_MAX);
	for (int i = 0; i < SUBNAMES_MAX; i++)
		ck_assert_str_eq(got.name[i], s.at[i].name);
	ck_assert_ptr_nonnull(strstr(got.names, ", n22 and 41 more"));
}
END_TEST

/* Whether the list has the name is not known then, and nothing is said to be cut. */
START_TEST(an_entry_that_cannot_be_read_is_an_error)
{
	static struct subnames s = {.n = 1, .at = {{.name = "www.x.example"}}};
	struct entry listed = entry_named("www.x.example");
	struct db_txn *t = begin_write();
	struct seen got;

	OK(entry_put(t, &listed, &err));
	value_begin(&t->value, 1);
	str_add_char(&t->value, '?');
	OK(store_put(t, STORE_ENTRY, "example\001x\001www", 13, 0, &err));
	OK(db_commit(t, &err));
	put("x.example", &s);
	FAILS(read_seen(&got, "x.example", 1), ERR_DATA);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("names that only the logs know");
	TCase *t = tcase_create("answers"), *d = tcase_create("logs");

	tcase_add_test(t, it_goes_when_all_have_left);
	tcase_add_test(t, one_is_enough_to_keep_it);
	tcase_add_test(t, the_first_listing_is_told);
	tcase_add_test(t, an_override_names_what_it_lifts);
	tcase_add_test(t, what_was_said_before_stays);
	tcase_add_test(t, a_wildcard_that_names_us_keeps_it);
	tcase_add_test(t, a_wildcard_of_which_nobody_was_heard_keeps_it);
	tcase_add_test(t, nothing_is_asked_of_what_covers_nothing);
	tcase_add_test(t, what_is_cancelled_is_asked_no_more);
	tcase_add_checked_fixture(d, set_up, tear_down);
	tcase_add_test(d, what_it_covers_and_no_list_has);
	tcase_add_test(d, words_for_many_names);
	tcase_add_test(d, as_many_as_are_kept);
	tcase_add_test(d, an_entry_that_cannot_be_read_is_an_error);
	suite_add_tcase(s, t);
	suite_add_tcase(s, d);
	return suite_run(s);
}
