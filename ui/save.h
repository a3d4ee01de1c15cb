/*
 * save: the list as it is shown, written to a file of the operator's choosing.
 *
 * By the shell's `list`, so that both write the same.  Never over a file that is there, and not at all when restricted.
 */
#ifndef UI_SAVE_H
#define UI_SAVE_H

struct err;
struct rows;
struct ward;

/* The entries that rows has visible, in their order; the format is that of the name: .csv, .jsonl, else names. */
int save_rows(struct ward *w, const struct rows *rows, const char *path, struct err *e);

#endif
