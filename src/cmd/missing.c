/*
 * missing: domains that should be in the list and are not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "ops/missing.h"

static void show_progress(void *ctx, size_t done, size_t total, double per_second)
{
	progress_show(ctx, done, total, per_second);
}

static void print_jsonl(const struct missing_name *m)
{
	struct str line = {0}, zone = {0};
	struct json_line j = json_begin(&line);

	json_text(&j, "name", m->name);
	json_text(&j, "kind", m->is_listed ? "gone" : "missing");
	json_int(&j, "clients", (int64_t)m->clients);
	json_int(&j, "refusals", (int64_t)m->refusals);
	json_time(&j, "first", m->first);
	json_time(&j, "last", m->last);
	json_text(&j, "class", class_name(m->verdict.class));
	json_text(&j, "reason", reason_name(m->verdict.reason));
	json_text(&j, "near", m->near);
	json_text(&j, "near_class", class_name(m->near_class));
	if (m->zone)
		escape_add(&zone, m->zone, strlen(m->zone));
	json_text(&j, "zone", str_text(&zone));
	json_end(&j);
	puts(str_text(&line));
	str_clear(&zone);
	str_clear(&line);
}

static void print_near(const struct missing_name *m)
{
	if (m->near[0])
		say_out("; one letter from %s, which is %s", m->near, class_words(m->near_class));
}

static void print_text(const struct missing_name *m)
{
	char when[DATE_SIZE], zone[1100];

	if (m->zone) {
		say_out("%s: %s, %s", m->name,
			m->is_listed ? "listed, but its zone names us no more" : "its zone names us, but it is not listed",
			escape(zone, sizeof zone, m->zone, strlen(m->zone)));
	} else {
		say_out("%s: %zu client%s, %zu refusal%s, last %s, %s", m->name, m->clients, m->clients == 1 ? "" : "s",
			m->refusals, m->refusals == 1 ? "" : "s", date_local_minute(when, m->last),
			reason_words(m->verdict.reason));
	}
	print_near(m);
	say_out("\n");
}

static void print_all(const struct missing_result *r, int jsonl, int zones)
{
	size_t missing = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (jsonl)
			print_jsonl(&r->name[i]);
		else
			print_text(&r->name[i]);
		missing += !r->name[i].is_listed;
	}
	if (zones)
		say("%zu missing, %zu listed whose zone names us no more", missing, r->n - missing);
	else
		say("%zu name%s not listed; the MX of %zu names us", r->refused,
		    r->refused == 1 ? " was refused and is" : "s were refused and are", r->n);
	if (r->n_unanswered)
		say("; DNS gave no answer for %zu, ask again later", r->n_unanswered);
	say("%s\n", missing ? "; add one with: mxward add NAME" : "");
}

/* Whoever may not write looks all the same. */
static int remember(const struct call *c, const struct missing_result *r, int zones, struct err *e)
{
	if (!c->ward->db)
		return 0;
	if (!c->ward->read_only)
		return missing_remember(c->ward, r, zones, e);
	/* To keep it was all that this run was for. */
	if (c->ward->may_only_read && call_option(c, "quiet"))
		return ward_may_change(c->ward, e);
	call_say_not_kept(c);
	return 0;
}

int run_missing(struct call *c)
{
	struct progress progress = {.what = "looked up"};
	struct missing_options o = {.progress = show_progress, .ctx = &progress};
	int zones = call_option(c, "zone") != NULL, format, rc;
	struct missing_result r;
	struct err e;

	format = call_format(c, "text|jsonl", &e);
	if (format < 0)
		return call_fail(&e);
	if (c->n_operands == 0)
		return call_fail_usage(c, zones ? "missing --zone needs a master file" : "missing needs a log");
	if (ward_open_any_database(c->ward, &e) != 0)
		return call_fail(&e);
	if (zones)
		rc = missing_from_zones(c->ward, c->operand, (size_t)c->n_operands, &r, &e);
	else
		rc = missing_from_logs(c->ward, c->operand, (size_t)c->n_operands, &o, &r, &e);
	progress_end(&progress);
	if (rc == 0 && !call_option(c, "quiet"))
		print_all(&r, format == 1, zones);
	if (rc == 0 && !zones && r.postfix == 0)
		say("mxward: no line of Postfix is in these logs; where Postfix logs: postconf maillog_file, /var/log, or "
			    "journalctl\n");
	if (rc == 0)
		rc = remember(c, &r, zones, &e);
	missing_clear(&r);
	return rc == 0 ? 0 : call_fail(&e);
}
