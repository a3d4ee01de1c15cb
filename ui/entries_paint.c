#include "ui/view_entries.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/number.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/evidence.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"
#include "relay/words.h"
#include "ui/columns.h"
#include "ui/draw.h"
#include "ui/live.h"

/* The bar on the cursor's row covers the first label and is no longer than this: it is painted
 * twice a key. */
enum { BAR_MAX = 12, ROWS_MAX = 1000 };

/* The first labels of the relay hosts, as many as fit. */
static void add_hosts(struct str *out, const struct name_list *hosts, int room)
{
	int used = 0;

	if (hosts->n == 0)
		str_add(out, "no relay-host configured  ");
	for (size_t i = 0; i < hosts->n; i++) {
		const char *host = hosts->name[i];
		size_t len = strcspn(host, ".");

		if (host[0] == '*' && host[1] == '.')
			len = 2 + strcspn(host + 2, ".");
		if (used + (int)len + 3 > room)
			return;
		str_addf(out, "%.*s ", (int)len, host);
		used += (int)len + 1;
	}
	if (used)
		str_add_char(out, ' ');
}

/* How many there are, and of when, is never cut for the names of our hosts. */
static void paint_title(struct entries *v, int cols)
{
	static const char silent[] = "no resolver answers";
	struct console *c = v->view.console;
	struct str line = {0};
	char n[NUMBER_SIZE], count[80], scan[104];
	int is_bad = entries_scan_words(v, scan, sizeof scan), len = (int)strlen(scan);
	int word = live_is_silent(c->live) ? (int)strlen(silent) : 0, room;

	if (rows_is_loaded(v->rows) || v->summary.total)
		snprintf(count, sizeof count, "%s entr%s%s", number_grouped(n, v->summary.total), v->summary.total == 1 ? "y" : "ies",
			 v->is_unreadable ? ", not read again: mxward check" : c->ward->read_only ? "  read only" : "");
	else if (v->is_unreadable)
		snprintf(count, sizeof count, "only %s could be read: mxward check", number_grouped(n, rows_count(v->rows)));
	else
		snprintf(count, sizeof count, "reading %s", number_grouped(n, rows_count(v->rows)));
	str_add(&line, "mxward  ");
	if (word && (int)(line.len + strlen(count)) + 2 + word + 2 + len > cols)
		len = 0; /* what is so now goes before when the last one was */
	room = cols - len - (len && word ? 2 : 0) - word - 2;
	add_hosts(&line, &c->ward->config.site.relay_hosts, room - (int)line.len - (int)strlen(count));
	str_add(&line, count);
	draw_text(0, 0, room, str_text(&line), DRAW_BOLD);
	if (word)
		draw_text(0, room + 2, word, silent, DRAW_ALERT);
	if (len)
		draw_right(0, cols, scan, is_bad ? DRAW_ALERT : DRAW_PLAIN);
	str_clear(&line);
}

static void paint_summary(struct entries *v, int cols)
{
	const struct rows_summary *s = &v->summary;
	char text[200], a[NUMBER_SIZE], b[NUMBER_SIZE], d[NUMBER_SIZE],
		f[NUMBER_SIZE];
	int at = 0;

	if (!s->total)
		return;
	snprintf(text, sizeof text, "FAILING %s", number_grouped(a, s->failing));
	at = draw_text(1, 0, cols, text, s->failing ? DRAW_ALERT : DRAW_PLAIN);
	snprintf(text, sizeof text, " | moved %s | orphan %s, %s ready | no answer %s",
		 number_grouped(a, s->class[CLASS_MOVED]),
		 number_grouped(b, s->class[CLASS_ORPHAN]),
		 number_grouped(d, s->ready),
		 number_grouped(f, s->class[CLASS_UNKNOWN]));
	at += draw_text(1, at, cols - at, text, DRAW_PLAIN);
	if (s->class[CLASS_NONE]) {
		snprintf(text, sizeof text, " | not looked at %s",
			 number_grouped(a, s->class[CLASS_NONE]));
		draw_text(1, at, cols - at, text, DRAW_PLAIN);
	}
}

/* What is known of a row, live or stored, in the form that relay/words takes. */
struct seen {
	struct row row;
	struct observed o; /* time 0: nothing */
	int damaged;
};

/* What came just now is shown in place of what is stored, but no mere failure in place of an answer. */
static int takes_place(const struct observed *live, const struct observed *stored)
{
	if (live->time < stored->time)
		return 0;
	return !evidence_is_failure(live) || !stored->time || evidence_is_failure(stored) || evidence_contradicts(live, stored);
}

/* Since when it is so: of failures since the first, whatever each was for. */
static int is_the_same(const struct observed *live, const struct observed *stored)
{
	return stored->time && live->verdict.class == stored->verdict.class &&
	       (live->verdict.reason == stored->verdict.reason || live->verdict.class == CLASS_UNKNOWN);
}

static void look(struct seen *s, struct entries *v, size_t i, struct db_txn *txn)
{
	const struct observed *live;
	struct err e;

	rows_get(v->rows, i, &s->row);
	s->damaged = 0;
	s->o = (struct observed){0};
	live = live_get(v->view.console->live, s->row.name);
	if (txn && observed_get(txn, s->row.name, NULL, &s->o, &e) < 0)
		s->damaged = 1;
	if (live && takes_place(live, &s->o)) {
		int64_t since = is_the_same(live, &s->o) ? s->o.since : live->since;

		s->o = *live;
		s->o.since = since;
	}
}

/* A live listing overrules what the stored days had come to; the reverse is never so, and a failure only stops the
 * clock. */
static enum state state_to_show(const struct seen *s)
{
	if (s->row.state != STATE_DELETABLE && s->row.state != STATE_ORPHAN &&
	    s->row.state != STATE_SUSPECT)
		return s->row.state;
	if (s->o.time && s->o.verdict.class != CLASS_ORPHAN && s->o.verdict.class != CLASS_UNKNOWN)
		return verdict_is_listed(s->o.verdict) ? STATE_LISTED : STATE_NEW;
	return s->row.state;
}

static void add_targets(char *out, size_t size, const struct observed *o)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < o->n_mx && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%u %s%s", i ? ", " : "",
					 o->mx[i].preference,
					 o->mx[i].target[0] ? o->mx[i].target : ".",
					 o->mx[i].ours == 1 ? " (us)" : "");
}

static void put_styled(int row, const struct column *c, const char *text, enum draw_style style)
{
	if (c->width && *text)
		draw_text(row, c->at, c->width, text, style);
}

static void put(int row, const struct column *c, const char *text)
{
	put_styled(row, c, text, DRAW_PLAIN);
}

/* A figure that is too long for its column is none: half a number would be another one. */
static void put_right(int row, const struct column *c, const char *text)
{
	int len = (int)strlen(text);

	if (c->width && len <= c->width)
		draw_text(row, c->at + c->width - len, len, text, DRAW_PLAIN);
	else if (c->width)
		draw_text(row, c->at, c->width, ">", DRAW_PLAIN);
}

/* The bar's end: behind the first label; a .suffix begins with its dot. */
static size_t bar_of(const char *shown)
{
	size_t dot = *shown == '.', len = dot + strcspn(shown + dot, ".");

	return len < BAR_MAX ? len : BAR_MAX;
}

static void paint_name(int row, const struct column *c, const char *name, int is_cursor)
{
	char shown[NAME_SIZE * 4];

	draw_text(row, c->at, c->width, name, DRAW_PLAIN);
	if (!is_cursor)
		return;
	columns_cut(shown, sizeof shown, name, c->width);
	shown[bar_of(shown)] = '\0';
	/* What was escaped would be escaped twice; such a name goes without the bar. */
	if (!strchr(shown, '\\'))
		draw_text(row, c->at, c->width, shown, DRAW_CURSOR);
}

static void paint_row(struct entries *v, int row, const struct seen *s, const struct column *c,
		      int is_cursor)
{
	int flags = staged_get(&v->view.console->staged, s->row.name);
	char text[400], left[4];
	enum state state = state_to_show(s);
	const struct observed *o = s->o.time ? &s->o : NULL;

	left[0] = is_cursor ? '>' : ' ';
	left[1] = flags & STAGED_DELETE ? 'D' : flags & STAGED_MARK ? '*' : ' ';
	left[2] = words_mark(o); /* no colour: these three are repainted with every key */
	left[3] = '\0';
	draw_text(row, 0, 3, left, DRAW_PLAIN);
	paint_name(row, &c[COL_NAME], s->row.name, is_cursor);
	if (s->damaged)
		snprintf(text, sizeof text, "damaged: mxward check");
	else
		words_dns(text, sizeof text, o);
	put_styled(row, &c[COL_DNS], text, left[2] == '!' || s->damaged ? DRAW_ALERT : DRAW_PLAIN);
	if (o)
		put(row, &c[COL_SINCE], date_ago(text, o->since, date_now()));
	words_ready(text, sizeof text,
		    &(struct ready_look){.state = state,
					 .o = o,
					 .may_from = s->row.may_from,
					 .notice_deadline = s->row.notice_deadline,
					 .is_held_by_mail = s->row.is_held_by_mail,
					 .is_browned = s->row.browned},
		    date_now());
	put(row, &c[COL_READY], strcmp(text, "-") ? text : "");
	put_right(row, &c[COL_MAIL], traffic_count_text(text, s->row.mail.msgs));
	if (c[COL_BYTES].width)
		put_right(row, &c[COL_BYTES], traffic_bytes_text(text, s->row.mail.carried));
	put(row, &c[COL_CUSTOMER], s->row.customer);
	put(row, &c[COL_STATE], state_name(state));
	if (o && c[COL_MX].width) {
		add_targets(text, sizeof text, o);
		put(row, &c[COL_MX], text);
	}
}

/* A screen with nothing on it says what to do next. */
static void paint_empty(struct entries *v, int cols)
{
	const char *text = v->limit_is_wrong ? "no entry matches the words before the mistake"
					     : "no entry matches the limit; l changes it, an empty one shows all";

	if (v->is_unreadable)
		text = "the entries cannot be read: mxward check says what is damaged";
	else if (!rows_is_loaded(v->rows))
		text = "reading the entries";
	else if (v->summary.total == 0)
		text = "no entries yet: mxward import FILE, or a to add one";
	draw_text(ENTRIES_HEAD, ENTRIES_NAME_AT, cols - ENTRIES_NAME_AT, text, DRAW_PLAIN);
}

/* The column of the order stands out; figures are right of their column, and so are their heads. */
static void paint_heads(const struct entries *v, const struct column c[N_ENTRIES_COLUMNS])
{
	enum entries_column by = entries_column_of(v->order, c);

	for (int i = 0; i < N_ENTRIES_COLUMNS; i++) {
		int len = (int)strlen(c[i].head), right = (i == COL_MAIL || i == COL_BYTES) && c[i].width > len;

		if (c[i].width)
			draw_text(2, c[i].at + (right ? c[i].width - len : 0), c[i].width, c[i].head,
				  (int)by == i ? DRAW_BOLD : DRAW_PLAIN);
	}
}

int entries_foot(struct view *view, int rows, int cols)
{
	return pane_height(rows, cols, view->list.count);
}

void entries_paint(struct view *view, int cols)
{
	struct entries *v = (struct entries *)view;
	const struct list *l = &view->list;
	const char *names[ROWS_MAX];
	struct column c[N_ENTRIES_COLUMNS];
	struct db_txn *txn = NULL;
	size_t n = 0;
	struct err e;

	v->painted = entries_sight(v);
	paint_title(v, cols);
	paint_summary(v, cols);
	if (l->count == 0) {
		paint_empty(v, cols);
		live_rest(view->console->live, names, 0);
		return;
	}
	entries_columns_fit(c, &v->widths, &v->known, cols);
	paint_heads(v, c);
	if (db_begin_read(&txn, view->console->ward->db, &e) != 0)
		txn = NULL;
	for (size_t i = l->top; i < l->count && n < l->height && n < ROWS_MAX; i++) {
		struct seen s;

		look(&s, v, i, txn);
		paint_row(v, ENTRIES_HEAD + (int)n, &s, c, i == l->cursor);
		names[n++] = s.row.name;
	}
	if (txn)
		db_abort(txn);
	live_rest(view->console->live, names, n);
	pane_paint(&v->pane, view->console, v->cursor, draw_rows(), cols, entries_foot(view, draw_rows(), cols));
}

/* Who marks or stages is on the way to a deletion. */
void entries_hints(struct view *view, enum hint hint[N_KEYS])
{
	const struct staged *staged = &view->console->staged;

	if (staged->marked)
		hint[DO_STAGE] = HINT_FIRST;
	if (staged->marked || staged->deleted)
		hint[DO_PREVIEW] = HINT_FIRST;
}

void entries_status(struct view *view, struct str *out)
{
	struct entries *v = (struct entries *)view;
	struct console *c = view->console;

	if (v->on_marked)
		str_add(out, "; on the marked: next key");
	if (c->staged.marked)
		str_addf(out, "  %zu marked", c->staged.marked);
	if (c->staged.deleted)
		str_addf(out, "  %zu staged", c->staged.deleted);
	if (v->limit_text[0])
		str_addf(out, "  limit: %.60s", v->limit_text);
	if (v->order != ROWS_BY_NAME || v->reverse)
		str_addf(out, "  by %s%s", entries_order_name(v->order), v->reverse ? ", reversed" : "");
}
