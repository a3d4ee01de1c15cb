#include "db/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "db/db_support.h"
#include "db/entries.h"
#include "db/store.h"
#include "support/fault.h"

/* What the processes of a test tell each other. */
struct shared {
	volatile int stop;
	volatile unsigned long bulk_commits, yields;
};

static struct shared *share(void)
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(s, MAP_FAILED);
	return s;
}

/* A scan that commits without a pause, each time a page's worth of work. */
static int write_in_bulk(void *ctx)
{
	struct shared *s = ctx;
	struct err e;

	if (db_open(&db, dir, DB_READ_WRITE, &e) != 0)
		return 1;
	for (int i = 0; !s->stop; i++) {
		struct db_txn *t;

		if (db_begin_write(&t, db, "a scan", 1, 60000, &e) != 0)
			return 2;
		for (int k = 0; k < 200; k++) {
			char name[64];
			struct entry entry;

			snprintf(name, sizeof name, "n%d.example.org", (i * 200 + k) % 5000);
			entry = entry_named(name);
			if (entry_put(t, &entry, &e) != 0)
				return 3;
		}
		s->yields = db->gate.yields;
		s->bulk_commits++; /* while it still holds the lock: whoever holds it next reads a number that stays */
		if (db_commit(t, &e) != 0)
			return 4;
	}
	return 0;
}

START_TEST(a_person_gets_a_turn_beside_a_scan_and_the_scan_goes_on)
{
	struct shared *s = share();
	unsigned long before;
	int status;
	pid_t pid;

	make_database();
	pid = fork();
	if (pid == 0)
		_exit(write_in_bulk(s));
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
	while (s->bulk_commits == 0)
		usleep(1000);
	before = s->bulk_commits;
	for (int i = 0; i < 50; i++) {
		struct entry e = entry_named("person.example.org");
		struct db_txn *t = begin_write();

		/* From here to the commit nobody else writes. */
		unsigned long now = s->bulk_commits;

		OK(entry_put(t, &e, &err));
		ck_assert_uint_eq(s->bulk_commits, now);
		OK(db_commit(t, &err));
		while (s->bulk_commits == now)
			usleep(200); /* it comes to its turn again as well */
	}
	ck_assert_uint_ge(s->bulk_commits, before + 50);
	s->stop = 1;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	remove_database();
}
END_TEST

static struct gate *open_gate(struct gate *g)
{
	struct stat st;
	int fd = open(dir, O_PATH | O_DIRECTORY);

	ck_assert_int_eq(stat(path_of("data.mdb"), &st), 0);
	OK(gate_open(g, fd, dir, &st, &err));
	close(fd);
	return g;
}

START_TEST(one_holds_the_lock_and_bulk_gives_way_at_the_gate)
{
	struct gate person, other, scan;
	char who[100];

	make_database();
	open_gate(&person);
	open_gate(&other);
	open_gate(&scan);
	OK(gate_enter(&scan, "a scan", 1, 0, &err));
	ck_assert_uint_eq(scan.yields, 0);
	FAILS(gate_enter(&person, "a deletion", 0, 0, &err), ERR_BUSY);
	FAILS(gate_enter(&person, "a deletion", 0, 5, &err), ERR_BUSY);
	SAYS("'s scan (pid ");
	IS(gate_holder(&person, who, sizeof who), 1);
	gate_leave(&scan, 1);
	IS(gate_holder(&person, who, sizeof who), 0);
	ck_assert_str_eq(who, "");
	OK(gate_enter(&person, "a deletion", 0, 0, &err));
	FAILS(gate_enter(&other, "an edit", 0, 0, &err), ERR_BUSY);
	SAYS("'s deletion (pid ");
	/* The scan waits at the gate first, then for the lock. */
	FAILS(gate_enter(&scan, "a scan", 1, 0, &err), ERR_BUSY);
	ck_assert_uint_gt(scan.yields, 0);
	gate_leave(&person, 0);
	scan.yields = 0;
	OK(gate_enter(&scan, "a scan", 1, 0, &err));
	ck_assert_uint_eq(scan.yields, 0); /* those who were refused left the gate, too */
	gate_leave(&scan, 1);
	gate_close(&person);
	gate_close(&other);
	gate_close(&scan);
	run_remove_dir(top);
}
END_TEST

START_TEST(what_stands_in_the_lock_file_is_not_trusted)
{
	static const char *const inside[] = {"", "x", "1\t2",
					     "77\t1763900000\tev\033[2Jil\nname\ta \001scan\n",
					     "99999999999999999999\t-5\tx\ty\n"};
	struct gate holder, waiter;
	char who[100];

	make_database();
	open_gate(&holder);
	open_gate(&waiter);
	OK(gate_enter(&holder, "a \033[2Jscan\ttab", 0, 0, &err));
	FAILS(gate_enter(&waiter, "an edit", 0, 0, &err), ERR_BUSY);
	ck_assert_ptr_eq(strchr(err.text, '\033'), NULL);
	ck_assert_ptr_eq(strchr(err.text, '\t'), NULL);
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
		run_write_file(path_of("write.lock"), "%s", inside[i]);
		FAILS(gate_enter(&waiter, "an edit", 0, 0, &err), ERR_BUSY);
		IS(gate_holder(&waiter, who, sizeof who), 1);
		for (const char *p = err.text; *p; p++)
			ck_assert(*p >= 0x20 && *p < 0x7f);
		for (const char *p = who; *p; p++)
			ck_assert(*p >= 0x20 && *p < 0x7f);
	}
	gate_leave(&holder, 0);
	gate_close(&holder);
	gate_close(&waiter);
	run_remove_dir(top);
}
END_TEST

/* The last one's record stands there, and the disk takes no other. */
static int enter_without_a_record(void *ctx, struct err *e)
{
	struct gate last, now, waiter;
	char who[100];

	(void)ctx;
	open_gate(&last);
	open_gate(&now);
	open_gate(&waiter);
	if (gate_enter(&last, "a deletion", 0, 0, e) != 0)
		return 1;
	gate_leave(&last, 0);
	fault_call(SYS_pwrite64, EIO);
	if (gate_enter(&now, "a scan", 1, 0, e) != 0)
		return 2;
	if (gate_holder(&waiter, who, sizeof who) != 1 || strcmp(who, "another process") != 0)
		return 3;
	return gate_enter(&waiter, "an edit", 0, 0, e) == -1 && strncmp(e->text, "another process ", 16) == 0 ? 0 : 4;
}

START_TEST(a_holder_whose_record_cannot_be_written_is_not_taken_for_the_last_one)
{
	make_database();
	ck_assert_int_eq(fault_run(enter_without_a_record, NULL, &err), 0);
	run_remove_dir(top);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("gate");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_person_gets_a_turn_beside_a_scan_and_the_scan_goes_on);
	tcase_add_test(tc, one_holds_the_lock_and_bulk_gives_way_at_the_gate);
	tcase_add_test(tc, what_stands_in_the_lock_file_is_not_trusted);
	tcase_add_test(tc, a_holder_whose_record_cannot_be_written_is_not_taken_for_the_last_one);
	return run_suite(tc);
}
