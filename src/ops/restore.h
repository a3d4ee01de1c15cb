/*
 * restore: bringing a batch or one name back exactly as it was: entry, note, pin, table value.
 *
 * History stays, the clock starts anew.  An entry that was added meanwhile is kept and named.
 */
#ifndef OPS_RESTORE_H
#define OPS_RESTORE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct str;
struct ward;

/* Batch seq, all of it; *restored counts; kept gets a line per name that was kept as it is now. */
int restore_batch(struct ward *w, uint64_t seq, const char *reason, size_t *restored, struct str *kept, struct err *e);

/* One name, from the newest batch that deleted it. */
int restore_name(struct ward *w, const char *name, const char *reason, size_t *restored, struct str *kept, struct err *e);

#endif
