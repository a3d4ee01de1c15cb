/*
 * db_support: what the tests of the database share: a database of a test's own, and the
 * sentence of the error that came up when something that must work does not.
 */
#ifndef TESTS_DB_SUPPORT_H
#define TESTS_DB_SUPPORT_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "db/env.h"
#include "relay/entry.h"
#include "relay/netset.h"
#include "support/run.h"
#include "support/suite.h"

/* The error of the call in hand; each test runs in a process of its own. */
static struct err err;

#define OK(call) ck_assert_msg((call) >= 0, "%s: %s", #call, err.text)
#define IS(call, n)                                                                            \
	do {                                                                                   \
		long got_ = (call);                                                            \
		ck_assert_msg(got_ == (n), "%s is %ld: %s", #call, got_, err.text);            \
	} while (0)
#define FAILS(call, wanted)                                                                    \
	do {                                                                                   \
		err = (struct err){0};                                                         \
		ck_assert_int_eq((call), -1);                                                  \
		ck_assert_msg(err.code == (wanted), "%s: code %d: %s", #call, err.code,        \
			      err.text);                                                       \
	} while (0)
#define SAYS(words)                                                                            \
	ck_assert_msg(strstr(err.text, words) != NULL, "no '%s' in: %s", words, err.text)

static char *top;     /* a directory of the test */
static char dir[512]; /* the database's, below it */
static struct db *db;

static inline void make_database(void)
{
	top = run_make_dir();
	snprintf(dir, sizeof dir, "%s/db", top);
	OK(db_create(dir, &err));
}

static inline void open_database(void)
{
	make_database();
	OK(db_open(&db, dir, DB_READ_WRITE, &err));
}

static inline void remove_database(void)
{
	db_close(db);
	db = NULL;
	run_remove_dir(top);
}

static inline struct db_txn *begin_write(void)
{
	struct db_txn *t;

	OK(db_begin_write(&t, db, "a test", 0, 60000, &err));
	return t;
}

static inline struct db_txn *begin_read(void)
{
	struct db_txn *t;

	OK(db_begin_read(&t, db, &err));
	return t;
}

static inline struct entry entry_named(const char *name)
{
	struct entry e = {.table_value = "OK",
			  .customer = "",
			  .contact = "",
			  .note = "",
			  .pin_note = "",
			  .notice_ticket = "",
			  .added = 1763900000};

	snprintf(e.name, sizeof e.name, "%s", name);
	return e;
}

static inline const char *path_of(const char *file)
{
	static char path[600];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	return path;
}

/* Runs fn in a child of its own and gives its exit status, 128 + signal. */
static inline int in_child(int (*fn)(void *ctx), void *ctx)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(fn(ctx));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int run_suite(TCase *tc)
{
	Suite *s = suite_create("db");

	suite_add_tcase(s, tc);
	return suite_run(s);
}

#endif
