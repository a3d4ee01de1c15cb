/*
 * prompt: questions on the last line, fed with keys by somebody else's loop.
 *
 * Pure.  Four kinds: a line of text with history, one letter of several, y or N, and a number
 * that has to be typed out.  No is always the default: Enter confirms nothing, and a paste is
 * taken by texts only.
 */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct key;

enum prompt_kind { PROMPT_TEXT, PROMPT_LETTER, PROMPT_CONFIRM, PROMPT_NUMBER };

enum prompt_did { PROMPT_NOTHING, PROMPT_MOVED, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

enum { PROMPT_HISTORY = 50, PROMPT_MAX = 1000 };

struct history {
	char *line[PROMPT_HISTORY]; /* oldest first */
	size_t n;
};

struct prompt {
	enum prompt_kind kind;
	char label[200];
	struct str text;
	size_t at;		 /* of text: where typing goes */
	const char *letters;	 /* PROMPT_LETTER: those that count, static */
	uint64_t number;	 /* PROMPT_NUMBER: the one that has to be typed */
	struct history *history; /* PROMPT_TEXT; NULL: none */
	size_t back;		 /* how far back in history; 0: the line typed */
	char *typed;		 /* that line, while history is looked at */
};

/* initial is the text to begin with, "" for none. */
void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label,
		 const char *initial);
void prompt_clear(struct prompt *p);

/* PROMPT_DONE: text is the answer; of PROMPT_LETTER and PROMPT_CONFIRM it is the letter.  A
 * wrong number or anything but y is PROMPT_CANCELLED. */
enum prompt_did prompt_feed(struct prompt *p, const struct key *k);

/* Types text for the user where the cursor is. */
void prompt_type(struct prompt *p, const char *text);

/* What to paint: label and text, escaped, moved so that the cursor is within width; returns the
 * cursor's column. */
int prompt_show(const struct prompt *p, char *out, size_t size, int width);

/* The column at which prompt_show() has the byte at an offset of the text. */
int prompt_column(const struct prompt *p, size_t at, int width);

void history_add(struct history *h, const char *line);
void history_clear(struct history *h);

#endif
