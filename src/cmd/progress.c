#include "cmd/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/loop.h"

void progress_show(struct progress *p, size_t done, size_t total, double per_second)
{
	int64_t now = loop_now();

	if (!isatty(STDERR_FILENO) || (p->shown && now - p->last < 100))
		return;
	p->last = now;
	p->shown = 1;
	fprintf(stderr, "\r%s %zu of %zu, %.0f/s", p->what, done, total, per_second);
	if (per_second > 0 && total > done)
		fprintf(stderr, ", %.0f s left", (double)(total - done) / per_second);
	fputs("   ", stderr);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = 0;
}
