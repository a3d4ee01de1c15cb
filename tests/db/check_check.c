#include "db/check.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "db/auditlog.h"
#include "db/batches.h"
#include "db/db_support.h"
#include "db/entries.h"
#include "db/history.h"
#include "db/scans.h"
#include "db/store.h"

/* A database with something in each of its tables, a few hundred pages large. */
static void fill_all(void)
{
	struct audit_operator who = {
		.login = "jk", .trust = "same", .loginuid = 1, .uid = 1, .sudo_uid = 1};
	struct audit_evidence v = {.question = "q.",
				   .rcode = "NOERROR",
				   .resolver = "r",
				   .verdict = "OK",
				   .reason = "OK"};
	struct observed o = {.verdict = {CLASS_OK, OK_BACKUP, 0, 0, 0},
			     .time = 9,
			     .resolver = "127.0.0.1:53"};
	struct scan scan = {.number = 1};
	struct batch batch = {.seq = 0, .action = AUDIT_DELETE};
	struct audit_writer w;
	struct db_txn *t;

	open_database();
	t = begin_write();
	OK(auditlog_begin(&w, t, &who, (struct audit_note){"import", "", ""}, &err));
	for (int i = 0; i < 400; i++) {
		char name[64];
		struct entry e;
		struct audit_what what = {.action = AUDIT_IMPORT,
					  .customer = i % 2 ? "C-1" : "",
					  .domain = name,
					  .evidence = &v,
					  .n_evidence = i % 3 == 0};

		snprintf(name, sizeof name, "n%04d.example.org", i);
		e = entry_named(name);
		v.ttl = (uint32_t)i;
		OK(entry_put(t, &e, &err));
		OK(observed_put(t, name, &o, &err));
		OK(history_put(t, name, &o, &err));
		OK(batch_add_entry(t, 0, &e, &err));
		OK(auditlog_append(&w, &what, &err));
	}
	auditlog_end(&w);
	OK(scan_put(t, &scan, &err));
	OK(batch_put(t, &batch, &err));
	OK(db_commit(t, &err));
	db_close(db);
	db = NULL;
}

static struct db_report report;

START_TEST(a_sound_database_is_counted)
{
	fill_all();
	OK(db_check(dir, &report, &err));
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	ck_assert_uint_eq(report.records, 400);
	ck_assert_str_eq(report.database[STORE_ENTRY].name, "entry");
	ck_assert_uint_eq(report.database[STORE_ENTRY].rows, 400);
	ck_assert_uint_eq(report.database[STORE_OBSERVED].rows, 400);
	ck_assert_uint_eq(report.database[STORE_HISTORY].rows, 400);
	ck_assert_uint_eq(report.database[STORE_BATCH_ITEM].rows, 800);
	ck_assert_uint_eq(report.database[STORE_AUDIT_ANNEX].rows, 800);
	ck_assert_uint_eq(report.database[STORE_AUDIT_EVIDENCE].rows, 134);
	ck_assert_uint_gt(report.bytes, 100000);
	ck_assert_uint_lt(report.free_bytes, report.bytes);
	run_remove_dir(top);
}
END_TEST

START_TEST(what_is_not_there_is_an_error_and_no_damage)
{
	make_database();
	snprintf(dir, sizeof dir, "%s/none", top);
	FAILS(db_check(dir, &report, &err), ERR_NOINPUT);
	run_remove_dir(top);
}
END_TEST

START_TEST(it_goes_beside_an_open_database)
{
	struct db_txn *t;

	fill_all();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_read();
	OK(db_check(dir, &report, &err));
	ck_assert_uint_eq(report.n_problems, 0);
	db_abort(t);
	t = begin_write();
	db_abort(t);
	remove_database();
}
END_TEST

/* What one change of a stored row, sound in itself, must lead to. */
static void expect_problem(const char *words)
{
	int found = 0;

	OK(db_check(dir, &report, &err));
	for (uint64_t i = 0; i < report.n_problems && i < CHECK_PROBLEMS; i++)
		found |= strstr(report.problem[i], words) != NULL;
	ck_assert_msg(found, "no '%s', but: %s", words, report.problem[0]);
}

static void rewrite(enum store_database d, const void *key, size_t len, int byte)
{
	struct value_reader r;
	struct db_txn *t;

	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	t = begin_write();
	if (byte < 0) {
		IS(store_delete(t, d, key, len, &err), 1);
	} else {
		IS(store_get(t, d, key, len, &r, &err), 1);
		value_begin(&t->value, 1);
		str_add_bytes(&t->value, r.at, value_left(&r));
		t->value.bytes[VALUE_HEAD + byte] ^= 1;
		OK(store_put(t, d, key, len, 0, &err));
	}
	OK(db_commit(t, &err));
	db_close(db);
	db = NULL;
}

START_TEST(a_rewritten_audit_log_is_found_out)
{
	uint8_t key[9];
	static char data[8 << 20];
	ssize_t size;
	int fd;

	fill_all();
	fd = open(path_of("data.mdb"), O_RDWR);
	size = read(fd, data, sizeof data);
	ck_assert_int_gt(size, 0);
#define AFRESH()                                                                               \
	do {                                                                                   \
		ck_assert_int_eq(ftruncate(fd, size), 0);                                      \
		ck_assert_int_eq(pwrite(fd, data, (size_t)size, 0), size);                     \
	} while (0)
	value_key_u64(key, 37);
	key[8] = 'n';
	rewrite(STORE_AUDIT_RECORD, key, 8, 100); /* a byte of the line, under a right sum */
	expect_problem("record 37");
	AFRESH();
	rewrite(STORE_AUDIT_ANNEX, key, 9, 30);
	expect_problem("the note of record 37");
	AFRESH();
	rewrite(STORE_AUDIT_RECORD, key, 8, -1);
	expect_problem("record 37 is missing");
	AFRESH();
	rewrite(STORE_AUDIT_NODE, key, 8, 5);
	expect_problem("of the tree is not");
	AFRESH();
	rewrite(STORE_AUDIT_CHAIN, "C-1/n0005.example.org", 21, 8 + 7);
	expect_problem("the end of a chain");
	AFRESH();
	rewrite(STORE_AUDIT_DOMAIN, "n0005.example.org\0C-1", 21, -1);
	expect_problem("audit_chain");
	AFRESH();
	rewrite(STORE_AUDIT_INDEX, "C-1/n0005.example.org\0\0\0\0\0\0\0\0\1", 30, -1);
	expect_problem("is not where its chain says");
	AFRESH();
	/* Erasing what may be erased is no damage. */
	rewrite(STORE_AUDIT_ANNEX, key, 9, -1);
	OK(db_check(dir, &report, &err));
	ck_assert_msg(report.n_problems == 0, "%s", report.problem[0]);
	close(fd);
	run_remove_dir(top);
}
END_TEST

/* --- damage from below --- */

struct dump {
	volatile uint32_t sum;
	volatile int is_done;
};

static struct dump *dumped;

/* A sum over all that can be read, in a child, since it may crash. */
static int dump_all(void *ctx)
{
	struct err e;
	struct db_txn *t;
	uint32_t sum = 0;
	int null = open("/dev/null", O_WRONLY);

	(void)ctx;
	dup2(null, 2);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	dumped->is_done = 0;
	if (db_open(&db, dir, DB_READ_ONLY, &e) != 0 || db_begin_read(&t, db, &e) != 0)
		return 1;
	for (unsigned d = 0; d < N_STORES; d++) {
		MDB_val key, value;
		MDB_cursor *c = store_cursor(t, d, &e);
		int limit = 100000;

		while (c && limit-- > 0 && mdb_cursor_get(c, &key, &value, MDB_NEXT) == 0) {
			sum = value_crc(sum, key.mv_data, key.mv_size);
			sum = value_crc(sum, value.mv_data, value.mv_size);
		}
	}
	dumped->sum = sum;
	dumped->is_done = 1;
	return 0;
}

static unsigned long silent, told;

/* The rule: either the check tells of it, or all rows are as they were. */
static void judge(uint32_t right, const char *what, long place)
{
	int rc;

	err = (struct err){0};
	rc = db_check(dir, &report, &err);
	ck_assert_msg(rc == 0 || err.code != ERR_NONE, "%s at %ld", what, place);
	if (rc != 0 || report.n_problems > 0) {
		told++;
		return;
	}
	silent++;
	ck_assert_msg(in_child(dump_all, NULL) == 0 && dumped->is_done && dumped->sum == right,
		      "%s at %ld went unnoticed", what, place);
}

START_TEST(no_damage_is_a_crash_or_goes_unnoticed)
{
	struct stat st;
	uint32_t right, random = 12345;
	uint8_t page[4096], zero[4096] = {0};
	int fd;

	dumped = mmap(NULL, sizeof *dumped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	fill_all();
	ck_assert_int_eq(in_child(dump_all, NULL), 0);
	right = dumped->sum;
	fd = open(path_of("data.mdb"), O_RDWR);
	ck_assert_int_eq(fstat(fd, &st), 0);
	/* Bits: anywhere, and in the headers of pages where they hurt most. */
	for (int i = 0; i < 500; i++) {
		off_t place;
		uint8_t was, now;

		random = random * 1664525 + 1013904223;
		place = (off_t)((uint64_t)random * (uint64_t)st.st_size >> 32);
		if (i % 2)
			place = place / 4096 * 4096 + place % 32;
		ck_assert_int_eq(pread(fd, &was, 1, place), 1);
		now = was ^ (uint8_t)(1 << random % 8);
		ck_assert_int_eq(pwrite(fd, &now, 1, place), 1);
		judge(right, "a flipped bit", place);
		ck_assert_int_eq(pwrite(fd, &was, 1, place), 1);
	}
	ck_assert_uint_gt(told, 50);
	for (off_t place = 0; place < st.st_size; place += 4096 * 5) {
		ck_assert_int_eq(pread(fd, page, 4096, place), 4096);
		ck_assert_int_eq(pwrite(fd, zero, 4096, place), 4096);
		judge(right, "a zeroed page", place);
		ck_assert_int_eq(pwrite(fd, page, 4096, place), 4096);
	}
	for (off_t size = st.st_size - 1; size > 0; size -= st.st_size / 20) {
		told = 0;
		ck_assert_int_eq(ftruncate(fd, size), 0);
		judge(right, "a cut", size);
		ck_assert_uint_eq(told, 1);
	}
	close(fd);
	run_remove_dir(top);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("check");

	tcase_set_timeout(tc, 200);
	tcase_add_test(tc, a_sound_database_is_counted);
	tcase_add_test(tc, what_is_not_there_is_an_error_and_no_damage);
	tcase_add_test(tc, it_goes_beside_an_open_database);
	tcase_add_test(tc, a_rewritten_audit_log_is_found_out);
	tcase_add_test(tc, no_damage_is_a_crash_or_goes_unnoticed);
	return run_suite(tc);
}
