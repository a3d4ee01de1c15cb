/*
 * code: entries and observations as fields of a value, for entries, history and batches.
 *
 * Observations of version 2 hold what each resolver said and the addresses that went away lately.  Those of version
 * 1 hold neither, or the first, or both: while the number was not yet raised, three forms were written.
 *
 * Not for other rooms.  What is read points into the value; copying it into an arena is a
 * second step.
 */
#ifndef DB_CODE_H
#define DB_CODE_H

struct arena;
struct entry;
struct mx_room;
struct observed;
struct str;
struct value_reader;

enum { CODE_OBSERVED_VERSION = 2 };

enum code_result { CODE_OK, CODE_DAMAGED, CODE_NEWER };

/* The name is the key's, not the value's: out->name is left as it is. */
void code_add_entry(struct str *out, const struct entry *e);
enum code_result code_read_entry(struct value_reader *r, struct entry *out);
void code_copy_entry(struct entry *e, struct arena *a);

/* MX targets come into the arena if there is one, else into the room if there is one, else they
 * are passed over. */
void code_add_observed(struct str *out, const struct observed *o);
enum code_result code_read_observed(struct value_reader *r, struct observed *out,
				    struct arena *a, struct mx_room *room);

#endif
