#include "base/waiting.h"

#include "base/loop.h"

enum { FIRST_MS = 1000, AGAIN_MS = 200 };

static int (*listener)(void *ctx, const char *whom);
static void *listener_ctx;

void waiting_set(int (*fn)(void *ctx, const char *whom), void *ctx)
{
	listener = fn;
	listener_ctx = ctx;
}

void waiting_begin(struct waiting *w)
{
	w->next = loop_now() + FIRST_MS;
}

int waiting_is_due(struct waiting *w)
{
	int64_t now = loop_now();

	if (!listener || now < w->next)
		return 0;
	w->next = now + AGAIN_MS;
	return 1;
}

int waiting_tell(const char *whom)
{
	return listener && listener(listener_ctx, whom) != 0;
}
