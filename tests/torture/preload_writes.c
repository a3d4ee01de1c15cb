/*
 * preload_writes: a library for LD_PRELOAD that keeps a log of all that is written to data.mdb and when it was synced.
 *
 * MXWARD_WRITES names the log.  A record is one letter, an offset and a length (eight bytes each, as the machine has
 * them) and the bytes: W a write that may still be lost, M one through O_DSYNC, S all before it is on the disk, T the
 * file has that length now.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(type, name, args) static type(*next) args; if (!next) next = (type(*) args)dlsym(RTLD_NEXT, #name)

static ssize_t real_write(int fd, const void *p, size_t n)
{
	NEXT(ssize_t, write, (int, const void *, size_t));
	return next(fd, p, n);
}

static int is_database(int fd)
{
	char link[40], path[4096];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < 0)
		return 0;
	path[n] = '\0';
	return n >= 9 && strcmp(path + n - 9, "/data.mdb") == 0;
}

static void put(char type, int64_t at, const void *bytes, int64_t n)
{
	static int log = -1;
	char head[17] = {type};

	if (log < 0)
		log = open(getenv("MXWARD_WRITES"), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	memcpy(head + 1, &at, 8);
	memcpy(head + 9, &n, 8);
	if (real_write(log, head, sizeof head) < 0 || (bytes && real_write(log, bytes, (size_t)n) < 0))
		abort();
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	ssize_t done;

	NEXT(ssize_t, pwrite, (int, const void *, size_t, off_t));
	done = next(fd, p, n, at);
	if (done > 0 && is_database(fd))
		put(fcntl(fd, F_GETFL) & O_DSYNC ? 'M' : 'W', at, p, done);
	return done;
}

ssize_t write(int fd, const void *p, size_t n)
{
	ssize_t done = real_write(fd, p, n);

	if (done > 0 && is_database(fd))
		put('W', lseek(fd, 0, SEEK_CUR) - done, p, done);
	return done;
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t done;

	NEXT(ssize_t, writev, (int, const struct iovec *, int));
	done = next(fd, v, n);
	if (done > 0 && is_database(fd))
		for (ssize_t left = done; left > 0; v++) {
			ssize_t part = left < (ssize_t)v->iov_len ? left : (ssize_t)v->iov_len;

			put('W', at, v->iov_base, part);
			at += part;
			left -= part;
		}
	return done;
}

int ftruncate(int fd, off_t n)
{
	int rc;

	NEXT(int, ftruncate, (int, off_t));
	rc = next(fd, n);
	if (rc == 0 && is_database(fd))
		put('T', n, NULL, 0);
	return rc;
}

int fdatasync(int fd)
{
	int rc;

	NEXT(int, fdatasync, (int));
	rc = next(fd);
	if (rc == 0 && is_database(fd))
		put('S', 0, NULL, 0);
	return rc;
}

int fsync(int fd)
{
	int rc;

	NEXT(int, fsync, (int));
	rc = next(fd);
	if (rc == 0 && is_database(fd))
		put('S', 0, NULL, 0);
	return rc;
}
