/*
 * bring_back: putting a backup in place of the database, by the rule about forked logs.
 *
 * A log that goes on from a backup contradicts what was recorded and signed after it.
 * So a backup that is behind is only taken as the beginning of a new log under another name, and the first
 * record after it says so.
 */
#ifndef OPS_BRING_BACK_H
#define OPS_BRING_BACK_H

struct err;
struct ward;

/* origin: the new log's name, NULL for none.  *is_new_log is 1 when one was begun. */
int bring_back(struct ward *w, const char *file, const char *origin, int *is_new_log, struct err *e);

#endif
