#include "ops/bring_back.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/backup.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/sign.h"
#include "ops/ward.h"

/* A log: how long it is, and its root. */
struct log {
	int is_known;
	uint64_t size;
	uint8_t root[AUDIT_HASH];
};

struct bringing {
	struct ward *ward;
	const char *origin;
	struct log present, is_signed; /* what is there now, and what was signed last */
	int is_fork;
	struct log left; /* the longer of the two, which the new log leaves behind */
};

/* size 0 asks for all there is. */
static int read_log(const char *dir, uint64_t size, struct log *out, struct err *e)
{
	struct db_txn *txn;
	struct db *db;
	int rc;

	*out = (struct log){.size = size};
	if (db_open(&db, dir, DB_READ_ONLY, e) != 0)
		return -1;
	rc = db_begin_read(&txn, db, e);
	if (rc == 0) {
		if (size == 0)
			rc = auditlog_size(txn, &out->size, e);
		if (rc == 0)
			rc = auditlog_root(txn, out->size, out->root, e);
		db_abort(txn);
	}
	db_close(db);
	out->is_known = rc == 0;
	return rc;
}

/* The backup's log must have all of the other and begin as it does: 1, 0, or -1 when that cannot be read. */
static int goes_on_from(const char *copy, const struct log *backup, const struct log *other, struct err *e)
{
	struct log begin;

	if (!other->is_known || other->size == 0)
		return 1;
	if (backup->size < other->size)
		return 0;
	if (read_log(copy, other->size, &begin, e) != 0)
		return -1;
	return memcmp(begin.root, other->root, AUDIT_HASH) == 0;
}

/* The first record of the new log says what it left behind. */
static int record_epoch(const struct bringing *b, struct ward *copied, struct err *e)
{
	struct audit_note note = {.reason = "restore-backup", .text = "", .ticket = ""};
	struct str before = {0};
	struct audit_what what = {.action = AUDIT_EPOCH, .customer = "", .domain = "", .after = b->origin, .batch = ""};
	struct commit c;
	int rc;

	if (commit_begin(&c, copied, "a new log", 0, note, e) != 0)
		return -1;
	str_addf(&before, "size %" PRIu64 " root ", b->left.size);
	base64_add(&before, b->left.root, AUDIT_HASH);
	what.before = str_text(&before);
	rc = auditlog_append(&c.audit, &what, e);
	if (rc == 0)
		rc = commit_end(&c, e);
	else
		commit_drop(&c);
	str_clear(&before);
	return rc;
}

/* In the copy, so that it comes into place with its new log or not at all: without it the old log would go on, forked. */
static int begin_log(const struct bringing *b, const char *copy, struct err *e)
{
	struct ward copied = *b->ward;
	struct err why;
	int rc;

	copied.directory = copy;
	copied.db = NULL;
	rc = ward_open_database(&copied, &why);
	if (rc == 0) {
		rc = record_epoch(b, &copied, &why);
		db_close(copied.db);
	}
	return rc == 0 ? 0 : err_set(e, why.code, "the new log cannot be begun: %.300s; nothing was replaced", why.text);
}

static int may_take(void *ctx, const char *copy, struct err *e)
{
	struct bringing *b = ctx;
	struct log backup;
	int present, is_signed;

	/* A database that is damaged or was not there says nothing; then the signer's state is what is known.  That there
	 * was no memory or no descriptor is no damage. */
	if (read_log(b->ward->directory, 0, &b->present, e) != 0 && e->code == ERR_OS)
		return -1;
	if (read_log(copy, 0, &backup, e) != 0)
		return -1;
	present = goes_on_from(copy, &backup, &b->present, e);
	is_signed = present < 0 ? -1 : goes_on_from(copy, &backup, &b->is_signed, e);
	if (is_signed < 0)
		return -1;
	b->is_fork = !present || !is_signed;
	b->left = b->is_signed.is_known && (!b->present.is_known || b->is_signed.size > b->present.size) ? b->is_signed
													    : b->present;
	if (!b->is_fork)
		return 0;
	if (b->origin)
		return begin_log(b, copy, e);
	return err_set(e, ERR_DATA, "the backup's audit log has %" PRIu64 " records and does not hold what was recorded or signed "
				    "since (%" PRIu64 "): going on from it would fork the log; nothing was replaced, take a "
				    "newer backup, or begin a new log from it with --origin NAME",
		       backup.size, b->left.size);
}

/* The signer's state, where this account may read it: the database itself may be the one that is lost. */
static int read_signed(struct bringing *b, struct err *e)
{
	struct signer s;

	/* No signer, or none that this account may read; else what cannot be read may say that more was signed, which a new
	 * log does not mind. */
	if (signer_open(&s, b->ward, e) != 0)
		return b->origin || e->code == ERR_CONFIG || e->code == ERR_NOINPUT || e->code == ERR_PERM ? 0 : -1;
	if (s.has_state) {
		b->is_signed = (struct log){.is_known = 1, .size = s.state.size};
		memcpy(b->is_signed.root, s.state.root, AUDIT_HASH);
	}
	signer_close(&s);
	return 0;
}

int bring_back(struct ward *w, const char *file, const char *origin, int *is_new_log, struct err *e)
{
	struct bringing b = {.ward = w, .origin = origin};

	if (origin && note_check_name(origin, e) != 0)
		return -1;
	if (w->read_only)
		return ward_may_change(w, e);
	if (read_signed(&b, e) != 0)
		return -1;
	if (backup_restore(w->directory, file, may_take, &b, e) != 0)
		return -1;
	*is_new_log = b.is_fork;
	return 0;
}
