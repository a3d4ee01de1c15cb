/*
 * stat: the list in figures, and where the moved ones went.
 */
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/scans.h"
#include "ops/nights.h"
#include "ops/offnet.h"
#include "ops/rows.h"

static void print_scan(struct ward *w)
{
	struct arena a = {0};
	char when[DATE_SIZE], ago[DATE_SIZE];
	struct nights nights;
	struct str lines = {0};
	struct db_txn *txn;
	struct scan scan;
	struct err e;

	if (db_begin_read(&txn, w->db, &e) != 0)
		return;
	if (scan_last(txn, &a, &scan, &e) != 1)
		say_out("no scan yet; make one with: mxward scan\n");
	else if (scan.ended == 0)
		say_out("scan %u by %s: %llu of %llu, began %s\n", scan.number, scan.by, (unsigned long long)scan.done,
			(unsigned long long)scan.total, date_local_minute(when, scan.started));
	else {
		date_ago(ago, scan.ended, date_now());
		say_out("scan %u %s, %s, %s%s\n", scan.number, date_local_minute(when, scan.ended),
			scan.accepted  ? "accepted"
			: scan.trusted ? "trusted"
				       : scan.cause,
			ago, strcmp(ago, "now") ? " ago" : "");
	}
	if (nights_read(&nights, txn, date_now(), &e) == 0) {
		nights_add(&lines, &nights);
		say_text(str_text(&lines));
	}
	str_clear(&lines);
	db_abort(txn);
	arena_clear(&a);
}

static int print_offnet(const struct call *c)
{
	struct offnet *o = offnet_new();
	struct str out = {0};
	struct db_txn *txn;
	uint64_t total;
	struct err e;
	int rc = db_begin_read(&txn, c->ward->db, &e);

	if (rc == 0) {
		rc = entry_count(txn, &total, &e);
		if (rc == 0)
			rc = offnet_read(o, &c->ward->config.site, txn, &e);
		if (rc == 0)
			offnet_add_text(&out, o, total);
		db_abort(txn);
	}
	say_text(str_text(&out));
	str_clear(&out);
	offnet_free(o);
	return rc == 0 ? 0 : call_fail(&e);
}

int run_stat(struct call *c)
{
	struct rows_summary s;
	struct rows *rows;
	struct err e;
	int rc;

	if (c->n_operands)
		return call_fail_usage(c, "stat takes no operands");
	if (call_option(c, "offnet"))
		return print_offnet(c);
	rows = rows_new(&c->ward->config);
	while ((rc = rows_load(rows, c->ward->db, 1000, &e)) == 0)
		;
	if (rc < 0) {
		rows_free(rows);
		return call_fail(&e);
	}
	rows_summary(rows, &s);
	say_out("entries %zu\n", s.total);
	for (int i = 1; i < N_CLASSES; i++)
		say_out("  %-10s %7zu  %s\n", class_name((enum class)i), s.class[i], class_words((enum class)i));
	say_out("  %-10s %7zu  %s\n", "-", s.class[CLASS_NONE], class_words(CLASS_NONE));
	say_out("failing now %zu\n", s.failing);
	say_out("ready now %zu\n", s.ready);
	say_out("states\n");
	for (int i = 0; i < N_STATES; i++)
		if (s.state[i])
			say_out("  %-10s %7zu\n", state_name((enum state)i), s.state[i]);
	print_scan(c->ward);
	rows_free(rows);
	return 0;
}
