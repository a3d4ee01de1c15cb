/*
 * view_entries: the list of entries, in five files: what it holds and reads (this one), what is told of the last scan
 * (entries_scan), how a row looks (entries_paint), what its keys do (entries_keys), and marking by a limit (entries_mark).
 */
#ifndef UI_VIEW_ENTRIES_H
#define UI_VIEW_ENTRIES_H

#include "base/date.h"
#include "ops/rows.h"
#include "ops/scan.h"
#include "relay/name.h"
#include "ui/entries_columns.h"
#include "ui/pane.h"
#include "ui/search.h"
#include "ui/view.h"

enum { ENTRIES_HEAD = 3 };

struct loop_timer;
struct marking;

/* As it was read. */
struct entries_scan {
	int found;		  /* 1; 0 there is none yet; -1 it could not be read */
	struct scan last;	  /* without its texts */
	enum scan_stand stand;	  /* when it was looked for last, */
	char ago[DATE_SIZE];	  /* and how long ago it had ended */
	unsigned nights, trusted; /* of the last 30: with a scan, with a trusted one */
	int64_t day;		  /* in UTC, on which they were counted */
	uint64_t change;	  /* db_change() when it was read */
};

struct entries {
	struct view view;
	struct rows *rows;
	struct rows_summary summary;
	char cursor[NAME_SIZE]; /* the entry the cursor belongs to, even while a limit hides it
				 */
	struct limit *limit;
	char limit_text[PROMPT_MAX + 1];
	char old_limit[PROMPT_MAX + 1]; /* to come back to when the prompt is left */
	int limit_is_wrong; /* what is typed; the rows are those of the words before the mistake, which are limit_text */
	enum rows_order order;
	int reverse;
	struct search search;
	struct loop_timer *loading;
	int64_t load_began, reload_due; /* on the loop's clock: reading again takes no more than
					   a tenth of the time */
	uint64_t version;		/* of the rows that the list was last laid over */
	uint64_t caught_up;		/* db_change() when others' changes were last looked for */
	uint64_t painted;		/* entries_sight() of the last frame */
	struct marking *marking;	/* by limit, a long list slice by slice; NULL */
	size_t searched;		/* rows, by the search that goes on */
	struct entries_scan scan;
	int is_unreadable;		/* the last reading came upon an error, which the message line had */
	struct entries_known known;	/* as far as was looked; never gets less */
	struct entries_widths widths;
	struct pane pane;
	int on_marked;	     /* `;` was pressed */
	enum key_id pending; /* the command that waits for "marked or this one" */
};

/* --- view_entries.c --- */
/* On a mistake -1 and its offset in *place (may be NULL); the rows stay as they are. */
int entries_set_limit(struct entries *v, const char *text, struct err *e, size_t *place);
void entries_work(struct entries *v);	/* a slice of what is to be done on the rows, now */
void entries_current(struct entries *v, struct row *out);

/* What the screen shows of the rows, as one number: while it stays the same nothing has to be painted. */
uint64_t entries_sight(struct entries *v);

/* --- entries_scan.c --- */
void entries_scan_watch(struct entries *v); /* reads what was written of it, and looks for what nobody writes */
int entries_scan_words(const struct entries *v, char *out, size_t size); /* 1: it is not trusted, or was cut off */

/* --- entries_mark.c --- */
void entries_mark(struct entries *v, const char *limit, int mark);
int entries_is_marking(struct entries *v); /* then with a message */
void entries_stop_marking(struct entries *v);

/* --- entries_paint.c --- */
int entries_foot(struct view *v, int rows, int cols); /* lines of the pane below the list */
void entries_paint(struct view *v, int cols);
void entries_hints(struct view *v, enum hint hint[N_KEYS]);
void entries_status(struct view *v, struct str *out);

/* --- entries_keys.c --- */
int entries_act(struct view *v, enum key_id id);

#endif
