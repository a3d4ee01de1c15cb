#include "ops/queue_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/str.h"
#include "db/traffic.h"
#include "mta/program.h"
#include "ops/cover.h"
#include "ops/postconf.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"

enum {
	ASK_SECONDS = 5,    /* while somebody waits; a queue of a hundred thousand is read in two or three */
	AGAIN_MS = 15000,   /* as long as what was asked is good for */
	FLOOD_HOURS = 4	    /* of the busiest hour's pace, from which on the line is said to be filled */
};

struct queue_asked {
	struct mailqueue queue;
	int64_t at; /* loop_now() */
	int64_t time;
	int is_known;
	struct err why;
};

/* --- asking ------------------------------------------------------------------------------------------------ */

int queue_ask(struct mailqueue *q, const struct ward *w, int seconds, struct err *e)
{
	const char *dir = w->config.postfix_config_directory;
	const char *with_dir[] = {"postqueue", "-c", dir, "-j", NULL}, *plain[] = {"postqueue", "-j", NULL};
	struct str complaints = {0};
	char shown[200];
	int status, rc;

	if (w->config.restricted)
		return err_set(e, ERR_UNAVAILABLE, "restricted = yes starts no program");
	rc = program_read(dir[0] ? with_dir : plain, seconds, mailqueue_take, q, &complaints, &status, e);
	mailqueue_end(q);
	if (rc == 0 && status != 0) {
		const struct str *why = complaints.len ? &complaints : &q->excuse;

		rc = err_set(e, ERR_UNAVAILABLE, "postqueue fails (status %d): %s", status,
			     escape(shown, sizeof shown, str_text(why), strcspn(str_text(why), "\n")));
	}
	str_clear(&complaints);
	return rc;
}

void queue_refresh(struct ward *w)
{
	struct queue_asked *a = w->queue;

	if (!a)
		a = w->queue = mem_alloc(sizeof *a);
	else if (loop_now() - a->at < AGAIN_MS)
		return;
	mailqueue_clear(&a->queue);
	a->is_known = queue_ask(&a->queue, w, ASK_SECONDS, &a->why) == 0;
	a->time = date_now();
	a->at = loop_now();
}

void queue_forget(struct ward *w)
{
	if (!w->queue)
		return;
	mailqueue_clear(&w->queue->queue);
	free(w->queue);
	w->queue = NULL;
}

/* --- by entry ------------------------------------------------------------------------------------------------ */

static void add_message(struct queue_figures *f, const struct mailqueue_message *m)
{
	f->msgs++;
	f->bytes += m->size;
	if (f->oldest == 0 || m->arrival < f->oldest)
		f->oldest = m->arrival;
}

/* An entry that mail was found for, and the message that was counted for it last. */
struct found {
	const char *name;
	struct queue_figures figures;
	uint32_t last;
};

static int by_name(const void *x, const void *y)
{
	const struct queue_row *a = x, *b = y;

	return strcmp(a->name, b->name);
}

/* The entry of each domain, asked once: its figures, or those of no entry. */
static struct found *found_of(struct queue_sum *s, struct maillog_words *entries, const char *domain, struct db_txn *txn,
			      int by_parents, struct err *e)
{
	struct maillog_word *word = maillog_words_get(entries, domain, strlen(domain)), *own;
	struct found *f;
	char name[NAME_SIZE];
	int got;

	if (word->bits & 1)
		return word->meaning;
	snprintf(name, sizeof name, "%s", domain);
	got = cover_find(txn, name, by_parents, e);
	if (got < 0)
		return NULL;
	/* A blank is in no name: the key of all that no entry covers. */
	own = got ? maillog_words_get(entries, name, strlen(name)) : maillog_words_get(entries, " ", 1);
	f = own->meaning;
	if (!f) {
		f = arena_alloc(&s->arena, sizeof *f);
		f->name = got ? arena_string(&s->arena, name, strlen(name)) : NULL;
		f->last = UINT32_MAX;
		own->meaning = f;
		own->bits |= 1;
		s->n += got;
	}
	word->meaning = f;
	word->bits |= 1;
	return f;
}

int queue_sum_up(struct queue_sum *s, const struct mailqueue *q, struct db_txn *txn, int by_parents, struct err *e)
{
	struct maillog_words entries = {0};
	int rc = 0;

	*s = (struct queue_sum){0};
	for (size_t i = 0; i < q->n_messages; i++)
		add_message(&s->all, &q->message[i]);
	for (size_t i = 0; i < q->n_items && rc == 0; i++) {
		struct found *f = found_of(s, &entries, q->item[i].domain, txn, by_parents, e);

		if (!f)
			rc = -1;
		else if (f->last != q->item[i].message) {
			f->last = q->item[i].message;
			add_message(&f->figures, &q->message[f->last]);
		}
	}
	s->row = mem_array(NULL, s->n + 1, sizeof *s->row);
	s->n = 0;
	for (size_t i = 0; i < entries.n_slots && rc == 0; i++) {
		const struct maillog_word *word = entries.slot[i];
		const struct found *f = word ? word->meaning : NULL;

		if (f && !f->name)
			s->other = f->figures;
		else if (f && strcmp(f->name, word->text) == 0)
			s->row[s->n++] = (struct queue_row){f->name, f->figures};
	}
	if (s->n > 1)
		qsort(s->row, s->n, sizeof *s->row, by_name);
	maillog_words_clear(&entries);
	return rc;
}

void queue_sum_clear(struct queue_sum *s)
{
	free(s->row);
	arena_clear(&s->arena);
	*s = (struct queue_sum){0};
}

/* --- all relays ------------------------------------------------------------------------------------------------ */

static struct queue_relay *find_relay(struct queue_look *l, const char *relay)
{
	struct queue_relay *r;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->relay[i].relay, relay) == 0)
			return &l->relay[i];
	l->relay = mem_array(l->relay, l->n + 1, sizeof *l->relay);
	r = &l->relay[l->n++];
	*r = (struct queue_relay){.why = ""};
	snprintf(r->relay, sizeof r->relay, "%s", relay);
	return r;
}

static int is_fresh(const struct queue_told *told, int64_t now)
{
	return now - told->time <= QUEUE_FRESH;
}

static int add_told(void *look, const struct queue_told *told)
{
	struct queue_relay *r = find_relay(look, told->relay);

	if (r->is_asked)
		return 0;
	r->time = told->time;
	r->all = told->all;
	r->is_measured = is_fresh(told, date_now());
	if (!r->is_measured)
		r->why = "told more than a day ago";
	return 0;
}

static int add_logged(void *look, const char *relay)
{
	find_relay(look, relay);
	return 0;
}

const char *queue_own_relay(char out[QUEUE_RELAY_SIZE])
{
	if (gethostname(out, QUEUE_RELAY_SIZE) != 0 || !out[0])
		snprintf(out, QUEUE_RELAY_SIZE, "localhost");
	out[QUEUE_RELAY_SIZE - 1] = '\0';
	return out;
}

static int add_own(struct queue_look *l, struct ward *w, struct err *e)
{
	const struct queue_asked *a = w->queue;
	struct queue_relay *r;
	char own[QUEUE_RELAY_SIZE];

	r = find_relay(l, queue_own_relay(own));
	if (!a || !a->is_known) {
		r->why = arena_string(&l->arena, a ? a->why.text : "", a ? strlen(a->why.text) : 0);
		return 0;
	}
	r->is_measured = r->is_asked = 1;
	r->time = a->time;
	if (queue_sum_up(&l->own, &a->queue, l->txn, postconf_parent_matches(w), e) != 0)
		return -1;
	r->all = l->own.all;
	return 0;
}

int queue_look_begin(struct queue_look *l, struct ward *w, struct db_txn *txn, struct err *e)
{
	int64_t today = date_day(date_now());
	int rc;

	*l = (struct queue_look){.txn = txn};
	rc = add_own(l, w, e);
	if (rc == 0)
		rc = queues_each(txn, add_told, l, e);
	if (rc == 0)
		rc = traffic_each_relay(txn, add_logged, l, e);
	for (size_t i = 0; i < l->n && rc == 0; i++) {
		struct traffic_outflow out;

		rc = traffic_busiest(txn, l->relay[i].relay, today - TRAFFIC_MONTH, today, &out, e);
		l->relay[i].busiest_hour = out.busiest_hour;
	}
	if (rc != 0)
		queue_look_end(l);
	return rc;
}

void queue_look_end(struct queue_look *l)
{
	free(l->relay);
	queue_sum_clear(&l->own);
	arena_clear(&l->arena);
	*l = (struct queue_look){0};
}

/* No row is an empty queue; a row that cannot be read is none. */
static int read_kept(struct db_txn *txn, const char *relay, const char *name, struct queue_figures *out)
{
	struct err ignored;

	if (queues_get(txn, relay, name, out, &ignored) >= 0)
		return 1;
	*out = (struct queue_figures){0};
	return -1;
}

int queue_look_at(const struct queue_look *l, size_t i, const char *name, struct queue_figures *out)
{
	struct queue_row key = {.name = name}, *row;

	*out = (struct queue_figures){0};
	if (!l->relay[i].is_measured)
		return 0;
	if (!l->relay[i].is_asked)
		return read_kept(l->txn, l->relay[i].relay, name, out);
	row = l->own.n ? bsearch(&key, l->own.row, l->own.n, sizeof key, by_name) : NULL;
	if (row)
		*out = row->figures;
	return 1;
}

static void add_relay(struct queue_total *out, int got, const struct queue_figures *f)
{
	out->measured += got == 1;
	out->unread += got < 0;
	out->sum.msgs += f->msgs;
	out->sum.bytes += f->bytes;
	if (f->oldest && (out->sum.oldest == 0 || f->oldest < out->sum.oldest))
		out->sum.oldest = f->oldest;
}

void queue_look_all(struct queue_total *out, const struct queue_look *l, const char *name)
{
	*out = (struct queue_total){0};
	for (size_t i = 0; i < l->n; i++) {
		struct queue_figures f;
		int got = queue_look_at(l, i, name, &f);

		add_relay(out, got, &f);
	}
}

struct stored {
	struct db_txn *txn;
	const char *name;
	int64_t now;
	struct queue_total *total;
};

static int add_stored(void *ctx, const struct queue_told *told)
{
	struct stored *s = ctx;
	struct queue_figures f;
	int got;

	if (!is_fresh(told, s->now))
		return 0;
	got = read_kept(s->txn, told->relay, s->name, &f);
	add_relay(s->total, got, &f);
	return 0;
}

void queue_stored(struct queue_total *out, struct db_txn *txn, const char *name, int64_t now)
{
	struct stored s = {txn, name, now, out};
	struct err ignored;

	*out = (struct queue_total){0};
	if (queues_each(txn, add_stored, &s, &ignored) != 0)
		out->unread++;
}

/* --- in words ------------------------------------------------------------------------------------------------ */

char *queue_figures_text(char out[QUEUE_TEXT], const struct queue_figures *f, int64_t now)
{
	char msgs[TRAFFIC_TEXT], bytes[TRAFFIC_TEXT], age[DATE_SIZE];

	if (f->msgs == 0)
		return strcpy(out, "0");
	snprintf(out, QUEUE_TEXT, "%s message%s, %s, the oldest %s old", traffic_count_text(msgs, f->msgs),
		 f->msgs == 1 ? "" : "s", traffic_bytes_text(bytes, f->bytes), date_ago(age, f->oldest, now));
	return out;
}

char *queue_drain_text(char *out, size_t size, int64_t bytes, int64_t busiest_hour)
{
	double hours = busiest_hour > 0 ? (double)bytes / (double)busiest_hour : 0;
	char most[TRAFFIC_TEXT];

	if (bytes == 0)
		snprintf(out, size, "%s", "");
	else if (busiest_hour <= 0)
		snprintf(out, size, "how long it takes to leave is not known: no outflow was measured");
	else if (hours < 1.0 / 60)
		snprintf(out, size, "it leaves within a minute at the pace of the busiest hour");
	else if (hours < 1)
		snprintf(out, size, "it takes %.0f min to leave at the pace of the busiest hour (%s)", hours * 60,
			 traffic_bytes_text(most, busiest_hour));
	else
		snprintf(out, size, "it takes %.0f h to leave at the pace of the busiest hour (%s)%s", hours,
			 traffic_bytes_text(most, busiest_hour),
			 hours > FLOOD_HOURS ? " and will fill the line for as long" : "");
	return out;
}

void queue_look_add_text(struct str *out, const struct queue_look *l, const char *name, int64_t now)
{
	char text[QUEUE_TEXT], shown[300], drain[200];

	for (size_t i = 0; i < l->n; i++) {
		const struct queue_relay *r = &l->relay[i];
		struct queue_figures f;
		int got = queue_look_at(l, i, name, &f);

		str_addf(out, "%sQueue of %s: ", i ? "\n" : "", escape(shown, sizeof shown, r->relay, strlen(r->relay)));
		if (!r->is_measured) {
			str_addf(out, "not measured%s%s%s", r->why[0] ? " (" : "", r->why, r->why[0] ? ")" : "");
			continue;
		}
		if (got < 0) {
			str_addf(out, "its record for this entry is damaged (mxward check names it) and counts as mail that waits; "
				      "mxward queue writes it anew");
			continue;
		}
		str_add(out, queue_figures_text(text, &f, now));
		if (f.msgs)
			str_addf(out, ", %s", queue_drain_text(drain, sizeof drain, f.bytes, r->busiest_hour));
	}
}
