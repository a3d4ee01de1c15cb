/*
 * audit export and verify: what a customer gets to read, to keep and to check, and the checking.
 */
#include "cmd/audit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/key.h"
#include "base/date.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "ops/billing.h"
#include "ops/bundle.h"
#include "ops/sign.h"
#include "ops/verify.h"
#include "relay/name.h"

enum { CHECKPOINT_MAX = 65536 };

/* A word for the head of the statement. */
static int read_word(const struct call *c, const char *name, const char **out, struct err *e)
{
	char what[40];

	*out = call_option(c, name);
	snprintf(what, sizeof what, "the value of --%s", name);
	if (*out && strlen(*out) > 200)
		return err_set(e, ERR_USAGE, "%s is longer than 200 bytes", what);
	return audit_check_text(*out, 0, what, e);
}

static int read_day(const struct call *c, const char *name, int64_t *out, struct err *e)
{
	const char *text = call_option(c, name);

	*out = 0;
	if (text && date_parse(text, out) != 0)
		return err_set(e, ERR_USAGE, "--%s is a day, as in 2026-03-31", name);
	return 0;
}

/* Days of a statement are those of the contract. */
static int read_days(const struct call *c, struct bundle_options *o, struct err *e)
{
	char *was = billing_enter_zone(&c->ward->config);
	int rc = read_day(c, "from", &o->from, e) != 0 ? -1 : read_day(c, "to", &o->to, e);

	billing_leave_zone(was);
	if (rc == 0 && o->to && o->to < o->from)
		return err_set(e, ERR_USAGE, "--to is before --from");
	return rc;
}

/* The size of a checkpoint the reader holds; that it is ours is seen by the consistency proof, at the reader's. */
static int read_known(struct call *c, uint64_t *size, struct err *e)
{
	const char *path = call_option(c, "known");
	struct note_signer key = {0};
	struct checkpoint known;
	struct str text = {0};
	int rc;

	*size = 0;
	if (!path)
		return 0;
	rc = file_read(AT_FDCWD, path, CHECKPOINT_MAX, &text, e);
	if (rc == 0)
		rc = audit_key_read(&key, signer_key_path(c->ward), NULL, e);
	if (rc == 0)
		rc = checkpoint_read(&known, str_text(&text), text.len, &key.verifier, path, e);
	if (rc == 0)
		*size = known.size;
	note_signer_clear(&key);
	str_clear(&text);
	return rc;
}

static int read_options(struct call *c, struct bundle_options *o, char name[NAME_SIZE], struct err *e)
{
	const char *domain = call_option(c, "domain"), *why;

	o->customer = call_option(c, "customer");
	if (!domain && !o->customer)
		return err_set(e, ERR_USAGE, "audit export needs --domain NAME or --customer ID");
	if (domain && name_from_text(name, domain, strlen(domain), &why) == NAME_REFUSED)
		return err_set(e, ERR_DATA, "the value of --domain cannot be an entry: %s", why);
	o->domain = domain ? name : NULL;
	o->is_internal = call_option(c, "internal") != NULL;
	if (read_word(c, "invoice", &o->invoice, e) != 0 || read_word(c, "claimed", &o->claimed, e) != 0 ||
	    read_word(c, "conceded", &o->conceded, e) != 0 || read_word(c, "ticket", &o->ticket, e) != 0 ||
	    read_days(c, o, e) != 0)
		return -1;
	return read_known(c, &o->known, e);
}

int audit_export(struct call *c)
{
	struct bundle_options o = {0};
	struct bundle_told told;
	char name[NAME_SIZE];
	struct err e;

	if (c->n_operands != 1)
		return call_fail_usage(c, "audit export takes one directory, which must not be there yet");
	if (c->ward->config.restricted) {
		err_set(&e, ERR_PERM, "restricted = yes is set: no export is written from here");
		return call_fail(&e);
	}
	if (ward_open_database(c->ward, &e) != 0 || read_options(c, &o, name, &e) != 0 ||
	    bundle_export(c->ward, &o, c->operand[0], &told, &e) != 0)
		return call_fail(&e);
	say("mxward: wrote '%s': %zu domain%s, %" PRIu64 " record%s; check %s with: mxward audit verify %s%s\n",
	    c->operand[0], told.domains, told.domains == 1 ? "" : "s", told.records, told.records == 1 ? "" : "s", o.domain ? "it" : "each",
	    c->operand[0], o.domain ? "" : "/DOMAIN");
	return 0;
}

/* Exit statuses are those of the format, 0 to 4; a wrong call is 2 as well, since nothing was checked. */
int audit_verify(struct call *c)
{
	struct verify_options o = {.key = call_option(c, "key"), .known = call_option(c, "known")};
	const char *head = call_option(c, "head");
	struct str out = {0};
	struct err e;
	int status;

	if (c->n_operands != 1) {
		call_fail_usage(c, "audit verify takes one directory, a bundle");
		return VERIFY_UNCHECKED;
	}
	if (head && verify_read_head(head, &o.head_number, &o.head_hex, &e) != 0) {
		call_fail(&e);
		return VERIFY_UNCHECKED;
	}
	status = verify_bundle(&out, c->operand[0], &o);
	say_text(str_text(&out));
	str_clear(&out);
	return status;
}
