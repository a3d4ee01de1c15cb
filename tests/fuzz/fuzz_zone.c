/*
 * Master files of our own name servers, and the values that postconf prints: separated by NUL, in the order of
 * main_cf_names.  The first byte picks one of both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "mta/main_cf.h"
#include "mta/zonefile.h"

static void on_record(void *ctx, const struct zonefile_record *r)
{
	(void)ctx;
	FUZZ_ASSERT(strnlen(r->owner, NAME_SIZE) < NAME_SIZE && strnlen(r->target, NAME_SIZE) < NAME_SIZE);
}

static void read_zone(const uint8_t *bytes, size_t len)
{
	char origin[NAME_SIZE], path[40];
	struct err e = {0};
	int fd = fuzz_file(bytes, len);

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (zonefile_read(path, origin, on_record, NULL, &e) != 0)
		FUZZ_ASSERT(e.text[0]);
	close(fd);
}

static void read_main_cf(const uint8_t *bytes, size_t len)
{
	const char *value[N_MAIN_CF];
	char *text = malloc(len + 1), *end = text + len, *p = text;
	struct main_cf m;

	memcpy(text, bytes, len);
	*end = '\0';
	for (int i = 0; i < N_MAIN_CF; i++) {
		value[i] = p;
		p += strlen(p);
		p += p < end;
	}
	main_cf_read(&m, value);
	main_cf_add_address(&m, text);
	main_cf_finish(&m);
	main_cf_clear(&m);
	free(text);
}

void fuzz_zone(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return;
	if (bytes[0] & 1)
		read_main_cf(bytes + 1, len - 1);
	else
		read_zone(bytes + 1, len - 1);
}
