/*
 * view_entries: the list of entries, in three files: what it holds and reads (this one), how a
 * row looks (entries_paint), what its keys do (entries_keys).
 */
#ifndef UI_VIEW_ENTRIES_H
#define UI_VIEW_ENTRIES_H

#include "ops/rows.h"
#include "relay/name.h"
#include "ui/search.h"
#include "ui/view.h"

enum { ENTRIES_HEAD = 3 };

struct loop_timer;

struct entries {
	struct view view;
	struct rows *rows;
	struct rows_summary summary;
	char cursor[NAME_SIZE]; /* the entry the cursor belongs to, even while a limit hides it
				 */
	struct limit *limit;
	char limit_text[PROMPT_MAX + 1];
	char old_limit[PROMPT_MAX + 1]; /* to come back to when the prompt is left */
	int limit_is_wrong; /* what is typed; the rows are still those of the last right one */
	enum rows_order order;
	int reverse;
	struct search search;
	struct loop_timer *loading;
	int64_t load_began, reload_due; /* on the loop's clock: reading again takes no more than
					   a tenth of the time */
	char scan[80];			/* of the title */
	int longest;	     /* of the names, as far as was looked; never gets less */
	int on_marked;	     /* `;` was pressed */
	enum key_id pending; /* the command that waits for "marked or this one" */
};

/* --- view_entries.c --- */
int entries_set_limit(struct entries *v, const char *text, struct err *e);
void entries_follow(struct entries *v); /* puts the cursor back onto its entry */
void entries_current(struct entries *v, struct row *out);

/* --- entries_paint.c --- */
void entries_paint(struct view *v, int cols);
void entries_status(struct view *v, struct str *out);

/* --- entries_keys.c --- */
int entries_act(struct view *v, enum key_id id);

#endif
