#include "fleet/parts.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"
#include "support/desk.h"
#include "support/run.h"
#include "support/smtp.h"

const char *const fleet_relay[FLEET_RELAYS] = {"127.2.0.1", "127.2.0.2", "127.2.0.3",
					       "127.2.0.4"};
const char *fleet_live;
char fleet_tls[1100], fleet_directory_cf[1200], fleet_database_cf[1200];

/* --- parts
 * ---------------------------------------------------------------------------------------------
 */

void fleet_shell(int status, const char *words, const char *fmt, ...)
{
	char command[6000];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct run_result r;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof command, fmt, ap);
	va_end(ap);
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == status, "%s: %d\n%s%s", command, r.status, r.out, r.err);
	ck_assert_msg(!words || strstr(r.out, words) || strstr(r.err, words),
		      "%s: no '%s' in\n%s%s", command, words, r.out, r.err);
	run_clear(&r);
}

void fleet_ctl(const char *words)
{
	/* What is started must not keep our pipes open. */
	fleet_shell(0, NULL,
		    "sh %s/ctl %s >%s/ctl.out 2>&1 </dev/null || { cat %s/ctl.out; exit 1; }",
		    fleet_live, words, fleet_live, fleet_live);
}

void fleet_sql(const char *words, const char *statement)
{
	fleet_shell(0, words,
		    "$(ls /usr/lib/postgresql/*/bin/psql) -h %s/run -U postgres -d mail -v "
		    "ON_ERROR_STOP=1 -At -c \"%s\"",
		    fleet_live, statement);
}

void fleet_ldif(const char *tool, const char *text)
{
	fleet_shell(0, NULL,
		    "printf '%%b' '%s' | %s -x -H ldap://ldap1.isp.example -D "
		    "cn=mxward,dc=isp,dc=example -w secret",
		    text, tool);
}

/* The entry of a name at one server: 1 there, 0 not. */
int fleet_is_at(const char *server, const char *name)
{
	char command[600];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct run_result r;
	int is;

	snprintf(command, sizeof command,
		 "ldapsearch -x -LLL -H ldap://%s -b ou=relay,dc=isp,dc=example "
		 "associatedDomain=%s dn",
		 server, name);
	run_program(&r, argv, NULL);
	is = strstr(r.out, "dn: ") != NULL;
	run_clear(&r);
	return is;
}

/* --- what relays answer
 * ---------------------------------------------------------------------------------- */

/* Every relay gives code for a recipient that it has not seen: waits for it; returns when the
 * last one did. */
int64_t fleet_all_answer(int code, const char *domain)
{
	for (int i = 0; i < FLEET_RELAYS; i++)
		while (smtp_ask_unseen(fleet_relay[i], domain) != code)
			usleep(5000);
	return loop_now();
}

void fleet_answers(int i, int code, const char *domain)
{
	ck_assert_msg(smtp_ask_unseen(fleet_relay[i], domain) == code, "relay%d, %s: not %d",
		      i + 1, domain, code);
}

/* --- mxward
 * --------------------------------------------------------------------------------------------
 */

void fleet_write_directory(const char *more)
{
	run_write_file(fleet_directory_cf,
		       "%s%sbase = ou=relay,dc=isp,dc=example\ntls-ca-file = "
		       "%s/ca.pem\nbind-dn = cn=mxward,dc=isp,dc=example\n"
		       "password-file = %s/password\n",
		       strstr(more, "server =") ? "" : "server = ldap://ldap1.isp.example\n",
		       more, fleet_tls, desk_dir);
}

void fleet_write_database(const char *host, const char *more)
{
	run_write_file(fleet_database_cf,
		       "connection = host=%s dbname=mail user=mxward sslmode=verify-full "
		       "sslrootcert=%s/ca.pem\n"
		       "password-file = %s/password\n%s",
		       host, fleet_tls, desk_dir, more);
}

void fleet_ran(int status, const char *words, const char *fmt, ...)
{
	struct run_result r;
	char line[3000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	run_line(&r, desk_config, "%s", line);
	ck_assert_msg(r.status == status, "%s: %d\n%.1500s%.1500s", line, r.status, r.out,
		      r.err);
	ck_assert_msg(strstr(r.out, words) || strstr(r.err, words),
		      "%s: no '%s' in\n%.1500s%.1500s", line, words, r.out, r.err);
	run_clear(&r);
}

static void add_targets(void)
{
	FILE *f = fopen(desk_config, "a");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "publish-target = ldap:%s\npublish-target = pgsql:%s\n", fleet_directory_cf,
		fleet_database_cf);
	fclose(f);
}

void fleet_set_up(void)
{
	char path[1200];

	fleet_ctl("start provider replica1 replica2 primary standby");
	/* Postfix looks at a database that had failed again after a minute. */
	fleet_shell(0, NULL,
		    "for r in 3 4; do postfix -c %s/relay$r/etc reload; done >/dev/null 2>&1",
		    fleet_live);
	desk_set_up();
	snprintf(path, sizeof path, "%s/password", desk_dir);
	run_write_file(path, "secret\n");
	ck_assert_int_eq(chmod(path, 0640), 0);
	snprintf(fleet_directory_cf, sizeof fleet_directory_cf, "%s/directory.cf", desk_dir);
	snprintf(fleet_database_cf, sizeof fleet_database_cf, "%s/database.cf", desk_dir);
	fleet_write_directory("");
	fleet_write_database("db.isp.example", "");
	add_targets();
	/* What an earlier test left there is not of this list. */
	fleet_ran(0, "", "publish --overrule --yes 1000000");
	fleet_all_answer(250, "gone00.example");
}

void fleet_tear_down(void)
{
	desk_tear_down();
}
