/*
 * Relay tables as text, every format: the first byte picks it.  Each row is refused with a reason or has a name, and
 * the names go through what an import does to them.
 */
#include <unistd.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "mta/tables.h"
#include "relay/name.h"

static int take_row(void *ctx, const struct table_row *row)
{
	char name[NAME_SIZE];

	FUZZ_ASSERT(row->line >= *(long *)ctx);
	*(long *)ctx = row->line;
	if (row->why) {
		FUZZ_ASSERT(row->why[0]);
		return 0;
	}
	FUZZ_ASSERT(row->name && row->value && row->customer && row->note);
	name_from_text(name, row->name, row->name_len, NULL);
	return 0;
}

void fuzz_tables(const uint8_t *bytes, size_t len)
{
	static const enum table_format formats[] = {TABLE_AUTO,	    TABLE_NAMES, TABLE_POSTFIX, TABLE_SENDMAIL,
						    TABLE_EXIM,	    TABLE_QMAIL, TABLE_CSV};
	struct err e = {0};
	long line = 0;
	int fd;

	if (len == 0)
		return;
	table_guess(bytes + 1, len - 1);
	fd = fuzz_file(bytes + 1, len - 1);
	if (table_read(fd, "a table", formats[bytes[0] % (sizeof formats / sizeof *formats)], take_row, &line, &e) != 0)
		FUZZ_ASSERT(e.text[0]);
	close(fd);
}
