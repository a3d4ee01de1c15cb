#include "mta/mailqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/err.h"
#include "base/mem.h"
#include "relay/name.h"

/* A message may have thousands of recipients, each with its reason for waiting. */
enum { LINE_MAX_BYTES = 64 << 20, EXCUSE_MAX = 200 };

static int64_t number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) && json_integer_value(value) >= 0 ? (int64_t)json_integer_value(value) : -1;
}

static void add_item(struct mailqueue *q, uint32_t message, const char *domain)
{
	for (size_t i = q->n_items; i-- > 0 && q->item[i].message == message;)
		if (q->item[i].domain == domain)
			return;
	if (q->n_items == q->item_room) {
		q->item_room = q->item_room * 2 + 256;
		q->item = mem_array(q->item, q->item_room, sizeof *q->item);
	}
	q->item[q->n_items++] = (struct mailqueue_item){message, domain};
}

/* An address without a domain, or with one that is none, is of no entry. */
static void add_recipient(struct mailqueue *q, uint32_t message, const char *address)
{
	const char *at = strrchr(address, '@');
	char name[NAME_SIZE];
	enum name_kind kind = at ? name_from_text(name, at + 1, strlen(at + 1), NULL) : NAME_REFUSED;

	if (kind == NAME_DOMAIN || kind == NAME_SPECIAL)
		add_item(q, message, maillog_words_get(&q->domains, name, strlen(name))->text);
}

/* 0, or -1 when it is none. */
static int add_message(struct mailqueue *q, const json_t *o)
{
	const json_t *recipients = json_object_get(o, "recipients");
	struct mailqueue_message m = {number_of(o, "arrival_time"), number_of(o, "message_size")};
	uint32_t number = (uint32_t)q->n_messages;
	size_t i;
	json_t *r;

	if (m.arrival < 0 || m.size < 0 || !json_is_array(recipients) || q->n_messages == UINT32_MAX)
		return -1;
	if (q->n_messages == q->message_room) {
		q->message_room = q->message_room * 2 + 256;
		q->message = mem_array(q->message, q->message_room, sizeof *q->message);
	}
	q->message[q->n_messages++] = m;
	json_array_foreach(recipients, i, r)
	{
		const char *address = json_string_value(json_object_get(r, "address"));

		if (address)
			add_recipient(q, number, address);
	}
	return 0;
}

/* Without memory a message would be no message, and be passed over. */
static void *take_memory(size_t size)
{
	return mem_resize(NULL, size);
}

static void end_line(struct mailqueue *q)
{
	json_error_t ignored;
	json_t *o;

	json_set_alloc_funcs(take_memory, free);
	o = q->is_too_long ? NULL : json_loadb(str_text(&q->line), q->line.len, 0, &ignored);

	if (q->line.len > 0 && (!o || add_message(q, o) != 0)) {
		if (q->refused++ == 0)
			str_add_bytes(&q->excuse, q->line.bytes, q->line.len < EXCUSE_MAX ? q->line.len : EXCUSE_MAX);
	}
	json_decref(o);
	str_truncate(&q->line, 0);
	q->is_too_long = 0;
}

void mailqueue_take(void *queue, const char *bytes, size_t len)
{
	struct mailqueue *q = queue;

	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;

		if (part > LINE_MAX_BYTES - q->line.len)
			q->is_too_long = 1;
		else
			str_add_bytes(&q->line, bytes, part);
		if (!end)
			return;
		end_line(q);
		bytes += part + 1;
		len -= part + 1;
	}
}

void mailqueue_end(struct mailqueue *q)
{
	if (q->line.len > 0)
		end_line(q);
}

int mailqueue_read_fd(struct mailqueue *q, int fd, const char *path, struct err *e)
{
	char buffer[65536];

	for (;;) {
		ssize_t n = read(fd, buffer, sizeof buffer);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "cannot read '%s'", path);
		if (n == 0)
			break;
		mailqueue_take(q, buffer, (size_t)n);
	}
	mailqueue_end(q);
	return 0;
}

void mailqueue_clear(struct mailqueue *q)
{
	free(q->message);
	free(q->item);
	maillog_words_clear(&q->domains);
	str_clear(&q->line);
	str_clear(&q->excuse);
	*q = (struct mailqueue){0};
}
