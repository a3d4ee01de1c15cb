#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"

enum { PATH_SIZE = 4096 };

int file_write(int fd, const char *path, const void *bytes, size_t len, struct err *e)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(e, n < 0 ? errno : ENOSPC, "cannot write '%s'", path);
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : err_errno(e, errno, "cannot write '%s'", path);
}

int file_sync_directory_of(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_SIZE];
	int fd, rc = 0;

	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		rc = err_errno(e, errno, "cannot write to the directory '%s'", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

int file_replace(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	char fresh[PATH_SIZE];
	int fd, rc;

	if (snprintf(fresh, sizeof fresh, "%s.new-%ld", path, (long)getpid()) >= (int)sizeof fresh)
		return err_set(e, ERR_CANTCREAT, "the path '%.100s...' is too long", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, errno, "cannot make '%s'", fresh);
	rc = file_write(fd, fresh, bytes, len, e);
	if (rc == 0 && fchmod(fd, mode) != 0)
		rc = err_errno(e, errno, "cannot set the mode of '%s'", fresh);
	close(fd);
	if (rc == 0 && rename(fresh, path) != 0)
		rc = err_errno(e, errno, "cannot rename '%s' to '%s'", fresh, path);
	if (rc == 0)
		return file_sync_directory_of(path, e);
	unlink(fresh);
	return rc;
}

/* What it grows to while it is read does not count: the size at the beginning is read, or less. */
static int read_open(int fd, const char *path, size_t max, struct str *out, struct err *e)
{
	char piece[65536];
	struct stat st;
	size_t left;

	if (fstat(fd, &st) != 0)
		return err_errno(e, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_NOINPUT, "'%s' is no regular file", path);
	if ((uint64_t)st.st_size > max)
		return err_set(e, ERR_DATA, "'%s' has %lld bytes, at most %zu are read", path, (long long)st.st_size, max);
	for (left = (size_t)st.st_size; left > 0;) {
		ssize_t n = read(fd, piece, left < sizeof piece ? left : sizeof piece);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "cannot read '%s'", path);
		if (n == 0)
			break;
		str_add_bytes(out, piece, (size_t)n);
		left -= (size_t)n;
	}
	return 0;
}

int file_read(int dir_fd, const char *path, size_t max, struct str *out, struct err *e)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc;

	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	rc = read_open(fd, path, max, out, e);
	close(fd);
	return rc;
}
