/*
 * records_words: audit records as screens tell them, part of records.h.
 */
#include "ops/records.h"

#include <stdio.h>
#include <string.h>

#include "db/auditlog.h"
#include "relay/verdict.h"

const char *records_action_word(enum audit_action a)
{
	static const char *const words[N_AUDIT_ACTIONS] = {
		[AUDIT_PUBLISH_INTENT] = "publish", [AUDIT_PUBLISH_DONE] = "published", [AUDIT_PUBLISH_DRIFT] = "drift",
		[AUDIT_OBSERVE_CHANGE] = "changed", [AUDIT_OBSERVE_MONTH] = "month",	[AUDIT_SCAN_DISTRUSTED] = "distrust",
		[AUDIT_CONFIG_CHANGE] = "config",
	};
	const char *name = audit_action_name(a);

	if ((size_t)a < N_AUDIT_ACTIONS && words[a])
		return words[a];
	return strncmp(name, "relay.", 6) == 0 ? name + 6 : name;
}

/* "orphan: MX elsewhere, outside" of "ORPHAN ORPHAN_OFFNET"; what is spelled otherwise stays so. */
static void describe_verdict(char *out, size_t size, const char *text)
{
	const char *code = strchr(text, ' ');
	enum reason reason = code ? reason_from_name(code + 1) : REASON_NONE;

	if (reason != REASON_NONE)
		snprintf(out, size, "%s: %s", class_words(reason_class(reason)), reason_words(reason));
	else
		snprintf(out, size, "%s", text);
}

void records_describe(char *out, size_t size, const struct audit_row *r)
{
	const char *why = r->has_note ? r->note.text[0] ? r->note.text : r->note.reason : "withheld";

	if (r->record.action == AUDIT_OBSERVE_CHANGE) {
		describe_verdict(out, size, r->record.after);
		return;
	}
	if (r->record.action == AUDIT_OBSERVE_MONTH || (r->has_note && !why[0] && !r->note.ticket[0]))
		why = r->record.after;
	snprintf(out, size, "%.300s%s%.100s", why, r->has_note && r->note.ticket[0] ? "  " : "",
		 r->has_note ? r->note.ticket : "");
}
