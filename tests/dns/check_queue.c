/*
 * The queues of a server, beside plain lists that are kept the slow way.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dns/client_inner.h"
#include "support/suite.h"

enum { QUERIES = 200, STEPS = 40000 };

static struct server server;
static struct query query[QUERIES];
static struct query *model[2][QUERIES]; /* not urgent, urgent */
static size_t n_model[2];

static struct query *model_take(int urgent, size_t i)
{
	struct query *q = model[urgent][i];

	memmove(&model[urgent][i], &model[urgent][i + 1], (--n_model[urgent] - i) * sizeof *model[0]);
	return q;
}

static void model_add(struct query *q, int first)
{
	struct query **list = model[q->urgent];

	if (first)
		memmove(list + 1, list, n_model[q->urgent] * sizeof(*list));
	list[first ? 0 : n_model[q->urgent]] = q;
	n_model[q->urgent]++;
}

static struct query *model_alike(const struct query *q)
{
	for (size_t i = 0; i < n_model[q->urgent]; i++)
		if (model[q->urgent][i]->packet_len == q->packet_len)
			return model_take(q->urgent, i);
	return NULL;
}

static struct query *model_waiting(int64_t before)
{
	for (int urgent = 1; urgent >= 0; urgent--)
		if (n_model[urgent] && model[urgent][0]->asked < before)
			return model_take(urgent, 0);
	return NULL;
}

static struct query *find_free(void)
{
	for (size_t i = 0; i < QUERIES; i++)
		if (query[i].state != QUERY_QUEUED)
			return &query[i];
	return NULL;
}

static void add_one(int64_t now)
{
	struct query *q = find_free();
	int first = random() % 4 == 0;

	if (!q)
		return;
	*q = (struct query){.asked = now, .urgent = random() % 4 == 0,
			    .packet_len = (uint16_t)(random() % 8 ? 40 + random() % 5 : MESSAGE_QUERY)};
	queue_add(&server, q, first);
	model_add(q, first);
	ck_assert_int_eq(q->state, QUERY_QUEUED);
}

static void take_one(int64_t now)
{
	struct query *q, *other;

	if (queue_is_empty(&server)) {
		ck_assert_uint_eq(n_model[0] + n_model[1], 0);
		return;
	}
	q = queue_take(&server);
	ck_assert_ptr_eq(q, model_take(n_model[1] > 0, 0));
	q->state = QUERY_FLYING;
	for (long n = random() % 6; n > 0; n--) {
		other = queue_take_alike(&server, q);
		ck_assert_ptr_eq(other, model_alike(q));
		if (!other)
			break;
		ck_assert_uint_eq(other->packet_len, q->packet_len);
		other->state = QUERY_FLYING;
	}
	if (random() % 8)
		return;
	other = queue_take_waiting(&server, now - 50);
	ck_assert_ptr_eq(other, model_waiting(now - 50));
	if (other)
		other->state = QUERY_FLYING;
}

START_TEST(it_is_two_lists_in_order)
{
	srandom(7);
	for (int64_t now = 0; now < STEPS; now++)
		if (random() % 3)
			add_one(now);
		else
			take_one(now);
	while (!queue_is_empty(&server))
		take_one(STEPS);
	ck_assert_uint_eq(n_model[0] + n_model[1], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("queue");
	TCase *t = tcase_create("queue");

	tcase_add_test(t, it_is_two_lists_in_order);
	suite_add_tcase(s, t);
	return suite_run(s);
}
