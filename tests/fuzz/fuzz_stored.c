/*
 * Stored values: entries and observations out of bytes whose sum is right, as those of another version, or of somebody
 * who can write the file, would be.  What is read can be written, and reads as the same again.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "db/code.h"
#include "db/value.h"
#include "fuzz/targets.h"
#include "relay/entry.h"

enum { DATABASE = 1 };

static const char key[] = "example\0shop";

static void close_value(struct str *s)
{
	value_close(s, DATABASE, key, sizeof key);
}

static int open_value(struct value_reader *r, const struct str *s)
{
	return value_open(r, DATABASE, key, sizeof key, s->bytes, s->len);
}

static void again(const struct str *first, void (*write)(struct str *out, struct arena *a, struct value_reader *r))
{
	struct str second = {0};
	struct value_reader r;
	struct arena a = {0};

	FUZZ_ASSERT(open_value(&r, first) == 0);
	value_begin(&second, r.version);
	write(&second, &a, &r);
	close_value(&second);
	FUZZ_ASSERT(first->len == second.len && memcmp(first->bytes, second.bytes, first->len) == 0);
	str_clear(&second);
	arena_clear(&a);
}

static void rewrite_entry(struct str *out, struct arena *a, struct value_reader *r)
{
	struct entry e = {0};

	FUZZ_ASSERT(code_read_entry(r, &e) == CODE_OK);
	code_copy_entry(&e, a);
	code_add_entry(out, &e);
}

static void rewrite_observed(struct str *out, struct arena *a, struct value_reader *r)
{
	struct observed o = {0};

	FUZZ_ASSERT(code_read_observed(r, &o, a, NULL) == CODE_OK);
	code_add_observed(out, &o);
}

static void read_entry(struct value_reader *r)
{
	struct str written = {0};
	struct arena a = {0};
	struct entry e = {0};

	if (code_read_entry(r, &e) == CODE_OK) {
		code_copy_entry(&e, &a);
		value_begin(&written, 1);
		code_add_entry(&written, &e);
		close_value(&written);
		again(&written, rewrite_entry);
	}
	str_clear(&written);
	arena_clear(&a);
}

static void read_observed(struct value_reader *r)
{
	struct str written = {0};
	struct arena a = {0};
	struct observed o = {0};

	if (code_read_observed(r, &o, &a, NULL) == CODE_OK) {
		FUZZ_ASSERT(o.n_tallies <= TALLY_MAX);
		for (size_t i = 0; i < o.n_mx; i++)
			FUZZ_ASSERT(strnlen(o.mx[i].target, NAME_SIZE) < NAME_SIZE);
		value_begin(&written, CODE_OBSERVED_VERSION);
		code_add_observed(&written, &o);
		close_value(&written);
		again(&written, rewrite_observed);
	}
	str_clear(&written);
	arena_clear(&a);
}

void fuzz_stored(const uint8_t *bytes, size_t len)
{
	struct str value = {0};
	struct value_reader r;

	if (len < 2)
		return;
	FUZZ_ASSERT(value_open(&r, DATABASE, key, sizeof key, bytes, len) != 0 || len >= VALUE_HEAD);
	value_begin(&value, bytes[1] % 4);
	str_add_bytes(&value, bytes + 2, len - 2);
	close_value(&value);
	FUZZ_ASSERT(open_value(&r, &value) == 0);
	if (bytes[0] & 1)
		read_observed(&r);
	else
		read_entry(&r);
	str_clear(&value);
}
