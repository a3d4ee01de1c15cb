/*
 * The name servers of a zone asked themselves: this program is its own worker; one small server at 127.0.0.1 is the
 * resolver, and the same one at 127.0.1.K is the authority for the zone nK.test.  There are more of them than places
 * at the worker.
 */
#include "dns/authority.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/loop.h"
#include "dns/lookup_inner.h"
#include "dns/wire.h"
#include "relay/config.h"
#include "support/suite.h"

enum { ZONES = 100, SOCKETS = ZONES + 1 };

static int udp[SOCKETS], port;
static pid_t server;

static void add_address(struct wire *w, const char *name, uint32_t a)
{
	size_t at = wire_record(w, WIRE_ANSWER, name, MESSAGE_A, 60);

	wire_u32(w, a);
	wire_end(w, at);
}

/* The resolver: NS of the zones, addresses of their servers, of the MX. */
static void resolve(struct wire *w, const char *name, unsigned type)
{
	char text[40];
	int k = 0;

	if (type == MESSAGE_NS && sscanf(name, "n%d.test", &k) == 1 && strchr(name, '.')[1] == 't') {
		snprintf(text, sizeof text, "ns%d.test", k);
		wire_link(w, WIRE_ANSWER, name, MESSAGE_NS, text);
	} else if (type == MESSAGE_NS && strcmp(name, "crowd.test") == 0) {
		for (k = 1; k <= 20; k++) {
			snprintf(text, sizeof text, "ns%d.test", k);
			wire_link(w, WIRE_ANSWER, name, MESSAGE_NS, text);
		}
	} else if (type == MESSAGE_A && sscanf(name, "ns%d.test", &k) == 1) {
		add_address(w, name, 0x7f000100u + (unsigned)k);
	} else if (type == MESSAGE_A && strcmp(name, "mx.other.test") == 0) {
		add_address(w, name, 0x16160001);
	} else {
		/* The SOA stands at the top of the zone: "nK.test" or "crowd.test". */
		const char *zone = name, *parent;

		while ((parent = name_parent(zone)) && strcmp(parent, "test") != 0)
			zone = parent;
		wire_soa(w, zone, 60, 60);
	}
}

/* An authority; the first label of the name below the zone says how it answers.  0 for silence. */
static int answer(struct wire *w, unsigned id, const char *name, unsigned type, int recursion)
{
	wire_begin(w, id, recursion ? 2 : 0, name, type);
	w->bytes[2] = (uint8_t)(0x80 | (strncmp(name, "stale", 5) == 0 ? 0 : 0x04)); /* AA, no RD */
	w->bytes[3] &= 0x0f;
	if (recursion)
		return 1;
	if (strncmp(name, "refer", 5) == 0) {
		w->bytes[2] = 0x80;
		wire_link(w, WIRE_AUTHORITY, "test", MESSAGE_NS, "ns1.test");
		return 1;
	}
	wire_mx(w, name, 60, 10, "mx.other.test");
	if (strstr(name, "listed"))
		wire_mx(w, name, 60, 50, "backup.isp.test");
	return 1;
}

static void serve(void)
{
	static struct wire w;
	struct pollfd p[SOCKETS];

	for (int i = 0; i < SOCKETS; i++)
		p[i] = (struct pollfd){.fd = udp[i], .events = POLLIN};
	for (;;) {
		poll(p, SOCKETS, -1);
		for (int i = 0; i < SOCKETS; i++) {
			struct sockaddr_in peer;
			socklen_t size = sizeof peer;
			uint8_t query[600];
			char name[NAME_SIZE];
			unsigned id, type;
			ssize_t n;
			int len;

			n = recvfrom(udp[i], query, sizeof query, MSG_DONTWAIT, (struct sockaddr *)&peer, &size);
			if (n < 17)
				continue;
			len = message_name_to_text(name, sizeof name, query + 12, (size_t)n - 12);
			if (len < 0)
				continue;
			id = (unsigned)query[0] << 8 | query[1];
			type = query[12 + len + 3];
			if (i == 0) {
				wire_begin(&w, id, 0, name, type);
				resolve(&w, name, type);
			} else {
				answer(&w, id, name, type, query[2] & 1);
			}
			sendto(udp[i], w.bytes, w.len, 0, (struct sockaddr *)&peer, size);
		}
	}
}

static void listen_at(int i)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t size = sizeof a;

	a.sin_addr.s_addr = htonl(i ? 0x7f000100u + (unsigned)i : INADDR_LOOPBACK);
	udp[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(udp[i], (struct sockaddr *)&a, size), 0);
	getsockname(udp[i], (struct sockaddr *)&a, &size);
	port = ntohs(a.sin_port);
}

/* --- the caller --- */

static struct config config;
static struct loop *loop;
static struct lookups *lookups;
static unsigned told, agreed;
static enum authority_judgement last;
static size_t last_n;
static char last_zone[NAME_SIZE], last_address[80];
static void (*then)(void);

static void on_authority(void *ctx, const struct authority_result *r)
{
	(void)ctx;
	told++;
	last = authority_judge(r, NULL);
	agreed += last == AUTHORITY_AGREES;
	last_n = r->n;
	snprintf(last_zone, sizeof last_zone, "%s", r->zone);
	snprintf(last_address, sizeof last_address, "%s", r->n ? r->server[0].address : "");
	if (then)
		then();
}

static void set(const char *key, const char *text)
{
	struct err e = {0};

	ck_assert_msg(!config_set(&config, key, text, "test", &e), "%s", e.text);
}

static void set_up(void)
{
	struct err e = {0};
	char text[40];

	port = 0;
	for (int i = 0; i < SOCKETS; i++)
		listen_at(i);
	server = fork();
	if (!server)
		serve();
	config_init(&config);
	set("relay-host", "backup.isp.test");
	set("network", "11.11.0.0/16");
	snprintf(text, sizeof text, "127.0.0.1:%d", port);
	set("resolver", text);
	snprintf(text, sizeof text, "%d", port);
	set("authoritative-port", text);
	loop = loop_new(&e);
	ck_assert_msg(!lookups_new(&lookups, loop, &config, &e), "%s", e.text);
}

static void tear_down(void)
{
	lookups_free(lookups);
	loop_free(loop);
	config_clear(&config);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	for (int i = 0; i < SOCKETS; i++)
		close(udp[i]);
}

static void look_up(const char *name)
{
	unsigned before = told;

	authority_ask(lookups, name, on_authority, NULL);
	ck_assert_uint_eq(told, before);
	while (told == before)
		loop_turn(loop, 1000);
}

static void ask_all(void)
{
	char name[40];

	for (int k = 1; k <= ZONES; k++) {
		snprintf(name, sizeof name, "www.n%d.test", k);
		authority_ask(lookups, name, on_authority, NULL);
	}
}

START_TEST(the_zone_is_found_and_its_server_asked)
{
	char want[80];

	look_up("a.b.www.n7.test");
	ck_assert_int_eq(last, AUTHORITY_AGREES);
	ck_assert_str_eq(last_zone, "n7.test");
	snprintf(want, sizeof want, "127.0.1.7:%d", port);
	ck_assert_str_eq(last_address, want);
	look_up("listed.n7.test");
	ck_assert_int_eq(last, AUTHORITY_LISTS);
	ck_assert_uint_eq(lookups_pending(lookups), 0);
}
END_TEST

/* Who answers without authority, from a cache, agrees to nothing, but what he says against a deletion counts. */
START_TEST(an_answer_without_authority)
{
	look_up("stale.n1.test");
	ck_assert_int_eq(last, AUTHORITY_NOBODY);
	look_up("stale-listed.n1.test");
	ck_assert_int_eq(last, AUTHORITY_LISTS);
	look_up("refer.n1.test");
	ck_assert_int_eq(last, AUTHORITY_NOBODY);
}
END_TEST

START_TEST(a_crowd_of_servers_is_bounded)
{
	look_up("www.crowd.test");
	ck_assert_int_eq(last, AUTHORITY_AGREES);
	ck_assert_uint_eq(last_n, 8);
}
END_TEST

START_TEST(more_servers_than_places)
{
	ask_all();
	while (told < ZONES)
		loop_turn(loop, 1000);
	ck_assert_uint_eq(agreed, ZONES);
	for (int i = 0; i < FRAME_AUTHORITIES; i++)
		ck_assert(!lookups->place[i].jobs && !lookups->place[i].open);
}
END_TEST

static void kill_worker(void)
{
	if (told == 5 || told == 60)
		kill(lookups->worker.pid, SIGKILL);
}

START_TEST(a_worker_that_dies_gets_its_sockets_anew)
{
	then = kill_worker;
	ask_all();
	while (told < ZONES)
		loop_turn(loop, 1000);
	ck_assert_uint_eq(agreed, ZONES);
}
END_TEST

static void cancel_all(void)
{
	char name[40];

	then = NULL;
	for (int k = 1; k <= ZONES; k++) {
		snprintf(name, sizeof name, "www.n%d.test", k);
		authority_cancel(lookups, name, on_authority, NULL);
	}
}

START_TEST(cancelled_in_the_middle)
{
	then = cancel_all;
	ask_all();
	while (told < 1)
		loop_turn(loop, 1000);
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(lookups_pending(lookups), 0);
	look_up("www.n99.test");
	ck_assert_int_eq(last, AUTHORITY_AGREES);
}
END_TEST

START_TEST(freed_in_the_middle)
{
	ask_all();
	while (told < 3)
		loop_turn(loop, 1000);
	ck_assert_uint_gt(lookups_pending(lookups), 0);
}
END_TEST

START_TEST(judgements)
{
	const struct verdict orphan = {.class = CLASS_ORPHAN, .reason = ORPHAN_OFFNET, .deletion = DELETE_C1},
			     held = {.class = CLASS_ORPHAN, .reason = ORPHAN_ONNET, .deletion = DELETE_HOLD},
			     ok = {.class = CLASS_OK, .reason = OK_BACKUP},
			     open = {.class = CLASS_UNKNOWN, .reason = UNK_TARGET_TEMPFAIL};
	struct authority_server s[2] = {{.said = AUTHORITY_ANSWERED, .verdict = orphan}, {.said = AUTHORITY_SILENT}};
	struct authority_result r = {.name = "a.test", .zone = "a.test", .server = s, .n = 2};
	const struct authority_server *which;

	ck_assert_int_eq(authority_judge(&r, &which), AUTHORITY_AGREES);
	ck_assert_ptr_null(which);
	r.incomplete = 1;
	ck_assert_int_eq(authority_judge(&r, NULL), AUTHORITY_NOBODY);
	r.incomplete = 0;
	s[1] = (struct authority_server){.said = AUTHORITY_ANSWERED, .verdict = open};
	ck_assert_int_eq(authority_judge(&r, &which), AUTHORITY_UNCLEAR);
	ck_assert_ptr_eq(which, &s[1]);
	s[1].verdict = held;
	ck_assert_int_eq(authority_judge(&r, &which), AUTHORITY_HOLDS);
	ck_assert_ptr_eq(which, &s[1]);
	s[0].verdict = open;
	ck_assert_int_eq(authority_judge(&r, &which), AUTHORITY_UNCLEAR);
	s[0].verdict = ok;
	ck_assert_int_eq(authority_judge(&r, &which), AUTHORITY_LISTS);
	ck_assert_ptr_eq(which, &s[0]);
	r.n = 0;
	ck_assert_int_eq(authority_judge(&r, NULL), AUTHORITY_NOBODY);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("authority");
	TCase *t = tcase_create("authority"), *pure = tcase_create("pure");

	if (worker_is_wanted(argc, argv))
		worker_main();
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_zone_is_found_and_its_server_asked);
	tcase_add_test(t, an_answer_without_authority);
	tcase_add_test(t, a_crowd_of_servers_is_bounded);
	tcase_add_test(t, more_servers_than_places);
	tcase_add_test(t, a_worker_that_dies_gets_its_sockets_anew);
	tcase_add_test(t, cancelled_in_the_middle);
	tcase_add_test(t, freed_in_the_middle);
	suite_add_tcase(s, t);
	tcase_add_test(pure, judgements);
	suite_add_tcase(s, pure);
	return suite_run(s);
}
