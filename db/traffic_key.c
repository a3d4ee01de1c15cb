#include "db/traffic_key.h"

#include <string.h>

void traffic_key_add(struct traffic_key *k, const void *bytes, size_t len)
{
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

void traffic_key_add_relay(struct traffic_key *k, const char *relay)
{
	traffic_key_add(k, relay, strnlen(relay, MAILLOG_RELAY_MAX));
}

void traffic_key_add_number(struct traffic_key *k, int64_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		k->bytes[k->len++] = (uint8_t)((uint64_t)(n < 0 ? 0 : n) >> shift);
}

int64_t traffic_key_number(const uint8_t *p)
{
	return (int64_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
			 p[3]);
}

struct traffic_key traffic_key_of_name(const char *name, int64_t day)
{
	struct traffic_key k = {.bytes = {TRAFFIC_FIGURES}, .len = 1};

	k.len += name_to_key(k.bytes + 1, name);
	k.bytes[k.len++] = 0;
	traffic_key_add_number(&k, day);
	return k;
}

struct traffic_key traffic_key_of_relay(enum traffic_row row, const char *relay)
{
	struct traffic_key k = {.bytes = {(uint8_t)row}, .len = 1};

	traffic_key_add_relay(&k, relay);
	k.bytes[k.len++] = 0;
	return k;
}

int traffic_key_begins(const MDB_val *key, const struct traffic_key *k, size_t len)
{
	return key->mv_size >= len && memcmp(key->mv_data, k->bytes, len) == 0;
}
