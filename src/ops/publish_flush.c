/*
 * publish_flush: making smtpd forget the answers it remembers, once per batch.
 *
 * smtpd keeps the last 100 pairs of sender and recipient over sessions, so a deleted name may be accepted for a while
 * although the table has it no more.  A reload ends that for new sessions and needs root; a copy of the table under
 * its name does the same, but only while nothing was renamed in the last seconds: until trivial-rewrite has noticed
 * (a timer of 10 s) it goes on with the old file, and what smtpd asks it then is remembered anew.
 */
#include "ops/publish_inner.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "mta/program.h"
#include "ops/postconf.h"
#include "ops/ward.h"

enum { REFRESH_PAUSE_MS = 15000, RELOAD_SECONDS = 20 };

/* Whether the configured Postfix is one that reads the table: no other is told to reload. */
static int is_used(const struct ward *w, const char *where)
{
	const char *const name[] = {"relay_domains"};
	const char *value[1], *at;
	struct arena a = {0};
	struct err e;
	size_t len = strlen(where), suffix = sizeof ".lmdb" - 1;
	int is = 0;

	if (len > suffix && strcmp(where + len - suffix, ".lmdb") == 0)
		len -= suffix;
	if (postconf_get(w, name, value, 1, &a, &e) == 0)
		for (at = strstr(value[0], "lmdb:"); at && !is; at = strstr(at + 1, "lmdb:"))
			is = strncmp(at + 5, where, len) == 0 && strchr(", \t", at[5 + len]) != NULL;
	arena_clear(&a);
	return is;
}

/* 0 when Postfix was reloaded; else why not, in words. */
static int reload(const struct ward *w, char *why, size_t size)
{
	const char *dir = w->config.postfix_config_directory;
	const char *with_dir[] = {"postfix", "-c", dir, "reload", NULL}, *plain[] = {"postfix", "reload", NULL};
	struct str out = {0};
	char shown[160];
	struct err e;
	int status = 0, rc = program_run(dir[0] ? with_dir : plain, RELOAD_SECONDS, &out, &status, &e);

	if (rc != 0)
		snprintf(why, size, "%s", e.text);
	else if (status != 0)
		snprintf(why, size, "postfix reload failed: %s",
			 escape(shown, sizeof shown, str_text(&out), strcspn(str_text(&out), "\n")));
	str_clear(&out);
	return rc == 0 && status == 0 ? 0 : -1;
}

void publish_flush(const struct publish_run *r, struct publish_plan *p, char *how, size_t size)
{
	const struct ward *w = r->ward;
	int64_t now = date_now_ms();
	char why[500] = "";
	struct err e;

	if (!p->engine->refresh) /* others run those mail servers */
		return;
	if (!w->config.restricted && geteuid() == 0 && is_used(w, p->where)) {
		if (reload(w, why, sizeof why) == 0) {
			snprintf(how, size, "Postfix reloaded");
			return;
		}
		publish_tell(r, "%s: %s", p->where, why);
	}
	if (p->is_new) {
		snprintf(how, size, "a new file: a Postfix that missed it needs a reload (postfix reload)");
		return;
	}
	/* A clock that was set back must not keep it from ever happening again. */
	if (now - p->state.refreshed_ms >= REFRESH_PAUSE_MS || now < p->state.refreshed_ms) {
		if (p->engine->refresh(p->where, &p->at, &e) == 0) {
			p->state.refreshed_ms = now;
			snprintf(how, size, "new sessions see it at once");
			return;
		}
		publish_tell(r, "%s: %s", p->where, e.text);
	}
	snprintf(how, size, "recipients seen lately may get the old answer for up to 100 connections or 100 s idle of an "
		 "smtpd; postfix reload ends that");
}
