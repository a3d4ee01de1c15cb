/*
 * traffic: messages and bytes per entry, out of the mail server's logs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"
#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "ops/traffic.h"

/* A log may name anything as a recipient's domain: JSON takes UTF-8, and what is none is escaped. */
static void add_name(struct str *out, const char *name)
{
	struct str shown = {0};

	if (!utf8_is_valid(name, strlen(name))) {
		escape_add(&shown, name, strlen(name));
		name = str_text(&shown);
	}
	json_add_shown(out, name);
	str_clear(&shown);
}

static void print_jsonl(const struct traffic_sum *s)
{
	const struct maillog_figures *f = &s->figures;
	struct str line = {0};
	struct json_line j = json_begin(&line);

	json_key(&j, "name");
	add_name(&line, s->name);
	json_int(&j, "in_msgs", f->in_msgs);
	json_int(&j, "in_bytes", f->in_bytes);
	json_int(&j, "out_transactions", f->out_transactions);
	json_int(&j, "out_bytes", f->out_bytes);
	json_int(&j, "backscatter_msgs", f->backscatter_msgs);
	json_int(&j, "backscatter_bytes", f->backscatter_bytes);
	json_int(&j, "relay_denied", f->relay_denied);
	json_end(&j);
	puts(str_text(&line));
	str_clear(&line);
}

static void print_table(const struct traffic_result *r)
{
	say_out("%-40s %8s %12s %8s %12s %6s %10s %7s\n", "NAME", "IN", "BYTES", "OUT", "BYTES", "BOUNCE", "BYTES", "REFUSED");
	for (size_t i = 0; i < r->n; i++) {
		const struct maillog_figures *f = &r->sum[i].figures;
		char name[600];

		say_out("%-40s %8" PRId64 " %12" PRId64 " %8" PRId64 " %12" PRId64 " %6" PRId64 " %10" PRId64 " %7" PRId64
			"\n",
			escape(name, sizeof name, r->sum[i].name, strlen(r->sum[i].name)), f->in_msgs, f->in_bytes,
			f->out_transactions, f->out_bytes, f->backscatter_msgs, f->backscatter_bytes, f->relay_denied);
	}
}

/* What the figures do not show: what was passed over and what is missing. */
static void print_doubts(const struct traffic_result *r)
{
	const struct maillog_counts *n = &r->counts;

	say("%" PRIu64 " line%s, %" PRIu64 " of Postfix", n->lines, n->lines == 1 ? "" : "s", n->postfix);
	if (r->twice)
		say(", %" PRIu64 " event%s in more than one file and counted once", r->twice, r->twice == 1 ? "" : "s");
	if (n->cut)
		say(", %" PRIu64 " too long and cut", n->cut);
	say("\n");
	if (n->unsized)
		say("mxward: %" PRIu64 " time%s no size was known: the log in which the message came in was not given; "
			    "its bytes are missing\n",
		    n->unsized, n->unsized == 1 ? "" : "s");
	if (n->jumps)
		say("mxward: the clock goes back %" PRIu64 " time%s in these logs; each line counts on the day it names\n",
		    n->jumps, n->jumps == 1 ? "" : "s");
}

static void show_progress(void *ctx, int file, int n_files)
{
	progress_show(ctx, (size_t)file, (size_t)n_files, 0);
}

int run_traffic(struct call *c)
{
	struct progress progress = {.what = "logs read"};
	struct traffic_options o = {.relay = call_option(c, "relay"), .dry_run = call_option(c, "dry-run") != NULL,
				    .progress = show_progress, .ctx = &progress};
	struct traffic_result r;
	struct err e;
	int quiet = call_option(c, "quiet") != NULL, format = call_format(c, "table|jsonl", &e);

	if (format < 0 || call_check_relay(o.relay, &e) != 0)
		return call_fail(&e);
	if (c->n_operands == 0)
		return call_fail_usage(c, "traffic needs a log");
	if ((o.dry_run ? ward_open_any_database : ward_open_database)(c->ward, &e) != 0)
		return call_fail(&e);
	if (traffic_run(c->ward, c->operand, (size_t)c->n_operands, &o, &r, &e) != 0) {
		progress_end(&progress);
		traffic_result_clear(&r);
		return call_fail(&e);
	}
	progress_end(&progress);
	if (quiet)
		;
	else if (format == 1)
		for (size_t i = 0; i < r.n; i++)
			print_jsonl(&r.sum[i]);
	else
		print_table(&r);
	if (!quiet)
		print_doubts(&r);
	if (r.counts.postfix == 0)
		say("mxward: no line of Postfix is in these logs, so nothing is measured; where Postfix logs: postconf "
			    "maillog_file, /var/log, or journalctl\n");
	if (!o.dry_run && !quiet)
		say("%" PRIu64 " event%s stored\n", r.stored, r.stored == 1 ? " was new and is" : "s were new and are");
	traffic_result_clear(&r);
	return 0;
}
