#include "audit/month.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void audit_month_add(struct str *out, const struct audit_month *m)
{
	str_addf(out, "%04d-%02d: %" PRIu64 " checks, %" PRIu64 " away, ", m->year, m->month, m->checks, m->away);
	if (m->is_measured)
		str_addf(out, "%" PRIu64 " messages, %" PRIu64 " bytes", m->in_messages, m->in_bytes);
	else
		str_add(out, "not measured");
}

void audit_month_add_note(struct str *out, const struct audit_month *m)
{
	if (m->is_measured)
		str_addf(out, "delivered %" PRIu64 " messages, %" PRIu64 " bytes; refused %" PRIu64 "; mail logs read of %u days",
			 m->out_messages, m->out_bytes, m->refused, m->days);
}

int audit_month_read(struct audit_month *m, const char *text)
{
	int used = 0;

	*m = (struct audit_month){0};
	if (sscanf(text, "%4d-%2d: %" SCNu64 " checks, %" SCNu64 " away, %n", &m->year, &m->month, &m->checks, &m->away,
		   &used) != 4 || used == 0 || m->month < 1 || m->month > 12)
		return -1;
	if (strcmp(text + used, "not measured") == 0)
		return 0;
	text += used;
	used = 0;
	if (sscanf(text, "%" SCNu64 " messages, %" SCNu64 " bytes%n", &m->in_messages, &m->in_bytes, &used) != 2 || used == 0 ||
	    text[used] != '\0')
		return -1;
	m->is_measured = 1;
	return 0;
}

int audit_month_read_note(struct audit_month *m, const char *text)
{
	struct audit_month r = *m;
	int used = 0;

	if (!m->is_measured ||
	    sscanf(text, "delivered %" SCNu64 " messages, %" SCNu64 " bytes; refused %" SCNu64 "; mail logs read of %u days%n",
		   &r.out_messages, &r.out_bytes, &r.refused, &r.days, &used) != 4 || used == 0 || text[used] != '\0')
		return -1;
	*m = r;
	m->has_more = 1;
	return 0;
}
