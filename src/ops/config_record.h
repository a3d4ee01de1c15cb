/*
 * config_record: what was changed in the configuration since the last scan, as records of the audit log.
 *
 * What a scan finds and what a deletion needs depends on it, so that a log without it would tell half.
 */
#ifndef OPS_CONFIG_RECORD_H
#define OPS_CONFIG_RECORD_H

struct err;
struct ward;

/* A record for each key that is set to something else, in one transaction; none the first time. */
int config_record_changes(struct ward *w, struct err *e);

#endif
