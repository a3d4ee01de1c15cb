#include "ui/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/waiting.h"
#include "ops/publish.h"
#include "ops/publish_stand.h"
#include "ops/ward.h"
#include "ui/act.h"
#include "ui/command_line.h"
#include "ui/console_inner.h"
#include "ui/keymap.h"
#include "ui/live.h"
#include "ui/term.h"
#include "ui/view.h"

enum { TICK_MS = 500 };

/* --- what views call --- */

__attribute__((format(printf, 3, 0))) static void say(struct console *c, int alert,
						      const char *fmt, va_list ap)
{
	vsnprintf(c->message, sizeof c->message, fmt, ap);
	c->alert = alert;
	c->mistake = -1;
	c->dirty = 1;
}

void console_say(struct console *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, 0, fmt, ap);
	va_end(ap);
}

void console_alert(struct console *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, 1, fmt, ap);
	va_end(ap);
}

void console_fail(struct console *c, const struct err *e)
{
	console_alert(c, "%s", e->text);
}

void console_mistake(struct console *c, const struct err *e, size_t place)
{
	console_fail(c, e);
	c->mistake = (int)place;
}

void console_changed(struct console *c, const char *fmt, ...)
{
	char note[900];
	size_t used;
	va_list ap;

	va_start(ap, fmt);
	say(c, 0, fmt, ap);
	va_end(ap);
	used = strlen(c->message);
	publish_after_change(c->ward, note, sizeof note);
	if (note[0])
		snprintf(c->message + used, sizeof c->message - used, "; %s", note);
}

int console_may_change(struct console *c)
{
	struct err e;

	if (ward_may_change(c->ward, &e) == 0)
		return 1;
	if (c->ward->read_only) /* short, so that what to do is never cut */
		console_alert(c, "read only: nothing was changed; work as the database's owner to change it");
	else
		console_fail(c, &e);
	return 0;
}

struct view *console_top(struct console *c)
{
	return c->view[c->depth - 1];
}

const char *console_current(struct console *c)
{
	struct view *v = console_top(c);

	return v->ops->current ? v->ops->current(v) : view_entries_current(c->view[0]);
}

void console_push(struct console *c, struct view *v)
{
	if (!v)
		return;
	if (c->depth == VIEW_DEPTH) {
		v->ops->close(v);
		console_alert(c, "too many views lie on one another; q closes one");
		return;
	}
	c->view[c->depth++] = v;
	c->counter_waits = 0;
	c->dirty = 1;
}

void console_pop(struct console *c)
{
	struct view *v = console_top(c);

	if (c->depth == 1)
		return;
	c->depth--;
	v->ops->close(v);
	c->counter_waits = 0;
	c->dirty = 1;
	v = console_top(c);
	if (v->ops->uncovered)
		v->ops->uncovered(v);
}

void console_ask(struct console *c, const struct question *q)
{
	c->question = *q;
	prompt_open(&c->prompt, q->kind, q->label, q->initial ? q->initial : "");
	c->prompt.letters = q->letters;
	c->prompt.number = q->number;
	c->prompt.history = q->history != HISTORY_NONE ? &c->history[q->history] : NULL;
	c->asking = 1;
	c->message[0] = '\0';
	c->dirty = 1;
	c->unseen = q->guard ? UNSEEN : SEEN;
	if (q->guard) {
		key_drop(&c->reader);
		term_drop_input(c->term);
	}
}

static void leave(struct console *c)
{
	c->stop = 1;
	loop_stop(c->ward->loop);
}

static void on_quit_answer(void *ctx, const char *text)
{
	if (text)
		leave(ctx);
}

void console_quit(struct console *c)
{
	char label[120];

	if (c->staged.deleted == 0) {
		leave(c);
		return;
	}
	snprintf(label, sizeof label, "%zu staged, nothing of it is deleted yet. Quit? y/N",
		 c->staged.deleted);
	console_ask(c, &(struct question){.kind = PROMPT_CONFIRM,
					  .label = label,
					  .guard = 1,
					  .answer = on_quit_answer,
					  .ctx = c});
}

/* --- waiting --- */

/* A change waits for a colleague's: the loop stands still meanwhile. */
static int on_wait(void *ctx, const char *whom)
{
	struct console *c = ctx;

	console_say(c, "waiting for %s; ^G gives up", whom);
	console_paint(c);
	return term_took_cancel(c->term);
}

/* --- keys --- */

static void feed_prompt(struct console *c, const struct key *k)
{
	struct question q = c->question;
	char text[PROMPT_MAX + 1];
	enum prompt_did did;

	if (k->code == CODE_TAB && q.complete) {
		size_t before = c->prompt.text.len;

		q.complete(q.ctx, &c->prompt);
		if (c->prompt.text.len > before && q.typed)
			q.typed(q.ctx, str_text(&c->prompt.text));
		return;
	}
	did = prompt_feed(&c->prompt, k);
	if (did == PROMPT_NOTHING)
		return;
	snprintf(text, sizeof text, "%s", str_text(&c->prompt.text));
	if (did == PROMPT_DONE || did == PROMPT_CANCELLED) {
		c->asking = 0;
		c->message[0] = '\0';
		q.answer(q.ctx, did == PROMPT_DONE ? text : NULL);
	} else if (did == PROMPT_CHANGED && q.typed) {
		c->message[0] = '\0';
		q.typed(q.ctx, text);
	}
}

static void run_common(struct console *c, enum key_id id)
{
	switch (id) {
	case DO_COMMAND_LINE:
		command_line_open(c);
		break;
	case DO_HELP:
		if (console_top(c)->ops->in != IN_HELP)
			console_push(c, view_help_new(c, console_top(c)->ops->in));
		break;
	case DO_REPAINT:
		term_repaint(c->term);
		break;
	case DO_SUSPEND:
		term_suspend(c->term);
		break;
	case DO_BACK:
		if (c->depth > 1)
			console_pop(c);
		else
			console_quit(c);
		break;
	case DO_QUIT:
		console_quit(c);
		break;
	default:
		break;
	}
}

/* Looking at batches changes nothing yet. */
static int is_change(enum key_id id)
{
	return key_bindings[id].group == K_CHANGE && id != DO_BATCHES;
}

static void on_key(struct console *c, const struct key *k)
{
	struct view *v = console_top(c);
	enum key_id id;

	c->dirty = 1;
	if (c->asking) {
		id = keymap_find(k->code, v->ops->in);
		if (id == DO_SUSPEND || id == DO_REPAINT)
			run_common(c, id);
		else
			feed_prompt(c, k);
		return;
	}
	c->message[0] = '\0';
	if (k->code == CODE_PASTE) {
		console_say(c, "pasted text is taken by questions only; nothing was done");
		return;
	}
	id = keymap_find(k->code, v->ops->in);
	if (id == N_KEYS) {
		if (k->code != CODE_UNKNOWN && k->code < CODE_ALT)
			console_say(c, "this key does nothing here; ? shows those that do");
		return;
	}
	if (keymap_move(&v->list, id)) {
		console_moved(c, v);
		return;
	}
	c->counter_waits = 0;
	if (id == DO_CANCEL && k->code == ('C' & 0x1f)) {
		console_say(c, "press q to quit");
		return;
	}
	if (is_change(id) && !console_may_change(c))
		return;
	if (!v->ops->act || !v->ops->act(v, id))
		run_common(c, id);
}

static void on_key_time(void *ctx);

static void read_keys(struct console *c)
{
	struct key k;
	int64_t wait;

	while (!c->stop && key_next(&c->reader, loop_now(), &k))
		if (k.code == CODE_SHOWN)
			term_confirm(c->term);
		else if (c->unseen == SEEN) /* else it was typed before the question could be read */
			on_key(c, &k);
	loop_cancel(c->ward->loop, c->key_timer);
	wait = key_wait(&c->reader, loop_now());
	c->key_timer =
		wait >= 0 && !c->stop ? loop_after(c->ward->loop, wait, on_key_time, c) : NULL;
}

static void on_key_time(void *ctx)
{
	struct console *c = ctx;

	c->key_timer = NULL;
	read_keys(c);
}

/* --- events of the terminal --- */

static void on_input(void *ctx, const void *bytes, size_t len)
{
	struct console *c = ctx;

	key_feed(&c->reader, bytes, len, loop_now());
	read_keys(c);
}

static void on_resized(void *ctx)
{
	((struct console *)ctx)->dirty = 1;
}

static void on_writable(void *ctx)
{
	struct console *c = ctx;

	if (c->unseen == ON_ITS_WAY && term_is_shown(c->term))
		c->unseen = SEEN;
}

static void on_lost(void *ctx)
{
	struct console *c = ctx;

	c->lost = 1;
	leave(c);
}

/* --- from outside --- */

static void on_tick(void *ctx)
{
	struct console *c = ctx;

	c->tick = loop_after(c->ward->loop, TICK_MS, on_tick, c);
	if (strcmp(publish_stand(c->ward), c->stand) != 0)
		console_paint_soon(c);
	for (size_t i = 0; i < c->depth; i++)
		if (c->view[i]->ops->tick)
			c->view[i]->ops->tick(c->view[i]);
}

static void on_live(void *ctx, const char *name)
{
	struct console *c = ctx;

	for (size_t i = 0; i < c->depth; i++)
		if (c->view[i]->ops->answered)
			c->view[i]->ops->answered(c->view[i], name);
	console_paint_soon(c);
}

static void on_live_failed(void *ctx, const char *text)
{
	console_alert(ctx, "%s", text);
}

/* --- start and end --- */

static void on_kept_answer(void *ctx, const char *text)
{
	struct console *c = ctx;

	if (!text)
		staged_clear(&c->staged);
	staged_forget(c->ward->directory);
	if (text)
		console_say(c, "taken up; $ previews what is staged");
}

static void offer_kept(struct console *c)
{
	char label[160];

	if (!staged_load(&c->staged, c->ward->directory))
		return;
	snprintf(label, sizeof label,
		 "%zu staged, %zu marked when the line was lost. Take %s up? y/N",
		 c->staged.deleted, c->staged.marked, c->staged.deleted + c->staged.marked == 1 ? "it" : "them");
	console_ask(c, &(struct question){.kind = PROMPT_CONFIRM,
					  .label = label,
					  .guard = 1,
					  .answer = on_kept_answer,
					  .ctx = c});
}

static void clear(struct console *c)
{
	struct loop *l = c->ward->loop;
	struct err e = {0};

	if (c->lost)
		staged_save(&c->staged, c->ward->directory, &e);
	loop_set_idle(l, NULL, NULL);
	while (c->depth) {
		struct view *v = c->view[--c->depth];

		v->ops->close(v);
	}
	act_free(c->act);
	live_free(c->live);
	loop_cancel(l, c->key_timer);
	loop_cancel(l, c->tick);
	loop_cancel(l, c->counter_timer);
	loop_cancel(l, c->paint_timer);
	term_stop(c->term);
	if (e.code)
		fprintf(stderr, "mxward: %s\n", e.text);
	key_clear(&c->reader);
	prompt_clear(&c->prompt);
	for (size_t i = 0; i < N_HISTORIES; i++)
		history_clear(&c->history[i]);
	staged_clear(&c->staged);
}

/* What an earlier run could not publish is told to whoever comes next. */
static void tell_behind(struct console *c)
{
	char note[900];

	if (!c->ward->read_only && publish_is_behind(c->ward, note, sizeof note))
		console_alert(c, "%s", note);
}

int console_run(struct ward *w, const char *limit, struct err *e)
{
	struct console c = {.ward = w, .dirty = 1};
	struct term_events events = {on_input, on_resized, on_writable, on_lost, &c};

	if (term_start(&c.term, w->loop, &events, e) != 0)
		return -1;
	c.live = live_new(w, on_live, on_live_failed, &c);
	c.view[c.depth++] = view_entries_new(&c, limit);
	if (*term_note(c.term))
		console_alert(&c, "%s", term_note(c.term));
	tell_behind(&c);
	offer_kept(&c);
	c.tick = loop_after(w->loop, TICK_MS, on_tick, &c);
	loop_set_idle(w->loop, console_paint, &c);
	waiting_set(on_wait, &c);
	while (!c.stop)
		loop_run(w->loop);
	waiting_set(NULL, NULL);
	clear(&c);
	return 0;
}
