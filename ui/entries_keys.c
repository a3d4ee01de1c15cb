#include "ui/view_entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ops/ward.h"
#include "ui/act.h"
#include "ui/complete.h"
#include "ui/draw.h"
#include "ui/live.h"

enum { SEARCH_AT_ONCE = 50000 };

/* --- the limit --- */

/* Of `class:orphan ready:` the first word is right, and picks the rows while the second one is mended: not `ready`, which
 * was a word of its own a key before and is none any more. */
static void try_limit(struct entries *v, const char *text)
{
	char right[PROMPT_MAX + 1];
	struct err e, none;
	size_t place = 0;

	v->limit_is_wrong = entries_set_limit(v, text, &e, &place) != 0;
	if (!v->limit_is_wrong)
		return;
	console_mistake(v->view.console, &e, place);
	snprintf(right, sizeof right, "%.*s", (int)place, text);
	if (strcmp(right, v->limit_text) != 0)
		entries_set_limit(v, right, &none, NULL);
}

static void on_limit_typed(void *ctx, const char *text)
{
	try_limit(ctx, text);
}

static void ask_limit(struct entries *v, const char *initial);

static void on_limit(void *ctx, const char *text)
{
	struct entries *v = ctx;

	try_limit(v, text ? text : v->old_limit);
	if (text && v->limit_is_wrong) { /* to be mended, where it stands */
		ask_limit(v, text);
		try_limit(v, text);
	}
}

static void on_limit_tab(void *ctx, struct prompt *p)
{
	complete_limit(((struct entries *)ctx)->view.console, p);
}

static void ask_limit(struct entries *v, const char *initial)
{
	console_ask(v->view.console, &(struct question){.kind = PROMPT_TEXT,
							.label = "Limit:",
							.initial = initial,
							.history = HISTORY_LIMIT,
							.above = 1,
							.typed = on_limit_typed,
							.complete = on_limit_tab,
							.answer = on_limit,
							.ctx = v});
}

/* --- marks --- */

static void mark_current(struct entries *v)
{
	struct console *c = v->view.console;
	struct row row;

	if (v->view.list.count == 0) {
		console_say(c, "there is no entry under the cursor");
		return;
	}
	entries_current(v, &row);
	if (staged_get(&c->staged, row.name) & STAGED_MARK)
		staged_unset(&c->staged, row.name, STAGED_MARK);
	else
		staged_set(&c->staged, row.name, STAGED_MARK);
	list_move(&v->view.list, 1);
	v->view.ops->moved(&v->view);
}

static void on_mark_limit(void *ctx, const char *text)
{
	if (text)
		entries_mark(ctx, text, 1);
}

static void on_unmark_limit(void *ctx, const char *text)
{
	if (text)
		entries_mark(ctx, text, 0);
}

static void ask_marks(struct entries *v, int mark)
{
	if (!rows_is_loaded(v->rows)) {
		console_say(v->view.console,
			    "the entries are still being read; try again in a moment");
		return;
	}
	console_ask(
		v->view.console,
		&(struct question){.kind = PROMPT_TEXT,
				   .label = mark ? "Mark all of limit (empty: all shown):"
						 : "Unmark all of limit (empty: all shown):",
				   .history = HISTORY_LIMIT,
				   .complete = on_limit_tab,
				   .answer = mark ? on_mark_limit : on_unmark_limit,
				   .ctx = v});
}

/* --- commands on the marked or on this one --- */

static void run_on_marked(struct entries *v, enum key_id id)
{
	struct console *c = v->view.console;
	size_t n;
	const char **names = staged_list(&c->staged, STAGED_MARK, &n);

	if (id == DO_AGAIN) {
		live_again(c->live, names, n < LIVE_MAX ? n : LIVE_MAX);
		console_say(c, "asking DNS again for the marked");
	} else {
		act_begin(c, id, names, n);
	}
	free(names);
}

static void run_on_this(struct entries *v, enum key_id id)
{
	struct console *c = v->view.console;
	const char *names[1];
	struct row row;

	if (v->view.list.count == 0) {
		console_say(c, "there is no entry under the cursor");
		return;
	}
	entries_current(v, &row);
	names[0] = row.name;
	if (id == DO_AGAIN) {
		live_again(c->live, names, 1);
		console_say(c, "asking DNS again");
	} else {
		act_begin(c, id, names, 1);
	}
}

static void on_marked_or_this(void *ctx, const char *text)
{
	struct entries *v = ctx;

	if (text && *text == 'm')
		run_on_marked(v, v->pending);
	else if (text)
		run_on_this(v, v->pending);
}

/* Marked rows that the limit hides must not come as a surprise. */
static size_t count_hidden(struct entries *v)
{
	struct console *c = v->view.console;
	size_t seen = 0, n = v->limit ? rows_count(v->rows) : 0;
	struct row row;

	if (!v->limit)
		return 0;
	for (size_t i = 0; i < n; i++) {
		rows_get(v->rows, i, &row);
		seen += (staged_get(&c->staged, row.name) & STAGED_MARK) != 0;
	}
	return c->staged.marked - seen;
}

static void run_on_choice(struct entries *v, enum key_id id)
{
	struct console *c = v->view.console;
	char label[160], hidden[60] = "";
	size_t out;

	if (v->on_marked) {
		v->on_marked = 0;
		run_on_marked(v, id);
		return;
	}
	if (c->staged.marked == 0) {
		run_on_this(v, id);
		return;
	}
	out = count_hidden(v);
	if (out)
		snprintf(hidden, sizeof hidden, ", %zu outside the limit", out);
	snprintf(label, sizeof label, "%zu marked%s: (m)arked or (t)his one?", c->staged.marked,
		 hidden);
	v->pending = id;
	console_ask(c, &(struct question){.kind = PROMPT_LETTER,
					  .label = label,
					  .letters = "mt",
					  .guard = 1,
					  .answer = on_marked_or_this,
					  .ctx = v});
}

/* --- the rest --- */

static void next_order(struct entries *v)
{
	v->order = (v->order + 1) % N_ROWS_ORDERS;
	if (!v->known.has_mail && (v->order == ROWS_BY_MAIL || v->order == ROWS_BY_COST))
		v->order = ROWS_BY_NAME;
	rows_set_order(v->rows, v->order, v->reverse);
	entries_work(v);
	console_say(v->view.console, "ordered by %s", entries_order_name(v->order));
}

/* The column of the order is the one that is meant. */
static void widen(struct entries *v, int by)
{
	struct console *c = v->view.console;
	struct column columns[N_ENTRIES_COLUMNS];
	enum entries_column which;
	int width;

	entries_columns_fit(columns, &v->widths, &v->known, draw_cols());
	which = entries_column_of(v->order, columns);
	if (columns[which].width == 0) {
		console_say(c, "the column of the order is not on the screen; o orders by another");
		return;
	}
	width = entries_columns_widen(&v->widths, columns, which, by);
	if (!c->ward->config.restricted)
		entries_columns_save(&v->widths);
	console_say(c, "%s is %d wide; o chooses another column", columns[which].head, width);
}

static void on_save(void *ctx, const char *text)
{
	if (text && *text)
		view_entries_save(ctx, text);
}

static void ask_save(struct entries *v)
{
	struct console *c = v->view.console;

	if (c->ward->config.restricted)
		console_alert(c, "restricted = yes is set: no file is written from here");
	else
		console_ask(c, &(struct question){.kind = PROMPT_TEXT,
						  .label = "Save the list as shown to (.csv, .jsonl, else names):",
						  .history = HISTORY_COMMAND,
						  .answer = on_save,
						  .ctx = v});
}

static void open_current(struct entries *v)
{
	struct row row;

	if (v->view.list.count == 0) {
		console_say(v->view.console, "there is no entry under the cursor");
		return;
	}
	entries_current(v, &row);
	console_push(v->view.console, view_entry_new(v->view.console, row.name));
}

/* A long list is looked through in pieces; v->searched rows were, of the search that goes on. */
static size_t find(void *ctx, size_t from, int step, const char *needle)
{
	struct entries *v = ctx;
	size_t n = rows_count(v->rows);
	struct row row;

	for (size_t tried = 1; v->searched < n; tried++) {
		size_t i = step > 0 ? (from + tried) % n : (from + n - tried % n) % n;

		rows_get(v->rows, i, &row);
		v->searched++;
		if (strcasestr(row.name, needle)) {
			v->searched = 0;
			return i;
		}
		if (tried == SEARCH_AT_ONCE)
			return search_later(&v->search, i);
	}
	v->searched = 0;
	return n;
}

int entries_act(struct view *view, enum key_id id)
{
	struct entries *v = (struct entries *)view;
	struct console *c = view->console;

	if (entries_is_marking(v) && id != DO_CANCEL)
		return 1;
	v->searched = 0;
	if (search_act(&v->search, view, id, find, v))
		return 1;
	switch (id) {
	case DO_OPEN:
	case DO_FOCUS:
		open_current(v);
		break;
	case DO_LIMIT:
		snprintf(v->old_limit, sizeof v->old_limit, "%s", v->limit_text);
		ask_limit(v, v->limit_text);
		break;
	case DO_ORDER:
		next_order(v);
		break;
	case DO_REVERSE:
		v->reverse = !v->reverse;
		rows_set_order(v->rows, v->order, v->reverse);
		entries_work(v);
		break;
	case DO_SAVE:
		ask_save(v);
		break;
	case DO_SCANS:
		console_push(c, view_scans_new(c));
		break;
	case DO_NARROWER:
		widen(v, -2);
		break;
	case DO_WIDER:
		widen(v, 2);
		break;
	case DO_MARK:
		mark_current(v);
		break;
	case DO_MARK_LIMIT:
		ask_marks(v, 1);
		break;
	case DO_UNMARK_LIMIT:
		ask_marks(v, 0);
		break;
	case DO_UNMARK_ALL:
		staged_unset_all(&c->staged, STAGED_MARK);
		console_say(c, "nothing is marked");
		break;
	case DO_ON_MARKED:
		v->on_marked = c->staged.marked > 0;
		if (!v->on_marked)
			console_say(c, "nothing is marked; Space marks, T marks by limit");
		return 1; /* stays for the next key */
	case DO_CANCEL:
		entries_stop_marking(v);
		break;
	case DO_AUDIT:
		console_push(c, view_audit_new(c, NULL));
		break;
	case DO_WORKLIST:
		console_push(c, view_work_new(c));
		break;
	case DO_BATCHES:
		console_push(c, view_batches_new(c));
		break;
	case DO_PREVIEW:
		console_push(c, view_staged_new(c));
		break;
	case DO_ADD:
		act_add(c, "");
		break;
	default:
		if (id != DO_AGAIN && !act_is(id))
			return 0;
		run_on_choice(v, id);
		return 1;
	}
	v->on_marked = 0;
	return 1;
}
