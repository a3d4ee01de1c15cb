#include "ops/remove_gate.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "dns/authority.h"
#include "relay/timeline.h"

const char *remove_gate_rule(const struct authority_result *r, char *why, size_t size)
{
	const struct authority_server *s;
	char host[80];

	switch (authority_judge(r, &s)) {
	case AUTHORITY_AGREES:
		return NULL;
	case AUTHORITY_LISTS:
		snprintf(why, size, "its own name server %s (%s) lists us: %s",
			 escape(host, sizeof host, s->host, strlen(s->host)), s->address,
			 reason_words(s->verdict.reason));
		return "AUTHORITY_LISTED";
	case AUTHORITY_UNCLEAR:
		snprintf(why, size, "its own name server %s (%s) does not agree: %s",
			 escape(host, sizeof host, s->host, strlen(s->host)), s->address,
			 reason_words(s->verdict.reason));
		return "AUTHORITY_UNCLEAR";
	case AUTHORITY_HOLDS:
		snprintf(why, size, "its own name server %s (%s) names a host that resembles one of ours, a human must look first",
			 escape(host, sizeof host, s->host, strlen(s->host)), s->address);
		return timeline_why_code(WHY_HOLD);
	default:
		snprintf(why, size, "no name server of its own answered (%zu asked); a resolver alone is not enough",
			 r->n);
		return "AUTHORITY_SILENT";
	}
}
