/*
 * show_past: the history of an entry as a timeline, and its audit records; part of show.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/str.h"
#include "ops/show.h"
#include "ops/show_inner.h"
#include "relay/words.h"

enum { DAY = 86400, RECORDS_SHOWN = 12 };

/* "  2026-09-10 - today        80d  moved to outlook.com", the newest first; a failure is a gap and no answer. */
static void add_span(struct str *out, const struct observed *o, int is_last, int counts)
{
	char from[DATE_SIZE], to[DATE_SIZE], words[80];
	int64_t until = is_last ? date_now() : o->time;

	str_addf(out, "  %s - %-10s %5" PRId64 "d  %s", date_local_day(from, o->since),
		 is_last ? "today" : date_local_day(to, o->time), (until - o->since) / DAY, words_dns(words, sizeof words, o));
	if (!counts || o->distrusted >= o->count)
		str_add(out, " (not counted)");
	else if (o->distrusted)
		str_addf(out, " (%u of %u not counted)", o->distrusted, o->count);
	str_add_char(out, '\n');
}

static void add_history(struct str *out, const struct known *k)
{
	if (k->n_history == 0 && !k->is_observed)
		return;
	str_add(out, "\n" SHOW_PAST "\n");
	if (k->is_observed)
		add_span(out, &k->observed, 1, k->counts);
	for (size_t i = k->n_history; i-- > 0;)
		add_span(out, &k->history[i], 0, 1);
}

/* "delete" of "relay.delete": most are about the relay's list. */
static const char *action_word(enum audit_action action)
{
	const char *name = audit_action_name(action);

	return strncmp(name, "relay.", 6) == 0 ? name + 6 : name;
}

/* Why it was done; of what was observed, what that was. */
static const char *text_of(const struct audit_row *r, char out[200])
{
	const char *text = r->has_note ? r->note.text[0] ? r->note.text : r->note.reason : "";
	char both[200];

	if (r->record.action == AUDIT_OBSERVE_CHANGE) {
		snprintf(both, sizeof both, "%s%s%s", r->record.before, r->record.before[0] ? " -> " : "", r->record.after);
		text = both;
	}
	return escape(out, 200, text, strlen(text));
}

static void add_record(struct str *out, const struct audit_row *r, int width)
{
	char when[DATE_SIZE], text[200];
	struct str line = {0};

	str_addf(&line, "  %s  %-14s %-10s %s%s%s", date_local_minute(when, r->record.time_ms / 1000),
		 action_word(r->record.action), r->has_operator ? r->operator.login : "withheld",
		 text_of(r, text), r->has_note && r->note.ticket[0] ? " " : "",
		 r->has_note ? r->note.ticket : "");
	while (line.len && line.bytes[line.len - 1] == ' ')
		str_truncate(&line, line.len - 1);
	if ((int)line.len > width)
		str_addf(out, "%.*s~\n", width - 1, str_text(&line));
	else
		str_addf(out, "%s\n", str_text(&line));
	str_clear(&line);
}

static void add_records(struct str *out, const struct known *k, int width)
{
	size_t n = 0;

	if (k->n_records == 0)
		return;
	str_add(out, "\n" SHOW_RECORDS "\n");
	for (size_t i = k->n_records; i-- > 0 && n < RECORDS_SHOWN; n++)
		add_record(out, &k->record[i], width);
	if (k->n_records > n)
		str_addf(out, "  and %zu before: mxward audit list %s\n", k->n_records - n, k->entry.name);
}

void show_add_past(struct str *out, const struct known *k, int width)
{
	add_history(out, k);
	add_records(out, k, width);
}
