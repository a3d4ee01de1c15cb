#include "ui/backlog.h"

#include <poll.h>
#include <unistd.h>

#include "base/loop.h"
#include "ui/key.h"

int backlog_add(struct backlog *b, size_t n, int sure)
{
	b->bytes += n;
	b->behind += n;
	if (!sure && (b->asked || b->bytes < BACKLOG_ASK_AFTER * (n < BACKLOG_SMALL ? 4 : 1)))
		return 0;
	b->asked++;
	b->behind = 0;
	return 1;
}

void backlog_answered(struct backlog *b)
{
	b->answers = 1;
	if (b->asked > 0 && --b->asked == 0)
		b->bytes = b->behind;
}

void backlog_forget(struct backlog *b)
{
	b->asked = 0;
	b->bytes = b->behind = 0;
}

void backlog_silent(struct backlog *b)
{
	b->answers = 0;
	backlog_forget(b);
}

int backlog_is_heavy(const struct backlog *b)
{
	return b->answers && b->asked && b->bytes >= BACKLOG_MOST;
}

int backlog_is_over(const struct backlog *b)
{
	return !(b->answers && b->asked);
}

void backlog_land(struct backlog *b, int fd, int ms)
{
	struct pollfd p = {fd, POLLIN, 0};
	int64_t until = loop_now() + ms, left;
	struct key_reader reader = {0};
	char bytes[512];
	struct key k;

	while (!backlog_is_over(b) && (left = until - loop_now()) > 0) {
		ssize_t n;

		if (poll(&p, 1, (int)left) <= 0 || (n = read(fd, bytes, sizeof bytes)) <= 0)
			break;
		key_feed(&reader, bytes, (size_t)n, loop_now());
		while (key_next(&reader, loop_now(), &k))
			if (k.code == CODE_SHOWN)
				backlog_answered(b);
	}
	key_clear(&reader);
	backlog_forget(b);
}
