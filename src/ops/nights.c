#include "ops/nights.h"

#include <string.h>

#include "base/date.h"
#include "base/str.h"
#include "db/scans.h"

struct reading {
	struct nights *out;
	int64_t today;
	int64_t day;	 /* the night that was looked at last, and whether it is counted as trusted already */
	int day_trusted;
	char month[8];	 /* "2026-11" of the month that has its share */
};

/* Scans come newest first; a night with one trusted scan is a trusted night. */
static void count_night(struct reading *r, const struct scan *s)
{
	int64_t day = date_day(s->started);

	if (day > r->today || day <= r->today - NIGHTS_LOOKED_AT)
		return;
	if (r->out->nights == 0 || day != r->day) {
		r->out->nights++;
		r->day = day;
		r->day_trusted = 0;
	}
	if (s->trusted && !r->day_trusted) {
		r->out->trusted++;
		r->day_trusted = 1;
	}
	r->out->night[r->today - day] = r->day_trusted ? NIGHT_TRUSTED : NIGHT_DISTRUSTED;
}

static void count_month(struct reading *r, const struct scan *s)
{
	uint64_t wrong = s->count[CLASS_ORPHAN] + s->count[CLASS_MOVED] + s->count[CLASS_BROKEN];
	uint64_t all = wrong + s->count[CLASS_OK];
	struct nights *out = r->out;
	char day[DATE_SIZE];

	if (!s->trusted || s->limited || all == 0 || out->n_months == NIGHTS_MONTHS)
		return;
	date_utc_day(day, s->started);
	if (strncmp(day, r->month, 7) == 0)
		return;
	memcpy(r->month, day, 7);
	out->month[out->n_months].time = s->started;
	out->month[out->n_months++].wrong = (double)wrong / (double)all;
}

static int look_at(void *ctx, const struct scan *s)
{
	struct reading *r = ctx;

	if (s->ended) {
		if (!s->limited && r->out->last == 0)
			r->out->last = s->ended;
		count_night(r, s);
		count_month(r, s);
	}
	return r->out->n_months == NIGHTS_MONTHS && date_day(s->started) <= r->today - NIGHTS_LOOKED_AT;
}

int nights_read(struct nights *out, struct db_txn *txn, int64_t now, struct err *e)
{
	struct reading r = {.out = out, .today = date_day(now)};

	*out = (struct nights){0};
	return scan_each(txn, look_at, &r, e);
}

static int month_number(int64_t time)
{
	int year, month;

	date_month_of(time, &year, &month);
	return year * 12 + month - 1;
}

int nights_place(const struct nights *n, size_t i)
{
	return month_number(n->month[i].time) - month_number(n->month[n->n_months - 1].time);
}

static void add_month(struct str *out, const struct nights *n, size_t i)
{
	char day[DATE_SIZE];

	str_addf(out, "%s%.1f %% (%.7s)", i ? ", " : "wrong ", 100 * n->month[i].wrong, date_utc_day(day, n->month[i].time));
}

/* The last, those one and twelve months before it, and the first. */
static void add_shares(struct str *out, const struct nights *n)
{
	int last = nights_place(n, 0);

	for (size_t i = 0; i < n->n_months; i++) {
		int back = last - nights_place(n, i);

		if (back == 0 || back == 1 || back == 12 || i == n->n_months - 1)
			add_month(out, n, i);
	}
	str_add_char(out, '\n');
}

/* One character a month, the higher the worse; a month without a scan is a blank. */
static void add_line(struct str *out, const struct nights *n)
{
	static const char levels[] = "_.:|";
	char line[NIGHTS_MONTHS + 1], first[DATE_SIZE], last[DATE_SIZE];
	size_t shown = n->n_months;
	double most = 0;
	int begin;

	/* Where months are missing, the oldest may lie before the line's beginning. */
	while (nights_place(n, 0) - nights_place(n, shown - 1) >= NIGHTS_MONTHS)
		shown--;
	begin = nights_place(n, shown - 1);
	for (size_t i = 0; i < shown; i++)
		most = n->month[i].wrong > most ? n->month[i].wrong : most;
	memset(line, ' ', sizeof line);
	for (size_t i = 0; i < shown; i++)
		line[nights_place(n, i) - begin] = levels[most > 0 ? (int)(n->month[i].wrong / most * 3 + 0.5) : 0];
	line[nights_place(n, 0) - begin + 1] = '\0';
	str_addf(out, "wrong by month, %.7s to %.7s: %s\n", date_utc_day(first, n->month[shown - 1].time),
		 date_utc_day(last, n->month[0].time), line);
}

void nights_add(struct str *out, const struct nights *n)
{
	if (n->nights)
		str_addf(out, "trusted on %u of the last %u night%s with a scan\n", n->trusted, n->nights,
			 n->nights == 1 ? "" : "s");
	if (n->n_months)
		add_shares(out, n);
	if (n->n_months > 2)
		add_line(out, n);
}
