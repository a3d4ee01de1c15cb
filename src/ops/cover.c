#include "ops/cover.h"

#include <string.h>

#include "db/entries.h"

int cover_find(struct db_txn *txn, char name[NAME_SIZE], int by_parents, struct err *e)
{
	char suffix[NAME_SIZE + 1] = ".";
	struct entry entry;

	for (const char *d = name; d; d = name_parent(d)) {
		int got = d == name || by_parents ? entry_get(txn, d, NULL, &entry, e) : 0;

		if (got == 0 && d != name && strlen(d) + 2 <= NAME_SIZE) {
			memcpy(suffix + 1, d, strlen(d) + 1);
			got = entry_get(txn, suffix, NULL, &entry, e);
		}
		if (got == 1)
			memcpy(name, entry.name, sizeof entry.name);
		if (got != 0)
			return got;
	}
	return 0;
}
