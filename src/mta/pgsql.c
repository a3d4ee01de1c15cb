#ifdef MXWARD_PGSQL

#include "mta/pgsql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "mta/pgsql_text.h"
#include "mta/remote.h"
#include "mta/target.h"
#include "mta/target_conf.h"

enum {
	CHUNK = 10000, /* names in one statement */
	LOCK_MS = 3000 /* how long a row that somebody holds is waited for */
};

struct job {
	const struct target_conf *conf;
	const struct target_change *change;
	size_t n;
};

struct session {
	PGconn *db;
	const struct target_conf *conf;
	struct str table; /* quoted */
};

/* --- what an error means --------------------------------------------------------------------------------- */

static const char *meaning(const char *state)
{
	static const struct {
		const char *state, *words;
	} meanings[] = {
		{"42P01", "the table is not there; make it with share/fleet/mxward.sql"},
		{"42703", "the table lacks a column; make it anew with share/fleet/mxward.sql"},
		{"42P10", "the table lacks its primary key; make it anew with share/fleet/mxward.sql"},
		{"42501", "this user may not do that; give it the grants of share/fleet/mxward.sql"},
		{"25006", "it is a read-only standby; 'connection' must name the primary (target_session_attrs=read-write)"},
		{"55P03", "another session holds a lock on the table or on a row of it"},
		{"57014", "it took too long and was cancelled"},
		{"53100", "its disk is full"},
	};

	for (size_t i = 0; state && i < sizeof meanings / sizeof *meanings; i++)
		if (strcmp(meanings[i].state, state) == 0)
			return meanings[i].words;
	return "";
}

/* The first line of what libpq or the server says, which comes with a line's end or several. */
static int fail(struct session *s, const PGresult *result, const char *doing, struct err *e)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *said = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL, *means = meaning(state);
	enum err_code code = state && memcmp(state, "08", 2) != 0 && memcmp(state, "57", 2) != 0 ? ERR_CONFIG
												   : ERR_UNAVAILABLE;
	char shown[220];

	if (state && (strcmp(state, "55P03") == 0 || memcmp(state, "53", 2) == 0))
		code = ERR_BUSY;
	if (!said)
		said = PQerrorMessage(s->db);
	escape(shown, sizeof shown, said, strcspn(said, "\n"));
	return err_set(e, code, "%s: %s%s%s%s", doing, means, means[0] ? " (" : "", shown, means[0] ? ")" : "");
}

/* --- the connection --------------------------------------------------------------------------------------- */

static void on_notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* Settings come from the file alone; an encrypted connection and a checked certificate are what it gets unless it says
 * otherwise (sslmode does not matter on a local socket). */
static void set_environment(const struct target_conf *c)
{
	static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD",
					    "PGPASSFILE", "PGSERVICE", "PGSYSCONFDIR", "PGOPTIONS", "PGSSLMODE", "PGREQUIRESSL",
					    "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL", "PGCHANNELBINDING",
					    "PGTARGETSESSIONATTRS", "PGCONNECT_TIMEOUT", "PGAPPNAME", "PGREQUIREPEER"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	setenv("PGSSLMODE", "verify-full", 1);
	setenv("PGAPPNAME", "mxward", 1);
	if (c->service_file[0])
		setenv("PGSERVICEFILE", c->service_file, 1);
	else
		unsetenv("PGSERVICEFILE");
}

static int execute(struct session *s, const char *statement, const char *doing, struct err *e)
{
	PGresult *result = PQexec(s->db, statement);
	int rc = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : fail(s, result, doing, e);

	PQclear(result);
	return rc;
}

static void session_close(struct session *s)
{
	PQfinish(s->db);
	str_clear(&s->table);
	*s = (struct session){0};
}

static int connect_to(struct session *s, struct err *e)
{
	struct str password = {0};
	char seconds[16];
	const char *name[] = {"connect_timeout", "dbname", "password", NULL};
	const char *value[] = {seconds, s->conf->connection, NULL, NULL};
	int rc = 0;

	if (target_conf_password(s->conf, &password, e) != 0) {
		str_clear(&password);
		return -1;
	}
	if (password.len)
		value[2] = str_text(&password);
	else
		name[2] = NULL;
	snprintf(seconds, sizeof seconds, "%d", s->conf->connect_timeout);
	set_environment(s->conf);
	s->db = PQconnectdbParams(name, value, 1);
	str_clear(&password);
	PQsetNoticeProcessor(s->db, on_notice, NULL);
	if (PQstatus(s->db) != CONNECTION_OK)
		rc = fail(s, NULL, "cannot connect", e);
	return rc;
}

static int session_open(struct session *s, const struct target_conf *c, struct err *e)
{
	char limits[120];
	int rc;

	*s = (struct session){.conf = c};
	if (pgsql_text_add_table(&s->table, c->table) != 0) {
		str_clear(&s->table);
		return err_set(e, ERR_CONFIG, "%s: table '%.100s' is no name such as relay_domain or mail.relay_domain",
			       c->file, c->table);
	}
	rc = connect_to(s, e);
	snprintf(limits, sizeof limits, "SET lock_timeout = %d; SET statement_timeout = %d; SET client_encoding = 'UTF8'",
		 LOCK_MS < c->timeout * 1000 ? LOCK_MS : c->timeout * 1000, c->timeout * 1000);
	if (rc == 0)
		rc = execute(s, limits, "cannot begin", e);
	if (rc != 0)
		session_close(s);
	return rc;
}

static int run(const char *where, int (*work)(struct remote *r, void *job, struct err *e), const struct target_change *c,
	       size_t n, table_fn *fn, void *ctx, struct err *e)
{
	struct target_conf conf;
	struct job job = {&conf, c, n};
	struct remote_call call = {.work = work, .job = &job, .server = "the PostgreSQL server"};
	int rc;

	if (target_conf_read(&conf, where, e) != 0)
		return -1;
	call.answer_seconds = conf.timeout;
	/* libpq gives each host of a list its own time. */
	call.connect_seconds = conf.connect_timeout;
	for (const char *p = conf.connection; (p = strchr(p, ',')); p++)
		call.connect_seconds += conf.connect_timeout;
	rc = remote_run(&call, fn, ctx, e);
	target_conf_clear(&conf);
	return rc;
}

/* --- reading ------------------------------------------------------------------------------------------- */

/* Row by row as they come: the list may be long. */
static int take_rows(struct remote *r, struct session *s, struct err *e)
{
	PGresult *result;
	int rc = 0;

	while ((result = PQgetResult(s->db)) != NULL) {
		ExecStatusType status = PQresultStatus(result);

		if (status == PGRES_SINGLE_TUPLE)
			remote_row(r, PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0), PQgetvalue(result, 0, 1),
				   (size_t)PQgetlength(result, 0, 1));
		else if (status != PGRES_TUPLES_OK && rc == 0)
			rc = fail(s, result, "cannot read the table", e);
		PQclear(result);
	}
	return rc;
}

static int read_in_child(struct remote *r, void *ctx, struct err *e)
{
	const struct job *j = ctx;
	const char *value[] = {j->conf->list};
	struct str statement = {0};
	struct session s;
	int rc = 0;

	if (session_open(&s, j->conf, e) != 0)
		return -1;
	remote_connected(r);
	str_addf(&statement, "SELECT name, value FROM %s WHERE list = $1 ORDER BY name COLLATE \"C\"", str_text(&s.table));
	if (!PQsendQueryParams(s.db, str_text(&statement), 1, NULL, value, NULL, NULL, 0) || !PQsetSingleRowMode(s.db))
		rc = fail(&s, NULL, "cannot read the table", e);
	if (rc == 0)
		rc = take_rows(r, &s, e);
	str_clear(&statement);
	session_close(&s);
	return rc;
}

static int pgsql_read(const char *where, table_fn *fn, void *ctx, struct target_version *at, struct err *e)
{
	*at = (struct target_version){0};
	return run(where, read_in_child, NULL, 0, fn, ctx, e);
}

/* --- writing ------------------------------------------------------------------------------------------- */

/* From *at on, at most CHUNK changes that are all of one sort (with a value, or without), as array parameters. */
static int write_chunk(struct session *s, const struct job *j, size_t *at, int puts, struct err *e)
{
	struct str names = {0}, values = {0}, statement = {0};
	const char *value[3] = {s->conf->list};
	PGresult *result;
	size_t n = 0;
	int rc = 0;

	str_add_char(&names, '{');
	str_add_char(&values, '{');
	for (; *at < j->n && n < CHUNK; (*at)++) {
		const struct target_change *c = &j->change[*at];

		if ((c->value != NULL) != puts)
			continue;
		pgsql_text_add_element(&names, n == 0, c->key);
		if (puts)
			pgsql_text_add_element(&values, n == 0, c->value);
		n++;
	}
	str_add_char(&names, '}');
	str_add_char(&values, '}');
	value[1] = str_text(&names);
	value[2] = str_text(&values);
	if (puts)
		str_addf(&statement, "INSERT INTO %s (list, name, value) SELECT $1, n, v FROM unnest($2::text[], $3::text[]) "
			 "AS x (n, v) ON CONFLICT (list, name) DO UPDATE SET value = excluded.value", str_text(&s->table));
	else
		str_addf(&statement, "DELETE FROM %s WHERE list = $1 AND name = ANY ($2::text[])", str_text(&s->table));
	if (n > 0) {
		result = PQexecParams(s->db, str_text(&statement), puts ? 3 : 2, NULL, value, NULL, NULL, 0);
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			rc = fail(s, result, "cannot write to the table", e);
		PQclear(result);
	}
	str_clear(&names);
	str_clear(&values);
	str_clear(&statement);
	return rc;
}

static int write_all(struct remote *r, struct session *s, const struct job *j, struct err *e)
{
	int rc = execute(s, "BEGIN", "cannot write to the table", e);

	for (int puts = 0; puts < 2; puts++)
		for (size_t at = 0; rc == 0 && at < j->n;) {
			rc = write_chunk(s, j, &at, puts, e);
			remote_alive(r);
		}
	return rc == 0 ? execute(s, "COMMIT", "cannot commit", e) : rc;
}

static int apply_in_child(struct remote *r, void *ctx, struct err *e)
{
	const struct job *j = ctx;
	struct session s;
	int rc;

	if (session_open(&s, j->conf, e) != 0)
		return -1;
	remote_connected(r);
	rc = write_all(r, &s, j, e);
	session_close(&s); /* what was not committed is rolled back */
	return rc;
}

static int pgsql_apply(const char *where, const struct target_change *c, size_t n, struct target_version *at,
		       struct err *e)
{
	(void)at; /* the statements look for themselves which rows are ours */
	return n == 0 ? 0 : run(where, apply_in_child, c, n, NULL, NULL, e);
}

const struct target_engine pgsql_engine = {.name = "pgsql", .read = pgsql_read, .apply = pgsql_apply};

#endif
