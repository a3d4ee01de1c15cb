/*
 * Many entries at once: how long until the last relay knows (FLEET_MANY=100000 for figures),
 * and a publisher that is killed among them.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "fleet/parts.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/smtp.h"

static void write_names(const char *path, const char *stem, int n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%06d.example\n", stem, i);
	fclose(f);
}

/* The names are imported into a list of its own, so that it alone is read and compared. */
static void many(int n, const char *engine)
{
	char path[1200], other[1200];
	int64_t began, in_line, refused;
	struct run_result r;
	int first = *engine == 'l' ? 0 : 2;

	snprintf(path, sizeof path, "%s/many", desk_dir);
	snprintf(other, sizeof other, "%s/many.conf", desk_dir);
	write_names(path, "many", n);
	run_write_file(other,
		       "relay-host = x.isp.example\nparent-domain-matches-subdomains = "
		       "yes\ndatabase = %s/many-%s-%d\npublish-target = %s:%s\n",
		       desk_dir, engine, n, engine,
		       *engine == 'l' ? fleet_directory_cf : fleet_database_cf);
	run_line(&r, other, "init");
	run_clear(&r);
	run_line(&r, other, "publish --overrule --yes 1000000");
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	began = loop_now();
	run_line(&r, other, "import %s", path);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	in_line = loop_now() - began;
	run_clear(&r);
	snprintf(path, sizeof path, "many%06d.example", n - 1);
	for (int i = first; i < first + 2; i++)
		while (smtp_ask_unseen(fleet_relay[i], path) != 250)
			usleep(5000);
	printf("note: %s: %d added in %lld ms\n", engine, n, (long long)in_line);
	/* An empty list in the place of the full one: what stands there goes, as a deletion's
	 * delta does. */
	run_write_file(other,
		       "relay-host = x.isp.example\nparent-domain-matches-subdomains = "
		       "yes\ndatabase = %s/none-%s-%d\npublish-target = %s:%s\n",
		       desk_dir, engine, n, engine,
		       *engine == 'l' ? fleet_directory_cf : fleet_database_cf);
	run_line(&r, other, "init");
	run_clear(&r);
	began = loop_now();
	run_line(&r, other, "publish --overrule --yes %d", n);
	in_line = loop_now() - began;
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
	run_clear(&r);
	for (int i = first; i < first + 2; i++)
		while (smtp_ask_unseen(fleet_relay[i], path) != 554)
			usleep(5000);
	refused = loop_now() - began;
	printf("note: %s: %d deleted in %lld ms (%lld a second), the last relay refused after "
	       "%lld ms\n",
	       engine, n, (long long)in_line, (long long)n * 1000 / (in_line ? in_line : 1),
	       (long long)refused);
}

static int how_many(void)
{
	const char *n = getenv("FLEET_MANY");

	return n ? atoi(n) : 10000;
}

START_TEST(many_entries_of_a_directory)
{
	many(1, "ldap");
	many(how_many(), "ldap");
}
END_TEST

START_TEST(many_rows_of_a_database)
{
	many(1, "pgsql");
	many(how_many(), "pgsql");
}
END_TEST

/* Killed in the midst of its deletions: what is left is done by the next. */
START_TEST(a_publisher_that_was_killed_is_finished_by_the_next)
{
	char path[1200], none[1200];
	struct run_result r;
	int status;
	pid_t pid;

	snprintf(path, sizeof path, "%s/many", desk_dir);
	write_names(path, "torn", 3000);
	fleet_ran(0, "3000 added", "import %s", path);
	snprintf(none, sizeof none, "%s/none.conf", desk_dir);
	run_write_file(none,
		       "relay-host = x.isp.example\nparent-domain-matches-subdomains = "
		       "yes\ndatabase = %s/none\npublish-target = ldap:%s\n",
		       desk_dir, fleet_directory_cf);
	run_line(&r, none, "init");
	run_clear(&r);
	/* It goes on only while nobody looks, so that it is not through before it is seen to have begun. */
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		execl(run_mxward(), "mxward", "-c", none, "publish", "--overrule", "--yes",
		      "4000", (char *)NULL);
		_exit(1);
	}
	setpgid(pid, pid);
	do {
		kill(-pid, SIGCONT);
		usleep(5000);
		kill(-pid, SIGSTOP);
	} while (fleet_is_at("ldap1.isp.example", "torn000000.example"));
	kill(pid, SIGKILL);
	kill(-pid, SIGCONT); /* who spoke with the server for it notices its end */
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status));
	ck_assert(fleet_is_at("ldap1.isp.example", "torn002999.example"));
	run_line(&r, none, "publish --overrule --yes 4000");
	ck_assert_msg(r.status == 0 && strstr(r.out, "cut off"), "%s%s", r.out, r.err);
	run_clear(&r);
	ck_assert(!fleet_is_at("ldap1.isp.example", "torn002999.example"));
	run_line(&r, none, "publish");
	ck_assert_msg(strstr(r.out, "in line") != NULL, "%s%s", r.out, r.err);
	run_clear(&r);
}
END_TEST

void fleet_add_many(TCase *c)
{
	tcase_add_test(c, a_publisher_that_was_killed_is_finished_by_the_next);
	tcase_add_test(c, many_rows_of_a_database);
	tcase_add_test(c, many_entries_of_a_directory);
}
