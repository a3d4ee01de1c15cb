#include "support/holder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "db/env.h"

pid_t holder_start(const char *database, uid_t user)
{
	struct db_txn *txn;
	struct db *db;
	struct err e;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if ((user && (setgid(user) != 0 || setuid(user) != 0)) || db_open(&db, database, DB_READ_WRITE, &e) != 0 ||
		    db_begin_write(&txn, db, "a scan", 0, 1000, &e) != 0)
			_exit(1);
		raise(SIGSTOP);
		db_abort(txn);
		db_close(db);
		_exit(0);
	}
	/* A bench has no assertions; a test that ends in its middle has failed. */
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status)) {
		fprintf(stderr, "the lock of '%s' cannot be held\n", database);
		exit(1);
	}
	return pid;
}
