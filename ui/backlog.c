#include "ui/backlog.h"

#include <poll.h>
#include <unistd.h>

#include "base/loop.h"
#include "ui/key.h"

int backlog_add(struct backlog *f, size_t n, int sure)
{
	f->bytes += n;
	f->behind += n;
	if (!sure && (f->asked || f->bytes < BACKLOG_ASK_AFTER))
		return 0;
	f->asked++;
	f->behind = 0;
	return 1;
}

void backlog_answered(struct backlog *f)
{
	f->answers = 1;
	if (f->asked > 0 && --f->asked == 0)
		f->bytes = f->behind;
}

void backlog_forget(struct backlog *f)
{
	f->asked = 0;
	f->bytes = f->behind = 0;
}

void backlog_silent(struct backlog *f)
{
	f->answers = 0;
	backlog_forget(f);
}

int backlog_is_heavy(const struct backlog *f)
{
	return f->answers && f->asked && f->bytes >= BACKLOG_MOST;
}

int backlog_is_over(const struct backlog *f)
{
	return !(f->answers && f->asked);
}

void backlog_land(struct backlog *f, int fd, int ms)
{
	struct pollfd p = {fd, POLLIN, 0};
	int64_t until = loop_now() + ms, left;
	struct key_reader reader = {0};
	char bytes[512];
	struct key k;

	while (!backlog_is_over(f) && (left = until - loop_now()) > 0) {
		ssize_t n;

		if (poll(&p, 1, (int)left) <= 0 || (n = read(fd, bytes, sizeof bytes)) <= 0)
			break;
		key_feed(&reader, bytes, (size_t)n, loop_now());
		while (key_next(&reader, loop_now(), &k))
			if (k.code == CODE_SHOWN)
				backlog_answered(f);
	}
	key_clear(&reader);
	backlog_forget(f);
}
