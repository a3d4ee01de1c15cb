/*
 * traffic_spark: an entry's mail day by day, as one line of ASCII.
 *
 * A day nobody read a log of is `?`, a day without mail `.`, and the more there was the fuller the sign.
 */
#ifndef OPS_TRAFFIC_SPARK_H
#define OPS_TRAFFIC_SPARK_H

#include <stdint.h>

struct str;
struct traffic_look;

enum { SPARK_DAYS = 60 };

struct traffic_spark {
	int64_t day[SPARK_DAYS]; /* messages in, the oldest first, the last one today; -1 not measured */
	int64_t most;		 /* of a day; -1 when nothing was measured */
};

/* Within the transaction of the look. */
void traffic_spark_read(struct traffic_spark *s, const struct traffic_look *l, const char *name);

/* "  ..:=::..  60 days to today, 28 a day at most", nothing when nothing was measured. */
void traffic_spark_add(struct str *out, const struct traffic_spark *s);

#endif
