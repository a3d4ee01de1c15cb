/*
 * What the child that speaks with an LDAP or a PostgreSQL server tells its parent, whatever the server made of it.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/err.h"
#include "fuzz/targets.h"
#include "mta/remote.h"
#include "mta/remote_inner.h"

enum { NO_SUCH_PROCESS = INT_MAX };

static int on_row(void *ctx, const struct table_row *row)
{
	size_t *n = ctx;

	FUZZ_ASSERT(strnlen(row->value, REMOTE_ROW_MAX + 1) <= REMOTE_ROW_MAX);
	FUZZ_ASSERT(row->why || (row->name_len > 0 && row->name_len <= REMOTE_ROW_MAX &&
				 table_is_text(row->value, strlen(row->value))));
	FUZZ_ASSERT(!row->name[row->name_len]);
	return ++*n > 100 ? -1 : 0;
}

void fuzz_remote(const uint8_t *bytes, size_t len)
{
	const struct remote_call call = {.server = "ldaps://ldap.isp.example", .connect_seconds = 1, .answer_seconds = 1};
	struct child c = {.pid = NO_SUCH_PROCESS};
	struct err e = {0};
	size_t n = 0;
	int result = 0, rc;

	if (len < 1)
		return;
	c.fd = fuzz_file(bytes + 1, len - 1);
	rc = remote_listen(&call, &c, bytes[0] & 1 ? on_row : NULL, &n, &result, &e);
	FUZZ_ASSERT(rc <= 0 && rc >= -2 && (n == 0 || bytes[0] & 1));
	FUZZ_ASSERT(rc != 0 || result >= 0 || strnlen(e.text, sizeof e.text) < sizeof e.text);
	close(c.fd);
}
