/*
 * check_audit: the audit log hashed again, from the stored bytes alone.
 *
 * Goes through records and nodes side by side, since nodes are born in key order: whatever the
 * tree would put must be the next node that is there.
 */
#include "db/check_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "audit/record.h"
#include "audit/tree.h"
#include "base/mem.h"
#include "db/audit_node.h"
#include "db/audit_pending.h"
#include "db/check.h"

struct audit {
	struct check *c;
	struct check_rows nodes;
	int has_node, nodes_bad;
	struct value_reader node;
	uint64_t seq, annexed;
	struct arena arena;
};

/* --- the tree --- */

static int get_node(struct check *c, uint64_t node, uint8_t hash[AUDIT_HASH])
{
	struct err ignored; /* the check has words of its own */

	return audit_node_get(c->txn, node, hash, &ignored);
}

static int get_for_tree(void *ctx, uint64_t node, uint8_t hash[AUDIT_HASH])
{
	struct audit *a = ctx;

	return get_node(a->c, node, hash);
}

static void next_node(struct audit *a)
{
	int is_sound = 0;

	a->has_node = check_next_row(a->c, &a->nodes, &a->node, &is_sound) == 1;
	if (a->has_node && !is_sound)
		a->nodes_bad = 1;
}

/* Tells only the first difference: behind it all others differ as well. */
static int expect_node(void *ctx, uint64_t node, const uint8_t hash[AUDIT_HASH])
{
	struct audit *a = ctx;
	uint8_t key[8];

	if (a->nodes_bad)
		return -1;
	value_key_u64(key, node);
	if (a->has_node && a->nodes.key.mv_size == 8 &&
	    memcmp(a->nodes.key.mv_data, key, 8) == 0 && value_left(&a->node) == AUDIT_HASH &&
	    memcmp(a->node.at, hash, AUDIT_HASH) == 0) {
		next_node(a);
		return 0;
	}
	check_problem(a->c,
		      "audit log: node %" PRIu64 " of the tree is not what record %" PRIu64
		      " makes of it",
		      node, a->seq);
	a->nodes_bad = 1;
	return -1;
}

/* --- one record --- */

static void check_annex(struct audit *a, char kind, const uint8_t committed[AUDIT_HASH])
{
	uint8_t key[9], hash[AUDIT_HASH];
	struct value_reader r;
	struct audit_note note;
	struct audit_operator operator;
	struct err e;
	int got;

	value_key_u64(key, a->seq);
	key[8] = (uint8_t)kind;
	got = store_get(a->c->txn, STORE_AUDIT_ANNEX, key, sizeof key, &r, &e);
	if (got == 0)
		return; /* erased */
	if (got == 1) {
		a->annexed++;
		audit_commit(hash, (const char *)r.at, value_left(&r));
		if (memcmp(hash, committed, AUDIT_HASH) != 0)
			got = -1;
		else if (kind == 'n')
			got = audit_note_read(&note, &a->arena, (const char *)r.at,
					      value_left(&r), &e);
		else
			got = audit_operator_read(&operator,(const char *) r.at, value_left(&r),
						  &e);
	}
	if (got < 0)
		check_problem(a->c,
			      "audit log: the %s of record %" PRIu64
			      " is not the one it commits to",
			      kind == 'n' ? "note" : "operator", a->seq);
}

static void check_evidence(struct audit *a, const struct audit_record *record)
{
	for (size_t i = 0; i < record->n_evidence; i++) {
		struct value_reader r;
		struct err e;

		/* Its own hash is looked at where the evidence is gone through. */
		if (store_get(a->c->txn, STORE_AUDIT_EVIDENCE, record->evidence[i], AUDIT_HASH,
			      &r, &e) != 1)
			check_problem(a->c,
				      "audit log: evidence of record %" PRIu64 " is missing",
				      a->seq);
	}
}

static int find_index(struct check *c, const char *chain, uint64_t number, uint64_t *seq)
{
	uint8_t key[AUDIT_CHAIN_KEY + 16];
	size_t len = audit_index_key(key, chain, number);
	struct value_reader r;
	struct err e;

	if (store_get(c->txn, STORE_AUDIT_INDEX, key, len, &r, &e) != 1 || value_left(&r) != 8)
		return -1;
	*seq = value_from_key_u64(r.at);
	return 0;
}

static void check_chain(struct audit *a, const struct audit_record *record)
{
	char chain[AUDIT_CHAIN_KEY + 1];
	uint8_t leaf[AUDIT_HASH] = {0};
	uint64_t seq = 0;

	snprintf(chain, sizeof chain, "%s/%s", record->customer, record->domain);
	if (find_index(a->c, chain, record->number, &seq) != 0 || seq != a->seq) {
		check_problem(a->c, "audit log: record %" PRIu64 " is not where its chain says",
			      a->seq);
		return;
	}
	if (record->number > 1 &&
	    (find_index(a->c, chain, record->number - 1, &seq) != 0 || seq >= a->seq ||
	     get_node(a->c, tree_key(0, seq), leaf) != 0)) {
		check_problem(a->c,
			      "audit log: the record before %" PRIu64
			      " in its chain is missing",
			      a->seq);
		return;
	}
	if (memcmp(leaf, record->previous, AUDIT_HASH) != 0)
		check_problem(a->c,
			      "audit log: record %" PRIu64
			      " does not follow the one before it in its chain",
			      a->seq);
}

static void check_record(struct audit *a, const struct value_reader *r,
			 uint8_t leaf[AUDIT_HASH])
{
	struct audit_record record;
	struct err e;

	if (value_left(r) == 0) {
		a->c->report->erased++;
		if (get_node(a->c, tree_key(0, a->seq), leaf) != 0)
			memset(leaf, 0, AUDIT_HASH);
		return;
	}
	audit_leaf(leaf, (const char *)r->at, value_left(r));
	if (audit_record_read(&record, &a->arena, (const char *)r->at, value_left(r), &e) !=
		    0 ||
	    record.seq != a->seq) {
		check_problem(a->c, "audit log: record %" PRIu64 " is not one that was written",
			      a->seq);
		return;
	}
	check_annex(a, 'n', record.note);
	check_annex(a, 'o', record.operator);
	check_evidence(a, &record);
	check_chain(a, &record);
	if (a->seq % 256 == 0)
		arena_clear(&a->arena);
}

static void check_records(struct audit *a)
{
	struct tree_store tree = {get_for_tree, expect_node, a};
	struct check_rows w;
	struct value_reader r;
	uint8_t leaf[AUDIT_HASH];
	int is_sound;

	if (check_begin_rows(a->c, &w, STORE_AUDIT_RECORD) != 0)
		return;
	while (check_next_row(a->c, &w, &r, &is_sound) == 1) {
		if (!is_sound || w.key.mv_size != 8 ||
		    value_from_key_u64(w.key.mv_data) != a->seq) {
			if (is_sound)
				check_problem(a->c, "audit log: record %" PRIu64 " is missing",
					      a->seq);
			a->nodes_bad = 1;
			if (w.key.mv_size == 8)
				a->seq = value_from_key_u64(w.key.mv_data) + 1;
			continue;
		}
		check_record(a, &r, leaf);
		if (!a->nodes_bad)
			tree_append(&tree, a->seq, leaf);
		a->seq++;
	}
	check_end_rows(a->c, &w);
	a->c->report->records = w.n;
}

/* --- the tables beside --- */

static void check_evidence_rows(struct audit *a)
{
	struct audit_evidence evidence;
	struct check_rows w;
	struct value_reader r;
	uint8_t hash[AUDIT_HASH];
	struct err e;
	int is_sound;

	if (check_begin_rows(a->c, &w, STORE_AUDIT_EVIDENCE) != 0)
		return;
	while (check_next_row(a->c, &w, &r, &is_sound) == 1) {
		if (!is_sound)
			continue;
		audit_commit(hash, (const char *)r.at, value_left(&r));
		if (w.key.mv_size != AUDIT_HASH ||
		    memcmp(hash, w.key.mv_data, AUDIT_HASH) != 0 ||
		    audit_evidence_read(&evidence, &a->arena, (const char *)r.at,
					value_left(&r), &e) != 0)
			check_problem(
				a->c,
				"audit log: a line of evidence is not what its hash says");
		arena_clear(&a->arena);
	}
	check_end_rows(a->c, &w);
}

/* The last number of a chain leads to its last record, and behind it there is none. */
static void check_chain_rows(struct audit *a, uint64_t *numbered)
{
	struct check_rows w;
	struct value_reader r;
	struct audit_tail tail;
	uint8_t leaf[AUDIT_HASH];
	uint64_t seq;
	int is_sound;

	if (check_begin_rows(a->c, &w, STORE_AUDIT_CHAIN) != 0)
		return;
	while (check_next_row(a->c, &w, &r, &is_sound) == 1) {
		char chain[STORE_KEY_MAX + 1];

		if (!is_sound)
			continue;
		audit_tail_read(&r, &tail);
		memcpy(chain, w.key.mv_data, w.key.mv_size);
		chain[w.key.mv_size] = '\0';
		*numbered += tail.number;
		if (!value_is_done(&r) || w.key.mv_size > AUDIT_CHAIN_KEY ||
		    !strchr(chain, '/') || find_index(a->c, chain, tail.number, &seq) != 0 ||
		    seq != tail.seq || get_node(a->c, tree_key(0, seq), leaf) != 0 ||
		    memcmp(leaf, tail.leaf, AUDIT_HASH) != 0 ||
		    find_index(a->c, chain, tail.number + 1, &seq) == 0)
			check_problem(
				a->c,
				"audit log: the end of a chain is not where its table says");
	}
	check_end_rows(a->c, &w);
}

/* Rows whose only content is that they are there: sums and their number. */
static void check_plain_rows(struct audit *a, enum store_database d, size_t payload)
{
	struct check_rows w;
	struct value_reader r;
	int is_sound;

	if (check_begin_rows(a->c, &w, d) != 0)
		return;
	while (check_next_row(a->c, &w, &r, &is_sound) == 1)
		if (is_sound && payload != SIZE_MAX && value_left(&r) != payload)
			check_problem(a->c, "%s: a row does not hold what it should",
				      store_name(d));
	check_end_rows(a->c, &w);
}

static void expect_count(struct check *c, enum store_database d, uint64_t n)
{
	if (c->report->database[d].rows != n)
		check_problem(
			c, "%s: there are %" PRIu64 " rows where the audit log makes %" PRIu64,
			store_name(d), c->report->database[d].rows, n);
}

void check_audit(struct check *c)
{
	struct audit a = {.c = c};
	struct tree_store tree = {get_for_tree, NULL, &a};
	struct db_report *report = c->report;
	uint64_t numbered = 0;

	if (sodium_init() < 0)
		return;
	if (check_begin_rows(c, &a.nodes, STORE_AUDIT_NODE) != 0)
		return;
	next_node(&a);
	check_records(&a);
	if (a.has_node && !a.nodes_bad)
		check_problem(c, "audit log: the tree has nodes that no record made");
	while (a.has_node)
		next_node(&a);
	check_end_rows(c, &a.nodes);
	if (!a.nodes_bad && tree_root(&tree, report->records, report->root) != 0)
		check_problem(c, "audit log: the tree has no root");
	check_evidence_rows(&a);
	check_chain_rows(&a, &numbered);
	check_plain_rows(&a, STORE_AUDIT_ANNEX, SIZE_MAX);
	check_plain_rows(&a, STORE_AUDIT_INDEX, 8);
	check_plain_rows(&a, STORE_AUDIT_DOMAIN, 0);
	expect_count(c, STORE_AUDIT_CHAIN, report->database[STORE_AUDIT_DOMAIN].rows);
	expect_count(c, STORE_AUDIT_INDEX, report->records);
	if (numbered != report->records)
		check_problem(c,
			      "audit log: its chains have %" PRIu64 " records, it has %" PRIu64,
			      numbered, report->records);
	/* A note of an erased record may still be there, or be gone. */
	if (report->erased == 0)
		expect_count(c, STORE_AUDIT_ANNEX, a.annexed);
	arena_clear(&a.arena);
}
