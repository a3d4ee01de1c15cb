/*
 * publish_stand: how the mail server's tables stand, in a word for a status line.
 *
 * Looks at each table's edition, not at its rows: whether the list has changes that are not in it yet, or
 * somebody else wrote since it was last in line.  Asked anew every some seconds at most, so that a screen may ask for
 * each frame; never waits for a lock.
 */
#ifndef OPS_PUBLISH_STAND_H
#define OPS_PUBLISH_STAND_H

struct ward;

/* "" while all is in line (or there is no table), else a few words; lives until the next call. */
const char *publish_stand(struct ward *w);
void publish_stand_forget(struct ward *w);

#endif
