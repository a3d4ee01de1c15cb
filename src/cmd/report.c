/*
 * report: for the night's mail: silent when there is nothing to say.
 */
#include <stdio.h>

#include "base/date.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "ops/report.h"

static int read_since(const struct call *c, int64_t *since, struct err *e)
{
	const char *text = call_option(c, "since");

	*since = 0;
	if (text && (date_parse(text, since) != 0 || *since <= 0))
		return err_set(e, ERR_USAGE, "--since takes a day: YYYY-MM-DD");
	if (*since > date_now())
		return err_set(e, ERR_USAGE, "--since is a day that is to come; nothing was since");
	return 0;
}

/* A report of a range that was asked for is a look, and so is one by somebody who may not write: neither
 * makes the next one shorter. */
static int remember(struct call *c, const struct report *r, struct err *e)
{
	if (call_option(c, "since"))
		return 0;
	if (!c->ward->read_only)
		return report_remember(c->ward, r, e);
	call_say_not_kept(c);
	return 0;
}

int run_report(struct call *c)
{
	struct report r = {0};
	struct str out = {0};
	int64_t since;
	struct err e;
	int format = call_format(c, "text|html|jsonl", &e), status;

	if (c->n_operands)
		return call_fail_usage(c, "report takes no operands");
	if (format < 0 || read_since(c, &since, &e) != 0)
		return call_fail(&e);
	if (report_gather(c->ward, since, &r, &e) != 0) {
		report_clear(&r);
		return call_fail(&e);
	}
	if (format == 2)
		report_add_jsonl(&out, &r);
	else if (call_option(c, "since") || report_has_words(&r))
		(format == 1 ? report_add_html : report_add_text)(&out, &r);
	if (format == 0)
		say_text(str_text(&out));
	else
		fputs(str_text(&out), stdout);
	status = report_status(&r);
	if (fflush(stdout) == 0 && remember(c, &r, &e) != 0)
		status = call_fail(&e);
	str_clear(&out);
	report_clear(&r);
	return status;
}
