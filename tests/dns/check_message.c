/*
 * Reading answers: good ones, negative ones with and without proof, chains,
 * extended errors, messages that are cut or lie about themselves.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/wire.h"
#include "support/suite.h"

static struct reply_room room;
static struct wire w;
static const struct reply *const r = &room.reply;

static enum message_result read_for(const char *name, uint16_t type)
{
	return wire_read(&room, &w, name, type);
}

static const char *text(uint16_t place)
{
	return r->text + place;
}

static void assert_fails(const char *name, uint16_t type, enum answer_failure failure)
{
	ck_assert_int_eq(read_for(name, type), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_FAIL);
	ck_assert_int_eq(r->failure, failure);
	ck_assert_uint_eq(r->n_records, 0);
}

static void good_mx(void)
{
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_mx(&w, "a.test", 300, 20, "Backup.ISP.test");
	wire_mx(&w, "A.test", 60, 10, "mx.a.test");
	wire_opt(&w, 0, -1);
}

START_TEST(a_good_answer)
{
	good_mx();
	w.bytes[3] |= 0x20;
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_int_eq(r->failure, FAILURE_NONE);
	ck_assert_int_eq(r->authenticated, 1);
	ck_assert_int_eq(r->rcode, 0);
	ck_assert_int_eq(r->ede, -1);
	ck_assert_uint_eq(r->ttl, 60);
	ck_assert_uint_eq(r->n_records, 2);
	ck_assert_uint_eq(r->record[0].preference, 20);
	ck_assert_str_eq(text(r->record[0].name), "backup.isp.test");
	ck_assert_str_eq(text(r->record[1].name), "mx.a.test");
}
END_TEST

START_TEST(a_null_mx_has_the_empty_name)
{
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_mx(&w, "a.test", 300, 0, "");
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_str_eq(text(r->record[0].name), "");
}
END_TEST

START_TEST(addresses)
{
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 7};
	size_t at;

	wire_begin(&w, 1, 0, "a.test", MESSAGE_A);
	at = wire_record(&w, WIRE_ANSWER, "a.test", MESSAGE_A, 0x80000001u);
	wire_u32(&w, 0x0b0b000a);
	wire_end(&w, at);
	ck_assert_int_eq(read_for("a.test", MESSAGE_A), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_uint_eq(r->record[0].address.family, 4);
	ck_assert_mem_eq(r->record[0].address.bytes, "\x0b\x0b\0\x0a", 4);
	/* RFC 2181 8 */
	ck_assert_uint_eq(r->ttl, 0);

	wire_begin(&w, 1, 0, "a.test", MESSAGE_AAAA);
	at = wire_record(&w, WIRE_ANSWER, "a.test", MESSAGE_AAAA, 5);
	memcpy(w.bytes + w.len, v6, 16);
	w.len += 16;
	wire_end(&w, at);
	ck_assert_int_eq(read_for("a.test", MESSAGE_AAAA), MESSAGE_DONE);
	ck_assert_uint_eq(r->record[0].address.family, 6);
	ck_assert_mem_eq(r->record[0].address.bytes, v6, 16);

	/* An address of a wrong length is none, and so is the answer. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_A);
	at = wire_record(&w, WIRE_ANSWER, "a.test", MESSAGE_A, 5);
	wire_u16(&w, 1);
	wire_end(&w, at);
	assert_fails("a.test", MESSAGE_A, FAILURE_MALFORMED);
}
END_TEST

START_TEST(truncated_at_every_byte)
{
	size_t whole;

	good_mx();
	whole = w.len;
	for (size_t n = 0; n < whole; n++) {
		w.len = n;
		if (read_for("a.test", MESSAGE_MX) == MESSAGE_DONE)
			ck_assert_int_eq(r->status, ANSWER_FAIL);
	}
	w.len = whole;
	wire_byte(&w, 0);
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
}
END_TEST

START_TEST(foreign_messages)
{
	good_mx();
	w.bytes[2] &= 0x7f; /* a question */
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_FOREIGN);
	good_mx();
	w.bytes[2] |= 0x10; /* opcode 2 */
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_FOREIGN);
	good_mx();
	ck_assert_int_eq(read_for("b.test", MESSAGE_MX), MESSAGE_FOREIGN);
	ck_assert_int_eq(read_for("a.tes", MESSAGE_MX), MESSAGE_FOREIGN);
	ck_assert_int_eq(read_for("a.test", MESSAGE_A), MESSAGE_FOREIGN);
	w.bytes[w.len = 12 + 8 + 3] = 3; /* class CHAOS */
	w.len++;
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_FOREIGN);
	/* The question's letters may come back in any case. */
	good_mx();
	w.bytes[13] = 'A';
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	/* Without a question only an error is believed. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	w.len = 12;
	w.bytes[5] = 0;
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_FOREIGN);
	w.bytes[3] = 3;
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_FOREIGN);
	w.bytes[3] = 1;
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
}
END_TEST

START_TEST(truncation_is_told)
{
	good_mx();
	w.bytes[2] |= 2;
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_TRUNCATED);
}
END_TEST

START_TEST(counts_that_lie)
{
	for (unsigned section = WIRE_ANSWER; section <= WIRE_ADDITIONAL; section += 2) {
		good_mx();
		w.bytes[section] = 0xff;
		w.bytes[section + 1] = 0xff;
		assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	}
	/* More records than there may be; none of them is left out in silence. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	for (int i = 0; i <= MESSAGE_RECORDS; i++)
		wire_mx(&w, "a.test", 1, 1, "b");
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	for (int i = 0; i < MESSAGE_RECORDS; i++)
		wire_mx(&w, "a.test", 1, 1, "b");
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_uint_eq(r->n_records, MESSAGE_RECORDS);
}
END_TEST

START_TEST(compression_that_loops)
{
	size_t at;

	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	at = wire_record(&w, WIRE_ANSWER, "a.test", MESSAGE_MX, 5);
	wire_u16(&w, 10);
	wire_u16(&w, 0xc000 | (unsigned)w.len); /* points to itself */
	wire_end(&w, at);
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	at = wire_record(&w, WIRE_ANSWER, "a.test", MESSAGE_MX, 5);
	wire_u16(&w, 10);
	wire_byte(&w, 1);
	wire_byte(&w, 'x');
	wire_u16(&w, 0xc000 | (unsigned)(w.len - 2)); /* x.x.x.x... */
	wire_end(&w, at);
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	/* A name that does not fill its record. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	at = wire_record(&w, WIRE_ANSWER, "a.test", MESSAGE_MX, 5);
	wire_u16(&w, 10);
	wire_name(&w, "b.test");
	wire_byte(&w, 0);
	wire_end(&w, at);
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
}
END_TEST

START_TEST(chains)
{
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_CNAME, "B.test");
	wire_link(&w, WIRE_ANSWER, "b.test", MESSAGE_CNAME, "c.test");
	wire_mx(&w, "c.test", 900, 10, "mx.test");
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_uint_eq(r->n_chain, 2);
	ck_assert_str_eq(text(r->chain[0]), "b.test");
	ck_assert_str_eq(text(r->chain[1]), "c.test");
	ck_assert_uint_eq(r->ttl, 300);

	/* The same upside down. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_mx(&w, "c.test", 900, 10, "mx.test");
	wire_link(&w, WIRE_ANSWER, "b.test", MESSAGE_CNAME, "c.test");
	wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_CNAME, "b.test");
	ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_uint_eq(r->n_chain, 2);
	ck_assert_uint_eq(r->n_records, 1);

	/* Records of other names do not count. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_mx(&w, "b.test", 900, 10, "mx.test");
	assert_fails("a.test", MESSAGE_MX, FAILURE_NEG_NO_SOA);
}
END_TEST

START_TEST(chains_that_go_wrong)
{
	char from[24], to[24];

	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_CNAME, "b.test");
	wire_link(&w, WIRE_ANSWER, "b.test", MESSAGE_CNAME, "A.test");
	assert_fails("a.test", MESSAGE_MX, FAILURE_CNAME_LOOP);
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_CNAME, "a.test");
	assert_fails("a.test", MESSAGE_MX, FAILURE_CNAME_LOOP);

	for (int n = MESSAGE_CHAIN; n <= MESSAGE_CHAIN + 1; n++) {
		wire_begin(&w, 1, 0, "n0.test", MESSAGE_MX);
		for (int i = 0; i < n; i++) {
			snprintf(from, sizeof from, "n%d.test", i);
			snprintf(to, sizeof to, "n%d.test", i + 1);
			wire_link(&w, WIRE_ANSWER, from, MESSAGE_CNAME, to);
		}
		wire_mx(&w, to, 900, 10, "mx.test");
		if (n > MESSAGE_CHAIN) {
			assert_fails("n0.test", MESSAGE_MX, FAILURE_CNAME_LOOP);
		} else {
			ck_assert_int_eq(read_for("n0.test", MESSAGE_MX), MESSAGE_DONE);
			ck_assert_int_eq(r->status, ANSWER_DATA);
			ck_assert_uint_eq(r->n_chain, MESSAGE_CHAIN);
		}
	}
	/* A CNAME and other data at one name, in both orders: the data could be the truth. */
	for (int first = 0; first < 2; first++) {
		wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
		if (first)
			wire_mx(&w, "a.test", 900, 10, "mx.test");
		wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_CNAME, "b.test");
		if (!first)
			wire_mx(&w, "a.test", 900, 10, "mx.test");
		wire_mx(&w, "b.test", 900, 10, "mx2.test");
		assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	}
}
END_TEST

START_TEST(dnames)
{
	/* As RFC 6672 wants it, with the CNAME made from it. */
	wire_begin(&w, 1, 0, "x.a.test", MESSAGE_MX);
	wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_DNAME, "b.test");
	wire_link(&w, WIRE_ANSWER, "x.a.test", MESSAGE_CNAME, "x.b.test");
	wire_mx(&w, "x.b.test", 900, 10, "mx.test");
	ck_assert_int_eq(read_for("x.a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_uint_eq(r->n_chain, 1);
	/* And without it. */
	wire_begin(&w, 1, 0, "x.a.test", MESSAGE_MX);
	wire_link(&w, WIRE_ANSWER, "A.test", MESSAGE_DNAME, "b.test");
	wire_mx(&w, "x.b.test", 900, 10, "mx.test");
	ck_assert_int_eq(read_for("x.a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_str_eq(text(r->chain[0]), "x.b.test");
	/* At the name itself a DNAME changes nothing, nor does one beside it. */
	wire_begin(&w, 1, 0, "xa.test", MESSAGE_MX);
	wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_DNAME, "b.test");
	wire_link(&w, WIRE_ANSWER, "xa.test", MESSAGE_DNAME, "b.test");
	wire_mx(&w, "xa.test", 900, 10, "mx.test");
	ck_assert_int_eq(read_for("xa.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_uint_eq(r->n_chain, 0);
}
END_TEST

START_TEST(negatives)
{
	static const struct {
		const char *soa;
		unsigned rcode, ns;
		enum answer_status status;
		enum answer_failure failure;
	} row[] = {
		{"a.test", 0, 0, ANSWER_NODATA, FAILURE_NONE},
		{"test", 0, 0, ANSWER_NODATA, FAILURE_NONE},
		{"", 3, 0, ANSWER_NXDOMAIN, FAILURE_NONE},
		{"TEST", 3, 1, ANSWER_NXDOMAIN, FAILURE_NONE},
		{NULL, 0, 0, ANSWER_FAIL, FAILURE_NEG_NO_SOA},
		{NULL, 3, 0, ANSWER_FAIL, FAILURE_NEG_NO_SOA},
		{NULL, 0, 1, ANSWER_FAIL, FAILURE_LAME},
		{"b.test", 3, 0, ANSWER_FAIL, FAILURE_NEG_NO_SOA},   /* of another zone */
		{"x.a.test", 3, 0, ANSWER_FAIL, FAILURE_NEG_NO_SOA}, /* below the name */
		{"est", 3, 0, ANSWER_FAIL, FAILURE_NEG_NO_SOA},
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		wire_begin(&w, 1, row[i].rcode, "a.test", MESSAGE_MX);
		if (row[i].ns)
			wire_link(&w, WIRE_AUTHORITY, "", MESSAGE_NS, "a.root-servers.net");
		if (row[i].soa)
			wire_soa(&w, row[i].soa, 100, 50);
		ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
		ck_assert_int_eq(r->status, row[i].status);
		ck_assert_int_eq(r->failure, row[i].failure);
		if (r->status != ANSWER_FAIL)
			ck_assert_uint_eq(r->ttl, 50);
	}
	ck_assert_str_eq(text(r->soa), "");
	/* Behind an alias the proof must be about the alias's end. */
	for (int good = 0; good < 2; good++) {
		wire_begin(&w, 1, 3, "a.test", MESSAGE_MX);
		wire_link(&w, WIRE_ANSWER, "a.test", MESSAGE_CNAME, "b.example");
		wire_soa(&w, good ? "example" : "a.test", 100, 500);
		ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
		ck_assert_int_eq(r->status, good ? ANSWER_NXDOMAIN : ANSWER_FAIL);
	}
	ck_assert_str_eq(text(r->soa), "example");
	/* Data of a name that no alias leads to: a link was lost on the way, and what is left is no negative. */
	for (int rcode = 0; rcode <= 3; rcode += 3) {
		wire_begin(&w, 1, (unsigned)rcode, "a.test", MESSAGE_MX);
		wire_mx(&w, "b.test", 60, 10, "mx.test");
		wire_soa(&w, "test", 100, 50);
		assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	}
	/* Data of a name that does not exist is a contradiction. */
	good_mx();
	w.bytes[3] |= 3;
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
}
END_TEST

START_TEST(return_codes)
{
	static const struct {
		unsigned rcode, high;
		int ede;
		enum answer_failure failure;
	} row[] = {
		{1, 0, -1, FAILURE_MALFORMED}, {2, 0, -1, FAILURE_SERVFAIL},
		{4, 0, -1, FAILURE_MALFORMED}, {5, 0, -1, FAILURE_REFUSED},
		{9, 0, -1, FAILURE_LAME},      {0, 1, -1, FAILURE_MALFORMED},
		{2, 0, 6, FAILURE_BOGUS},      {2, 0, 12, FAILURE_BOGUS},
		{2, 0, 13, FAILURE_SERVFAIL},  {2, 0, 22, FAILURE_LAME},
		{2, 0, 23, FAILURE_LAME},      {3, 0, 15, FAILURE_FILTERED},
		{3, 0, 18, FAILURE_FILTERED},  {5, 0, 17, FAILURE_FILTERED},
		{0, 0, 4, FAILURE_FILTERED},   {0, 0, 3, FAILURE_STALE},
		{3, 0, 19, FAILURE_STALE},     {0, 0, 5, FAILURE_BOGUS},
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		wire_begin(&w, 1, row[i].rcode, "a.test", MESSAGE_MX);
		wire_soa(&w, "a.test", 60, 60);
		wire_opt(&w, row[i].high, row[i].ede);
		assert_fails("a.test", MESSAGE_MX, row[i].failure);
		ck_assert_int_eq(r->ede, row[i].ede);
		ck_assert_int_eq(r->rcode, (int)(row[i].high << 4 | row[i].rcode));
	}
}
END_TEST

START_TEST(extended_errors_on_data)
{
	for (int code = 0; code < 30; code++) {
		wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
		wire_mx(&w, "a.test", 60, 10, "mx.test");
		wire_opt(&w, 0, code);
		ck_assert_int_eq(read_for("a.test", MESSAGE_MX), MESSAGE_DONE);
		ck_assert_int_eq(r->ede, code);
		if (code == 4 || (code >= 15 && code <= 18))
			ck_assert_int_eq(r->failure, FAILURE_FILTERED);
		else
			ck_assert_int_eq(r->status, ANSWER_DATA);
		ck_assert_int_eq(r->doubt, code == 3 || code == 19    ? FAILURE_STALE
					   : code >= 5 && code <= 12 ? FAILURE_BOGUS
								      : FAILURE_NONE);
	}
	/* The gravest of several counts, the first is shown. */
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	wire_mx(&w, "a.test", 60, 10, "mx.test");
	size_t at = wire_record(&w, WIRE_ADDITIONAL, "", MESSAGE_OPT, 0);
	for (unsigned code = 13; code <= 17; code += 4) {
		wire_u16(&w, 15);
		wire_u16(&w, 2);
		wire_u16(&w, code);
	}
	wire_end(&w, at);
	assert_fails("a.test", MESSAGE_MX, FAILURE_FILTERED);
	ck_assert_int_eq(r->ede, 13);
	/* Two OPT records, or an option longer than its record, are no message. */
	good_mx();
	wire_opt(&w, 0, -1);
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
	wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
	at = wire_record(&w, WIRE_ADDITIONAL, "", MESSAGE_OPT, 0);
	wire_u16(&w, 15);
	wire_u16(&w, 200);
	wire_u16(&w, 6);
	wire_end(&w, at);
	assert_fails("a.test", MESSAGE_MX, FAILURE_MALFORMED);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("message");

	reply_room_init(&room);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_good_answer);
	tcase_add_test(t, a_null_mx_has_the_empty_name);
	tcase_add_test(t, addresses);
	tcase_add_test(t, truncated_at_every_byte);
	tcase_add_test(t, foreign_messages);
	tcase_add_test(t, truncation_is_told);
	tcase_add_test(t, counts_that_lie);
	tcase_add_test(t, compression_that_loops);
	tcase_add_test(t, chains);
	tcase_add_test(t, chains_that_go_wrong);
	tcase_add_test(t, dnames);
	tcase_add_test(t, negatives);
	tcase_add_test(t, return_codes);
	tcase_add_test(t, extended_errors_on_data);
	suite_add_tcase(s, t);
	return suite_run(s);
}
