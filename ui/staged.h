/*
 * staged: the names that were marked, and those staged for deletion.
 *
 * A set of names, never of row numbers.  When the line is lost it goes into a state file (ui/state_file.h), one per
 * database, and is offered at the next start.
 */
#ifndef UI_STAGED_H
#define UI_STAGED_H

#include <stddef.h>
#include <stdint.h>

struct err;

enum { STAGED_MARK = 1, STAGED_DELETE = 2 };

struct staged_name {
	char *name;
	uint8_t flags; /* 0: was taken out */
};

struct staged {
	struct staged_name *slot; /* open addressing, a power of two of them */
	size_t room, used;	  /* used counts slots that have a name */
	size_t marked, deleted;	  /* names with the flag */
};

void staged_set(struct staged *s, const char *name, int flag);
void staged_unset(struct staged *s, const char *name, int flag);
int staged_get(const struct staged *s, const char *name); /* flags */
void staged_unset_all(struct staged *s, int flag);
size_t staged_count(const struct staged *s, int flag);
void staged_clear(struct staged *s);

/* The names with the flag, sorted; the array is to be freed, the names are the set's. */
const char **staged_list(const struct staged *s, int flag, size_t *n);

/* Writes the set beside those of other databases; nothing is written when it is empty. */
int staged_save(const struct staged *s, const char *directory, struct err *e);

/* Reads what staged_save() left: 1, or 0 when there is nothing. */
int staged_load(struct staged *s, const char *directory);
void staged_forget(const char *directory); /* removes the file */

#endif
