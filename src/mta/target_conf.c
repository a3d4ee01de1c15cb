#include "mta/target_conf.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/str.h"

enum { PASSWORD_MAX = 4096, BOTH = TARGET_LDAP | TARGET_PGSQL };

enum kind { TEXT, SECONDS, YES_NO };

static const struct key {
	const char *name;
	int engines;
	enum kind kind;
	size_t member;
	const char *preset;
} keys[] = {
	{"server", TARGET_LDAP, TEXT, offsetof(struct target_conf, server), ""},
	{"base", TARGET_LDAP, TEXT, offsetof(struct target_conf, base), ""},
	{"bind-dn", TARGET_LDAP, TEXT, offsetof(struct target_conf, bind_dn), ""},
	{"start-tls", TARGET_LDAP, YES_NO, offsetof(struct target_conf, start_tls), "yes"},
	{"tls-ca-file", TARGET_LDAP, TEXT, offsetof(struct target_conf, tls_ca_file), ""},
	{"tls-cert-file", TARGET_LDAP, TEXT, offsetof(struct target_conf, tls_cert_file), ""},
	{"tls-key-file", TARGET_LDAP, TEXT, offsetof(struct target_conf, tls_key_file), ""},
	{"connection", TARGET_PGSQL, TEXT, offsetof(struct target_conf, connection), ""},
	{"service-file", TARGET_PGSQL, TEXT, offsetof(struct target_conf, service_file), ""},
	{"table", TARGET_PGSQL, TEXT, offsetof(struct target_conf, table), "mxward_relay_domain"},
	{"password-file", BOTH, TEXT, offsetof(struct target_conf, password_file), ""},
	{"list", BOTH, TEXT, offsetof(struct target_conf, list), "mxward"},
	{"connect-timeout", BOTH, SECONDS, offsetof(struct target_conf, connect_timeout), "3"},
	{"timeout", BOTH, SECONDS, offsetof(struct target_conf, timeout), "10"},
};

enum { N_KEYS = sizeof keys / sizeof *keys };

enum target_kind target_kind_of(const char *where, const char **file)
{
	if (strncmp(where, "ldap:", 5) == 0) {
		*file = where + 5;
		return TARGET_LDAP;
	}
	if (strncmp(where, "pgsql:", 6) == 0) {
		*file = where + 6;
		return TARGET_PGSQL;
	}
	return 0;
}

static int set(struct target_conf *c, const struct key *k, const char *text)
{
	void *member = (char *)c + k->member;
	size_t n = strspn(text, "0123456789");

	switch (k->kind) {
	case TEXT:
		*(const char **)member = arena_string(&c->arena, text, strlen(text));
		return 0;
	case SECONDS:
		if (n == 0 || n > 3 || text[n])
			return -1;
		*(int *)member = (int)strtol(text, NULL, 10);
		return *(int *)member > 0 ? 0 : -1;
	case YES_NO:
		*(int *)member = strcmp(text, "yes") == 0;
		return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0 ? 0 : -1;
	}
	return -1;
}

static int read_item(struct target_conf *c, const struct conf_item *item, int line_of[N_KEYS], struct err *e)
{
	char shown[80];
	size_t i = 0;

	while (i < N_KEYS && (strcmp(keys[i].name, item->key) != 0 || !(keys[i].engines & (int)c->kind)))
		i++;
	if (i == N_KEYS)
		return err_set(e, ERR_CONFIG, "%s:%d: unknown key '%s'; mxward.conf(5) lists those of %s", item->file,
			       item->line, item->key, c->kind == TARGET_LDAP ? "an ldap target" : "a pgsql target");
	if (line_of[i])
		return err_set(e, ERR_CONFIG, "%s:%d: '%s' is set on line %d already; remove one of the two", item->file,
			       item->line, item->key, line_of[i]);
	line_of[i] = item->line;
	if (set(c, &keys[i], item->text) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s:%d: %s '%s': %s", item->file, item->line, item->key,
		       escape(shown, sizeof shown, item->text, strlen(item->text)),
		       keys[i].kind == YES_NO ? "must be yes or no" : "is no number of seconds from 1 to 999");
}

static int lacks(const struct target_conf *c, const char *key, const char *example, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s: '%s' is missing; write for instance: %s = %s", c->file, key, key, example);
}

/* What no value alone can show. */
static int check_whole(const struct target_conf *c, struct err *e)
{
	if (c->kind == TARGET_PGSQL)
		return c->connection[0] ? 0 : lacks(c, "connection", "host=db.isp.example dbname=mail user=mxward", e);
	if (!c->server[0])
		return lacks(c, "server", "ldaps://ldap.isp.example", e);
	if (!c->base[0])
		return lacks(c, "base", "ou=relay,dc=isp,dc=example", e);
	if (!c->bind_dn[0] != !c->password_file[0])
		return err_set(e, ERR_CONFIG, "%s: bind-dn and password-file go together; without both the certificate of "
			       "tls-cert-file, or the account on an ldapi: socket, says who we are (SASL EXTERNAL)", c->file);
	if (!c->tls_cert_file[0] != !c->tls_key_file[0])
		return err_set(e, ERR_CONFIG, "%s: tls-cert-file and tls-key-file go together", c->file);
	if (!c->list[0])
		return lacks(c, "list", "mxward", e);
	return 0;
}

int target_conf_read(struct target_conf *c, const char *where, struct err *e)
{
	int line_of[N_KEYS] = {0}, rc = 0;
	const char *file = NULL;
	struct conf conf;

	*c = (struct target_conf){.kind = target_kind_of(where, &file)};
	if (!file)
		return err_set(e, ERR_CONFIG, "'%.200s' is no publish target such as ldap:FILE or pgsql:FILE", where);
	c->file = arena_string(&c->arena, file, strlen(file));
	for (size_t i = 0; i < N_KEYS; i++)
		set(c, &keys[i], keys[i].preset);
	if (conf_read(&conf, file, e) != 0) {
		e->code = ERR_CONFIG;
		target_conf_clear(c);
		return -1;
	}
	for (size_t i = 0; i < conf.n_items && rc == 0; i++)
		rc = read_item(c, &conf.item[i], line_of, e);
	conf_clear(&conf);
	if (rc == 0)
		rc = check_whole(c, e);
	if (rc != 0)
		target_conf_clear(c);
	return rc;
}

void target_conf_clear(struct target_conf *c)
{
	arena_clear(&c->arena);
	*c = (struct target_conf){0};
}

int target_conf_password(const struct target_conf *c, struct str *out, struct err *e)
{
	struct stat st;
	size_t end;

	if (!c->password_file[0])
		return 0;
	if (stat(c->password_file, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)))
		return err_set(e, ERR_CONFIG, "the password file '%s' is open to everybody; chmod 0640 it", c->password_file);
	if (file_read(AT_FDCWD, c->password_file, PASSWORD_MAX, out, e) != 0) {
		e->code = ERR_CONFIG;
		return -1;
	}
	end = strcspn(str_text(out), "\r\n");
	str_truncate(out, end);
	if (end == 0)
		return err_set(e, ERR_CONFIG, "the password file '%s' is empty", c->password_file);
	return 0;
}
