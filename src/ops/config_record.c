#include "ops/config_record.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/str.h"
#include "db/config_row.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/ward.h"

/* Of a value that is longer only its length and hash are told. */
enum { VALUE_SHOWN = 400 };

/* A line "key=value" of a text: the value's length, its beginning in *value; 0 and NULL when it is not set. */
static size_t find_value(const char *text, const char *key, size_t key_len, const char **value)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n");

		if (len > key_len && memcmp(at, key, key_len) == 0 && at[key_len] == '=') {
			*value = at + key_len + 1;
			return len - key_len - 1;
		}
		at += len + (at[len] == '\n');
	}
	*value = NULL;
	return 0;
}

static void say(char *out, size_t size, const char *key, size_t key_len, const char *value, size_t len)
{
	char shown[4 * VALUE_SHOWN + 1];

	snprintf(out, size, "%.*s=%s", (int)key_len, key, escape(shown, sizeof shown, value ? value : "", len));
}

/* The same lines, of each long value only its length and its hash. */
static void shorten(struct str *out, const char *text)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n"), key_len = strcspn(at, "=") + 1;
		char hex[2 * AUDIT_HASH + 1];
		uint8_t hash[AUDIT_HASH];

		if (len - key_len > VALUE_SHOWN) {
			audit_commit(hash, at + key_len, len - key_len);
			audit_hex(hex, hash);
			str_add_bytes(out, at, key_len);
			str_addf(out, "(%zu bytes, sha256:%s)\n", len - key_len, hex);
		} else {
			str_add_bytes(out, at, len);
			str_add_char(out, '\n');
		}
		at += len + (at[len] == '\n');
	}
}

static int record_one(struct commit *c, const char *key, size_t key_len, const char *was, const char *is, struct err *e)
{
	char before[4 * VALUE_SHOWN + 100], after[4 * VALUE_SHOWN + 100];
	struct audit_what what = {.action = AUDIT_CONFIG_CHANGE, .customer = "", .domain = "", .before = before,
				  .after = after, .batch = ""};
	const char *old, *new;
	size_t old_len = find_value(was, key, key_len, &old), new_len = find_value(is, key, key_len, &new);

	if (old && new ? old_len == new_len && memcmp(old, new, old_len) == 0 : old == new)
		return 0;
	say(before, sizeof before, key, key_len, old, old_len);
	say(after, sizeof after, key, key_len, new, new_len);
	return auditlog_append(&c->audit, &what, e);
}

/* The keys of one text; with only_lost those that the other has not. */
static int record_keys(struct commit *c, const char *of, const char *was, const char *is, int only_lost, struct err *e)
{
	const char *value;

	for (const char *at = of; *at;) {
		size_t len = strcspn(at, "\n"), key_len = strcspn(at, "=");

		find_value(is, at, key_len, &value);
		if ((!only_lost || !value) && record_one(c, at, key_len, was, is, e) != 0)
			return -1;
		at += len + (at[len] == '\n');
	}
	return 0;
}

static int record_all(struct ward *w, const char *was, const char *is, struct err *e)
{
	struct audit_note note = {.reason = "configuration", .text = "", .ticket = ""};
	struct commit c;

	if (commit_begin(&c, w, "a scan", 0, note, e) != 0)
		return -1;
	if ((was && (record_keys(&c, is, was, is, 0, e) != 0 || record_keys(&c, was, was, is, 1, e) != 0)) ||
	    config_row_put(c.txn, is, e) != 0) {
		commit_drop(&c);
		return -1;
	}
	return commit_end(&c, e);
}

int config_record_changes(struct ward *w, struct err *e)
{
	struct str was = {0}, is = {0};
	struct db_txn *txn;
	int got, rc = 0;

	if (!w->config.said)
		return 0; /* defaults, without a file */
	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	got = config_row_get(txn, &was, e);
	db_abort(txn);
	shorten(&is, w->config.said);
	if (got < 0 || got == 0 || strcmp(str_text(&was), str_text(&is)) != 0)
		rc = got < 0 ? -1 : record_all(w, got ? str_text(&was) : NULL, str_text(&is), e);
	str_clear(&was);
	str_clear(&is);
	return rc;
}
