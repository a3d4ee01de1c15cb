#include "dns/client_inner.h"

#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

uint32_t client_random(struct client *c)
{
	uint32_t value;

	if (c->random_left < sizeof value) {
		if (getrandom(c->random, sizeof c->random, 0) != (ssize_t)sizeof c->random)
			mem_die("no random numbers");
		c->random_left = sizeof c->random;
	}
	c->random_left -= sizeof value;
	memcpy(&value, c->random + c->random_left, sizeof value);
	return value;
}

/* --- the wheel of timers --- */

void client_unlink(struct client *c, struct query *q)
{
	if (!q->list)
		return;
	if (q->prev)
		q->prev->next = q->next;
	else
		*q->list = q->next;
	if (q->next)
		q->next->prev = q->prev;
	if (q->list == &c->wheel[q->slot] && !c->wheel[q->slot])
		c->wheel_used[q->slot / 64] &= ~(1ull << q->slot % 64);
	q->list = NULL;
}

static void push(struct query **list, struct query *q)
{
	q->prev = NULL;
	q->next = *list;
	if (q->next)
		q->next->prev = q;
	*list = q;
	q->list = list;
}

void client_schedule(struct client *c, struct query *q, int64_t due)
{
	int64_t tick = (due >> WHEEL_SHIFT) + 1;

	if (tick <= c->tick)
		tick = c->tick + 1;
	if (tick >= c->tick + WHEEL_SLOTS)
		tick = c->tick + WHEEL_SLOTS - 1;
	q->slot = (uint32_t)(tick % WHEEL_SLOTS);
	push(&c->wheel[q->slot], q);
	c->wheel_used[q->slot / 64] |= 1ull << q->slot % 64;
}

/* When the next timer is due, -1 for none. */
int64_t wheel_next(const struct client *c)
{
	for (int64_t i = 1; i < WHEEL_SLOTS;) {
		unsigned slot = (unsigned)((c->tick + i) % WHEEL_SLOTS);
		uint64_t used = c->wheel_used[slot / 64] >> slot % 64;

		if (used)
			return (c->tick + i + __builtin_ctzll(used)) << WHEEL_SHIFT;
		i += 64 - slot % 64;
	}
	return -1;
}

/* --- the hash of what flies --- */

static struct query **hash_place(struct client *c, unsigned resolver, unsigned socket,
				 unsigned id)
{
	return &c->hash[(id ^ socket * 0x9e5u ^ resolver * 0x1d3bu) & (HASH_SIZE - 1)];
}

struct query *flight_find(struct client *c, unsigned resolver, unsigned socket, unsigned id)
{
	struct query *q = *hash_place(c, resolver, socket, id);

	while (q && (q->id != id || q->socket != socket || q->resolver != resolver))
		q = q->hash_next;
	return q;
}

void flight_add(struct client *c, struct query *q, unsigned socket)
{
	struct query **place;

	q->socket = (uint8_t)socket;
	do {
		q->id = (uint16_t)client_random(c);
	} while (flight_find(c, q->resolver, socket, q->id));
	place = hash_place(c, q->resolver, socket, q->id);
	q->hash_next = *place;
	*place = q;
	q->packet[0] = (uint8_t)(q->id >> 8);
	q->packet[1] = (uint8_t)q->id;
}

void flight_remove(struct client *c, struct query *q)
{
	struct query **place = hash_place(c, q->resolver, q->socket, q->id);

	while (*place != q)
		place = &(*place)->hash_next;
	*place = q->hash_next;
}

void query_leave_window(struct client *c, struct query *q)
{
	if (q->in_window)
		c->server[q->resolver].window.in_flight--;
	q->in_window = 0;
}

/* Ends the flight of a query, however it ended. */
void query_land(struct client *c, struct query *q)
{
	client_unlink(c, q);
	flight_remove(c, q);
	query_leave_window(c, q);
}

void client_finish(struct client *c, struct query *q, struct reply *r)
{
	uint64_t cookie = q->cookie;

	r->elapsed = q->first_sent ? (uint32_t)((c->now - q->first_sent) / 1000) : 0;
	q->next = c->free_queries;
	c->free_queries = q;
	c->n_pending--;
	c->events.reply(c->events.ctx, cookie, r);
}

void client_finish_failed(struct client *c, struct query *q, enum answer_failure failure)
{
	reply_fail(&c->room.reply, q->type, failure, q->rcode, q->ede);
	client_finish(c, q, &c->room.reply);
}

/* Time is over: what was said last, or that every answer was to another question, or silence.
 */
void query_give_up(struct client *c, struct query *q)
{
	if (q->failure != FAILURE_NONE)
		client_finish_failed(c, q, q->failure);
	else
		client_finish_failed(c, q, q->foreign ? FAILURE_MALFORMED : FAILURE_TIMEOUT);
}
