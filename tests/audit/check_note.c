/*
 * check_note: base64 in its one spelling, signed notes and verification keys, key files, checkpoints, manifests, and
 * rows of records.csv: what is written is read back, and no other spelling is.
 */
#include "audit/note.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/key.h"
#include "audit/manifest.h"
#include "audit/row.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/str.h"
#include "support/run.h"
#include "support/suite.h"

/* Made by another implementation of Ed25519 (python3-cryptography) from the seed 0x40 0x41 ... 0x5f. */
static const char own_checkpoint[] = "mx.test/audit\n"
				     "7\n"
				     "ERERERERERERERERERERERERERERERERERERERERERE=\n"
				     "\n"
				     "\xe2\x80\x94 mx.test/audit JXy2Ne6dOBNdo9A2JA91pXKOB25jGgvdn3Ic/rqWAz+G14bei4+7ZJJ+kyODB9P6I19WJ1hNJlc2tWwEshx/5jXiYAk=\n";
static const char own_vkey[] = "mx.test/audit+257cb635+ASVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd";

static void sample_signer(struct note_signer *s)
{
	uint8_t seed[NOTE_SEED];

	for (unsigned i = 0; i < NOTE_SEED; i++)
		seed[i] = (uint8_t)(0x40 + i);
	note_signer_from_seed(s, "mx.test/audit", seed);
}

START_TEST(base64_has_one_spelling)
{
	static const char *const refused[] = {"Zg=", "Zg", "Zh==", "Zg==\n", " Zg==", "Z===", "Zg=g", "Zm8=", "Z\xff==",
					      "====", "Zg-="};
	uint8_t bytes[64], back[64];

	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct str s = {0};

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(i * 37 + len);
		base64_add(&s, bytes, len);
		ck_assert_uint_eq(s.len, (len + 2) / 3 * 4);
		ck_assert_int_eq(base64_read(back, len, str_text(&s), s.len), 0);
		ck_assert_mem_eq(back, bytes, len);
		str_clear(&s);
	}
	ck_assert_int_eq(base64_read(back, 1, "Zg==", 4), 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ck_assert_msg(base64_read(back, 1, refused[i], strlen(refused[i])) == -1, "'%s'", refused[i]);
}
END_TEST

START_TEST(own_vectors)
{
	struct checkpoint c = {.size = 7}, back;
	struct note_verifier v;
	struct note_signer s;
	struct str out = {0};
	struct err e;

	sample_signer(&s);
	memset(c.root, 0x11, sizeof c.root);
	checkpoint_add_signed(&out, &c, &s);
	ck_assert_str_eq(str_text(&out), own_checkpoint);
	str_truncate(&out, 0);
	note_add_verifier(&out, &s.verifier);
	ck_assert_str_eq(str_text(&out), own_vkey);
	ck_assert_int_eq(note_read_verifier(&v, own_vkey, strlen(own_vkey), &e), 0);
	ck_assert_int_eq(checkpoint_read(&back, own_checkpoint, strlen(own_checkpoint), &v, "it", &e), 0);
	ck_assert_uint_eq(back.size, 7);
	str_clear(&out);
}
END_TEST

START_TEST(each_flipped_bit_of_a_checkpoint_is_refused)
{
	size_t len = strlen(own_checkpoint);
	struct note_verifier v;
	struct checkpoint c;
	struct err e;
	char *copy = malloc(len);

	ck_assert_int_eq(note_read_verifier(&v, own_vkey, strlen(own_vkey), &e), 0);
	for (size_t i = 0; i < 8 * len; i++) {
		memcpy(copy, own_checkpoint, len);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		ck_assert_msg(checkpoint_read(&c, copy, len, &v, "it", &e) == -1, "bit %zu", i);
	}
	for (size_t n = 0; n < len; n++)
		ck_assert_msg(checkpoint_read(&c, own_checkpoint, n, &v, "it", &e) == -1, "cut at %zu", n);
	free(copy);
}
END_TEST

START_TEST(lines_of_other_keys_are_ignored)
{
	struct note_signer s, other;
	struct str note = {0};
	struct checkpoint c;
	uint8_t seed[NOTE_SEED] = {9};
	struct err e;

	sample_signer(&s);
	note_signer_from_seed(&other, "mx.test/audit", seed);
	str_add(&note, own_checkpoint);
	str_add(&note, "\xe2\x80\x94 witness.test AAAA\n");
	ck_assert_int_eq(checkpoint_read(&c, note.bytes, note.len, &s.verifier, "it", &e), 0);
	/* The same name with another key id is another key. */
	ck_assert_int_eq(checkpoint_read(&c, note.bytes, note.len, &other.verifier, "it", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "no signature by the trusted key"));
	str_add(&note, "no signature line\n");
	ck_assert_int_eq(checkpoint_read(&c, note.bytes, note.len, &s.verifier, "it", &e), -1);
	str_clear(&note);
}
END_TEST

START_TEST(verification_keys_are_strict)
{
	struct note_verifier v;
	struct err e;
	size_t len = strlen(own_vkey);
	char copy[256];

	for (size_t i = 0; i < 8 * len; i++) {
		memcpy(copy, own_vkey, len);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		ck_assert_msg(note_read_verifier(&v, copy, len, &e) == -1, "bit %zu", i);
	}
	ck_assert_int_eq(note_check_name("relay isp", &e), -1);
	ck_assert_int_eq(note_check_name("a+b", &e), -1);
	ck_assert_int_eq(note_check_name("", &e), -1);
}
END_TEST

START_TEST(a_key_file_is_made_once_and_for_its_owner)
{
	char *dir = run_make_dir(), path[1100];
	struct note_signer made, read;
	struct stat st;
	struct err e;
	int fd;

	snprintf(path, sizeof path, "%s/audit.key", dir);
	ck_assert_int_eq(audit_key_create(&made, path, "mx.test/audit", &e), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0400);
	ck_assert_int_eq(audit_key_create(&read, path, "mx.test/audit", &e), -1);
	ck_assert_int_eq(e.code, ERR_CANTCREAT);
	ck_assert_int_eq(audit_key_read(&read, path, &fd, &e), 0);
	ck_assert_mem_eq(&read, &made, sizeof made);
	close(fd);
	chmod(path, 0440);
	ck_assert_int_eq(audit_key_read(&read, path, NULL, &e), -1);
	ck_assert_int_eq(e.code, ERR_CONFIG);
	unlink(path);
	run_write_file(path, "mx.test/audit 00zz\n");
	chmod(path, 0400);
	ck_assert_int_eq(audit_key_read(&read, path, NULL, &e), -1);
	ck_assert_int_eq(e.code, ERR_DATA);
	run_remove_dir(dir);
}
END_TEST

START_TEST(manifests_are_read_as_written_and_no_other_way)
{
	struct manifest m = {.tree = {.size = 19}, .chain = "C-1/example.org", .records = 3}, back;
	struct note_signer s;
	struct err e;

	sample_signer(&s);
	memset(m.hash, 0x5a, sizeof m.hash);
	for (m.has_statement = 0; m.has_statement <= 1; m.has_statement++) {
		struct str out = {0};

		manifest_add_signed(&out, &m, &s);
		ck_assert_int_eq(manifest_read(&back, out.bytes, out.len, &s.verifier, &e), 0);
		ck_assert_str_eq(back.chain, m.chain);
		ck_assert_uint_eq(back.records, 3);
		ck_assert_int_eq(back.has_statement, m.has_statement);
		for (size_t i = 0; i < 8 * out.len; i++) {
			out.bytes[i / 8] = (char)(out.bytes[i / 8] ^ 1 << i % 8);
			ck_assert_msg(manifest_read(&back, out.bytes, out.len, &s.verifier, &e) == -1, "bit %zu", i);
			out.bytes[i / 8] = (char)(out.bytes[i / 8] ^ 1 << i % 8);
		}
		str_clear(&out);
	}
	ck_assert_int_eq(bundle_file_from_name("../records.csv"), -1);
	ck_assert_int_eq(bundle_file_from_name("records.csv"), BUNDLE_CSV);
}
END_TEST

/* Signed by the very key that one trusts: names are still compared with the fixed list. */
START_TEST(a_signed_manifest_names_no_path)
{
	static const char *const swaps[][2] = {
		{" records.csv\n", " ../records.csv\n"},  {" records.csv\n", " /etc/passwd\n"},
		{" records.csv\n", " records.csv/../x\n"}, {" records.csv\n", " proofs.txt\n"},
		{"tree 19\n", "tree 019\n"},		  {"chain C-1/", "chain C-1/\033[2J/"},
		{"records 3\n", "records 3\nrecords 3\n"}, {"origin ", "origin x"},
	};
	struct manifest m = {.tree = {.size = 19}, .chain = "C-1/example.org", .records = 3, .has_statement = 1}, back;
	struct note_signer s;
	struct err e;

	sample_signer(&s);
	for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
		struct str whole = {0}, text = {0};
		char *at;

		manifest_add_signed(&whole, &m, &s);
		at = strstr(whole.bytes, swaps[i][0]);
		ck_assert_ptr_nonnull(at);
		str_add_bytes(&text, whole.bytes, (size_t)(at - whole.bytes));
		str_add(&text, swaps[i][1]);
		at += strlen(swaps[i][0]);
		str_add_bytes(&text, at, (size_t)(strstr(at, "\n\n") + 1 - at));
		note_sign(&text, &s);
		ck_assert_msg(manifest_read(&back, text.bytes, text.len, &s.verifier, &e) == -1, "'%s' was taken", swaps[i][1]);
		str_clear(&whole);
		str_clear(&text);
	}
}
END_TEST

START_TEST(rows_are_neutral)
{
	struct audit_record r = {.action = AUDIT_EDIT, .before = "=cmd|' /C calc'!A0", .after = "a \"b\"\\\x01", .batch = "",
				 .clock = "ok", .customer = "-C", .domain = "x.test", .seq = 4, .number = 2};
	uint8_t leaf[AUDIT_HASH];
	uint64_t number, seq;
	struct str out = {0};

	row_add(&out, &r);
	ck_assert_ptr_nonnull(strstr(out.bytes, "4,2,\"1970-01-01T00:00:00.000Z\",\"relay.edit\",\"'-C\",\"x.test\","
						"\"'=cmd|' /C calc'!A0\",\"a \\\"\"b\\\"\"\\\\\\u0001\","));
	str_truncate(&out, 0);
	row_add_erased(&out, 7, 3);
	ck_assert_str_eq(str_text(&out), "7,3,\"\",\"erased\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n");
	str_truncate(&out, 0);
	memset(leaf, 0xab, sizeof leaf);
	row_add_erased_line(&out, leaf, 3, 7);
	ck_assert_int_eq(row_read_erased_line(out.bytes, out.len, leaf, &number, &seq), 0);
	ck_assert_uint_eq(number, 3);
	ck_assert_uint_eq(seq, 7);
	for (size_t i = 0; i < out.len; i++) {
		char was = out.bytes[i];

		out.bytes[i] = ' ';
		ck_assert_int_eq(row_read_erased_line(out.bytes, out.len, leaf, &number, &seq), -1);
		out.bytes[i] = was;
		ck_assert_int_eq(row_read_erased_line(out.bytes, i, leaf, &number, &seq), -1);
	}
	str_clear(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("note");
	TCase *t = tcase_create("note");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, base64_has_one_spelling);
	tcase_add_test(t, own_vectors);
	tcase_add_test(t, each_flipped_bit_of_a_checkpoint_is_refused);
	tcase_add_test(t, lines_of_other_keys_are_ignored);
	tcase_add_test(t, verification_keys_are_strict);
	tcase_add_test(t, a_key_file_is_made_once_and_for_its_owner);
	tcase_add_test(t, manifests_are_read_as_written_and_no_other_way);
	tcase_add_test(t, a_signed_manifest_names_no_path);
	tcase_add_test(t, rows_are_neutral);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
