/*
 * Frames between parent and worker: they come out as they went in, and every
 * truncation and every flipped bit is refused or harmless.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dns/frame.h"
#include "support/suite.h"

static struct frame_buffer b;
static struct reply_room in, out;

static void teardown(void)
{
	frame_buffer_clear(&b);
}

static uint16_t add_text(const char *name)
{
	struct reply *r = &in.reply;
	uint32_t place = r->text_len;

	memcpy(r->text + place, name, strlen(name) + 1);
	r->text_len += (uint32_t)strlen(name) + 1;
	return (uint16_t)place;
}

static void make_mx(void)
{
	struct reply *r = &in.reply;

	reply_room_init(&in);
	r->type = MESSAGE_MX;
	r->status = ANSWER_DATA;
	r->rcode = 0;
	r->ede = -1;
	r->ttl = 300;
	r->elapsed = 12;
	r->authenticated = 1;
	r->chain[r->n_chain++] = add_text("b.test");
	r->soa = 0;
	r->record[0] = (struct reply_record){
		.ttl = 300, .preference = 10, .name = add_text("mx.b.test")};
	r->record[1] = (struct reply_record){
		.ttl = 60, .preference = 20, .name = add_text("a\\046b.test")};
	r->record[2] = (struct reply_record){.preference = 30};
	r->n_records = 3;
}

static void make_a(void)
{
	struct reply *r = &in.reply;

	reply_room_init(&in);
	r->type = MESSAGE_A;
	r->status = ANSWER_DATA;
	r->ede = 3;
	r->doubt = FAILURE_STALE;
	r->record[0] = (struct reply_record){.address = {4, {192, 0, 2, 1}}};
	r->n_records = 1;
}

static void assert_refused(void)
{
	struct frame f;
	uint64_t cookie;

	frame_buffer_clear(&b);
	frame_put_reply(&b, 7, &in.reply);
	ck_assert_int_eq(frame_next(&b, &f), 1);
	ck_assert_int_eq(frame_get_reply(&f, &cookie, &out), -1);
}

START_TEST(a_reply_travels)
{
	const struct reply *r = &out.reply;
	struct frame f;
	uint64_t cookie;

	make_mx();
	frame_put_reply(&b, 0x123456789abcull, &in.reply);
	make_a();
	frame_put_reply(&b, 1, &in.reply);
	make_mx();
	ck_assert_int_eq(frame_next(&b, &f), 1);
	ck_assert_int_eq(frame_get_reply(&f, &cookie, &out), 0);
	ck_assert(cookie == 0x123456789abcull);
	ck_assert_uint_eq(r->type, MESSAGE_MX);
	ck_assert_uint_eq(r->n_chain, 1);
	ck_assert_str_eq(r->text + r->chain[0], "b.test");
	ck_assert_uint_eq(r->n_records, 3);
	ck_assert_uint_eq(r->record[1].preference, 20);
	ck_assert_uint_eq(r->record[1].ttl, 60);
	ck_assert_str_eq(r->text + r->record[1].name, "a\\046b.test");
	ck_assert_str_eq(r->text + r->record[2].name, "");
	ck_assert_uint_eq(r->ttl, 300);
	ck_assert_uint_eq(r->elapsed, 12);
	ck_assert_int_eq(r->authenticated, 1);
	ck_assert_int_eq(frame_next(&b, &f), 1);
	ck_assert_int_eq(frame_get_reply(&f, &cookie, &out), 0);
	ck_assert_mem_eq(r->record[0].address.bytes, "\xc0\0\2\1", 4);
	ck_assert_int_eq(r->doubt, FAILURE_STALE);
	ck_assert_int_eq(r->ede, 3);
	ck_assert_int_eq(frame_next(&b, &f), 0);
}
END_TEST

START_TEST(the_largest_reply_travels)
{
	struct reply *r = &in.reply;
	struct frame f;
	uint64_t cookie;

	make_mx();
	while (r->text_len + 100 < MESSAGE_TEXT)
		add_text("a-name-that-is-as-long-as-names-in-real-answers-are.example.test");
	for (size_t i = 0; i < MESSAGE_RECORDS; i++)
		r->record[i].name = r->record[0].name;
	r->n_records = MESSAGE_RECORDS;
	frame_put_reply(&b, 1, r);
	ck_assert_int_eq(frame_next(&b, &f), 1);
	ck_assert_int_eq(frame_get_reply(&f, &cookie, &out), 0);
	ck_assert_uint_eq(out.reply.n_records, MESSAGE_RECORDS);
}
END_TEST

START_TEST(replies_that_contradict_themselves)
{
	struct reply *r = &in.reply;

	make_mx();
	r->status = ANSWER_NXDOMAIN;
	assert_refused();
	make_mx();
	r->failure = FAILURE_TIMEOUT;
	assert_refused();
	make_mx();
	r->n_records = 0;
	assert_refused();
	make_mx();
	r->status = ANSWER_NOT_ASKED;
	assert_refused();
	make_mx();
	r->status = ANSWER_FAIL + 1;
	assert_refused();
	make_mx();
	r->record[0].name++; /* in the midst of a name */
	assert_refused();
	make_mx();
	r->record[0].name = (uint16_t)r->text_len;
	assert_refused();
	make_mx();
	r->chain[0] = 0xffff;
	assert_refused();
	make_mx();
	r->soa = 0xffff;
	assert_refused();
	make_mx();
	r->record[0].address.family = 4;
	assert_refused();
	make_a();
	r->record[0].address.family = 6;
	assert_refused();
	make_a();
	r->doubt = FAILURE_TIMEOUT;
	assert_refused();
	make_a();
	r->doubt = FAILURE_LIES;
	assert_refused();
}
END_TEST

START_TEST(names_with_bytes_that_no_name_has)
{
	static const char bad[] = "A \t\x7f\x80\xff\n\x1b";

	for (size_t i = 0; i < sizeof bad - 1; i++) {
		make_mx();
		in.reply.text[in.reply.record[0].name + 1] = bad[i];
		assert_refused();
	}
	make_mx();
	in.reply.text[0] = 'x';
	assert_refused();
	make_mx();
	in.reply.text[in.reply.text_len - 1] = 'x'; /* no end */
	assert_refused();
}
END_TEST

START_TEST(a_name_longer_than_the_program_holds)
{
	char name[NAME_SIZE + 1];

	memset(name, 'a', NAME_SIZE);
	name[NAME_SIZE] = '\0';
	make_mx();
	add_text(name);
	assert_refused();
	make_mx();
	add_text(name + 1);
	frame_put_reply(&b, 1, &in.reply);
}
END_TEST

START_TEST(truncated_replies)
{
	struct frame f;
	uint64_t cookie;

	make_mx();
	frame_put_reply(&b, 1, &in.reply);
	ck_assert_int_eq(frame_next(&b, &f), 1);
	for (const uint8_t *end = f.end - 1; end >= f.at; end--) {
		size_t n = (size_t)(end - f.at);
		uint8_t *copy = malloc(n ? n : 1);
		struct frame cut = {.type = FRAME_REPLY, .at = copy, .end = copy + n};

		memcpy(copy, f.at, n);
		ck_assert_int_eq(frame_get_reply(&cut, &cookie, &out), -1);
		free(copy);
	}
	/* A stream that is cut waits for more. */
	b.begin = 0;
	while (--b.end)
		ck_assert_int_eq(frame_next(&b, &f), 0);
}
END_TEST

/* What a reply is used for afterwards: every name is read to its end. */
static void use(const struct reply *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->n_chain; i++)
		sum += strlen(r->text + r->chain[i]);
	for (size_t i = 0; i < r->n_records; i++)
		sum += strlen(r->text + r->record[i].name);
	sum += strlen(r->text + r->soa);
	ck_assert_uint_lt(sum, (size_t)NAME_SIZE * (MESSAGE_RECORDS + MESSAGE_CHAIN + 1));
	free(reply_copy(r));
}

START_TEST(flipped_bits)
{
	struct frame_buffer whole = {0};
	unsigned refused = 0, taken = 0;

	make_mx();
	frame_put_reply(&whole, 1, &in.reply);
	for (size_t bit = 0; bit < 8 * (whole.end - whole.begin); bit++) {
		struct frame f;
		uint64_t cookie;
		int rc;

		frame_buffer_clear(&b);
		memcpy(frame_buffer_reserve(&b, whole.end), whole.bytes, whole.end);
		b.end = whole.end;
		b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		rc = frame_next(&b, &f);
		if (rc <= 0 || f.type != FRAME_REPLY || frame_get_reply(&f, &cookie, &out)) {
			refused++;
			continue;
		}
		use(&out.reply);
		taken++;
	}
	/* Both happen: a length is refused, a preference is only another one. */
	ck_assert_uint_gt(refused, 200);
	ck_assert_uint_gt(taken, 50);
	frame_buffer_clear(&whole);
}
END_TEST

START_TEST(noise)
{
	srand(5);
	for (int i = 0; i < 50000; i++) {
		uint32_t len = (uint32_t)(rand() % 200) + 1;
		struct frame f;
		uint64_t cookie;
		uint8_t *p;

		frame_buffer_clear(&b);
		p = frame_buffer_reserve(&b, len + 4);
		memcpy(p, &len, 4);
		for (uint32_t k = 0; k < len; k++)
			p[4 + k] = (uint8_t)(rand() % 3 ? rand() % 4 : rand());
		p[4] = FRAME_REPLY;
		b.end = len + 4;
		ck_assert_int_eq(frame_next(&b, &f), 1);
		if (!frame_get_reply(&f, &cookie, &out))
			use(&out.reply);
	}
}
END_TEST

START_TEST(lengths_and_types)
{
	static const uint32_t bad[] = {0, FRAME_MAX + 1, UINT32_MAX};
	struct frame f;

	for (size_t i = 0; i < 3; i++) {
		frame_buffer_clear(&b);
		memcpy(frame_buffer_reserve(&b, 5), &bad[i], 4);
		b.end = 4;
		ck_assert_int_eq(frame_next(&b, &f), -1);
	}
	for (int type = 0; type < 256; type++) {
		uint32_t one = 1;

		frame_buffer_clear(&b);
		memcpy(frame_buffer_reserve(&b, 5), &one, 4);
		b.bytes[4] = (uint8_t)type;
		b.end = 5;
		ck_assert_int_eq(frame_next(&b, &f),
				 type >= FRAME_SETUP && type < FRAME_TYPES ? 1 : -1);
	}
}
END_TEST

START_TEST(the_small_frames_travel)
{
	struct frame_setup setup = {.window = 200, .n_resolvers = 2, .rate = {0, 1000}}, s;
	struct frame_sockets sockets = {1, 16}, k;
	struct frame_query query = {
		.cookie = 5, .budget = 8000, .type = MESSAGE_MX, .resolver = 1, .name_len = 8};
	struct frame_query q;
	struct frame_counts counts = {1, 2, 3, 4, 5, 6}, c;
	struct frame f;
	char note[FRAME_NOTE];
	uint8_t resolver;

	memcpy(query.name, "\1a\4test", 8);
	frame_put_setup(&b, &setup);
	frame_put_sockets(&b, FRAME_SOCKETS, &sockets);
	frame_put_query(&b, &query);
	frame_put_ready(&b, "no Landlock");
	frame_put_want_tcp(&b, 3);
	frame_put_counts(&b, &counts);
	ck_assert(frame_next(&b, &f) == 1 && !frame_get_setup(&f, &s) && s.window == 200 &&
		  s.rate[1] == 1000);
	ck_assert(frame_next(&b, &f) == 1 && !frame_get_sockets(&f, &k) && k.n == 16 &&
		  k.resolver == 1);
	ck_assert(frame_next(&b, &f) == 1 && !frame_get_query(&f, &q) && q.cookie == 5 &&
		  q.budget == 8000);
	ck_assert_mem_eq(q.name, query.name, 8);
	ck_assert(frame_next(&b, &f) == 1 && !frame_get_ready(&f, note));
	ck_assert_str_eq(note, "no Landlock");
	ck_assert(frame_next(&b, &f) == 1 && !frame_get_want_tcp(&f, &resolver) &&
		  resolver == 3);
	ck_assert(frame_next(&b, &f) == 1 && !frame_get_counts(&f, &c) && c.foreign == 6);
}
END_TEST

START_TEST(small_frames_that_are_wrong)
{
	struct frame_setup setup = {.window = 0, .n_resolvers = 2};
	struct frame_sockets sockets = {FRAME_SERVERS, 1};
	struct frame_query query = {.budget = 8000, .name_len = 7};
	struct frame f;
	char note[FRAME_NOTE];
	uint8_t resolver;

	frame_put_setup(&b, &setup);
	ck_assert(frame_next(&b, &f) == 1 && frame_get_setup(&f, &setup));
	frame_put_sockets(&b, FRAME_SOCKETS, &sockets);
	ck_assert(frame_next(&b, &f) == 1 && frame_get_sockets(&f, &sockets));
	/* A name without its end, one whose label is too long, one that ends too early. */
	memcpy(query.name, "\1a\4test\0", 9);
	frame_put_query(&b, &query);
	ck_assert(frame_next(&b, &f) == 1 && frame_get_query(&f, &query));
	query.name_len = 9;
	frame_put_query(&b, &query);
	ck_assert(frame_next(&b, &f) == 1 && frame_get_query(&f, &query));
	query.name_len = 8;
	query.name[0] = 0xc0;
	frame_put_query(&b, &query);
	ck_assert(frame_next(&b, &f) == 1 && frame_get_query(&f, &query));
	frame_put_ready(&b, "\x1b[2J");
	ck_assert(frame_next(&b, &f) == 1 && frame_get_ready(&f, note));
	frame_put_want_tcp(&b, FRAME_SERVERS);
	ck_assert(frame_next(&b, &f) == 1 && frame_get_want_tcp(&f, &resolver));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("frame");
	TCase *t = tcase_create("frame");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, a_reply_travels);
	tcase_add_test(t, the_largest_reply_travels);
	tcase_add_test(t, replies_that_contradict_themselves);
	tcase_add_test(t, names_with_bytes_that_no_name_has);
	tcase_add_test(t, a_name_longer_than_the_program_holds);
	tcase_add_test(t, truncated_replies);
	tcase_add_test(t, flipped_bits);
	tcase_add_test(t, noise);
	tcase_add_test(t, lengths_and_types);
	tcase_add_test(t, the_small_frames_travel);
	tcase_add_test(t, small_frames_that_are_wrong);
	suite_add_tcase(s, t);
	return suite_run(s);
}
