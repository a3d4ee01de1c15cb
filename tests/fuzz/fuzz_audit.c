/*
 * What the audit log is made of, from strangers: records, notes, operators, evidence, checkpoints, manifests, keys, and
 * the files of a bundle.  The first byte picks what the rest is.
 *
 * What is read has one spelling, so that writing it gives the same bytes; and nothing that a reader of bundles prints is
 * more than printable ASCII.  Signed things are signed here, by a key of the fuzzer's: a reader must not trust a text
 * because somebody signed it.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "audit/manifest.h"
#include "audit/month.h"
#include "audit/record.h"
#include "audit/row.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "fuzz/targets.h"
#include "ops/verify.h"
#include "ops/verify_inner.h"

enum { RECORD, NOTE, OPERATOR, EVIDENCE, UNSIGNED, CHECKPOINT, MANIFEST, KEY, FILES, ERASED, MONTH, N_KINDS };

static const struct note_signer *signer(void)
{
	static const uint8_t seed[NOTE_SEED] = {1, 2, 3};
	static struct note_signer s;

	if (!s.verifier.name[0])
		note_signer_from_seed(&s, "relay.isp.example/audit", seed);
	return &s;
}

static void is_the_same(const struct str *out, const char *line, size_t len)
{
	FUZZ_ASSERT(out->len == len && memcmp(out->bytes, line, len) == 0);
}

/* The salt is no part of what is read; it is taken from where the line has it. */
static int find_salt(const char *line, size_t len, uint8_t salt[AUDIT_SALT])
{
	static const char before[] = ",\"salt\":\"";
	const char *at = memmem(line, len, before, sizeof before - 1);

	if (!at || (size_t)(line + len - at) < sizeof before - 1 + 2 * AUDIT_SALT)
		return 0;
	at += sizeof before - 1;
	for (int i = 0; i < AUDIT_SALT; i++) {
		const char *hex = "0123456789abcdef", *high = strchr(hex, at[2 * i]), *low = strchr(hex, at[2 * i + 1]);

		if (!at[2 * i] || !at[2 * i + 1] || !high || !low)
			return 0;
		salt[i] = (uint8_t)((high - hex) << 4 | (low - hex));
	}
	return 1;
}

static void read_line(int kind, const char *line, size_t len)
{
	uint8_t salt[AUDIT_SALT] = {0};
	struct audit_operator operator;
	struct audit_evidence evidence;
	struct audit_record record;
	struct audit_note note;
	struct arena a = {0};
	struct str out = {0};
	struct err e = {0};
	int rc = -1;

	if (kind == RECORD && (rc = audit_record_read(&record, &a, line, len, &e)) == 0)
		FUZZ_ASSERT(audit_record_line(&out, &record, &e) == 0);
	if (kind == NOTE && (rc = audit_note_read(&note, &a, line, len, &e)) == 0)
		FUZZ_ASSERT(find_salt(line, len, salt) && audit_note_line(&out, &note, salt, &e) == 0);
	if (kind == OPERATOR && (rc = audit_operator_read(&operator, line, len, &e)) == 0)
		FUZZ_ASSERT(find_salt(line, len, salt) && audit_operator_line(&out, &operator, salt, &e) == 0);
	if (kind == EVIDENCE && (rc = audit_evidence_read(&evidence, &a, line, len, &e)) == 0)
		FUZZ_ASSERT(audit_evidence_line(&out, &evidence, &e) == 0);
	if (rc == 0)
		is_the_same(&out, line, len);
	else
		FUZZ_ASSERT(e.text[0]);
	str_clear(&out);
	arena_clear(&a);
}

static void read_note(const char *note, size_t len, int is_manifest)
{
	struct checkpoint point;
	struct manifest manifest;
	struct str again = {0};
	struct err e = {0};

	if (is_manifest && manifest_read(&manifest, note, len, &signer()->verifier, &e) == 0)
		manifest_add_signed(&again, &manifest, signer());
	if (!is_manifest && checkpoint_read(&point, note, len, &signer()->verifier, "x", &e) == 0)
		checkpoint_add_signed(&again, &point, signer());
	if (again.len)
		FUZZ_ASSERT(len >= again.len && memcmp(note, again.bytes, strcspn(again.bytes, "\xe2")) == 0);
	else
		FUZZ_ASSERT(e.text[0]);
	str_clear(&again);
}

static void read_signed(const char *text, size_t len, int is_manifest)
{
	struct str note = {0};

	str_add_bytes(&note, text, len);
	str_add_char(&note, '\n');
	note_sign(&note, signer());
	read_note(note.bytes, note.len, is_manifest);
	str_clear(&note);
}

static void read_key(const char *text, size_t len)
{
	struct note_verifier v;
	struct str again = {0};
	struct err e = {0};

	if (note_read_verifier(&v, text, len, &e) == 0) {
		note_add_verifier(&again, &v);
		is_the_same(&again, text, len);
	}
	str_clear(&again);
}

/* Records, proofs, annex and CSV, with a NUL between: what is behind the signatures, which somebody may have made. */
static void read_files(const char *text, size_t len)
{
	static const enum bundle_file files[] = {BUNDLE_RECORDS, BUNDLE_PROOFS, BUNDLE_ANNEX, BUNDLE_CSV};
	struct verify_options o = {.head_number = 1, .head_hex = "000000000000"};
	struct str out = {0};
	struct verify v = {.options = &o, .out = &out, .tree = {.size = 19}};
	const char *at = text, *end = text + len;

	strcpy(v.manifest.chain, "C-1042/example.org");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));

		str_add_bytes(&v.file[files[i]], at, (size_t)((stop ? stop : end) - at));
		at = stop ? stop + 1 : end;
	}
	if (verify_annex(&v) == 0)
		verify_records(&v);
	for (size_t i = 0; i < out.len; i++)
		FUZZ_ASSERT(out.bytes[i] == '\n' || (out.bytes[i] >= 0x20 && out.bytes[i] < 0x7f));
	for (int f = 0; f < N_BUNDLE_FILES; f++)
		str_clear(&v.file[f]);
	str_clear(&v.withheld);
	str_clear(&v.closed);
	str_clear(&out);
	free(v.annex);
}

static void read_erased(const char *line, size_t len)
{
	uint8_t leaf[AUDIT_HASH];
	uint64_t number, seq;
	struct str out = {0};

	if (row_read_erased_line(line, len, leaf, &number, &seq) == 0) {
		row_add_erased_line(&out, leaf, number, seq);
		is_the_same(&out, line, len);
	}
	str_clear(&out);
}

static void read_month(const char *text, size_t len)
{
	struct audit_month m;
	char *copy = mem_alloc(len + 1);

	memcpy(copy, text, len);
	if (audit_month_read(&m, copy) == 0) {
		FUZZ_ASSERT(m.month >= 1 && m.month <= 12);
		audit_month_read_note(&m, copy + strlen(copy) / 2);
	}
	free(copy);
}

void fuzz_audit(const uint8_t *bytes, size_t len)
{
	const char *rest = (const char *)bytes + 1;
	int kind;

	if (len < 1)
		return;
	kind = bytes[0] % N_KINDS;
	len--;
	if (kind <= EVIDENCE)
		read_line(kind, rest, len);
	else if (kind == UNSIGNED)
		read_note(rest, len, len & 1);
	else if (kind == CHECKPOINT || kind == MANIFEST)
		read_signed(rest, len, kind == MANIFEST);
	else if (kind == KEY)
		read_key(rest, len);
	else if (kind == FILES)
		read_files(rest, len);
	else if (kind == ERASED)
		read_erased(rest, len);
	else
		read_month(rest, len);
}
