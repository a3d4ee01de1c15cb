/*
 * redact: taking notes, operators and old bodies away without breaking a proof.
 *
 * withhold works on a bundle before it is handed on; erase on the log itself, for ever.
 */
#ifndef OPS_REDACT_H
#define OPS_REDACT_H

#include <stdint.h>

struct err;
struct ward;

enum redact_part { REDACT_NOTE, REDACT_OPERATOR, REDACT_BODY };

/* "note", "operator", "body"; -1 for another word. */
int redact_part_from_name(const char *name);

/* Takes the line of one record (its number in the bundle) out of annex.jsonl. */
int redact_withhold(const char *bundle, enum redact_part part, uint64_t number, struct err *e);

/* Erases it from record seq, and records that it did.  A closing record and the log's last record keep their body.
 * *was_there is 0 when it was gone before. */
int redact_erase(struct ward *w, enum redact_part part, uint64_t seq, const char *reason, int *was_there,
		 struct err *e);

#endif
