/*
 * export: an export from the first question to the directory that appears: which chains, their closing records, the
 * bundles.  Part of bundle.h.
 */
#include "ops/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "db/chain.h"
#include "db/env.h"
#include "ops/billing.h"
#include "ops/commit.h"
#include "ops/customer_page.h"
#include "ops/sign.h"
#include "ops/story.h"
#include "ops/ward.h"

enum { PATH_SIZE = 1100, FOLDER_SIZE = 3 * 254 + 1 };

struct export {
	struct ward *ward;
	const struct bundle_options *options;
	struct signer signer;
	struct bundle_chain *chain;
	size_t n, room;
	struct arena arena;
	char fresh[PATH_SIZE]; /* the directory until it is whole */
	struct story *story;
};

/* --- which chains -------------------------------------------------------------------------------- */

static void add_chain(struct export *x, const char *name, uint64_t records)
{
	if (x->n == x->room) {
		x->room = x->room * 2 + 8;
		x->chain = mem_array(x->chain, x->room, sizeof *x->chain);
	}
	x->chain[x->n++] = (struct bundle_chain){arena_string(&x->arena, name, strlen(name)), records, 0};
}

static int find_of_customer(struct export *x, struct db_txn *t, struct err *e)
{
	char name[AUDIT_CHAIN_KEY + 1], prefix[AUDIT_CUSTOMER_MAX + 2];
	size_t len = (size_t)snprintf(prefix, sizeof prefix, "%s/", x->options->customer);
	struct audit_tail end;
	int got;

	memcpy(name, prefix, len + 1);
	while ((got = chain_next(t, name, name, &end, e)) == 1 && strncmp(name, prefix, len) == 0)
		add_chain(x, name, end.number);
	if (got >= 0 && x->n == 0)
		return err_set(e, ERR_NOINPUT, "the audit log has no records of a customer '%s'", x->options->customer);
	return got < 0 ? -1 : 0;
}

/* Of the chains a domain was in, the one with its newest record: an erased body does not say its chain, so it is
 * looked for backwards. */
static int find_newest(struct export *x, struct db_txn *t, char *name, size_t size, struct err *e)
{
	uint64_t *seq;
	size_t n;

	if (auditlog_of_domain(t, x->options->domain, &x->arena, &seq, &n, e) != 0)
		return -1;
	while (n-- > 0) {
		struct audit_row row;

		if (auditlog_get(t, seq[n], &x->arena, &row, e) < 0)
			return -1;
		/* An export of the chain it left long ago does not bring it back there. */
		if (row.is_erased || row.record.action == AUDIT_EXPORT ||
		    strcmp(row.record.after, "transferred out") == 0)
			continue;
		snprintf(name, size, "%s/%s", row.record.customer, x->options->domain);
		return 0;
	}
	return err_set(e, ERR_NOINPUT, "the audit log has no records of '%s'", x->options->domain);
}

static int find_of_domain(struct export *x, struct db_txn *t, struct err *e)
{
	const char *customer = x->options->customer;
	char name[AUDIT_CHAIN_KEY + 1];
	struct audit_tail end;
	int got;

	if (customer)
		snprintf(name, sizeof name, "%s/%s", customer, x->options->domain);
	else if (find_newest(x, t, name, sizeof name, e) != 0)
		return -1;
	got = chain_end(t, name, &end, e);
	if (got == 0)
		return err_set(e, ERR_NOINPUT, "the audit log has no records of '%s' for the customer '%s'",
			       x->options->domain, customer ? customer : "");
	if (got == 1)
		add_chain(x, name, end.number);
	return got < 0 ? -1 : 0;
}

/* --- closing records ----------------------------------------------------------------------------- */

static int close_chain(struct commit *c, struct bundle_chain *chain, struct err *e)
{
	const char *slash = strchr(chain->name, '/');
	char customer[AUDIT_CUSTOMER_MAX + 1];
	struct audit_what what = {.action = AUDIT_EXPORT, .customer = customer, .domain = slash + 1, .before = "",
				  .after = "", .batch = c->batch};

	snprintf(customer, sizeof customer, "%.*s", (int)(slash - chain->name), chain->name);
	chain->closing_seq = auditlog_next(&c->audit);
	chain->records++;
	return auditlog_append(&c->audit, &what, e);
}

static int close_chains(struct export *x, struct err *e)
{
	const struct bundle_options *o = x->options;
	struct audit_note note = {.reason = "export", .text = "", .ticket = o->ticket ? o->ticket : ""};
	struct commit c;
	int rc;

	if (commit_begin(&c, x->ward, "an export", 0, note, e) != 0)
		return -1;
	rc = o->domain ? find_of_domain(x, c.txn, e) : find_of_customer(x, c.txn, e);
	if (x->n > 1)
		commit_name_batch(&c);
	for (size_t i = 0; i < x->n && rc == 0; i++)
		rc = close_chain(&c, &x->chain[i], e);
	if (rc == 0)
		return commit_end(&c, e);
	commit_drop(&c);
	return -1;
}

/* --- the directory ------------------------------------------------------------------------------- */

static int make_fresh(struct export *x, const char *dir, struct err *e)
{
	struct stat st;
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (lstat(dir, &st) == 0)
		return err_set(e, ERR_CANTCREAT, "there is a '%s' already; name a directory that is not there", dir);
	if (snprintf(x->fresh, sizeof x->fresh, "%.*s.new-%ld", (int)len, dir, (long)getpid()) >= PATH_SIZE - 300)
		return err_set(e, ERR_CANTCREAT, "the path '%.100s...' is too long", dir);
	if (mkdir(x->fresh, 0750) != 0)
		return err_errno(e, errno, "cannot make the directory '%s'", x->fresh);
	return 0;
}

static void remove_files(const char *dir, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[PATH_SIZE + 300];

	while (d && (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		if (unlink(path) != 0 && depth > 0)
			remove_files(path, depth - 1);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

/* All files at once: a customer of a thousand domains has eleven thousand of them, and to wait for each takes
 * seconds. */
static int sync_all(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || syncfs(fd) != 0)
		rc = err_errno(e, errno, "cannot write to the directory '%s'", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* A domain as the name of one folder: what is more than a name to a file system is spelled %XX. */
static int folder_of(char out[FOLDER_SIZE], const char *domain, struct err *e)
{
	size_t n = 0;

	for (const char *d = domain; *d; d++) {
		int is_special = *d == '/' || *d == '%' || (*d == '.' && d == domain);

		n += (size_t)snprintf(out + n, FOLDER_SIZE - n, is_special ? "%%%02x" : "%c", (unsigned char)*d);
	}
	if (n == 0)
		n = (size_t)snprintf(out, FOLDER_SIZE, "%%");
	if (n > 255)
		return err_set(e, ERR_CANTCREAT, "the name '%.60s...' is too long for a directory; export it with --domain",
			       domain);
	return 0;
}

/* --- all together -------------------------------------------------------------------------------- */

static int write_folder(struct export *x, struct customer_page *page, const struct bundle_chain *c, struct err *e)
{
	char folder[FOLDER_SIZE], path[PATH_SIZE + 300];

	if (folder_of(folder, strchr(c->name, '/') + 1, e) != 0)
		return -1;
	snprintf(path, sizeof path, "%s/%.255s", x->fresh, folder);
	if (mkdir(path, 0750) != 0)
		return err_errno(e, errno, "cannot make the directory '%s'", path);
	if (bundle_write(&x->signer, x->options, c, path, x->story, e) != 0)
		return -1;
	customer_page_add(page, c, x->story, folder);
	return 0;
}

/* When the oldest record of all chains was written; an erased body does not say. */
static int find_oldest(struct export *x, int64_t *oldest, struct err *e)
{
	struct arena a = {0};
	struct db_txn *txn;
	int rc = 0;

	*oldest = date_now_ms();
	if (db_begin_read(&txn, x->ward->db, e) != 0)
		return -1;
	for (size_t i = 0; i < x->n && rc >= 0; i++) {
		struct audit_row row;
		uint64_t seq;

		arena_reset(&a);
		rc = chain_seq(txn, x->chain[i].name, 1, &seq, e);
		if (rc == 1)
			rc = auditlog_get(txn, seq, &a, &row, e);
		if (rc == 1 && !row.is_erased && row.record.time_ms < *oldest)
			*oldest = row.record.time_ms;
	}
	db_abort(txn);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

static int write_customer(struct export *x, struct err *e)
{
	struct customer_page page = {0};
	struct err later;
	int64_t oldest;
	int rc = find_oldest(x, &oldest, e);

	if (rc == 0)
		rc = customer_page_open(&page, x->ward, x->options, x->fresh, oldest, e);

	for (size_t i = 0; i < x->n && rc == 0; i++)
		rc = write_folder(x, &page, &x->chain[i], e);
	return customer_page_close(&page, rc == 0 ? e : &later) != 0 ? -1 : rc;
}

static int write_all(struct export *x, const char *dir, struct err *e)
{
	int rc;

	/* Twice: of a log that cannot be signed no record may say that an export of it was made. */
	if (signer_prove(&x->signer, NULL, e) != 0 || close_chains(x, e) != 0 || signer_prove(&x->signer, NULL, e) != 0)
		return -1;
	rc = x->options->domain ? bundle_write(&x->signer, x->options, &x->chain[0], x->fresh, x->story, e)
				: write_customer(x, e);
	if (rc == 0)
		rc = sync_all(x->fresh, e);
	/* What leaves the house must be in the state: a later signature may not contradict it. */
	if (rc == 0)
		rc = signer_keep(&x->signer, e);
	if (rc == 0 && rename(x->fresh, dir) != 0)
		rc = err_errno(e, errno, "cannot rename '%s' to '%s'", x->fresh, dir);
	return rc == 0 ? file_sync_directory_of(dir, e) : -1;
}

int bundle_export(struct ward *w, const struct bundle_options *o, const char *dir, struct bundle_told *told,
		  struct err *e)
{
	struct export x = {.ward = w, .options = o};
	char *zone;
	int rc;

	if ((o->customer && audit_check_customer(o->customer, e) != 0) ||
	    (o->domain && audit_check_domain(o->domain, e) != 0))
		return -1;
	if (signer_open(&x.signer, w, e) != 0)
		return -1;
	rc = make_fresh(&x, dir, e);
	if (rc == 0) {
		zone = billing_enter_zone(&w->config);
		x.story = mem_alloc(sizeof *x.story);
		rc = write_all(&x, dir, e);
		if (rc != 0)
			remove_files(x.fresh, 1);
		free(x.story);
		billing_leave_zone(zone);
	}
	*told = (struct bundle_told){.domains = x.n};
	for (size_t i = 0; i < x.n; i++)
		told->records += x.chain[i].records;
	signer_close(&x.signer);
	arena_clear(&x.arena);
	free(x.chain);
	return rc;
}
