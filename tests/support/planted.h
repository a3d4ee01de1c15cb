/*
 * planted: an entry and its observation with one text in every field that can hold any, put into a store directly: what a
 * careless import of an older version, a malicious name server or a stranger with a database file leaves behind.
 */
#ifndef SUPPORT_PLANTED_H
#define SUPPORT_PLANTED_H

/* dir is the database's directory.  Fails the test when it cannot. */
void plant_hostile(const char *dir, const char *name, const char *text);

#endif
