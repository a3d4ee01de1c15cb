/* How names sort and lie to each other: relay/name. */
#include <check.h>
#include <string.h>

#include "relay/name.h"
#include "support/suite.h"

static void has_key(const char *text, const char *key, size_t len)
{
	unsigned char got[NAME_KEY_SIZE];
	char back[NAME_SIZE];
	size_t n = name_to_key(got, text);

	ck_assert_msg(n == len && memcmp(got, key, len) == 0, "key of '%s'", text);
	ck_assert_int_eq(name_from_key(back, got, n), 0);
	ck_assert_str_eq(back, text);
}

START_TEST(keys)
{
	has_key("www.a.test", "test\1a\1www", 10);
	has_key("a.test", "test\1a", 6);
	has_key(".a.test", "test\1a\1\1", 8);
	has_key(".com", "com\1\1", 5);
	has_key("mail", "mail", 4);
	has_key("[11.11.5.1]", "\2[11.11.5.1]", 12);
	has_key("11.11.5.1",
		"\2"
		"11.11.5.1",
		10);
	has_key("*.a.test", "\2*.a.test", 9);
	has_key("a..b", "\2a..b", 5);
}
END_TEST

START_TEST(long_names_have_keys_too)
{
	unsigned char key[NAME_KEY_SIZE];
	char text[NAME_SIZE], back[NAME_SIZE];

	memset(text, 0, sizeof text);
	text[0] = '.';
	for (int i = 1; i <= 253; i++)
		text[i] = i % 2 ? 'a' : '.';
	ck_assert_int_eq(name_kind(text), NAME_SUFFIX);
	ck_assert_int_eq(name_from_key(back, key, name_to_key(key, text)), 0);
	ck_assert_str_eq(back, text);
	memset(text + 1, '*', 253);
	ck_assert_int_eq(name_kind(text), NAME_ODD);
	ck_assert_int_eq(name_from_key(back, key, name_to_key(key, text)), 0);
	ck_assert_str_eq(back, text);
}
END_TEST

static int key_order(const char *a, const char *b)
{
	unsigned char ka[NAME_KEY_SIZE], kb[NAME_KEY_SIZE];
	size_t na = name_to_key(ka, a), nb = name_to_key(kb, b);
	int order = memcmp(ka, kb, na < nb ? na : nb);

	return order ? order : (na > nb) - (na < nb);
}

START_TEST(subnames_lie_right_behind_their_domain)
{
	static const char *const sorted[] = {
		"*.a.test", "a.test",	".a.test", "b.a.test", "c.b.a.test",
		"z.a.test", "a-b.test", "a0.test", "ab.test",
	};

	for (size_t i = 0; i + 1 < sizeof sorted / sizeof *sorted; i++)
		ck_assert_msg(key_order(sorted[i], sorted[i + 1]) < 0, "%s, %s", sorted[i],
			      sorted[i + 1]);
}
END_TEST

START_TEST(bytes_that_are_no_key)
{
	static const struct {
		const char *key;
		size_t len;
	} bad[] = {
		{"", 0},
		{"test\1", 5},
		{"\1test", 5},
		{"test\1\1a", 7},
		{"te.st", 5},
		{"TEST", 4},
		{"te st", 5},
		{"te\0st", 5},
		{"\2a.test", 7},
		{"\2", 1},
		{"\2a\0*", 4},
		{"\2A*", 3},
		{"\1\1", 2},
		{"*\1a", 3},
		{"1\1"
		 "5\1"
		 "11\1"
		 "11",
		 9},
		{"\xc3\xbc", 2},
		{"a\2", 2},
	};
	unsigned char big[400];
	char out[NAME_SIZE];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(
			name_from_key(out, (const unsigned char *)bad[i].key, bad[i].len) == -1,
			"%zu", i);
	memset(big, 'a', sizeof big);
	for (size_t len = 64; len <= sizeof big; len++)
		ck_assert_int_eq(name_from_key(out, big, len), -1);
	big[0] = 2;
	big[1] = '*';
	ck_assert_int_eq(name_from_key(out, big, 256), -1);
	ck_assert_int_eq(name_from_key(out, big, 255), -1);
	ck_assert_int_eq(name_from_key(out, big, 254), 0);
}
END_TEST

START_TEST(relations)
{
	ck_assert(name_is_under("a.test", "a.test"));
	ck_assert(name_is_under("b.a.test", "a.test"));
	ck_assert(name_is_under("a.test", "test"));
	ck_assert(name_is_under(".a.test", "a.test"));
	ck_assert(!name_is_under("ba.test", "a.test"));
	ck_assert(!name_is_under("test", "a.test"));
	ck_assert(name_is_under("a.b", "b"));
	ck_assert(!name_is_under("a.test", ""));
	ck_assert_str_eq(name_parent("b.a.test"), "a.test");
	ck_assert_str_eq(name_parent(".a.test"), "a.test");
	ck_assert_ptr_null(name_parent("test"));
	ck_assert_ptr_null(name_parent("test."));
	ck_assert_ptr_null(name_parent(""));
}
END_TEST

START_TEST(registrable_domains)
{
	ck_assert_str_eq(name_registrable("a.b.example.com"), "example.com");
	ck_assert_str_eq(name_registrable("example.com"), "example.com");
	ck_assert_str_eq(name_registrable("www.example.co.uk"), "example.co.uk");
	ck_assert_str_eq(name_registrable(".www.example.co.uk"), "example.co.uk");
	ck_assert_str_eq(name_registrable("mx.isp.nosuchtld"), "isp.nosuchtld");
	ck_assert_str_eq(name_registrable("a.b.local"), "b.local");
	ck_assert_ptr_null(name_registrable("co.uk"));
	ck_assert_ptr_null(name_registrable("com"));
	ck_assert_ptr_null(name_registrable("nosuchtld"));
	ck_assert_ptr_null(name_registrable("11.11.5.1"));
	ck_assert_ptr_null(name_registrable("a..com"));
	ck_assert_ptr_null(name_registrable(""));
}
END_TEST

START_TEST(near_misses)
{
	static const struct {
		const char *a, *b;
		int near;
	} cases[] = {
		{"backup.isp", "backup.isp", 0},
		{"backup.isp", "bakup.isp", 1},
		{"backup.isp", "backupp.isp", 1},
		{"backup.isp", "backap.isp", 1},
		{"backup.isp", "bakcup.isp", 1},
		{"ab", "ba", 1},
		{"backup.isp", "bkacup.isp", 0},
		{"backup.isp", "bcakpu.isp", 0},
		{"backup.isp", "backup.sip", 1},
		{"backup.isp", "xackup.isx", 0},
		{"backup.isp", "ackup.is", 0},
		{"backup.isp", "ackup.ispx", 0},
		{"a", "", 1},
		{"", "", 0},
		{"ab", "", 0},
		{"aab", "ab", 1},
		{"abb", "ab", 1},
		{"abc", "cba", 0},
		{"backup.isp", "backup2.isp", 1},
		{"abcd", "bacd", 1},
		{"abcd", "abdc", 1},
		{"abcd", "badc", 0},
		{"xbackup.isp", "backup.isp", 1},
		{"abc", "ca", 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(name_is_near(cases[i].a, cases[i].b) == cases[i].near, "%s %s",
			      cases[i].a, cases[i].b);
		ck_assert_msg(name_is_near(cases[i].b, cases[i].a) == cases[i].near, "%s %s",
			      cases[i].b, cases[i].a);
	}
}
END_TEST

START_TEST(addresses)
{
	ck_assert(name_is_address("11.11.5.1"));
	ck_assert(name_is_address("2a10::1"));
	ck_assert(!name_is_address("11.11.5"));
	ck_assert(!name_is_address("11.11.5.256"));
	ck_assert(!name_is_address("11.11.5.1.example"));
	ck_assert(!name_is_address("[11.11.5.1]"));
	ck_assert(!name_is_address(""));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("name_key");
	TCase *t = tcase_create("name_key");

	tcase_add_test(t, keys);
	tcase_add_test(t, long_names_have_keys_too);
	tcase_add_test(t, subnames_lie_right_behind_their_domain);
	tcase_add_test(t, bytes_that_are_no_key);
	tcase_add_test(t, relations);
	tcase_add_test(t, registrable_domains);
	tcase_add_test(t, near_misses);
	tcase_add_test(t, addresses);
	suite_add_tcase(s, t);
	return suite_run(s);
}
