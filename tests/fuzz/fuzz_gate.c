/*
 * The record that the lock's file has of its holder: whoever may write to the database may write anything there, and it is
 * shown to whoever waits.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "db/gate.h"
#include "fuzz/targets.h"

static struct gate gate;
static int file; /* of the lock, held by somebody else */

/* Made once, and gone from the directory while it is open. */
static void open_gate(void)
{
	const struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	char dir[200], path[300];
	struct err e = {0};
	struct stat st;
	int fd;

	snprintf(dir, sizeof dir, "%s/mxward-fuzz.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	FUZZ_ASSERT(mkdtemp(dir) && stat(dir, &st) == 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || gate_open(&gate, fd, "fuzz", &st, &e) != 0)
		fuzz_failed(e.text, __FILE__, __LINE__);
	file = openat(fd, "write.lock", O_RDWR | O_CLOEXEC);
	FUZZ_ASSERT(file >= 0 && fcntl(file, F_OFD_SETLK, &lock) == 0);
	snprintf(path, sizeof path, "rm -rf '%s'", dir);
	FUZZ_ASSERT(system(path) == 0);
	close(fd);
}

static void is_printable(const char *text, size_t size)
{
	FUZZ_ASSERT(*text && strnlen(text, size) < size);
	for (; *text; text++)
		FUZZ_ASSERT((unsigned char)*text >= 0x20 && *text != 0x7f);
}

void fuzz_gate(const uint8_t *bytes, size_t len)
{
	struct err e = {0};
	char holder[200];

	if (!gate.dir)
		open_gate();
	FUZZ_ASSERT(ftruncate(file, 0) == 0 && pwrite(file, bytes, len, 0) == (ssize_t)len);
	FUZZ_ASSERT(gate_holder(&gate, holder, sizeof holder) == 1);
	is_printable(holder, sizeof holder);
	FUZZ_ASSERT(gate_enter(&gate, "a test", 0, 0, &e) != 0 && e.code == ERR_BUSY);
	is_printable(e.text, sizeof e.text);
}
