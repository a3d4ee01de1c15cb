/*
 * publish_facts: what makes a mail server's table less than the whole truth about what is accepted.
 *
 * Told by `publish --dry-run`, a line each: a text source beside the table that postmap would bring back, subdomains
 * that stay accepted through their parent, keys that no lookup ever finds, and a Postfix that goes by MX records
 * instead of lists.  Whatever cannot be asked is said, not guessed.
 */
#include "ops/publish_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "relay/name.h"
#include "ops/postconf.h"
#include "ops/ward.h"

enum { SHOWN = 5 }; /* names of each kind; the rest is counted */

/* --- the text beside the table ---------------------------------------------------------------------------- */

struct source {
	const struct publish_plan *plan;
	size_t foreign, found;
	char first[200];
};

static const struct target_wish *find_wish(const struct publish_plan *p, const char *key)
{
	struct target_wish want = {.key = key};

	return p->n_wishes ? bsearch(&want, p->wish, p->n_wishes, sizeof want, target_wish_order) : NULL;
}

static int take_source_row(void *ctx, const struct table_row *row)
{
	struct source *s = ctx;
	const struct target_wish *w;
	char name[NAME_SIZE];

	if (row->why || name_from_text(name, row->name, row->name_len, NULL) == NAME_REFUSED)
		return 0;
	w = find_wish(s->plan, name);
	if (w && w->value) {
		s->found++;
	} else {
		if (s->foreign++ == 0)
			escape(s->first, sizeof s->first, name, strlen(name));
	}
	return 0;
}

/* postmap makes the table anew from the text of the same name, and with it whatever was deleted here. */
static void tell_source(const struct publish_run *r, const struct publish_plan *p)
{
	size_t len = strlen(p->where), suffix = sizeof ".lmdb" - 1;
	struct source s = {.plan = p};
	char path[1024];
	struct err e;
	int fd, rc;

	if (len <= suffix || len >= sizeof path || strcmp(p->where + len - suffix, ".lmdb") != 0)
		return;
	snprintf(path, sizeof path, "%.*s", (int)(len - suffix), p->where);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		if (errno != ENOENT)
			publish_tell(r, "note: the text '%s' beside the table cannot be read: %s", path, strerror(errno));
		return;
	}
	rc = table_read(fd, path, TABLE_POSTFIX, take_source_row, &s, &e);
	close(fd);
	if (rc != 0)
		publish_tell(r, "note: the text beside the table cannot be compared: %s", e.text);
	else if (s.foreign)
		publish_tell(r, "note: '%s' beside the table still has %zu name%s that the list does not have (%s%s); the next "
			     "postmap brings %s back, remove that file", path, s.foreign, s.foreign == 1 ? "" : "s", s.first,
			     s.foreign > 1 ? ", ..." : "", s.foreign == 1 ? "it" : "them");
	else
		publish_tell(r, "note: '%s' beside the table is not kept in line; the next postmap undoes what is changed "
			     "here, remove that file", path);
}

/* --- Postfix's configuration -------------------------------------------------------------------------------- */

/* Names that are covered by another one, or that no lookup finds. */
static void tell_keys(const struct publish_run *r, const struct publish_plan *p, int parent_matches)
{
	char covered_by[SHOWN][NAME_SIZE * 2], inert[SHOWN][NAME_SIZE];
	size_t n_covered = 0, n_inert = 0;

	for (size_t i = 0; i < p->n_wishes; i++) {
		const char *key = p->wish[i].key, *parent;

		if (!p->wish[i].value)
			continue;
		if (key[0] == '.' ? parent_matches : strchr("*[", key[0]) != NULL) {
			if (n_inert < SHOWN)
				snprintf(inert[n_inert], sizeof inert[0], "%s", key);
			n_inert++;
			continue;
		}
		for (parent = name_parent(key); parent && key[0] != '.'; parent = name_parent(parent)) {
			const struct target_wish *w = find_wish(p, parent - !parent_matches);

			if (!w || !w->value)
				continue;
			if (n_covered < SHOWN)
				snprintf(covered_by[n_covered], sizeof covered_by[0], "%.250s by %.250s", key, w->key);
			n_covered++;
			break;
		}
	}
	for (size_t i = 0; i < n_covered && i < SHOWN; i++)
		publish_tell(r, "note: covered: %s; it stays accepted when it is deleted", covered_by[i]);
	if (n_covered > SHOWN)
		publish_tell(r, "note: covered: and %zu more", n_covered - SHOWN);
	for (size_t i = 0; i < n_inert && i < SHOWN; i++)
		publish_tell(r, "note: inert: Postfix never finds the key %s", inert[i]);
	if (n_inert > SHOWN)
		publish_tell(r, "note: inert: and %zu more", n_inert - SHOWN);
}

enum { ASKED_DOMAINS, ASKED_RELAY, ASKED_RECIPIENT, N_ASKED };

/* Whether a word of relay_domains is a table that this list is published to. */
static int is_ours(const struct config *c, const char *word, size_t len)
{
	static const char type[] = "lmdb:", suffix[] = ".lmdb";

	for (size_t i = 0; i < c->postfix_tables.n; i++) {
		const char *table = c->postfix_tables.value[i];
		size_t base = strlen(table);

		if (base > strlen(suffix) && strcmp(table + base - strlen(suffix), suffix) == 0)
			base -= strlen(suffix);
		if (len == strlen(type) + base && memcmp(word, type, strlen(type)) == 0 &&
		    memcmp(word + strlen(type), table, base) == 0)
			return 1;
	}
	return 0;
}

/* What else decides: a name in it stays accepted when it is deleted here. */
static void tell_other_sources(const struct publish_run *r, const char *domains)
{
	char shown[300];

	while (*(domains += strspn(domains, ", \t"))) {
		size_t len = strcspn(domains, ", \t");

		if (!is_ours(&r->ward->config, domains, len))
			publish_tell(r, "note: relay_domains of this Postfix names %s too; what that accepts stays accepted when it is "
				     "deleted here", escape(shown, sizeof shown, domains, len));
		domains += len;
	}
}

static void tell_postfix(const struct publish_run *r, const struct publish_plan *p, const char *const value[N_ASKED])
{
	size_t len = strlen(p->where), suffix = sizeof ".lmdb" - 1;
	char base[1024];

	snprintf(base, sizeof base, "lmdb:%.*s", (int)(len > suffix ? len - suffix : len), p->where);
	if (!postconf_has_word(value[ASKED_DOMAINS], base))
		publish_tell(r, "note: relay_domains of this Postfix does not name %s", base);
	tell_other_sources(r, value[ASKED_DOMAINS]);
	for (int i = ASKED_RELAY; i <= ASKED_RECIPIENT; i++)
		if (postconf_has_word(value[i], "permit_mx_backup"))
			publish_tell(r, "note: permit_mx_backup is in use: mail is accepted for any domain whose MX names us, "
				     "so the list is not the truth (%s)",
				     i == ASKED_RELAY ? "smtpd_relay_restrictions" : "smtpd_recipient_restrictions");
}

void publish_tell_facts(const struct publish_run *r, const struct publish_plan *p)
{
	static const char *const name[N_ASKED] = {"relay_domains", "smtpd_relay_restrictions",
						  "smtpd_recipient_restrictions"};
	const char *value[N_ASKED];
	struct arena a = {0};
	struct err e;

	if (!p->engine->create) { /* whatever reads it, it is not the Postfix of this host that can be asked */
		tell_keys(r, p, postconf_parent_matches(r->ward));
		return;
	}
	tell_source(r, p);
	if (postconf_get(r->ward, name, value, N_ASKED, &a, &e) != 0)
		publish_tell(r, "note: Postfix was not asked how it is configured: %s", e.text);
	else
		tell_postfix(r, p, value);
	tell_keys(r, p, postconf_parent_matches(r->ward));
	arena_clear(&a);
}
