/*
 * check_record_read: stored lines come back as they were, no other spelling is read, and the
 * bytes are those of the vectors.
 *
 * With --write it makes our own vectors anew.
 */
#include "audit/record.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/sample_log.h"
#include "audit/vectors.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "support/suite.h"

/* Reads a line as what its beginning says; 0 when it was taken. */
static int read_any(const char *line, size_t len)
{
	struct arena a = {0};
	struct err e = {0};
	struct audit_record r;
	struct audit_note n;
	struct audit_operator o;
	struct audit_evidence v;
	int rc;

	if (strncmp(line, "{\"ac", 4) == 0)
		rc = audit_record_read(&r, &a, line, len, &e);
	else if (strncmp(line, "{\"ki", 4) == 0)
		rc = audit_note_read(&n, &a, line, len, &e);
	else if (strncmp(line, "{\"bo", 4) == 0)
		rc = audit_operator_read(&o, line, len, &e);
	else
		rc = audit_evidence_read(&v, &a, line, len, &e);
	ck_assert(rc == 0 || e.code == ERR_DATA);
	arena_clear(&a);
	return rc;
}

START_TEST(values_come_back)
{
	struct str records = {0}, annex = {0}, again = {0};
	struct arena a = {0};
	struct err e = {0};
	struct audit_record r;
	const char *line;

	sample_write(&records, &annex);
	line = records.bytes;
	for (int i = 0; i < SAMPLES; i++) {
		size_t len = strcspn(line, "\n");

		ck_assert_msg(audit_record_read(&r, &a, line, len, &e) == 0, "%s", e.text);
		ck_assert_int_eq(r.action, sample_log[i].action);
		ck_assert_str_eq(r.before, sample_log[i].before);
		ck_assert_str_eq(r.after, sample_log[i].after);
		ck_assert_str_eq(r.batch, sample_log[i].batch);
		ck_assert_str_eq(r.clock, sample_log[i].clock);
		ck_assert_str_eq(r.customer, sample_log[i].customer);
		ck_assert_str_eq(r.domain, sample_log[i].domain);
		ck_assert_int_eq(r.time_ms, sample_log[i].time_ms);
		ck_assert_uint_eq(r.seq, (unsigned)i);
		ck_assert_uint_eq(r.n_evidence, sample_log[i].evidence >= 0);
		str_truncate(&again, 0);
		ck_assert_int_eq(audit_record_line(&again, &r, &e), 0);
		ck_assert_mem_eq(again.bytes, line, len);
		line += len + 1;
	}
	ck_assert_str_eq(line, "");
	arena_clear(&a);
	str_clear(&again);
	str_clear(&annex);
	str_clear(&records);
}
END_TEST

START_TEST(annex_values_come_back)
{
	struct str out = {0};
	struct arena a = {0};
	struct err e = {0};
	uint8_t salt[AUDIT_SALT] = {0xab};
	struct audit_note n = {sample_log[4].reason, sample_log[4].text, sample_log[4].ticket},
			  n2;
	struct audit_operator o;
	struct audit_evidence v;

	ck_assert_int_eq(audit_note_line(&out, &n, salt, &e), 0);
	ck_assert_msg(audit_note_read(&n2, &a, out.bytes, out.len, &e) == 0, "%s", e.text);
	ck_assert_str_eq(n2.text, n.text);
	ck_assert_str_eq(n2.reason, n.reason);
	ck_assert_str_eq(n2.ticket, n.ticket);
	for (size_t i = 0; i < sizeof sample_operators / sizeof *sample_operators; i++) {
		const struct audit_operator *want = &sample_operators[i];

		str_truncate(&out, 0);
		ck_assert_int_eq(audit_operator_line(&out, want, salt, &e), 0);
		ck_assert_msg(audit_operator_read(&o, out.bytes, out.len, &e) == 0, "%s",
			      e.text);
		ck_assert_mem_eq(&o, want, offsetof(struct audit_operator, shown));
		ck_assert_str_eq(o.shown, want->login);
	}
	for (size_t i = 0; i < sizeof sample_evidence / sizeof *sample_evidence; i++) {
		const struct audit_evidence *want = &sample_evidence[i];

		str_truncate(&out, 0);
		ck_assert_int_eq(audit_evidence_line(&out, want, &e), 0);
		ck_assert_msg(audit_evidence_read(&v, &a, out.bytes, out.len, &e) == 0, "%s",
			      e.text);
		ck_assert_str_eq(v.question, want->question);
		ck_assert_uint_eq(v.n_records, want->n_records);
		for (size_t k = 0; k < v.n_records; k++)
			ck_assert_str_eq(v.records[k], want->records[k]);
		ck_assert_uint_eq(v.n_flags, want->n_flags);
		ck_assert_uint_eq(v.wire_len, want->wire_len);
		ck_assert_int_eq(v.time_ms, want->time_ms);
		ck_assert_int_eq(v.authenticated, want->authenticated);
	}
	arena_clear(&a);
	str_clear(&out);
}
END_TEST

/* Every single byte changed, left out or doubled: either refused, or a line that is canonical
 * again. */
START_TEST(no_other_spelling_is_read)
{
	static const struct {
		const char *from, *to;
	} spellings[] = {
		{"{\"action\"", "{ \"action\""},
		{"\"seq\":8,", "\"seq\":08,"},
		{"\"seq\":8,", "\"seq\":8.0,"},
		{"\"seq\":8,", "\"seq\": 8,"},
		{"\"seq\":8,", "\"seq\":+8,"},
		{"\"seq\":8,", "\"seq\":8,\"seq\":8,"},
		{"\"seq\":8,", "\"seq\":-8,"},
		{"\"seq\":8,", "\"seq\":18446744073709551624,"},
		{"alder", "\\u0061lder"},
		{"alder", "a\\/lder"},
		{"relay.delete", "relay.destroy"},
		{"\"clock\":\"ok\"", "\"clock\":\"OK\""},
		{"\"version\":1", "\"version\":2"},
		{"2026-04", "2026-4"},
		{"T09:", "T33:"},
		{"2026-04-03", "2026-02-30"},
		{"deleted", "deleted\\u0000"},
		{"deleted", "deleted\\u001b"},
		{"deleted", "deleted\\u001B"},
		{"deleted", "deleted\x7f"},
		{"\"note\":\"", "\"note\":\"0"},
		{"}", "} "},
		{"}", "}}"},
		{"}", ""},
	};
	struct str records = {0}, annex = {0}, other = {0};
	const char *line;
	size_t len;

	sample_write(&records, &annex);
	line = records.bytes;
	for (int i = 0; i < 8; i++)
		line = strchr(line, '\n') + 1;
	len = strcspn(line, "\n");
	ck_assert_int_eq(read_any(line, len), 0);
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		const char *at = strstr(line, spellings[i].from);

		ck_assert_msg(at && at < line + len, "no '%s' to replace", spellings[i].from);
		str_truncate(&other, 0);
		str_add_bytes(&other, line, (size_t)(at - line));
		str_add(&other, spellings[i].to);
		at += strlen(spellings[i].from);
		str_add_bytes(&other, at, (size_t)(line + len - at));
		ck_assert_msg(read_any(other.bytes, other.len) == -1, "'%s' was read",
			      spellings[i].to);
	}
	/* Cut anywhere, no line is one; the bytes lie in a block of their own for the
	 * sanitizer. */
	for (const char *all = annex.bytes; *all; all += len + 1) {
		len = strcspn(all, "\n");
		ck_assert_int_eq(read_any(all, len), 0);
		for (size_t cut = 0; cut < len; cut++) {
			char *block = malloc(cut + 4), *text = block + 3;

			memcpy(text, all, cut);
			text[cut] = 'z';
			ck_assert_int_eq(cut < 4 ? -1 : read_any(text, cut), -1);
			free(block);
		}
	}
	str_clear(&other);
	str_clear(&annex);
	str_clear(&records);
}
END_TEST

START_TEST(changed_bytes_are_refused_or_canonical)
{
	static const char changes[] = "\"\\{}[],:0b \x01\xff";
	struct str records = {0}, annex = {0};
	unsigned taken = 0, refused = 0;

	sample_write(&records, &annex);
	for (char *line = annex.bytes; *line;) {
		size_t len = strcspn(line, "\n");

		/* The kind is told by the first four bytes, so those stay. */
		for (size_t at = 4; at < len; at++)
			for (size_t c = 0; c < sizeof changes; c++) {
				char old = line[at];

				line[at] = changes[c];
				if (read_any(line, len) == 0)
					taken++;
				else
					refused++;
				line[at] = old;
			}
		line += len + 1;
		if (line - annex.bytes > 3000)
			break;
	}
	ck_assert_uint_gt(taken, 0);
	ck_assert_uint_gt(refused, taken);
	str_clear(&annex);
	str_clear(&records);
}
END_TEST

static void assert_file(const char *path, const struct str *text)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	const char *at = text->bytes;
	size_t len, n = 0;

	ck_assert_msg(f != NULL, "cannot open '%s'", path);
	while (vectors_line(f, &line, &len)) {
		n++;
		ck_assert_msg(strncmp(at, line, len) == 0 && at[len] == '\n', "%s:%zu differs",
			      path, n);
		at += len + 1;
	}
	ck_assert_str_eq(at, "");
	free(line);
	fclose(f);
}

START_TEST(own_vectors)
{
	char path[VECTORS_PATH];
	struct str records = {0}, annex = {0};

	sample_write(&records, &annex);
	assert_file(vectors_own(path, "records.jsonl"), &records);
	assert_file(vectors_own(path, "annex.jsonl"), &annex);
	str_clear(&annex);
	str_clear(&records);
}
END_TEST

/* The salt that stands in an annex line, which reading does not hand out. */
static void salt_of(uint8_t salt[AUDIT_SALT], const char *line)
{
	const char *at = strstr(line, "\"salt\":\"");

	ck_assert_ptr_nonnull(at);
	for (int i = 0; i < AUDIT_SALT; i++) {
		unsigned byte;

		ck_assert_int_eq(sscanf(at + 8 + 2 * i, "%2x", &byte), 1);
		salt[i] = (uint8_t)byte;
	}
}

static void write_again(struct str *out, struct arena *a, const char *line, size_t len)
{
	struct err e = {0};
	uint8_t salt[AUDIT_SALT];
	struct audit_note n;
	struct audit_operator o;
	struct audit_evidence v;
	int rc;

	if (strstr(line, "\"kind\":\"note\"")) {
		salt_of(salt, line);
		rc = audit_note_read(&n, a, line, len, &e) ||
		     audit_note_line(out, &n, salt, &e);
	} else if (strstr(line, "\"kind\":\"operator\"")) {
		salt_of(salt, line);
		rc = audit_operator_read(&o, line, len, &e) ||
		     audit_operator_line(out, &o, salt, &e);
	} else {
		rc = audit_evidence_read(&v, a, line, len, &e) ||
		     audit_evidence_line(out, &v, &e);
	}
	ck_assert_msg(rc == 0, "%s", e.text);
}

START_TEST(shared_annex_vectors)
{
	char path[VECTORS_PATH], *line = NULL, hex[2 * AUDIT_HASH + 1];
	FILE *f = fopen(vectors_shared(path, "log-annex.jsonl"), "r");
	struct str out = {0}, hashes = {0}, records = {0};
	struct arena a = {0};
	uint8_t hash[AUDIT_HASH];
	size_t len, n = 0;

	for (; vectors_line(f, &line, &len); n++) {
		str_truncate(&out, 0);
		write_again(&out, &a, line, len);
		ck_assert_uint_eq(out.len, len);
		ck_assert_mem_eq(out.bytes, line, len);
		audit_commit(hash, line, len);
		audit_hex(hex, hash);
		str_addf(&hashes, "%s\n", hex);
	}
	fclose(f);
	ck_assert_uint_eq(n, 42);
	f = fopen(vectors_shared(path, "log-records.jsonl"), "r");
	while (vectors_line(f, &line, &len))
		str_add(&records, line);
	fclose(f);
	/* Each line is one that a record commits to. */
	for (const char *h = hashes.bytes; *h; h += 65) {
		memcpy(hex, h, 64);
		ck_assert_ptr_nonnull(strstr(records.bytes, hex));
	}
	free(line);
	arena_clear(&a);
	str_clear(&records);
	str_clear(&hashes);
	str_clear(&out);
}
END_TEST

START_TEST(shared_record_vectors)
{
	char path[VECTORS_PATH], *line = NULL, *want = NULL, hex[2 * AUDIT_HASH + 1];
	FILE *f = fopen(vectors_shared(path, "log-records.jsonl"), "r");
	FILE *leaves = fopen(vectors_shared(path, "leaves.txt"), "r");
	struct str out = {0};
	struct arena a = {0};
	struct err e = {0};
	struct audit_record r;
	uint8_t hash[AUDIT_HASH];
	size_t len, want_len, n = 0;

	for (; vectors_line(f, &line, &len); n++) {
		str_truncate(&out, 0);
		ck_assert_msg(audit_record_read(&r, &a, line, len, &e) == 0, "%s", e.text);
		ck_assert_int_eq(audit_record_line(&out, &r, &e), 0);
		ck_assert_str_eq(out.bytes, line);
		ck_assert_uint_eq(r.seq, n);
		audit_leaf(hash, line, len);
		audit_hex(hex, hash);
		ck_assert_int_eq(vectors_line(leaves, &want, &want_len), 1);
		ck_assert_str_eq(strchr(want, ' ') + 1, hex);
	}
	ck_assert_uint_eq(n, 19);
	fclose(f);
	fclose(leaves);
	free(line);
	free(want);
	arena_clear(&a);
	str_clear(&out);
}
END_TEST

/* `check_record_read --write RECORDS ANNEX` makes our own vectors anew after sample_log.h
 * changed.
 */
static int write_vectors(char **path)
{
	struct str text[2] = {{0}};

	sample_write(&text[0], &text[1]);
	for (int i = 0; i < 2; i++) {
		FILE *f = fopen(path[i], "w");

		if (!f || fwrite(text[i].bytes, 1, text[i].len, f) != text[i].len || fclose(f))
			return 1;
		str_clear(&text[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	Suite *suite;
	TCase *t;
	char path[VECTORS_PATH];

	if (argc == 4 && strcmp(argv[1], "--write") == 0)
		return write_vectors(argv + 2);
	suite = suite_create("record_read");
	t = tcase_create("record_read");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, values_come_back);
	tcase_add_test(t, annex_values_come_back);
	tcase_add_test(t, no_other_spelling_is_read);
	tcase_add_test(t, changed_bytes_are_refused_or_canonical);
	tcase_add_test(t, own_vectors);
	if (vectors_shared(path, "log-annex.jsonl")) {
		tcase_add_test(t, shared_annex_vectors);
		tcase_add_test(t, shared_record_vectors);
	} else {
		vectors_not_run("check_record_read");
	}
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
