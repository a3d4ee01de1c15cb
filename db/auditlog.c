#include "db/auditlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "audit/operator.h"
#include "audit/tree.h"
#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/audit_node.h"
#include "db/audit_pending.h"
#include "db/store.h"

enum { SALTS = 256, LEVELS = 64 };

/* A line that is the same for all records of the series but for its salt. */
struct salted {
	struct str line;
	size_t at; /* where the salt's digits begin */
};

struct audit_writer_state {
	uint64_t next;
	struct salted note, operator;
	const char *clock, *clock_later; /* of the first record, and of those behind it */
	struct str line, evidence;
	uint8_t (*hashes)[AUDIT_HASH];
	size_t hashes_room;
	uint8_t salt[SALTS][AUDIT_SALT];
	size_t salts_used;
	/* The last node born on each level: the left sibling that the tree asks for next. */
	struct {
		uint64_t key;
		uint8_t hash[AUDIT_HASH];
		int is_set;
	} born[LEVELS];
	unsigned level;
	struct err *e;
};

/* --- beginning --- */

static void find_salt(struct salted *s)
{
	static const char before[] = ",\"salt\":\"";

	/* A quote inside a text is escaped, so these bytes can only be the key. */
	const char *found = strstr(str_text(&s->line), before);

	s->at = found ? (size_t)(found - s->line.bytes) + sizeof before - 1 : 0;
	if (!found || s->at + 2 * AUDIT_SALT > s->line.len)
		mem_die("a line of the audit log has no salt");
}

/* The time of the record before, for the clock's word; 0 when there is none or its body was
 * erased. */
static int time_before(struct db_txn *t, uint64_t size, int64_t *ms, struct err *e)
{
	struct arena a = {0};
	struct audit_row row;
	int got;

	*ms = 0;
	if (size == 0)
		return 0;
	got = auditlog_get(t, size - 1, &a, &row, e);
	if (got == 1)
		*ms = row.record.time_ms;
	arena_clear(&a);
	return got < 0 ? -1 : 0;
}

int auditlog_begin(struct audit_writer *w, struct db_txn *t, const struct audit_operator *o,
		   struct audit_note note, struct err *e)
{
	static const uint8_t no_salt[AUDIT_SALT];
	struct audit_writer_state *s = mem_alloc(sizeof *s);
	int64_t before;

	*w = (struct audit_writer){
		.txn = t, .operator= o, .note = note, .time_ms = date_now_ms(), .state = s};
	s->salts_used = SALTS;
	if (sodium_init() < 0)
		mem_die("libsodium cannot be used");
	if (auditlog_size(t, &s->next, e) != 0 || time_before(t, s->next, &before, e) != 0 ||
	    audit_note_line(&s->note.line, &note, no_salt, e) != 0 ||
	    audit_operator_line(&s->operator.line, o, no_salt, e) != 0) {
		auditlog_end(w);
		return -1;
	}
	find_salt(&s->note);
	find_salt(&s->operator);
	s->clock = operator_clock(w->time_ms, before);
	s->clock_later = operator_clock(w->time_ms, w->time_ms);
	return 0;
}

int auditlog_change_note(struct audit_writer *w, struct audit_note note, struct err *e)
{
	static const uint8_t no_salt[AUDIT_SALT];
	struct audit_writer_state *s = w->state;

	str_truncate(&s->note.line, 0);
	if (audit_note_line(&s->note.line, &note, no_salt, e) != 0)
		return store_refuse(w->txn, e);
	w->note = note;
	find_salt(&s->note);
	return 0;
}

uint64_t auditlog_next(const struct audit_writer *w)
{
	return w->state->next;
}

void auditlog_end(struct audit_writer *w)
{
	struct audit_writer_state *s = w->state;

	if (!s)
		return;
	str_clear(&s->note.line);
	str_clear(&s->operator.line);
	str_clear(&s->line);
	str_clear(&s->evidence);
	free(s->hashes);
	free(s);
	w->state = NULL;
}

/* --- one record --- */

/* Fresh for each line, never used again: else a short note could be guessed from its hash. */
static void salt_line(struct audit_writer_state *s, struct salted *line,
		      uint8_t hash[AUDIT_HASH])
{
	char hex[2 * AUDIT_SALT + 1];

	if (s->salts_used == SALTS) {
		randombytes_buf(s->salt, sizeof s->salt);
		s->salts_used = 0;
	}
	sodium_bin2hex(hex, sizeof hex, s->salt[s->salts_used++], AUDIT_SALT);
	memcpy(line->line.bytes + line->at, hex, 2 * AUDIT_SALT);
	audit_commit(hash, line->line.bytes, line->line.len);
}

static int put_bytes(struct db_txn *t, enum store_database d, const void *key, size_t key_len,
		     const void *bytes, size_t len, unsigned flags, struct err *e)
{
	value_begin(&t->value, STORE_VALUE_VERSION);
	str_add_bytes(&t->value, bytes, len);
	return store_put(t, d, key, key_len, flags, e);
}

/* A row that must be new and the last: otherwise the log is not in the order it has to be in.
 */
static int append_bytes(struct db_txn *t, enum store_database d, const void *key,
			size_t key_len, const void *bytes, size_t len, struct err *e)
{
	int rc = put_bytes(t, d, key, key_len, bytes, len, MDB_APPEND, e);

	return rc == 1 ? store_damaged(t, d, key, key_len, e) : rc;
}

static int put_evidence(struct audit_writer *w, const struct audit_what *what, struct err *e)
{
	struct audit_writer_state *s = w->state;

	if (what->n_evidence > s->hashes_room) {
		s->hashes_room = what->n_evidence;
		s->hashes = mem_array(s->hashes, s->hashes_room, sizeof *s->hashes);
	}
	for (size_t i = 0; i < what->n_evidence; i++) {
		str_truncate(&s->evidence, 0);
		if (audit_evidence_line(&s->evidence, &what->evidence[i], e) != 0)
			return store_refuse(w->txn, e);
		audit_commit(s->hashes[i], s->evidence.bytes, s->evidence.len);
		/* The same answer is stored once. */
		if (put_bytes(w->txn, STORE_AUDIT_EVIDENCE, s->hashes[i], AUDIT_HASH,
			      s->evidence.bytes, s->evidence.len, MDB_NOOVERWRITE, e) < 0)
			return -1;
	}
	return 0;
}

static int put_annex(struct audit_writer *w, uint64_t seq, char kind, const struct str *line,
		     struct err *e)
{
	uint8_t key[9];

	value_key_u64(key, seq);
	key[8] = (uint8_t)kind;
	return append_bytes(w->txn, STORE_AUDIT_ANNEX, key, sizeof key, line->bytes, line->len,
			    e);
}

static int get_node(void *ctx, uint64_t node, uint8_t hash[AUDIT_HASH])
{
	struct audit_writer *w = ctx;
	struct audit_writer_state *s = w->state;

	/* The tree asks on the level it has just put to. */
	if (s->level > 0 && s->born[s->level - 1].is_set && s->born[s->level - 1].key == node) {
		memcpy(hash, s->born[s->level - 1].hash, AUDIT_HASH);
		return 0;
	}
	return audit_node_get(w->txn, node, hash, s->e);
}

/* What is born now becomes the left sibling of the next: until the tree is done, the older one
 * is asked for. */
struct birth {
	struct audit_writer *w;
	uint64_t key[LEVELS];
	uint8_t hash[LEVELS][AUDIT_HASH];
};

static int put_node(void *ctx, uint64_t node, const uint8_t hash[AUDIT_HASH])
{
	struct birth *b = ctx;
	struct audit_writer_state *s = b->w->state;
	uint8_t key[8];

	value_key_u64(key, node);
	if (s->level == LEVELS)
		return -1;
	b->key[s->level] = node;
	memcpy(b->hash[s->level++], hash, AUDIT_HASH);
	return append_bytes(b->w->txn, STORE_AUDIT_NODE, key, sizeof key, hash, AUDIT_HASH,
			    s->e);
}

static int get_born(void *ctx, uint64_t node, uint8_t hash[AUDIT_HASH])
{
	struct birth *b = ctx;

	return get_node(b->w, node, hash);
}

static int grow_tree(struct audit_writer *w, uint64_t seq, const uint8_t leaf[AUDIT_HASH],
		     struct err *e)
{
	struct birth b = {.w = w};
	struct tree_store store = {get_born, put_node, &b};
	struct audit_writer_state *s = w->state;

	s->e = e;
	s->level = 0;
	if (tree_append(&store, seq, leaf) != 0)
		return -1;
	for (unsigned i = 0; i < s->level; i++) {
		s->born[i].key = b.key[i];
		s->born[i].is_set = 1;
		memcpy(s->born[i].hash, b.hash[i], AUDIT_HASH);
	}
	return 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int put_record(struct audit_writer *w, const struct audit_what *what, const char *chain,
		      struct audit_tail *tail, struct err *e)
{
	struct audit_writer_state *s = w->state;
	struct audit_record r = {
		.action = what->action,
		.before = what->before,
		.after = what->after,
		.batch = what->batch,
		.clock = s->clock,
		.customer = or_empty(what->customer),
		.domain = or_empty(what->domain),
		.evidence = (const uint8_t(*)[AUDIT_HASH])s->hashes,
		.n_evidence = what->n_evidence,
		.number = tail->number + 1,
		.seq = s->next,
		.time_ms = w->time_ms,
	};
	uint8_t key[8];

	memcpy(r.previous, tail->leaf, AUDIT_HASH);
	salt_line(s, &s->note, r.note);
	salt_line(s, &s->operator, r.operator);
	str_truncate(&s->line, 0);
	if (audit_record_line(&s->line, &r, e) != 0)
		return store_refuse(w->txn, e);
	*tail = (struct audit_tail){.number = r.number, .seq = r.seq};
	audit_leaf(tail->leaf, s->line.bytes, s->line.len);
	value_key_u64(key, r.seq);
	if (append_bytes(w->txn, STORE_AUDIT_RECORD, key, sizeof key, s->line.bytes,
			 s->line.len, e) != 0 ||
	    put_annex(w, r.seq, 'n', &s->note.line, e) != 0 ||
	    put_annex(w, r.seq, 'o', &s->operator.line, e) != 0)
		return -1;
	return audit_pending_add(w->txn, chain, tail, e);
}

int auditlog_append(struct audit_writer *w, const struct audit_what *what, struct err *e)
{
	struct audit_writer_state *s = w->state;
	const char *customer = or_empty(what->customer), *domain = or_empty(what->domain);
	char chain[AUDIT_CHAIN_KEY + 1];
	struct audit_tail tail = {0};

	if (audit_check_customer(customer, e) != 0 || audit_check_domain(domain, e) != 0)
		return store_refuse(w->txn, e);
	snprintf(chain, sizeof chain, "%s/%s", customer, domain);
	if (audit_pending_find(w->txn, chain, &tail, e) < 0 || put_evidence(w, what, e) != 0 ||
	    put_record(w, what, chain, &tail, e) != 0)
		return -1;
	if (grow_tree(w, s->next, tail.leaf, e) != 0)
		return store_refuse(w->txn, e);
	s->clock = s->clock_later;
	s->next++;
	return 0;
}
