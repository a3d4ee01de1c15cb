/*
 * Mail logs, plain or gzip.  What a message of one log leaves open goes on in a second reader, as it does from one
 * night to the next.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "mta/maillog.h"

static void on_event(void *ctx, const struct maillog_event *event)
{
	const struct maillog_figures *f = &event->told.add;
	const int64_t figure[] = {f->in_msgs,	  f->in_bytes, f->out_transactions, f->out_bytes, f->backscatter_msgs,
				  f->backscatter_bytes, f->relay_denied, f->held,	    f->outside,	  f->at_once};

	(void)ctx;
	FUZZ_ASSERT((event->told.name || event->alone.name) && event->relay && strlen(event->relay) <= MAILLOG_RELAY_MAX);
	for (size_t i = 0; i < sizeof figure / sizeof *figure; i++)
		FUZZ_ASSERT(figure[i] >= -1 && figure[i] <= INT64_C(1) << 62);
}

static void carry(void *ctx, const struct maillog_message *open)
{
	struct maillog_message copy = *open;
	struct maillog *to = ctx;

	FUZZ_ASSERT(open->relay && strnlen(open->id, sizeof open->id) <= MAILLOG_ID_MAX);
	copy.relay = maillog_relay(to, open->relay, strlen(open->relay));
	maillog_add_open(to, &copy);
}

void fuzz_maillog(const uint8_t *bytes, size_t len)
{
	const struct maillog_options options = {.on_event = on_event};
	struct maillog *first = maillog_new(&options), *second = maillog_new(&options);
	struct err e = {0};
	char path[40];
	int fd = fuzz_file(bytes, len);

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (maillog_read(first, path, &e) != 0)
		FUZZ_ASSERT(e.text[0]);
	maillog_each_open(first, carry, second);
	maillog_read(second, path, &e);
	maillog_free(second);
	maillog_free(first);
	close(fd);
}
