#include "ops/brownout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/traffic.h"
#include "ops/commit.h"
#include "ops/postconf.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"

/* The table's name as main.cf has it: without .lmdb. */
static size_t base_length(const char *table)
{
	size_t len = strlen(table), suffix = sizeof ".lmdb" - 1;

	return len > suffix && strcmp(table + len - suffix, ".lmdb") == 0 ? len - suffix : len;
}

static int names_table(const char *restrictions, const char *table)
{
	static const char word[] = "check_recipient_access";
	size_t len = base_length(table);

	for (const char *p = restrictions; (p = strstr(p, word)); p++) {
		const char *t = p + strlen(word);

		t += strspn(t, ", \t");
		if (strncmp(t, "proxy:", 6) == 0)
			t += 6;
		if (strncmp(t, "lmdb:", 5) == 0 && strncmp(t + 5, table, len) == 0 && strchr(", \t", t[5 + len]))
			return 1;
	}
	return 0;
}

int brownout_may_begin(const struct ward *w, char *note, size_t size, struct err *e)
{
	static const char *const name[] = {"smtpd_relay_restrictions", "smtpd_recipient_restrictions"};
	const char *table = w->config.brownout_table, *value[2];
	struct arena a = {0};
	int rc;

	note[0] = '\0';
	if (!table[0])
		return err_set(e, ERR_CONFIG, "no brownout-table is configured; set it in '%s' and have Postfix ask it, see "
			       "mxward.conf(5)", w->config.file ? w->config.file : WARD_CONFIG_FILE);
	rc = postconf_get(w, name, value, 2, &a, e);
	if (rc != 0) {
		snprintf(note, size, "whether Postfix asks the brownout-table was not looked at: %s", e->text);
		rc = 0;
	} else if (!names_table(value[0], table) && !names_table(value[1], table)) {
		rc = err_set(e, ERR_CONFIG, "Postfix does not ask the brownout-table, so nothing would be deferred; put "
			     "check_recipient_access lmdb:%.*s behind permit_mynetworks in smtpd_recipient_restrictions",
			     (int)base_length(table), table);
	}
	arena_clear(&a);
	return rc;
}

int brownout_begin(struct commit *c, const struct entry *entry, int days, const char *reason, const char *ticket,
		   const char *lifted, const struct audit_evidence *evidence, struct err *e)
{
	struct entry after = *entry;
	struct str state = {0};
	int rc;

	after.brown_since = date_now();
	after.brown_until = after.brown_since + (int64_t)days * DATE_DAY;
	after.brown_reason = reason;
	after.brown_ticket = ticket;
	entry_add_state(&state, &after);
	if (lifted[0])
		str_addf(&state, ", lifted: %s", lifted);
	rc = entry_put(c->txn, &after, e);
	if (rc == 0)
		rc = commit_record(c, AUDIT_EDIT, entry, &after, str_text(&state), evidence, e);
	str_clear(&state);
	return rc;
}

static int end_one(struct commit *c, struct arena *a, const char *name, size_t *ended, struct err *e)
{
	struct entry before, after;
	int got = entry_get(c->txn, name, a, &before, e);

	if (got == 0)
		return err_set(e, ERR_NOINPUT, "'%s' is not in the list; nothing was changed", name);
	if (got < 0 || before.brown_until == 0)
		return got < 0 ? -1 : 0;
	after = before;
	after.brown_since = after.brown_until = 0;
	after.brown_reason = after.brown_ticket = "";
	++*ended;
	if (entry_put(c->txn, &after, e) != 0)
		return -1;
	return commit_record(c, AUDIT_EDIT, &before, &after, NULL, NULL, e);
}

int brownout_end(struct ward *w, const char *const *names, size_t n, const char *why, size_t *ended, struct err *e)
{
	struct audit_note note = {.reason = "brownout ended", .text = why, .ticket = ""};
	struct arena a = {0};
	struct commit c;
	int rc = 0;

	*ended = 0;
	if (commit_begin(&c, w, "the end of a brownout", 0, note, e) != 0)
		return -1;
	if (n > 1)
		commit_name_batch(&c);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = end_one(&c, &a, names[i], ended, e);
		arena_reset(&a);
	}
	if (rc == 0 && *ended > 0)
		rc = commit_end(&c, e);
	else
		commit_drop(&c);
	arena_clear(&a);
	return rc;
}

int64_t brownout_knocks(struct db_txn *txn, const struct entry *entry)
{
	int64_t from = date_day(entry->brown_since), to = date_day(date_now());
	struct traffic_coverage c;
	struct maillog_figures f;
	struct err ignored;

	if (traffic_coverage(txn, from, to, &c, &ignored) != 0 || c.days == 0 ||
	    traffic_sum(txn, entry->name, from, to, &f, &ignored) < 0)
		return -1;
	return f.browned;
}

char *brownout_text(char out[BROWNOUT_TEXT], struct db_txn *txn, const struct entry *entry)
{
	char until[DATE_SIZE], since[DATE_SIZE], count[TRAFFIC_TEXT];
	int64_t n;

	out[0] = '\0';
	if (entry->brown_until == 0)
		return out;
	n = brownout_knocks(txn, entry);
	snprintf(out, BROWNOUT_TEXT, "answered 450 since %s, to be deleted after %s; %s recipient%s so far",
		 date_local_minute(since, entry->brown_since), date_local_minute(until, entry->brown_until),
		 traffic_count_text(count, n), n == 1 ? " knocked" : "s knocked");
	if (n < 0)
		snprintf(out + strlen(out), BROWNOUT_TEXT - strlen(out), " (no log since then was read)");
	return out;
}
