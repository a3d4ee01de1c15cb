#include "ui/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "ops/change.h"
#include "ops/brownout.h"
#include "ops/notice.h"
#include "ops/ward.h"
#include "relay/name.h"
#include "ui/act_inner.h"
#include "ui/agree.h"
#include "ui/columns.h"
#include "ui/draw.h"
#include "ui/view.h"

enum { NAME_LEAST = 10, DAY_LENGTH = 10 };

void act_free(struct act *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		free(a->name[i]);
	free(a->name);
	str_clear(&a->customer);
	str_clear(&a->note);
	str_clear(&a->typed);
	free(a);
}

void act_finish(struct act *a)
{
	struct console *c = a->console;

	c->act = NULL;
	act_free(a);
}

const char *act_whom(const struct act *a, char out[300])
{
	if (a->n == 1)
		snprintf(out, 300, "%s", a->name[0]);
	else
		snprintf(out, 300, "%zu entries", a->n);
	return out;
}

const char *act_label(char out[ACT_LABEL], const struct act *a, const char *before, const char *behind, int typed)
{
	int cols = draw_cols() < ACT_LABEL ? draw_cols() : ACT_LABEL;
	int room = cols - (int)strlen(before) - (int)strlen(behind) - typed - 3;
	size_t used = (size_t)snprintf(out, ACT_LABEL, "%s", before);
	char text[300];

	columns_cut(out + used, ACT_LABEL - used, act_whom(a, text), room < NAME_LEAST ? NAME_LEAST : room);
	used = strlen(out);
	snprintf(out + used, ACT_LABEL - used, "%s", behind);
	return out;
}

/* --- staging: nothing is changed but the set of names --- */

static void stage(struct act *a)
{
	struct console *c = a->console;
	char text[300];

	/* In its own view an entry stands although a colleague deleted it. */
	if (a->n == 1 && !view_entries_has(c->view[0], a->name[0])) {
		console_alert(c, "'%s' is not in the list any more; nothing was staged", a->name[0]);
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		staged_set(&c->staged, a->name[i], STAGED_DELETE);
	console_say(c, "%s staged, %zu in all; $ asks DNS again and previews", act_whom(a, text),
		    c->staged.deleted);
}

static void unstage(struct act *a)
{
	struct console *c = a->console;
	size_t before = c->staged.deleted;
	char text[300];

	for (size_t i = 0; i < a->n; i++)
		staged_unset(&c->staged, a->name[i], STAGED_DELETE);
	if (c->staged.deleted == before)
		console_say(c, a->n == 1 ? "%s is not staged" : "%s: none is staged", act_whom(a, text));
	else if (a->n == 1)
		console_say(c, "%s no longer staged; %zu left", act_whom(a, text), c->staged.deleted);
	else
		console_say(c, "%zu no longer staged; %zu left", before - c->staged.deleted, c->staged.deleted);
}

/* --- pins --- */

static void pin_all(struct act *a, int64_t until)
{
	struct console *c = a->console;
	char text[300], warning[300];
	struct err e;

	if (change_pin(c->ward, (const char *const *)a->name, a->n, a->pin, until, NULL, &e) != 0) {
		console_fail(c, &e);
		return;
	}
	console_changed(c, "%s pinned (%s)", act_whom(a, text), pin_reason_name(a->pin));
	if (change_pin_warning(c->ward, a->pin, until, warning, sizeof warning))
		console_alert(c, "%s", warning);
}

static void unpin_all(struct act *a)
{
	struct console *c = a->console;
	size_t changed;
	struct err e;

	if (change_unpin(c->ward, (const char *const *)a->name, a->n, &changed, &e) != 0)
		console_fail(c, &e);
	else if (a->n == 1)
		console_changed(c, "%s unpinned", a->name[0]);
	else
		console_changed(c, "%zu unpinned", changed);
}

static void ask_until(struct act *a, const char *initial);

static void on_until(void *ctx, const char *text)
{
	struct act *a = ctx;
	int64_t until;

	if (text && date_parse(text, &until) != 0) {
		ask_until(a, text);
		console_alert(a->console, "no date; write YYYY-MM-DD");
		return;
	}
	if (text)
		pin_all(a, until);
	act_finish(a);
}

static void ask_until(struct act *a, const char *initial)
{
	console_ask(a->console, &(struct question){.kind = PROMPT_TEXT,
						   .label = "Outage until (YYYY-MM-DD):",
						   .initial = initial,
						   .answer = on_until,
						   .ctx = a});
}

static void on_pin_reason(void *ctx, const char *text)
{
	static const char letters[] = "eocx";
	static const enum pin_reason reasons[] = {PIN_ETRN, PIN_OUTAGE, PIN_CUSTOMER,
						  PIN_OTHER};
	struct act *a = ctx;

	if (!text) {
		act_finish(a);
		return;
	}
	a->pin = reasons[strchr(letters, *text) - letters];
	if (a->pin == PIN_OUTAGE) {
		ask_until(a, "");
		return;
	}
	pin_all(a, 0);
	act_finish(a);
}

static void ask_pin(struct act *a)
{
	char label[ACT_LABEL];

	console_ask(a->console, &(struct question){.kind = PROMPT_LETTER,
						   .label = act_label(label, a, "Pin ", ": (e)trn (o)utage (c)ustomer (x) other?", 1),
						   .letters = "eocx",
						   .answer = on_pin_reason,
						   .ctx = a});
}

/* --- notices: the customer was told --- */

static void on_ticket(void *ctx, const char *text)
{
	struct act *a = ctx;
	struct notice_result r;
	struct err e;

	if (!text)
		;
	else if (notice_give(a->console->ward, (const char *const *)a->name, a->n, a->deadline,
			     text, &r, &e) != 0)
		console_fail(a->console, &e);
	else if (r.not_moved)
		console_changed(a->console, "%zu noted, %zu left alone: not moved", r.noted,
				r.not_moved);
	else
		console_changed(a->console, a->deadline ? "%zu noted" : "%zu taken back",
				r.noted);
	act_finish(a);
}

static void ask_deadline(struct act *a, const char *initial);

static void on_deadline(void *ctx, const char *text)
{
	struct act *a = ctx;

	if (!text || !*text) {
		act_finish(a);
		return;
	}
	if (strcmp(text, "-") == 0) {
		a->deadline = 0;
		on_ticket(a, "");
		return;
	}
	if (date_parse(text, &a->deadline) != 0) {
		ask_deadline(a, text);
		console_alert(a->console, "no date; write YYYY-MM-DD");
		return;
	}
	if (a->deadline <= date_now()) {
		ask_deadline(a, text);
		console_alert(a->console, "that deadline has passed already; give the customer a later day");
		return;
	}
	console_ask(a->console, &(struct question){.kind = PROMPT_TEXT,
						   .label = "Ticket (empty: none):",
						   .answer = on_ticket,
						   .ctx = a});
}

static void ask_deadline(struct act *a, const char *initial)
{
	char label[ACT_LABEL];

	console_ask(a->console, &(struct question){.kind = PROMPT_TEXT,
						   .label = act_label(label, a, "", ": told, deadline (YYYY-MM-DD; - takes it back):",
								      DAY_LENGTH),
						   .initial = initial,
						   .answer = on_deadline,
						   .ctx = a});
}

/* A day and a ticket are not asked for where they come to nothing. */
static void begin_notice(struct act *a)
{
	struct err e;

	if (a->n > 1 || notice_has_ground(a->console->ward, a->name[0], &e) == 0) {
		ask_deadline(a, "");
		return;
	}
	console_fail(a->console, &e);
	act_finish(a);
}

/* --- brownouts: taken back at once, since that only lets mail in --- */

static void unbrown_all(struct act *a)
{
	char text[300];
	size_t ended;
	struct err e;

	if (brownout_end(a->console->ward, (const char *const *)a->name, a->n, "taken back", &ended, &e) != 0)
		console_fail(a->console, &e);
	else if (ended == 0)
		console_say(a->console, "%s: in no brownout", act_whom(a, text));
	else
		console_changed(a->console, "%zu out of brownout, accepted again", ended);
}

/* --- adding --- */

/* It is told as the list has it, whatever way it was typed. */
static void add_name(struct console *c, const char *text)
{
	struct change change = {.contract_end = -1, .confirmed = -1};
	char name[NAME_SIZE];
	struct err e;

	if (change_add(c->ward, text, &change, &e) != 0) {
		console_fail(c, &e);
		return;
	}
	name_from_text(name, text, strlen(text), NULL);
	console_changed(c, "%s added", name);
}

static void on_add(void *ctx, const char *text)
{
	if (text && *text)
		add_name(ctx, text);
}

void act_add(struct console *c, const char *initial)
{
	console_ask(c, &(struct question){.kind = PROMPT_TEXT,
					  .label = "Add name:",
					  .initial = initial,
					  .answer = on_add,
					  .ctx = c});
}

static void review(struct act *a)
{
	char text[300];
	struct err e;

	if (change_reviewed(a->console->ward, (const char *const *)a->name, a->n, &e) != 0)
		console_fail(a->console, &e);
	else
		console_changed(a->console, "%s: reviewed today", act_whom(a, text));
}

int act_is(enum key_id id)
{
	switch (id) {
	case DO_STAGE:
	case DO_UNSTAGE:
	case DO_PIN:
	case DO_UNPIN:
	case DO_UNBROWN:
	case DO_NOTICE:
	case DO_EDIT:
	case DO_REVIEWED:
		return 1;
	default:
		return 0;
	}
}

static void begin(struct act *a)
{
	switch (a->id) {
	case DO_PIN:
		ask_pin(a);
		return;
	case DO_NOTICE:
		begin_notice(a);
		return;
	case DO_EDIT:
		act_ask_edit(a);
		return;
	case DO_STAGE:
		stage(a);
		break;
	case DO_UNSTAGE:
		unstage(a);
		break;
	case DO_UNPIN:
		unpin_all(a);
		break;
	case DO_REVIEWED:
		review(a);
		break;
	case DO_UNBROWN:
		unbrown_all(a);
		break;
	default:
		break;
	}
	act_finish(a);
}

/* Of many at once; NULL: what changes no entry needs no agreement. */
static const char *what_of_many(enum key_id id)
{
	switch (id) {
	case DO_PIN:
		return "pin them";
	case DO_UNPIN:
		return "unpin them";
	case DO_NOTICE:
		return "note that their customers were told";
	case DO_EDIT:
		return "edit them";
	case DO_REVIEWED:
		return "note them as reviewed";
	case DO_UNBROWN:
		return "take them out of brownout";
	default:
		return NULL;
	}
}

static void on_agreed(void *ctx, const char *text)
{
	struct act *a = ctx;

	if (text) {
		begin(a);
	} else {
		console_say(a->console, "nothing was changed");
		act_finish(a);
	}
}

void act_begin(struct console *c, enum key_id id, const char *const *names, size_t n)
{
	const char *what = what_of_many(id);
	struct act *a;

	if (n == 0)
		return;
	a = mem_alloc(sizeof *a);
	*a = (struct act){
		.console = c, .id = id, .name = mem_alloc(n * sizeof *a->name), .n = n};
	for (size_t i = 0; i < n; i++)
		a->name[i] = mem_copy_string(names[i]);
	act_free(c->act);
	c->act = a;
	if (what && agree_wants_number(n))
		agree_ask(c, &(struct agreement){.n = n, .what = what, .answer = on_agreed, .ctx = a});
	else
		begin(a);
}
