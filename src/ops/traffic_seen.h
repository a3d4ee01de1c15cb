/*
 * traffic_seen: which lines of the logs were counted, so that none counts twice.
 *
 * A line is known by its relay, its second and its text.  Two lines may be alike and both count: within one
 * file they are counted apart, and over all files a line counts as often as the file that has it most often.
 * So a log given twice, a log that grew, and rotated logs that overlap all count once.
 *
 * A large provider has a million of them a day, so each takes 32 bytes.  More than 65,535 alike, of one process in
 * one second, do not count.
 */
#ifndef OPS_TRAFFIC_SEEN_H
#define OPS_TRAFFIC_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct traffic_seen_line {
	const char *relay; /* one pointer for one relay; NULL: a free slot */
	uint64_t identity;
	uint32_t minute;      /* since 1970 */
	uint32_t file;	      /* the one that had it last, */
	uint16_t here;	      /* and how often */
	uint16_t run, stored; /* how often in this run, and in earlier ones */
	uint16_t counted;     /* how often it was new */
};

struct traffic_seen {
	struct traffic_seen_line *line;
	size_t n, n_lines;
	uint32_t file; /* the one that is being read, from 1 */
};

enum traffic_news {
	TRAFFIC_KNOWN = 0,    /* an earlier file of this run had it */
	TRAFFIC_NEW_HERE = 1, /* it is new in this run */
	TRAFFIC_NEW = 2	      /* and no earlier run had it */
};

/* The line was read once more: an OR of enum traffic_news. */
unsigned traffic_seen_note(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity);

/* An earlier run counted it, once more than was said before; to be told before it is noted. */
void traffic_seen_store(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity);

/* It counts as counted, however often it comes. */
void traffic_seen_settle(struct traffic_seen *s, const char *relay, int64_t time, uint64_t identity);

/* Those that were new, by relay and minute.  The array is the caller's to free. */
struct traffic_seen_line *traffic_seen_news(const struct traffic_seen *s, size_t *n);

void traffic_seen_clear(struct traffic_seen *s);

#endif
