/*
 * setup: init --from-postfix: from nothing to a list that can be scanned.
 */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "ops/setup.h"

static void tell_line(void *ctx, long line, const char *text)
{
	(void)ctx;
	if (line > 0)
		say("line %ld: %s\n", line, text);
	else
		say("mxward: %s\n", text);
}

/* MAIL_CONFIG names an instance of Postfix, as it does for Postfix's own programs. */
int init_from_postfix(struct call *c)
{
	const char *instance = getenv("MAIL_CONFIG");
	struct setup_options o = {.config_file = c->config_file, .postfix_directory = instance ? instance : "",
				  .tell = tell_line};
	struct str doubts = {0};
	struct setup_result r;
	struct err e;

	if (!escape_is_plain(o.postfix_directory, strlen(o.postfix_directory)))
		return call_fail_usage(c, "MAIL_CONFIG names no directory that can be written into a configuration");
	if (setup_from_postfix(c->ward, &o, &r, &doubts, &e) != 0) {
		str_clear(&doubts);
		return call_fail(&e);
	}
	say_out("wrote '%s', made a database in '%s', %zu name%s imported, %zu refused\n", o.config_file, c->ward->directory,
		r.added, r.added == 1 ? "" : "s", r.refused);
	if (doubts.len)
		say("what could not be known, also noted in '%s':\n%s", o.config_file, doubts.bytes);
	say_out("next: look that file through, then: mxward -c %s scan\n", o.config_file);
	str_clear(&doubts);
	return r.tables_failed || r.refused ? err_status(ERR_DATA) : 0;
}
