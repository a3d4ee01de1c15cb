/*
 * Names between wire and text: every byte has one spelling, and nothing that
 * is too long gets through.
 */
#include <check.h>
#include <string.h>

#include "dns/message.h"
#include "support/suite.h"

START_TEST(names_become_text_and_back)
{
	static const char *const same[] = {
		"a.test",    "a", "", "_x.a-b.test", "a\\032b.test", "a\\046b\\092.test",
		"\\000\\255"};
	static const char *const refused[] = {"a..test", ".a",	"a\\03", "a\\256",
					      "a\\x",	 "a b", "\x80",	 "."};
	uint8_t wire[MESSAGE_NAME];
	char out[NAME_SIZE], label[70];

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		int n = message_name_to_wire(wire, same[i]);

		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(message_name_to_text(out, sizeof out, wire, (size_t)n),
				 (int)strlen(same[i]));
		ck_assert_str_eq(out, same[i]);
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ck_assert_int_eq(message_name_to_wire(wire, refused[i]), -1);
	memset(label, 'a', sizeof label);
	label[64] = '\0';
	ck_assert_int_eq(message_name_to_wire(wire, label), -1);
	label[63] = '\0';
	ck_assert_int_eq(message_name_to_wire(wire, label), 65);
}
END_TEST

START_TEST(names_have_a_length)
{
	uint8_t wire[MESSAGE_NAME];
	char long_name[300] = "", out[NAME_SIZE], small[4];

	/* Four labels of 62 and one of 1: 4 * 63 + 2 + 1 = 255 octets, the most there is. */
	for (int i = 0; i < 4; i++) {
		memset(long_name + strlen(long_name), 'a', 62);
		strcat(long_name, ".");
	}
	strcat(long_name, "b");
	ck_assert_int_eq(message_name_to_wire(wire, long_name), 255);
	ck_assert_int_eq(message_name_to_text(out, sizeof out, wire, 255), 253);
	for (size_t n = 0; n < 255; n++)
		ck_assert_int_eq(message_name_to_text(out, sizeof out, wire, n), -1);
	strcat(long_name, "b");
	ck_assert_int_eq(message_name_to_wire(wire, long_name), -1);
	ck_assert_int_eq(message_name_to_text(small, sizeof small, (const uint8_t *)"\3abc", 5),
			 3);
	ck_assert_int_eq(
		message_name_to_text(small, sizeof small, (const uint8_t *)"\4abcd", 6), -1);
	ck_assert_int_eq(message_name_to_text(small, sizeof small, (const uint8_t *)"\1 ", 3),
			 -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("message_name");
	TCase *t = tcase_create("message_name");

	tcase_add_test(t, names_become_text_and_back);
	tcase_add_test(t, names_have_a_length);
	suite_add_tcase(s, t);
	return suite_run(s);
}
