/*
 * The file of the audit key: made once, whole or not at all, and read only where it can be believed.
 */
#include "audit/key.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/note.h"
#include "base/err.h"
#include "support/fault.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, path[700];
static struct err err;

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(path, sizeof path, "%s/audit.key", dir);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

struct trouble {
	struct fault fault;
	const char *said;
	enum err_code code;
};

static void assert_said(const struct trouble *t)
{
	ck_assert_msg(strstr(err.text, t->said), "no '%s' in: %s", t->said, err.text);
	ck_assert_msg(err.code == t->code, "code %d: %s", err.code, err.text);
}

/* --- making ---------------------------------------------------------------------------------------------------- */

enum { O_FRESH = O_CREAT | O_EXCL, LINE = sizeof "mx.test/audit" + 64 + 1 };

static const struct trouble makings[] = {
	{{SYS_openat, EACCES, 2, O_FRESH, O_FRESH}, "cannot make the key '", ERR_PERM},
	{{SYS_write, ENOSPC, 2, ~0u, LINE}, "disk full", ERR_IO},
	{{SYS_fsync, EIO, 0, 0, 0}, "Input/output error", ERR_IO},
};

static int make_key(void *ctx, struct err *e)
{
	struct note_signer s;

	fault_set(ctx);
	return audit_key_create(&s, path, "mx.test/audit", e);
}

START_TEST(a_key_that_cannot_be_written_is_not_there)
{
	struct note_signer made, read;

	ck_assert_int_eq(fault_run(make_key, (void *)&makings[_i].fault, &err), -1);
	assert_said(&makings[_i]);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(audit_key_create(&made, path, "mx.test/audit", &err), 0);
	ck_assert_int_eq(audit_key_read(&read, path, NULL, &err), 0);
	ck_assert_mem_eq(made.seed, read.seed, sizeof made.seed);
}
END_TEST

START_TEST(a_name_that_cannot_be_signed_with_makes_no_key)
{
	struct note_signer s;

	ck_assert_int_eq(audit_key_create(&s, path, "two words", &err), -1);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* --- reading ---------------------------------------------------------------------------------------------------- */

static const struct trouble readings[] = {
	{{SYS_openat, EACCES, 2, O_NONBLOCK, O_NONBLOCK},
	 "'; checkpoints are signed by the account that owns it: Permission denied", ERR_PERM},
	{{SYS_flock, ENOLCK, 0, 0, 0}, "cannot lock '", ERR_IO},
	{{SYS_read, EIO, 2, ~0u, 0}, "cannot read the key '", ERR_IO}, /* how much it reads is set below */
};

static int read_key(void *ctx, struct err *e)
{
	struct note_signer s;
	int keep;

	fault_set(ctx);
	return audit_key_read(&s, path, &keep, e);
}

START_TEST(a_key_that_cannot_be_read_is_said)
{
	struct note_signer s;
	struct fault fault = readings[_i].fault;

	ck_assert_int_eq(audit_key_create(&s, path, "mx.test/audit", &err), 0);
	if (fault.number == SYS_read)
		fault.value = NOTE_NAME + 1 + 2 * NOTE_SEED + 1 + 2;
	ck_assert_int_eq(fault_run(read_key, &fault, &err), -1);
	assert_said(&readings[_i]);
	ck_assert_ptr_nonnull(strstr(err.text, path));
}
END_TEST

static const char seed[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

START_TEST(what_is_no_key_is_not_taken_for_one)
{
	static const char *const bad[] = {
		"",
		"mx.test/audit\n",
		"mx.test/audit 0001\n",
		"mx.test/audit SEED",
		"mx.test/audit  SEED\n",
		"mx.test/audit SEEDxx\n",
		"two+words SEED\n",
		" SEED\n",
	};
	char text[4000];
	struct note_signer s;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *place = strstr(bad[i], "SEED");

		snprintf(text, sizeof text, "%.*s%s%s", place ? (int)(place - bad[i]) : (int)strlen(bad[i]), bad[i],
			 place ? seed : "", place ? place + 4 : "");
		unlink(path);
		run_write_file(path, "%s", text);
		ck_assert_int_eq(chmod(path, 0400), 0);
		ck_assert_msg(audit_key_read(&s, path, NULL, &err) == -1, "'%s' was read", text);
		ck_assert_ptr_nonnull(strstr(err.text, "is no key"));
		ck_assert_ptr_null(strstr(err.text, "0001"));
		ck_assert_int_eq(err.code, ERR_DATA);
	}
	/* A seed with a digit that is none. */
	snprintf(text, sizeof text, "mx.test/audit %.63sg\n", seed);
	unlink(path);
	run_write_file(path, "%s", text);
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(audit_key_read(&s, path, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is no key"));
	/* More than any key has. */
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	unlink(path);
	run_write_file(path, "%s", text);
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(audit_key_read(&s, path, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is no key: it has "));
}
END_TEST

START_TEST(what_is_no_file_is_not_read)
{
	struct note_signer s;

	ck_assert_int_eq(mkfifo(path, 0400), 0);
	ck_assert_int_eq(audit_key_read(&s, path, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is no regular file"));
	ck_assert_int_eq(err.code, ERR_CONFIG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("key");
	TCase *t = tcase_create("key");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_key_that_cannot_be_written_is_not_there, 0, sizeof makings / sizeof *makings);
	tcase_add_test(t, a_name_that_cannot_be_signed_with_makes_no_key);
	tcase_add_loop_test(t, a_key_that_cannot_be_read_is_said, 0, sizeof readings / sizeof *readings);
	tcase_add_test(t, what_is_no_key_is_not_taken_for_one);
	tcase_add_test(t, what_is_no_file_is_not_read);
	suite_add_tcase(s, t);
	return suite_run(s);
}
