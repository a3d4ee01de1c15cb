/*
 * missing_near: the entry one letter from a missing name.
 */
#ifndef OPS_MISSING_NEAR_H
#define OPS_MISSING_NEAR_H

struct err;
struct missing_result;
struct ward;

/* Fills in near and near_class in one walk over the list; an orphan is preferred, being the likelier mistake. */
int missing_find_near(struct ward *w, struct missing_result *r, struct err *e);

#endif
