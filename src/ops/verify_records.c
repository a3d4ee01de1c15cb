#include "ops/verify_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/proof.h"
#include "audit/row.h"
#include "base/base64.h"
#include "base/date.h"
#include "base/mem.h"
#include "ops/verify.h"

enum { HASH_TEXT = 44 };

enum opened_kind { OPENED_NOTE, OPENED_OPERATOR, OPENED_EVIDENCE };

static const char *const kind_name[] = {"note", "operator", "evidence"};

struct opened {
	uint8_t hash[AUDIT_HASH];
	enum opened_kind kind;
	int is_used;
	size_t line;
};

/* --- annex --------------------------------------------------------------------------------------- */

static int by_hash(const void *x, const void *y)
{
	const struct opened *a = x, *b = y;

	return memcmp(a->hash, b->hash, AUDIT_HASH);
}

static int begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* Keys are sorted, so the first one tells the kind; each reader takes its one spelling only. */
static int read_opened(struct opened *o, struct arena *a, const char *line, size_t len, struct err *e)
{
	struct audit_evidence evidence;
	struct audit_operator operator;
	struct audit_note note;

	audit_commit(o->hash, line, len);
	if (begins(line, len, "{\"kind\":\"note\"")) {
		o->kind = OPENED_NOTE;
		return audit_note_read(&note, a, line, len, e);
	}
	if (begins(line, len, "{\"boot\":")) {
		o->kind = OPENED_OPERATOR;
		return audit_operator_read(&operator, line, len, e);
	}
	o->kind = OPENED_EVIDENCE;
	return audit_evidence_read(&evidence, a, line, len, e);
}

int verify_annex(struct verify *v)
{
	struct verify_lines l = verify_lines_of(v, BUNDLE_ANNEX);
	struct arena a = {0};
	const char *line;
	size_t len, room = 0;
	struct err e;
	int got;

	while ((got = verify_line(&l, &line, &len)) == 1) {
		if (v->n_annex == room) {
			room = room * 2 + 64;
			v->annex = mem_array(v->annex, room, sizeof *v->annex);
		}
		v->annex[v->n_annex] = (struct opened){.line = v->n_annex + 1};
		if (read_opened(&v->annex[v->n_annex++], &a, line, len, &e) != 0) {
			arena_clear(&a);
			return verify_refuse(v, "annex.jsonl: line %zu is no note, operator or evidence in the log's own spelling",
					     v->n_annex);
		}
		arena_reset(&a);
	}
	arena_clear(&a);
	if (got < 0)
		return verify_refuse(v, "annex.jsonl: its last line is cut off");
	if (v->n_annex)
		qsort(v->annex, v->n_annex, sizeof *v->annex, by_hash);
	for (size_t i = 1; i < v->n_annex; i++)
		if (by_hash(&v->annex[i - 1], &v->annex[i]) == 0)
			return verify_refuse(v, "annex.jsonl: line %zu is given twice", v->annex[i].line);
	return 0;
}

/* What a record commits to is opened, and of the right kind, or counts as withheld. */
static int check_commitment(struct verify *v, uint64_t number, const uint8_t hash[AUDIT_HASH], enum opened_kind kind)
{
	struct opened wanted = {0}, *found;

	memcpy(wanted.hash, hash, AUDIT_HASH);
	found = v->n_annex ? bsearch(&wanted, v->annex, v->n_annex, sizeof wanted, by_hash) : NULL;
	if (!found) {
		str_addf(&v->withheld, "withheld: %s of record %" PRIu64 "\n", kind_name[kind], number);
		v->n_withheld++;
		return 0;
	}
	if (found->kind != kind)
		return verify_refuse(v, "record %" PRIu64 ": its %s is opened by a line of another kind", number,
				     kind_name[kind]);
	found->is_used = 1;
	return 0;
}

/* --- proofs -------------------------------------------------------------------------------------- */

/* The next block of proofs.txt. */
static int read_proof(struct verify *v, struct verify_lines *l, uint64_t *index, struct proof *p)
{
	const char *line;
	size_t len;

	p->n = 0;
	if (verify_line(l, &line, &len) != 1 || !begins(line, len, "index ") ||
	    checkpoint_read_number(index, line + 6, len - 6) != 0)
		return verify_refuse(v, "proofs.txt: no proof where record %" PRIu64 " needs one", v->records + 1);
	for (;;) {
		if (verify_line(l, &line, &len) != 1)
			return verify_refuse(v, "proofs.txt: cut off");
		if (len == 0)
			return 0;
		if (p->n == PROOF_MAX || len != HASH_TEXT || base64_read(p->hash[p->n++], AUDIT_HASH, line, len) != 0)
			return verify_refuse(v, "proofs.txt: the proof of record %" PRIu64 " has a line that is no hash",
					     v->records + 1);
	}
}

/* --- records ------------------------------------------------------------------------------------- */

struct state {
	struct verify_lines records, proofs;
	uint8_t before[AUDIT_HASH]; /* the leaf of the record before */
	uint64_t seq;
	int64_t time_ms;
	int is_export;
	struct str csv;
	struct arena arena;
};

static int check_open(struct verify *v, struct state *s, const struct audit_record *r, uint64_t n)
{
	size_t slash = strlen(r->customer);
	char when[DATE_SIZE];

	if (memcmp(r->previous, s->before, AUDIT_HASH) != 0)
		return verify_refuse(v, "record %" PRIu64 ": its link to the record before is wrong", n);
	if (strncmp(v->manifest.chain, r->customer, slash) != 0 || v->manifest.chain[slash] != '/' ||
	    strcmp(v->manifest.chain + slash + 1, r->domain) != 0)
		return verify_refuse(v, "record %" PRIu64 ": of another customer or domain than the manifest says", n);
	if (check_commitment(v, n, r->note, OPENED_NOTE) != 0 || check_commitment(v, n, r->operator, OPENED_OPERATOR) != 0)
		return -1;
	for (size_t i = 0; i < r->n_evidence; i++)
		if (check_commitment(v, n, r->evidence[i], OPENED_EVIDENCE) != 0)
			return -1;
	date_rfc3339_ms(when, r->time_ms);
	if (strcmp(r->clock, "ok") != 0 || r->time_ms < s->time_ms)
		str_addf(v->out, "warning: record %" PRIu64 ": clock %s, time %s\n", n, r->clock, when);
	s->time_ms = r->time_ms;
	str_truncate(&v->closed, 0);
	str_add(&v->closed, when);
	s->is_export = r->action == AUDIT_EXPORT;
	row_add(&s->csv, r);
	return 0;
}

static int check_place(struct verify *v, struct state *s, uint64_t n, uint64_t number, uint64_t seq,
		       const uint8_t leaf[AUDIT_HASH])
{
	uint64_t index = UINT64_MAX; /* of no record */
	struct proof p;

	if (number != n)
		return verify_refuse(v, "record %" PRIu64 ": says that it is number %" PRIu64 " of its chain: one was dropped, "
				     "added or moved", n, number);
	if (read_proof(v, &s->proofs, &index, &p) != 0)
		return -1;
	if (seq != index || seq >= v->tree.size || (n > 1 && seq <= s->seq))
		return verify_refuse(v, "record %" PRIu64 ": its number in the log and its proof do not fit", n);
	if (!proof_shows_inclusion(&p, leaf, index, v->tree.size, v->tree.root))
		return verify_refuse(v, "record %" PRIu64 ": its proof does not lead to the signed root", n);
	s->seq = seq;
	return 0;
}

static int check_record(struct verify *v, struct state *s, const char *line, size_t len)
{
	uint64_t n = v->records + 1, number, seq;
	uint8_t leaf[AUDIT_HASH];
	struct audit_record r;
	struct err e;

	if (begins(line, len, "{\"leaf\":")) {
		if (row_read_erased_line(line, len, leaf, &number, &seq) != 0)
			return verify_refuse(v, "record %" PRIu64 ": the line of an erased record is not in the log's own "
					     "spelling", n);
		if (check_place(v, s, n, number, seq, leaf) != 0)
			return -1;
		str_addf(&v->withheld, "withheld: body of record %" PRIu64 " (erased)\n", n);
		v->n_withheld++;
		s->is_export = 0;
		row_add_erased(&s->csv, seq, number);
	} else {
		if (audit_record_read(&r, &s->arena, line, len, &e) != 0)
			return verify_refuse(v, "record %" PRIu64 ": not a record in the log's own spelling", n);
		audit_leaf(leaf, line, len);
		if (check_place(v, s, n, r.number, r.seq, leaf) != 0 || check_open(v, s, &r, n) != 0)
			return -1;
	}
	memcpy(s->before, leaf, AUDIT_HASH);
	v->records = n;
	if (v->options->head_number == n) {
		char hex[2 * AUDIT_HASH + 1];

		audit_hex(hex, leaf);
		if (strncmp(hex, v->options->head_hex, strlen(v->options->head_hex)) != 0)
			return verify_refuse(v, "record %" PRIu64 " is not the one that is printed on your invoice", n);
	}
	return 0;
}

static int check_end(struct verify *v, const struct state *s)
{
	const struct str *csv = &v->file[BUNDLE_CSV];

	if (s->proofs.at != s->proofs.end)
		return verify_refuse(v, "proofs.txt: has more proofs than there are records");
	for (size_t i = 0; i < v->n_annex; i++)
		if (!v->annex[i].is_used)
			return verify_refuse(v, "annex.jsonl: no record commits to line %zu, which was changed or is foreign",
					     v->annex[i].line);
	if (!s->is_export || s->seq != v->tree.size - 1)
		return verify_refuse(v, "the last record is not the closing record of this export: the end is missing");
	if (v->manifest.records != v->records || memcmp(v->manifest.head, s->before, AUDIT_HASH) != 0)
		return verify_refuse(v, "manifest.txt: its count or its head is not that of the records");
	if (csv->len != s->csv.len || memcmp(str_text(csv), str_text(&s->csv), csv->len) != 0)
		return verify_refuse(v, "records.csv does not say the same as records.jsonl");
	if (v->options->head_number > v->records)
		return verify_refuse(v, "there is no record %" PRIu64 ", which is printed on your invoice",
				     v->options->head_number);
	memcpy(v->head, s->before, AUDIT_HASH);
	return 0;
}

int verify_records(struct verify *v)
{
	struct state s = {.records = verify_lines_of(v, BUNDLE_RECORDS), .proofs = verify_lines_of(v, BUNDLE_PROOFS)};
	const char *line;
	size_t len;
	int got, rc = 0;

	str_add(&s.csv, row_head);
	while (rc == 0 && (got = verify_line(&s.records, &line, &len)) != 0) {
		rc = got < 0 ? verify_refuse(v, "records.jsonl: its last line is cut off") : check_record(v, &s, line, len);
		arena_reset(&s.arena);
	}
	if (rc == 0 && v->records == 0)
		rc = verify_refuse(v, "records.jsonl: no record");
	if (rc == 0)
		rc = check_end(v, &s);
	str_clear(&s.csv);
	arena_clear(&s.arena);
	return rc;
}
