/*
 * auditlog_read: reading the audit log, part of auditlog.h.
 *
 * The stored bytes are what was hashed: what is opened beside a record is compared with what
 * the record commits to, so a note of another record cannot pass for this one's.
 */
#include "db/auditlog.h"

#include <stdlib.h>
#include <string.h>

#include "audit/tree.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/audit_pending.h"
#include "db/chain.h"
#include "db/store.h"

int auditlog_size(struct db_txn *t, uint64_t *size, struct err *e)
{
	return store_count(t, STORE_AUDIT_RECORD, size, e);
}

/* An annex line of a record: 1 there and as committed to, 0 erased, -1. */
static int get_annex(struct db_txn *t, uint64_t seq, char kind,
		     const uint8_t committed[AUDIT_HASH], struct value_reader *r, struct err *e)
{
	uint8_t key[9], hash[AUDIT_HASH];
	int got;

	value_key_u64(key, seq);
	key[8] = (uint8_t)kind;
	got = store_get(t, STORE_AUDIT_ANNEX, key, sizeof key, r, e);
	/* Erased, or hidden by damage; nothing in the record tells which. */
	if (got == 0 && (store_miss(t, STORE_AUDIT_ANNEX, key, sizeof key, e) != 0 ||
			 store_is_whole(t, STORE_AUDIT_ANNEX, e) != 0))
		return -1;
	if (got != 1)
		return got;
	audit_commit(hash, (const char *)r->at, value_left(r));
	if (memcmp(hash, committed, AUDIT_HASH) != 0)
		return store_damaged(t, STORE_AUDIT_ANNEX, key, sizeof key, e);
	return 1;
}

static int open_annex(struct db_txn *t, uint64_t seq, struct arena *a, struct audit_row *out,
		      struct err *e)
{
	struct value_reader r;
	int got = get_annex(t, seq, 'n', out->record.note, &r, e);

	if (got < 0 || (got == 1 && audit_note_read(&out->note, a, (const char *)r.at,
						    value_left(&r), e) != 0))
		return -1;
	out->has_note = got;
	got = get_annex(t, seq, 'o', out->record.operator, & r, e);
	if (got < 0 || (got == 1 && audit_operator_read(&out->operator,(const char *) r.at,
							value_left(&r), e) != 0))
		return -1;
	out->has_operator = got;
	return 0;
}

int auditlog_get(struct db_txn *t, uint64_t seq, struct arena *a, struct audit_row *out,
		 struct err *e)
{
	struct value_reader r;
	uint64_t size;
	uint8_t key[8];
	int got;

	*out = (struct audit_row){0};
	value_key_u64(key, seq);
	got = store_get(t, STORE_AUDIT_RECORD, key, sizeof key, &r, e);
	if (got == 0 && auditlog_size(t, &size, e) != 0)
		return -1;
	if (got == 0 && seq < size) /* there is no gap in the log */
		return store_damaged(t, STORE_AUDIT_RECORD, key, sizeof key, e);
	if (got != 1)
		return got;
	if (value_left(&r) == 0) {
		out->is_erased = 1;
		out->record = (struct audit_record){.seq = seq,
						    .before = "",
						    .after = "",
						    .batch = "",
						    .clock = "",
						    .customer = "",
						    .domain = ""};
		return 1;
	}
	if (audit_record_read(&out->record, a, (const char *)r.at, value_left(&r), e) != 0)
		return -1;
	if (out->record.seq != seq)
		return store_damaged(t, STORE_AUDIT_RECORD, key, sizeof key, e);
	return open_annex(t, seq, a, out, e) == 0 ? 1 : -1;
}

/* --- by domain --- */

struct list {
	uint64_t *seq;
	size_t n, room;
};

/* Rows that damage hides leave no gap that a walk could see, but the chain's end knows how many there are. */
static int is_complete(struct db_txn *t, const char *chain, uint64_t n, struct err *e)
{
	struct audit_tail end;
	int got = chain_end(t, chain, &end, e);

	if (got < 0)
		return -1;
	return got == 1 && end.number == n ? 0 : store_damaged(t, STORE_AUDIT_CHAIN, chain, strlen(chain), e);
}

static int add_chain(struct db_txn *t, MDB_cursor *c, const char *chain, struct list *out,
		     struct err *e)
{
	uint8_t start[AUDIT_CHAIN_KEY + 16];
	size_t len = audit_index_key(start, chain, 0), before = out->n;
	MDB_val key = {len, start}, value;
	int got;

	for (got = store_move(t, c, &key, &value, MDB_SET_RANGE, e); got == 1;
	     got = store_move(t, c, &key, &value, MDB_NEXT, e)) {
		struct value_reader r;

		if (key.mv_size != len || memcmp(key.mv_data, start, len - 8) != 0)
			break;
		if (store_read(t, STORE_AUDIT_INDEX, &key, &value, &r, e) != 0)
			return -1;
		if (value_left(&r) != 8)
			return store_damaged(t, STORE_AUDIT_INDEX, key.mv_data, key.mv_size, e);
		if (out->n == out->room) {
			out->room = out->room * 2 + 16;
			out->seq = mem_array(out->seq, out->room, sizeof *out->seq);
		}
		out->seq[out->n++] = value_from_key_u64(r.at);
	}
	return got < 0 ? -1 : is_complete(t, chain, out->n - before, e);
}

/* The chains that a domain was ever in: one for each customer it had. */
static int add_chains(struct db_txn *t, MDB_cursor *domains, MDB_cursor *index,
		      const char *domain, struct list *out, struct err *e)
{
	char chain[AUDIT_CHAIN_KEY + 1];
	size_t len = strlen(domain) + 1;
	MDB_val key = {len, (void *)domain}, value;
	int got;

	for (got = store_move(t, domains, &key, &value, MDB_SET_RANGE, e); got == 1;
	     got = store_move(t, domains, &key, &value, MDB_NEXT, e)) {
		struct value_reader r;
		size_t customer;

		/* The row at which they end, too: a flipped bit may have taken it out of them. */
		if (store_read(t, STORE_AUDIT_DOMAIN, &key, &value, &r, e) != 0)
			return -1;
		if (key.mv_size < len || memcmp(key.mv_data, domain, len) != 0)
			break;
		customer = key.mv_size - len;
		if (customer + len >= sizeof chain)
			return store_damaged(t, STORE_AUDIT_DOMAIN, key.mv_data, key.mv_size,
					     e);
		memcpy(chain, (const char *)key.mv_data + len, customer);
		chain[customer] = '/';
		memcpy(chain + customer + 1, domain, len);
		if (add_chain(t, index, chain, out, e) != 0)
			return -1;
	}
	return got < 0 ? -1 : 0;
}

static int by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

int auditlog_of_domain(struct db_txn *t, const char *domain, struct arena *a, uint64_t **seq,
		       size_t *n, struct err *e)
{
	MDB_cursor *domains, *index = NULL;
	struct list list = {0};
	int rc = -1;

	*seq = NULL;
	*n = 0;
	if (audit_check_domain(domain, e) != 0)
		return -1;
	/* Nothing but its rows says how many chains a domain has, so none may be hidden. */
	if (!t->write && (store_is_whole(t, STORE_AUDIT_DOMAIN, e) != 0 ||
			  store_before(t, STORE_AUDIT_DOMAIN, domain, strlen(domain) + 1, e) != 0))
		return -1;
	domains = store_cursor(t, STORE_AUDIT_DOMAIN, e);
	if (domains)
		index = store_cursor(t, STORE_AUDIT_INDEX, e);
	if (index)
		rc = add_chains(t, domains, index, domain, &list, e);
	if (rc == 0 && list.n > 0) {
		qsort(list.seq, list.n, sizeof *list.seq, by_number);
		*seq = memcpy(arena_alloc(a, list.n * sizeof **seq), list.seq,
			      list.n * sizeof **seq);
		*n = list.n;
	}
	if (index)
		mdb_cursor_close(index);
	if (domains)
		mdb_cursor_close(domains);
	free(list.seq);
	return rc;
}

/* --- the tree --- */

int auditlog_root(struct db_txn *t, uint64_t size, uint8_t root[AUDIT_HASH], struct err *e)
{
	struct chain_nodes nodes = {t, e};
	struct tree_store store = chain_tree(&nodes);
	uint64_t there;

	if (auditlog_size(t, &there, e) != 0)
		return -1;
	if (size > there)
		return err_set(e, ERR_NOINPUT, "the audit log has %llu records, not %llu",
			       (unsigned long long)there, (unsigned long long)size);
	return tree_root(&store, size, root);
}
