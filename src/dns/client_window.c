#include "dns/client_inner.h"

/*
 * Flow control.  A resolver that is asked more than it can take drops what it
 * has begun, so the window starts small, grows with answers and is halved by
 * losses; a query that was sent twice in vain is a slow domain rather than a
 * full queue and no longer counts.
 */

enum {
	WINDOW_START = 50,
	WINDOW_FLOOR = 16,
	TIMEOUT_START = 1000000,
	TIMEOUT_LEAST = 250000,
	TIMEOUT_MOST = 3000000,
	PAUSE_LEAST = 100000,
	PAUSE_MOST = 2000000
};

void window_init(struct window *w, unsigned cap, unsigned rate)
{
	*w = (struct window){.cap = cap, .rate = rate};
	w->size = cap < WINDOW_START ? cap : WINDOW_START;
	w->threshold = cap;
}

int64_t window_timeout(const struct window *w, unsigned tries)
{
	int64_t t = w->srtt ? w->srtt + 4 * w->rttvar : TIMEOUT_START;

	if (t < TIMEOUT_LEAST)
		t = TIMEOUT_LEAST;
	while (tries-- > 1 && t < TIMEOUT_MOST)
		t *= 2;
	return t > TIMEOUT_MOST ? TIMEOUT_MOST : t;
}

/* Half a tenth of a second's worth may go at once. */
static double burst_of(const struct window *w)
{
	double burst = w->rate / 20.0;

	return burst < 1 ? 1 : burst;
}

unsigned window_room(struct window *w, int64_t now)
{
	unsigned room;

	if (now < w->paused_until || w->in_flight >= (unsigned)w->size)
		return 0;
	room = (unsigned)w->size - w->in_flight;
	if (!w->rate)
		return room;
	w->tokens += (double)(now - w->tokens_at) * w->rate / 1e6;
	w->tokens_at = now;
	if (w->tokens > burst_of(w))
		w->tokens = burst_of(w);
	if (w->tokens < 1)
		return 0;
	return w->tokens < room ? (unsigned)w->tokens : room;
}

int64_t window_next_room(const struct window *w, int64_t now)
{
	if (now < w->paused_until)
		return w->paused_until;
	if (w->in_flight >= (unsigned)w->size)
		return -1;
	if (w->rate && w->tokens < 1)
		return w->tokens_at + (int64_t)((1 - w->tokens) * 1e6 / w->rate) + 1;
	return now;
}

void window_take(struct window *w, unsigned n)
{
	if (w->rate)
		w->tokens -= n;
}

void window_answered(struct window *w, int64_t rtt)
{
	w->losses_in_a_row = w->refusals_in_a_row = 0;
	w->pause = 0;
	if (w->size < w->threshold)
		w->size += 1;
	else
		w->size += 1 / w->size;
	if (w->size > w->cap)
		w->size = w->cap;
	if (rtt < 1)
		rtt = 1;
	if (!w->srtt) {
		w->srtt = rtt;
		w->rttvar = rtt / 2;
		return;
	}
	w->rttvar += ((rtt > w->srtt ? rtt - w->srtt : w->srtt - rtt) - w->rttvar) / 4;
	w->srtt += (rtt - w->srtt) / 8;
}

void window_lost(struct window *w, int64_t now)
{
	w->losses_in_a_row++;
	if (now - w->last_cut < window_timeout(w, 1))
		return;
	w->last_cut = now;
	w->size /= 2;
	if (w->size < WINDOW_FLOOR)
		w->size = WINDOW_FLOOR;
	if (w->size > w->cap)
		w->size = w->cap;
	w->threshold = w->size;
}

void window_refused(struct window *w, int64_t now)
{
	w->last_refused = now;
	if (now < w->paused_until)
		return;
	w->refusals_in_a_row++;
	w->pause = w->pause ? 2 * w->pause : PAUSE_LEAST;
	if (w->pause > PAUSE_MOST)
		w->pause = PAUSE_MOST;
	w->paused_until = now + w->pause;
	window_lost(w, now);
}
