#include "cmd/keys.h"

const struct key_binding key_bindings[N_KEYS] = {
#define KEY(id, keys, views, group, footer, help) {#id, keys, views, group, footer, help},
#include "cmd/commands.def"
#undef KEY
};

const struct colon_word colon_words[N_WORDS] = {
#define WORD(id, name, synopsis, help) {name, synopsis, help},
#include "cmd/commands.def"
#undef WORD
};

const char *const key_group_names[N_KEY_GROUPS] = {
	[K_MOVE] = "Moving", [K_LOOK] = "Looking", [K_MARK] = "Marking", [K_CHANGE] = "Changing", [K_OTHER] = "Other"};
