/*
 * publish: bringing the mail server's tables in line, looking what differs, and printing the list for other servers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "ops/publish.h"

static void tell_line(void *ctx, const char *line)
{
	(void)ctx;
	say_out("%s\n", line);
}

/* One of the four at most. */
static int read_how(const struct call *c, enum publish_how *how, struct err *e)
{
	static const struct {
		const char *option;
		enum publish_how how;
	} hows[] = {{"dry-run", PUBLISH_LOOK}, {"queued", PUBLISH_CHANGES}, {"adopt", PUBLISH_ADOPT}, {"overrule", PUBLISH_OVERRULE}};
	int given = 0;

	*how = PUBLISH_ALL;
	for (size_t i = 0; i < sizeof hows / sizeof *hows; i++)
		if (call_option(c, hows[i].option)) {
			*how = hows[i].how;
			given++;
		}
	if (given > 1)
		return err_set(e, ERR_USAGE, "publish takes one of --dry-run, --queued, --adopt and --overrule");
	return 0;
}

static int read_count(const struct call *c, size_t *out, struct err *e)
{
	const char *yes = call_option(c, "yes");
	char *end;

	if (!yes)
		return 0;
	errno = 0;
	*out = strtoul(yes, &end, 10);
	if (*end || end == yes || *yes == '-' || errno)
		return err_set(e, ERR_USAGE, "--yes takes the number of names that may go at most");
	return 0;
}

/* Whole under its name, or as it was: without its rcpthosts a qmail relays for everybody. */
static int write_to(const struct call *c, const char *to, const struct str *out, struct err *e)
{
	struct stat st;

	if (c->ward->config.restricted)
		return err_set(e, ERR_PERM, "restricted = yes writes no file of your choosing; leave --to out");
	if (stat(to, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, ERR_CANTCREAT, "'%s' is no regular file, so nothing is put in its place", to);
	return file_replace(to, str_text(out), out->len, stat(to, &st) == 0 ? st.st_mode & 07777 : 0644, e);
}

static int print(struct call *c, const char *word)
{
	const char *to = call_option(c, "to");
	int format = table_format_from_name(word);
	struct str out = {0};
	struct err e;
	int rc;

	if (format < 0 || format == TABLE_AUTO || format == TABLE_LMDB)
		return call_fail_usage(c, "--print is one of names, postfix, sendmail, access, exim, qmail, csv");
	rc = publish_print(c->ward, (enum table_format)format, &out, &e);
	if (rc == 0 && to)
		rc = write_to(c, to, &out, &e);
	else if (rc == 0)
		fwrite(str_text(&out), 1, out.len, stdout);
	str_clear(&out);
	return rc == 0 ? 0 : call_fail(&e);
}

int run_publish(struct call *c)
{
	struct publish_options o = {.tell = tell_line};
	struct publish_result r;
	struct err e;

	if (c->n_operands)
		return call_fail_usage(c, "publish takes no operands; postfix-table and publish-target in the configuration name the tables");
	if (call_option(c, "print")) {
		if (read_how(c, &o.how, &e) != 0 || o.how != PUBLISH_ALL)
			return call_fail_usage(c, "--print changes nothing and goes with no other option");
		return print(c, call_option(c, "print"));
	}
	if (call_option(c, "to"))
		return call_fail_usage(c, "--to goes with --print");
	if (read_how(c, &o.how, &e) != 0 || read_count(c, &o.agreed, &e) != 0 ||
	    publish_run(c->ward, &o, &r, &e) != 0)
		return call_fail(&e);
	if (o.how == PUBLISH_LOOK)
		return r.behind || r.drift;
	if (r.note[0])
		say("mxward: %s\n", r.note);
	else if (o.how != PUBLISH_CHANGES && r.drift == 0)
		say_out("in line\n");
	return r.behind ? err_status(ERR_BUSY) : r.drift > 0;
}
