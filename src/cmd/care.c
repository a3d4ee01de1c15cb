/*
 * care: check: reading the whole database and saying whether it is sound.
 */

#include "audit/record.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "db/backup.h"
#include "db/check.h"

int run_check(struct call *c)
{
	char root[2 * AUDIT_HASH + 1], back[300];
	struct db_report report;
	struct err e;

	if (c->n_operands)
		return call_fail_usage(c, "check takes no operands; -d DIR names the directory");
	if (db_check(c->ward->directory, &report, &e) != 0)
		return call_fail(&e);
	for (uint64_t i = 0; i < report.n_problems && i < CHECK_PROBLEMS; i++)
		say("mxward: %s\n", report.problem[i]);
	if (report.n_problems) {
		backup_way_back(back, sizeof back, c->ward->directory);
		say("mxward: the database in '%s' is damaged (%llu problem%s); bring back a backup with: %s\n",
		    c->ward->directory, (unsigned long long)report.n_problems, report.n_problems == 1 ? "" : "s", back);
		return 1;
	}
	audit_hex(root, report.root);
	for (size_t i = 0; i < CHECK_DATABASES; i++)
		if (report.database[i].rows)
			say_out("  %-15s %9llu\n", report.database[i].name, (unsigned long long)report.database[i].rows);
	say_out("sound: %llu audit records, root %s\n", (unsigned long long)report.records, root);
	return 0;
}
