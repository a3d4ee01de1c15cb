/*
 * key: from the bytes of a terminal to keys.
 *
 * Pure: bytes and the time go in, keys come out.  Knows the sequences that xterm, vt100, linux,
 * putty, rxvt and screen send, with normal and with application cursor keys, whatever TERM
 * says, since a terminal's name and its habits differ.  What it does not know is swallowed
 * whole, so that no letter out of the middle of a sequence ever becomes a command.  A paste in
 * brackets comes as one key.
 */
#ifndef UI_KEY_H
#define UI_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Below 0x100 a code is the byte itself, control bytes included; 0 is no key. */
enum key_code {
	CODE_TAB = 0x09,
	CODE_ENTER = 0x0d,
	CODE_ESCAPE = 0x1b,
	CODE_BACKSPACE = 0x7f,
	CODE_UP = 0x100,
	CODE_DOWN,
	CODE_LEFT,
	CODE_RIGHT,
	CODE_HOME,
	CODE_END,
	CODE_PAGE_UP,
	CODE_PAGE_DOWN,
	CODE_INSERT,
	CODE_DELETE,
	CODE_F1, /* to F12 */
	CODE_F12 = CODE_F1 + 11,
	CODE_PASTE,
	CODE_UNKNOWN,
	CODE_SHOWN, /* no key: the terminal says that it has shown what came before (DSR) */
	CODE_ALT = 0x200 /* ORed to the byte that followed an escape at once */
};

enum {
	KEY_ESCAPE_MS = 50,  /* an escape that nothing follows for so long is the key Esc */
	KEY_PASTE_MS = 1000, /* a paste whose end does not come is over after this silence */
	KEY_PASTE_MAX = 65536
};

struct key {
	int code;
	const char *text; /* of CODE_PASTE, until the next call; may hold any byte */
	size_t len;
};

struct key_reader {
	struct str bytes; /* not yet understood */
	size_t taken;	  /* of bytes: already given out */
	struct str paste;
	int pasting;
	int64_t last; /* when bytes came last */
};

void key_feed(struct key_reader *r, const void *bytes, size_t len, int64_t now);

/* 1 and the next key, or 0 when more bytes (or more time) are needed. */
int key_next(struct key_reader *r, int64_t now, struct key *out);

/* Milliseconds after which key_next() has something though no byte came; -1: never. */
int64_t key_wait(const struct key_reader *r, int64_t now);

void key_drop(struct key_reader *r); /* forgets what was typed and not yet read */
void key_clear(struct key_reader *r);

/* The code of a name as commands.def spells them: "j" "^F" "Space" "PgDn" "F5"; CODE_UNKNOWN.
 */
int key_from_name(const char *name, size_t len);

#endif
