#include "ops/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/loop.h"
#include "base/waiting.h"
#include "db/env.h"
#include "ops/commit.h"
#include "ops/publish_inner.h"
#include "ops/ward.h"

enum {
	TRIES = 5,
	LOCK_PAUSE_MS = 20,
	WALK_AGAIN = 1000 /* audit records that whoever asks whether a table is behind may have to look through */
};

void publish_tell(const struct publish_run *r, const char *fmt, ...)
{
	char line[1200];
	va_list ap;

	if (!r->o->tell)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	r->o->tell(r->o->ctx, line);
}

/* --- one publisher at a time -------------------------------------------------------------------------- */

/* A target's byte in the file of locks; two that share one only wait longer. */
static off_t place_of(const char *where)
{
	uint32_t sum = 2166136261u; /* FNV-1a */

	for (; *where; where++)
		sum = (sum ^ (unsigned char)*where) * 16777619u;
	return (off_t)sum;
}

/* Two that publish to one target at once could each undo the other's delta, so they take turns.  A slow target does not
 * keep the others waiting.  The lock ends with the process. */
static int lock_publishing(const struct ward *w, const char *where, struct err *e)
{
	static const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place_of(where), .l_len = 1};
	int64_t until = loop_now() + COMMIT_WAIT_MS;
	struct waiting waiting;
	char path[1024];
	int fd;

	if (snprintf(path, sizeof path, "%s/publish.lock", w->directory) >= (int)sizeof path)
		return err_set(e, ERR_CONFIG, "the name of the directory '%.100s...' is too long", w->directory);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	waiting_begin(&waiting);
	while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		if (loop_now() >= until ||
		    (waiting_is_due(&waiting) && waiting_tell("another mxward, which publishes"))) {
			close(fd);
			return err_set(e, ERR_BUSY, "another mxward is publishing to it; do it again with: mxward publish");
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

/* --- what is committed ---------------------------------------------------------------------------------- */

static int append(struct commit *c, enum audit_action action, const char *before, const char *after, struct err *e)
{
	struct audit_what what = {.action = action, .customer = "", .domain = "", .before = before, .after = after,
				  .batch = ""};

	return auditlog_append(&c->audit, &what, e);
}

/* The state and n records (action, before, after) in one transaction. */
static int commit_state(const struct publish_run *r, const struct publish_plan *p, const char *text,
			const enum audit_action *action, const char *const *before, const char *const *after, int n,
			struct err *e)
{
	struct audit_note note = {.reason = "publish", .text = text, .ticket = ""};
	struct commit c;
	int rc = 0;

	if (commit_begin(&c, r->ward, "publishing", 0, note, e) != 0)
		return -1;
	for (int i = 0; i < n && rc == 0; i++)
		rc = append(&c, action[i], before[i], after[i], e);
	if (rc == 0)
		rc = publish_put(c.txn, p->where, &p->state, e);
	if (rc == 0)
		return commit_end(&c, e);
	commit_drop(&c);
	return -1;
}

/* An intent that was cut off before its done: the table was compared, and the record says with what result. */
static int recover(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	enum audit_action action = AUDIT_PUBLISH_DONE;
	char before[TARGET_SUM_TEXT], now[TARGET_SUM_TEXT], text[700];
	const char *from, *after = "unknown, recovered", *found;

	if (target_sum_is_same(&p->diff.before, &p->state.to))
		found = "the table holds what was intended";
	else if (target_sum_is_same(&p->diff.before, &p->state.from))
		found = "the table is as it was before";
	else
		found = "the table holds neither what was intended nor what it held before";
	snprintf(text, sizeof text, "%.400s: cut off; %s: %s", p->where, found, target_sum_text(now, &p->diff.before));
	publish_tell(r, "%s: an earlier publish was cut off; %s", p->where, found);
	from = target_sum_text(before, &p->state.from);
	p->state.is_intended = 0;
	return commit_state(r, p, text, &action, &from, &after, 1, e);
}

static int commit_intent(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	enum audit_action action[2];
	char published[TARGET_SUM_TEXT], from[TARGET_SUM_TEXT], to[TARGET_SUM_TEXT];
	const char *before[2], *after[2];
	int n = 0;

	p->state.is_intended = 1;
	p->state.from = p->diff.before;
	p->state.to = p->diff.after;
	target_sum_text(from, &p->diff.before);
	if (p->diff.overrule && !p->is_new) {
		action[n] = AUDIT_PUBLISH_DRIFT;
		before[n] = p->state.in_line ? target_sum_text(published, &p->state.sum) : "";
		after[n++] = from;
	}
	action[n] = AUDIT_PUBLISH_INTENT;
	before[n] = from;
	after[n++] = target_sum_text(to, &p->diff.after);
	return commit_state(r, p, p->where, action, before, after, n, e);
}

static int commit_done(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	enum audit_action action = AUDIT_PUBLISH_DONE;
	char from[TARGET_SUM_TEXT], to[TARGET_SUM_TEXT];
	const char *before = target_sum_text(from, &p->diff.before), *after = target_sum_text(to, &p->diff.after);
	int is_done = p->state.is_intended;

	p->state.is_intended = 0;
	p->state.sum = p->diff.after;
	/* That others wrote stays to be seen until all was compared and nothing is left of it. */
	p->state.version = p->is_edition || p->is_brownout || (p->is_whole && p->diff.n_drift == 0)
				   ? p->at
				   : (struct target_version){0};
	p->state.in_line = date_now();
	p->state.upto = p->upto;
	p->state.why = "";
	p->state.failing = 0;
	return commit_state(r, p, p->where, &action, &before, &after, is_done, e);
}

/* Why it failed, for whoever asks later; a failure here has nobody left to be told to. */
static void remember(const struct publish_run *r, const char *where, const char *why)
{
	struct arena a = {0};
	struct publish_state state;
	struct db_txn *t;
	struct err e;

	if (db_begin_write(&t, r->ward->db, "publishing", 0, COMMIT_WAIT_MS, &e) != 0)
		return;
	if (publish_get(t, where, &a, &state, &e) < 0) {
		db_abort(t);
	} else {
		state.why = why;
		if (!state.failing)
			state.failing = date_now();
		if (publish_put(t, where, &state, &e) == 0)
			db_commit(t, &e);
		else
			db_abort(t);
	}
	arena_clear(&a);
}

/* --- one table ------------------------------------------------------------------------------------------ */

static void add_sentence(char *out, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void add_sentence(char *out, size_t size, const char *fmt, ...)
{
	size_t used = strlen(out);
	va_list ap;

	if (used)
		used += (size_t)snprintf(out + used, size - used, "; ");
	va_start(ap, fmt);
	if (used < size)
		vsnprintf(out + used, size - used, fmt, ap);
	va_end(ap);
}

static void tell_changes(const struct publish_run *r, const struct publish_plan *p)
{
	char shown[600];

	for (size_t i = 0; i < p->diff.n_changes; i++) {
		const struct target_change *c = &p->diff.change[i];

		publish_tell(r, "%s %s", c->value ? "put   " : "remove",
			     escape(shown, sizeof shown, c->key, strlen(c->key)));
	}
}

/* Writes the delta and flushes: 0, 1 when somebody else wrote meanwhile, -1. */
static int write_table(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	const struct target_diff *d = &p->diff;
	char how[300] = "";
	int rc;

	if (!p->state.is_intended && commit_intent(r, p, e) != 0)
		return -1;
	rc = p->is_new ? p->engine->create(p->where, d->change, d->n_changes, &p->at, e)
		       : p->engine->apply(p->where, d->change, d->n_changes, &p->at, e);
	if (rc != 0)
		return rc;
	if (!p->is_brownout) /* smtpd looks an access table up for each recipient */
		publish_flush(r, p, how, sizeof how);
	if (commit_done(r, p, e) != 0)
		return -1;
	r->result->added += d->added;
	r->result->removed += d->removed;
	r->result->changed += d->n_changes - d->added - d->removed;
	add_sentence(r->result->note, sizeof r->result->note, "published to '%s': %zu in, %zu out%s%s", p->where, d->added,
		     d->removed, how[0] ? ", " : "", how);
	return 0;
}

/* What was intended and is still all to be done needs no new record: a server that refuses for days would fill the log. */
static int is_same_intent(const struct publish_plan *p)
{
	return p->diff.n_changes > 0 && target_sum_is_same(&p->diff.before, &p->state.from) &&
	       target_sum_is_same(&p->diff.after, &p->state.to);
}

/* With nothing to write the table is in line, and only the database learns of it. */
static int bring_in_line(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	if (p->state.is_intended && !is_same_intent(p) && recover(r, p, e) != 0)
		return -1;
	if (p->diff.n_changes > 0 || p->is_new)
		return write_table(r, p, e);
	if (p->touched == 0 && p->state.in_line && !p->state.why[0] && p->upto - p->state.upto < WALK_AGAIN &&
	    (p->is_edition || p->diff.n_drift > 0))
		return 0;
	return commit_done(r, p, e);
}

static int look(const struct publish_run *r, struct publish_plan *p)
{
	const struct target_diff *d = &p->diff;

	if (p->is_new)
		publish_tell(r, "%s: there is no table; it would be made with %zu key%s", p->where, d->n_changes,
			     d->n_changes == 1 ? "" : "s");
	else
		publish_tell(r, "%s: %llu key%s; %zu to put, %zu to remove, %zu changed by others", p->where,
			     (unsigned long long)d->before.count, d->before.count == 1 ? "" : "s", d->n_changes - d->removed, d->removed, d->n_drift);
	if (p->state.is_intended)
		publish_tell(r, "%s: an earlier publish was cut off", p->where);
	if (p->state.why[0])
		publish_tell(r, "%s: the last publish failed: %s", p->where, p->state.why);
	tell_changes(r, p);
	r->result->behind += d->n_changes > 0 || p->state.is_intended;
	return 0;
}

static int do_once(const struct publish_run *r, struct publish_plan *p, struct err *e)
{
	enum publish_how how = r->o->how;
	int rc = 0;

	if (how == PUBLISH_OVERRULE && !p->is_new && publish_check_agreed(r, p->diff.undone, p->where, e) != 0)
		return -1;
	if (how == PUBLISH_LOOK)
		look(r, p);
	else
		rc = bring_in_line(r, p, e);
	if (rc != 0)
		return rc;
	if (how != PUBLISH_CHANGES && how != PUBLISH_LOOK)
		tell_changes(r, p);
	r->result->drift += p->diff.n_drift;
	publish_tell_drift(r, p);
	if (how == PUBLISH_LOOK && !p->is_brownout)
		publish_tell_facts(r, p);
	return 0;
}

/* 0, or -1.  Tries again while others write between our reading and our writing. */
static int publish_one(const struct publish_run *r, const char *where, struct err *e)
{
	int is_whole = r->o->how != PUBLISH_CHANGES, rc = 1;

	for (int i = 0; i < TRIES && rc == 1; i++) {
		struct publish_plan p;

		if (where == r->ward->config.brownout_table) {
			rc = publish_brownout_plan(r, &p, where, e);
			if (rc == 0)
				rc = do_once(r, &p, e);
			publish_plan_clear(&p);
			continue;
		}
		rc = publish_plan_make(&p, r->ward, where, is_whole, r->o->how == PUBLISH_OVERRULE, e);
		if (rc == 0 && r->o->how == PUBLISH_ADOPT && p.diff.n_drift > 0) {
			rc = publish_adopt(r, &p, e);
			publish_plan_clear(&p);
			if (rc == 0)
				rc = publish_plan_make(&p, r->ward, where, 1, 0, e);
			else
				return -1;
		}
		if (rc == 0)
			rc = do_once(r, &p, e);
		publish_plan_clear(&p);
	}
	if (rc == 1)
		return err_set(e, ERR_BUSY, "other programs keep writing to the table '%s'; do it again with: mxward publish",
			       where);
	return rc;
}

/* --- all tables ------------------------------------------------------------------------------------------- */

/* One target, in its turn. */
static int publish_in_turn(const struct publish_run *r, const char *where, struct err *e)
{
	int lock, rc;

	if (r->o->how == PUBLISH_LOOK)
		return publish_one(r, where, e);
	lock = lock_publishing(r->ward, where, e);
	if (lock < 0)
		return -1;
	rc = publish_one(r, where, e);
	close(lock);
	return rc;
}

static void publish_all(const struct publish_run *r, struct err *e)
{
	const char *where;

	for (size_t i = 0; (where = publish_target(r->ward, i)) != NULL; i++) {
		char ignored[300];
		struct err why;

		/* What is in line is not asked whether it is: it may be a thousand miles away. */
		if (r->o->how == PUBLISH_CHANGES && !publish_target_is_behind(r->ward, where, ignored, sizeof ignored))
			continue;
		if (publish_in_turn(r, where, &why) == 0)
			continue;
		r->result->behind++;
		add_sentence(r->result->note, sizeof r->result->note, "'%s' is not in line: %s", where, why.text);
		if (r->o->how == PUBLISH_LOOK)
			publish_tell(r, "%s: %s", where, why.text);
		else
			remember(r, where, why.text);
		*e = why;
	}
}

int publish_run(struct ward *w, const struct publish_options *o, struct publish_result *result, struct err *e)
{
	/* cppcheck-suppress ctuuninitvar ; only where it is, what it holds is set below */
	struct publish_run r = {w, o, result};

	*result = (struct publish_result){0};
	if (!publish_target(w, 0))
		return err_set(e, ERR_CONFIG, "no postfix-table and no publish-target is configured, so there is nothing to "
			       "publish to; set one in '%s'", w->config.file ? w->config.file : WARD_CONFIG_FILE);
	if (o->how != PUBLISH_LOOK && ward_may_change(w, e) != 0)
		return -1;
	publish_all(&r, e);
	/* What was adopted from a table is still missing in those before it. */
	if (o->how == PUBLISH_ADOPT && result->behind == 0) {
		struct publish_options rest = *o;

		rest.how = PUBLISH_CHANGES;
		r.o = &rest;
		publish_all(&r, e);
	}
	return 0;
}

int publish_after_change(struct ward *w, char *note, size_t size)
{
	struct publish_options o = {.how = PUBLISH_CHANGES};
	struct publish_result result;
	struct err e;

	note[0] = '\0';
	if (!publish_is_behind(w, note, size))
		return 0;
	if (publish_run(w, &o, &result, &e) != 0)
		snprintf(result.note, sizeof result.note, "committed, but not published: %s", e.text);
	else if (result.behind == 0) {
		snprintf(note, size, "%s", result.note);
		return 0;
	}
	snprintf(note, size, "%s; what is left is done by: mxward publish", result.note);
	return 1;
}
