#include "db/entries.h"

#include "db/db_support.h"
#include "db/history.h"
#include "db/scans.h"
#include "db/store.h"

static const struct net_address v4 = {4, {192, 0, 2, 7}};
static const struct net_address v6 = {6, {0x20, 1, 0xd, 0xb8, [15] = 9}};

static struct entry full_entry(const char *name)
{
	struct entry e = entry_named(name);

	e.customer = "C-1042";
	e.contact = "M\303\274ller <hostmaster@example.org>, +49 30 1234";
	e.note = "two\nlines";
	e.contract_end = 1798675200;
	e.confirmed = 1700000000;
	e.reviewed = -1;
	e.pin = PIN_OUTAGE;
	e.pin_until = 1900000000;
	e.pin_note = "they move house";
	e.notice_deadline = 1800000000;
	e.notice_ticket = "#4711";
	e.acknowledged = 0xfedcba9876543210;
	return e;
}

static void assert_same_entry(const struct entry *a, const struct entry *b)
{
	ck_assert_str_eq(a->name, b->name);
	ck_assert_str_eq(a->table_value, b->table_value);
	ck_assert_str_eq(a->customer, b->customer);
	ck_assert_str_eq(a->contact, b->contact);
	ck_assert_str_eq(a->note, b->note);
	ck_assert_int_eq(a->added, b->added);
	ck_assert_int_eq(a->contract_end, b->contract_end);
	ck_assert_int_eq(a->confirmed, b->confirmed);
	ck_assert_int_eq(a->reviewed, b->reviewed);
	ck_assert_uint_eq(a->pin, b->pin);
	ck_assert_int_eq(a->pin_until, b->pin_until);
	ck_assert_str_eq(a->pin_note, b->pin_note);
	ck_assert_int_eq(a->notice_deadline, b->notice_deadline);
	ck_assert_str_eq(a->notice_ticket, b->notice_ticket);
	ck_assert_uint_eq(a->acknowledged, b->acknowledged);
}

static struct observed_mx two_targets[2];
static struct net_address both_addresses[3];

static struct observed full_observed(void)
{
	both_addresses[0] = v4;
	both_addresses[1] = v6;
	both_addresses[2] = v4;
	both_addresses[2].bytes[3]++; /* seen two observations ago */
	two_targets[0] = (struct observed_mx){10, -1, "mx1.example.net", both_addresses, 2, {0, 1}};
	two_targets[1] = (struct observed_mx){65535, 1, "", NULL, 0, {0}};
	return (struct observed){
		.verdict = {CLASS_ORPHAN, ORPHAN_OFFNET, 2, DELETE_C1,
			    W_MX_CNAME | H_NEAR_MISS},
		.since = 1763000000,
		.time = 1763900000,
		.count = 4000000000u,
		.days = 12,
		.varies = 3,
		.scan = 77,
		.sets = 0x0123456789abcdef,
		.resolver = "[2001:db8::53]:5353",
		.rcode = 0,
		.ede = -1,
		.authenticated = 1,
		.ttl = 86400,
		.chain = "a.example.org > b.example.org",
		.each = "127.0.0.1:53 ORPHAN_OFFNET, [::1]:53 UNK_TIMEOUT",
		.mx = two_targets,
		.n_mx = 2,
	};
}

static void assert_same_observed(const struct observed *a, const struct observed *b)
{
	ck_assert_mem_eq(&a->verdict, &b->verdict, sizeof a->verdict);
	ck_assert_int_eq(a->since, b->since);
	ck_assert_int_eq(a->time, b->time);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_uint_eq(a->days, b->days);
	ck_assert_uint_eq(a->scan, b->scan);
	ck_assert_uint_eq(a->sets, b->sets);
	ck_assert_str_eq(a->resolver, b->resolver);
	ck_assert_int_eq(a->rcode, b->rcode);
	ck_assert_int_eq(a->ede, b->ede);
	ck_assert_int_eq(a->authenticated, b->authenticated);
	ck_assert_uint_eq(a->ttl, b->ttl);
	ck_assert_str_eq(a->chain, b->chain);
	ck_assert_str_eq(a->each, b->each);
	ck_assert_uint_eq(a->varies, b->varies);
	ck_assert_uint_eq(a->n_mx, b->n_mx);
	for (size_t i = 0; i < a->n_mx; i++) {
		ck_assert_uint_eq(a->mx[i].preference, b->mx[i].preference);
		ck_assert_int_eq(a->mx[i].ours, b->mx[i].ours);
		ck_assert_str_eq(a->mx[i].target, b->mx[i].target);
		ck_assert_uint_eq(a->mx[i].n_addresses, b->mx[i].n_addresses);
		ck_assert_mem_eq(a->mx[i].n_recent, b->mx[i].n_recent, sizeof a->mx[i].n_recent);
		for (size_t k = 0; k < a->mx[i].n_addresses + a->mx[i].n_recent[1]; k++)
			ck_assert_int_eq(
				net_address_compare(&a->mx[i].address[k], &b->mx[i].address[k]),
				0);
	}
}

START_TEST(an_entry_comes_back_as_it_was_put)
{
	static const char *const names[] = {"example.org",   ".example.org", "[192.0.2.1]",
					    "*.example.org", "localhost",    "a..b"};
	struct entry full, poor, got;
	struct arena a = {0};
	struct db_txn *t;

	open_database();
	for (size_t i = 0; i < 6; i++) {
		full = full_entry(names[i]);
		t = begin_write();
		OK(entry_put(t, &full, &err));
		IS(entry_get(t, names[i], NULL, &got, &err), 1);
		assert_same_entry(&got, &full);
		OK(db_commit(t, &err));
		t = begin_read();
		IS(entry_get(t, names[i], &a, &got, &err), 1);
		db_abort(t);
		assert_same_entry(&got, &full); /* from the arena, behind the transaction */
	}
	poor = (struct entry){.name = "poor.example.org"};
	t = begin_write();
	OK(entry_put(t, &poor, &err));
	IS(entry_get(t, poor.name, NULL, &got, &err), 1);
	ck_assert_str_eq(got.note, "");
	ck_assert_str_eq(got.table_value, "");
	IS(entry_get(t, "no.example.org", NULL, &got, &err), 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(an_observation_comes_back_as_it_was_put)
{
	struct observed full = full_observed(),
			poor = {.rcode = -1, .ede = -1, .authenticated = -1}, got;
	struct arena a = {0};
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(observed_put(t, "example.org", &full, &err));
	OK(observed_put(t, "poor.example.org", &poor, &err));
	OK(db_commit(t, &err));
	t = begin_read();
	IS(observed_get(t, "example.org", NULL, &got, &err), 1);
	assert_same_observed(&got, &full);
	IS(observed_get(t, "example.org", &a, &got, &err), 1);
	db_abort(t);
	assert_same_observed(&got, &full);
	t = begin_write();
	IS(observed_get(t, "poor.example.org", NULL, &got, &err), 1);
	ck_assert_str_eq(got.chain, "");
	ck_assert_str_eq(got.resolver, "");
	ck_assert_int_eq(got.rcode, -1);
	ck_assert_uint_eq(got.n_mx, 0);
	IS(observed_delete(t, "poor.example.org", &err), 1);
	IS(observed_delete(t, "poor.example.org", &err), 0);
	IS(observed_get(t, "poor.example.org", NULL, &got, &err), 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

/* In the order in which they must come. */
static const char *const sorted[] = {
	"*.odd.example", "[192.0.2.1]",	    "com",	     "example.com",  ".example.com",
	"a.example.com", "b.a.example.com", "b.example.com", "example1.com", "w.org",
	".w.org",	 "www.w.org",
};
enum { N_SORTED = sizeof sorted / sizeof *sorted };

static void put_sorted_names(void)
{
	struct observed o = full_observed();
	struct db_txn *t = begin_write();

	for (size_t i = N_SORTED; i-- > 0;) {
		struct entry e = full_entry(sorted[i]);

		OK(entry_put(t, &e, &err));
		if (i % 3 == 1)
			OK(observed_put(t, sorted[i], &o, &err));
	}
	/* Observations of names that are not listed come between and change nothing. */
	OK(observed_put(t, "aa.example.com", &o, &err));
	OK(observed_put(t, "zzz.org", &o, &err));
	OK(db_commit(t, &err));
}

static size_t walk_from(const char *after, int with_mx)
{
	struct db_txn *t = begin_read();
	struct entry_walk w;
	size_t i = 0, n = 0;
	int got;

	OK(walk_begin(&w, t, after, with_mx, &err));
	while ((got = walk_next(&w, &err)) == 1) {
		if (n++ == 0)
			while (i < N_SORTED && strcmp(sorted[i], w.e.name) != 0)
				i++;
		ck_assert_uint_lt(i, N_SORTED);
		ck_assert_str_eq(w.e.name, sorted[i]);
		ck_assert_str_eq(w.e.note, "two\nlines");
		ck_assert_int_eq(w.o.time != 0, i % 3 == 1);
		ck_assert_uint_eq(w.o.n_mx, i % 3 == 1 && with_mx ? 2 : 0);
		if (w.o.n_mx)
			ck_assert_str_eq(w.o.mx[0].target, "mx1.example.net");
		ck_assert_str_eq(w.o.resolver, i % 3 == 1 ? "[2001:db8::53]:5353" : "");
		i++;
	}
	OK(got);
	IS(walk_next(&w, &err), 0);
	walk_end(&w);
	db_abort(t);
	ck_assert_uint_eq(n ? i : N_SORTED, N_SORTED);
	return n;
}

START_TEST(a_walk_goes_from_a_domain_to_its_subnames)
{
	open_database();
	ck_assert_uint_eq(walk_from(NULL, 1), 0);
	put_sorted_names();
	ck_assert_uint_eq(walk_from(NULL, 0), N_SORTED);
	ck_assert_uint_eq(walk_from(NULL, 1), N_SORTED);
	for (size_t i = 0; i < N_SORTED; i++)
		ck_assert_uint_eq(walk_from(sorted[i], i % 2), N_SORTED - 1 - i);
	/* Names that are not there (any more). */
	ck_assert_uint_eq(walk_from("aa.example.com", 1), 5);
	ck_assert_uint_eq(walk_from("z.zzz", 1), 0);
	remove_database();
}
END_TEST

START_TEST(a_deleted_entry_is_gone_and_the_others_stay)
{
	struct entry got;
	struct db_txn *t;
	uint64_t n;

	open_database();
	put_sorted_names();
	t = begin_write();
	IS(entry_delete(t, "a.example.com", &err), 1);
	IS(entry_delete(t, "a.example.com", &err), 0);
	IS(entry_delete(t, "example.net", &err), 0);
	OK(db_commit(t, &err));
	t = begin_read();
	OK(entry_count(t, &n, &err));
	ck_assert_uint_eq(n, N_SORTED - 1);
	IS(entry_get(t, "a.example.com", NULL, &got, &err), 0);
	IS(entry_get(t, "b.a.example.com", NULL, &got, &err), 1);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(a_sorted_load_adds_and_never_overwrites)
{
	static const char *const order[] = {"b.org", "c.org", "a.org",
					    "d.org", "c.org", "a.org"};
	static const int added[] = {1, 1, 1, 1, 0, 0};
	struct entry got;
	struct db_txn *t;
	uint64_t n;

	open_database();
	t = begin_write();
	for (size_t i = 0; i < 6; i++) {
		struct entry e = entry_named(order[i]);

		e.note = i < 4 ? "first" : "second";
		IS(entry_add_sorted(t, &e, &err), added[i]);
	}
	IS(entry_get(t, "c.org", NULL, &got, &err), 1);
	ck_assert_str_eq(got.note, "first");
	OK(entry_count(t, &n, &err));
	ck_assert_uint_eq(n, 4);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(names_that_are_none_are_not_stored)
{
	static const char *const bad[] = {"", ".", "Upper.example.org", "a b.org",
					  "x\001y.org"};
	struct observed o = full_observed();

	open_database();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct entry e = entry_named(bad[i]);
		struct db_txn *t = begin_write();

		FAILS(entry_put(t, &e, &err), ERR_DATA);
		FAILS(observed_put(t, bad[i], &o, &err), ERR_DATA);
		db_abort(t);
	}
	remove_database();
}
END_TEST

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

START_TEST(the_history_of_a_name_comes_oldest_first)
{
	struct observed o = full_observed(), *rows;
	struct arena a = {0};
	struct db_txn *t;
	size_t n;

	open_database();
	t = begin_write();
	for (int i = 0; i < 5; i++) {
		o.since = 1700000000 + (i * 3 % 5) * 1000;
		OK(history_put(t, "example.org", &o, &err));
		OK(history_put(t, "a.example.org", &o, &err));
	}
	OK(db_commit(t, &err));
	t = begin_read();
	OK(history_get(t, "example.org", &a, &rows, &n, &err));
	ck_assert_uint_eq(n, 5);
	for (size_t i = 0; i < n; i++) {
		o.since = 1700000000 + (int64_t)i * 1000;
		assert_same_observed(&rows[i], &o);
	}
	OK(history_get(t, "org", &a, &rows, &n, &err));
	ck_assert_uint_eq(n, 0);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(scans_are_kept_by_their_number)
{
	struct scan s = {.started = 1763900000,
			 .pid = 4321,
			 .sets = 99,
			 .total = 1000,
			 .done = 12,
			 .count = {1, 2, 3, 4, 5, 6, 7},
			 .cause = "a canary failed",
			 .by = "jk",
			 .position = "m.example.org"},
		    got;
	struct arena a = {0};
	struct db_txn *t;

	open_database();
	t = begin_write();
	IS(scan_last(t, &a, &got, &err), 0);
	for (uint32_t n = 1; n < 600; n += 299) {
		s.number = n;
		OK(scan_put(t, &s, &err));
	}
	s.number = 300;
	s.ended = 1763903600;
	s.trusted = 1;
	s.cause = NULL;
	OK(scan_put(t, &s, &err));
	OK(db_commit(t, &err));
	t = begin_read();
	IS(scan_last(t, &a, &got, &err), 1);
	ck_assert_uint_eq(got.number, 599);
	ck_assert_str_eq(got.cause, "a canary failed");
	IS(scan_get(t, 300, &a, &got, &err), 1);
	db_abort(t);
	ck_assert_int_eq(got.ended, 1763903600);
	ck_assert_uint_eq(got.trusted, 1);
	ck_assert_str_eq(got.cause, "");
	ck_assert_str_eq(got.by, "jk");
	ck_assert_str_eq(got.position, "m.example.org");
	ck_assert_uint_eq(got.count[6], 7);
	ck_assert_int_eq(got.pid, 4321);
	t = begin_read();
	IS(scan_get(t, 2, &a, &got, &err), 0);
	db_abort(t);
	arena_clear(&a);
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
	TCase *tc = tcase_create("entries");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_entry_comes_back_as_it_was_put);
	tcase_add_test(tc, an_observation_comes_back_as_it_was_put);
	tcase_add_test(tc, a_walk_goes_from_a_domain_to_its_subnames);
	tcase_add_test(tc, a_deleted_entry_is_gone_and_the_others_stay);
	tcase_add_test(tc, a_sorted_load_adds_and_never_overwrites);
	tcase_add_test(tc, names_that_are_none_are_not_stored);
	tcase_add_test(tc, each_flipped_bit_of_a_value_is_told);
	tcase_add_test(tc, sound_sums_over_nonsense_are_not_believed);
	tcase_add_test(tc, the_history_of_a_name_comes_oldest_first);
	tcase_add_test(tc, scans_are_kept_by_their_number);
	tcase_add_test(tc, the_sum_is_crc32c_by_either_way);
	tcase_add_test(tc, numbers_of_any_size_come_back);
	return run_suite(tc);
}
