#include "ops/evidence.h"

#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "base/date.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/lookup.h"
#include "relay/entry.h"
#include "relay/site.h"

/* A real MX set has a handful of targets; what is beyond this is counted in no evidence. */
enum { EVIDENCE_MX_MAX = 128, EVIDENCE_ADDRESS_MAX = 32 };

enum { SILENT_S = 7 * DATE_DAY };

enum { RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3 };

static void observe_host(struct observed_mx *out, struct arena *a, const struct answer_host *h)
{
	size_t n = h->n_addresses < EVIDENCE_ADDRESS_MAX ? h->n_addresses : EVIDENCE_ADDRESS_MAX;
	struct net_address *copy = arena_alloc(a, n * sizeof *copy);

	memccpy(out->target, h->name, '\0', sizeof out->target - 1);
	if (n)
		memcpy(copy, h->address, n * sizeof *copy);
	out->address = copy;
	out->n_addresses = n;
}

/* Without MX the entry's own address is where mail goes (RFC 5321 5.1), so it is shown as the one target. */
static void observe_targets(struct observed *out, struct arena *a, const struct site *site,
			    const struct answer *answer)
{
	size_t n = answer->n_mx < EVIDENCE_MX_MAX ? answer->n_mx : EVIDENCE_MX_MAX;
	struct observed_mx *mx;

	if (answer->status == ANSWER_NODATA && answer->self.n_addresses > 0) {
		mx = arena_alloc(a, sizeof *mx);
		observe_host(mx, a, &answer->self);
		mx->ours = (out->verdict.class == CLASS_BROKEN);
		out->mx = mx;
		out->n_mx = 1;
		return;
	}
	mx = arena_alloc(a, n * sizeof *mx);
	for (size_t i = 0; i < n; i++) {
		if (answer->mx[i].host < answer->n_hosts)
			observe_host(&mx[i], a, &answer->host[answer->mx[i].host]);
		mx[i].preference = answer->mx[i].preference;
		mx[i].ours = (int8_t)verdict_target_is_ours(site, answer, i);
	}
	out->mx = mx;
	out->n_mx = n;
}

static const char *join_chain(struct arena *a, const struct answer *answer)
{
	struct str s = {0};
	char *text;

	for (size_t i = 0; i < answer->n_chain; i++) {
		if (i)
			str_add(&s, " > ");
		str_add(&s, answer->chain[i]);
	}
	text = arena_string(a, str_text(&s), s.len);
	str_clear(&s);
	return text;
}

static const char *join_each(struct arena *a, const struct lookup_result *r)
{
	struct str s = {0};
	char *text;

	for (size_t i = 0; i < r->n_all; i++)
		str_addf(&s, "%s%s %s", i ? ", " : "", r->all[i].resolver, reason_name(r->each[i].reason));
	text = arena_string(a, str_text(&s), s.len);
	str_clear(&s);
	return text;
}

int evidence_next_said(const char **at, struct evidence_said *out)
{
	size_t word = strcspn(*at, " "), code;

	if (!**at)
		return 0;
	snprintf(out->resolver, sizeof out->resolver, "%.*s", (int)word, *at);
	*at += word + ((*at)[word] == ' ');
	code = strcspn(*at, ",");
	snprintf(out->reason, sizeof out->reason, "%.*s", (int)code, *at);
	*at += code + 2 * ((*at)[code] == ',');
	return 1;
}

/* FNV-1a over the sorted names; 0 is kept for a set that is not known. */
static uint64_t hash_names(const char **name, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		for (const char *p = name[i];; p++) {
			h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
			if (!*p)
				break;
		}
	return n == 0 ? 0 : h ? h : 1;
}

/* A set of which another target gave no answer is UNKNOWN; that it names us is certain all the same. */
static int names_us(const struct site *site, const struct answer *a)
{
	for (size_t i = 0; a->status == ANSWER_DATA && i < a->n_mx; i++)
		if (verdict_target_is_ours(site, a, i) == 1)
			return 1;
	return 0;
}

void evidence_observe(struct observed *out, struct arena *a, const struct site *site,
		      const struct lookup_result *r, uint64_t sets)
{
	const struct answer *answer = r->answer;

	*out = (struct observed){.verdict = r->verdict, .count = 1, .days = 1, .sets = sets,
				 .rcode = -1, .ede = -1, .authenticated = -1, .resolver = "", .chain = "", .each = ""};
	if (!answer)
		return;
	for (size_t i = 0; i < r->n_all; i++)
		out->was_listed |= (uint8_t)(verdict_is_listed(r->each[i]) ||
					     (r->each[i].class == CLASS_UNKNOWN && names_us(site, &r->all[i])));
	out->ns = hash_names(answer->ns, answer->n_ns);
	out->rcode = answer->rcode;
	out->ede = answer->ede;
	out->authenticated = answer->authenticated;
	out->ttl = answer->ttl;
	out->resolver = arena_string(a, answer->resolver, strlen(answer->resolver));
	out->chain = join_chain(a, answer);
	if (r->n_all > 1)
		out->each = join_each(a, r);
	out->since = out->time = answer->time;
	observe_targets(out, a, site, answer);
}

/* A suffix is never UNKNOWN, so of one it is the return code that tells. */
int evidence_is_failure(const struct observed *o)
{
	return o->verdict.class == CLASS_UNKNOWN ||
	       (o->verdict.reason == NA_SUFFIX && o->rcode != RCODE_NOERROR && o->rcode != RCODE_NXDOMAIN);
}

int evidence_contradicts(const struct observed *fresh, const struct observed *stored)
{
	return fresh->verdict.class == CLASS_UNKNOWN && fresh->was_listed && !stored->was_listed &&
	       !verdict_is_listed(stored->verdict);
}

int evidence_is_silence(const struct observed *o)
{
	const char *at = o->each ? o->each : "";
	struct evidence_said said;

	if (o->verdict.reason != UNK_TIMEOUT || o->rcode >= 0)
		return 0;
	while (evidence_next_said(&at, &said))
		if (reason_from_name(said.reason) != UNK_TIMEOUT)
			return 0;
	return 1;
}

static int same_targets(const struct observed *x, const struct observed *y)
{
	if (x->n_mx != y->n_mx)
		return 0;
	for (size_t i = 0; i < x->n_mx; i++)
		if (x->mx[i].preference != y->mx[i].preference ||
		    strcmp(x->mx[i].target, y->mx[i].target) != 0)
			return 0;
	return 1;
}

static int is_definite(uint8_t class)
{
	return class == CLASS_OK || class == CLASS_MOVED || class == CLASS_BROKEN || class == CLASS_ORPHAN ||
	       class == CLASS_NA;
}

static void add_month(struct observed *o, int month, uint8_t class)
{
	if (o->n_months == 0 || o->month[0].month != month) {
		o->n_months += o->n_months < OBSERVED_MONTHS;
		memmove(&o->month[1], &o->month[0], (OBSERVED_MONTHS - 1) * sizeof o->month[0]);
		o->month[0] = (struct observed_month){.month = month};
	}
	o->month[0].checks++;
	o->month[0].away += class == CLASS_ORPHAN;
}

static void take_counted(struct observed *fresh, const struct observed *old, struct evidence_scan of_old,
			 const struct timeline_rules *r)
{
	int counts = of_old.counts, definite = counts && is_definite(old->verdict.class);

	tally_inherit(fresh, old, counts, r);
	fresh->n_months = old->n_months;
	memcpy(fresh->month, old->month, sizeof fresh->month);
	if (counts)
		add_month(fresh, of_old.month, old->verdict.class);
	fresh->counted_class = counts ? old->verdict.class : old->counted_class;
	fresh->definite_class = definite ? old->verdict.class : old->definite_class;
	fresh->definite_reason = definite ? old->verdict.reason : old->definite_reason;
	fresh->hold_until = old->hold_until;
}

static uint8_t news_of(const struct observed *o)
{
	struct verdict before = {.class = o->definite_class};
	unsigned news = 0;

	if (o->verdict.class == CLASS_ORPHAN && verdict_is_listed(before))
		news |= NEWS_SUSPECT;
	if (o->verdict.class == CLASS_UNKNOWN && is_definite(o->counted_class))
		news |= NEWS_UNKNOWN;
	if (is_definite(o->verdict.class) && before.class != CLASS_NONE && before.class != o->verdict.class)
		news |= NEWS_CHANGED;
	return (uint8_t)news;
}

/* The same news again, in a night as distrusted as the last: a day more on which it was so.  A night of bad
 * canaries neither adds one nor takes any away. */
static uint8_t repeat_of(const struct observed *fresh, const struct observed *old, struct evidence_scan of_old)
{
	int another_day = of_old.canaries && date_day(fresh->time) != date_day(old->time);

	if (of_old.counts || !(fresh->news & old->news & (NEWS_SUSPECT | NEWS_UNKNOWN)))
		return 0;
	return (uint8_t)(old->repeat + (another_day && old->repeat < UINT8_MAX));
}

/* A domain that gives no answer for a week is worth a look. */
static void note_silence(struct observed *fresh, const struct observed *old)
{
	if (fresh->verdict.class != CLASS_UNKNOWN)
		return;
	fresh->unknown_since = fresh->time;
	if (old && old->time && old->verdict.class == CLASS_UNKNOWN)
		fresh->unknown_since = old->unknown_since;
	if (fresh->time - fresh->unknown_since > SILENT_S && fresh->verdict.severity < 2)
		fresh->verdict.severity = 2;
}

void evidence_follow(struct observed *fresh, struct observed *old, struct evidence_scan of_old,
		     const struct timeline_rules *r, int *changed)
{
	*changed = 0;
	note_silence(fresh, old);
	if (!old || old->time == 0)
		return;
	take_counted(fresh, old, of_old, r);
	fresh->news = news_of(fresh);
	fresh->repeat = repeat_of(fresh, old, of_old);
	old->distrusted += !of_old.counts;
	if (old->verdict.class != fresh->verdict.class || old->verdict.reason != fresh->verdict.reason ||
	    !same_targets(old, fresh) || old->sets != fresh->sets) {
		old->n_tallies = old->n_months = 0; /* they live on in the present row */
		*changed = 1;
		return;
	}
	fresh->since = old->since;
	fresh->count = old->count + 1;
	fresh->distrusted = old->distrusted;
	fresh->days = old->days + (date_day(fresh->time) != date_day(old->time));
}

int evidence_is_implicit(const struct observed *o)
{
	return o->verdict.reason == ORPHAN_IMPLICIT || (o->verdict.flags & W_IMPLICIT);
}

static void add_json_mx(struct str *out, const struct observed_mx *mx)
{
	struct json_line j = json_begin(out);
	char text[NET_TEXT_SIZE];

	json_int(&j, "preference", mx->preference);
	json_text(&j, "target", mx->target);
	if (mx->ours < 0)
		json_add_null(&j, "ours");
	else
		json_bool(&j, "ours", mx->ours);
	json_key(&j, "addresses");
	str_add_char(out, '[');
	for (size_t i = 0; i < mx->n_addresses; i++) {
		str_add(out, i ? ",\"" : "\"");
		str_add(out, net_address_text(text, &mx->address[i]));
		str_add_char(out, '"');
	}
	str_add_char(out, ']');
	json_end(&j);
}

void evidence_add_json(struct json_line *j, const struct observed *o)
{
	static const struct observed nothing = {.resolver = ""};

	if (!o)
		o = &nothing;
	json_text(j, "class", class_name(o->verdict.class));
	json_text(j, "reason", reason_name(o->verdict.reason));
	json_key(j, "flags");
	flags_add_json(j->out, o->verdict.flags);
	json_int(j, "severity", o->verdict.severity);
	json_text(j, "deletion", deletion_name(o->verdict.deletion));
	json_key(j, "mx");
	str_add_char(j->out, '[');
	for (size_t i = 0; i < o->n_mx && !evidence_is_implicit(o); i++) {
		if (i)
			str_add_char(j->out, ',');
		add_json_mx(j->out, &o->mx[i]);
	}
	str_add_char(j->out, ']');
	json_text(j, "resolver", o->resolver);
}

static const char *rcode_text(const struct observed *o)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

	if (o->rcode < 0)
		return "TIMEOUT";
	return o->rcode < 6 ? names[o->rcode] : "OTHER";
}

static void add_record(const char **records, size_t *n, struct arena *a, const struct str *line)
{
	records[(*n)++] = arena_string(a, str_text(line), line->len);
}

void evidence_line(struct audit_evidence *out, struct arena *a, const char *name, const struct observed *o)
{
	const char **records = arena_alloc(a, (o->n_mx * (EVIDENCE_ADDRESS_MAX + 1) + 1) * sizeof *records);
	const char **flags = arena_alloc(a, N_FLAGS * sizeof *flags);
	struct str line = {0};
	size_t n = 0, n_flags = 0;
	char text[NET_TEXT_SIZE];
	int implicit = evidence_is_implicit(o);

	for (size_t i = 0; i < o->n_mx; i++) {
		const struct observed_mx *mx = &o->mx[i];

		if (!implicit) {
			str_truncate(&line, 0);
			str_addf(&line, "%s %u IN MX %u %s.", name, o->ttl, mx->preference, mx->target);
			add_record(records, &n, a, &line);
		}
		for (size_t k = 0; k < mx->n_addresses; k++) {
			str_truncate(&line, 0);
			str_addf(&line, "%s IN %s %s", mx->target, mx->address[k].family == 4 ? "A" : "AAAA",
				 net_address_text(text, &mx->address[k]));
			add_record(records, &n, a, &line);
		}
	}
	for (unsigned bit = 0; bit < N_FLAGS; bit++)
		if (o->verdict.flags & 1u << bit)
			flags[n_flags++] = flag_name(bit);
	str_truncate(&line, 0);
	str_addf(&line, "%s MX", name);
	*out = (struct audit_evidence){
		.question = arena_string(a, str_text(&line), line.len),
		.rcode = rcode_text(o),
		.records = records,
		.n_records = n,
		.resolver = o->resolver,
		.authenticated = o->authenticated > 0,
		.ttl = o->ttl,
		.time_ms = o->time * 1000,
		.verdict = class_name(o->verdict.class),
		.reason = reason_name(o->verdict.reason),
		.flags = flags,
		.n_flags = n_flags,
	};
	str_clear(&line);
}
