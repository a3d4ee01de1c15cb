/*
 * state_file: the small files that a console keeps for its operator, in $XDG_STATE_HOME/mxward or
 * ~/.local/state/mxward.
 *
 * Anybody may have put anything there: only a regular file of our own is read, a bounded part of it, and a new one takes
 * the old one's place as a whole.  Nothing of this is for who runs restricted.
 */
#ifndef UI_STATE_FILE_H
#define UI_STATE_FILE_H

struct err;
struct str;

/* "" when there is no place; made when make is set.  out has PATH_MAX bytes. */
void state_file_folder(char *out, int make);

/* 0 and its text appended, or -1 when there is none to be had. */
int state_file_read(const char *name, struct str *text);
int state_file_write(const char *name, const struct str *text);

#endif
