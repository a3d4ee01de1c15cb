#include "relay/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "relay/name.h"

/* Where key stands, or would stand, in a sorted row of things that begin with a pointer to their name; *found says which. */
static size_t find(const void *row, size_t n, size_t size, const char *key, int *found)
{
	size_t low = 0, high = n;

	*found = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(*(char *const *)((const char *)row + middle * size), key);

		if (order == 0) {
			*found = 1;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t list_find(const struct name_list *l, const char *key, int *found)
{
	return find(l->name, l->n, sizeof *l->name, key, found);
}

void name_list_add(struct name_list *l, const char *name)
{
	int found;
	size_t at = list_find(l, name, &found);

	if (found)
		return;
	l->name = mem_array(l->name, l->n + 1, sizeof *l->name);
	memmove(l->name + at + 1, l->name + at, (l->n - at) * sizeof *l->name);
	l->name[at] = mem_copy_string(name);
	l->n++;
}

/* "*." and name, which is shorter than NAME_SIZE. */
static int list_has_pattern(const struct name_list *l, const char *above)
{
	char pattern[NAME_SIZE + 2];
	int found;

	snprintf(pattern, sizeof pattern, "*.%s", above);
	list_find(l, pattern, &found);
	return found;
}

int name_list_has(const struct name_list *l, const char *name)
{
	int found, ignored;
	size_t at;

	if (l->n == 0)
		return 0;
	list_find(l, name, &found);
	at = list_find(l, "*.", &ignored); /* where patterns would begin */
	if (at == l->n || strncmp(l->name[at], "*.", 2) != 0)
		return found;
	for (const char *above = name_parent(name); above && !found; above = name_parent(above))
		found = list_has_pattern(l, above);
	return found;
}

int name_list_has_suffix(const struct name_list *l, const char *name)
{
	int found = name_list_has(l, name);

	for (const char *above = name_parent(name); above && !found; above = name_parent(above))
		list_find(l, above, &found);
	return found;
}

void name_list_clear(struct name_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->name[i]);
	free(l->name);
	*l = (struct name_list){0};
}

static size_t override_find(const struct site *s, const char *name, int *found)
{
	return find(s->override, s->n_overrides, sizeof *s->override, name, found);
}

int site_add_override(struct site *s, const char *name, const char *next_hop)
{
	int found;
	size_t at = override_find(s, name, &found);

	if (found)
		return -1;
	s->override = mem_array(s->override, s->n_overrides + 1, sizeof *s->override);
	memmove(s->override + at + 1, s->override + at,
		(s->n_overrides - at) * sizeof *s->override);
	s->override[at] =
		(struct transport_override){mem_copy_string(name), mem_copy_string(next_hop)};
	s->n_overrides++;
	return 0;
}

void site_clear_overrides(struct site *s)
{
	for (size_t i = 0; i < s->n_overrides; i++) {
		free(s->override[i].name);
		free(s->override[i].next_hop);
	}
	free(s->override);
	s->override = NULL;
	s->n_overrides = 0;
}

/* As transport(5) searches: the name itself, then each ".x" above it.  ".x" stands in the text
 * of the name before every label but the first. */
const struct transport_override *site_override(const struct site *s, const char *entry)
{
	size_t at;
	int found;

	if (s->n_overrides == 0)
		return NULL;
	at = override_find(s, entry, &found);
	for (const char *p = entry; !found && *p && (p = strchr(p + 1, '.')) != NULL;)
		at = override_find(s, p, &found);
	return found ? &s->override[at] : NULL;
}

static void add_set(struct str *out, const char *tag, const struct netset *set)
{
	char text[NET_TEXT_SIZE];

	for (size_t i = 0; i < set->n; i++)
		str_addf(out, "%s %s\n", tag, net_prefix_text(text, &set->prefix[i]));
}

uint64_t site_hash(const struct site *s)
{
	uint8_t hash[SHA256_SIZE];
	struct str text = {0};
	uint64_t out = 0;

	for (size_t i = 0; i < s->relay_hosts.n; i++)
		str_addf(&text, "relay-host %s\n", s->relay_hosts.name[i]);
	add_set(&text, "relay-address", &s->relay_addresses);
	add_set(&text, "network", &s->networks);
	sha256_of(hash, str_text(&text), text.len);
	for (size_t i = 0; i < sizeof out; i++)
		out = out << 8 | hash[i];
	str_clear(&text);
	return out;
}

const char *site_doubt(const struct site *s, int which)
{
	if (which == 0 && s->relay_hosts.n && !s->relay_addresses.n)
		return "no relay-address is configured: an entry that names a relay by another name, with its address, would be "
		       "taken for an orphan";
	if (which == 1 && netset_has_family(&s->relay_addresses, 6) && s->networks.n && !netset_has_family(&s->networks, 6))
		return "a relay-address is IPv6, and no network is: a local primary with IPv6 would seem to be elsewhere";
	return NULL;
}

void site_clear(struct site *s)
{
	name_list_clear(&s->relay_hosts);
	netset_clear(&s->relay_addresses);
	netset_clear(&s->networks);
	name_list_clear(&s->other_hosts);
	name_list_clear(&s->filter_suffixes);
	netset_clear(&s->filter_networks);
	name_list_clear(&s->parking_mx);
	name_list_clear(&s->parking_ns);
	netset_clear(&s->parking_addresses);
	site_clear_overrides(s);
	*s = (struct site){0};
}
