#include "relay/entry.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/str.h"

enum { VALUE_SHOWN = 121 };

static const char *const reasons[] = {
	[PIN_NONE] = "",	 [PIN_ETRN] = "etrn",
	[PIN_OUTAGE] = "outage", [PIN_CUSTOMER] = "customer",
	[PIN_OTHER] = "other",
};

const char *pin_reason_name(enum pin_reason p)
{
	return (unsigned)p <= PIN_OTHER ? reasons[p] : "";
}

enum pin_reason pin_reason_from_name(const char *name)
{
	for (unsigned p = PIN_ETRN; p <= PIN_OTHER; p++)
		if (strcasecmp(name, reasons[p]) == 0)
			return (enum pin_reason)p;
	return PIN_NONE;
}

/* The day on which summer time ends has 25 hours.  Of one that has fewer, and where another time zone than that of whoever
 * wrote it down is looked from, a whole day is granted. */
int64_t entry_end_of_last_day(int64_t day)
{
	int64_t end = date_end_of_day(day), least = day + DATE_DAY;

	return end > least ? end : least;
}

enum pin_reason entry_pin_at(const struct entry *e, int64_t now)
{
	if (e->pin_until != 0 && now >= entry_end_of_last_day(e->pin_until))
		return PIN_NONE;
	/* A number that no version of ours wrote still keeps the entry. */
	return e->pin <= PIN_OTHER ? (enum pin_reason)e->pin : PIN_OTHER;
}

int entry_notice_expired(const struct entry *e, int64_t now)
{
	return e->notice_deadline != 0 && now >= entry_end_of_last_day(e->notice_deadline);
}

/* FNV-1a of each record, summed: servers rotate the order of records. */
uint64_t observed_mx_hash(const struct observed *o)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < o->n_mx; i++) {
		uint64_t h = 14695981039346656037ull ^ o->mx[i].preference;

		for (const char *p = o->mx[i].target; *p; p++)
			h = (h ^ (unsigned char)*p) * 1099511628211ull;
		sum += h;
	}
	return sum ? sum : 1;
}

int entry_is_acknowledged(const struct entry *e, const struct observed *o)
{
	return e->acknowledged != 0 && o && o->time != 0 && e->acknowledged == observed_mx_hash(o);
}

static void add_day(struct str *out, const char *words, int64_t t)
{
	char day[DATE_SIZE];

	if (t != 0)
		str_addf(out, ", %s %s", words, date_local_day(day, t));
}

/* Notes and contacts are left out: they may name people, and the record cannot be erased. */
void entry_add_state(struct str *out, const struct entry *e)
{
	char day[DATE_SIZE], value[VALUE_SHOWN];

	str_add(out, "accepted");
	if (e->pin != PIN_NONE) {
		str_addf(out, ", pinned %s",
			 pin_reason_name(e->pin <= PIN_OTHER ? (enum pin_reason)e->pin
							     : PIN_OTHER));
		if (e->pin_until != 0)
			str_addf(out, " until %s", date_local_day(day, e->pin_until));
	}
	if (e->customer && e->customer[0])
		str_addf(out, ", customer %s", e->customer);
	if (e->table_value && e->table_value[0])
		str_addf(out, ", table value %s",
			 escape(value, sizeof value, e->table_value, strlen(e->table_value)));
	add_day(out, "contract end", e->contract_end);
	add_day(out, "confirmed", e->confirmed);
	add_day(out, "reviewed", e->reviewed);
	add_day(out, "notice until", e->notice_deadline);
	add_day(out, "brownout until", e->brown_until);
	if (e->acknowledged != 0)
		str_addf(out, ", acknowledged %016" PRIx64, e->acknowledged);
}
