/*
 * action: the closed list of actions of log format version 1, by number and by name.
 *
 * Part of record.h; tables only.
 */
#include "audit/record.h"

#include <string.h>

/* The list of version 1 is closed: a reader refuses any other name. */
static const char *const names[N_AUDIT_ACTIONS] = {
	[AUDIT_IMPORT] = "relay.import",
	[AUDIT_ADD] = "relay.add",
	[AUDIT_EDIT] = "relay.edit",
	[AUDIT_PIN] = "relay.pin",
	[AUDIT_UNPIN] = "relay.unpin",
	[AUDIT_DELETE] = "relay.delete",
	[AUDIT_RESTORE] = "relay.restore",
	[AUDIT_TRANSFER] = "relay.transfer",
	[AUDIT_PUBLISH_INTENT] = "publish.intent",
	[AUDIT_PUBLISH_DONE] = "publish.done",
	[AUDIT_PUBLISH_DRIFT] = "publish.drift",
	[AUDIT_OBSERVE_CHANGE] = "observe.change",
	[AUDIT_OBSERVE_MONTH] = "observe.month",
	[AUDIT_SCAN_DISTRUSTED] = "scan.distrusted",
	[AUDIT_CONFIG_CHANGE] = "config.change",
	[AUDIT_EXPORT] = "audit.export",
	[AUDIT_KEY] = "audit.key",
	[AUDIT_EPOCH] = "audit.epoch",
};

const char *audit_action_name(enum audit_action a)
{
	return (unsigned)a < N_AUDIT_ACTIONS ? names[a] : "";
}

int audit_action_from_name(const char *name)
{
	for (int i = 0; i < N_AUDIT_ACTIONS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}
