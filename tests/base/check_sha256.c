/* SHA-256: base/sha256 against the library, and the examples of the standard. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "support/suite.h"

static uint8_t bytes[3000];

static void set_up(void)
{
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 7 + (i >> 8));
}

static void assert_hash(const char *text, const char *want)
{
	uint8_t hash[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	sha256_of(hash, text, strlen(text));
	for (size_t i = 0; i < sizeof hash; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	ck_assert_str_eq(hex, want);
}

START_TEST(the_examples_of_the_standard)
{
	assert_hash("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST(every_length_is_as_the_library_has_it)
{
	uint8_t ours[SHA256_SIZE], theirs[SHA256_SIZE];

	for (size_t n = 0; n <= sizeof bytes; n++) {
		sha256_of(ours, bytes, n);
		crypto_hash_sha256(theirs, bytes, n);
		ck_assert_msg(memcmp(ours, theirs, sizeof ours) == 0, "%zu bytes", n);
	}
}
END_TEST

START_TEST(pieces_of_every_size_make_the_same)
{
	uint8_t ours[SHA256_SIZE], theirs[SHA256_SIZE];

	crypto_hash_sha256(theirs, bytes, sizeof bytes);
	for (size_t piece = 1; piece < 200; piece++) {
		struct sha256 s;

		sha256_begin(&s);
		for (size_t i = 0; i < sizeof bytes; i += piece) {
			sha256_add(&s, bytes + i, sizeof bytes - i < piece ? sizeof bytes - i : piece);
			sha256_add(&s, NULL, 0);
		}
		sha256_end(&s, ours);
		ck_assert_msg(memcmp(ours, theirs, sizeof ours) == 0, "pieces of %zu", piece);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sha256");
	TCase *t = tcase_create("sha256");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, the_examples_of_the_standard);
	tcase_add_test(t, every_length_is_as_the_library_has_it);
	tcase_add_test(t, pieces_of_every_size_make_the_same);
	suite_add_tcase(s, t);
	return suite_run(s);
}
