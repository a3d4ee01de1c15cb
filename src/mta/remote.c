#include "mta/remote.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/waiting.h"
#include "mta/remote_inner.h"

enum {
	BLOCK = 64 * 1024,
	WHOLE_SECONDS = 900,   /* of one call: a server that trickles must not hold the publisher for ever */
	LOOK_MS = 200,	       /* a person may want to give up */
	ALIVE_EVERY_MS = 500   /* signs of life are not worth a write each */
};

enum word { ROW, CONNECTED, ALIVE, END };

struct head {
	int32_t word, rc;
	uint32_t key_len, value_len;
};

/* --- in the child --- */

struct remote {
	int fd;
	char block[BLOCK];
	size_t used;
	int64_t said; /* when something was last sent */
};

/* Nobody listens: the parent ended, or ended us. */
static void flush(struct remote *r)
{
	if (r->used > 0 && child_write(r->fd, r->block, r->used) != 0)
		_exit(1);
	r->used = 0;
	r->said = loop_now();
}

static void add(struct remote *r, const void *bytes, size_t len)
{
	if (r->used + len > sizeof r->block)
		flush(r);
	memcpy(r->block + r->used, bytes, len);
	r->used += len;
}

static void say(struct remote *r, enum word word)
{
	struct head h = {.word = word};

	add(r, &h, sizeof h);
	flush(r);
}

void remote_connected(struct remote *r)
{
	say(r, CONNECTED);
}

void remote_alive(struct remote *r)
{
	if (loop_now() - r->said >= ALIVE_EVERY_MS)
		say(r, ALIVE);
}

void remote_row(struct remote *r, const char *key, size_t key_len, const char *value, size_t value_len)
{
	/* One byte more than may be tells that it was longer. */
	struct head h = {.word = ROW,
			 .key_len = (uint32_t)(key_len > REMOTE_ROW_MAX ? REMOTE_ROW_MAX + 1 : key_len),
			 .value_len = (uint32_t)(value_len > REMOTE_ROW_MAX ? REMOTE_ROW_MAX + 1 : value_len)};

	add(r, &h, sizeof h);
	add(r, key, h.key_len);
	add(r, value, h.value_len);
	remote_alive(r);
}

static int work_in_child(void *ctx, int out)
{
	const struct remote_call *call = ctx;
	struct remote *r = mem_alloc(sizeof *r);
	struct head end = {.word = END};
	struct err e = {0};

	r->fd = out;
	r->said = loop_now();
	end.rc = call->work(r, call->job, &e);
	add(r, &end, sizeof end);
	add(r, &e, sizeof e);
	flush(r);
	free(r);
	return 0;
}

/* --- in the parent --- */

struct listening {
	const struct remote_call *call;
	struct child child;
	char block[BLOCK];
	size_t at, end;
	int is_connected;
	int64_t until; /* of the whole call */
	struct waiting waiting;
};

static int too_late(struct listening *l, struct err *e)
{
	child_kill(&l->child);
	if (!l->is_connected)
		return err_set(e, ERR_UNAVAILABLE, "%.200s cannot be reached within %d s", l->call->server,
			       l->call->connect_seconds);
	return err_set(e, ERR_UNAVAILABLE, "%.200s did not answer within %d s", l->call->server, l->call->answer_seconds);
}

/* 1 when there is something to read, 0 when nothing came in time, -1 and *e when a person gives up waiting. */
static int wait_for_words(struct listening *l, struct err *e)
{
	int seconds = l->is_connected ? l->call->answer_seconds : l->call->connect_seconds, got = 0;
	/* A little more than the library is given, whose sentence says more than ours. */
	int64_t until = loop_now() + seconds * INT64_C(1000) + 1500;

	while (got == 0 && loop_now() < until && loop_now() < l->until) {
		got = child_wait(&l->child, LOOK_MS);
		if (waiting_is_due(&l->waiting) && waiting_tell(l->call->server)) {
			child_kill(&l->child);
			return err_set(e, ERR_BUSY, "not waited for %.200s any longer", l->call->server);
		}
	}
	return got < 0 ? 1 : got; /* what is wrong with it shows when it is read */
}

/* All of size bytes; 0, -1 with *e when they come too late, -2 when there are no more. */
static int take(struct listening *l, void *out, size_t size, struct err *e)
{
	size_t got = 0;

	while (got < size) {
		size_t n = l->end - l->at;
		ssize_t more;
		int waited;

		if (n > 0) {
			n = n < size - got ? n : size - got;
			memcpy((char *)out + got, l->block + l->at, n);
			l->at += n;
			got += n;
			continue;
		}
		waited = wait_for_words(l, e);
		if (waited <= 0)
			return waited < 0 ? -1 : too_late(l, e);
		more = read(l->child.fd, l->block, sizeof l->block);
		if (more <= 0)
			return -2;
		l->at = 0;
		l->end = (size_t)more;
	}
	return 0;
}

static int take_row(struct listening *l, const struct head *h, table_fn *fn, void *ctx, struct err *e)
{
	char key[REMOTE_ROW_MAX + 2], value[REMOTE_ROW_MAX + 2];
	struct table_row row = {.name = key, .value = value, .customer = "", .note = "", .contact = ""};
	int rc;

	if (h->key_len > REMOTE_ROW_MAX + 1 || h->value_len > REMOTE_ROW_MAX + 1)
		return -2;
	rc = take(l, key, h->key_len, e);
	if (rc == 0)
		rc = take(l, value, h->value_len, e);
	if (rc != 0)
		return rc;
	key[h->key_len] = value[h->value_len] = '\0';
	row.name_len = h->key_len;
	if (h->key_len == 0 || h->key_len > REMOTE_ROW_MAX)
		row.why = h->key_len ? "the name is longer than 4096 bytes" : "the name is empty";
	else if (h->value_len > REMOTE_ROW_MAX)
		row.why = "the value is longer than 4096 bytes";
	else if (!table_is_text(value, h->value_len))
		row.why = "the value has control bytes or is not valid UTF-8";
	if (row.why)
		value[0] = '\0';
	if (fn(ctx, &row) == 0)
		return 0;
	child_kill(&l->child);
	return -1;
}

static int listen(struct listening *l, table_fn *fn, void *ctx, int *result, struct err *e)
{
	struct head h;
	int rc;

	while ((rc = take(l, &h, sizeof h, e)) == 0) {
		struct err why;

		switch (h.word) {
		case ROW:
			rc = fn ? take_row(l, &h, fn, ctx, e) : -2;
			break;
		case CONNECTED:
			l->is_connected = 1;
			break;
		case ALIVE:
			break;
		case END:
			rc = take(l, &why, sizeof why, e);
			if (rc != 0)
				return rc;
			*result = h.rc;
			if (h.rc < 0) {
				*e = why;
				e->text[sizeof e->text - 1] = '\0';
			}
			return 0;
		default:
			rc = -2;
		}
		if (rc != 0)
			return rc;
	}
	return rc;
}

int remote_listen(const struct remote_call *call, const struct child *c, table_fn *fn, void *ctx, int *result,
		  struct err *e)
{
	struct listening *l = mem_alloc(sizeof *l);
	int rc;

	l->call = call;
	l->child = *c;
	waiting_begin(&l->waiting);
	l->until = loop_now() + WHOLE_SECONDS * INT64_C(1000);
	rc = listen(l, fn, ctx, result, e);
	free(l);
	return rc;
}

int remote_run(const struct remote_call *call, table_fn *fn, void *ctx, struct err *e)
{
	char how[100] = "ended too early";
	int rc, result = -1, ended;
	struct child c;

	if (child_start(&c, work_in_child, (void *)call, e) != 0)
		return -1;
	rc = remote_listen(call, &c, fn, ctx, &result, e);
	if (rc == -2)
		child_kill(&c);
	ended = child_end(&c, how, sizeof how);
	if (rc == -2 || (rc == 0 && ended != 0))
		return err_set(e, ERR_SOFTWARE, "the process that spoke with %.200s %s", call->server, how);
	return rc == 0 ? result : -1;
}
