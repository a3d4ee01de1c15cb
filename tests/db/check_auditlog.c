#include "db/auditlog.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>

#include "audit/tree.h"
#include "base/file.h"
#include "base/str.h"
#include "db/check.h"
#include "db/db_support.h"
#include "db/store.h"

static const struct audit_operator jk = {.login = "jk",
					 .session = "31",
					 .boot = "00000000-1111-4222-8333-444444444444",
					 .tty = "pts/4",
					 .from = "2001:db8::17",
					 .host = "mx-backup",
					 .program = "mxward 0.1",
					 .trust = "kernel",
					 .loginuid = 1017,
					 .uid = 204,
					 .sudo_uid = 1017};

static const struct audit_note why = {"delete", "orphans,\nseen \"twice\" ,\"salt\":\"x\"",
				      "#12"};

static struct audit_writer begin_log(struct db_txn *t)
{
	struct audit_writer w;

	OK(auditlog_begin(&w, t, &jk, why, &err));
	return w;
}

static void append(struct audit_writer *w, enum audit_action action, const char *customer,
		   const char *domain)
{
	struct audit_what what = {.action = action,
				  .customer = customer,
				  .domain = domain,
				  .before = "accepted",
				  .after = "deleted",
				  .batch = ""};

	OK(auditlog_append(w, &what, &err));
}

static void assert_sound(void)
{
	static struct db_report report;
	struct db_txn *t = begin_read();
	uint8_t root[AUDIT_HASH];
	uint64_t size;

	OK(auditlog_size(t, &size, &err));
	OK(auditlog_root(t, size, root, &err));
	db_abort(t);
	OK(db_check(dir, &report, &err));
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	ck_assert_uint_eq(report.records, size);
	ck_assert_mem_eq(report.root, root, AUDIT_HASH);
}

START_TEST(records_are_numbered_in_the_log_and_in_their_chain)
{
	static const char *const domain[] = {"a.example", "b.example", "a.example", "",
					     "a.example"};
	static const char *const customer[] = {"C-1", "C-1", "C-1", NULL, NULL};
	static const uint64_t number[] = {1, 1, 2, 1, 1};
	struct arena a = {0};
	struct audit_writer w;
	struct audit_row row, last;
	struct db_txn *t;

	open_database();
	/* In three transactions, so that chains go on from what is stored and from what is not
	 * yet. */
	for (int i = 0; i < 5; i++) {
		t = begin_write();
		w = begin_log(t);
		ck_assert_uint_eq(auditlog_next(&w), (uint64_t)i);
		append(&w, AUDIT_DELETE, customer[i], domain[i]);
		if (i == 1) {
			i++;
			append(&w, AUDIT_RESTORE, customer[i], domain[i]);
		}
		auditlog_end(&w);
		OK(db_commit(t, &err));
	}
	t = begin_read();
	for (uint64_t i = 0; i < 5; i++) {
		IS(auditlog_get(t, i, &a, &row, &err), 1);
		ck_assert_uint_eq(row.record.seq, i);
		ck_assert_uint_eq(row.record.number, number[i]);
		ck_assert_str_eq(row.record.domain, domain[i]);
		ck_assert_str_eq(row.record.customer, customer[i] ? customer[i] : "");
		ck_assert(row.has_note && row.has_operator && !row.is_erased);
		ck_assert_str_eq(row.note.text, why.text);
		ck_assert_str_eq(row.note.ticket, "#12");
		ck_assert_str_eq(row.operator.login, "jk");
		ck_assert_uint_eq(row.operator.sudo_uid, 1017);
	}
	IS(auditlog_get(t, 5, &a, &row, &err), 0);
	/* The third follows the first, by the first's leaf. */
	IS(auditlog_get(t, 2, &a, &last, &err), 1);
	{
		struct value_reader r;
		uint8_t key[8], leaf[AUDIT_HASH];

		value_key_u64(key, 0);
		IS(store_get(t, STORE_AUDIT_RECORD, key, 8, &r, &err), 1);
		audit_leaf(leaf, (const char *)r.at, value_left(&r));
		ck_assert_mem_eq(last.record.previous, leaf, AUDIT_HASH);
	}
	db_abort(t);
	arena_clear(&a);
	assert_sound();
	remove_database();
}
END_TEST

START_TEST(all_records_of_a_domain_are_found_whoever_paid)
{
	static const struct {
		const char *customer, *domain;
	} all[] = {{"", "a.example"},
		   {"C-1", "a.example"},
		   {"C-1", "a.example2"},
		   {"C-2", "a.example"},
		   {"C-1", "a.example"},
		   {"C", "1/a.example"},
		   {"", ""},
		   {"C-1", "b.a.example"},
		   {"", "a.exampl"},
		   {"C-2", "a.example"}};
	static const uint64_t wanted[] = {0, 1, 3, 4, 9};
	struct arena a = {0};
	struct audit_writer w;
	struct db_txn *t;
	uint64_t *seq;
	size_t n;

	open_database();
	t = begin_write();
	w = begin_log(t);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		append(&w, AUDIT_EDIT, all[i].customer, all[i].domain);
	auditlog_end(&w);
	OK(db_commit(t, &err));
	t = begin_read();
	OK(auditlog_of_domain(t, "a.example", &a, &seq, &n, &err));
	ck_assert_uint_eq(n, 5);
	ck_assert_mem_eq(seq, wanted, sizeof wanted);
	OK(auditlog_of_domain(t, "", &a, &seq, &n, &err));
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(seq[0], 6);
	OK(auditlog_of_domain(t, "example", &a, &seq, &n, &err));
	ck_assert_uint_eq(n, 0);
	db_abort(t);
	arena_clear(&a);
	assert_sound();
	remove_database();
}
END_TEST

/* Where the key of a domain and its customer lies in data.mdb. */
static off_t find_domain_row(const char *path, const char *key, size_t len)
{
	struct str bytes = {0};
	const char *p;
	off_t at;

	OK(file_read(AT_FDCWD, path, 1 << 26, &bytes, &err));
	p = memmem(bytes.bytes, bytes.len, key, len);
	ck_assert_ptr_nonnull(p);
	at = p - bytes.bytes;
	ck_assert_ptr_null(memmem(p + 1, bytes.len - (size_t)at - 1, key, len));
	str_clear(&bytes);
	return at;
}

/* In a child, for LMDB may die of it: that is as good as an error, but another count is not. */
static void assert_no_other_count(const char *domain, size_t wanted)
{
	struct arena a = {0};
	struct db_txn *t;
	uint64_t *seq;
	size_t n;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* A sanitizer would count it as a finding. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr) || db_open(&db, dir, DB_READ_ONLY, &err) != 0 ||
		    db_begin_read(&t, db, &err) != 0)
			_exit(0);
		_exit(auditlog_of_domain(t, domain, &a, &seq, &n, &err) == 0 && n != wanted);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(status == 0 || WIFSIGNALED(status));
}

static void flip(const char *path, off_t at, int bit)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= (uint8_t)(1 << bit);
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Only its rows say in which chains a domain is: one that a flipped bit takes out of them, or out of the page's count,
 * must not pass for a domain without records. */
START_TEST(no_flipped_bit_hides_the_records_of_a_domain)
{
	static const char key[] = "m.example\0C-1";
	static const char *const customers[] = {"C-0", "C-1", "C-2"};
	struct audit_writer w;
	struct db_txn *t;
	char path[600];
	off_t at, page;

	open_database();
	t = begin_write();
	w = begin_log(t);
	append(&w, AUDIT_EDIT, "C-1", "l.example");
	for (size_t i = 0; i < 3; i++)
		append(&w, AUDIT_EDIT, customers[i], "m.example");
	append(&w, AUDIT_EDIT, "C-1", "n.example");
	auditlog_end(&w);
	OK(db_commit(t, &err));
	db_close(db);
	db = NULL;
	snprintf(path, sizeof path, "%s/data.mdb", dir);
	at = find_domain_row(path, key, sizeof key - 1);
	page = at / 4096 * 4096;
	for (size_t bit = 0; bit < 8 * (sizeof key - 1); bit++) {
		flip(path, at + (off_t)bit / 8, (int)bit % 8);
		assert_no_other_count("m.example", 3);
		flip(path, at + (off_t)bit / 8, (int)bit % 8);
	}
	/* The page's head, and where its rows are. */
	for (int bit = 0; bit < 8 * 26; bit++) {
		flip(path, page + bit / 8, bit % 8);
		assert_no_other_count("m.example", 3);
		assert_no_other_count("n.example", 1);
		flip(path, page + bit / 8, bit % 8);
	}
	assert_no_other_count("m.example", 3);
	run_remove_dir(top);
}
END_TEST

/* RFC 6962 2.1 word for word, from the stored lines alone. */
static void naive_root(uint8_t out[AUDIT_HASH], const uint8_t (*leaf)[AUDIT_HASH], size_t n)
{
	uint8_t left[AUDIT_HASH], right[AUDIT_HASH];
	size_t k = 1;

	if (n == 1) {
		memcpy(out, leaf[0], AUDIT_HASH);
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(left, leaf, k);
	naive_root(right, leaf + k, n - k);
	tree_node(out, left, right);
}

START_TEST(the_root_is_that_of_the_stored_lines_at_every_size)
{
	enum { N = 137 };
	static uint8_t leaf[N][AUDIT_HASH], early[N + 1][AUDIT_HASH];
	uint8_t root[AUDIT_HASH], wanted[AUDIT_HASH];
	struct audit_writer w;
	struct db_txn *t;

	open_database();
	for (uint64_t done = 0; done < N;) {
		t = begin_write();
		w = begin_log(t);
		for (uint64_t k = 0; k <= done / 9 && done < N; k++, done++) {
			char domain[32];

			snprintf(domain, sizeof domain, "d%u.example",
				 (unsigned)(done * 7 % 30));
			append(&w, AUDIT_EDIT, "C-1", domain);
			OK(auditlog_root(t, done + 1, early[done + 1], &err));
		}
		auditlog_end(&w);
		OK(db_commit(t, &err));
	}
	t = begin_read();
	for (uint64_t i = 0; i < N; i++) {
		struct value_reader r;
		uint8_t key[8];

		value_key_u64(key, i);
		IS(store_get(t, STORE_AUDIT_RECORD, key, 8, &r, &err), 1);
		audit_leaf(leaf[i], (const char *)r.at, value_left(&r));
	}
	for (size_t n = 1; n <= N; n++) {
		naive_root(wanted, (const uint8_t(*)[AUDIT_HASH])leaf, n);
		OK(auditlog_root(t, n, root, &err));
		ck_assert_mem_eq(root, wanted, AUDIT_HASH);
		ck_assert_mem_eq(early[n], wanted, AUDIT_HASH);
	}
	FAILS(auditlog_root(t, N + 1, root, &err), ERR_NOINPUT);
	OK(auditlog_root(t, 0, root, &err));
	audit_commit(wanted, "", 0);
	ck_assert_mem_eq(root, wanted, AUDIT_HASH);
	db_abort(t);
	assert_sound();
	remove_database();
}
END_TEST

START_TEST(what_the_format_refuses_ends_the_whole_change)
{
	struct audit_what bad[] = {
		{.action = AUDIT_EDIT, .customer = "C/1", .domain = "a.example"},
		{.action = AUDIT_EDIT, .customer = "", .domain = "A.example"},
		{.action = AUDIT_EDIT, .domain = "a.example", .before = "\033[2J"},
		{.action = AUDIT_EDIT, .domain = "a.example", .batch = "b99"},
	};
	struct audit_note rude = {.text = "\xff"};
	struct audit_writer w;
	struct db_txn *t;
	uint64_t size;

	open_database();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		t = begin_write();
		w = begin_log(t);
		append(&w, AUDIT_EDIT, "C-1", "good.example");
		FAILS(auditlog_append(&w, &bad[i], &err), ERR_DATA);
		auditlog_end(&w);
		FAILS(db_commit(t, &err), ERR_DATA);
	}
	t = begin_write();
	FAILS(auditlog_begin(&w, t, &jk, rude, &err), ERR_DATA);
	db_abort(t);
	t = begin_read();
	OK(auditlog_size(t, &size, &err));
	ck_assert_uint_eq(size, 0);
	db_abort(t);
	assert_sound();
	remove_database();
}
END_TEST

static const char *a_records[] = {"example.org. 300 IN MX 10 mx1.example.net."};

START_TEST(evidence_is_kept_once_and_hashed)
{
	struct audit_evidence v = {.question = "example.org. MX",
				   .rcode = "NOERROR",
				   .records = a_records,
				   .n_records = 1,
				   .resolver = "127.0.0.1:53",
				   .ttl = 300,
				   .time_ms = 1763900000000,
				   .verdict = "ORPHAN",
				   .reason = "ORPHAN_OFFNET"};
	struct audit_evidence both[2] = {v, v};
	struct audit_what what = {.action = AUDIT_DELETE,
				  .domain = "example.org",
				  .evidence = both,
				  .n_evidence = 2};
	struct arena a = {0};
	struct audit_writer w;
	struct audit_row row;
	struct db_txn *t;
	uint64_t n;

	open_database();
	both[1].ttl = 299;
	t = begin_write();
	w = begin_log(t);
	OK(auditlog_append(&w, &what, &err));
	OK(auditlog_append(&w, &what, &err));
	auditlog_end(&w);
	OK(db_commit(t, &err));
	t = begin_read();
	OK(store_count(t, STORE_AUDIT_EVIDENCE, &n, &err));
	ck_assert_uint_eq(n, 2);
	IS(auditlog_get(t, 1, &a, &row, &err), 1);
	ck_assert_uint_eq(row.record.n_evidence, 2);
	ck_assert_mem_ne(row.record.evidence[0], row.record.evidence[1], AUDIT_HASH);
	db_abort(t);
	arena_clear(&a);
	assert_sound();
	remove_database();
}
END_TEST

START_TEST(no_salt_is_used_twice)
{
	enum { N = 600 };
	static char salt[2 * N][33];
	struct audit_writer w;
	struct db_txn *t;
	size_t n = 0;

	open_database();
	t = begin_write();
	w = begin_log(t);
	for (int i = 0; i < N; i++)
		append(&w, AUDIT_EDIT, "C-1", "a.example");
	auditlog_end(&w);
	for (uint64_t i = 0; i < N; i++)
		for (int k = 0; k < 2; k++) {
			struct value_reader r;
			uint8_t key[9];
			const char *found;

			value_key_u64(key, i);
			key[8] = k ? 'o' : 'n';
			IS(store_get(t, STORE_AUDIT_ANNEX, key, 9, &r, &err), 1);
			found = memmem(r.at, value_left(&r), ",\"salt\":\"", 9);
			ck_assert_ptr_ne(found, NULL);
			memcpy(salt[n], found + 9, 32);
			for (int d = 0; d < 32; d++)
				ck_assert(isxdigit((unsigned char)salt[n][d]));
			n++;
		}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(salt[i], salt[k]);
	db_abort(t);
	remove_database();
}
END_TEST

START_TEST(a_note_of_another_record_is_not_taken_for_this_ones)
{
	struct arena a = {0};
	struct audit_writer w;
	struct audit_row row;
	struct value_reader r;
	struct db_txn *t;
	uint8_t key[9] = {[8] = 'n'};

	open_database();
	t = begin_write();
	w = begin_log(t);
	append(&w, AUDIT_EDIT, "C-1", "a.example");
	append(&w, AUDIT_EDIT, "C-1", "b.example");
	auditlog_end(&w);
	IS(store_get(t, STORE_AUDIT_ANNEX, key, 9, &r, &err), 1);
	value_begin(&t->value, 1);
	str_add_bytes(&t->value, r.at, value_left(&r));
	key[7] = 1;
	OK(store_put(t, STORE_AUDIT_ANNEX, key, 9, 0, &err));
	IS(auditlog_get(t, 0, &a, &row, &err), 1);
	FAILS(auditlog_get(t, 1, &a, &row, &err), ERR_DATA);
	/* Erased, it is only not there. */
	t->is_failed = 0;
	IS(store_delete(t, STORE_AUDIT_ANNEX, key, 9, &err), 1);
	IS(auditlog_get(t, 1, &a, &row, &err), 1);
	ck_assert(!row.has_note && row.has_operator);
	db_abort(t);
	arena_clear(&a);
	remove_database();
}
END_TEST

START_TEST(a_hundred_thousand_records_go_into_one_transaction)
{
	enum { N = 100000 };
	struct arena a = {0};
	struct audit_writer w;
	struct audit_row row;
	struct db_txn *t;
	uint64_t *seq;
	size_t n;

	open_database();
	t = begin_write();
	w = begin_log(t);
	for (unsigned i = 0; i < N; i++) {
		char domain[40], customer[20];

		snprintf(domain, sizeof domain, "d%05u.example", i * 7919u % 50000);
		snprintf(customer, sizeof customer, "C-%u", i % 100);
		append(&w, AUDIT_DELETE, customer, domain);
	}
	auditlog_end(&w);
	OK(db_commit(t, &err));
	t = begin_read();
	OK(auditlog_of_domain(t, "d00007.example", &a, &seq, &n, &err));
	ck_assert_uint_eq(n, 2);
	IS(auditlog_get(t, seq[1], &a, &row, &err), 1);
	ck_assert_uint_eq(row.record.number, 2);
	db_abort(t);
	arena_clear(&a);
	assert_sound();
	remove_database();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("auditlog");

	tcase_set_timeout(tc, 200);
	tcase_add_test(tc, records_are_numbered_in_the_log_and_in_their_chain);
	tcase_add_test(tc, all_records_of_a_domain_are_found_whoever_paid);
	tcase_add_test(tc, no_flipped_bit_hides_the_records_of_a_domain);
	tcase_add_test(tc, the_root_is_that_of_the_stored_lines_at_every_size);
	tcase_add_test(tc, what_the_format_refuses_ends_the_whole_change);
	tcase_add_test(tc, evidence_is_kept_once_and_hashed);
	tcase_add_test(tc, no_salt_is_used_twice);
	tcase_add_test(tc, a_note_of_another_record_is_not_taken_for_this_ones);
	tcase_add_test(tc, a_hundred_thousand_records_go_into_one_transaction);
	return run_suite(tc);
}
