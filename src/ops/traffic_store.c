#include "ops/traffic_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "db/entries.h"
#include "db/env.h"
#include "db/recent.h"
#include "db/subnames.h"
#include "db/traffic.h"
#include "db/traffic_lines.h"
#include "db/traffic_open.h"
#include "ops/commit.h"
#include "ops/traffic.h"
#include "ops/ward.h"

/* A message that nothing was heard of for so long is on its way no more: Postfix gives up after five days. */
enum { OPEN_DAYS = 30 };

/* How long it is known of each line that it was counted: logs are kept for weeks. */
enum { LINES_DAYS = 90 };

/* How many names below an entry are told apart in one run; made-up ones may come by the thousand. */
enum { BELOW_MAX = 1024 };

/* What is stored of a name, a relay and a day; or, without a name, a relay's day. */
struct daily {
	const char *name, *relay;
	int64_t day; /* or hour */
	struct maillog_figures figures;
};

static void add_open(void *ctx, const struct maillog_message *open)
{
	maillog_add_open(ctx, open);
}

int traffic_store_begin(struct traffic_store *s, struct db *db, struct maillog *log, struct db_txn **in_txn, struct err *e)
{
	int rc;

	*s = (struct traffic_store){.db = db};
	if (db_begin_read(in_txn, db, e) != 0)
		return -1;
	rc = traffic_generation(*in_txn, &s->generation, e);
	if (rc == 0)
		rc = traffic_open_each(*in_txn, add_open, log, e);
	db_abort(*in_txn);
	*in_txn = NULL;
	return rc;
}

struct recalling {
	struct traffic_seen *seen;
	const struct maillog_event *event;
};

static void recall(void *ctx, uint64_t identity)
{
	struct recalling *r = ctx;

	traffic_seen_store(r->seen, r->event->relay, r->event->time, identity);
}

/* Two words and a number in one key; names and relays hold no NUL and stand still. */
static struct maillog_word *word_of(struct maillog_words *words, const char *name, const char *relay, int64_t n)
{
	struct {
		const char *name, *relay;
		int64_t n;
	} key = {name, relay, n};

	return maillog_words_get(words, (const char *)&key, sizeof key);
}

int traffic_store_recall(struct traffic_store *s, struct traffic_seen *seen, const struct maillog_event *event,
			 struct err *e)
{
	int64_t minute = event->time < 0 ? 0 : event->time / 60;
	struct maillog_word *word = word_of(&s->minutes, NULL, event->relay, minute);
	struct recalling r = {seen, event};
	struct db_txn *txn;
	int rc;

	if (word->bits)
		traffic_seen_settle(seen, event->relay, event->time, event->identity);
	if (word->meaning)
		return 0;
	word->meaning = word->text;
	if (db_begin_read(&txn, s->db, e) != 0)
		return -1;
	rc = traffic_lines_each(txn, event->relay, minute, recall, &r, e);
	if (rc == 0)
		rc = traffic_lines_is_closed(txn, event->relay, minute / 1440, e);
	db_abort(txn);
	if (rc == 1) {
		word->bits = 1;
		traffic_seen_settle(seen, event->relay, event->time, event->identity);
	}
	return rc < 0 ? -1 : 0;
}

static struct daily *daily_of(struct maillog_words *words, const char *name, const char *relay, int64_t day)
{
	struct maillog_word *word = word_of(words, name, relay, day);
	struct daily *d = word->meaning;

	if (!d) {
		d = arena_alloc(&words->arena, sizeof *d);
		*d = (struct daily){.name = name, .relay = relay, .day = day};
		word->meaning = d;
	}
	return d;
}

/* The figures are the covering entry's; what lies below it is remembered by its own name as well. */
static void count_below(struct traffic_store *s, const struct maillog_event *event)
{
	static const char left_out[] = "";
	struct daily *bound = daily_of(&s->bounds, event->told.name, left_out, 0), *d;
	const char *domain = bound->figures.in_msgs < BELOW_MAX ? event->told.domain : left_out;

	d = daily_of(&s->below, event->told.name, domain, 0);
	bound->figures.in_msgs += d->figures.in_msgs == 0;
	d->figures.in_msgs++;
	if (date_day(event->time) > d->day)
		d->day = date_day(event->time);
}

void traffic_store_count(struct traffic_store *s, const struct maillog_event *event)
{
	if (event->told.domain && strcmp(event->told.domain, event->told.name) != 0)
		count_below(s, event);
	traffic_add_figures(&daily_of(&s->figures, event->told.name, event->relay, date_day(event->time))->figures, &event->told.add);
	if (event->told.add.out_bytes > 0 && event->time > 0)
		daily_of(&s->hours, NULL, event->relay, event->time / 3600)->figures.out_bytes += event->told.add.out_bytes;
}

void traffic_store_measured(struct traffic_store *s, const char *relay, int64_t time)
{
	int64_t day = date_day(time);

	if (relay == s->relay && day == s->day)
		return;
	s->relay = relay;
	s->day = day;
	daily_of(&s->days, NULL, relay, day);
}

/* --- storing ----------------------------------------------------------------------------------- */

struct storing {
	struct db_txn *txn;
	int64_t oldest; /* of a message that is kept */
	int rc;
	struct err *e;
};

static void find_newest(void *ctx, const struct maillog_message *open)
{
	int64_t *newest = ctx;

	if (open->time > *newest)
		*newest = open->time;
}

static void put_open(void *ctx, const struct maillog_message *open)
{
	struct storing *st = ctx;

	if (st->rc == 0 && open->time >= st->oldest)
		st->rc = traffic_open_put(st->txn, open, st->e);
}

static int store_open(struct db_txn *txn, const struct maillog *log, struct err *e)
{
	struct storing st = {.txn = txn, .e = e};
	int64_t newest = 0;

	if (traffic_open_drop(txn, e) != 0)
		return -1;
	maillog_each_open(log, find_newest, &newest);
	st.oldest = newest - OPEN_DAYS * DATE_DAY;
	maillog_each_open(log, put_open, &st);
	return st.rc;
}

static int store_seen(struct db_txn *txn, const struct traffic_seen *seen, struct err *e)
{
	size_t n, n_ids, room = 0;
	struct traffic_seen_line *line = traffic_seen_news(seen, &n);
	uint64_t *id = NULL;
	int rc = 0;

	for (size_t i = 0, end; i < n && rc == 0; i = end) {
		n_ids = 0;
		for (end = i; end < n && line[end].minute == line[i].minute && line[end].relay == line[i].relay; end++)
			for (uint32_t k = 0; k < line[end].counted; k++) {
				if (n_ids == room) {
					room = room * 2 + 1024;
					id = mem_array(id, room, sizeof *id);
				}
				id[n_ids++] = line[end].identity;
			}
		rc = traffic_lines_add(txn, line[i].relay, line[i].minute, id, n_ids, e);
	}
	free(id);
	free(line);
	return rc;
}

/* All of a set, in an order of its own: by name, relay and day, as the database has them. */
static int by_place(const void *x, const void *y)
{
	const struct daily *a = *(const struct daily *const *)x, *b = *(const struct daily *const *)y;
	int c = a->name && b->name ? strcmp(a->name, b->name) : 0;

	if (c == 0)
		c = (a->day > b->day) - (a->day < b->day);
	return c ? c : strcmp(a->relay, b->relay);
}

static struct daily **sorted(const struct maillog_words *words)
{
	struct daily **d = mem_array(NULL, words->n + 1, sizeof(*d));
	size_t n = 0;

	for (size_t i = 0; i < words->n_slots; i++)
		if (words->slot[i])
			d[n++] = words->slot[i]->meaning;
	qsort(d, n, sizeof(*d), by_place);
	return d;
}

/* 1 and the name of the entry that the figures are of, 0 where it is no entry, -1. */
static int entry_of(struct db_txn *txn, const struct daily *d, char name[NAME_SIZE], struct err *e)
{
	struct entry entry;

	if (name_from_text(name, d->name, strlen(d->name), NULL) == NAME_REFUSED)
		return 0;
	return entry_get(txn, name, NULL, &entry, e);
}

/* The days of one name, which is stored when it is an entry. */
static int store_name(struct db_txn *txn, struct daily *const *d, size_t n, int64_t today, struct recent *recent,
		      struct err *e)
{
	char name[NAME_SIZE];
	int got = entry_of(txn, d[0], name, e);

	if (got != 1)
		return got;
	if (recent_get(txn, name, recent, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (traffic_add(txn, name, d[i]->relay, d[i]->day, &d[i]->figures, e) != 0)
			return -1;
		recent_add(recent, d[i]->day, &d[i]->figures, today);
	}
	return recent_put(txn, name, recent, e);
}

static int store_figures(struct db_txn *txn, const struct maillog_words *figures, struct err *e)
{
	struct daily **d = sorted(figures);
	struct recent *recent = mem_alloc(sizeof *recent);
	int64_t today = date_day(date_now());
	int rc = 0;

	for (size_t i = 0, end; i < figures->n && rc == 0; i = end) {
		for (end = i + 1; end < figures->n && strcmp(d[end]->name, d[i]->name) == 0;)
			end++;
		rc = store_name(txn, d + i, end - i, today, recent, e);
	}
	free(recent);
	free(d);
	return rc;
}

/* The names below one entry. */
static int store_below_name(struct db_txn *txn, struct daily *const *d, size_t n, int64_t today, struct err *e)
{
	char name[NAME_SIZE], below[NAME_SIZE];
	struct subnames s;
	int got = entry_of(txn, d[0], name, e);

	if (got != 1)
		return got;
	if (subnames_get(txn, name, &s, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *base = name + (name[0] == '.');

		if (!d[i]->relay[0])
			s.left_out += d[i]->figures.in_msgs;
		else if (name_from_text(below, d[i]->relay, strlen(d[i]->relay), NULL) != NAME_REFUSED &&
			 strcmp(below, base) != 0 && name_is_under(below, base))
			subnames_add(&s, below, d[i]->day, d[i]->figures.in_msgs, today);
	}
	return s.n || s.left_out ? subnames_put(txn, name, &s, e) : 0;
}

static int store_below(struct db_txn *txn, const struct maillog_words *words, struct err *e)
{
	struct daily **d = sorted(words);
	int64_t today = date_day(date_now());
	int rc = 0;

	for (size_t i = 0, end; i < words->n && rc == 0; i = end) {
		for (end = i + 1; end < words->n && strcmp(d[end]->name, d[i]->name) == 0;)
			end++;
		rc = store_below_name(txn, d + i, end - i, today, e);
	}
	free(d);
	return rc;
}

static int store_days(struct db_txn *txn, const struct maillog_words *days, const struct maillog_words *hours,
		      struct err *e)
{
	struct daily **d = sorted(days), **h = sorted(hours);
	int rc = 0;

	for (size_t i = 0; i < days->n && rc == 0; i++)
		rc = traffic_mark_measured(txn, d[i]->relay, d[i]->day, NULL, e);
	for (size_t i = 0; i < hours->n && rc == 0; i++) {
		int64_t bytes = h[i]->figures.out_bytes;

		rc = traffic_mark_measured(txn, h[i]->relay, h[i]->day / 24, &(struct traffic_outflow){bytes, bytes}, e);
	}
	free(d);
	free(h);
	return rc;
}

/* Counted from the newest line as well, so that a clock that is ahead forgets nothing. */
static int forget_lines(struct db_txn *txn, const struct maillog_words *days, struct err *e)
{
	int64_t today = date_day(date_now()), newest = -1;

	for (size_t i = 0; i < days->n_slots; i++) {
		const struct daily *d = days->slot[i] ? days->slot[i]->meaning : NULL;

		if (d && d->day > newest)
			newest = d->day;
	}
	if (newest > today)
		newest = today;
	return newest < 0 ? 0 : traffic_lines_forget(txn, newest - LINES_DAYS + 1, today, e);
}

int traffic_store_commit(struct traffic_store *s, struct ward *w, const struct maillog *log,
			 const struct traffic_seen *seen, struct err *e)
{
	struct db_txn *txn;
	uint64_t now;
	int rc;

	if (db_begin_write(&txn, w->db, "mail figures", 1, COMMIT_WAIT_MS, e) != 0)
		return -1;
	rc = traffic_generation(txn, &now, e);
	if (rc == 0 && now != s->generation) {
		db_abort(txn);
		return 1;
	}
	if (rc == 0)
		rc = recent_complete(txn, e);
	if (rc == 0)
		rc = store_figures(txn, &s->figures, e);
	if (rc == 0)
		rc = store_below(txn, &s->below, e);
	if (rc == 0)
		rc = store_days(txn, &s->days, &s->hours, e);
	if (rc == 0)
		rc = forget_lines(txn, &s->days, e);
	if (rc == 0)
		rc = store_seen(txn, seen, e);
	if (rc == 0)
		rc = store_open(txn, log, e);
	if (rc == 0)
		rc = traffic_next_generation(txn, e);
	if (rc == 0)
		return db_commit(txn, e);
	db_abort(txn);
	return -1;
}

void traffic_store_clear(struct traffic_store *s)
{
	maillog_words_clear(&s->figures);
	maillog_words_clear(&s->days);
	maillog_words_clear(&s->hours);
	maillog_words_clear(&s->below);
	maillog_words_clear(&s->bounds);
	maillog_words_clear(&s->minutes);
	*s = (struct traffic_store){0};
}
