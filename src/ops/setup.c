#include "ops/setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "db/env.h"
#include "mta/main_cf.h"
#include "mta/program.h"
#include "ops/change.h"
#include "ops/import.h"
#include "ops/ward.h"

/* What "all" of inet_interfaces means on this machine now. */
static void add_interfaces(struct main_cf *m)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) != 0) {
		str_add(&m->doubts, "the addresses of this machine cannot be asked for; set relay-address\n");
		return;
	}
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		const void *address = NULL;

		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET)
			address = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
		else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6)
			address = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
		if (address && inet_ntop(i->ifa_addr->sa_family, address, text, sizeof text))
			main_cf_add_address(m, text);
	}
	freeifaddrs(all);
}

static int ask(struct main_cf *m, const char *directory, struct err *e)
{
	const char *value[N_MAIN_CF];
	struct arena a = {0};
	int rc = program_postconf(directory, main_cf_names, value, N_MAIN_CF, &a, e);

	if (rc == 0) {
		main_cf_read(m, value);
		if (m->asks_interfaces)
			add_interfaces(m);
		main_cf_finish(m);
	}
	arena_clear(&a);
	return rc;
}

/* A key with what was found, or as a comment with what it could look like. */
static void add_key(struct str *out, const char *comment, const char *key, const char *value, const char *example)
{
	str_addf(out, "\n# %s\n%s%s = %s\n", comment, value[0] ? "" : "#", key, value[0] ? value : example);
}

static void describe(struct str *out, const struct main_cf *m, const char *directory, const char *postfix)
{
	str_add(out, "# mxward.conf: made from Postfix's configuration; look it through.  See mxward.conf(5).\n");
	add_key(out, "Names of the relays as MX records name them.  *.x is any depth below x.", "relay-host", m->host,
		"backup.isp.example");
	add_key(out, "Their addresses: a customer's own name for us is recognised by them.", "relay-address",
		str_text(&m->addresses), "198.51.100.10, 2001:db8::10");
	add_key(out, "Networks that are ours: a primary in them is local.  Do not forget IPv6.", "network",
		str_text(&m->networks), "198.51.100.0/24, 2001:db8::/32");
	add_key(out, "Default: the name servers of /etc/resolv.conf.", "resolver", "", "127.0.0.1");
	add_key(out, "The directory of the list.", "database", directory, "");
	add_key(out, "The tables that every change is published to.", "postfix-table", str_text(&m->published),
		"/etc/postfix/relay_domains.lmdb");
	add_key(out, "Where the main.cf of this Postfix is; default: Postfix's own.", "postfix-config-directory", postfix,
		"/etc/postfix");
	if (m->doubts.len) {
		str_add(out, "\n# What could not be known:\n# ");
		for (const char *p = m->doubts.bytes; *p; p++) {
			str_add_char(out, *p);
			if (*p == '\n' && p[1])
				str_add(out, "# ");
		}
	}
}

/* Whole, under its name, or not at all; one that is there is never written over. */
static int write_config(const char *path, const struct str *text, struct err *e)
{
	char temp[1024];
	int fd, rc = 0;

	if (snprintf(temp, sizeof temp, "%s.new-%ld", path, (long)getpid()) >= (int)sizeof temp)
		return err_set(e, ERR_CANTCREAT, "the path '%.200s...' is too long", path);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(e, errno, "cannot make '%s'", temp);
	rc = file_write(fd, temp, text->bytes, text->len, e);
	if (rc == 0 && fchmod(fd, 0644) != 0)
		rc = err_errno(e, errno, "cannot set the mode of '%s'", temp);
	close(fd);
	if (rc == 0 && link(temp, path) != 0)
		rc = errno == EEXIST ? err_set(e, ERR_CANTCREAT, "'%s' is there already; nothing was changed, name another "
					       "one with -c", path)
				     : err_errno(e, errno, "cannot make '%s'", path);
	unlink(temp);
	return rc == 0 ? file_sync_directory_of(path, e) : rc;
}

static void tell(const struct setup_options *o, const char *text)
{
	if (o->tell)
		o->tell(o->ctx, 0, text);
}

/* Of several tables a line's number says little without the table's name. */
struct telling {
	const struct setup_options *o;
	const char *path;
};

static void tell_of_table(void *ctx, long line, const char *text)
{
	const struct telling *t = ctx;
	struct str out = {0};

	if (line > 0)
		str_addf(&out, "%s, line %ld: %s", t->path, line, text);
	else
		str_addf(&out, "%s: %s", t->path, text);
	tell(t->o, str_text(&out));
	str_clear(&out);
}

/* A table that cannot be read does not keep the others from being imported. */
static void import_all(struct ward *w, const struct main_cf *m, const struct setup_options *o, struct setup_result *r)
{
	struct err e;

	for (size_t i = 0; i < m->n_tables; i++) {
		struct telling of = {o, m->table[i].path};
		struct import_options how = {.format = m->table[i].format, .tell = tell_of_table, .ctx = &of};
		struct import_result got;

		if (import_table(w, m->table[i].path, &how, &got, &e) != 0) {
			tell(o, e.text);
			r->tables_failed++;
			continue;
		}
		r->added += got.added;
		r->refused += got.refused;
	}
	for (size_t i = 0; i < m->n_names; i++) {
		struct change c = {.contract_end = -1, .confirmed = -1};

		if (change_add(w, m->name[i], &c, &e) == 0) {
			r->added++;
		} else {
			tell(o, e.text);
			r->refused++;
		}
	}
}

static int set_up(struct ward *w, const struct main_cf *m, const struct setup_options *o, struct setup_result *r,
		  struct err *e)
{
	struct config config;
	struct str text = {0};
	int rc;

	describe(&text, m, w->directory, o->postfix_directory);
	rc = write_config(o->config_file, &text, e);
	str_clear(&text);
	if (rc != 0)
		return -1;
	config_init(&config);
	rc = config_read(&config, o->config_file, e);
	config_clear(&config);
	if (rc == 0)
		rc = db_create(w->directory, e);
	if (rc != 0) {
		unlink(o->config_file); /* the one that was just made */
		return -1;
	}
	if (db_open(&w->db, w->directory, DB_READ_WRITE, e) != 0)
		return -1;
	import_all(w, m, o, r);
	return 0;
}

int setup_from_postfix(struct ward *w, const struct setup_options *o, struct setup_result *r, struct str *doubts,
		       struct err *e)
{
	struct main_cf m = {0};
	int rc;

	*r = (struct setup_result){0};
	if (w->config.restricted)
		return err_set(e, ERR_PERM, "restricted = yes starts no program, so Postfix cannot be asked");
	if (ask(&m, o->postfix_directory, e) != 0)
		return -1;
	rc = set_up(w, &m, o, r, e);
	str_add(doubts, str_text(&m.doubts));
	main_cf_clear(&m);
	return rc;
}
