#include "ui/keymap.h"

#include <string.h>

#include "base/str.h"
#include "ui/key.h"
#include "ui/list.h"

static int has_key(const char *keys, int code)
{
	while (*keys) {
		size_t len = strcspn(keys, " ");

		if (len && key_from_name(keys, len) == code)
			return 1;
		keys += len + (keys[len] == ' ');
	}
	return 0;
}

enum key_id keymap_find(int code, unsigned in)
{
	if (code == CODE_UNKNOWN)
		return N_KEYS;
	for (int i = 0; i < N_KEYS; i++)
		if ((key_bindings[i].views & in) && has_key(key_bindings[i].keys, code))
			return (enum key_id)i;
	return N_KEYS;
}

int keymap_move(struct list *l, enum key_id id)
{
	switch (id) {
	case DO_DOWN:
		list_move(l, 1);
		return 1;
	case DO_UP:
		list_move(l, -1);
		return 1;
	case DO_PAGE_DOWN:
		list_page(l, 1);
		return 1;
	case DO_PAGE_UP:
		list_page(l, -1);
		return 1;
	case DO_HALF_DOWN:
		list_half(l, 1);
		return 1;
	case DO_HALF_UP:
		list_half(l, -1);
		return 1;
	case DO_FIRST:
		list_go(l, 0);
		return 1;
	case DO_LAST:
		list_go(l, l->count ? l->count - 1 : 0);
		return 1;
	default:
		return 0;
	}
}

static int hint_width(const struct key_binding *b)
{
	return (int)(strcspn(b->keys, " ") + 1 + strlen(b->footer));
}

/* Unless it is too wide; returns the width used. */
static int add_hint(struct str *out, const struct key_binding *b, int used, int width)
{
	int len = hint_width(b) + (used ? 2 : 0);

	if (used + len > width)
		return used;
	str_addf(out, "%s%.*s %s", used ? "  " : "", (int)strcspn(b->keys, " "), b->keys, b->footer);
	return used + len;
}

/* Help comes last and is never crowded out by the others. */
void keymap_add_hints(struct str *out, unsigned in, const enum hint hint[N_KEYS], int width)
{
	static const enum hint ranks[] = {HINT_FIRST, HINT_USUAL};
	const struct key_binding *help = &key_bindings[DO_HELP];
	int used = 0, kept = help->views & in ? hint_width(help) + 2 : 0;

	for (size_t k = 0; k < sizeof ranks / sizeof *ranks; k++)
		for (int i = 0; i < N_KEYS; i++)
			if (hint[i] == ranks[k] && (key_bindings[i].views & in) && *key_bindings[i].footer && i != DO_HELP)
				used = add_hint(out, &key_bindings[i], used, width - kept);
	if (kept)
		add_hint(out, help, used, width);
}
