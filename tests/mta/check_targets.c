/*
 * What publishing to other hosts needs and no server has to be asked for: the files that targets name, names and filters
 * of a directory, array parameters, and what happens when nobody answers.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "mta/engines.h"
#include "mta/ldap_text.h"
#include "mta/pgsql_text.h"
#include "mta/remote.h"
#include "mta/target.h"
#include "mta/target_conf.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, path[1100], where[1200];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(path, sizeof path, "%s/target.cf", dir);
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static int reads(struct target_conf *c, const char *engine, const char *text, struct err *e)
{
	run_write_file(path, "%s", text);
	snprintf(where, sizeof where, "%s:%s", engine, path);
	return target_conf_read(c, where, e);
}

static void refuses(const char *engine, const char *text, const char *words)
{
	struct target_conf c;
	struct err e;

	ck_assert_msg(reads(&c, engine, text, &e) == -1, "%s was read", text);
	ck_assert_msg(strstr(e.text, words) != NULL, "no '%s' in: %s", words, e.text);
	ck_assert_int_eq(e.code, ERR_CONFIG);
}

START_TEST(a_value_is_all_of_its_line)
{
	struct target_conf c;
	struct err e;

	ck_assert_msg(reads(&c, "ldap", "server = ldaps://a.example, ldaps://b.example\nbase = ou=relay,\n  dc=isp,dc=example\n"
			    "timeout = 20 # seconds\n", &e) == 0, "%s", e.text);
	ck_assert_int_eq(c.kind, TARGET_LDAP);
	ck_assert_str_eq(c.server, "ldaps://a.example, ldaps://b.example");
	ck_assert_str_eq(c.base, "ou=relay, dc=isp,dc=example");
	ck_assert_int_eq(c.timeout, 20);
	ck_assert_int_eq(c.connect_timeout, 3);
	ck_assert_int_eq(c.start_tls, 1);
	ck_assert_str_eq(c.list, "mxward");
	ck_assert_str_eq(c.bind_dn, "");
	target_conf_clear(&c);
	ck_assert_msg(reads(&c, "pgsql", "connection = host=a dbname=b sslmode=disable\nlist = second\n", &e) == 0, "%s",
		      e.text);
	ck_assert_str_eq(c.connection, "host=a dbname=b sslmode=disable");
	ck_assert_str_eq(c.table, "mxward_relay_domain");
	ck_assert_str_eq(c.list, "second");
	target_conf_clear(&c);
}
END_TEST

START_TEST(mistakes_are_named_with_file_and_line)
{
	struct target_conf c;
	struct err e;

	refuses("ldap", "server = ldap://a\nbase = o=x\nbasis = o=y\n", "target.cf:3: unknown key 'basis'");
	refuses("ldap", "server = ldap://a\nbase = o=x\nconnection = host=a\n", "unknown key 'connection'");
	refuses("pgsql", "connection = host=a\nstart-tls = no\n", "unknown key 'start-tls'");
	refuses("ldap", "server = ldap://a\nserver = ldap://b\nbase = o=x\n", "is set on line 1 already");
	refuses("ldap", "base = o=x\n", "'server' is missing");
	refuses("ldap", "server = ldap://a\n", "'base' is missing");
	refuses("pgsql", "list = a\n", "'connection' is missing");
	refuses("ldap", "server = ldap://a\nbase = o=x\nbind-dn = cn=a\n", "go together");
	refuses("ldap", "server = ldap://a\nbase = o=x\ntls-key-file = /a\n", "go together");
	refuses("ldap", "server = ldap://a\nbase = o=x\nstart-tls = maybe\n", "must be yes or no");
	refuses("ldap", "server = ldap://a\nbase = o=x\ntimeout = 0\n", "is no number of seconds");
	refuses("ldap", "server = ldap://a\nbase = o=x\ntimeout = 5s\n", "is no number of seconds");
	ck_assert_int_eq(target_conf_read(&c, "ldap:/nonexistent/x.cf", &e), -1);
	ck_assert_int_eq(e.code, ERR_CONFIG);
	ck_assert_int_eq(target_conf_read(&c, "/etc/passwd", &e), -1);
}
END_TEST

START_TEST(a_password_has_a_file_that_is_not_everybody_s)
{
	char file[1200], text[2600];
	struct str password = {0};
	struct target_conf c;
	struct err e;

	snprintf(file, sizeof file, "%s/password", dir);
	snprintf(text, sizeof text, "connection = host=a\npassword-file = %s\n", file);
	run_write_file(file, "se cret\nsecond line\n");
	ck_assert_int_eq(chmod(file, 0644), 0);
	ck_assert_int_eq(reads(&c, "pgsql", text, &e), 0);
	ck_assert_int_eq(target_conf_password(&c, &password, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "is open to everybody"));
	ck_assert_int_eq(chmod(file, 0640), 0);
	ck_assert_int_eq(target_conf_password(&c, &password, &e), 0);
	ck_assert_str_eq(str_text(&password), "se cret");
	str_clear(&password);
	run_write_file(file, "\n");
	ck_assert_int_eq(target_conf_password(&c, &password, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "is empty"));
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(target_conf_password(&c, &password, &e), -1);
	ck_assert_int_eq(e.code, ERR_CONFIG);
	str_clear(&password);
	target_conf_clear(&c);
}
END_TEST

START_TEST(names_of_entries_are_escaped)
{
	static const struct {
		const char *key, *dn;
	} cases[] = {
		{"a.example", "associatedDomain=a.example,o=x"},
		{"xn--mller-kva.example", "associatedDomain=xn--mller-kva.example,o=x"},
		{"m\xc3\xbcller.example", "cn=m\xc3\xbcller.example,o=x"},
		{".a.example", "associatedDomain=.a.example,o=x"},
		{"*.a.example", "associatedDomain=*.a.example,o=x"},
		{"[11.11.5.1]", "associatedDomain=[11.11.5.1],o=x"},
		{" a ", "associatedDomain=\\20a\\20,o=x"},
		{"#a", "associatedDomain=\\23a,o=x"},
		{"a,o=y", "associatedDomain=a\\2co\\3dy,o=x"},
		{"a+cn=b", "associatedDomain=a\\2bcn\\3db,o=x"},
		{"a\"b\\c<d>e;f", "associatedDomain=a\\22b\\5cc\\3cd\\3ee\\3bf,o=x"},
		{"a\tb\x7f", "associatedDomain=a\\09b\\7f,o=x"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str out = {0};

		ldap_text_add_dn(&out, cases[i].key, "o=x");
		ck_assert_str_eq(str_text(&out), cases[i].dn);
		str_clear(&out);
	}
}
END_TEST

START_TEST(values_in_filters_are_escaped)
{
	struct str out = {0};

	ldap_text_add_filter_value(&out, "a*b(c)d\\e");
	ck_assert_str_eq(str_text(&out), "a\\2ab\\28c\\29d\\5ce");
	str_truncate(&out, 0);
	ldap_text_add_filter_value(&out, "mx)(objectClass=*");
	ck_assert_str_eq(str_text(&out), "mx\\29\\28objectClass=\\2a");
	str_truncate(&out, 0);
	ldap_text_add_filter_value(&out, "m\xc3\xbc" "ller\n");
	ck_assert_str_eq(str_text(&out), "m\xc3\xbc" "ller\\0a");
	str_clear(&out);
}
END_TEST

START_TEST(array_parameters_and_table_names_are_quoted)
{
	static const char *const refused[] = {"", ".", "a.", ".a", "a.b.c", "a b", "a\"b", "a;drop", "1a", "a-b"};
	struct str out = {0};

	pgsql_text_add_element(&out, 1, "a.example");
	pgsql_text_add_element(&out, 0, "x\"},{\\");
	pgsql_text_add_element(&out, 0, "");
	pgsql_text_add_element(&out, 0, "NULL");
	ck_assert_str_eq(str_text(&out), "\"a.example\",\"x\\\"},{\\\\\",\"\",\"NULL\"");
	str_truncate(&out, 0);
	ck_assert_int_eq(pgsql_text_add_table(&out, "mail.Relay_1"), 0);
	ck_assert_str_eq(str_text(&out), "\"mail\".\"Relay_1\"");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ck_assert_msg(pgsql_text_add_table(&out, refused[i]) == -1, "'%s'", refused[i]);
	str_clear(&out);
}
END_TEST

/* --- the process that speaks with a server --------------------------------------------------------------- */

struct script {
	int rows, dies, hangs, result;
};

static int play(struct remote *r, void *ctx, struct err *e)
{
	const struct script *s = ctx;
	char key[40];

	if (s->hangs == 1)
		pause();
	remote_connected(r);
	for (int i = 0; i < s->rows; i++) {
		int len = snprintf(key, sizeof key, "k%06d", i);

		remote_row(r, key, (size_t)len, "OK", 2);
	}
	if (s->dies)
		abort();
	if (s->hangs == 2)
		pause();
	return s->result < 0 ? err_set(e, ERR_PERM, "the server said no") : s->result;
}

static int count_row(void *ctx, const struct table_row *row)
{
	int *n = ctx;
	char key[40];

	snprintf(key, sizeof key, "k%06d", *n);
	ck_assert_str_eq(row->name, key);
	ck_assert_str_eq(row->value, "OK");
	(*n)++;
	return 0;
}

enum { PATIENCE_S = 120 }; /* where an answer comes: a process may be a while in starting */

static int played_within(struct script s, int connect_seconds, int answer_seconds, int *n, struct err *e)
{
	struct remote_call call = {"ldap://test", play, &s, connect_seconds, answer_seconds};

	*n = 0;
	return remote_run(&call, count_row, n, e);
}

static int played(struct script s, int *n, struct err *e)
{
	return played_within(s, PATIENCE_S, PATIENCE_S, n, e);
}

START_TEST(rows_arrive_and_ends_are_told_apart)
{
	struct err e;
	int n;

	ck_assert_int_eq(played((struct script){.rows = 20000}, &n, &e), 0);
	ck_assert_int_eq(n, 20000);
	ck_assert_int_eq(played((struct script){.rows = 3, .result = 1}, &n, &e), 1);
	ck_assert_int_eq(played((struct script){.rows = 3, .result = -1}, &n, &e), -1);
	ck_assert_str_eq(e.text, "the server said no");
	ck_assert_int_eq(e.code, ERR_PERM);
	ck_assert_int_eq(played((struct script){.rows = 3, .dies = 1}, &n, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "ended by signal 6"));
}
END_TEST

START_TEST(who_says_nothing_is_not_waited_for)
{
	struct err e;
	int n;

	ck_assert_int_eq(played_within((struct script){.hangs = 1}, 1, PATIENCE_S, &n, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "cannot be reached within 1 s"));
	ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
	ck_assert_int_eq(played_within((struct script){.hangs = 2}, PATIENCE_S, 1, &n, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "did not answer within 1 s"));
}
END_TEST

static int refuse_row(void *ctx, const struct table_row *row)
{
	(void)row;
	return err_set(ctx, ERR_DATA, "enough");
}

START_TEST(who_reads_can_stop)
{
	struct script s = {.rows = 200000};
	struct remote_call call = {"ldap://test", play, &s, PATIENCE_S, PATIENCE_S};
	struct err e;

	ck_assert_int_eq(remote_run(&call, refuse_row, &e, &e), -1);
	ck_assert_str_eq(e.text, "enough");
}
END_TEST

static int no_row(void *ctx, const struct table_row *row)
{
	(void)ctx;
	(void)row;
	return 0;
}

/* A port at which nobody listens, and which nobody else can get; then one that takes connections and says nothing. */
START_TEST(engines_give_up_on_a_server_that_does_not_answer)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static const char *const begins[] = {"base = o=x\nserver = ldap://127.0.0.1:",
					     "connection = dbname=a user=b sslmode=disable host=127.0.0.1 port="};
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0), is_in;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	for (int open = 0; open <= 1; open++) {
		if (open)
			ck_assert_int_eq(listen(fd, 4), 0);
		for (size_t i = 0; i < 2; i++) {
			const char *name = engine_name(i, &is_in);
			const struct target_engine *engine;
			struct target_version v;
			struct err e;

			run_write_file(path, "%s%d\nconnect-timeout = 1\ntimeout = 1\n", begins[i], ntohs(at.sin_port));
			snprintf(where, sizeof where, "%s:%s", name, path);
			engine = engine_find(where, &e);
			ck_assert_msg(!engine == !is_in, "%s", name);
			if (!engine) {
				ck_assert_ptr_nonnull(strstr(e.text, "was built without"));
				continue;
			}
			ck_assert_int_eq(engine->read(where, no_row, NULL, &v, &e), -1);
			ck_assert_msg(e.code == ERR_UNAVAILABLE, "%s: %d %s", name, e.code, e.text);
		}
	}
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("targets");
	TCase *c = tcase_create("targets on other hosts");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_value_is_all_of_its_line);
	tcase_add_test(c, mistakes_are_named_with_file_and_line);
	tcase_add_test(c, a_password_has_a_file_that_is_not_everybody_s);
	tcase_add_test(c, names_of_entries_are_escaped);
	tcase_add_test(c, values_in_filters_are_escaped);
	tcase_add_test(c, array_parameters_and_table_names_are_quoted);
	tcase_add_test(c, rows_arrive_and_ends_are_told_apart);
	tcase_add_test(c, who_says_nothing_is_not_waited_for);
	tcase_add_test(c, who_reads_can_stop);
	tcase_add_test(c, engines_give_up_on_a_server_that_does_not_answer);
	suite_add_tcase(s, c);
	return suite_run(s);
}
