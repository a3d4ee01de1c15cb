/*
 * queue: what a relay holds in its queue, by entry; kept for show, the console and deletions.
 */
#include <stdio.h>

#include "base/date.h"
#include "base/json.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "mta/maillog.h"
#include "ops/queue_store.h"
#include "ops/traffic_look.h"

static void print_jsonl(const struct queue_row *row)
{
	char day[DATE_SIZE];
	struct str line = {0};
	struct json_line j = json_begin(&line);

	json_text(&j, "name", row->name);
	json_int(&j, "msgs", row->figures.msgs);
	json_int(&j, "bytes", row->figures.bytes);
	json_text(&j, "oldest", date_rfc3339(day, row->figures.oldest));
	json_end(&j);
	puts(str_text(&line));
	str_clear(&line);
}

static void print_table(const struct queue_sum *s)
{
	char msgs[TRAFFIC_TEXT], bytes[TRAFFIC_TEXT], age[DATE_SIZE];
	int64_t now = date_now();

	if (s->n)
		say_out("%-44s %9s %9s %7s\n", "NAME", "MESSAGES", "BYTES", "OLDEST");
	for (size_t i = 0; i < s->n; i++)
		say_out("%-44s %9s %9s %7s\n", s->row[i].name, traffic_count_text(msgs, s->row[i].figures.msgs),
			traffic_bytes_text(bytes, s->row[i].figures.bytes), date_ago(age, s->row[i].figures.oldest, now));
}

static void print_all(const struct queue_store_result *r)
{
	char text[QUEUE_TEXT], drain[200];
	int64_t now = date_now();

	if (r->sum.all.msgs == 0)
		say("the queue is empty\n");
	else
		say("in all %s; %s\n", queue_figures_text(text, &r->sum.all, now),
		    queue_drain_text(drain, sizeof drain, r->sum.all.bytes, r->busiest_hour));
	if (r->sum.other.msgs)
		say("of them for no entry: %s\n", queue_figures_text(text, &r->sum.other, now));
	if (r->refused)
		say("mxward: %zu line%s passed over\n", r->refused,
		    r->refused == 1 ? " is no message of a queue and was" : "s are no messages of a queue and were");
}

int run_queue(struct call *c)
{
	struct queue_store_options o = {.relay = call_option(c, "relay"), .dry_run = call_option(c, "dry-run") != NULL,
					.path = c->n_operands ? c->operand[0] : NULL};
	struct queue_store_result r;
	struct err e;
	int format = call_format(c, "table|jsonl", &e), rc;

	if (format < 0 || call_check_relay(o.relay, &e) != 0)
		return call_fail(&e);
	if (c->n_operands > 1)
		return call_fail_usage(c, "queue takes one file, or - for standard input");
	if (o.relay && !o.path)
		return call_fail_usage(c, "of another relay's queue a FILE has to tell, with what postqueue -j prints there");
	rc = queue_store(c->ward, &o, &r, &e);
	if (rc == 0) {
		if (format == 1)
			for (size_t i = 0; i < r.sum.n; i++)
				print_jsonl(&r.sum.row[i]);
		else
			print_table(&r.sum);
		print_all(&r);
	}
	queue_store_clear(&r);
	return rc == 0 ? 0 : call_fail(&e);
}
