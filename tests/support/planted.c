#include "support/planted.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "audit/tree.h"
#include "base/date.h"
#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/store.h"

void plant_hostile(const char *dir, const char *name, const char *text)
{
	struct observed_mx mx[2] = {{.preference = 10}, {.preference = 20, .ours = 1, .target = "backup.isp.example"}};
	struct observed o = {.verdict = {CLASS_ORPHAN, ORPHAN_OFFNET, 1, DELETE_C1, 0}, .count = 1, .days = 1, .scan = 1,
			     .resolver = text, .chain = text, .each = text, .mx = mx, .n_mx = 2};
	struct entry entry = {.table_value = text, .customer = "", .contact = text, .note = text, .pin = PIN_OTHER,
			      .pin_note = text, .notice_ticket = text};
	struct db_txn *txn;
	struct err e = {0};
	struct db *db;

	snprintf(entry.name, sizeof entry.name, "%s", name);
	snprintf(mx[0].target, sizeof mx[0].target, "%s", text);
	o.time = o.since = entry.added = date_now() - DATE_DAY;
	ck_assert_msg(db_open(&db, dir, DB_READ_WRITE, &e) == 0, "%s", e.text);
	ck_assert_msg(db_begin_write(&txn, db, "a test", 0, 5000, &e) == 0, "%s", e.text);
	ck_assert_msg(entry_put(txn, &entry, &e) == 0, "%s", e.text);
	ck_assert_msg(observed_put(txn, entry.name, &o, &e) == 0, "%s", e.text);
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
	db_close(db);
}

static void put(struct db_txn *txn, enum store_database d, uint64_t number, const void *bytes, size_t len)
{
	struct err e = {0};
	uint8_t key[8];

	value_key_u64(key, number);
	value_begin(&txn->value, 1);
	str_add_bytes(&txn->value, bytes, len);
	ck_assert_msg(store_put(txn, d, key, sizeof key, 0, &e) == 0, "%s", e.text);
}

void plant_record(const char *dir, uint64_t seq, const char *line, int is_hidden)
{
	uint8_t leaf[AUDIT_HASH];
	struct db_txn *txn;
	struct err e = {0};
	struct db *db;

	audit_leaf(leaf, line, strlen(line));
	ck_assert_msg(db_open(&db, dir, DB_READ_WRITE, &e) == 0, "%s", e.text);
	ck_assert_msg(db_begin_write(&txn, db, "a test", 0, 5000, &e) == 0, "%s", e.text);
	put(txn, STORE_AUDIT_RECORD, seq, line, strlen(line));
	if (is_hidden)
		put(txn, STORE_AUDIT_NODE, tree_key(0, seq), leaf, sizeof leaf);
	ck_assert_msg(db_commit(txn, &e) == 0, "%s", e.text);
	db_close(db);
}
