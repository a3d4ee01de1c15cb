/*
 * show_past: the history of an entry as a timeline, and its audit records; part of show.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/str.h"
#include "ops/records.h"
#include "ops/show.h"
#include "ops/show_inner.h"
#include "relay/words.h"

enum { RECORDS_SHOWN = 12 };

/* "  2026-09-10 - today        80d  moved to outlook.com", the newest first; a failure is a gap and no answer. */
static void add_span(struct str *out, const struct observed *o, int is_last, int counts)
{
	char from[DATE_SIZE], to[DATE_SIZE], words[80];
	int64_t until = is_last ? date_now() : o->time;

	str_addf(out, "  %s - %-10s %5" PRId64 "d  %s", date_local_day(from, o->since),
		 is_last ? "today" : date_local_day(to, o->time), (until - o->since) / DATE_DAY, words_dns(words, sizeof words, o));
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

static void add_record(struct str *out, const struct audit_row *r, int width)
{
	char when[DATE_SIZE], text[600], shown[800];
	struct str line = {0};

	records_describe(text, sizeof text, r);
	str_addf(&line, "  %s  %-9s %-10s %s", date_local_minute(when, r->record.time_ms / 1000),
		 records_action_word(r->record.action), r->has_operator ? r->operator.login : "withheld",
		 escape(shown, sizeof shown, text, strlen(text)));
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
		str_addf(out, "  and %zu before: A in the console, or mxward audit list %s\n", k->n_records - n, k->entry.name);
}

void show_add_past(struct str *out, const struct known *k, int width)
{
	add_history(out, k);
	add_records(out, k, width);
}
