/*
 * A mail server's table in LMDB's format, as import, grade and publishing read it.
 *
 * LMDB follows what a page says, so it reads in a child, and what we read is the child's words: of a damaged table they may
 * be anything.  An input that begins with an even byte is those words.  Any other is damage to a table that is right: a place
 * and a byte in three bytes each, and at the end, where two are left over, how much of the file is there.  Where the child
 * then goes within LMDB the fuzzer does not see, nor does it matter: only that its parent takes no harm.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"
#include "base/err.h"
#include "base/mem.h"
#include "db/postfix.h"
#include "db/postfix_inner.h"
#include "db/postfix_write.h"
#include "fuzz/targets.h"
#include "mta/target.h"

enum { TABLE_ROWS = 300, NO_SUCH_PROCESS = INT_MAX };

static uint8_t *table;
static size_t table_len;

/* Of several pages. */
static void make_table(void)
{
	static struct target_change change[TABLE_ROWS];
	static char key[TABLE_ROWS][200];
	struct target_version at = {0};
	struct err e = {0};
	char dir[200], path[300];
	FILE *f;

	snprintf(dir, sizeof dir, "%s/mxward-fuzz.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	FUZZ_ASSERT(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/relay_domains.lmdb", dir);
	for (int i = 0; i < TABLE_ROWS; i++) {
		snprintf(key[i], sizeof key[i], "shop%03d.%s.example", i, "a-long-name-so-that-a-page-is-full-sooner");
		change[i] = (struct target_change){.key = key[i], .value = "OK"};
	}
	if (postfix_create(path, change, TABLE_ROWS, &at, &e) != 0)
		fuzz_failed(e.text, __FILE__, __LINE__);
	f = fopen(path, "rb");
	FUZZ_ASSERT(f && fseek(f, 0, SEEK_END) == 0);
	table_len = (size_t)ftell(f);
	table = mem_alloc(table_len);
	rewind(f);
	FUZZ_ASSERT(fread(table, 1, table_len, f) == table_len);
	fclose(f);
	snprintf(path, sizeof path, "rm -rf '%s'", dir);
	FUZZ_ASSERT(system(path) == 0);
}

static int on_row(void *ctx, const struct table_row *row)
{
	size_t *n = ctx;

	FUZZ_ASSERT(strnlen(row->value, 4098) <= 4096 && row->customer && row->note && row->contact);
	FUZZ_ASSERT(row->why || (row->name_len > 0 && strlen(row->name) == row->name_len &&
				 table_is_text(row->value, strlen(row->value))));
	FUZZ_ASSERT(!row->name[row->name_len]);
	return ++*n > 1000 ? -1 : 0;
}

static void read_words(const uint8_t *bytes, size_t len)
{
	struct child c = {.pid = NO_SUCH_PROCESS, .fd = fuzz_file(bytes, len)};
	struct target_version at = {0};
	struct err e = {0};
	size_t n = 0;
	int rc = postfix_take_rows(&c, on_row, &n, &at, &e);

	FUZZ_ASSERT(rc >= -2 && rc <= 1 && (rc == 1) == (n > 1000));
	FUZZ_ASSERT(rc != -1 || strnlen(e.text, sizeof e.text) < sizeof e.text);
	close(c.fd);
}

static void read_damaged(const uint8_t *bytes, size_t len)
{
	static uint8_t *copy;
	struct err e = {0};
	char path[60];
	size_t n = 0;
	int fd, rc;

	if (!table)
		make_table();
	copy = mem_array(copy, table_len, 1);
	memcpy(copy, table, table_len);
	for (; len >= 3; bytes += 3, len -= 3)
		copy[(size_t)(bytes[0] << 8 | bytes[1]) % table_len] = bytes[2];
	fd = fuzz_file(copy, len == 2 ? (size_t)(bytes[0] << 8 | bytes[1]) % table_len : table_len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = postfix_read(path, on_row, &n, &e);
	FUZZ_ASSERT(rc == 0 || n > 1000 || (e.code != ERR_NONE && e.text[0]));
	close(fd);
}

void fuzz_postfix(const uint8_t *bytes, size_t len)
{
	if (len < 1)
		return;
	if (bytes[0] & 1)
		read_damaged(bytes + 1, len - 1);
	else
		read_words(bytes + 1, len - 1);
}
