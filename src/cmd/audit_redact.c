/*
 * audit withhold and erase: what is not to be shown, and what is not to be kept.
 */
#include "cmd/audit.h"

#include <inttypes.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "ops/redact.h"

static int read_number(const char *text, uint64_t *out, struct err *e)
{
	if (checkpoint_read_number(out, text, strlen(text)) != 0)
		return err_set(e, ERR_USAGE, "'%.40s' is no number of a record", text);
	return 0;
}

int audit_withhold(struct call *c)
{
	int part = c->n_operands == 3 ? redact_part_from_name(c->operand[0]) : -1;
	uint64_t number;
	struct err e;

	if (part < 0)
		return call_fail_usage(c, "audit withhold takes note or operator, the number of a record, and a bundle");
	if (c->ward->config.restricted) {
		err_set(&e, ERR_PERM, "restricted = yes is set: no file is changed from here");
		return call_fail(&e);
	}
	if (read_number(c->operand[1], &number, &e) != 0 ||
	    redact_withhold(c->operand[2], (enum redact_part)part, number, &e) != 0)
		return call_fail(&e);
	return 0;
}

int audit_erase(struct call *c)
{
	int part = c->n_operands == 2 ? redact_part_from_name(c->operand[0]) : -1, was_there;
	const char *reason = call_option(c, "reason");
	uint64_t seq;
	struct err e;

	if (part < 0)
		return call_fail_usage(c, "audit erase takes note, operator or body, and the number that audit list shows");
	if (read_number(c->operand[1], &seq, &e) != 0 || ward_open_database(c->ward, &e) != 0 ||
	    redact_erase(c->ward, (enum redact_part)part, seq, reason ? reason : "", &was_there, &e) != 0)
		return call_fail(&e);
	if (was_there)
		say("mxward: erased; mxward compact takes its bytes out of the file too, backups and copies keep them\n");
	else
		say("mxward: it was erased before; nothing was changed\n");
	return 0;
}
