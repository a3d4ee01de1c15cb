#include "base/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t date_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t date_now(void)
{
	return date_now_ms() / 1000;
}

int64_t date_day(int64_t t)
{
	return t >= 0 ? t / DATE_DAY : -((DATE_DAY - 1 - t) / DATE_DAY);
}

int64_t date_day_of(int year, int month, int day)
{
	/* Years begin in March, so that the leap day is the last. */
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, in_era = y - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static int broken_down(struct tm *tm, int64_t t, int local)
{
	time_t when = (time_t)t;

	return (local ? localtime_r(&when, tm) : gmtime_r(&when, tm)) != NULL;
}

void date_month_of(int64_t t, int *year, int *month)
{
	struct tm tm = {.tm_year = 70};

	broken_down(&tm, t, 0);
	*year = tm.tm_year + 1900;
	*month = tm.tm_mon + 1;
}

char *date_rfc3339(char out[DATE_SIZE], int64_t t)
{
	struct tm tm;

	if (t == 0 || !broken_down(&tm, t, 0) || !strftime(out, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
	return out;
}

char *date_rfc3339_ms(char out[DATE_SIZE], int64_t ms)
{
	struct tm tm;
	size_t n = 0;

	if (broken_down(&tm, ms / 1000, 0))
		n = strftime(out, DATE_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, DATE_SIZE - n, ".%03dZ", (int)(ms % 1000));
	return out;
}

char *date_local_day(char out[DATE_SIZE], int64_t t)
{
	struct tm tm;

	if (t == 0 || !broken_down(&tm, t, 1) || !strftime(out, DATE_SIZE, "%Y-%m-%d", &tm))
		strcpy(out, "-");
	return out;
}

char *date_utc_day(char out[DATE_SIZE], int64_t t)
{
	struct tm tm;

	if (t == 0 || !broken_down(&tm, t, 0) || !strftime(out, DATE_SIZE, "%Y-%m-%d", &tm))
		strcpy(out, "-");
	return out;
}

char *date_local_minute(char out[DATE_SIZE], int64_t t)
{
	struct tm tm;

	if (t == 0 || !broken_down(&tm, t, 1) || !strftime(out, DATE_SIZE, "%Y-%m-%d %H:%M", &tm))
		strcpy(out, "-");
	return out;
}

char *date_ago(char out[DATE_SIZE], int64_t t, int64_t now)
{
	static const struct {
		int64_t below, unit;
		const char *suffix;
	} steps[] = {
		{3600, 60, "min"},
		{DATE_DAY, 3600, "h"},
		{100 * DATE_DAY, DATE_DAY, "d"},
		{2 * 365 * (int64_t)DATE_DAY, 30 * DATE_DAY + 37800, "mo"},
		{INT64_MAX, 365 * DATE_DAY + 21600, "y"},
	};
	int64_t ago = now - t;

	if (t == 0)
		return strcpy(out, "-");
	if (ago < 60)
		return strcpy(out, "now");
	for (size_t i = 0;; i++)
		if (ago < steps[i].below) {
			snprintf(out, DATE_SIZE, "%" PRId64 "%s", ago / steps[i].unit,
				 steps[i].suffix);
			return out;
		}
}

/* The n digits at text as a number; -1 when a sign, a blank or anything else stands among them. */
static int digits(const char *text, size_t n)
{
	int number = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = 10 * number + text[i] - '0';
	}
	return number;
}

int date_split(const char *text, int *year, int *month, int *day)
{
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return -1;
	*year = digits(text, 4);
	*month = digits(text + 5, 2);
	*day = digits(text + 8, 2);
	return *year < 0 || *month < 1 || *month > 12 || *day < 1 || *day > 31 ? -1 : 0;
}

int date_parse(const char *text, int64_t *out)
{
	struct tm tm = {.tm_isdst = -1};
	int y, m, d;
	time_t t;

	if (date_split(text, &y, &m, &d) != 0)
		return -1;
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	t = mktime(&tm);
	if (t == (time_t)-1 || tm.tm_year != y - 1900 || tm.tm_mon != m - 1 || tm.tm_mday != d)
		return -1;
	*out = t;
	return 0;
}

/* Letters and an offset, as POSIX has it for TZ: no file is needed for these. */
static int is_spelled_out(const char *name)
{
	size_t letters = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	const char *offset = name + letters;

	if (name[0] == '<' && (offset = strchr(name, '>')) != NULL) {
		letters = (size_t)(offset - name) - 1;
		offset++;
	}
	return letters >= 3 && offset && offset[strspn(offset, "+-")] >= '0' && offset[strspn(offset, "+-")] <= '9';
}

int date_is_zone(const char *name)
{
	const char *where = getenv("TZDIR");
	char path[4096], magic[4] = "";
	FILE *f;

	if (strcmp(name, "UTC") == 0 || is_spelled_out(name))
		return 1;
	if (snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : where ? where : "/usr/share/zoneinfo",
		     name[0] == '/' ? "" : "/", name) >= (int)sizeof path)
		return 0;
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fread(magic, 1, sizeof magic, f) != sizeof magic)
		magic[0] = '\0';
	(void)fclose(f);
	return memcmp(magic, "TZif", sizeof magic) == 0;
}

int64_t date_end_of_day(int64_t t)
{
	struct tm tm;

	if (!broken_down(&tm, t, 1))
		return t;
	tm.tm_mday++;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return mktime(&tm);
}
