/*
 * change: init, add, edit, pin, unpin, reviewed, import and restore: what alters the list but deletes nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "cmd/select.h"
#include "db/env.h"
#include "ops/change.h"
#include "ops/import.h"
#include "ops/publish.h"
#include "ops/restore.h"

/* What every change ends with: publishing it; 75 when the mail server's table is still behind. */
static int finished(struct ward *w)
{
	char note[900];
	int is_behind = publish_after_change(w, note, sizeof note);

	if (note[0])
		say("mxward: %s\n", note);
	return is_behind ? err_status(ERR_BUSY) : 0;
}

int run_init(struct call *c)
{
	struct err e;

	if (call_option(c, "from-postfix") && c->n_operands == 0)
		return init_from_postfix(c);
	if (c->n_operands)
		return call_fail_usage(c, "init takes no operands; -d DIR names the directory");
	if (db_create(c->ward->directory, &e) != 0)
		return call_fail(&e);
	say_out("made an empty database in '%s'\n", c->ward->directory);
	return 0;
}

static int read_date(const char *text, int64_t *out, struct err *e)
{
	char shown[60];

	if (!text)
		return 0;
	if (!*text) {
		*out = 0;
		return 0;
	}
	escape(shown, sizeof shown, text, strlen(text));
	if (date_parse(text, out) != 0)
		return err_set(e, ERR_USAGE, "'%s' is no date; write YYYY-MM-DD", shown);
	/* What is kept as 0 is no date at all: a pin until then would never end. */
	return *out > 0 ? 0 : err_set(e, ERR_USAGE, "'%s' is before all that can be noted; give a day after 1970-01-01", shown);
}

int run_add(struct call *c)
{
	struct change change = {.customer = call_option(c, "customer"), .note = call_option(c, "note"),
				.contract_end = -1, .confirmed = -1};
	struct err e;

	if (c->n_operands != 1)
		return call_fail_usage(c, "add takes one name");
	if (change_add(c->ward, c->operand[0], &change, &e) != 0)
		return call_fail(&e);
	return finished(c->ward);
}

int run_edit(struct call *c)
{
	struct change change = {.customer = call_option(c, "customer"), .contact = call_option(c, "contact"),
				.note = call_option(c, "note"), .contract_end = -1, .confirmed = -1};
	struct selection s;
	struct err e;
	size_t changed = 0;
	int rc;

	if (c->n_operands == 0)
		return call_fail_usage(c, "edit needs a name or a limit");
	if (!change.customer && !change.contact && !change.note && !call_option(c, "contract-end") && !call_option(c, "confirmed"))
		return call_fail_usage(c, "edit needs to be told what to change");
	if (read_date(call_option(c, "contract-end"), &change.contract_end, &e) != 0 ||
	    read_date(call_option(c, "confirmed"), &change.confirmed, &e) != 0)
		return call_fail(&e);
	rc = select_read(&s, c, &e);
	if (rc == 0)
		rc = select_fill(&s, c, &e);
	if (rc == 0)
		rc = change_edit(c->ward, s.name, s.n, &change, &changed, &e);
	if (rc == 0)
		say("%zu of %zu changed\n", changed, s.n);
	select_clear(&s);
	return rc == 0 ? 0 : call_fail(&e);
}

/* The one name of pin and unpin in the form the list has it. */
static int one_name(struct call *c, struct selection *s, struct err *e)
{
	if (select_read(s, c, e) != 0)
		return -1;
	if (s->n != 1)
		return err_set(e, ERR_USAGE, "%s takes one exact name", c->command->name);
	return 0;
}

int run_pin(struct call *c)
{
	const char *word = call_option(c, "reason");
	struct selection s = {0};
	char warning[300];
	int64_t until = 0;
	struct err e;
	int rc;

	if (!word || pin_reason_from_name(word) == PIN_NONE)
		return call_fail_usage(c, "pin needs --reason etrn, outage, customer or other");
	rc = one_name(c, &s, &e);
	if (rc == 0)
		rc = read_date(call_option(c, "until"), &until, &e);
	if (rc == 0)
		rc = change_pin(c->ward, s.name, 1, pin_reason_from_name(word), until, call_option(c, "note"), &e);
	if (rc == 0 && change_pin_warning(c->ward, pin_reason_from_name(word), until, warning, sizeof warning))
		say("mxward: %s\n", warning);
	select_clear(&s);
	return rc == 0 ? 0 : call_fail(&e);
}

int run_unpin(struct call *c)
{
	struct selection s = {0};
	size_t changed;
	struct err e;
	int rc = one_name(c, &s, &e);

	if (rc == 0)
		rc = change_unpin(c->ward, s.name, 1, &changed, &e);
	select_clear(&s);
	return rc == 0 ? 0 : call_fail(&e);
}

int run_reviewed(struct call *c)
{
	struct selection s;
	struct err e;
	int rc;

	if (c->n_operands == 0)
		return call_fail_usage(c, "reviewed needs a name or a limit");
	rc = select_read(&s, c, &e);
	if (rc == 0)
		rc = select_fill(&s, c, &e);
	if (rc == 0)
		rc = change_reviewed(c->ward, s.name, s.n, &e);
	select_clear(&s);
	return rc == 0 ? 0 : call_fail(&e);
}

static void tell_line(void *ctx, long line, const char *text)
{
	if (line > 0)
		say("%s:%ld: %s\n", (const char *)ctx, line, text);
	else
		say("%s: %s\n", (const char *)ctx, text);
}

int run_import(struct call *c)
{
	const char *word = call_option(c, "format");
	int format = word ? table_format_from_name(word) : TABLE_AUTO;
	struct import_options o = {.format = (enum table_format)format, .customer = call_option(c, "customer"),
				   .again = call_option(c, "again") != NULL, .dry_run = call_option(c, "dry-run") != NULL,
				   .tell = tell_line};
	struct import_result r;
	char shown[300];
	struct err e;
	int rc;

	if (c->n_operands != 1)
		return call_fail_usage(c, "import takes one file, or - for standard input");
	if (format < 0)
		return call_fail_usage(c, "--format is one of auto, names, postfix, lmdb, sendmail, access, exim, qmail, csv");
	o.ctx = escape(shown, sizeof shown, c->operand[0], strlen(c->operand[0]));
	if (import_table(c->ward, c->operand[0], &o, &r, &e) != 0)
		return call_fail(&e);
	say_out("%s%zu added, %zu unchanged, %zu refused", o.dry_run ? "would be: " : "", r.added, r.unchanged, r.refused);
	if (r.twice)
		say_out(", %zu twice in the file", r.twice);
	if (r.skipped)
		say_out(", %zu skipped as deleted lately", r.skipped);
	if (r.added && !o.dry_run)
		say_out("; batch b%" PRIu64, r.batch);
	say_out("\n");
	rc = r.added && !o.dry_run ? finished(c->ward) : 0;
	return r.refused ? err_status(ERR_DATA) : rc;
}

/* "b17" is a batch; anything else a name. */
static int is_batch(const char *word, uint64_t *seq)
{
	char *end;

	if (word[0] != 'b' || word[1] < '0' || word[1] > '9')
		return 0;
	*seq = strtoull(word + 1, &end, 10);
	return *end == '\0';
}

int run_restore(struct call *c)
{
	const char *reason = call_option(c, "reason");
	struct selection s = {0};
	struct str kept = {0};
	size_t restored = 0;
	uint64_t seq;
	struct err e;
	int rc;

	if (c->n_operands != 1 || !reason)
		return call_fail_usage(c, "restore takes a batch or a name, and a --reason");
	if (is_batch(c->operand[0], &seq))
		rc = restore_batch(c->ward, seq, reason, &restored, &kept, &e);
	else {
		rc = one_name(c, &s, &e);
		if (rc == 0)
			rc = restore_name(c->ward, s.name[0], reason, &restored, &kept, &e);
	}
	if (rc == 0) {
		say("%s", str_text(&kept));
		if (!restored && !kept.len)
			say("mxward: all of %s was brought back before; nothing was changed\n", c->operand[0]);
		say_out("%zu restored\n", restored);
	}
	rc = rc != 0 ? call_fail(&e) : restored ? finished(c->ward) : 1;
	if (rc == 0 && kept.len)
		rc = 1;
	str_clear(&kept);
	select_clear(&s);
	return rc;
}
