#include "audit/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "audit/note.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

enum { KEY_LINE = NOTE_NAME + 1 + 2 * NOTE_SEED + 1 };

static int write_key(int fd, const char *path, const struct note_signer *s, struct err *e)
{
	char line[KEY_LINE + 1], hex[2 * NOTE_SEED + 1];
	int len, rc;

	sodium_bin2hex(hex, sizeof hex, s->seed, NOTE_SEED);
	len = snprintf(line, sizeof line, "%s %s\n", s->verifier.name, hex);
	rc = file_write(fd, path, line, (size_t)len, e);
	sodium_memzero(line, sizeof line);
	sodium_memzero(hex, sizeof hex);
	return rc;
}

int audit_key_create(struct note_signer *out, const char *path, const char *origin, struct err *e)
{
	uint8_t seed[NOTE_SEED];
	int fd, rc;

	if (note_check_name(origin, e) != 0)
		return -1;
	if (sodium_init() < 0)
		mem_die("libsodium cannot be used");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_CANTCREAT, "there is a file '%s' already; nothing was changed", path);
	if (fd < 0)
		return err_errno(e, errno, "cannot make the key '%s'", path);
	randombytes_buf(seed, sizeof seed);
	note_signer_from_seed(out, origin, seed);
	sodium_memzero(seed, sizeof seed);
	rc = write_key(fd, path, out, e);
	close(fd);
	if (rc == 0)
		rc = file_sync_directory_of(path, e);
	if (rc != 0) {
		unlink(path);
		note_signer_clear(out);
	}
	return rc;
}

static int parse_key(struct note_signer *out, char *line, size_t len, const char *path, struct err *e)
{
	char *blank = memchr(line, ' ', len);
	uint8_t seed[NOTE_SEED];
	size_t got;
	struct err why;

	if (!blank || line[len - 1] != '\n' || (size_t)(line + len - blank) != 2 * NOTE_SEED + 2)
		return err_set(e, ERR_DATA, "'%s' is no key: one line `origin seed`, the seed in 64 hex digits", path);
	*blank = '\0';
	if (note_check_name(line, &why) != 0 ||
	    sodium_hex2bin(seed, sizeof seed, blank + 1, 2 * NOTE_SEED, NULL, &got, NULL) != 0 || got != sizeof seed)
		return err_set(e, ERR_DATA, "'%s' is no key: one line `origin seed`, the seed in 64 hex digits", path);
	note_signer_from_seed(out, line, seed);
	sodium_memzero(seed, sizeof seed);
	return 0;
}

/* Looked at on the open file, so that it cannot be another one. */
static int check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CONFIG, "'%s' is no regular file", path);
	if (st.st_mode & 077)
		return err_set(e, ERR_CONFIG,
			       "others may read or write the key '%s', so what it signs proves nothing; take that away "
			       "with: chmod 0400 '%s'",
			       path, path);
	return 0;
}

int audit_key_read(struct note_signer *out, const char *path, int *keep, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), rc;
	char line[KEY_LINE + 2];
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOINPUT, "there is no key '%s'; make one with: mxward audit key", path);
	if (fd < 0)
		return err_errno(e, errno, "cannot open the key '%s'; checkpoints are signed by the account that owns it",
				 path);
	rc = check_file(fd, path, e);
	if (rc == 0 && keep && flock(fd, LOCK_EX) != 0)
		rc = err_errno(e, errno, "cannot lock '%s'", path);
	if (rc == 0) {
		n = read(fd, line, sizeof line);
		if (n < 0)
			rc = err_errno(e, errno, "cannot read the key '%s'", path);
		else if (n == 0 || (size_t)n > KEY_LINE)
			rc = err_set(e, ERR_DATA, "'%s' is no key: it has %zd bytes", path, n);
		else
			rc = parse_key(out, line, (size_t)n, path, e);
		sodium_memzero(line, sizeof line);
	}
	if (rc == 0 && keep)
		*keep = fd;
	else
		close(fd);
	return rc;
}
