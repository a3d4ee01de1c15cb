#include "bench/big_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/scans.h"

enum { AT_ONCE = 50000, DAY = 86400, WORDS = 16 };

static void must(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	fprintf(stderr, "big_list: %s\n", e->text);
	exit(1);
}

/* The words and the endings are in order, so that the names are. */
void big_list_name(char *out, size_t size, size_t i, size_t n)
{
	static const char *const ending[] = {"at", "ch", "com", "de", "example", "net", "org", "tel"};
	static const char *const first[WORDS] = {"apotheke", "auto",  "bau",	"blumen",  "druck", "garten",
						 "haus",     "hotel", "kanzlei", "mueller", "nord",  "praxis",
						 "schule",   "shop",  "stadt",   "wein"};
	static const char *const second[WORDS] = {"arnold", "bauer",  "birkental", "eichgrund", "franke", "jansen",
						  "keller", "kranz",  "pohl",	   "seeblick",	"sommer", "talheim",
						  "thiel",  "vogel",  "winkler",   "zander"};
	size_t each = (n + 7) / 8, at = i % each, block = each / (WORDS * WORDS) + 1;

	snprintf(out, size, "%s-%s-%05zu.%s", first[at / block / WORDS % WORDS], second[at / block % WORDS],
		 at % block, ending[i / each]);
}

/* What DNS said of the i-th: most are as they should be. */
static void look(struct observed *o, size_t i, int64_t now)
{
	static const struct observed_mx ours = {.preference = 10, .ours = 1, .target = "backup.isp.example"},
					theirs = {.preference = 10, .target = "mx1.cloud.example"};
	static const struct verdict verdicts[] = {
		{CLASS_OK, OK_BACKUP, 0, DELETE_NEVER, 0},
		{CLASS_MOVED, MOVED_OFFNET, 2, DELETE_NEVER, 0},
		{CLASS_ORPHAN, ORPHAN_OFFNET, 1, DELETE_C1, 0},
		{CLASS_BROKEN, BRK_WE_ARE_ONLY, 3, DELETE_NEVER, 0},
	};
	size_t which = i % 50 == 7 ? 3 : i % 10 == 3 ? 1 : i % 10 == 6 ? 2 : 0;

	*o = (struct observed){.verdict = verdicts[which],
			       .since = now - (int64_t)(i * 7919 % 400) * DAY,
			       .time = now - DAY,
			       .count = 30,
			       .days = 30,
			       .scan = 1,
			       .resolver = "127.0.0.1",
			       .chain = "",
			       .mx = which == 0 ? &ours : &theirs,
			       .n_mx = 1};
}

int big_list_observe(struct db *db, size_t first, size_t count, size_t n)
{
	struct db_txn *t;
	struct err e;
	char name[NAME_SIZE];
	struct observed o;

	if (db_begin_write(&t, db, "a scan", 1, 10000, &e) != 0)
		return -1;
	for (size_t i = first; i < first + count && i < n; i++) {
		big_list_name(name, sizeof name, i, n);
		look(&o, i, date_now());
		if (observed_put(t, name, &o, &e) != 0) {
			db_abort(t);
			return -1;
		}
	}
	return db_commit(t, &e);
}

void big_list_make(const char *dir, size_t n)
{
	struct scan scan = {.number = 1, .started = date_now() - DAY - 600, .ended = date_now() - DAY, .trusted = 1,
			    .canaries = 1, .reported = 1, .total = n, .done = n, .cause = "", .by = "bench",
			    .position = ""};
	struct entry entry = {.table_value = "", .contact = "", .note = "", .pin_note = "", .notice_ticket = "",
			      .added = date_now() - 1000 * (int64_t)DAY};
	struct db_txn *t = NULL;
	struct err e;
	struct db *db;
	char customer[24];

	must(db_create(dir, &e), &e);
	must(db_open(&db, dir, DB_READ_WRITE, &e), &e);
	for (size_t i = 0; i < n; i++) {
		if (!t)
			must(db_begin_write(&t, db, "an import", 1, 10000, &e), &e);
		big_list_name(entry.name, sizeof entry.name, i, n);
		snprintf(customer, sizeof customer, "C-%04zu", i * 31 % 5000);
		entry.customer = customer;
		must(entry_add_sorted(t, &entry, &e) < 0 ? -1 : 0, &e);
		if ((i + 1) % AT_ONCE != 0 && i + 1 < n)
			continue;
		if (i + 1 == n)
			must(scan_put(t, &scan, &e), &e);
		must(db_commit(t, &e), &e);
		t = NULL;
	}
	for (size_t i = 0; i < n; i += AT_ONCE)
		must(big_list_observe(db, i, AT_ONCE, n), &e);
	db_close(db);
}
