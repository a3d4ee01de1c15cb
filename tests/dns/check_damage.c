/*
 * Damaged and random messages: never a crash, never a part of an answer, and
 * where ldns can read them too, the same MX set.
 */
#include <check.h>
#include <ctype.h>
#include <ldns/ldns.h>
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

/* True when ldns's MX set of the owner equals ours, in order. */
static int is_same_set(const ldns_pkt *p, const char *owner)
{
	const ldns_rr_list *list = ldns_pkt_answer(p);
	ldns_rdf *name = ldns_dname_new_frm_str(owner);
	size_t n = 0;
	int same = 1;

	for (size_t i = 0; i < ldns_rr_list_rr_count(list) && same; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);
		uint8_t wire[MESSAGE_NAME];
		int len;

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_MX ||
		    ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN ||
		    ldns_dname_compare(ldns_rr_owner(rr), name))
			continue;
		if (n >= r->n_records) {
			same = 0;
			break;
		}
		len = message_name_to_wire(wire, text(r->record[n].name));
		same = r->record[n].preference == ldns_rdf2native_int16(ldns_rr_rdf(rr, 0)) &&
		       len == (int)ldns_rdf_size(ldns_rr_rdf(rr, 1));
		for (int k = 0; same && k < len; k++)
			same = wire[k] == tolower(ldns_rdf_data(ldns_rr_rdf(rr, 1))[k]);
		n++;
	}
	ldns_rdf_deep_free(name);
	return same && n == r->n_records;
}

/* An answer as servers send it, with compressed names. */
static void compressed_answer(void)
{
	size_t at;

	wire_begin(&w, 1, 0, "dom.a.test", MESSAGE_MX);
	for (unsigned i = 0; i < 4; i++) {
		at = wire_record(&w, WIRE_ANSWER, "", MESSAGE_MX, 300);
		/* The owner was written as the root: make it a pointer to the question. */
		memmove(w.bytes + at - 7, w.bytes + at - 8, 10);
		w.bytes[at - 9] = 0xc0;
		w.bytes[at - 8] = 12;
		w.len++;
		at++;
		wire_u16(&w, 10 * i);
		wire_byte(&w, 3);
		wire_byte(&w, 'm');
		wire_byte(&w, 'x');
		wire_byte(&w, '0' + i);
		wire_u16(&w, 0xc000 | (12 + 4)); /* a.test */
		wire_end(&w, at);
	}
	wire_opt(&w, 0, 1);
}

START_TEST(damage_is_read_as_ldns_reads_it)
{
	static struct wire whole;
	unsigned both = 0;

	compressed_answer();
	ck_assert_int_eq(read_for("dom.a.test", MESSAGE_MX), MESSAGE_DONE);
	ck_assert_int_eq(r->status, ANSWER_DATA);
	ck_assert_uint_eq(r->n_records, 4);
	ck_assert_str_eq(text(r->record[3].name), "mx3.a.test");
	whole = w;
	srand(2026);
	for (int i = 0; i < 60000; i++) {
		ldns_pkt *p = NULL;

		w = whole;
		for (int k = rand() % 4; k >= 0; k--)
			w.bytes[12 + (size_t)rand() % (w.len - 12)] =
				(uint8_t)(rand() % 3 ? rand() : rand() % 16);
		if (rand() % 8 == 0)
			w.len -= (size_t)rand() % 20;
		if (read_for("dom.a.test", MESSAGE_MX) != MESSAGE_DONE ||
		    r->status != ANSWER_DATA || r->n_chain)
			continue;
		if (ldns_wire2pkt(&p, w.bytes, w.len) == LDNS_STATUS_OK) {
			ck_assert_msg(is_same_set(p, "dom.a.test"),
				      "round %d: ldns reads another MX set", i);
			both++;
		}
		ldns_pkt_free(p);
	}
	ck_assert_uint_gt(both, 1000);
}
END_TEST

START_TEST(noise_is_survived)
{
	srand(77);
	for (int i = 0; i < 60000; i++) {
		wire_begin(&w, 1, 0, "a.test", MESSAGE_MX);
		for (int k = rand() % 200; k > 0; k--)
			wire_byte(&w, (unsigned)(rand() % 4 ? rand() : 0xc0 | rand() % 2));
		w.bytes[7] = (uint8_t)(rand() % 4);
		w.bytes[9] = (uint8_t)(rand() % 3);
		w.bytes[11] = (uint8_t)(rand() % 3);
		if (read_for("a.test", MESSAGE_MX) == MESSAGE_DONE)
			ck_assert_int_eq(r->status == ANSWER_FAIL, r->failure != FAILURE_NONE);
	}
}
END_TEST

START_TEST(ldns_understands_the_query)
{
	uint8_t query[MESSAGE_QUERY], wire[MESSAGE_NAME];
	size_t n = (size_t)message_name_to_wire(wire, "a\\046b.Test");
	ldns_pkt *p = NULL;

	n = message_build(query, wire, n, MESSAGE_MX, 0xabcd, 1);
	ck_assert_int_eq(ldns_wire2pkt(&p, query, n), LDNS_STATUS_OK);
	ck_assert_uint_eq(ldns_pkt_id(p), 0xabcd);
	ck_assert(ldns_pkt_rd(p) && ldns_pkt_ad(p) && !ldns_pkt_qr(p) && ldns_pkt_edns(p));
	ck_assert_uint_eq(ldns_pkt_edns_udp_size(p), 1232);
	ck_assert_int_eq(ldns_rr_get_type(ldns_rr_list_rr(ldns_pkt_question(p), 0)),
			 LDNS_RR_TYPE_MX);
	ldns_pkt_free(p);
	n = message_build(query, wire, (size_t)message_name_to_wire(wire, "a.test"), MESSAGE_A,
			  1, 0);
	ck_assert_int_eq(ldns_wire2pkt(&p, query, n), LDNS_STATUS_OK);
	ck_assert(!ldns_pkt_edns(p));
	ldns_pkt_free(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("damage");
	TCase *t = tcase_create("damage");

	reply_room_init(&room);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, damage_is_read_as_ldns_reads_it);
	tcase_add_test(t, noise_is_survived);
	tcase_add_test(t, ldns_understands_the_query);
	suite_add_tcase(s, t);
	return suite_run(s);
}
