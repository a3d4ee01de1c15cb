/*
 * notice and acknowledge: what is settled about entries that moved.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "cmd/select.h"
#include "ops/letter.h"
#include "ops/notice.h"

int run_notice(struct call *c)
{
	const char *day = call_option(c, "deadline"), *ticket = call_option(c, "ticket"), *file = call_option(c, "letter");
	struct str text = {0}, letters = {0};
	struct notice_result r = {0};
	struct selection s = {0};
	int64_t deadline = 0;
	struct err e;
	int rc;

	if (c->n_operands == 0 || !day)
		return call_fail_usage(c, "notice needs a name or a limit, and the --deadline that the customer was given");
	if (*day && (date_parse(day, &deadline) != 0 || deadline <= 0))
		return call_fail_usage(c, "--deadline takes a day as YYYY-MM-DD, or nothing to take the notice back");
	rc = select_read(&s, c, &e);
	if (rc == 0)
		rc = select_fill(&s, c, &e);
	/* Read first: where there is no letter nobody was told. */
	if (rc == 0 && file)
		rc = letter_read(&text, c->ward, file, &e);
	if (rc == 0)
		rc = notice_give(c->ward, s.name, s.n, deadline, ticket ? ticket : "", &r, &e);
	if (rc == 0) {
		if (r.not_moved)
			say("%zu of %zu noted, %zu left alone because they have not moved\n", r.noted, s.n, r.not_moved);
		else
			say("%zu of %zu noted\n", r.noted, s.n);
	}
	if (rc == 0 && file && deadline)
		rc = letters_add(&letters, c->ward, s.name, s.n, str_text(&text), &e);
	fputs(str_text(&letters), stdout);
	str_clear(&letters);
	str_clear(&text);
	select_clear(&s);
	return rc == 0 ? 0 : call_fail(&e);
}

int run_acknowledge(struct call *c)
{
	struct selection s = {0};
	struct err e;
	int rc = select_read(&s, c, &e);

	if (rc == 0 && s.n != 1)
		rc = err_set(&e, ERR_USAGE, "acknowledge takes one exact name");
	if (rc == 0)
		rc = notice_acknowledge(c->ward, s.name[0], &e);
	select_clear(&s);
	return rc == 0 ? 0 : call_fail(&e);
}
