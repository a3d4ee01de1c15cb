/*
 * work: scan and grade: looking many names up, with progress.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "cmd/select.h"
#include "dns/lookup.h"
#include "ops/brownout.h"
#include "ops/evidence.h"
#include "ops/grade.h"
#include "ops/scan.h"
#include "relay/words.h"

static void scan_progress(void *ctx, const struct scan *now, double per_second)
{
	progress_show(ctx, now->done, now->total, per_second);
}

/* --window and --rate as the configuration would have them. */
static int set_pace(struct call *c, struct err *e)
{
	static const char *const keys[] = {"window", "rate"};

	for (size_t i = 0; i < 2; i++) {
		const char *value = call_option(c, keys[i]);

		if (value && config_set(&c->ward->config, keys[i], value, "the command line", e) != 0) {
			e->code = ERR_USAGE;
			return -1;
		}
	}
	return 0;
}

static void tell_brownout(void *ctx, const char *line)
{
	(void)ctx;
	say("mxward: %s\n", line);
}

int run_scan(struct call *c)
{
	struct progress progress = {.what = "looked up"};
	struct scan_options o = {.progress = scan_progress, .ctx = &progress};
	struct brownout_result ended = {0};
	struct selection s = {0};
	struct scan scan;
	struct err e;
	int rc = set_pace(c, &e);

	if (rc == 0)
		rc = select_read(&s, c, &e);
	if (rc == 0 && s.by_names)
		rc = err_set(&e, ERR_USAGE, "scan takes a limit; for single names use: mxward lookup NAME");
	o.limit = c->n_operands ? s.limit : NULL;
	o.accept = call_option(c, "accept") != NULL;
	if (rc == 0)
		rc = scan_run(c->ward, &o, &scan, &e);
	progress_end(&progress);
	if (rc == 0) {
		const char *note = lookups_sandbox_note(c->ward->lookups);

		call_say_doubts(c);

		if (*note)
			say("mxward: %s\n", note);
		say_out("scan %u: %llu looked up", scan.number, (unsigned long long)scan.done);
		for (int i = 1; i < N_CLASSES; i++)
			if (scan.count[i])
				say_out(", %llu %s", (unsigned long long)scan.count[i], class_words((enum class)i));
		say_out("\n");
		if (!scan.trusted || scan.accepted)
			say("mxward: scan %u is %s: %s\n", scan.number,
			    scan.accepted ? "accepted although" : "distrusted and counts for nothing", scan.cause);
		if (scan.held && c->ward->config.group_hold)
			say("mxward: %llu entries left us together with others that share their name servers or "
				    "MX; they are held for %d days\n",
			    (unsigned long long)scan.held, c->ward->config.group_hold);
	}
	select_clear(&s);
	if (rc == 0 && scan.trusted && !scan.accepted && !o.limit)
		rc = brownout_carry_through(c->ward, tell_brownout, NULL, &ended, &e);
	if (rc != 0)
		return call_fail(&e);
	return !scan.trusted ? 1 : ended.is_behind ? err_status(ERR_BUSY) : 0;
}

enum { WORST = 10 };

struct worst {
	char name[NAME_SIZE];
	char words[80];
	int weight;
};

struct grading {
	struct progress progress;
	struct ward *ward;
	struct worst worst[WORST];
	int n_worst, jsonl;
	const char *file;
};

static int weigh(const struct verdict v)
{
	if (v.class == CLASS_BROKEN)
		return 40 + v.severity;
	if (v.class == CLASS_MOVED)
		return 20 + v.severity;
	if (v.class == CLASS_ORPHAN)
		return 30 + v.severity;
	return 0;
}

/* Keeps the ten heaviest, the first asked first among equals. */
static void note_worst(struct grading *g, const char *name, const struct observed *o)
{
	int weight = weigh(o->verdict), place = g->n_worst;

	if (weight == 0)
		return;
	while (place > 0 && g->worst[place - 1].weight < weight)
		place--;
	if (place >= WORST)
		return;
	if (g->n_worst < WORST)
		g->n_worst++;
	memmove(&g->worst[place + 1], &g->worst[place], (size_t)(g->n_worst - 1 - place) * sizeof *g->worst);
	g->worst[place].weight = weight;
	snprintf(g->worst[place].name, sizeof g->worst[place].name, "%s", name);
	words_dns(g->worst[place].words, sizeof g->worst[place].words, o);
}

static void on_name(void *ctx, const struct lookup_result *r)
{
	struct grading *g = ctx;
	struct arena a = {0};
	struct observed o;

	evidence_observe(&o, &a, &g->ward->config.site, r, 0);
	if (o.time == 0)
		o.time = date_now();
	note_worst(g, r->name, &o);
	if (g->jsonl) {
		struct str line = {0};
		struct json_line j = json_begin(&line);
		char when[DATE_SIZE];

		json_text(&j, "name", r->name);
		evidence_add_json(&j, &o);
		json_text(&j, "time", date_rfc3339(when, o.time));
		json_end(&j);
		puts(str_text(&line));
		str_clear(&line);
	}
	arena_clear(&a);
}

static void grade_progress(void *ctx, const struct grade *now, double per_second)
{
	struct grading *g = ctx;

	progress_show(&g->progress, now->done, now->names, per_second);
}

static void tell_refused(void *ctx, long line, const char *text)
{
	(void)ctx;
	say("line %ld: %s\n", line, text);
}

static void print_grade(const struct grading *g, const struct grade *r)
{
	say_out("%zu name%s looked up", r->names, r->names == 1 ? "" : "s");
	if (r->refused)
		say_out(", %zu line%s refused", r->refused, r->refused == 1 ? "" : "s");
	say_out("\n");
	for (int i = 1; i < N_CLASSES; i++) {
		if (r->class[i] == 0)
			continue;
		say_out("  %7zu  %5.1f %%  %s\n", r->class[i], 100.0 * (double)r->class[i] / (double)(r->names ? r->names : 1),
			class_words((enum class)i));
		for (int k = 1; k < N_REASONS; k++)
			if (r->reason[k] && reason_class((enum reason)k) == (enum class)i)
				say_out("             %7zu  %s\n", r->reason[k], reason_words((enum reason)k));
	}
	if (r->held)
		say_out("%zu of the orphans are held back: an MX resembles a host of ours\n", r->held);
	if (r->failing)
		say_out("%zu fail now: their mail bounces or is lost\n", r->failing);
	if (g->n_worst > 0)
		say_out("the worst\n");
	for (int i = 0; i < g->n_worst; i++)
		say_out("  %-40s %s\n", g->worst[i].name, g->worst[i].words);
	if (grade_wrong(r) < 0)
		say_out("no name could be judged\n");
	else
		say_out("%.1f %% wrong (in 1999 they guessed 2 to 5)\n", 100 * grade_wrong(r));
}

int run_grade(struct call *c)
{
	static const char *const keys[] = {"relay-host", "network"};
	struct grading g = {.progress.what = "looked up", .ward = c->ward};
	struct grade_options o = {.on_name = on_name, .progress = grade_progress, .tell = tell_refused, .ctx = &g};
	struct grade result;
	struct err e;
	int format = call_format(c, "text|jsonl", &e);

	if (format < 0)
		return call_fail(&e);
	if (c->n_operands == 0)
		return call_fail_usage(c, "grade needs a file");
	g.jsonl = format == 1;
	for (size_t i = 0; i < 2; i++) {
		const char *value = call_option(c, keys[i]);

		if (value && config_set(&c->ward->config, keys[i], value, "the command line", &e) != 0) {
			e.code = ERR_USAGE;
			return call_fail(&e);
		}
	}
	if (grade_run(c->ward, c->operand, c->n_operands, &o, &result, &e) != 0) {
		progress_end(&g.progress);
		return call_fail(&e);
	}
	progress_end(&g.progress);
	if (!g.jsonl)
		print_grade(&g, &result);
	return result.refused ? err_status(ERR_DATA) : 0;
}
