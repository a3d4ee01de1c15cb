/*
 * entries_scan: what the title of the list tells of the last scan, part of view_entries.
 *
 * Numbers are kept and the words are made with each frame, since most of them depend on the time.  What no write tells is
 * looked for with every tick: the process of a scan that died, its age, and a day that began, which moves the nights
 * counted.  At rest a frame is painted when one of these has become another, and never for how far a scan is.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/number.h"
#include "db/env.h"
#include "ops/nights.h"
#include "ops/ward.h"
#include "relay/site.h"
#include "ui/view_entries.h"

/* How many of the last nights are missing only changes with the end of a scan, or with the day. */
static void count_nights(struct entries_scan *s, struct db_txn *txn, int64_t now)
{
	struct nights nights;
	struct err e;

	if (nights_read(&nights, txn, now, &e) != 0)
		return;
	s->nights = nights.nights;
	s->trusted = nights.trusted;
}

static void read_last(struct entries *v, int64_t now)
{
	struct entries_scan *s = &v->scan, was = *s;
	struct arena arena = {0};
	struct db_txn *txn;
	struct err e;

	if (db_begin_read(&txn, v->view.console->ward->db, &e) != 0)
		return;
	s->change = db_change(v->view.console->ward->db);
	s->day = date_day(now);
	s->found = scan_last(txn, &arena, &s->last, &e);
	s->last.cause = s->last.by = s->last.position = "";
	arena_clear(&arena);
	if (s->found == 1 &&
	    (was.found != 1 || was.last.number != s->last.number || was.last.ended != s->last.ended || was.day != s->day)) {
		count_nights(s, txn, now);
		/* Its beginning and its end are news; how far it is comes with the next frame. */
		v->view.console->dirty = 1;
	}
	db_abort(txn);
}

void entries_scan_watch(struct entries *v)
{
	struct console *c = v->view.console;
	struct entries_scan *s = &v->scan;
	int64_t now = date_now();
	char ago[DATE_SIZE];
	enum scan_stand stand;

	if (db_change(c->ward->db) != s->change || date_day(now) != s->day)
		read_last(v, now);
	if (s->found != 1)
		return;
	stand = scan_stand(&s->last, site_hash(&c->ward->config.site), now);
	date_ago(ago, s->last.ended, now);
	if (stand != s->stand || strcmp(ago, s->ago) != 0)
		c->dirty = 1;
	s->stand = stand;
	memcpy(s->ago, ago, sizeof ago);
}

static void describe_end(const struct entries_scan *s, char *out, size_t size)
{
	char when[DATE_SIZE], ago[DATE_SIZE], nights[40] = "";

	if (s->trusted < s->nights)
		snprintf(nights, sizeof nights, ", %u/%u nights", s->trusted, s->nights);
	date_local_minute(when, s->last.ended);
	date_ago(ago, s->last.ended, date_now());
	/* The day stands in "ago" already once it is another one. */
	snprintf(out, size, "scan %.16s%s, %s%s%s", strlen(when) > 11 ? when + 11 : when, s->last.trusted ? "" : " NOT TRUSTED", ago,
		 strcmp(ago, "now") ? " ago" : "", nights);
}

int entries_scan_words(const struct entries *v, char *out, size_t size)
{
	const struct entries_scan *s = &v->scan;
	char done[NUMBER_SIZE], total[NUMBER_SIZE];
	int is_running = s->stand == SCAN_RUNS;

	if (s->found != 1) {
		snprintf(out, size, "%s", s->found == 0 ? "never scanned: mxward scan" : "");
		return 0;
	}
	if (s->last.ended) {
		describe_end(s, out, size);
		return !s->last.trusted;
	}
	snprintf(out, size, "scan %s%s of %s", is_running ? "" : "cut off at ", number_grouped(done, s->last.done),
		 number_grouped(total, s->last.total));
	return !is_running;
}
