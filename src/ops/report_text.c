/*
 * report_text: the words of a report, as text for mail and as lines for machines, part of report.h.
 */
#include "ops/report.h"

#include "base/date.h"
#include "base/json.h"
#include "base/str.h"
#include "ops/traffic_look.h"

enum { TEXT_ROWS = 20 };

static const char *report_kind_name(enum report_kind k)
{
	static const char *const names[N_REPORT_KINDS] = {"failing", "missing", "table", "drift",  "scan", "orphan",
							  "ready",   "gone",	"moved", "notice", "pin",  "confirm"};

	return names[k];
}

const char *report_kind_words(enum report_kind k)
{
	static const char *const words[N_REPORT_KINDS] = {
		"Mail is failing now",
		"Missing: their MX names us, and we refuse them",
		"Tables of the mail server that are not in line",
		"Changed by others in the mail server's tables",
		"Scans that went wrong",
		"New orphans",
		"Ready to delete",
		"Listed, but their own zone names us no more",
		"Moved, the dearest first",
		"Notices whose deadline is due",
		"Pins that end soon",
		"Confirmed by the customer more than a year ago",
	};

	return words[k];
}

void report_add_detail(struct str *out, const struct report_item *i)
{
	char text[DATE_SIZE], bytes[TRAFFIC_TEXT];

	switch (i->kind) {
	case REPORT_MOVED:
		if (i->bytes < 0) {
			str_add(out, "mail not measured");
			break;
		}
		str_add(out, traffic_bytes_text(bytes, i->bytes));
		if (i->has_cost) {
			str_add(out, ", ");
			money_sum_text(out, &i->cost);
		}
		break;
	case REPORT_NOTICE:
		str_addf(out, "until %s", date_local_day(text, i->time));
		break;
	case REPORT_PIN:
		str_addf(out, "ends %s", date_local_day(text, i->time));
		break;
	case REPORT_CONFIRM:
		str_addf(out, "last %s", date_local_day(text, i->time));
		break;
	case REPORT_SCAN:
		str_addf(out, "ended %s", date_local_minute(text, i->time));
		break;
	case REPORT_TABLE:
	case REPORT_DRIFT:
		str_add(out, "seen now");
		break;
	default:
		str_addf(out, "since %s%s", date_local_day(text, i->time), i->is_suspect ? ", to be confirmed" : "");
	}
}

void report_add_counts(struct str *out, const struct report *r)
{
	str_addf(out, "%zu entr%s", r->entries, r->entries == 1 ? "y" : "ies");
	for (int c = 1; c < N_CLASSES; c++)
		if (r->class[c])
			str_addf(out, ", %zu %s", r->class[c], class_words((enum class)c));
	if (r->class[CLASS_NONE])
		str_addf(out, ", %zu %s", r->class[CLASS_NONE], class_words(CLASS_NONE));
}

void report_add_scans(struct str *out, const struct report *r)
{
	if (r->scans == 0)
		str_add(out, "No scan ended since; without one nothing here is fresh");
	else
		str_addf(out, "%u scan%s ended, %u of them trusted", r->scans, r->scans == 1 ? "" : "s", r->scans - r->distrusted);
}

void report_add_moved(struct str *out, const struct report *r)
{
	char bytes[TRAFFIC_TEXT];

	if (r->moved_bytes < 0)
		return;
	str_addf(out, "%s carried twice in 30 days", traffic_bytes_text(bytes, r->moved_bytes));
	if (r->moved.n > 0) {
		str_add(out, " = ");
		money_sum_text(out, &r->moved);
	}
}

/* --- text -------------------------------------------------------------------------------------- */

static void add_head(struct str *out, const struct report *r)
{
	char from[DATE_SIZE], to[DATE_SIZE];

	str_addf(out, "mxward, %s to %s\n", date_local_minute(from, r->since), date_local_minute(to, r->now));
	report_add_counts(out, r);
	str_add_char(out, '\n');
	report_add_scans(out, r);
	str_add_char(out, '\n');
	nights_add(out, &r->nights);
}

static void add_item(struct str *out, const struct report_item *item)
{
	str_addf(out, "%c %-34s %-30s ", item->is_new ? '+' : ' ', item->name, item->words);
	report_add_detail(out, item);
	str_addf(out, "%s%s\n", item->customer[0] ? ", " : "", item->customer);
}

void report_add_text(struct str *out, const struct report *r)
{
	struct str moved = {0};

	add_head(out, r);
	report_add_moved(&moved, r);
	for (size_t i = 0, k = 0; i < r->n; i = k) {
		enum report_kind kind = r->item[i].kind;

		str_addf(out, "\n%s: %zu\n", report_kind_words(kind), r->of_kind[kind]);
		if (kind == REPORT_MOVED && moved.len)
			str_addf(out, "  %s\n", str_text(&moved));
		for (k = i; k < r->n && r->item[k].kind == kind; k++)
			if (k - i < TEXT_ROWS)
				add_item(out, &r->item[k]);
		if (k - i > TEXT_ROWS)
			str_addf(out, "  and %zu more\n", k - i - TEXT_ROWS);
	}
	str_add(out, r->n ? "\n+ is new since the last report\n" : "\nNothing to do.\n");
	if (r->audit[0])
		str_addf(out, "\n%s\n", r->audit);
	str_clear(&moved);
}

/* --- lines for machines -------------------------------------------------------------------------- */

static void add_cost(struct json_line *j, const struct report_item *item)
{
	const struct money *cost = &item->cost.each[0];
	char text[PRICE_TEXT];

	/* In two currencies it is no number. */
	if (item->has_cost && item->cost.n == 1) {
		json_key(j, "cost");
		str_add(j->out, money_number(text, cost));
		json_text(j, "currency", cost->currency);
	} else {
		json_add_null(j, "cost");
		json_add_null(j, "currency");
	}
}

void report_add_jsonl(struct str *out, const struct report *r)
{
	char text[DATE_SIZE];

	for (size_t i = 0; i < r->n; i++) {
		const struct report_item *item = &r->item[i];
		struct json_line j = json_begin(out);

		json_text(&j, "kind", report_kind_name(item->kind));
		json_text(&j, "name", item->name);
		json_text(&j, "customer", item->customer);
		json_text(&j, "words", item->words);
		json_text(&j, "time", date_rfc3339(text, item->time));
		if (item->bytes >= 0)
			json_int(&j, "bytes", item->bytes);
		else
			json_add_null(&j, "bytes");
		add_cost(&j, item);
		json_bool(&j, "new", item->is_new);
		json_end(&j);
		str_add_char(out, '\n');
	}
}
