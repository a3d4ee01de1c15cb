/*
 * audit: the words behind `audit`.
 */
#include "cmd/audit.h"

#include <string.h>

#include "cmd/command.h"

static const struct {
	const char *word;
	int (*run)(struct call *c);
} words[] = {
	{"list", audit_list}, {"key", audit_key}, {"checkpoint", audit_checkpoint}, {"anchors", audit_anchors},
	{"export", audit_export}, {"verify", audit_verify},
	{"withhold", audit_withhold}, {"erase", audit_erase},
};

int run_audit(struct call *c)
{
	for (size_t i = 0; c->n_operands && i < sizeof words / sizeof *words; i++) {
		if (strcmp(c->operand[0], words[i].word) != 0)
			continue;
		c->operand++;
		c->n_operands--;
		return words[i].run(c);
	}
	return call_fail_usage(c, "audit needs to be told what, as in: mxward audit list");
}
