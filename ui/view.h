/*
 * view: what the console and its views know of one another.
 *
 * A view paints the lines between the top of the screen and the two at its foot, and acts on
 * keys that commands.def gives it; moving, prompts, messages and the foot are the console's.
 * Views lie on one another; only the uppermost is seen.  A view frees itself in close().
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/keys.h"
#include "ui/key.h"
#include "ui/keymap.h"
#include "ui/list.h"
#include "ui/prompt.h"
#include "ui/staged.h"

struct act;
struct console;
struct err;
struct live;
struct str;
struct terminal;
struct view;
struct ward;

struct view_ops {
	unsigned in; /* one of enum key_view */
	int head;    /* lines above the list */
	int (*foot)(struct view *v, int rows, int cols); /* lines that it paints below the list; NULL: none */
	/* Paints the head and list.height lines from line head on. */
	void (*paint)(struct view *v, int cols);
	int (*act)(struct view *v,
		   enum key_id id);    /* 1 when it knew the key; NULL: it knows none */
	void (*moved)(struct view *v); /* the cursor did; NULL */
	void (*tick)(struct view *v);  /* once a second; NULL */
	void (*uncovered)(struct view *v); /* the view above it was closed; it may close itself; NULL */
	void (*answered)(struct view *v, const char *name); /* DNS did, live; NULL */
	/* Which of its keys the foot tells first, or not at all now; the others stay as they are.  NULL */
	void (*hints)(struct view *v, enum hint hint[N_KEYS]);
	void (*status)(struct view *v,
		       struct str *out); /* what stands behind the position; NULL */
	const char *(*current)(struct view *v); /* the entry that is meant, "" for none; NULL: the list's */
	void (*close)(struct view *v);
};

struct view {
	const struct view_ops *ops;
	struct console *console;
	struct list list;
};

enum history_id {
	HISTORY_NONE,
	HISTORY_LIMIT,
	HISTORY_SEARCH,
	HISTORY_REASON,
	HISTORY_TICKET,
	HISTORY_COMMAND,
	N_HISTORIES
};

/* A question at the foot.  ctx lives until answer was called, once, with NULL when it was
 * cancelled. */
struct question {
	enum prompt_kind kind;
	const char *label, *initial; /* copied; initial may be NULL */
	const char *letters;	     /* of PROMPT_LETTER, static */
	uint64_t number;	     /* of PROMPT_NUMBER */
	enum history_id history;
	int above; /* leaves the last line to what is said of the answer while it is typed */
	int guard; /* what was typed before it could be seen is thrown away */
	void (*typed)(void *ctx, const char *text); /* after each change; NULL */
	void (*complete)(void *ctx, struct prompt *p); /* Tab; NULL */
	void (*answer)(void *ctx, const char *text);
	void *ctx;
};

enum {
	VIEW_DEPTH = 8,
	SCREEN_MIN_ROWS = 8,
	SCREEN_MIN_COLS = 40,
	FOOT_ROWS = 2,
	COUNTER_MS = 200,
	PAINT_MS = 200
};

struct console {
	struct ward *ward;
	struct terminal *term;
	struct key_reader reader;
	struct view *view[VIEW_DEPTH];
	size_t depth;
	struct prompt prompt;
	struct question question;
	int asking;
	enum {
		SEEN,
		UNSEEN,
		ON_ITS_WAY
	} unseen; /* whether a guarded question is on the screen yet */
	struct history history[N_HISTORIES];
	char message[1600];
	int alert; /* the message is about something that went wrong */
	int mistake; /* ... and this is where it is in what is being typed, an offset; -1 */
	char stand[120]; /* how the tables stand, as it was painted last */
	char counter[80];
	int counter_waits; /* it is painted a little after the last move */
	struct staged staged;
	struct live *live;
	struct act *act; /* the change that is asking its questions */
	struct loop_timer *key_timer, *tick, *counter_timer, *paint_timer;
	int64_t painted; /* when, on the loop's clock */
	const struct view *painted_view;
	struct list painted_list; /* ... and how its list stood */
	int dirty, stop;
	int lost; /* the terminal went away, or somebody ended us */
};

/* One sentence for the message line. */
void console_say(struct console *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void console_alert(struct console *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void console_fail(struct console *c, const struct err *e);

/* A mistake in what is being typed, at an offset of it: it is shown under its place. */
void console_mistake(struct console *c, const struct err *e, size_t place);

void console_ask(struct console *c, const struct question *q);
void console_push(struct console *c, struct view *v); /* NULL is allowed: nothing happens */
void console_pop(struct console *c);
struct view *console_top(struct console *c);
const char *console_current(struct console *c); /* the entry that a command without a name means, "" for none */
void console_quit(struct console *c); /* asks when something is staged */

void console_paint_soon(struct console *c); /* with the next frame that is due, five a second */

/* 1 when changes are allowed, else a message. */
int console_may_change(struct console *c);

/* "published" is said here: the sentence, and what the mail server's table still lacks. */
void console_changed(struct console *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct view *view_entries_new(struct console *c, const char *limit);
struct view *view_entry_new(struct console *c, const char *name);
struct view *view_staged_new(struct console *c);
struct view *view_work_new(struct console *c);
struct view *view_scans_new(struct console *c);
struct view *view_batches_new(struct console *c);
struct view *view_audit_new(struct console *c, const char *domain); /* NULL: all records */
struct view *view_help_new(struct console *c, unsigned in);

/* Takes the text over; its lines were escaped before. */
struct view *view_text_new(struct console *c, const char *title, struct str *text);

/* What `delete` at the `:` line says beside the names, which it staged before. */
struct preview_words {
	const char *reason, *ticket; /* NULL: asked for */
	int override;
	int brownout_days; /* 0: it goes at once */
};
struct view *view_staged_new_with(struct console *c, const struct preview_words *words);

/* The list of entries is the lowest view, always. */
void view_entries_limit(struct view *v, const char *text);
const char *view_entries_current(struct view *v); /* the name under the cursor, "" */
int view_entries_has(struct view *v, const char *name);

/* Writes the entries as they are shown, in their order, to a new file: .csv, .jsonl, else names. */
void view_entries_save(struct view *v, const char *path);

/* Calls fn with names of the list that begin with prefix, a bounded number of them. */
void view_entries_each_name(struct view *v, const char *prefix, void (*fn)(void *ctx, const char *name), void *ctx);

#endif
