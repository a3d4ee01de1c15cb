/*
 * change: single changes by an operator: add, edit, pin, unpin, reviewed.  Each commits with its record.
 */
#ifndef OPS_CHANGE_H
#define OPS_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "relay/entry.h"

struct err;
struct ward;

/* NULL or -1 leaves a field as it is. */
struct change {
	const char *customer, *contact, *note;
	int64_t contract_end, confirmed; /* -1: unchanged; 0: cleared */
};

/* ERR_DATA when it is there already or is no name. */
int change_add(struct ward *w, const char *text, const struct change *c, struct err *e);

/* The same change to n names in one transaction; *changed counts those that differ now. */
int change_edit(struct ward *w, const char *const *names, size_t n, const struct change *c, size_t *changed,
		struct err *e);
int change_pin(struct ward *w, const char *const *names, size_t n, enum pin_reason reason, int64_t until, const char *note,
	       struct err *e);

/* 1 with a sentence when a pin for an outage outlasts what the mail server keeps mail for. */
int change_pin_warning(const struct ward *w, enum pin_reason reason, int64_t until, char *out, size_t size);
/* Those that are pinned; ERR_DATA when none is. */
int change_unpin(struct ward *w, const char *const *names, size_t n, size_t *changed, struct err *e);
int change_reviewed(struct ward *w, const char *const *names, size_t n, struct err *e);

#endif
