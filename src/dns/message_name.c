#include "dns/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* True for bytes of a label that stand for themselves in text. */
static int is_plain(uint8_t c)
{
	return c > 0x20 && c < 0x7f && c != '.' && c != '\\';
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

int message_name_to_text(char *out, size_t size, const uint8_t *wire, size_t len)
{
	size_t i = 0, used = 0;

	for (;;) {
		size_t n;

		if (i >= len || i >= MESSAGE_NAME)
			return -1;
		n = wire[i++];
		if (!n)
			break;
		if (n > 63 || n > len - i)
			return -1;
		if (used) {
			if (used + 1 >= size)
				return -1;
			out[used++] = '.';
		}
		for (; n > 0; n--) {
			uint8_t c = wire[i++];

			if (used + (is_plain(c) ? 1 : 4) >= size)
				return -1;
			if (is_plain(c)) {
				out[used++] = (char)lower(c);
			} else {
				out[used++] = '\\';
				out[used++] = (char)('0' + c / 100);
				out[used++] = (char)('0' + c / 10 % 10);
				out[used++] = (char)('0' + c % 10);
			}
		}
	}
	if (used >= size)
		return -1;
	out[used] = '\0';
	return (int)used;
}

/* One byte of a label, escapes taken off; -1 for a bad escape. */
static int next_byte(const char **at)
{
	const char *p = *at;
	int c = (unsigned char)*p++;

	if (c == '\\') {
		c = 0;
		for (int i = 0; i < 3; i++, p++) {
			if (*p < '0' || *p > '9')
				return -1;
			c = 10 * c + (*p - '0');
		}
		if (c > 255)
			return -1;
	} else if (c <= 0x20 || c >= 0x7f) {
		return -1;
	}
	*at = p;
	return c;
}

int message_name_to_wire(uint8_t out[MESSAGE_NAME], const char *text)
{
	size_t used = 0;

	while (*text) {
		size_t length_at = used++, n = 0;

		while (*text && *text != '.') {
			int c = is_plain((uint8_t)*text) ? *text++ : next_byte(&text);

			if (c < 0 || ++n > 63 || used >= MESSAGE_NAME - 1)
				return -1;
			out[used++] = lower((uint8_t)c);
		}
		if (!n || used >= MESSAGE_NAME)
			return -1;
		out[length_at] = (uint8_t)n;
		if (*text == '.')
			text++;
	}
	out[used++] = 0;
	return (int)used;
}

size_t message_build(uint8_t out[MESSAGE_QUERY], const uint8_t *name, size_t name_len,
		     uint16_t type, uint16_t id, int options)
{
	static const uint8_t opt[] = {0, 0, MESSAGE_OPT, MESSAGE_UDP_SIZE >> 8,
				      MESSAGE_UDP_SIZE & 255};
	uint8_t *p = out;

	memset(out, 0, 12);
	*p++ = (uint8_t)(id >> 8);
	*p++ = (uint8_t)id;
	*p++ = options & MESSAGE_NO_RECURSION ? 0 : 0x01; /* RD */
	*p++ = 0x20;					  /* AD: tell us, RFC 6840 5.7 */
	out[5] = 1;
	out[11] = (options & MESSAGE_EDNS) != 0;
	p = out + 12;
	memcpy(p, name, name_len);
	p += name_len;
	*p++ = (uint8_t)(type >> 8);
	*p++ = (uint8_t)type;
	*p++ = 0;
	*p++ = 1;
	if (options & MESSAGE_EDNS) {
		memcpy(p, opt, sizeof opt);
		memset(p + sizeof opt, 0, 6);
		p += 11;
	}
	return (size_t)(p - out);
}

void reply_room_init(struct reply_room *room)
{
	memset(&room->reply, 0, sizeof room->reply);
	room->reply.record = room->record;
	room->reply.text = room->text;
	room->text[0] = '\0';
	room->reply.text_len = 1;
}

void reply_fail(struct reply *r, uint16_t type, enum answer_failure failure, int rcode, int ede)
{
	struct reply_record *record = r->record;
	char *text = r->text;

	*r = (struct reply){
		.type = type,
		.status = ANSWER_FAIL,
		.failure = (uint8_t)failure,
		.rcode = (int16_t)rcode,
		.ede = ede,
		.text_len = 1,
		.record = record,
		.text = text,
	};
	text[0] = '\0';
}

struct reply *reply_copy(const struct reply *r)
{
	size_t records = r->n_records * sizeof *r->record;
	struct reply *copy = mem_resize(NULL, sizeof *copy + records + r->text_len);

	*copy = *r;
	copy->record = (struct reply_record *)(copy + 1);
	copy->text = (char *)copy->record + records;
	if (records)
		memcpy(copy->record, r->record, records);
	memcpy(copy->text, r->text, r->text_len);
	return copy;
}
