/*
 * What comes from a terminal, in pieces: the first byte is the length of a piece.  After a silence nothing is left
 * waiting, and no byte of a paste becomes a key.
 */
#include "fuzz/targets.h"
#include "ui/key.h"

static size_t take(struct key_reader *r, int64_t now)
{
	struct key key;
	size_t n = 0;

	while (key_next(r, now, &key) == 1) {
		n++;
		FUZZ_ASSERT(key.code >= 0);
		FUZZ_ASSERT(key.code < CODE_ALT + 0x100);
		FUZZ_ASSERT(key.code != CODE_PASTE || (key.text && key.len <= KEY_PASTE_MAX));
		FUZZ_ASSERT(key.code == CODE_PASTE || !key.text);
	}
	return n;
}

void fuzz_key(const uint8_t *bytes, size_t len)
{
	struct key_reader r = {0};
	int64_t now = 1000;
	size_t piece, fed = 0, keys = 0;

	if (len < 1)
		return;
	piece = bytes[0] ? bytes[0] : 1;
	for (size_t at = 1; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		key_feed(&r, bytes + at, n, now);
		fed += n;
		keys += take(&r, now);
		now += bytes[0] & 3 ? 1 : KEY_ESCAPE_MS;
	}
	for (int i = 0; i < 3; i++) {
		now += KEY_PASTE_MS;
		keys += take(&r, now);
	}
	FUZZ_ASSERT(keys <= fed);
	FUZZ_ASSERT(key_wait(&r, now) == -1);
	key_clear(&r);
}
