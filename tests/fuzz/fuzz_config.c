/*
 * mxward.conf.  An input with `file:` in it is left out: that names another file, which no fuzzer should open.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "relay/config.h"

void fuzz_config(const uint8_t *bytes, size_t len)
{
	struct config c;
	struct err e = {0};
	char path[40];
	int fd;

	if (memmem(bytes, len, "file:", 5))
		return;
	fd = fuzz_file(bytes, len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	config_init(&c);
	if (config_read(&c, path, &e) != 0)
		FUZZ_ASSERT(e.text[0]);
	else
		FUZZ_ASSERT(c.authoritative_port >= 1 && c.authoritative_port <= 65535 && c.confirm_days >= 0 &&
			    c.confirm_days <= 3650 && c.confirm_observations >= 1);
	site_hash(&c.site);
	config_clear(&c);
	close(fd);
}
