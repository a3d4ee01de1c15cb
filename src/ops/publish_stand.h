/*
 * publish_stand: how the mail server's tables stand, in a word for a status line; and all that `publish --dry-run` says,
 * for a screen.
 *
 * The word looks at each table's edition, not at its rows: whether the list has changes that are not in it yet, or
 * somebody else wrote since it was last in line.  Asked anew every some seconds at most, so that a screen may ask for
 * each frame; never waits for a lock.
 */
#ifndef OPS_PUBLISH_STAND_H
#define OPS_PUBLISH_STAND_H

#include <stddef.h>

struct err;
struct str;
struct ward;

/* "" while all is in line (or there is no table), else a few words; lives until the next call. */
const char *publish_stand(struct ward *w);
void publish_stand_forget(struct ward *w);

/* The lines of `publish --dry-run`, LF after each.  Reads whole tables and asks Postfix: for a key press, not for each
 * frame. */
int publish_look(struct ward *w, struct str *out, struct err *e);

#endif
