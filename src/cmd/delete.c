/*
 * delete: ask DNS again, show what would go, ask, delete.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/loop.h"
#include "cmd/command.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "cmd/select.h"
#include "ops/brownout.h"
#include "ops/leftovers.h"
#include "ops/publish.h"
#include "ops/remove.h"

enum { TYPE_THE_NUMBER_ABOVE = 20 };

static void on_ready(void *ctx)
{
	*(int *)ctx = 1;
}

static void print_plan(const struct remove_plan *p)
{
	for (size_t i = 0; i < remove_count(p); i++) {
		const struct remove_item *item = remove_item(p, i);

		if (item->fate == REMOVE_STAY)
			say("stay %-36s %s\n", item->name, item->why);
	}
	for (size_t i = 0; i < remove_count(p); i++) {
		const struct remove_item *item = remove_item(p, i);

		if (item->fate == REMOVE_GO)
			say_out("go   %-36s %s%s%s\n", item->name, item->why, item->lifted[0] ? "; lifted: " : "",
				item->lifted);
	}
	(void)fflush(stdout); /* before the question; what failed is told at the end */
}

/* Asks on the terminal; what was typed before the question appeared is thrown away. */
static int confirm(size_t go)
{
	char line[40], want[24];

	if (go > TYPE_THE_NUMBER_ABOVE)
		say("Type %zu to delete, else nothing happens: ", go);
	else
		say("Delete %zu entr%s? y/N ", go, go == 1 ? "y" : "ies");
	tcflush(STDIN_FILENO, TCIFLUSH);
	if (!fgets(line, sizeof line, stdin))
		return 0;
	line[strcspn(line, "\r\n")] = '\0';
	snprintf(want, sizeof want, "%zu", go);
	return go > TYPE_THE_NUMBER_ABOVE ? strcmp(line, want) == 0 : strcmp(line, "y") == 0;
}

static int read_yes(const struct call *c, size_t *max, struct err *e)
{
	const char *yes = call_option(c, "yes");
	char *end;

	errno = 0;
	*max = strtoul(yes, &end, 10);
	if (*end || *yes < '0' || *yes > '9' || errno)
		return err_set(e, ERR_USAGE, "--yes takes the number of entries that may go at most");
	return 0;
}

/* How many may go: by --yes, or by a question; 0 and a sentence when nobody agreed. */
static int agree(const struct call *c, size_t go, size_t *max, struct err *e)
{
	if (call_option(c, "yes"))
		return read_yes(c, max, e);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return err_set(e, ERR_USAGE, "nothing was deleted: without a terminal --yes COUNT has to say how many may go");
	*max = go;
	if (!confirm(go))
		return err_set(e, ERR_USAGE, "nothing was deleted: it was not agreed to");
	return 0;
}

/* What is to be cleaned up by hand; mxward writes no other tables than its own. */
static void print_leftovers(const struct remove_plan *p)
{
	const struct leftovers *l = remove_leftovers(p);
	char text[1000];

	for (size_t i = 0; l && i < remove_count(p); i++) {
		const struct remove_item *item = remove_item(p, i);

		if (item->fate == REMOVE_GONE && leftovers_text(text, sizeof text, l, item->name)[0])
			say("left over of %s: %s\n", item->name, text);
	}
	for (size_t i = 0; l && i < l->n_unread; i++)
		say("%s\n", l->unread[i]);
}

static int commit(struct call *c, struct remove_plan *p, int days, int *status, struct err *e)
{
	const char *ticket = call_option(c, "ticket");
	size_t go = remove_count_fate(p, REMOVE_GO), max = 0;
	char note[900];
	uint64_t batch;

	if (agree(c, go, &max, e) != 0 ||
	    remove_commit(p, call_option(c, "reason"), ticket ? ticket : "", max, &batch, e) != 0)
		return -1;
	for (size_t i = 0; i < remove_count(p); i++) {
		const struct remove_item *item = remove_item(p, i);

		if (item->fate == REMOVE_STAY && strstr(item->why, "meanwhile"))
			say("stay %-36s %s\n", item->name, item->why);
	}
	if (batch && days)
		say_out("%zu in a brownout for %d day%s; take them back with: mxward unbrown NAME\n",
			remove_count_fate(p, REMOVE_GONE), days, days == 1 ? "" : "s");
	else if (batch)
		say_out("%zu deleted, batch b%" PRIu64 "; undo with: mxward restore b%" PRIu64 " --reason TEXT\n",
			remove_count_fate(p, REMOVE_GONE), batch, batch);
	*status = remove_count_fate(p, REMOVE_STAY) ? 1 : 0;
	if (batch && publish_after_change(c->ward, note, sizeof note))
		*status = err_status(ERR_BUSY);
	if (batch && note[0])
		say("mxward: %s\n", note);
	if (batch && !days)
		print_leftovers(p);
	return 0;
}

int call_brownout_days(struct call *c, int *days, char *note, size_t size, struct err *e)
{
	const char *text = call_option(c, "brownout");
	char *end;
	long n;

	note[0] = '\0';
	if (!text)
		return 0;
	n = strtol(text, &end, 10);
	if (*end || end == text || n < 1 || n > BROWNOUT_DAYS_MAX)
		return err_set(e, ERR_USAGE, "--brownout takes a number of days, 1 to %d", BROWNOUT_DAYS_MAX);
	if (call_option(c, "override"))
		return err_set(e, ERR_USAGE, "--brownout is for what may go by the rules, since the rules end it; without "
			       "--override");
	if (brownout_may_begin(c->ward, note, size, e) != 0)
		return -1;
	*days = (int)n;
	return 0;
}

static int check_options(struct call *c, struct remove_options *o, struct err *e)
{
	const char *reason = call_option(c, "reason"), *ticket = call_option(c, "ticket");
	char note[600];
	size_t max;

	o->override = call_option(c, "override") != NULL;
	if (call_brownout_days(c, &o->brownout_days, note, sizeof note, e) != 0)
		return -1;
	if (note[0])
		say("mxward: %s\n", note);
	if (!reason && !call_option(c, "dry-run"))
		return err_set(e, ERR_USAGE, "delete needs --reason TEXT for the audit record");
	if (call_option(c, "yes") && read_yes(c, &max, e) != 0)
		return -1;
	if (reason && strcmp(reason, "customer-request") == 0) {
		if (!ticket || !*ticket)
			return err_set(e, ERR_USAGE, "--reason customer-request needs the customer's --ticket ID");
		o->customer_request = 1;
	}
	if (!call_option(c, "dry-run") && ward_may_change(c->ward, e) != 0)
		return -1;
	return 0;
}

static int plan_and_commit(struct call *c, const struct selection *s, struct remove_options o, int *status, struct err *e)
{
	struct progress progress = {.what = "asked DNS for"};
	struct remove_plan *p;
	int ready = 0, rc = 0;

	if (remove_begin(&p, c->ward, s->name, s->n, o, on_ready, &ready, e) != 0)
		return -1;
	while (!ready) {
		loop_turn(c->ward->loop, 200);
		progress_show(&progress, remove_count(p) - remove_count_fate(p, REMOVE_ASKING), remove_count(p), 0);
	}
	progress_end(&progress);
	print_plan(p);
	*status = remove_count_fate(p, REMOVE_STAY) ? 1 : 0;
	say("%zu would go, %zu stay\n", remove_count_fate(p, REMOVE_GO), remove_count_fate(p, REMOVE_STAY));
	if (!call_option(c, "dry-run") && remove_count_fate(p, REMOVE_GO) > 0)
		rc = commit(c, p, o.brownout_days, status, e);
	remove_free(p);
	return rc;
}

int run_delete(struct call *c)
{
	struct remove_options o = {0};
	struct selection s = {0};
	struct err e;
	int rc, status = 0;

	if (c->n_operands == 0)
		return call_fail_usage(c, "delete needs names or a limit");
	rc = check_options(c, &o, &e);
	if (rc == 0)
		rc = select_read(&s, c, &e);
	if (rc == 0 && o.override && !s.by_names)
		rc = err_set(&e, ERR_USAGE, "--override takes exact names, not a limit; nothing was deleted");
	if (rc == 0)
		rc = select_fill(&s, c, &e);
	if (rc == 0)
		rc = plan_and_commit(c, &s, o, &status, &e);
	select_clear(&s);
	return rc == 0 ? status : call_fail(&e);
}

int run_unbrown(struct call *c)
{
	const char *reason = call_option(c, "reason");
	struct selection s = {0};
	char note[900] = "";
	size_t ended = 0;
	struct err e;
	int rc, is_behind = 0;

	if (c->n_operands == 0)
		return call_fail_usage(c, "unbrown needs names or a limit, as in brownout:yes");
	rc = select_read(&s, c, &e);
	if (rc == 0)
		rc = select_fill(&s, c, &e);
	if (rc == 0 && (audit_check_text(reason ? reason : "", 0, "the reason", &e) != 0 ||
			brownout_end(c->ward, s.name, s.n, reason ? reason : "taken back", &ended, &e) != 0))
		rc = -1;
	if (rc == 0) {
		say("%zu of %zu taken back\n", ended, s.n);
		is_behind = publish_after_change(c->ward, note, sizeof note);
		if (note[0])
			say("mxward: %s\n", note);
	}
	select_clear(&s);
	if (rc != 0)
		return call_fail(&e);
	return is_behind ? err_status(ERR_BUSY) : 0;
}
