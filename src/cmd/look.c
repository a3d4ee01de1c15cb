/*
 * look: show and lookup: looking at single names without changing anything.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "db/entries.h"
#include "db/env.h"
#include "dns/lookup.h"
#include "ops/evidence.h"
#include "ops/show.h"
#include "relay/entry.h"

static int one_name(const struct call *c, char out[NAME_SIZE], struct err *e)
{
	char shown[200];
	const char *why;

	if (name_from_text(out, c->operand[0], strlen(c->operand[0]), &why) != NAME_REFUSED)
		return 0;
	return err_set(e, ERR_DATA, "'%s' is no name: %s",
		       escape(shown, sizeof shown, c->operand[0], strlen(c->operand[0])), why);
}

int run_show(struct call *c)
{
	char name[NAME_SIZE];
	struct str out = {0};
	struct err e;
	int rc, format = call_format(c, "text|json", &e);

	if (c->n_operands != 1)
		return call_fail_usage(c, "show takes one name");
	if (format < 0 || one_name(c, name, &e) != 0)
		return call_fail(&e);
	rc = format == 1 ? show_json(&out, c->ward, name, &e) : show_text(&out, c->ward, name, NULL, 78, &e);
	if (rc == 0 && format == 1)
		fputs(str_text(&out), stdout);
	else if (rc == 0)
		say_text(str_text(&out));
	str_clear(&out);
	return rc == 0 ? 0 : call_fail(&e);
}

/* Answers come in any order and are printed in the order of asking. */
struct asked {
	struct asking *asking;
	char *text;  /* NULL until answered and once printed */
	char *shown; /* what it is called in the answer: its name, or the escaped text of what can be none */
	int answered;
	char name[];
};

struct asking {
	struct ward *ward;
	struct asked **asked;
	size_t n, room, begun, printed;
	int jsonl;
	int64_t spelled; /* the time that is in when: many answers are of one second */
	char when[DATE_SIZE];
	struct arena arena; /* of the answer that is written at the moment, */
	struct str text;    /* and what it says */
	struct str out;	    /* printed by and by: a pipe is written to in large pieces, */
	int64_t written;    /* but nobody waits long for what is known; milliseconds of the loop */
};

enum { OUT_MOST = 16384, OUT_WAITS = 100 /* milliseconds */ };

static void add_text(struct str *out, const char *name, const struct observed *o)
{
	char shown[NAME_SIZE * 2], address[NET_TEXT_SIZE];
	struct str flags = {0};

	flags_add(&flags, o->verdict.flags, " ");
	str_addf(out, "%s: %s %s [%s]%s%s\n", name, class_name(o->verdict.class), reason_words(o->verdict.reason),
		 reason_name(o->verdict.reason), flags.len ? " " : "", str_text(&flags));
	if (o->chain[0])
		str_addf(out, "  alias of %s\n", escape(shown, sizeof shown, o->chain, strlen(o->chain)));
	for (size_t i = 0; i < o->n_mx; i++) {
		const struct observed_mx *mx = &o->mx[i];

		escape(shown, sizeof shown, mx->target, strlen(mx->target));
		if (evidence_is_implicit(o))
			str_addf(out, "  (no MX) %s", shown);
		else
			str_addf(out, "  %5u %s", mx->preference, shown[0] ? shown : ".");
		if (mx->ours == 1)
			str_add(out, " OURS");
		for (size_t k = 0; k < mx->n_addresses; k++)
			str_addf(out, " %s", net_address_text(address, &mx->address[k]));
		str_add_char(out, '\n');
	}
	str_clear(&flags);
}

static void add_json(struct asking *a, const char *name, const struct observed *o)
{
	struct str *out = &a->text;
	struct json_line j = json_begin(out);

	json_text(&j, "name", name);
	evidence_add_json(&j, o);
	if (a->spelled != o->time)
		date_rfc3339(a->when, a->spelled = o->time);
	json_text(&j, "time", a->when);
	json_end(&j);
	str_add_char(out, '\n');
}

static void print(struct asking *a)
{
	a->written = loop_now();
	fwrite(str_text(&a->out), 1, a->out.len, stdout);
	str_truncate(&a->out, 0);
}

/* A JSON line may be shown as it is. */
static void add_line(struct asking *a, const char *text)
{
	if (a->jsonl)
		str_add(&a->out, text);
	else
		escape_add_lines(&a->out, text);
	if (a->out.len >= OUT_MOST)
		print(a);
}

static void print_in_order(struct asking *a)
{
	while (a->printed < a->begun && a->asked[a->printed]->answered) {
		struct asked *q = a->asked[a->printed++];

		if (!q->text)
			continue;
		add_line(a, q->text);
		free(q->text);
		q->text = NULL;
	}
}

static void ask_more(struct asking *a);

/* Where a list is at hand its pins count; without one nothing is pinned. */
static int is_pinned(const struct ward *w, const char *name)
{
	struct arena a = {0};
	struct entry entry;
	struct db_txn *txn;
	struct err ignored;
	int pinned;

	if (!w->db || db_begin_read(&txn, w->db, &ignored) != 0)
		return 0;
	pinned = entry_get(txn, name, &a, &entry, &ignored) == 1 && entry_pin_at(&entry, date_now()) != PIN_NONE;
	db_abort(txn);
	arena_clear(&a);
	return pinned;
}

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct asked *q = ctx;
	struct arena *arena = &q->asking->arena;
	struct str *text = &q->asking->text;
	struct observed o;

	evidence_observe(&o, arena, &q->asking->ward->config.site, r, 0);
	if (o.time == 0)
		o.time = date_now();
	if (is_pinned(q->asking->ward, q->name))
		o.verdict = verdict_pinned();
	if (q->asking->jsonl)
		add_json(q->asking, q->shown, &o);
	else
		add_text(text, q->shown, &o);
	if (q == q->asking->asked[q->asking->printed])
		add_line(q->asking, str_text(text));
	else
		q->text = mem_copy_string(str_text(text));
	str_truncate(text, 0);
	arena_reset(arena);
	q->answered = 1;
	print_in_order(q->asking);
	ask_more(q->asking);
}

static void ask_more(struct asking *a)
{
	struct lookups *l = a->ward->lookups;

	while (a->begun < a->n && lookups_pending(l) < 2 * lookups_window(l)) {
		struct asked *q = a->asked[a->begun++];

		lookups_ask(l, q->name, 0, on_answer, q);
	}
}

/* What cannot even be a name is answered all the same, under its escaped text; "[]" stands for it, of which DNS is not
 * asked. */
static void add_name(struct asking *a, const char *text, size_t len)
{
	struct str shown = {0};
	char name[NAME_SIZE];
	struct asked *q;
	const char *why;
	int refused = name_from_text(name, text, len, &why) == NAME_REFUSED;

	if (refused) {
		escape_add(&shown, text, len);
		snprintf(name, sizeof name, "[]");
	}
	q = mem_alloc(sizeof *q + strlen(name) + 1 + shown.len + 1);
	q->asking = a;
	strcpy(q->name, name);
	q->shown = refused ? strcpy(q->name + strlen(name) + 1, str_text(&shown)) : q->name;
	str_clear(&shown);
	if (a->n == a->room) {
		a->room = a->room * 2 + 64;
		a->asked = mem_array(a->asked, a->room, sizeof *a->asked);
	}
	a->asked[a->n++] = q;
}

static int read_stdin(struct asking *a, struct err *e)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int rc;

	while ((n = getline(&line, &size, stdin)) > 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == ' '))
			n--;
		if (n > 0)
			add_name(a, line, (size_t)n);
	}
	rc = feof(stdin) ? 0 : err_errno(e, errno, "cannot read standard input");
	free(line);
	return rc;
}

int run_lookup(struct call *c)
{
	struct asking a = {.ward = c->ward};
	struct err e;
	int64_t began;
	int status = 0, format = call_format(c, "text|jsonl", &e);

	if (format < 0)
		return call_fail(&e);
	if (c->n_operands == 0)
		return call_fail_usage(c, "lookup needs a name, or - for a list of them on standard input");
	/* After the worker's start, which must not inherit the database. */
	if (ward_start_lookups(c->ward, &e) != 0)
		return call_fail(&e);
	/* What DNS says is not held up by a list that cannot be read. */
	if (ward_open_any_database(c->ward, &e) != 0)
		say("mxward: %s; no pin counts here\n", e.text);
	call_say_doubts(c);
	lookups_compare(c->ward->lookups, 1); /* who asks by hand wants to see whether they disagree */
	a.jsonl = format == 1;
	for (int i = 0; i < c->n_operands; i++)
		if (strcmp(c->operand[i], "-") != 0)
			add_name(&a, c->operand[i], strlen(c->operand[i]));
		else if (read_stdin(&a, &e) != 0)
			status = call_fail(&e);
	began = loop_now();
	if (status == 0)
		ask_more(&a);
	while (a.printed < a.n && status == 0) {
		loop_turn(c->ward->loop, a.out.len ? OUT_WAITS : 1000);
		if (a.out.len && loop_now() - a.written >= OUT_WAITS) {
			print(&a);
			(void)fflush(stdout); /* what failed is told at the end */
		}
		if (ward_resolvers_answer(c->ward, began, &e) != 0)
			status = call_fail(&e);
	}
	if (a.out.len)
		print(&a);
	if (a.printed < a.n) { /* what is still asked must not call back into what is freed here */
		lookups_free(c->ward->lookups);
		c->ward->lookups = NULL;
	}
	for (size_t i = 0; i < a.n; i++) {
		free(a.asked[i]->text);
		free(a.asked[i]);
	}
	free(a.asked);
	arena_clear(&a.arena);
	str_clear(&a.text);
	str_clear(&a.out);
	return status;
}
