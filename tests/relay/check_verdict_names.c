#include "relay/verdict.h"

#include <check.h>
#include <stdlib.h>

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

static struct verdict verdict_from(const char *mx)
{
	struct verdict v;

	if (!mx)
		return (struct verdict){0};
	if (!strcmp(mx, "suffix"))
		return (struct verdict){.class = CLASS_NA, .reason = NA_SUFFIX};
	sample_init(&s, "shop.example", NULL, mx, NULL);
	v = verdict_of(&site, &s.a);
	sample_clear(&s);
	return v;
}

START_TEST(resolvers_are_combined)
{
	static const struct {
		const char *a, *b, *c, *expected; /* c may be "" for two of them */
	} rows[] = {
		{"10 off", "10 off", "10 off", "ORPHAN_OFFNET - C1 2"},
		{"NXDOMAIN example", "10 here, 50 us", "", "UNK_INCONSISTENT - never 1"},
		{"10 here, 50 us", "NXDOMAIN example", "", "UNK_INCONSISTENT - never 1"},
		{"10 off", "10 off, 50 us", "", "UNK_INCONSISTENT - never 1"},
		{"10 off", "50 us", "", "UNK_INCONSISTENT - never 1"},
		{"10 off", "FAIL", "50 us", "UNK_INCONSISTENT - never 1"},
		{"10 off", "10 fail", "", "UNK_TARGET_TEMPFAIL - never 1"},
		{"10 fail", "10 off", "", "UNK_TARGET_TEMPFAIL - never 1"},
		{"10 off", "10 fail", "FAIL", "UNK_TARGET_TEMPFAIL - never 1"},
		{"10 off", "FAIL", "10 fail", "UNK_TIMEOUT - never 1"},
		{"FAIL", "10 fail", "", "UNK_TIMEOUT - never 1"},
		{"10 fail", "FAIL", "", "UNK_TARGET_TEMPFAIL - never 1"},
		{"FAIL", "10 here, 50 us", "", "OK_BACKUP - never 0"},
		{"10 here, 50 us", "FAIL", "", "OK_BACKUP - never 0"},
		{"10 off, 50 us", "10 here, 50 us", "", "MOVED_OFFNET - never 2"},
		{"10 here, 50 us", "10 off, 50 us", "", "OK_BACKUP - never 0"},
		{"10 off", "NXDOMAIN example", "", "ORPHAN_NXDOMAIN - C2 2"},
		{"NXDOMAIN example", "10 off", "", "ORPHAN_NXDOMAIN - C2 2"},
		{"10 off", "10 here", "", "ORPHAN_OFFNET - C1 2"},
		{"10 here", "10 off", "", "ORPHAN_ONNET - C1 2"},
		{"10 gone", "NXDOMAIN example", "", "ORPHAN_DEADMX - C2 2"},
		{"10 here", "10 off, 50 sibling-off", "",
				"ORPHAN_OFFNET H_SIBLING_OF_RELAY hold 2"},
		{"50 near", "10 gone", "10 off_",
				"ORPHAN_OFFNET H_NEAR_MISS,W_BAD_HOSTNAME hold 3"},
		{"10 gone", "50 near", "", "ORPHAN_OFFNET H_NEAR_MISS hold 3"},
		{"10 off_", "10 off-alias", "10 gone",
		 "ORPHAN_DEADMX W_BAD_HOSTNAME,W_MX_CNAME C2 2"},
		{"suffix", "NXDOMAIN example", "", "NA_SUFFIX - never 0"},
		{"NXDOMAIN example", "suffix", "", "NA_SUFFIX - never 0"},
		{"suffix", "FAIL", "", "NA_SUFFIX - never 0"},
		{"10 off", NULL, "", "UNK_TIMEOUT - never 1"},
		{NULL, "10 off", "", "UNK_TIMEOUT - never 1"},
		{NULL, "50 us", "", "BRK_WE_ARE_ONLY - never 3"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict v[3] = {verdict_from(rows[i].a), verdict_from(rows[i].b)};
		size_t n = 2;

		if (rows[i].c[0])
			v[n++] = verdict_from(rows[i].c);
		sample_assert_verdict(verdict_combine(v, n), rows[i].expected, rows[i].expected);
	}
	ck_assert_uint_eq(verdict_combine(NULL, 0).class, CLASS_NONE);
	sample_assert_verdict(verdict_combine(&(struct verdict){CLASS_ORPHAN, ORPHAN_NOMAIL, 2,
			DELETE_C1, 0}, 1),
			      "ORPHAN_NOMAIL - C1 2", "one");
	/* A rule that no orphan has is the strictest. */
	sample_assert_verdict(
		verdict_combine((struct verdict[]){{CLASS_ORPHAN, ORPHAN_NOMAIL, 2, DELETE_HOLD, 0},
						   {CLASS_ORPHAN, ORPHAN_NULLMX, 2, DELETE_NEVER,
								0}},
				2),
		"ORPHAN_NULLMX - never 2", "never");
}
END_TEST

START_TEST(listed_are_ok_moved_and_broken)
{
	for (unsigned c = 0; c < N_CLASSES; c++)
		ck_assert_int_eq(verdict_is_listed((struct verdict){.class = (uint8_t)c}),
				 c == CLASS_OK || c == CLASS_MOVED || c == CLASS_BROKEN);
}
END_TEST

START_TEST(every_code_has_name_words_and_a_way_back)
{
	for (unsigned r = REASON_NONE + 1; r < N_REASONS; r++) {
		ck_assert_uint_eq(reason_from_name(reason_name((enum reason)r)), r);
		ck_assert(reason_words((enum reason)r)[0]);
		ck_assert_uint_ne(reason_class((enum reason)r), CLASS_NONE);
	}
	for (unsigned c = CLASS_NONE + 1; c < N_CLASSES; c++) {
		ck_assert(class_name((enum class)c)[0]);
		ck_assert(class_words((enum class)c)[0]);
	}
	for (unsigned bit = 0; bit < N_FLAGS; bit++) {
		ck_assert(flag_name(bit)[0]);
		ck_assert(flag_words(bit)[0]);
	}
	ck_assert_str_eq(class_name(CLASS_NONE), "");
	ck_assert_str_eq(class_words(CLASS_NONE), "not looked at");
	ck_assert_str_eq(class_words(CLASS_UNKNOWN), "no answer");
	ck_assert_str_eq(reason_name(REASON_NONE), "");
	ck_assert_uint_eq(reason_class(REASON_NONE), CLASS_NONE);
	ck_assert_uint_eq(reason_class(OK_BACKUP), CLASS_OK);
	ck_assert_uint_eq(reason_class(BRK_NULLMX_MIXED), CLASS_BROKEN);
	ck_assert_uint_eq(reason_class(UNK_STALE), CLASS_UNKNOWN);
	ck_assert_uint_eq(reason_from_name("orphan_offnet"), ORPHAN_OFFNET);
	ck_assert_str_eq(deletion_name(DELETE_NEVER), "never");
	ck_assert_str_eq(deletion_name(DELETE_HOLD), "hold");
	ck_assert_str_eq(deletion_name(DELETE_C1), "C1");
	ck_assert_str_eq(deletion_name(DELETE_C2), "C2");
}
END_TEST

START_TEST(codes_that_are_none)
{
	ck_assert_uint_eq(reason_from_name(""), REASON_NONE);
	ck_assert_uint_eq(reason_from_name("OK"), REASON_NONE);
	ck_assert_str_eq(class_name(N_CLASSES), "");
	ck_assert_str_eq(class_words(N_CLASSES), "");
	ck_assert_str_eq(reason_name(N_REASONS), "");
	ck_assert_str_eq(reason_words(N_REASONS), "");
	ck_assert_uint_eq(reason_class(N_REASONS), CLASS_NONE);
	ck_assert_str_eq(reason_name((enum reason)-1), "");
	ck_assert_str_eq(flag_name(N_FLAGS), "");
	ck_assert_str_eq(flag_words(N_FLAGS), "");
	ck_assert_str_eq(deletion_name((enum deletion)4), "");
}
END_TEST

START_TEST(flags_are_sorted_by_name)
{
	struct str out = {0};

	flags_add(&out, 0, ",");
	ck_assert_str_eq(str_text(&out), "");
	flags_add_json(&out, 0);
	ck_assert_str_eq(str_text(&out), "[]");
	str_truncate(&out, 0);
	flags_add(&out, W_SELF_BY_ALIAS | W_MX_CNAME | H_NEAR_MISS | W_BAD_HOSTNAME, ", ");
	ck_assert_str_eq(str_text(&out),
			"H_NEAR_MISS, W_BAD_HOSTNAME, W_MX_CNAME, W_SELF_BY_ALIAS");
	str_truncate(&out, 0);
	flags_add_json(&out, W_TTL0 | H_SIBLING_OF_RELAY);
	ck_assert_str_eq(str_text(&out), "[\"H_SIBLING_OF_RELAY\",\"W_TTL0\"]");
	str_truncate(&out, 0);
	for (unsigned bit = N_FLAGS; bit < 32; bit++) {
		str_truncate(&out, 0);
		flags_add(&out, W_V6ONLY | (uint32_t)1 << bit, ",");
		ck_assert_str_eq(str_text(&out), "W_V6ONLY");
	}
	str_clear(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict_names");
	TCase *c = tcase_create("names");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, resolvers_are_combined);
	tcase_add_test(c, listed_are_ok_moved_and_broken);
	tcase_add_test(c, every_code_has_name_words_and_a_way_back);
	tcase_add_test(c, codes_that_are_none);
	tcase_add_test(c, flags_are_sorted_by_name);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
