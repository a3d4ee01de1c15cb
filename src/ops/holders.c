#include "ops/holders.h"

#include <string.h>

#include "base/date.h"
#include "db/auditlog.h"
#include "relay/entry.h"

enum step { STEP_NONE, STEP_TAKEN, STEP_LEFT };

/* What a record says of whose the entry is: from here on, or until here. */
static enum step step_of(const struct audit_row *r)
{
	if (r->is_erased)
		return STEP_NONE;
	switch (r->record.action) {
	case AUDIT_IMPORT:
	case AUDIT_ADD:
	case AUDIT_RESTORE:
		return STEP_TAKEN;
	case AUDIT_DELETE:
		return STEP_LEFT;
	case AUDIT_TRANSFER:
		return strcmp(r->record.after, "transferred out") == 0 ? STEP_LEFT : STEP_TAKEN;
	default:
		return STEP_NONE;
	}
}

/* The days before those that are given already; who had not one has no place. */
static void add(struct holders *h, const struct holders_month *m, const struct holder *who)
{
	struct holder holder = *who;

	holder.to = h->n ? h->each[h->n - 1].from - 1 : m->to;
	if (holder.from < m->from)
		holder.from = m->from;
	if (holder.from <= holder.to)
		h->each[h->n++] = holder;
}

/* The month's first days are of who had the entry then, and where nobody had it, of who came next. */
static void begin_month(struct holders *h, const struct holders_month *m, const char *customer, const struct entry *entry)
{
	if (customer || h->n == 0)
		add(h, m, &(struct holder){.customer = customer ? customer : entry->customer, .from = m->from});
	h->each[h->n - 1].from = m->from;
	/* Whose it is was found out within the month, and it was nobody else's. */
	if (h->n > 1 && !h->each[h->n - 1].customer[0] && h->each[h->n - 2].by_transfer)
		h->each[--h->n - 1].from = m->from;
}

int holders_find(struct holders *h, struct db_txn *txn, struct arena *a, const struct entry *entry,
		 const struct holders_month *m, struct err *e)
{
	const char *customer = entry->customer; /* NULL while nobody had it; told backwards */
	uint64_t *seq;
	size_t n;

	h->n = 0;
	if (auditlog_of_domain(txn, entry->name, a, &seq, &n, e) != 0)
		return -1;
	/* The last place is kept for who had it first. */
	while (n-- > 0 && h->n < HOLDERS_MAX - 1) {
		struct audit_row row;
		enum step step;
		int64_t time;
		int got = auditlog_get(txn, seq[n], a, &row, e);

		if (got < 0)
			return -1;
		if (got == 0)
			continue;
		step = step_of(&row);
		time = row.record.time_ms / 1000;
		/* Years of records lie before the month; what a clock that was set back wrote does not say so. */
		if (time < m->begin && !row.is_erased && strcmp(row.record.clock, "back") != 0)
			break;
		if (step == STEP_NONE)
			continue;
		customer = step == STEP_LEFT ? row.record.customer : NULL;
		if (step == STEP_TAKEN && time < m->end)
			add(h, m, &(struct holder){.customer = row.record.customer, .from = date_day(time),
						   .by_transfer = row.record.action == AUDIT_TRANSFER});
	}
	begin_month(h, m, customer, entry);
	return 0;
}
