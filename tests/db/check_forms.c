/*
 * Observations of version 1 were written in three forms before the number was raised; databases that hold them are
 * read as they are, and what is written anew is of the present version.
 */
#include "db/code.h"

#include "db/db_support.h"
#include "db/entries.h"
#include "db/history.h"
#include "db/store.h"
#include "support/suite.h"

/* What the forms differ in: what each resolver said, and the addresses that went away lately. */
struct form {
	int each, lately;
};
static const struct form forms[] = {{0, 0}, {1, 0}, {1, 1}};
enum { N_FORMS = sizeof forms / sizeof *forms };

/* Of the present form. */
enum { OBSERVED_BYTES = 175, ENTRY_BYTES = 49 };
static const uint32_t observed_sum = 0x55119c45, entry_sum = 0xd99e91bc;

static const char *const targets[] = {"mx1.example.net", "", "a.mx.example.net"};

/* tallies and targets make a row long; without them it is short, and its end is near the field that is not there. */
static void add_old(struct str *out, struct form form, unsigned tallies, unsigned n_mx, uint64_t odd)
{
	value_begin(out, 1);
	value_add_byte(out, CLASS_ORPHAN);
	value_add_byte(out, ORPHAN_OFFNET);
	value_add_byte(out, 2 | DELETE_C1 << 4);
	value_add_number(out, W_MX_CNAME);
	value_add_signed(out, 1763000000);
	value_add_signed(out, 1763900000);
	value_add_number(out, 40);
	value_add_number(out, 12);
	value_add_number(out, 77);
	value_add_u64(out, odd);
	value_add_text(out, "127.0.0.1:53");
	value_add_signed(out, 0);
	value_add_signed(out, -1);
	value_add_signed(out, 1);
	value_add_number(out, 300);
	value_add_text(out, odd % 2 ? "a.example.org" : "");
	if (form.each)
		value_add_text(out, odd % 3 ? "127.0.0.1:53 ORPHAN_OFFNET" : "");
	value_add_u64(out, odd / 3);
	value_add_signed(out, odd % 5 ? 0 : 1763000000);
	if (form.lately)
		value_add_byte(out, odd % 7 ? 0 : 3);
	value_add_byte(out, odd % 2);
	value_add_number(out, odd % 4);
	value_add_byte(out, 0);
	value_add_byte(out, 0);
	value_add_byte(out, CLASS_ORPHAN);
	value_add_byte(out, CLASS_ORPHAN);
	value_add_byte(out, ORPHAN_OFFNET);
	value_add_signed(out, odd % 5 ? 0 : 1764000000);
	value_add_byte(out, (uint8_t)tallies);
	for (unsigned i = 0; i < tallies; i++) {
		value_add_u64(out, odd + i);
		value_add_byte(out, CLASS_ORPHAN);
		value_add_byte(out, ORPHAN_OFFNET);
		value_add_byte(out, DELETE_C1 | DELETE_C1 << 4);
		value_add_signed(out, 1763900000);
		value_add_signed(out, 1763000000);
		value_add_number(out, 11);
		value_add_number(out, 10);
		value_add_signed(out, 0);
		value_add_number(out, 1);
		value_add_signed(out, 1763000000);
	}
	value_add_number(out, n_mx);
	value_add_number(out, 2 * n_mx);
	for (unsigned i = 0; i < n_mx; i++) {
		value_add_number(out, 10 * i);
		value_add_signed(out, 0);
		value_add_text(out, targets[i]);
		value_add_number(out, 2);
		if (form.lately)
			value_add_byte(out, 0);
		value_add_byte(out, 4);
		str_add_bytes(out, "\x16\x16\0\x01", 4);
		value_add_byte(out, 6);
		str_add_bytes(out, "\x2a\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	}
}

static void is_as_written(const struct observed *o, struct form form, unsigned tallies, unsigned n_mx, uint64_t odd)
{
	ck_assert_int_eq(o->verdict.reason, ORPHAN_OFFNET);
	ck_assert_int_eq(o->time, 1763900000);
	ck_assert_uint_eq(o->sets, odd);
	ck_assert_uint_eq(o->ns, odd / 3);
	ck_assert_str_eq(o->chain, odd % 2 ? "a.example.org" : "");
	ck_assert_str_eq(o->each, form.each && odd % 3 ? "127.0.0.1:53 ORPHAN_OFFNET" : "");
	ck_assert_uint_eq(o->varies, form.lately && odd % 7 == 0 ? 3 : 0);
	ck_assert_int_eq(o->hold_until, odd % 5 ? 0 : 1764000000);
	ck_assert_uint_eq(o->n_tallies, tallies);
	ck_assert_uint_eq(o->n_months, 0);
	for (unsigned i = 0; i < tallies; i++)
		ck_assert_uint_eq(o->tally[i].days, 10);
	ck_assert_uint_eq(o->n_mx, n_mx);
	for (unsigned i = 0; i < n_mx; i++) {
		ck_assert_str_eq(o->mx[i].target, targets[i]);
		ck_assert_uint_eq(o->mx[i].n_addresses, 2);
		ck_assert_uint_eq(o->mx[i].n_recent[0] + o->mx[i].n_recent[1], 0);
		ck_assert_int_eq(o->mx[i].address[1].family, 6);
	}
}

static void check_form(struct db_txn *t, struct form form, unsigned tallies, unsigned n_mx, uint64_t odd)
{
	unsigned char key[NAME_KEY_SIZE + 9];
	size_t len = name_to_key(key, "example.org");
	struct observed o, *rows;
	struct entry_walk w;
	struct arena a = {0};
	size_t n;

	add_old(&t->value, form, tallies, n_mx, odd);
	OK(store_put(t, STORE_OBSERVED, key, len, 0, &err));
	IS(observed_get(t, "example.org", NULL, &o, &err), 1);
	is_as_written(&o, form, tallies, n_mx, odd);
	for (int with_mx = 0; with_mx < 2; with_mx++) {
		OK(walk_begin(&w, t, NULL, with_mx, &err));
		IS(walk_next(&w, &err), 1);
		is_as_written(&w.o, form, tallies, with_mx ? n_mx : 0, odd);
		walk_end(&w);
	}
	/* What is put back is of the present version, and the same. */
	OK(observed_put(t, "example.org", &o, &err));
	IS(observed_get(t, "example.org", &a, &o, &err), 1);
	is_as_written(&o, form, tallies, n_mx, odd);
	add_old(&t->value, form, tallies, n_mx, odd);
	key[len] = 0;
	value_key_u64(key + len + 1, 1763000000);
	OK(store_put(t, STORE_HISTORY, key, len + 9, 0, &err));
	OK(history_get(t, "example.org", &a, &rows, &n, &err));
	ck_assert_uint_eq(n, 1);
	is_as_written(&rows[0], form, tallies, n_mx, odd);
	arena_clear(&a);
}

START_TEST(each_form_of_the_first_version_is_read_as_it_was_meant)
{
	struct entry e = {.name = "example.org", .added = 1763000000};
	uint64_t odd = 0;
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(entry_put(t, &e, &err));
	for (size_t f = 0; f < N_FORMS; f++)
		for (unsigned tallies = 0; tallies <= TALLY_MAX; tallies++)
			for (unsigned n_mx = 0; n_mx <= 3; n_mx++)
				for (int i = 0; i < 40; i++) {
					check_form(t, forms[f], tallies, n_mx, odd);
					odd = odd < 4 ? odd + 1 : odd * 6364136223846793005u + 1442695040888963407u;
				}
	db_abort(t);
	remove_database();
}
END_TEST

/* What a database of this version holds, byte for byte: whoever changes it raises the version, and keeps reading what
 * was written before. */
START_TEST(the_present_form_stays_as_it_is)
{
	static struct net_address address[] = {{.family = 4, .bytes = {22, 22, 0, 1}}, {.family = 4, .bytes = {22, 22, 0, 2}}};
	static struct observed_mx mx[] = {{10, 0, "mx1.example.net", address, 1, {1}}};
	struct entry e = {.name = "example.org", .table_value = "v", .customer = "C-1", .contact = "c", .note = "n",
			  .added = 1763000000, .contract_end = 1, .confirmed = 2, .reviewed = 3, .pin = PIN_ETRN,
			  .pin_until = 4, .pin_note = "p", .notice_deadline = 5, .notice_ticket = "t", .acknowledged = 6,
			  .brown_since = 7, .brown_until = 8, .brown_reason = "r", .brown_ticket = "b"};
	struct str text = {0};
	struct observed o;
	struct db_txn *t;

	open_database();
	t = begin_write();
	add_old(&t->value, forms[2], 2, 1, 210);
	OK(store_put(t, STORE_OBSERVED, "example\001x", 9, 0, &err));
	IS(observed_get(t, "x.example", NULL, &o, &err), 1);
	o.mx = mx;
	o.n_months = 1;
	o.month[0] = (struct observed_month){24310, 28, 3};
	code_add_observed(&text, &o);
	ck_assert_int_eq(CODE_OBSERVED_VERSION, 2);
	ck_assert_uint_eq(text.len, OBSERVED_BYTES);
	ck_assert_uint_eq(value_crc(0, text.bytes, text.len), observed_sum);
	str_truncate(&text, 0);
	code_add_entry(&text, &e);
	ck_assert_int_eq(STORE_VALUE_VERSION, 1);
	ck_assert_uint_eq(text.len, ENTRY_BYTES);
	ck_assert_uint_eq(value_crc(0, text.bytes, text.len), entry_sum);
	str_clear(&text);
	db_abort(t);
	remove_database();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forms");
	TCase *c = tcase_create("first version");

	tcase_add_test(c, the_present_form_stays_as_it_is);
	tcase_add_test(c, each_form_of_the_first_version_is_read_as_it_was_meant);
	suite_add_tcase(s, c);
	return suite_run(s);
}
