/*
 * planted: an entry and its observation with one text in every field that can hold any, put into a store directly: what a
 * careless import of an older version, a malicious name server or a stranger with a database file leaves behind.
 */
#ifndef SUPPORT_PLANTED_H
#define SUPPORT_PLANTED_H

#include <stdint.h>

/* dir is the database's directory.  Fails the test when it cannot. */
void plant_hostile(const char *dir, const char *name, const char *text);

/* Puts a line in the place of that record of the audit log.  Its tree stays as it is; or with is_hidden it is made to fit,
 * which is right for the last of an odd number of records. */
void plant_record(const char *dir, uint64_t seq, const char *line, int is_hidden);

#endif
