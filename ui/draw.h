/*
 * draw: text onto the screen, through one function that escapes it.
 *
 * Nothing but printable ASCII reaches the terminal from here; a U-label is the one exception
 * and has a function of its own.  Styles are attributes first, colour only where the terminal
 * and NO_COLOR allow it.
 */
#ifndef UI_DRAW_H
#define UI_DRAW_H

enum draw_style { DRAW_PLAIN, DRAW_BOLD, DRAW_CURSOR, DRAW_ALERT, DRAW_GOOD, N_DRAW_STYLES };

/* Makes the pairs of colours; colours 0: attributes only. */
void draw_start(int colours);

int draw_rows(void);
int draw_cols(void);
void draw_erase(void);
void draw_clear(int row);

/* At most width columns of text; what does not fit ends in `~`.  Returns the columns used. */
int draw_text(int row, int col, int width, const char *text, enum draw_style style);

/* The same of a line that was escaped before, whose backslashes stand as they are. */
int draw_escaped(int row, int col, int width, const char *text, enum draw_style style);

/* The same from a format, to the end of the line. */
int draw_format(int row, int col, enum draw_style style, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* text flush right before column end. */
void draw_right(int row, int end, const char *text, enum draw_style style);

/* The U-label of a name (relay/name.h: name_to_unicode), nothing when the locale is not UTF-8.
 */
void draw_unicode(int row, int col, int width, const char *name);

/* Takes the cursor's bar and mark off a row as it was drawn last; 0 when it had none. */
int draw_lift_bar(int row);

void draw_cursor(int row, int col);

#endif
