/*
 * The file that configures a publish target; the first byte picks the engine.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "fuzz/targets.h"
#include "mta/target_conf.h"

void fuzz_target(const uint8_t *bytes, size_t len)
{
	struct target_conf c;
	struct err e = {0};
	char where[60];
	int fd;

	/* A value that names another file is left out. */
	if (len < 1 || memmem(bytes, len, "file:", 5))
		return;
	fd = fuzz_file(bytes + 1, len - 1);
	snprintf(where, sizeof where, "%s:/proc/self/fd/%d", bytes[0] & 1 ? "ldap" : "pgsql", fd);
	if (target_conf_read(&c, where, &e) != 0) {
		FUZZ_ASSERT(e.text[0]);
	} else {
		FUZZ_ASSERT(c.server && c.base && c.connection && c.table && c.connect_timeout > 0 && c.timeout > 0);
		target_conf_clear(&c);
	}
	close(fd);
}
