#include "ops/missing.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "db/env.h"
#include "dns/lookup.h"
#include "mta/log_file.h"
#include "mta/maillog_line.h"
#include "mta/maillog_words.h"
#include "ops/cover.h"
#include "ops/missing_near.h"
#include "ops/postconf.h"
#include "ops/traffic_seen.h"
#include "ops/ward.h"
#include "relay/netset.h"

struct searching {
	struct ward *ward;
	const struct missing_options *o;
	struct missing_result *out;
	struct maillog_words domains; /* as they stand; meaning: the struct missing_name, or `none` */
	struct maillog_words clients; /* name and network */
	struct traffic_seen seen;
	struct missing_name none, **asked; /* those that are put to DNS */
	size_t n_asked, begun, done;
	int64_t began;
};

/* --- what was refused -------------------------------------------------------------------------- */

static int is_covered(struct searching *s, char name[NAME_SIZE], struct err *e)
{
	struct db_txn *txn;
	int got, parent_matches;

	if (!s->ward->db)
		return 0;
	parent_matches = postconf_parent_matches(s->ward); /* asked before a transaction is open */
	if (db_begin_read(&txn, s->ward->db, e) != 0)
		return -1;
	got = cover_find(txn, name, parent_matches, e);
	db_abort(txn);
	return got;
}

/* The missing name that a refused domain is: NULL when the word is none or is listed; -1 on errors. */
static int find_name(struct searching *s, struct maillog_bytes domain, struct missing_name **out, struct err *e)
{
	struct maillog_word *word = maillog_words_get(&s->domains, domain.at, domain.len), *same;
	char name[NAME_SIZE], entry[NAME_SIZE];
	int got;

	if (!word->meaning) {
		word->meaning = &s->none;
		if (name_from_text(name, word->text, word->len, NULL) == NAME_DOMAIN) {
			memcpy(entry, name, sizeof entry);
			got = is_covered(s, entry, e);
			if (got < 0)
				return -1;
			/* The spellings of one name are one. */
			same = maillog_words_get(&s->domains, name, strlen(name));
			if (got == 0 && (!same->meaning || same == word)) {
				struct missing_name *m = arena_alloc(&s->out->arena, sizeof *m);

				m->name = arena_string(&s->out->arena, name, strlen(name));
				same->meaning = m;
				s->out->refused++;
			}
			if (got == 0)
				word->meaning = same->meaning;
		} else {
			s->out->odd++;
		}
	}
	*out = word->meaning == &s->none ? NULL : word->meaning;
	return 0;
}

/* One who tries from many addresses of one network is one: what is cut off is his to choose. */
static size_t network_of(char *out, size_t size, struct maillog_bytes address)
{
	size_t len = address.len < size - 4 ? address.len : size - 4;
	struct net_prefix p;

	memcpy(out, address.at, len);
	strcpy(out + len, memchr(address.at, ':', len) ? "/48" : "/24");
	if (net_prefix_parse_masked(&p, out) >= 0)
		net_prefix_text(out, &p);
	return strlen(out);
}

static int on_refusal(struct searching *s, const struct maillog_line *l, struct err *e)
{
	struct missing_name *m;
	char key[sizeof m + NET_TEXT_SIZE];

	if (!traffic_seen_note(&s->seen, "", l->time, l->identity))
		return 0;
	if (find_name(s, l->domain, &m, e) != 0)
		return -1;
	if (!m)
		return 0;
	m->refusals++;
	if (m->first == 0 || l->time < m->first)
		m->first = l->time;
	if (l->time > m->last)
		m->last = l->time;
	memcpy(key, &m, sizeof m);
	m->clients -= s->clients.n;
	maillog_words_get(&s->clients, key, sizeof m + network_of(key + sizeof m, NET_TEXT_SIZE, l->address));
	m->clients += s->clients.n;
	return 0;
}

static int read_log(struct searching *s, const char *path, struct err *e)
{
	struct maillog_clock clock = {0};
	struct maillog_line l;
	struct log_file file;
	const char *line;
	size_t len;
	int got;

	if (log_file_open(&file, path, e) != 0)
		return -1;
	clock.latest = file.written;
	s->seen.file++;
	while ((got = log_file_next(&file, &line, &len, e)) == 1) {
		if (!maillog_line_read(&l, &clock, line, len))
			continue;
		s->out->postfix++;
		if (l.kind == MAILLOG_REFUSED && on_refusal(s, &l, e) != 0) {
			got = -1;
			break;
		}
	}
	log_file_close(&file);
	return got;
}

/* --- what DNS says ----------------------------------------------------------------------------- */

static void feed(struct searching *s);

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct searching *s = ctx;
	struct maillog_word *word = maillog_words_get(&s->domains, r->name, strlen(r->name));
	double seconds = (double)(loop_now() - s->began) / 1000;
	struct missing_name *m = word->meaning;

	s->done++;
	if (m)
		m->verdict = r->verdict;
	if (s->o->progress)
		s->o->progress(s->o->ctx, s->done, s->n_asked, seconds > 0 ? (double)s->done / seconds : 0);
	feed(s);
}

static void feed(struct searching *s)
{
	struct lookups *l = s->ward->lookups;

	while (s->begun < s->n_asked && lookups_pending(l) < 2 * lookups_window(l))
		lookups_ask(l, s->asked[s->begun++]->name, 0, on_answer, s);
}

static int ask_all(struct searching *s, struct err *e)
{
	s->asked = mem_array(NULL, s->out->refused + 1, sizeof(*s->asked));
	for (size_t i = 0; i < s->domains.n_slots; i++) {
		struct maillog_word *word = s->domains.slot[i];
		struct missing_name *m = word ? word->meaning : NULL;

		if (m && m != &s->none && strcmp(word->text, m->name) == 0)
			s->asked[s->n_asked++] = m;
	}
	if (s->n_asked == 0)
		return 0;
	if (ward_start_lookups(s->ward, e) != 0)
		return -1;
	s->began = loop_now();
	feed(s);
	while (s->done < s->n_asked) {
		loop_turn(s->ward->loop, 1000);
		if (ward_resolvers_answer(s->ward, s->began, e) == 0)
			continue;
		/* What is still asked must not call back into what is gone. */
		lookups_free(s->ward->lookups);
		s->ward->lookups = NULL;
		return -1;
	}
	return 0;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int by_clients(const void *x, const void *y)
{
	const struct missing_name *a = x, *b = y;

	if (a->clients != b->clients)
		return a->clients > b->clients ? -1 : 1;
	if (a->refusals != b->refusals)
		return a->refusals > b->refusals ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Only what DNS proves: most of what is refused are strangers who try. */
static void keep_proved(struct searching *s)
{
	struct missing_result *out = s->out;

	out->name = arena_alloc(&out->arena, (s->n_asked + 1) * sizeof *out->name);
	out->unanswered = arena_alloc(&out->arena, (s->n_asked + 1) * sizeof *out->unanswered);
	for (size_t i = 0; i < s->n_asked; i++) {
		if (s->asked[i]->verdict.class == CLASS_UNKNOWN)
			out->unanswered[out->n_unanswered++] = s->asked[i]->name;
		if (verdict_is_listed(s->asked[i]->verdict))
			out->name[out->n++] = *s->asked[i];
	}
	qsort(out->unanswered, out->n_unanswered, sizeof *out->unanswered, by_text);
	qsort(out->name, out->n, sizeof *out->name, by_clients);
}

int missing_from_logs(struct ward *w, char *const *log, size_t n, const struct missing_options *o,
		      struct missing_result *out, struct err *e)
{
	struct searching s = {.ward = w, .o = o, .out = out};
	int rc = 0;

	*out = (struct missing_result){0};
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = read_log(&s, log[i], e);
	if (rc == 0)
		rc = ask_all(&s, e);
	if (rc == 0) {
		keep_proved(&s);
		rc = missing_find_near(w, out, e);
	}
	maillog_words_clear(&s.domains);
	maillog_words_clear(&s.clients);
	traffic_seen_clear(&s.seen);
	free(s.asked);
	return rc;
}

void missing_clear(struct missing_result *r)
{
	arena_clear(&r->arena);
	*r = (struct missing_result){0};
}
