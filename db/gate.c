#include "db/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/waiting.h"

/* The file of the lock holds one record of this size, so that writing it is one call. */
enum { RECORD_SIZE = 256, WHO_SIZE = sizeof((struct gate *)0)->who, WHAT_SIZE = 64 };

enum { POLL_US = 300, POLL_LATER_US = 2000, POLL_QUICK_MS = 50 };

struct holder {
	long pid;
	int64_t since;
	char who[WHO_SIZE], what[WHAT_SIZE];
};

static int lock_byte(int fd, short type, int command, short *found)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	int rc;

	do
		rc = fcntl(fd, command, &lock);
	while (rc != 0 && errno == EINTR);
	if (found)
		*found = lock.l_type;
	return rc;
}

static int open_file(int dir_fd, const char *dir, const char *name, const struct stat *like,
		     struct err *e)
{
	int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0) {
		/* Root opening somebody's database must not leave files that he cannot open. */
		if (geteuid() == 0 && fchown(fd, like->st_uid, like->st_gid) != 0) {
			close(fd);
			return err_errno(e, errno, "cannot give '%s/%s' to its owner", dir,
					 name);
		}
		if (fchmod(fd, like->st_mode & 0660) != 0) {
			close(fd);
			return err_errno(e, errno, "cannot set the mode of '%s/%s'", dir, name);
		}
		return fd;
	}
	if (errno == EEXIST)
		fd = openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s/%s'", dir, name);
	return fd;
}

int gate_open(struct gate *g, int dir_fd, const char *dir, const struct stat *like,
	      struct err *e)
{
	*g = (struct gate){.gate_fd = -1, .lock_fd = -1, .dir = dir};
	g->gate_fd = open_file(dir_fd, dir, "gate", like, e);
	if (g->gate_fd < 0)
		return -1;
	g->lock_fd = open_file(dir_fd, dir, "write.lock", like, e);
	if (g->lock_fd < 0) {
		gate_close(g);
		return -1;
	}
	return 0;
}

void gate_open_to_look(struct gate *g, int dir_fd, const char *dir)
{
	*g = (struct gate){.gate_fd = -1, .lock_fd = -1, .dir = dir};
	g->lock_fd =
		openat(dir_fd, "write.lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

void gate_close(struct gate *g)
{
	if (g->gate_fd >= 0)
		close(g->gate_fd);
	if (g->lock_fd >= 0)
		close(g->lock_fd);
	g->gate_fd = g->lock_fd = -1;
}

/* The person, also behind sudo: the login that the kernel remembers, else the real user. */
static void find_who(char *out)
{
	unsigned long uid = getuid();
	char text[32] = "", buffer[2048], *end;
	struct passwd pw, *found = NULL;
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof text - 1);
		unsigned long login;

		close(fd);
		text[n > 0 ? n : 0] = '\0';
		login = strtoul(text, &end, 10);
		if (end != text && login < UINT32_MAX)
			uid = login;
	}
	if (getpwuid_r((uid_t)uid, &pw, buffer, sizeof buffer, &found) == 0 && found)
		escape(out, WHO_SIZE, pw.pw_name, strlen(pw.pw_name));
	else
		snprintf(out, WHO_SIZE, "uid %lu", uid);
}

/* Best effort: without it those who wait are told less, but nothing is lost.  The last holder's record must not stay,
 * for it would name the wrong one; to cut a file needs no room. */
static void write_holder(const struct gate *g, const char *what)
{
	char record[RECORD_SIZE] = "", shown[WHAT_SIZE];

	escape(shown, sizeof shown, what, strlen(what));
	snprintf(record, sizeof record, "%ld\t%" PRId64 "\t%s\t%s\n", (long)getpid(),
		 date_now(), g->who, shown);
	if (pwrite(g->lock_fd, record, sizeof record, 0) != (ssize_t)sizeof record && ftruncate(g->lock_fd, 0) != 0)
		return;
}

/* One field up to a tab or the end of line, escaped: the file is not only ours to write. */
static const char *take_field(const char *p, char *out, size_t size)
{
	size_t len = strcspn(p, "\t\n");

	escape(out, size, p, len);
	p += len;
	return *p == '\t' ? p + 1 : p;
}

static int read_holder(const struct gate *g, struct holder *h)
{
	char record[RECORD_SIZE + 1], field[32];
	ssize_t n = pread(g->lock_fd, record, RECORD_SIZE, 0);
	const char *p = record;

	*h = (struct holder){0};
	if (n <= 0)
		return -1;
	record[n] = '\0';
	p = take_field(p, field, sizeof field);
	h->pid = strtol(field, NULL, 10);
	p = take_field(p, field, sizeof field);
	h->since = strtoll(field, NULL, 10);
	p = take_field(p, h->who, sizeof h->who);
	take_field(p, h->what, sizeof h->what);
	return h->pid > 0 && h->who[0] ? 0 : -1;
}

static long long seconds_since(int64_t t)
{
	int64_t now = date_now();

	return t > 0 && now > t ? (long long)(now - t) : 0;
}

/* "a scan" is said of the one who holds: "alice's scan". */
static const char *without_article(const char *what)
{
	if (strncmp(what, "a ", 2) == 0)
		return what + 2;
	return strncmp(what, "an ", 3) == 0 ? what + 3 : what;
}

static int say_busy(const struct gate *g, struct err *e)
{
	struct holder h;

	if (read_holder(g, &h) != 0)
		return err_set(e, ERR_BUSY,
			       "another process is writing to the database in '%s'; try again",
			       g->dir);
	return err_set(e, ERR_BUSY,
		       "%s's %s (pid %ld) is writing to '%s' since %lld s; try again", h.who,
		       h.what[0] ? without_article(h.what) : "work", h.pid, g->dir,
		       seconds_since(h.since));
}

static int is_wanted(const struct gate *g)
{
	short found = F_UNLCK;

	return lock_byte(g->gate_fd, F_WRLCK, F_OFD_GETLK, &found) == 0 && found != F_UNLCK;
}

static void nap(int64_t waited_ms)
{
	struct timespec t = {.tv_nsec = (waited_ms < POLL_QUICK_MS ? POLL_US : POLL_LATER_US) *
					1000L};

	nanosleep(&t, NULL);
}

static int gives_up(const struct gate *g, struct waiting *w)
{
	char whom[200];

	return waiting_is_due(w) && gate_holder(g, whom, sizeof whom) && waiting_tell(whom);
}

int gate_enter(struct gate *g, const char *what, int bulk, int wait_ms, struct err *e)
{
	int64_t start = loop_now(), now = start,
		yield_until = bulk ? start + GATE_YIELD_MS : start;
	int64_t until = start + (wait_ms > 0 ? wait_ms : 0) + (bulk ? GATE_YIELD_MS : 0);
	struct waiting waiting;

	waiting_begin(&waiting);
	/* Before the lock: the name may come over the network. */
	if (!g->who[0])
		find_who(g->who);
	if (!bulk)
		lock_byte(g->gate_fd, F_RDLCK, F_OFD_SETLK, NULL);
	for (;; now = loop_now()) {
		if (now < yield_until && is_wanted(g)) {
			g->yields++;
			nap(0);
			continue;
		}
		if (lock_byte(g->lock_fd, F_WRLCK, F_OFD_SETLK, NULL) == 0)
			break;
		if (errno != EAGAIN && errno != EACCES) {
			err_errno(e, errno, "cannot lock '%s/write.lock'", g->dir);
			gate_leave(g, bulk);
			return -1;
		}
		if (now >= until || gives_up(g, &waiting)) {
			say_busy(g, e);
			gate_leave(g, bulk);
			return -1;
		}
		nap(now - start);
	}
	write_holder(g, what);
	return 0;
}

void gate_leave(struct gate *g, int bulk)
{
	lock_byte(g->lock_fd, F_UNLCK, F_OFD_SETLK, NULL);
	if (!bulk)
		lock_byte(g->gate_fd, F_UNLCK, F_OFD_SETLK, NULL);
}

/* --- the door ---------------------------------------------------------------------------------- */

/* The second byte of the lock's file. */
static int lock_door(const struct gate *g, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
	int rc;

	do
		rc = fcntl(g->lock_fd, F_OFD_SETLKW, &lock);
	while (rc != 0 && errno == EINTR);
	return rc;
}

void gate_hold_door(struct gate *g)
{
	if (g->lock_fd >= 0)
		lock_door(g, F_RDLCK);
}

int gate_shut_door(struct gate *g, struct err *e)
{
	return lock_door(g, F_WRLCK) == 0 ? 0 : err_errno(e, errno, "cannot lock '%s/write.lock'", g->dir);
}

void gate_free_door(struct gate *g)
{
	if (g->lock_fd >= 0)
		lock_door(g, F_UNLCK);
}

int gate_holder(const struct gate *g, char *out, unsigned size)
{
	struct holder h;
	short found = F_UNLCK;

	if (size > 0)
		out[0] = '\0';
	if (g->lock_fd < 0 || lock_byte(g->lock_fd, F_WRLCK, F_OFD_GETLK, &found) != 0 ||
	    found == F_UNLCK)
		return 0;
	if (read_holder(g, &h) != 0)
		snprintf(out, size, "another process");
	else
		snprintf(out, size, "%s, %s, since %lld s", h.who, h.what,
			 seconds_since(h.since));
	return 1;
}
