/*
 * What is wrong at one target, or in the way to it: it is said, it is kept, and the other
 * target has the change.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fleet/parts.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/smtp.h"

/* One target is wrong, the other is not: the sentence is there, nothing is lost, and the other
 * has it. */
static void is_wrong(int is_directory, const char *words)
{
	static int serial;
	char name[40];

	snprintf(name, sizeof name, "wrong%d.example", serial++);
	fleet_ran(75, words, "add %s", name);
	fleet_ran(75, is_directory ? fleet_directory_cf : fleet_database_cf, "publish");
	if (is_directory)
		fleet_sql(name,
			  "SELECT name FROM mxward_relay_domain WHERE name LIKE 'wrong%'");
	else
		ck_assert(fleet_is_at("ldap1.isp.example", name));
}

static void is_right_again(void)
{
	fleet_write_directory("");
	fleet_write_database("db.isp.example", "");
	fleet_ran(0, "1 in, 0 out", "publish");
	fleet_ran(0, "in line", "publish");
}

START_TEST(a_wrong_password)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/wrong", desk_dir);
	run_write_file(path, "wrong\n");
	ck_assert_int_eq(chmod(path, 0600), 0);
	run_write_file(fleet_directory_cf,
		       "server = ldaps://ldap1.isp.example\nbase = "
		       "ou=relay,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\n"
		       "bind-dn = cn=mxward,dc=isp,dc=example\npassword-file = %s\n",
		       fleet_tls, path);
	is_wrong(1, "the password of bind-dn was refused");
	is_right_again();
	run_write_file(fleet_database_cf,
		       "connection = host=db.isp.example dbname=mail user=mxward "
		       "sslmode=verify-full sslrootcert=%s/ca.pem\n"
		       "password-file = %s\n",
		       fleet_tls, path);
	is_wrong(0, "password authentication failed");
	is_right_again();
}
END_TEST

static void use_certificate(const char *which, int is_directory)
{
	if (is_directory) {
		fleet_shell(0, NULL,
			    "cp %s/server-%s.pem %s/server.pem && cp %s/server-%s.key "
			    "%s/server.key",
			    fleet_tls, which, fleet_tls, fleet_tls, which, fleet_tls);
		fleet_ctl("stop provider");
		fleet_ctl("start provider");
	} else {
		fleet_shell(0, NULL,
			    "cat %s/server-%s.pem >%s/run/server.pem && cat %s/server-%s.key "
			    ">%s/run/server.key",
			    fleet_tls, which, fleet_live, fleet_tls, which, fleet_live);
		fleet_ctl("stop primary");
		fleet_ctl("start primary");
	}
}

START_TEST(an_expired_certificate)
{
	fleet_write_directory("server = ldaps://ldap1.isp.example\n");
	use_certificate("expired", 1);
	is_wrong(1, "its certificate has expired");
	use_certificate("good", 1);
	fleet_ran(0, "1 in, 0 out", "publish");
	use_certificate("expired", 1);
	fleet_write_directory("");
	is_wrong(1, "its certificate has expired"); /* by STARTTLS */
	use_certificate("good", 1);
	is_right_again();
	use_certificate("expired", 0);
	is_wrong(0, "certificate verify failed");
	use_certificate("good", 0);
	is_right_again();
}
END_TEST

START_TEST(a_base_or_a_table_or_a_schema_that_is_missing)
{
	run_write_file(fleet_directory_cf,
		       "server = ldap://ldap1.isp.example\nbase = "
		       "ou=nowhere,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\n"
		       "bind-dn = cn=mxward,dc=isp,dc=example\npassword-file = %s/password\n",
		       fleet_tls, desk_dir);
	is_wrong(1, "the base does not exist there");
	is_right_again();
	fleet_ctl("start bare");
	fleet_write_directory("server = ldap://127.1.0.9\nstart-tls = no\n");
	is_wrong(1, "load share/fleet/mxward.ldif");
	fleet_ctl("stop bare");
	is_right_again();
	fleet_write_database("db.isp.example", "table = nowhere\n");
	is_wrong(0, "the table is not there; make it with share/fleet/mxward.sql");
	is_right_again();
}
END_TEST

START_TEST(a_replica_that_takes_no_changes)
{
	fleet_write_directory("server = ldap://ldap2.isp.example\nstart-tls = no\n");
	is_wrong(1, "it is a read-only replica; 'server' must name the provider");
	is_right_again();
	run_write_file(fleet_database_cf,
		       "connection = host=db2.isp.example dbname=mail user=mxward "
		       "sslmode=disable\npassword-file = %s/password\n",
		       desk_dir);
	fleet_shell(0, NULL,
		    "echo 'host mail mxward all scram-sha-256' >>%s/standby/data/pg_hba.conf",
		    fleet_live);
	fleet_ctl("stop standby");
	fleet_ctl("start standby");
	is_wrong(0, "it is a read-only standby; 'connection' must name the primary");
	is_right_again();
}
END_TEST

START_TEST(a_row_that_somebody_locked)
{
	pid_t pid;
	int status;

	fleet_ran(0, "1 in", "add held.example");
	pid = fork();
	if (pid == 0) {
		char command[2000];

		snprintf(command, sizeof command,
			 "exec $(ls /usr/lib/postgresql/*/bin/psql) -h %s/run -U postgres -d "
			 "mail -q "
			 "-c 'BEGIN' -c \"SELECT 1 FROM mxward_relay_domain WHERE name = "
			 "'held.example' FOR UPDATE\" "
			 "-c 'SELECT pg_sleep(600)' >/dev/null 2>&1",
			 fleet_live);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(1);
	}
	/* Until the lock is held a statement that refuses to wait for it succeeds. */
	fleet_shell(0, NULL,
		    "while $(ls /usr/lib/postgresql/*/bin/psql) -h %s/run -U postgres -d mail "
		    "-q -v ON_ERROR_STOP=1 -c "
		    "\"SELECT 1 FROM mxward_relay_domain WHERE name = 'held.example' FOR "
		    "UPDATE NOWAIT\" >/dev/null 2>&1; do "
		    "sleep 0.05; done",
		    fleet_live);
	fleet_ran(75, "another session holds a lock on the table or on a row of it",
		  "delete held.example --override --reason test --yes 1");
	while (fleet_is_at("ldap1.isp.example", "held.example"))
		usleep(20000);
	fleet_sql("held.example",
		  "SELECT name FROM mxward_relay_domain WHERE name = 'held.example'");
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	fleet_sql(NULL, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query "
			"LIKE '%pg_sleep(600)%' AND pid <> "
			"pg_backend_pid()");
	fleet_ran(0, "0 in, 1 out", "publish");
	fleet_sql("0", "SELECT count(*) FROM mxward_relay_domain WHERE name = 'held.example'");
}
END_TEST

/* By the certificate of a client, and by the account on a local socket, without a password. */
START_TEST(sasl_external_by_a_certificate)
{
	run_write_file(fleet_directory_cf,
		       "server = ldaps://ldap1.isp.example\nbase = "
		       "ou=relay,dc=isp,dc=example\ntls-ca-file = %s/ca.pem\n"
		       "tls-cert-file = %s/client.pem\ntls-key-file = %s/client.key\n",
		       fleet_tls, fleet_tls, fleet_tls);
	fleet_ran(0, "published to 'ldap:", "add external.example");
	ck_assert(fleet_is_at("ldap1.isp.example", "external.example"));
	fleet_write_directory("");
	fleet_ran(0, "in line", "publish");
}
END_TEST

START_TEST(a_service_file_names_the_database)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/pg_service.conf", desk_dir);
	run_write_file(path,
		       "[mxward]\nhost=db.isp.example\ndbname=mail\nuser=mxward\nsslrootcert=%"
		       "s/ca.pem\n",
		       fleet_tls);
	run_write_file(
		fleet_database_cf,
		"connection = service=mxward\nservice-file = %s\npassword-file = %s/password\n",
		path, desk_dir);
	fleet_ran(0, "published to 'pgsql:", "add service.example");
	fleet_sql("service.example",
		  "SELECT name FROM mxward_relay_domain WHERE name = 'service.example'");
}
END_TEST

void fleet_add_wrong(TCase *c)
{
	tcase_add_test(c, a_wrong_password);
	tcase_add_test(c, an_expired_certificate);
	tcase_add_test(c, a_base_or_a_table_or_a_schema_that_is_missing);
	tcase_add_test(c, a_replica_that_takes_no_changes);
	tcase_add_test(c, a_row_that_somebody_locked);
	tcase_add_test(c, sasl_external_by_a_certificate);
	tcase_add_test(c, a_service_file_names_the_database);
}
