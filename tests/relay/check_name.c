/* Names: canonical form, kinds, U-labels: relay/name. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "relay/name.h"
#include "support/suite.h"

static char name[NAME_SIZE];
static const char *why;

static enum name_kind from(const char *text)
{
	return name_from_text(name, text, strlen(text), &why);
}

static void is(const char *text, enum name_kind kind, const char *canonical)
{
	char again[NAME_SIZE];
	enum name_kind got = from(text);

	ck_assert_msg(got == kind, "'%s' is kind %d, not %d (%s)", text, got, kind, why);
	ck_assert_str_eq(name, canonical);
	if (kind == NAME_REFUSED)
		return;
	/* What came out is canonical: it stays as it is and is of the same kind. */
	ck_assert_int_eq(name_kind(name), kind);
	ck_assert_int_eq(name_from_text(again, name, strlen(name), &why), kind);
	ck_assert_str_eq(again, name);
}

static void refused(const char *text, const char *sentence)
{
	is(text, NAME_REFUSED, "");
	ck_assert_msg(strstr(why, sentence) != NULL, "'%s' lacks '%s'", why, sentence);
}

START_TEST(plain_names)
{
	is("example.com", NAME_DOMAIN, "example.com");
	is("ExAmple.COM", NAME_DOMAIN, "example.com");
	is("example.com.", NAME_DOMAIN, "example.com");
	is("_dmarc.example.com", NAME_DOMAIN, "_dmarc.example.com");
	is("-a-.example.com", NAME_DOMAIN, "-a-.example.com");
	is("a.test", NAME_DOMAIN, "a.test");
	is("a.example", NAME_DOMAIN, "a.example");
	is("1.2.3", NAME_DOMAIN, "1.2.3");
	is("2.0.192.in-addr.arpa", NAME_DOMAIN, "2.0.192.in-addr.arpa");
}
END_TEST

START_TEST(suffixes)
{
	is(".example.com", NAME_SUFFIX, ".example.com");
	is(".Example.com.", NAME_SUFFIX, ".example.com");
	is(".com", NAME_SUFFIX, ".com");
	is(".local", NAME_SPECIAL, ".local");
	is(".corp.internal", NAME_SPECIAL, ".corp.internal");
	is("..com", NAME_ODD, "..com");
}
END_TEST

START_TEST(special_names)
{
	is("mail", NAME_SPECIAL, "mail");
	is("localhost", NAME_SPECIAL, "localhost");
	is("com.", NAME_SPECIAL, "com");
	is("x.localhost", NAME_SPECIAL, "x.localhost");
	is("x.invalid", NAME_SPECIAL, "x.invalid");
	is("x.LOCAL", NAME_SPECIAL, "x.local");
	is("x.onion", NAME_SPECIAL, "x.onion");
	is("x.alt", NAME_SPECIAL, "x.alt");
	is("x.internal", NAME_SPECIAL, "x.internal");
	is("home.arpa", NAME_SPECIAL, "home.arpa");
	is("x.home.arpa", NAME_SPECIAL, "x.home.arpa");
	is("x.y.lan", NAME_SPECIAL, "x.y.lan");
	is("x.localdomain", NAME_SPECIAL, "x.localdomain");
	/* Only whole labels count. */
	is("x.mylocal", NAME_DOMAIN, "x.mylocal");
	is("x.wlan", NAME_DOMAIN, "x.wlan");
	is("myhome.arpa", NAME_DOMAIN, "myhome.arpa");
	is("local.example", NAME_DOMAIN, "local.example");
}
END_TEST

START_TEST(odd_names)
{
	is("[11.11.5.1]", NAME_ODD, "[11.11.5.1]");
	is("11.11.5.1", NAME_ODD, "11.11.5.1");
	is("11.11.5.1.", NAME_ODD, "11.11.5.1");
	is(".11.11.5.1", NAME_ODD, ".11.11.5.1");
	is("2001:db8::1", NAME_ODD, "2001:db8::1");
	is("*.Wild.example", NAME_ODD, "*.wild.example");
	is("a..b", NAME_ODD, "a..b");
	is("a.b..", NAME_ODD, "a.b..");
	is("..", NAME_ODD, "..");
	is("user@Dom.example", NAME_ODD, "user@dom.example");
	is("a,b.example", NAME_ODD, "a,b.example");
	is("192.0.2.0/24", NAME_ODD, "192.0.2.0/24");
}
END_TEST

START_TEST(refused_names)
{
	refused("", "empty");
	refused(".", "empty");
	refused("a b.example", "a blank at position 2");
	refused(" example.com", "a blank at position 1");
	refused("a\tb.example", "a blank at position 2");
	refused("a\x01.example", "a control byte at position 2");
	refused("a.example\x7f", "a control byte at position 10");
	refused("a\"b.example", "a quote at position 2");
	refused("a\\b.example", "a backslash at position 2");
	ck_assert_int_eq(name_from_text(name, "a.ex\0ample", 10, &why), NAME_REFUSED);
	ck_assert_str_eq(why, "a control byte at position 5");
	ck_assert_int_eq(name_from_text(name, "a b", 3, NULL), NAME_REFUSED);
}
END_TEST

START_TEST(lengths)
{
	char text[400];
	size_t n = 0;

	/* 253 octets: three labels of 63, one of 61, three dots. */
	for (int label = 0; label < 4; label++) {
		memset(text + n, 'a' + label, label < 3 ? 63 : 61);
		n += label < 3 ? 63 : 61;
		text[n++] = '.';
	}
	ck_assert_uint_eq(n, 254);
	ck_assert_int_eq(name_from_text(name, text, 253, &why), NAME_DOMAIN);
	ck_assert_int_eq(name_from_text(name, text, 254, &why), NAME_DOMAIN);
	ck_assert_uint_eq(strlen(name), 253);
	text[253] = 'd';
	ck_assert_int_eq(name_from_text(name, text, 254, &why), NAME_REFUSED);
	ck_assert_ptr_nonnull(strstr(why, "longer than 253"));
	memmove(text + 1, text, 253);
	text[0] = '.';
	ck_assert_int_eq(name_from_text(name, text, 254, &why), NAME_SUFFIX);
	ck_assert_uint_eq(strlen(name), 254);
	text[254] = 'd';
	ck_assert_int_eq(name_from_text(name, text, 255, &why), NAME_REFUSED);
	memset(text, 'x', 64);
	memcpy(text + 64, ".example", 9);
	ck_assert_int_eq(from(text), NAME_ODD);
	ck_assert_int_eq(from(text + 1), NAME_DOMAIN);
	memset(text, 'x', 300);
	ck_assert_int_eq(name_from_text(name, text, 300, &why), NAME_REFUSED);
	memset(text, 0xc3, 300);
	ck_assert_int_eq(name_from_text(name, text, 300, &why), NAME_REFUSED);
}
END_TEST

START_TEST(letters_outside_ascii)
{
	is("b\xc3\xbc"
	   "cher.example",
	   NAME_DOMAIN, "xn--bcher-kva.example");
	is("B\xc3\x9c"
	   "CHER.example.",
	   NAME_DOMAIN, "xn--bcher-kva.example");
	is("bu\xcc\x88"
	   "cher.example",
	   NAME_DOMAIN, "xn--bcher-kva.example");
	is("fa\xc3\x9f.example", NAME_DOMAIN, "xn--fa-hia.example");
	is(".b\xc3\xbc"
	   "cher.example",
	   NAME_SUFFIX, ".xn--bcher-kva.example");
	is("b\xc3\xbc"
	   "cher\xe3\x80\x82"
	   "example",
	   NAME_DOMAIN, "xn--bcher-kva.example");
	is("\xef\xbd\x81.example", NAME_DOMAIN, "a.example");
	is("b\xc3\xbc"
	   "cher",
	   NAME_SPECIAL, "xn--bcher-kva");
	is("b\xc3\xbc"
	   "cher.local",
	   NAME_SPECIAL, "xn--bcher-kva.local");
	/* A joiner where the script needs it (RFC 5892 A.1). */
	is("\xd9\x86\xd8\xa7\xd9\x85\xd9\x87\xe2\x80\x8c\xd8\xa7\xdb\x8c.example", NAME_DOMAIN,
	   "xn--mgba3gch31f060k.example");
	/* Odd labels beside it stay as they are. */
	is("_x.XN--A.b\xc3\xbc"
	   "cher.example",
	   NAME_DOMAIN, "_x.xn--a.xn--bcher-kva.example");
}
END_TEST

START_TEST(a_labels_are_taken_as_they_stand)
{
	is("XN--BCHER-KVA.example", NAME_DOMAIN, "xn--bcher-kva.example");
	is("xn--a.example", NAME_DOMAIN, "xn--a.example");
	is("xn--.example", NAME_DOMAIN, "xn--.example");
	is("xn--n3h.example", NAME_DOMAIN, "xn--n3h.example");
}
END_TEST

START_TEST(letters_that_no_name_may_have)
{
	refused("\xff.example", "not valid UTF-8");
	refused("b\xc3.example", "not valid UTF-8");
	refused("\xe2\x98\x83.example", "a label that IDNA2008 does not allow at position 1");
	refused("a.\xf0\x9f\x98\x80.example", "IDNA2008 does not allow at position 3");
	refused("a\xe2\x80\xae"
		"b.example",
		"a bidi control at position 2");
	refused("a\xe2\x81\xa6.example", "a bidi control");
	refused("a\xe2\x80\x8f.example", "a bidi control");
	refused("a\xe2\x80\x8b"
		"b.example",
		"an invisible character");
	refused("a\xc2\xad"
		"b.example",
		"an invisible character");
	refused("a\xef\xb8\x8f.example", "an invisible character");
	refused("\xef\xbb\xbf"
		"a.example",
		"an invisible character");
	refused("a\xc2\xa0.example", "a blank");
	refused("a\xe3\x80\x80.example", "a blank");
	refused("a\xc2\x85.example", "a control character");
	refused("a\xe2\x80\x8d"
		"b.example",
		"IDNA2008");
	refused("a\xef\xbc\x8f"
		"b.example",
		"IDNA2008");
	refused("a\xef\xbc\x8f.b\xc3\xbc.example", "IDNA2008");
	refused("user@b\xc3\xbc.example", "IDNA2008");
	refused("a@b.b\xc3\xbc.example", "letters outside ASCII in what is no domain name");
	refused("b\xc3\xbc..example", "letters outside ASCII");
	refused("b\xc3\xbc \x01", "a blank");
}
END_TEST

START_TEST(kinds_of_what_is_not_canonical)
{
	ck_assert_int_eq(name_kind(""), NAME_REFUSED);
	ck_assert_int_eq(name_kind("."), NAME_REFUSED);
	ck_assert_int_eq(name_kind("a\x80.example"), NAME_REFUSED);
	ck_assert_int_eq(name_kind("a\xff.example"), NAME_REFUSED);
	ck_assert_int_eq(name_kind("A.example"), NAME_REFUSED);
	ck_assert_int_eq(name_kind("b\xc3\xbc.example"), NAME_REFUSED);
	ck_assert_int_eq(name_kind("a b"), NAME_REFUSED);
}
END_TEST

static const char *unicode(const char *text)
{
	static char out[200];

	return name_to_unicode(out, sizeof out, text);
}

START_TEST(unicode_for_showing)
{
	char small[10];

	ck_assert_str_eq(unicode("xn--bcher-kva.example"), "b\xc3\xbc"
							   "cher.example");
	ck_assert_str_eq(unicode(".xn--bcher-kva.example"), ".b\xc3\xbc"
							    "cher.example");
	ck_assert_str_eq(unicode("xn--fa-hia.xn--bcher-kva"), "fa\xc3\x9f.b\xc3\xbc"
							      "cher");
	ck_assert_str_eq(unicode("example.com"), "");
	ck_assert_str_eq(unicode("axn--bcher-kva.example"), "");
	/* Nothing that IDNA2008 does not allow, and no second spelling of another name. */
	ck_assert_str_eq(unicode("xn--n3h.example"), "");
	ck_assert_str_eq(unicode("xn--a.example"), "");
	ck_assert_str_eq(unicode("xn--.example"), "");
	ck_assert_str_eq(unicode("xn--ls8h.xn--bcher-kva.example"), "xn--ls8h.b\xc3\xbc"
								    "cher.example");
	ck_assert_str_eq(name_to_unicode(small, sizeof small, "xn--bcher-kva.example"), "");
	ck_assert_str_eq(name_to_unicode(small, sizeof small, "xn--bcher-kva"), "b\xc3\xbc"
										"cher");
	ck_assert_str_eq(name_to_unicode(small, 8, "xn--bcher-kva"), "b\xc3\xbc"
								     "cher");
	ck_assert_str_eq(name_to_unicode(small, 7, "xn--bcher-kva"), "");
}
END_TEST

/* Any bytes: no crash, and what comes out is canonical and has a key that leads back. */
START_TEST(hostile_bytes)
{
	unsigned seed = 20260401;

	for (int round = 0; round < 20000; round++) {
		static const char alphabet[] = "aZ.-_*@[]19xn--\xc3\xbc\xe2\x80\xae\xff\1 :";
		unsigned char key[NAME_KEY_SIZE];
		char text[300], back[NAME_SIZE];
		size_t len = (size_t)(rand_r(&seed) % (round % 10 ? 12 : 300));

		for (size_t i = 0; i < len; i++)
			text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
		if (name_from_text(name, text, len, &why) == NAME_REFUSED) {
			ck_assert_str_ne(why, "");
			continue;
		}
		strcpy(text, name);
		is(text, name_kind(text), text);
		ck_assert_int_eq(name_from_key(back, key, name_to_key(key, name)), 0);
		ck_assert_str_eq(back, name);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("name");
	TCase *t = tcase_create("name");

	tcase_add_test(t, plain_names);
	tcase_add_test(t, suffixes);
	tcase_add_test(t, special_names);
	tcase_add_test(t, odd_names);
	tcase_add_test(t, refused_names);
	tcase_add_test(t, lengths);
	tcase_add_test(t, letters_outside_ascii);
	tcase_add_test(t, a_labels_are_taken_as_they_stand);
	tcase_add_test(t, letters_that_no_name_may_have);
	tcase_add_test(t, kinds_of_what_is_not_canonical);
	tcase_add_test(t, unicode_for_showing);
	tcase_add_test(t, hostile_bytes);
	suite_add_tcase(s, t);
	return suite_run(s);
}
