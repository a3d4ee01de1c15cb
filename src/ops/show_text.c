#include "ops/show.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/str.h"
#include "ops/evidence.h"
#include "ops/leftovers.h"
#include "ops/show_inner.h"
#include "ops/ward.h"

/* The explanation in words; what is known was read before, in one transaction. */

/* What each of several resolvers said; of one the line above tells. */
static void add_each(struct str *out, const struct observed *o)
{
	struct evidence_said said;
	const char *at = o->each ? o->each : "";

	if (*at)
		str_add(out, "Each resolver:\n");
	while (evidence_next_said(&at, &said)) {
		enum reason reason = reason_from_name(said.reason);

		str_addf(out, "  %-24s %s: %s\n", said.resolver, class_name(reason_class(reason)),
			 reason == UNK_TIMEOUT ? "It gave no answer in time." : reason_words(reason));
	}
}

void show_add_wrapped(struct str *out, const char *text, int width)
{
	int column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + (int)word > width) {
			str_add(out, "\n  ");
			column = 2;
		} else if (column > 0) {
			str_add_char(out, ' ');
			column++;
		}
		str_add_bytes(out, text, word);
		column += (int)word;
		text += word;
		while (*text == ' ')
			text++;
	}
	str_add_char(out, '\n');
}

static void add_lines(struct str *out, const char *text, int width)
{
	char line[700];

	for (size_t n; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		snprintf(line, sizeof line, "%.*s", (int)n, text);
		show_add_wrapped(out, line, width);
	}
}

static void add_head(struct str *out, const struct entry *entry, int width)
{
	char unicode[NAME_SIZE * 2], right[AUDIT_CUSTOMER_MAX + 8];
	int pad;

	name_to_unicode(unicode, sizeof unicode, entry->name);
	snprintf(right, sizeof right, "%s", entry->customer);
	pad = width - (int)strlen(entry->name) - (int)strlen(right);
	str_addf(out, "%s%*s%s\n", entry->name, pad > 1 ? pad : 1, "", right);
	if (unicode[0])
		str_addf(out, "written %s\n", unicode);
}

static void add_verdict(struct str *out, const struct observed *o, int width)
{
	char line[200], code[80];
	int pad;

	if (!o) {
		str_add(out, "Not looked at yet; the next scan does, or lookup.\n");
		return;
	}
	snprintf(line, sizeof line, "%s: %s", class_name(o->verdict.class), reason_words(o->verdict.reason));
	snprintf(code, sizeof code, "[%s]", reason_name(o->verdict.reason));
	pad = width - (int)strlen(line) - (int)strlen(code);
	str_addf(out, "%s%*s%s\n", line, pad > 1 ? pad : 1, "", code);
	for (unsigned bit = 0; bit < N_FLAGS; bit++)
		if (o->verdict.flags & 1u << bit)
			str_addf(out, "  %s (%s)\n", flag_words(bit), flag_name(bit));
}

static const char *whose(const struct ward *w, const struct observed_mx *mx, const struct net_address *a)
{
	if (mx->ours == 1)
		return "OURS";
	if (!a)
		return mx->ours < 0 ? "no answer" : "no address";
	if (netset_has(&w->config.site.networks, a))
		return "on-net";
	return net_is_bogon(a) ? "private" : "off-net";
}

/* How wide the names of the targets are: what the longest needs, while the addresses have room beside. */
static int target_width(const struct observed *o, int width)
{
	int longest = 12, most = width - 32 > 20 ? width - 32 : 20;

	for (size_t i = 0; i < o->n_mx; i++)
		if ((int)strlen(o->mx[i].target) > longest)
			longest = (int)strlen(o->mx[i].target);
	return longest < most ? longest : most;
}

/* Addresses of a kind stand together, as many on a line as fit. */
static void add_addresses(struct str *out, const struct ward *w, const struct observed_mx *mx, int at, int width)
{
	const char *kind = whose(w, mx, mx->n_addresses ? &mx->address[0] : NULL);
	char address[NET_TEXT_SIZE];
	int column = at + 10;

	str_addf(out, "%-9s", kind);
	for (size_t i = 0; i < mx->n_addresses; i++) {
		const char *now = whose(w, mx, &mx->address[i]);
		int len;

		net_address_text(address, &mx->address[i]);
		len = (int)strlen(address);
		if (i > 0 && (strcmp(now, kind) != 0 || column + len > width)) {
			str_addf(out, "\n%*s%-9s", at, "", strcmp(now, kind) != 0 ? now : "");
			column = at + 10;
			kind = now;
		} else if (i > 0) {
			str_add_char(out, ',');
		}
		str_addf(out, " %s", address);
		column += len + 2;
	}
	str_add_char(out, '\n');
}

static void add_targets(struct str *out, const struct ward *w, const struct observed *o, int width)
{
	int implicit = evidence_is_implicit(o), names = target_width(o, width);
	char shown[NAME_SIZE * 2];

	if (o->chain[0])
		str_addf(out, "  alias of %s\n", escape(shown, sizeof shown, o->chain, strlen(o->chain)));
	for (size_t i = 0; i < o->n_mx; i++) {
		const struct observed_mx *mx = &o->mx[i];

		escape(shown, sizeof shown, mx->target, strlen(mx->target));
		if (implicit)
			str_addf(out, "  no MX %-*s  ", names, shown);
		else
			str_addf(out, "  %5u %-*s  ", mx->preference, names, shown[0] ? shown : ".");
		add_addresses(out, w, mx, 10 + names, width);
	}
	/* Of what gave no answer, or was not asked, nothing is said. */
	if (o->n_mx == 0 && o->verdict.class != CLASS_UNKNOWN && o->verdict.class != CLASS_NA)
		str_add(out, "  no MX and no address\n");
}

static void add_checked(struct str *out, const struct observed *o, int64_t now, int live)
{
	char when[DATE_SIZE], ago[DATE_SIZE], first[DATE_SIZE];

	if (o->time == 0)
		return; /* what DNS cannot judge is not asked about */
	date_ago(ago, o->time, now);
	str_addf(out, "%s %s%s (%s)%s%s%s\n", live ? "Asked" : "Checked", ago, strcmp(ago, "now") ? " ago" : "",
		 date_local_minute(when, o->time), o->resolver[0] ? " by resolver " : "", o->resolver,
		 o->authenticated > 0 ? ", DNSSEC validated" : "");
	if (live)
		return;
	date_ago(ago, o->since, now);
	str_addf(out, "So since %s%s%s: %u observation%s on %u day%s\n", date_local_day(first, o->since),
		 strcmp(ago, "now") ? ", for " : "", strcmp(ago, "now") ? ago : "", o->count, o->count == 1 ? "" : "s", o->days,
		 o->days == 1 ? "" : "s");
}

/* That nothing usable came just now is told beside what is known, and not in its place. */
static void add_failure(struct str *out, const struct observed *live, int64_t now, int width)
{
	struct str text = {0};
	char ago[DATE_SIZE];

	date_ago(ago, live->time, now);
	str_addf(&text, "Asked %s%s", ago, strcmp(ago, "now") ? " ago" : "");
	if (evidence_is_silence(live))
		str_add(&text, ": no resolver answered, which says nothing of the entry.");
	else if (live->verdict.reason == UNK_TIMEOUT)
		str_add(&text, ": not every resolver answered.");
	else
		str_addf(&text, " by resolver %s: no usable answer.", live->resolver);
	if (live->verdict.class == CLASS_UNKNOWN && live->verdict.reason != UNK_TIMEOUT)
		str_addf(&text, " %s [%s]", reason_words(live->verdict.reason), reason_name(live->verdict.reason));
	show_add_wrapped(out, str_text(&text), width);
	str_clear(&text);
}

/* What stands above and below it in the list, where that changes what a deletion does. */
static void add_cover(struct str *out, const struct known *k, int width)
{
	struct str text = {0};

	if (k->entry.name[0] == '.' && k->parent_matches)
		str_add(&text, "Inert: the mail server matches subdomains by their parent "
			       "(parent_domain_matches_subdomains), and then an entry that begins with a dot matches nothing.");
	else if (k->cover.parent[0])
		str_addf(&text, "Covered by %s: mail for it is accepted also without this entry.", k->cover.parent);
	else if (k->cover.covered)
		str_addf(&text, "Covers %s.", k->cover.names);
	if (k->seen.n)
		str_addf(&text, "%sBelow it mail was accepted for %s: looked up before it goes%s.", text.len ? " " : "",
			 k->seen.names, k->seen.left_out ? "; the logs had more than are kept" : "");
	if (text.len)
		show_add_wrapped(out, str_text(&text), width);
	str_clear(&text);
}

static void add_settled(struct str *out, const struct entry *entry, const struct observed *o)
{
	char day[DATE_SIZE];

	if (entry->notice_deadline)
		str_addf(out, "Notice: the customer was told, until %s%s%s\n", date_local_day(day, entry->notice_deadline),
			 entry->notice_ticket[0] ? ", ticket " : "", entry->notice_ticket);
	if (entry_is_acknowledged(entry, o))
		str_add(out, "Acknowledged: the real server behind it is known, for this MX set\n");
	else if (entry->acknowledged)
		str_add(out, "Acknowledged once, but the MX set has changed since\n");
}

static void add_operator_part(struct str *out, const struct entry *entry, int width)
{
	char day[DATE_SIZE];
	struct str line = {0};

	if (entry->contact[0])
		str_addf(out, "Contact: %s\n", entry->contact);
	if (entry->contract_end)
		str_addf(out, "Contract ends: %s\n", date_local_day(day, entry->contract_end));
	if (entry->confirmed)
		str_addf(out, "Confirmed by the customer: %s\n", date_local_day(day, entry->confirmed));
	if (entry->reviewed)
		str_addf(out, "Reviewed: %s\n", date_local_day(day, entry->reviewed));
	if (entry->pin_note[0])
		str_addf(out, "Pin: %s\n", entry->pin_note);
	if (entry->note[0]) {
		str_add(&line, "Note: ");
		for (const char *p = entry->note; *p; p++)
			str_add_char(&line, *p == '\n' || *p == '\t' ? ' ' : *p);
		show_add_wrapped(out, str_text(&line), width);
		str_clear(&line);
	}
	if (entry->table_value[0])
		str_addf(out, "Table value: %s\n", entry->table_value);
}

/* What a moved entry costs is the reason to talk to its customer. */
static void add_cost(struct str *out, const struct known *k, const struct observed *o)
{
	char bytes[TRAFFIC_TEXT];

	if (k->mail.bytes < 0)
		return;
	str_addf(out, "%s in 30 days: %s", o && o->verdict.class == CLASS_MOVED ? "Carried twice" : "Carried in and out",
		 traffic_bytes_text(bytes, k->mail.bytes + k->mail.out_bytes));
	if (k->has_cost) {
		str_add(out, " = ");
		money_sum_text(out, &k->cost);
	}
	str_add_char(out, '\n');
}

/* A heading stands behind an empty line, and only where something follows. */
static void add_section(struct str *out, const char *heading, struct str *text)
{
	if (text->len)
		str_addf(out, "\n%s\n%s", heading, str_text(text));
	str_clear(text);
}

int show_is_heading(const char *line)
{
	static const char *const headings[] = {SHOW_ENTRY, SHOW_MAIL, SHOW_PAST, SHOW_RECORDS};

	for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
		if (strcmp(line, headings[i]) == 0)
			return 1;
	return 0;
}

int show_parts(struct str *present, struct str *past, struct ward *w, const char *name, const struct observed *live,
	       int width, int past_width, struct err *e)
{
	struct str part = {0}, mail = {0};
	const struct observed *o;
	struct known k;

	if (show_read(&k, w, name, e) != 0)
		return -1;
	o = k.is_observed ? &k.observed : NULL;
	if (live && o && live->time < o->time)
		live = NULL; /* a scan has looked since */
	if (live && (!evidence_is_failure(live) || (o && evidence_contradicts(live, o))))
		o = live;
	add_head(present, &k.entry, width);
	add_verdict(present, o, width);
	if (o) {
		add_targets(present, w, o, width);
		add_checked(present, o, date_now(), o == live);
		add_each(present, o);
	}
	if (live && live != o) {
		add_failure(present, live, date_now(), width);
		add_each(present, live);
	}
	str_add_char(present, '\n');
	show_add_may(present, &k, o, live, width);
	add_cover(present, &k, width);
	if (k.brownout[0]) {
		char line[240];

		snprintf(line, sizeof line, "Brownout: %s.", k.brownout);
		add_lines(present, line, width);
	}
	add_settled(&part, &k.entry, o);
	add_operator_part(&part, &k.entry, width);
	add_lines(&part, leftovers_lines(w, name), width);
	add_section(present, SHOW_ENTRY, &part);
	traffic_spark_add(&part, &k.spark);
	traffic_add_text(&mail, &k.look, &k.mail);
	add_lines(&part, str_text(&mail), width);
	str_clear(&mail);
	add_cost(&part, &k, o);
	add_lines(&part, str_text(&k.queue_lines), width);
	add_section(present, SHOW_MAIL, &part);
	show_add_past(past, &k, past_width);
	show_clear(&k);
	return 0;
}

int show_text(struct str *out, struct ward *w, const char *name, const struct observed *live, int width, struct err *e)
{
	struct str past = {0};
	int rc = show_parts(out, &past, w, name, live, width, width, e);

	str_add(out, str_text(&past));
	str_clear(&past);
	return rc;
}
