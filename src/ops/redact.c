#include "ops/redact.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/manifest.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/chain.h"
#include "ops/commit.h"
#include "ops/ward.h"

#define FILE_MAX ((size_t)1 << 30)

static const char *const names[] = {"note", "operator", "body"};

int redact_part_from_name(const char *name)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* --- withhold ------------------------------------------------------------------------------------ */

static int read_whole(const char *bundle, enum bundle_file f, char path[1200], struct str *out, struct err *e)
{
	if (snprintf(path, 1200, "%s/%s", bundle, bundle_file_name(f)) >= 1200)
		return err_set(e, ERR_NOINPUT, "the path '%.100s...' is too long", bundle);
	return file_read(AT_FDCWD, path, FILE_MAX, out, e);
}

/* What record number commits to. */
static int find_commitment(const struct str *records, enum redact_part part, uint64_t number, const char *bundle,
			   uint8_t hash[AUDIT_HASH], struct err *e)
{
	const char *at = str_text(records), *end = at + records->len, *stop;
	struct arena a = {0};
	struct audit_record r;
	int rc;

	for (uint64_t n = 1; n < number && at < end; n++) {
		stop = memchr(at, '\n', (size_t)(end - at));
		at = stop ? stop + 1 : end;
	}
	stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	if (!stop)
		return err_set(e, ERR_NOINPUT, "the bundle '%s' has no record %" PRIu64, bundle, number);
	rc = audit_record_read(&r, &a, at, (size_t)(stop - at), e);
	if (rc == 0)
		memcpy(hash, part == REDACT_NOTE ? r.note : r.operator, AUDIT_HASH);
	arena_clear(&a);
	return rc;
}

/* All lines but the one that the hash is of; 1 when there was one. */
static int drop_line(const struct str *from, const uint8_t hash[AUDIT_HASH], struct str *to)
{
	const char *at = str_text(from), *end = at + from->len;
	uint8_t this[AUDIT_HASH];
	int dropped = 0;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		audit_commit(this, at, len);
		if (memcmp(this, hash, AUDIT_HASH) == 0)
			dropped = 1;
		else
			str_add_bytes(to, at, len + (stop != NULL));
		at += len + (stop != NULL);
	}
	return dropped;
}

int redact_withhold(const char *bundle, enum redact_part part, uint64_t number, struct err *e)
{
	struct str records = {0}, annex = {0}, rest = {0};
	uint8_t hash[AUDIT_HASH];
	char path[1200];
	int rc;

	if (part == REDACT_BODY)
		return err_set(e, ERR_USAGE, "a body cannot be withheld, only a note or an operator: a bundle without one of its "
					     "records would prove nothing");
	rc = read_whole(bundle, BUNDLE_RECORDS, path, &records, e);
	if (rc == 0)
		rc = find_commitment(&records, part, number, bundle, hash, e);
	if (rc == 0)
		rc = read_whole(bundle, BUNDLE_ANNEX, path, &annex, e);
	if (rc == 0 && !drop_line(&annex, hash, &rest))
		rc = err_set(e, ERR_NOINPUT, "the %s of record %" PRIu64 " is not shown in '%s'; nothing was changed",
			     names[part], number, bundle);
	if (rc == 0)
		rc = file_replace(path, str_text(&rest), rest.len, 0640, e);
	str_clear(&records);
	str_clear(&annex);
	str_clear(&rest);
	return rc;
}

/* --- erase --------------------------------------------------------------------------------------- */

/* What is taken away; 1 it was there, 0 it was gone, -1. */
static int take_away(struct commit *c, enum redact_part part, uint64_t seq, const struct audit_row *row, struct err *e)
{
	int body, note, operator;

	if (part == REDACT_NOTE)
		return chain_erase_annex(c->txn, seq, 'n', e);
	if (part == REDACT_OPERATOR)
		return chain_erase_annex(c->txn, seq, 'o', e);
	if (row->record.action == AUDIT_EXPORT && !row->is_erased)
		return err_set(e, ERR_DATA, "record %" PRIu64 " closes an export, and an export without it would not verify; "
			       "nothing was erased", seq);
	/* What only the body commits to would hang in the air. */
	note = chain_erase_annex(c->txn, seq, 'n', e);
	operator = note < 0 ? -1 : chain_erase_annex(c->txn, seq, 'o', e);
	body = operator < 0 ? -1 : chain_erase_body(c->txn, seq, e);
	return body < 0 ? -1 : body || note || operator;
}

/* That something was erased stands in the chain it was erased from; an erased body does not say which that was. */
static int record_erasure(struct commit *c, enum redact_part part, uint64_t seq, const struct audit_row *row,
			  struct err *e)
{
	char before[64];
	struct audit_what what = {.action = AUDIT_EDIT, .customer = row->record.customer, .domain = row->record.domain,
				  .before = before, .after = "erased", .batch = c->batch};

	snprintf(before, sizeof before, "%s of record %" PRIu64, names[part], seq);
	return auditlog_append(&c->audit, &what, e);
}

int redact_erase(struct ward *w, enum redact_part part, uint64_t seq, const char *reason, int *was_there,
		 struct err *e)
{
	struct audit_note note = {.reason = "erase", .text = reason, .ticket = ""};
	struct arena a = {0};
	struct audit_row row;
	struct commit c;
	int rc;

	*was_there = 0;
	if (!reason[0])
		return err_set(e, ERR_USAGE, "erasing needs a reason for the audit log; nothing was erased");
	if (audit_check_text(reason, 1, "the reason", e) != 0 || commit_begin(&c, w, "an erasure", 0, note, e) != 0)
		return -1;
	rc = auditlog_get(c.txn, seq, &a, &row, e);
	if (rc == 0)
		rc = err_set(e, ERR_NOINPUT, "the audit log has no record %" PRIu64, seq);
	if (rc > 0)
		rc = take_away(&c, part, seq, &row, e);
	*was_there = rc == 1;
	if (rc == 1 && record_erasure(&c, part, seq, &row, e) != 0)
		rc = -1;
	if (rc == 1)
		rc = commit_end(&c, e);
	else
		commit_drop(&c);
	arena_clear(&a);
	return rc;
}
