/*
 * state_file: the small files that a console keeps for its operator, in $XDG_STATE_HOME/mxward or
 * ~/.local/state/mxward; for who came through sudo or a ForceCommand, in a folder there that is named by his loginuid.
 *
 * Anybody may have put anything there: only a regular file of our own is read, a bounded part of it, and a new one takes
 * the old one's place as a whole.  For who runs restricted only what was staged when the line was lost is kept.
 */
#ifndef UI_STATE_FILE_H
#define UI_STATE_FILE_H

struct err;
struct str;

/* 0 and the path of the file with that name, or -1 when there is no place for it; the directory is made when make is set.
 * out has PATH_MAX bytes. */
int state_file_path(char *out, const char *name, int make);

/* 0 and its text appended, or -1 when there is none to be had. */
int state_file_read(const char *name, struct str *text);
int state_file_write(const char *name, const struct str *text, struct err *e);

#endif
