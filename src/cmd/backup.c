/*
 * backup, restore-backup, compact: whole copies of the database.
 */
#include <inttypes.h>

#include "cmd/command.h"
#include "cmd/say.h"
#include "db/backup.h"
#include "ops/bring_back.h"

static int is_restricted(const struct call *c, struct err *e)
{
	if (!c->ward->config.restricted)
		return 0;
	err_set(e, ERR_PERM, "restricted = yes is set: no copy of the database is written or read from here");
	return 1;
}

int run_backup(struct call *c)
{
	struct err e;

	if (c->n_operands != 1)
		return call_fail_usage(c, "backup takes one file");
	if (is_restricted(c, &e) || backup_write(c->ward->db, c->operand[0], call_option(c, "replace") != NULL, &e) != 0)
		return call_fail(&e);
	return 0;
}

int run_restore_backup(struct call *c)
{
	const char *origin = call_option(c, "origin");
	struct err e;
	int is_new_log;

	if (c->n_operands != 1)
		return call_fail_usage(c, "restore-backup takes one file, which mxward backup wrote");
	if (is_restricted(c, &e) || bring_back(c->ward, c->operand[0], origin, &is_new_log, &e) != 0)
		return call_fail(&e);
	say("mxward: '%s' is in place; what was there before is data.mdb.replaced beside it\n", c->operand[0]);
	if (is_new_log)
		say("mxward: the log goes on as %s: set audit-origin to it, another audit-key and audit-state, and "
			    "make the key with: mxward audit key\n", origin);
	return 0;
}

int run_compact(struct call *c)
{
	uint64_t before, after;
	struct err e;

	if (c->n_operands)
		return call_fail_usage(c, "compact takes no operands; -d DIR names the directory");
	if (ward_may_change(c->ward, &e) != 0 || backup_compact(c->ward->directory, &before, &after, &e) != 0)
		return call_fail(&e);
	say_out("%" PRIu64 " bytes before, %" PRIu64 " now\n", before, after);
	return 0;
}
