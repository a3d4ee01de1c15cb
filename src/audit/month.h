/*
 * month: what an observe.month record says, spelled and read.
 *
 * The record: "2026-05: 29 checks, 29 away, 7 messages, 90000 bytes", where messages and bytes
 * are those that came in; "2026-05: 29 checks, 29 away, not measured" where no mail log of the month was read.  Its
 * note holds what the record has no place for.
 */
#ifndef AUDIT_MONTH_H
#define AUDIT_MONTH_H

#include <stdint.h>

struct str;

struct audit_month {
	int year, month; /* 1 to 12 */
	uint64_t checks, away;
	int is_measured;
	uint64_t in_messages, in_bytes;
	int has_more; /* the note's */
	uint64_t out_messages, out_bytes, refused;
	unsigned days; /* on which a log was read */
};

void audit_month_add(struct str *out, const struct audit_month *m);
void audit_month_add_note(struct str *out, const struct audit_month *m);

/* 0, or -1 when the text is no such thing; the note's leaves the rest as it is. */
int audit_month_read(struct audit_month *m, const char *text);
int audit_month_read_note(struct audit_month *m, const char *text);

#endif
