/*
 * view_staged: the preview of a deletion: DNS asked once more, what stays first, then the
 * riskiest; and the commit.  Nothing is ever deleted but by commit(), after a reason and a
 * typed agreement.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/str.h"
#include "ops/brownout.h"
#include "ops/remove.h"
#include "ops/ward.h"
#include "ui/agree.h"
#include "ui/view.h"
#include "ui/view_staged.h"

static void on_progress(void *ctx)
{
	struct preview *p = ctx;

	p->view.console->dirty = 1;
	p->progress = loop_after(p->view.console->ward->loop, PAINT_MS, on_progress, p);
}

static void stop_progress(struct preview *p)
{
	loop_cancel(p->view.console->ward->loop, p->progress);
	p->progress = NULL;
}

static void on_done(void *ctx)
{
	struct preview *p = ctx;

	stop_progress(p);
	p->asked = date_now();
	list_set_count(&p->view.list, remove_count(p->plan));
	list_go(&p->view.list, 0);
	p->view.console->dirty = 1;
}

/* A colleague may have deleted some of them: those are no longer there to be staged. */
static void drop_gone(struct console *c)
{
	size_t n, gone = 0;
	const char **names = staged_list(&c->staged, STAGED_DELETE, &n);

	for (size_t i = 0; i < n; i++)
		if (!view_entries_has(c->view[0], names[i])) {
			staged_unset(&c->staged, names[i], STAGED_DELETE | STAGED_MARK);
			gone++;
		}
	free(names);
	if (gone)
		console_say(c, "%zu staged no longer in the list; somebody else deleted them",
			    gone);
}

/* Asks DNS for all that is staged; what an earlier plan knew is forgotten. */
static int start(struct preview *p, struct err *e)
{
	struct console *c = p->view.console;
	const char **names;
	size_t n;
	int rc;

	stop_progress(p);
	remove_free(p->plan);
	p->plan = NULL;
	list_set_count(&p->view.list, 0);
	names = staged_list(&c->staged, STAGED_DELETE, &n);
	rc = remove_begin(&p->plan, c->ward, names, n, p->options, on_done, p, e);
	free(names);
	if (rc != 0) {
		p->plan = NULL;
		return -1;
	}
	p->progress = loop_after(c->ward->loop, PAINT_MS, on_progress, p);
	return 0;
}

/* How many of those that were asked about are still staged. */
static size_t count_kept(const struct preview *p)
{
	size_t kept = 0;

	for (size_t i = 0; p->plan && i < remove_count(p->plan); i++)
		kept += (staged_get(&p->view.console->staged, remove_item(p->plan, i)->name) & STAGED_DELETE) != 0;
	return kept;
}

/* An override and a customer's request are meant for the names that were there when they were said. */
static void lift_nothing_more(struct preview *p)
{
	if (!p->plan || count_kept(p) == p->view.console->staged.deleted || (!p->options.override && !p->options.customer_request))
		return;
	if (p->options.customer_request)
		str_truncate(&p->reason, 0);
	p->options.override = p->options.customer_request = 0;
	console_alert(p->view.console, "more was staged meanwhile, so no rule is lifted any more");
}

static void start_again(struct preview *p)
{
	struct console *c = p->view.console;
	struct err e;

	if (c->staged.deleted == 0) {
		console_pop(c);
		return;
	}
	lift_nothing_more(p);
	if (start(p, &e) != 0)
		console_fail(c, &e);
}

/* In the views above it some may have been taken back, and others staged: what is agreed to is what is staged. */
static void uncovered(struct view *v)
{
	struct preview *p = (struct preview *)v;

	if (!p->plan || count_kept(p) != remove_count(p->plan) || count_kept(p) != v->console->staged.deleted)
		start_again(p);
}

/* --- committing --- */

/* What happened to those that would have gone, and what a colleague or a scan did to them since they were asked
 * about: the first of them by name. */
static void describe_skipped(struct preview *p, const char *would_go, char *out, size_t size)
{
	const struct remove_item *first = NULL;
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < remove_count(p->plan); i++) {
		const struct remove_item *item = remove_item(p->plan, i);

		if (!would_go[i] || item->fate != REMOVE_STAY)
			continue;
		if (n++ == 0)
			first = item;
		if (!view_entries_has(p->view.console->view[0], item->name))
			staged_unset(&p->view.console->staged, item->name, STAGED_DELETE | STAGED_MARK);
	}
	if (n == 1)
		snprintf(out, size, "not %s: %s", first->name, first->why);
	else if (n)
		snprintf(out, size, "%zu not: %s: %s", n, first->name, first->why);
}

static void commit(struct preview *p)
{
	struct console *c = p->view.console;
	size_t gone, stay;
	char skipped[600], *would_go = mem_alloc(remove_count(p->plan) + 1);
	int days;
	uint64_t batch = 0;
	struct err e;

	for (size_t i = 0; i < remove_count(p->plan); i++)
		would_go[i] = remove_item(p->plan, i)->fate == REMOVE_GO;
	if (remove_commit(p->plan, str_text(&p->reason), str_text(&p->ticket), p->agreed,
			  &batch, &e) != 0) {
		free(would_go);
		console_fail(c, &e);
		return;
	}
	describe_skipped(p, would_go, skipped, sizeof skipped);
	free(would_go);
	for (size_t i = 0; i < remove_count(p->plan); i++) {
		const struct remove_item *item = remove_item(p->plan, i);

		if (item->fate == REMOVE_GONE)
			staged_unset(&c->staged, item->name, STAGED_DELETE | STAGED_MARK);
	}
	gone = remove_count_fate(p->plan, REMOVE_GONE);
	stay = remove_count_fate(p->plan, REMOVE_STAY);
	days = p->options.brownout_days;
	console_pop(c); /* p is gone from here on */
	if (days && gone)
		console_changed(c, "%zu answered 450 for %d day%s, then %s; b takes %s back%s", gone, days, days == 1 ? "" : "s",
				gone == 1 ? "it goes" : "they go", gone == 1 ? "it" : "one", stay ? "; the rest is still staged" : "");
	else if (gone == 0)
		console_alert(c, "nothing deleted; %s", skipped);
	else if (*skipped)
		console_changed(c, "%zu deleted, b%" PRIu64 "; %s", gone, batch, skipped);
	else if (stay)
		console_changed(c,
				"%zu deleted, batch b%" PRIu64
				"; B brings %s back; %zu kept and still staged",
				gone, batch, gone == 1 ? "it" : "them", stay);
	else
		console_changed(c, "%zu deleted, batch b%" PRIu64 "; B brings %s back", gone, batch, gone == 1 ? "it" : "them");
}

static void on_agreed(void *ctx, const char *text)
{
	struct preview *p = ctx;

	if (text)
		commit(p);
	else
		console_say(p->view.console, "nothing was deleted");
}

static void ask_agreement(struct preview *p)
{
	size_t go = remove_count_fate(p->plan, REMOVE_GO);
	char question[60];

	p->agreed = go;
	snprintf(question, sizeof question, "%s %zu entr%s?", p->options.brownout_days ? "Defer the mail of" : "Delete", go,
		 go == 1 ? "y" : "ies");
	agree_ask(p->view.console, &(struct agreement){.n = go,
						       .is_typed = p->options.override,
						       .question = question,
						       .what = p->options.brownout_days ? "defer their mail" : "delete",
						       .answer = on_agreed,
						       .ctx = p});
}

static void on_ticket(void *ctx, const char *text)
{
	struct preview *p = ctx;

	if (!text) {
		console_say(p->view.console, "nothing was deleted");
		return;
	}
	str_truncate(&p->ticket, 0);
	str_add(&p->ticket, text);
	ask_agreement(p);
}

static void on_reason(void *ctx, const char *text)
{
	struct preview *p = ctx;

	if (!text || !text[strspn(text, " ")]) {
		console_say(p->view.console,
			    text ? "nothing was deleted: the audit record needs a reason"
				 : "nothing was deleted");
		return;
	}
	str_truncate(&p->reason, 0);
	str_add(&p->reason, text);
	console_ask(p->view.console, &(struct question){.kind = PROMPT_TEXT,
							.label = "Ticket (may be empty):",
							.initial = str_text(&p->ticket),
							.history = HISTORY_TICKET,
							.answer = on_ticket,
							.ctx = p});
}

static void begin_commit(struct preview *p)
{
	struct console *c = p->view.console;

	if (!p->plan || !remove_is_ready(p->plan)) {
		console_say(c, "DNS is still being asked");
	} else if (date_now() - p->asked > REMOVE_OLD_S) {
		start_again(p);
		console_say(c, "the answers were over %d minutes old; asking again",
			    REMOVE_OLD_S / 60);
	} else if (remove_count_fate(p->plan, REMOVE_GO) == 0) {
		console_say(c, "nothing of it may go");
	} else if (p->options.customer_request) { /* reason and ticket are known already */
		ask_agreement(p);
	} else {
		console_ask(c, &(struct question){.kind = PROMPT_TEXT,
						  .label = "Reason:",
						  .initial = str_text(&p->reason),
						  .history = HISTORY_REASON,
						  .answer = on_reason,
						  .ctx = p});
	}
}

static void on_request(void *ctx, const char *text)
{
	struct preview *p = ctx;

	if (!text || !text[strspn(text, " ")]) {
		console_say(p->view.console,
			    "a customer's request needs its ticket; nothing changed");
		return;
	}
	str_truncate(&p->reason, 0);
	str_add(&p->reason, "customer-request");
	str_truncate(&p->ticket, 0);
	str_add(&p->ticket, text);
	p->options.customer_request = 1;
	start_again(p);
}

static void on_days(void *ctx, const char *text)
{
	struct preview *p = ctx;
	char note[600], *end;
	struct err e;
	long days = text ? strtol(text, &end, 10) : 0;

	if (!text)
		return;
	if (!*text) {
		p->options.brownout_days = 0;
	} else if (*end || days < 1 || days > BROWNOUT_DAYS_MAX) {
		console_alert(p->view.console, "a brownout takes 1 to %d days", BROWNOUT_DAYS_MAX);
		return;
	} else if (brownout_may_begin(p->view.console->ward, note, sizeof note, &e) != 0) {
		console_fail(p->view.console, &e);
		return;
	} else {
		p->options.brownout_days = (int)days;
	}
	start_again(p);
}

static void ask_days(struct preview *p)
{
	if (p->options.override) {
		console_say(p->view.console, "a brownout ends by the rules, so it cannot begin with an override");
		return;
	}
	console_ask(p->view.console, &(struct question){.kind = PROMPT_TEXT,
							.label = "Days of 450 before they go (empty: none):",
							.initial = "3",
							.answer = on_days,
							.ctx = p});
}

static void unstage_current(struct preview *p)
{
	struct console *c = p->view.console;
	char name[NAME_SIZE];

	if (p->view.list.count == 0)
		return;
	snprintf(name, sizeof name, "%s", remove_item(p->plan, p->view.list.cursor)->name);
	staged_unset(&c->staged, name, STAGED_DELETE);
	start_again(p);
	console_say(c, "%s no longer staged", name);
}

static const char *current(struct view *v)
{
	struct preview *p = (struct preview *)v;

	return v->list.count ? remove_item(p->plan, v->list.cursor)->name : "";
}

static int act(struct view *v, enum key_id id)
{
	struct preview *p = (struct preview *)v;

	switch (id) {
	case DO_OPEN:
		if (v->list.count)
			console_push(v->console, view_entry_new(v->console, current(v)));
		return 1;
	case DO_COMMIT:
		begin_commit(p);
		return 1;
	case DO_BROWNOUT:
		ask_days(p);
		return 1;
	case DO_UNSTAGE:
		unstage_current(p);
		return 1;
	case DO_AGAIN:
		start_again(p);
		return 1;
	case DO_REQUEST:
		console_ask(v->console,
			    &(struct question){.kind = PROMPT_TEXT,
					       .label = "Ticket of the customer's request:",
					       .history = HISTORY_TICKET,
					       .answer = on_request,
					       .ctx = p});
		return 1;
	default:
		return 0;
	}
}

/* Only what would be done. */
static void hints(struct view *v, enum hint hint[N_KEYS])
{
	struct preview *p = (struct preview *)v;
	int may_go = p->plan && remove_is_ready(p->plan) && remove_count_fate(p->plan, REMOVE_GO) > 0;

	if (!may_go)
		hint[DO_COMMIT] = HINT_NOT;
	if (!may_go || p->options.override)
		hint[DO_BROWNOUT] = HINT_NOT;
	if (v->list.count == 0)
		hint[DO_OPEN] = HINT_NOT;
}

static void close_preview(struct view *v)
{
	struct preview *p = (struct preview *)v;

	stop_progress(p);
	remove_free(p->plan);
	str_clear(&p->reason);
	str_clear(&p->ticket);
	free(p);
}

struct view *view_staged_new(struct console *c)
{
	return view_staged_new_with(c, &(struct preview_words){0});
}

struct view *view_staged_new_with(struct console *c, const struct preview_words *words)
{
	static const struct view_ops ops = {.in = IN_STAGED,
					    .head = PREVIEW_HEAD,
					    .foot = preview_foot,
					    .paint = preview_paint,
					    .act = act,
					    .uncovered = uncovered,
					    .current = current,
					    .hints = hints,
					    .close = close_preview};
	struct preview *p;
	struct err e;

	drop_gone(c);
	if (c->staged.deleted == 0) {
		console_say(c, "nothing is staged; d stages a deletion");
		return NULL;
	}
	p = mem_alloc(sizeof *p);
	*p = (struct preview){.view = {.ops = &ops, .console = c},
			      .options = {.override = words->override, .brownout_days = words->brownout_days}};
	str_add(&p->reason, words->reason ? words->reason : "");
	str_add(&p->ticket, words->ticket ? words->ticket : "");
	p->options.customer_request = strcmp(str_text(&p->reason), "customer-request") == 0 && p->ticket.len;
	if (start(p, &e) != 0) {
		console_fail(c, &e);
		close_preview(&p->view);
		return NULL;
	}
	return &p->view;
}
