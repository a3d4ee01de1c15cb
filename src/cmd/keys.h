/*
 * keys: the console's keys out of commands.def, for the console and for whatever documents them.
 */
#ifndef CMD_KEYS_H
#define CMD_KEYS_H

enum key_id {
#define KEY(id, keys, views, group, footer, help) DO_##id,
#include "cmd/commands.def"
#undef KEY
	N_KEYS
};

enum key_view {
	IN_ENTRIES = 1,
	IN_ENTRY = 2,
	IN_STAGED = 4,
	IN_BATCHES = 8,
	IN_AUDIT = 16,
	IN_HELP = 32,
	IN_OUTPUT = 64, /* what a command of the `:` line printed */
	IN_WORK = 128,
	IN_SCANS = 256,
	IN_ALL = 511,
	IN_TEXTS = IN_ENTRY | IN_HELP | IN_OUTPUT
};

enum key_group { K_MOVE, K_LOOK, K_MARK, K_CHANGE, K_OTHER, N_KEY_GROUPS };

struct key_binding {
	const char *name;	/* "DOWN" */
	const char *keys;	/* "j Down ^N" */
	unsigned views;
	enum key_group group;
	const char *footer, *help;
};

/* What the `:` line knows beside the commands. */
enum word_id {
#define WORD(id, name, synopsis, help) WORD_##id,
#include "cmd/commands.def"
#undef WORD
	N_WORDS
};

struct colon_word {
	const char *name, *synopsis, *help;
};

extern const struct colon_word colon_words[N_WORDS];
extern const struct key_binding key_bindings[N_KEYS];
extern const char *const key_group_names[N_KEY_GROUPS];

#endif
