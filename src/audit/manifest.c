#include "audit/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/str.h"

static const char *const names[N_BUNDLE_FILES] = {
	[BUNDLE_README] = "README.txt",
	[BUNDLE_PROOFS] = "proofs.txt",
	[BUNDLE_CSV] = "records.csv",
	[BUNDLE_RECORDS] = "records.jsonl",
	[BUNDLE_STATEMENT] = "statement.html",
	[BUNDLE_ANNEX] = "annex.jsonl",
	[BUNDLE_CHECKPOINT] = "checkpoint.txt",
	[BUNDLE_CONSISTENCY] = "consistency.txt",
	[BUNDLE_KEY] = "key.vkey",
	[BUNDLE_MANIFEST] = "manifest.txt",
};

static const char first_line[] = "audit-export-manifest/v1\n";

const char *bundle_file_name(enum bundle_file f)
{
	return names[f];
}

int bundle_file_from_name(const char *name)
{
	for (int f = 0; f < N_BUNDLE_FILES; f++)
		if (strcmp(names[f], name) == 0)
			return f;
	return -1;
}

int bundle_file_is_optional(enum bundle_file f)
{
	return f == BUNDLE_STATEMENT || f == BUNDLE_CONSISTENCY;
}

static void add_text(struct str *out, const struct manifest *m, const char *origin)
{
	char hex[2 * AUDIT_HASH + 1];

	str_addf(out, "%sorigin %s\ntree %" PRIu64 "\nroot ", first_line, origin, m->tree.size);
	base64_add(out, m->tree.root, AUDIT_HASH);
	audit_hex(hex, m->head);
	str_addf(out, "\nchain %s\nrecords %" PRIu64 "\nhead %s\n", m->chain, m->records, hex);
	for (int f = 0; f < N_MANIFEST_FILES; f++) {
		if (f == BUNDLE_STATEMENT && !m->has_statement)
			continue;
		audit_hex(hex, m->hash[f]);
		str_addf(out, "sha256 %s %s\n", hex, names[f]);
	}
}

void manifest_add_signed(struct str *out, const struct manifest *m, const struct note_signer *s)
{
	struct str note = {0};

	add_text(&note, m, s->verifier.name);
	note_sign(&note, s);
	str_add_bytes(out, note.bytes, note.len);
	str_clear(&note);
}

/* --- reading ---------------------------------------------------------------------------------- */

struct lines {
	const char *at, *end;
};

/* The value behind "key " of the next line, or NULL when the next line is another. */
static const char *take(struct lines *l, const char *key, size_t *len)
{
	size_t n = strlen(key);
	const char *value, *end = l->at < l->end ? memchr(l->at, '\n', (size_t)(l->end - l->at)) : NULL;

	if (!end || (size_t)(end - l->at) < n || memcmp(l->at, key, n) != 0)
		return NULL;
	value = l->at + n;
	*len = (size_t)(end - value);
	l->at = end + 1;
	return value;
}

static int read_hex(uint8_t out[AUDIT_HASH], const char *text, size_t len)
{
	char again[2 * AUDIT_HASH + 1];
	size_t got;

	if (len != 2 * AUDIT_HASH || sodium_hex2bin(out, AUDIT_HASH, text, len, NULL, &got, NULL) != 0 ||
	    got != AUDIT_HASH)
		return -1;
	audit_hex(again, out);
	return memcmp(again, text, len) == 0 ? 0 : -1;
}

/* Both halves in the alphabets of records, so that it may be shown. */
static int read_chain(struct manifest *m, const char *text, size_t len)
{
	char customer[AUDIT_CUSTOMER_MAX + 1];
	const char *slash = memchr(text, '/', len);
	size_t n = slash ? (size_t)(slash - text) : 0;
	struct err ignored;

	if (!slash || n > AUDIT_CUSTOMER_MAX || len > MANIFEST_CHAIN || memchr(text, '\0', len))
		return -1;
	memcpy(customer, text, n);
	customer[n] = '\0';
	memcpy(m->chain, text, len);
	m->chain[len] = '\0';
	return audit_check_customer(customer, &ignored) != 0 ? -1 : audit_check_domain(m->chain + n + 1, &ignored);
}

static int read_head(struct manifest *m, struct lines *l, const char *origin)
{
	const char *value;
	size_t len;

	value = take(l, "origin ", &len);
	if (!value || len != strlen(origin) || memcmp(value, origin, len) != 0)
		return -1;
	value = take(l, "tree ", &len);
	if (!value || checkpoint_read_number(&m->tree.size, value, len) != 0)
		return -1;
	value = take(l, "root ", &len);
	if (!value || base64_read(m->tree.root, AUDIT_HASH, value, len) != 0)
		return -1;
	value = take(l, "chain ", &len);
	if (!value || read_chain(m, value, len) != 0)
		return -1;
	value = take(l, "records ", &len);
	if (!value || checkpoint_read_number(&m->records, value, len) != 0)
		return -1;
	value = take(l, "head ", &len);
	return value ? read_hex(m->head, value, len) : -1;
}

static int read_files(struct manifest *m, struct lines *l)
{
	for (int f = 0; f < N_MANIFEST_FILES; f++) {
		const char *value;
		size_t len;

		if (f == BUNDLE_STATEMENT && l->at == l->end)
			return 0;
		value = take(l, "sha256 ", &len);
		if (!value || len != 2 * AUDIT_HASH + 1 + strlen(names[f]) || value[2 * AUDIT_HASH] != ' ' ||
		    memcmp(value + 2 * AUDIT_HASH + 1, names[f], strlen(names[f])) != 0 ||
		    read_hex(m->hash[f], value, 2 * AUDIT_HASH) != 0)
			return -1;
	}
	m->has_statement = 1;
	return l->at == l->end ? 0 : -1;
}

int manifest_read(struct manifest *m, const char *note, size_t len, const struct note_verifier *v, struct err *e)
{
	const size_t n_first = sizeof first_line - 1;
	struct lines l;
	size_t text_len;

	*m = (struct manifest){0};
	if (note_open(note, len, v, "manifest.txt", &text_len, e) != 0)
		return -1;
	l = (struct lines){note, note + text_len};
	if (text_len < n_first || memcmp(note, first_line, n_first) != 0)
		return err_set(e, ERR_DATA, "manifest.txt: not a manifest of version 1");
	l.at += n_first;
	if (read_head(m, &l, v->name) != 0)
		return err_set(e, ERR_DATA, "manifest.txt: its head lines are not those of this log's manifest");
	if (read_files(m, &l) != 0)
		return err_set(e, ERR_DATA, "manifest.txt: its list of files is not that of a bundle");
	return 0;
}
