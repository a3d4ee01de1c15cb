#include "db/value.h"

#include "db/db_support.h"
#include "db/entries.h"
#include "db/full_rows.h"
#include "db/store.h"

/* Changes the value of a key behind the module's back. */
static void write_raw(struct db_txn *t, enum store_database d, const char *name,
		      const uint8_t *bytes, size_t len)
{
	unsigned char key[NAME_KEY_SIZE];
	MDB_val k = {name_to_key(key, name), key}, v = {len, (void *)bytes};

	ck_assert_int_eq(mdb_put(t->txn, t->db->dbi[d], &k, &v, 0), 0);
}

static size_t read_raw(struct db_txn *t, enum store_database d, const char *name,
		       uint8_t *bytes, size_t room)
{
	unsigned char key[NAME_KEY_SIZE];
	MDB_val k = {name_to_key(key, name), key}, v;

	ck_assert_int_eq(mdb_get(t->txn, t->db->dbi[d], &k, &v), 0);
	ck_assert_uint_le(v.mv_size, room);
	memcpy(bytes, v.mv_data, v.mv_size);
	return v.mv_size;
}

START_TEST(each_flipped_bit_of_a_value_is_told)
{
	struct entry e = full_entry("example.org"), got;
	struct observed o = full_observed(), seen;
	uint8_t entry[600], observed[600];
	size_t entry_len, observed_len;
	struct entry_walk w;
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(entry_put(t, &e, &err));
	OK(observed_put(t, "example.org", &o, &err));
	entry_len = read_raw(t, STORE_ENTRY, "example.org", entry, sizeof entry);
	observed_len = read_raw(t, STORE_OBSERVED, "example.org", observed, sizeof observed);
	for (size_t bit = 0; bit < entry_len * 8; bit++) {
		entry[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_raw(t, STORE_ENTRY, "example.org", entry, entry_len);
		FAILS(entry_get(t, "example.org", NULL, &got, &err), ERR_DATA);
		SAYS("the entry 'example.org'");
		SAYS("restore-backup");
		OK(walk_begin(&w, t, NULL, 0, &err));
		FAILS(walk_next(&w, &err), ERR_DATA);
		walk_end(&w);
		entry[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	write_raw(t, STORE_ENTRY, "example.org", entry, entry_len);
	for (size_t bit = 0; bit < observed_len * 8; bit++) {
		observed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_raw(t, STORE_OBSERVED, "example.org", observed, observed_len);
		FAILS(observed_get(t, "example.org", NULL, &seen, &err), ERR_DATA);
		FAILS(walk_begin(&w, t, NULL, bit % 2, &err), ERR_DATA); /* its sum is looked at when it is reached */
		observed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	write_raw(t, STORE_OBSERVED, "example.org", observed, observed_len);
	IS(entry_get(t, "example.org", NULL, &got, &err), 1);
	/* A sound value under another key, or in another database, is none. */
	write_raw(t, STORE_ENTRY, "example.net", entry, entry_len);
	FAILS(entry_get(t, "example.net", NULL, &got, &err), ERR_DATA);
	write_raw(t, STORE_OBSERVED, "example.org", entry, entry_len);
	FAILS(observed_get(t, "example.org", NULL, &seen, &err), ERR_DATA);
	for (size_t len = 0; len < entry_len; len++) {
		write_raw(t, STORE_ENTRY, "example.org", entry, len);
		FAILS(entry_get(t, "example.org", NULL, &got, &err), ERR_DATA);
	}
	db_abort(t);
	remove_database();
}
END_TEST

/* Puts bytes as a sound value: what a buggy or newer program could have written. */
static int get_crafted(struct db_txn *t, enum store_database d, uint8_t version,
		       const uint8_t *fields, size_t len)
{
	unsigned char key[NAME_KEY_SIZE];
	size_t key_len = name_to_key(key, "example.org");
	struct observed o;
	struct entry e;

	t->is_failed = 0;
	value_begin(&t->value, version);
	str_add_bytes(&t->value, fields, len);
	OK(store_put(t, d, key, key_len, 0, &err));
	err = (struct err){0};
	return d == STORE_ENTRY ? entry_get(t, "example.org", NULL, &e, &err)
				: observed_get(t, "example.org", NULL, &o, &err);
}

START_TEST(sound_sums_over_nonsense_are_not_believed)
{
	uint8_t fields[600], observed[600];
	struct observed o = full_observed();
	struct db_txn *t;
	size_t len;

	open_database();
	t = begin_write();
	OK(observed_put(t, "example.org", &o, &err));
	len = read_raw(t, STORE_OBSERVED, "example.org", observed, sizeof observed) -
	      VALUE_HEAD;
	memcpy(fields, observed + VALUE_HEAD, len);
	IS(get_crafted(t, STORE_OBSERVED, 2, fields, len), 1);
	IS(get_crafted(t, STORE_OBSERVED, 3, fields, len), -1);
	SAYS("newer");
	IS(get_crafted(t, STORE_ENTRY, 2, (const uint8_t *)"\0\0", 2), -1);
	SAYS("newer");
	IS(get_crafted(t, STORE_ENTRY, 1, (const uint8_t *)"\xff\xff\x01\x02", 4), -1);
	SAYS("newer");
	IS(get_crafted(t, STORE_ENTRY, 1, (const uint8_t *)"\x01\x02\x7fOK", 5), -1);
	SAYS("damaged");
	fields[1] = 250; /* a reason that we do not know */
	IS(get_crafted(t, STORE_OBSERVED, 2, fields, len), -1);
	SAYS("newer");
	fields[1] = observed[VALUE_HEAD + 1];
	/* Every byte to every extreme, and every length: refused or read, never out of bounds.
	 */
	for (size_t i = 0; i < len; i++) {
		static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff};

		for (size_t k = 0; k < sizeof extremes; k++) {
			fields[i] = extremes[k];
			get_crafted(t, STORE_OBSERVED, 1, fields, len);
			get_crafted(t, STORE_OBSERVED, 2, fields, len);
			get_crafted(t, STORE_ENTRY, 1, fields, len);
		}
		fields[i] = observed[VALUE_HEAD + i];
		ck_assert_int_eq(get_crafted(t, STORE_OBSERVED, 2, fields, i), -1);
	}
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(the_sum_is_crc32c_by_either_way)
{
	uint8_t bytes[300];

	/* RFC 3720 B.4, and the usual check value. */
	ck_assert_uint_eq(value_crc(0, "123456789", 9), 0xe3069283u);
	memset(bytes, 0, 32);
	ck_assert_uint_eq(value_crc(0, bytes, 32), 0x8a9136aau);
	memset(bytes, 0xff, 32);
	ck_assert_uint_eq(value_crc_by_table(0, bytes, 32), 0x62a8ab43u);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 167 + 13);
	for (size_t begin = 0; begin < 9; begin++)
		for (size_t len = 0; begin + len <= sizeof bytes; len++)
			ck_assert_uint_eq(value_crc(7, bytes + begin, len),
					  value_crc_by_table(7, bytes + begin, len));
}
END_TEST

START_TEST(numbers_of_any_size_come_back)
{
	struct str s = {0};
	struct value_reader r;
	int64_t n[] = {0, 1, -1, 63, 64, -64, -65, INT64_MAX, INT64_MIN};

	value_begin(&s, 1);
	for (size_t i = 0; i < 9; i++)
		value_add_signed(&s, n[i]);
	value_add_number(&s, UINT64_MAX);
	value_add_number(&s, (uint64_t)UINT32_MAX + 1);
	value_close(&s, 3, "k", 1);
	ck_assert_int_eq(value_open(&r, 3, "k", 1, s.bytes, s.len), 0);
	for (size_t i = 0; i < 9; i++)
		ck_assert_int_eq(value_signed(&r), n[i]);
	ck_assert_uint_eq(value_number(&r), UINT64_MAX);
	ck_assert(!r.bad);
	value_number32(&r);
	ck_assert(r.bad);
	ck_assert_int_eq(value_open(&r, 4, "k", 1, s.bytes, s.len), -1);
	ck_assert_int_eq(value_open(&r, 3, "l", 1, s.bytes, s.len), -1);
	ck_assert_int_eq(value_open(&r, 3, "k", 1, s.bytes, s.len - 1), -1);
	str_clear(&s);
	/* More than 64 bits are no number. */
	value_begin(&s, 1);
	str_add_bytes(&s, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
	value_close(&s, 3, "k", 1);
	ck_assert_int_eq(value_open(&r, 3, "k", 1, s.bytes, s.len), 0);
	value_number(&r);
	ck_assert(r.bad);
	str_clear(&s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("values");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_flipped_bit_of_a_value_is_told);
	tcase_add_test(tc, sound_sums_over_nonsense_are_not_believed);
	tcase_add_test(tc, the_sum_is_crc32c_by_either_way);
	tcase_add_test(tc, numbers_of_any_size_come_back);
	return run_suite(tc);
}
