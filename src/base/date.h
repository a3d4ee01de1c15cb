/*
 * date: times as people and records spell them.
 *
 * Inside the program a time is int64_t seconds since 1970, UTC; 0 is "never".
 * Days are counted in UTC; what a person types or reads
 * on the screen is local time.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdint.h>

enum { DATE_SIZE = 32, DATE_DAY = 86400 /* seconds */ };

/* The clock; under faketime it is the faked one. */
int64_t date_now(void);
int64_t date_now_ms(void);

/* Days since 1970-01-01 UTC: of a time, and of a date of the Gregorian calendar. */
int64_t date_day(int64_t t);
int64_t date_day_of(int year, int month, int day);

/* The year and the month, 1 to 12, of a time in UTC. */
void date_month_of(int64_t t, int *year, int *month);

/* "2026-11-23T19:58:41Z"; "" for 0. */
char *date_rfc3339(char out[DATE_SIZE], int64_t t);

/* "2026-11-23T19:58:41.123Z", 24 characters. */
char *date_rfc3339_ms(char out[DATE_SIZE], int64_t ms);

/* Local "2026-11-23" and "2026-11-23 20:58"; "-" for 0. */
char *date_local_day(char out[DATE_SIZE], int64_t t);
char *date_local_minute(char out[DATE_SIZE], int64_t t);

/* "2026-11-23" in UTC, as the time rules count days; "-" for 0. */
char *date_utc_day(char out[DATE_SIZE], int64_t t);

/* How long ago, short: "now" "5min" "3h" "2d" "33d" "5mo" "3y". */
char *date_ago(char out[DATE_SIZE], int64_t t, int64_t now);

/* The numbers of "YYYY-MM-DD", which is digits at their places and no more; -1 when it is none.  Whether the month has
 * that day is not looked at. */
int date_split(const char *text, int *year, int *month, int *day);

/* "YYYY-MM-DD", local midnight at its beginning; -1 when it is none. */
int date_parse(const char *text, int64_t *out);

/* Whether the C library knows that time zone, as in "Europe/Berlin" or "CET-1CEST".  Of one that it does not know it makes
 * UTC without a word. */
int date_is_zone(const char *name);

/* The local midnight behind t, the end of its day: 23, 24 or 25 hours behind the one before. */
int64_t date_end_of_day(int64_t t);

#endif
