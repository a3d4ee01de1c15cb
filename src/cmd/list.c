/*
 * list: entries with what DNS said of them last, one a line.
 */
#include <stdio.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "cmd/select.h"
#include "db/env.h"
#include "ops/cost.h"
#include "ops/standing.h"
#include "relay/limit.h"
#include "relay/words.h"

enum { AS_TABLE, AS_CSV, AS_JSONL, AS_NAMES };

/* The verdict as it counts: of a pinned entry that it is pinned. */
static struct verdict verdict_of_row(const struct row *r)
{
	return r->pin == PIN_NONE ? r->verdict : verdict_pinned();
}

static void add_jsonl(struct str *out, const struct row *r, const struct entry *e, const struct observed *o)
{
	struct verdict v = verdict_of_row(r);
	struct json_line j = json_begin(out);

	json_text(&j, "name", e->name);
	json_text(&j, "class", class_name(v.class));
	json_text(&j, "reason", reason_name(v.reason));
	json_key(&j, "flags");
	flags_add_json(out, v.flags);
	json_text(&j, "state", state_name(r->state));
	json_text(&j, "customer", e->customer);
	json_time(&j, "since", o->since);
	json_time(&j, "observed", o->time);
	json_int(&j, "observations", o->count);
	json_int(&j, "days", o->days);
	if (r->pin == PIN_NONE)
		json_add_null(&j, "pinned");
	else
		json_text(&j, "pinned", pin_reason_name(r->pin));
	json_text(&j, "note", e->note);
	json_bool(&j, "deletable", r->state == STATE_DELETABLE);
	json_end(&j);
	str_add_char(out, '\n');
}

static void add_csv(struct str *out, const struct row *r, const struct entry *e, const struct observed *o)
{
	char since[DATE_SIZE], seen[DATE_SIZE];
	struct verdict v = verdict_of_row(r);
	struct str flags = {0};

	flags_add(&flags, v.flags, " ");
	escape_add_csv(out, e->name);
	str_addf(out, ",%s,%s,%s,%s,", class_name(v.class), reason_name(v.reason), str_text(&flags),
		 state_name(r->state));
	escape_add_csv(out, e->customer);
	str_addf(out, ",%s,%s,%u,%u,%s,", date_rfc3339(since, o->since), date_rfc3339(seen, o->time), o->count, o->days,
		 pin_reason_name(r->pin));
	escape_add_csv(out, e->note);
	str_addf(out, ",%s\r\n", r->state == STATE_DELETABLE ? "yes" : "no");
	str_clear(&flags);
}

/* Mark, name, what DNS says, since when, state, mail of 30 days, bytes in and out, what they cost where the entry
 * moved, customer. */
static void add_table(struct str *out, const struct config *config, const struct row *r, const struct entry *e,
		      const struct observed *o, struct standing *s)
{
	char words[64], since[DATE_SIZE], msgs[TRAFFIC_TEXT], bytes[TRAFFIC_TEXT];
	struct money_sum cost;
	struct str money = {0};

	words_dns(words, sizeof words, o->time ? o : NULL);
	str_addf(out, "%c %-34s %-30s %6s %-9s %9s %7s ", words_mark(o->time ? o : NULL), e->name, words,
		 o->since ? date_ago(since, o->since, s->now) : "-", state_name(r->state),
		 traffic_count_text(msgs, r->mail.msgs), traffic_bytes_text(bytes, r->mail.carried));
	if (o->verdict.class == CLASS_MOVED && cost_of(&cost, config, &s->mail, e->name, e->added))
		money_sum_text(&money, &cost);
	str_addf(out, "%12s %s\n", str_text(&money), e->customer);
	str_clear(&money);
}

static void add_one(struct str *out, int format, const struct config *config, const struct entry *e,
		    const struct observed *o, struct standing *s)
{
	struct row r;

	if (format == AS_NAMES) {
		str_addf(out, "%s\n", e->name);
		return;
	}
	standing_row(&r, s, e, o);
	if (format == AS_JSONL)
		add_jsonl(out, &r, e, o);
	else if (format == AS_CSV)
		add_csv(out, &r, e, o);
	else
		add_table(out, config, &r, e, o, s);
}

static void flush(struct str *out, int format, size_t above)
{
	if (out->len <= above)
		return;
	if (format == AS_TABLE)
		say_text(out->bytes);
	else
		fwrite(out->bytes, 1, out->len, stdout);
	str_truncate(out, 0);
}

static int print_named(const struct selection *s, const struct config *config, struct db_txn *txn, int format,
		       struct str *out, struct err *e)
{
	struct arena a = {0};
	struct standing standing;
	int rc = 0;

	standing_begin_from(&standing, config, txn);
	for (size_t i = 0; i < s->n && rc >= 0; i++) {
		struct observed o = {0};
		struct entry entry;

		rc = entry_get(txn, s->name[i], &a, &entry, e);
		if (rc == 0)
			rc = err_set(e, ERR_NOINPUT, "'%s' is not in the list; nothing was printed", s->name[i]);
		if (rc > 0)
			rc = observed_get(txn, s->name[i], &a, &o, e);
		if (rc >= 0)
			add_one(out, format, config, &entry, &o, &standing);
	}
	if (rc >= 0)
		rc = standing_end(&standing, e);
	/* One that is not there means that nothing is printed either. */
	if (rc < 0)
		str_truncate(out, 0);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

static int print_limited(struct selection *s, const struct config *config, struct db_txn *txn, int format,
			 struct str *out, struct err *e)
{
	struct standing standing;
	struct entry_walk w;
	int got;

	standing_begin_from(&standing, config, txn);
	if (walk_begin(&w, txn, NULL, format == AS_TABLE || (s->limit && limit_needs_mx(s->limit)), e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1)
		if (select_matches(s, &w, &standing)) {
			add_one(out, format, config, &w.e, &w.o, &standing);
			flush(out, format, 60000);
		}
	walk_end(&w);
	return got < 0 ? -1 : standing_end(&standing, e);
}

int run_list(struct call *c)
{
	struct selection s;
	struct str out = {0};
	struct db_txn *txn;
	struct err e;
	int rc, format = call_format(c, "table|csv|jsonl|names", &e);

	if (format < 0)
		return call_fail(&e);
	rc = select_read(&s, c, &e);
	if (rc == 0)
		rc = db_begin_read(&txn, c->ward->db, &e);
	if (rc == 0) {
		if (format == AS_CSV)
			str_add(&out, "name,class,reason,flags,state,customer,since,observed,observations,days,pinned,"
				      "note,deletable\r\n");
		rc = s.by_names ? print_named(&s, &c->ward->config, txn, format, &out, &e)
				: print_limited(&s, &c->ward->config, txn, format, &out, &e);
		db_abort(txn);
		flush(&out, format, 0);
	}
	str_clear(&out);
	select_clear(&s);
	return rc < 0 ? call_fail(&e) : 0;
}
