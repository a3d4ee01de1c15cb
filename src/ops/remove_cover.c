#include "ops/remove_cover.h"

#include <stdio.h>
#include <string.h>

#include "db/entries.h"
#include "relay/entry.h"

/* True when entry covers name in that mode. */
int cover_is_by(const char *entry, const char *name, int parent_matches)
{
	if (name[0] == '.' || strcmp(entry, name) == 0)
		return 0;
	if (parent_matches)
		return entry[0] != '.' && name_is_under(name, entry);
	return entry[0] == '.' && strcmp(entry + 1, name) != 0 && name_is_under(name, entry + 1);
}

static int find_parent(struct cover *out, struct db_txn *txn, const char *name, int parent_matches, struct err *e)
{
	struct entry entry;
	char text[NAME_SIZE + 1];

	if (name[0] == '.')
		return 0;
	for (const char *p = name_parent(name); p; p = name_parent(p)) {
		int got;

		snprintf(text, sizeof text, "%s%s", parent_matches ? "" : ".", p);
		got = entry_get(txn, text, NULL, &entry, e);
		if (got < 0)
			return -1;
		if (got == 1) {
			snprintf(out->parent, sizeof out->parent, "%s", entry.name);
			return 0;
		}
	}
	return 0;
}

/* Names join a list as long as they fit; what did not is counted. */
struct names {
	char text[120];
	size_t len, left_out;
};

static void add_name(struct names *l, const char *name)
{
	size_t n = strlen(name), mark = l->len ? 2 : 0;

	if (l->left_out || l->len + mark + n + 1 > sizeof l->text) {
		l->left_out++;
		return;
	}
	memcpy(l->text + l->len, ", ", mark);
	memcpy(l->text + l->len + mark, name, n + 1);
	l->len += mark + n;
}

static void end_names(char *out, size_t size, const struct names *l)
{
	if (l->left_out)
		snprintf(out, size, "%s%s%zu%s", l->text, l->len ? " and " : "", l->left_out, l->len ? " more" : " names");
	else
		snprintf(out, size, "%s", l->text);
}

static int read_below(struct cover *out, struct db_txn *txn, const char *name, int parent_matches, struct err *e)
{
	struct names all = {.text = ""}, listed = {.text = ""};
	const char *base = name + (name[0] == '.');
	struct entry_walk w;
	int got;

	if ((name[0] == '.') == !!parent_matches)
		return 0; /* inert, or for itself alone */
	if (walk_begin(&w, txn, name, 0, e) != 0)
		return -1;
	while ((got = walk_next(&w, e)) == 1 && name_is_under(w.e.name + (w.e.name[0] == '.'), base)) {
		if (!cover_is_by(name, w.e.name, parent_matches))
			continue;
		out->covered++;
		add_name(&all, w.e.name);
		if (w.o.time == 0 || !verdict_is_listed(w.o.verdict))
			continue;
		out->listed++;
		add_name(&listed, w.e.name);
	}
	walk_end(&w);
	end_names(out->names, sizeof out->names, out->listed ? &listed : &all);
	return got < 0 ? -1 : 0;
}

int cover_read(struct cover *out, struct db_txn *txn, const char *name, int parent_matches, struct err *e)
{
	*out = (struct cover){0};
	if (find_parent(out, txn, name, parent_matches, e) != 0)
		return -1;
	return read_below(out, txn, name, parent_matches, e);
}
