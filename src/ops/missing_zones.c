/*
 * missing_zones: the zones of our own name servers beside the list, part of missing.h.
 *
 * A zone that we serve is the truth about its names, but not about what it delegates or leads elsewhere by
 * an alias; of those nothing is said.
 */
#include "ops/missing.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "db/entries.h"
#include "db/env.h"
#include "mta/maillog_words.h"
#include "mta/zonefile.h"
#include "ops/cover.h"
#include "ops/missing_near.h"
#include "ops/postconf.h"
#include "ops/ward.h"

enum { NAMES_US = 1, IS_OURS = 2, IS_ELSEWHERE = 4 };

struct mx {
	struct maillog_word *owner, *target;
};

struct zone {
	const struct site *site;
	const char *path;
	char origin[NAME_SIZE];
	struct maillog_words names; /* with the bits above */
	struct mx *mx;
	size_t n_mx, room;
};

static struct maillog_word *word_of(struct zone *z, const char *name)
{
	return maillog_words_get(&z->names, name, strlen(name));
}

static void on_record(void *ctx, const struct zonefile_record *r)
{
	struct zone *z = ctx;

	switch (r->type) {
	case ZONEFILE_ADDRESS:
		if (netset_has(&z->site->relay_addresses, &r->address))
			word_of(z, r->owner)->bits |= IS_OURS;
		break;
	case ZONEFILE_NS:
	case ZONEFILE_ALIAS:
		word_of(z, r->owner)->bits |= IS_ELSEWHERE;
		break;
	case ZONEFILE_MX:
		if (z->n_mx == z->room) {
			z->room = z->room * 2 + 64;
			z->mx = mem_array(z->mx, z->room, sizeof *z->mx);
		}
		z->mx[z->n_mx++] = (struct mx){word_of(z, r->owner), word_of(z, r->target)};
		break;
	}
}

static void find_ours(struct zone *z)
{
	for (size_t i = 0; i < z->n_mx; i++)
		if (z->mx[i].target->bits & IS_OURS || name_list_has(&z->site->relay_hosts, z->mx[i].target->text))
			z->mx[i].owner->bits |= NAMES_US;
}

static struct missing_name *add(struct missing_result *out, struct missing_name **found, size_t *room, const char *name,
				const struct zone *z)
{
	if (out->n == *room) {
		*room = *room * 2 + 64;
		*found = mem_array(*found, *room, sizeof(**found));
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): before the first name room is 0, as n is */
	(*found)[out->n] = (struct missing_name){.name = arena_string(&out->arena, name, strlen(name)), .zone = z->path};
	return &(*found)[out->n++];
}

/* "*.x" of a zone is the entry ".x". */
static const char *as_entry(const char *owner)
{
	return owner[0] == '*' && owner[1] == '.' ? owner + 1 : owner;
}

static int find_missing(struct ward *w, struct zone *z, struct db_txn *txn, struct missing_result *out,
			struct missing_name **found, size_t *room, struct err *e)
{
	for (size_t i = 0; i < z->names.n_slots; i++) {
		struct maillog_word *word = z->names.slot[i];
		char name[NAME_SIZE];
		int got = 0;

		if (!word || !(word->bits & NAMES_US))
			continue;
		strcpy(name, as_entry(word->text));
		if (txn)
			got = cover_find(txn, name, postconf_parent_matches(w), e);
		if (got < 0)
			return -1;
		if (got == 0)
			add(out, found, room, as_entry(word->text), z);
	}
	return 0;
}

/* Whether the zone may still lead an entry's mail to us: by its own MX, by a wildcard above it, or because
 * an alias or a delegation takes it out of our sight. */
static int may_name_us(struct zone *z, const char *name)
{
	char wildcard[NAME_SIZE + 2];

	if (word_of(z, name)->bits & NAMES_US)
		return 1;
	for (const char *d = name; d && name_is_under(d, z->origin); d = name_parent(d)) {
		if (strcmp(d, z->origin) != 0 && word_of(z, d)->bits & IS_ELSEWHERE)
			return 1;
		if (strlen(d) + 3 > NAME_SIZE)
			return 1;
		wildcard[0] = '*';
		wildcard[1] = '.';
		strcpy(wildcard + 2, d);
		if (word_of(z, wildcard)->bits & (NAMES_US | IS_ELSEWHERE))
			return 1;
	}
	return 0;
}

static void look_at_entry(struct zone *z, const char *name, struct missing_result *out, struct missing_name **found,
			  size_t *room)
{
	if (name_kind(name) == NAME_DOMAIN && !may_name_us(z, name))
		add(out, found, room, name, z)->is_listed = 1;
}

/* The zone's names lie together in the list, right behind its own. */
static int find_gone(struct zone *z, struct db_txn *txn, struct missing_result *out, struct missing_name **found,
		     size_t *room, struct err *e)
{
	struct entry_walk walk;
	struct entry entry;
	int got = entry_get(txn, z->origin, NULL, &entry, e);

	if (got < 0)
		return -1;
	if (got == 1)
		look_at_entry(z, z->origin, out, found, room);
	got = walk_begin(&walk, txn, z->origin, 0, e);
	if (got == 0)
		while ((got = walk_next(&walk, e)) == 1 &&
		       (name_is_under(walk.e.name, z->origin) || name_is_under(walk.e.name + (walk.e.name[0] == '.'), z->origin)))
			look_at_entry(z, walk.e.name, out, found, room);
	walk_end(&walk);
	return got < 0 ? -1 : 0;
}

static int read_zone(struct ward *w, const char *path, struct db_txn *txn, struct missing_result *out,
		     struct missing_name **found, size_t *room, struct err *e)
{
	struct zone z = {.site = &w->config.site, .path = path};
	int rc = zonefile_read(path, z.origin, on_record, &z, e);

	if (rc == 0) {
		find_ours(&z);
		rc = find_missing(w, &z, txn, out, found, room, e);
	}
	if (rc == 0 && txn)
		rc = find_gone(&z, txn, out, found, room, e);
	maillog_words_clear(&z.names);
	free(z.mx);
	return rc;
}

static int by_name(const void *x, const void *y)
{
	const struct missing_name *a = x, *b = y;

	if (a->is_listed != b->is_listed)
		return a->is_listed - b->is_listed;
	return strcmp(a->name, b->name);
}

int missing_from_zones(struct ward *w, char *const *file, size_t n, struct missing_result *out, struct err *e)
{
	struct missing_name *found = NULL;
	size_t room = 0;
	int rc = 0;

	*out = (struct missing_result){0};
	if (w->config.site.relay_hosts.n == 0 && w->config.site.relay_addresses.n == 0)
		return err_set(e, ERR_CONFIG, "no relay-host and no relay-address is configured, so no MX can be told to be ours");
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct db_txn *txn = NULL;

		/* Postfix is asked once, before a transaction is open. */
		if (w->db)
			postconf_parent_matches(w);
		if (w->db && db_begin_read(&txn, w->db, e) != 0)
			rc = -1;
		if (rc == 0)
			rc = read_zone(w, file[i], txn, out, &found, &room, e);
		db_abort(txn);
	}
	if (rc == 0 && found) {
		qsort(found, out->n, sizeof *found, by_name);
		out->name = arena_alloc(&out->arena, out->n * sizeof *out->name);
		memcpy(out->name, found, out->n * sizeof *found);
		rc = missing_find_near(w, out, e);
	}
	free(found);
	return rc;
}
