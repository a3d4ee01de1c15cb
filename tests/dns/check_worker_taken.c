/*
 * A worker that was taken over: this program is its own worker, executed, fed and sandboxed as that of mxward is, and an
 * answer takes it over: the linker puts __wrap_message_read() in the place of the parser (Makefile), which does for some
 * names what an attacker would.
 */
#include "dns/attempts.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "dns/asked.h"
#include "dns/lookup.h"
#include "dns/worker.h"

enum { WHAT_IS_OPEN = N_ATTEMPTS /* the number that asks for that, behind those of the attempts */, N_FILES = 4096 };

static int is_socket(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != ENOTSOCK && errno != EBADF);
}

/* A letter for what a descriptor is, as far as the sandbox lets one know: . not open, n /dev/null or an empty file, s a
 * socket, e an epoll set, f anything else. */
static char kind_of(int fd)
{
	struct pollfd p = {.fd = fd};
	struct epoll_event ev;
	char byte;

	if (poll(&p, 1, 0) == 1 && (p.revents & POLLNVAL))
		return '.';
	if (is_socket(fd))
		return 's';
	if (epoll_wait(fd, &ev, 1, 0) >= 0)
		return 'e';
	return read(fd, &byte, 1) == 0 ? 'n' : 'f';
}

/* Tells whom each socket leads to what is open. */
static void tell_what_is_open(void)
{
	char kinds[N_FILES];

	for (int fd = 0; fd < N_FILES; fd++)
		kinds[fd] = kind_of(fd);
	for (int fd = WORKER_FD + 1; fd < N_FILES; fd++)
		if (kinds[fd] == 's')
			send(fd, kinds, sizeof kinds, MSG_NOSIGNAL);
}

enum message_result __real_message_read(struct reply_room *room, const uint8_t *bytes, size_t len, const uint8_t *query);
enum message_result __wrap_message_read(struct reply_room *room, const uint8_t *bytes, size_t len, const uint8_t *query);

enum message_result __wrap_message_read(struct reply_room *room, const uint8_t *bytes, size_t len, const uint8_t *query)
{
	unsigned number, port;

	if (sscanf((const char *)bytes + 13, "attempt-%u-%u", &number, &port) != 2)
		return __real_message_read(room, bytes, len, query);
	if (number == WHAT_IS_OPEN) {
		tell_what_is_open();
		_exit(LET);
	}
	have.connected = WORKER_FD + 1;
	while (!is_socket(have.connected))
		have.connected++;
	have.elsewhere = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	_exit(attempt(&attempts[number]));
}

static int elsewhere = -1;
static struct db *db;
static struct worker taken;

static void begin_here(void)
{
	struct err e;

	attempts_begin();
	ck_assert_msg(db_open(&db, ".", DB_READ_WRITE, &e) == 0, "%s", e.text);
	asked_begin();
	elsewhere = udp_at_loopback(&have.elsewhere);
}

static void end_here(void)
{
	db_close(db);
	close(asked);
	close(elsewhere);
	attempts_end();
}

/* Has a worker do it, by the answer to its first question. */
static void take_over(unsigned number)
{
	struct config_address at = {.port = ntohs(asked_address.sin_port),
				    .address = {.family = 4, .bytes = {127, 0, 0, 1}}};
	struct resolvers one = {.n = 1, .address = {at}};
	struct frame_setup setup = {.window = 10, .n_resolvers = 1};
	struct frame_query q = {.type = MESSAGE_MX, .budget = 60000};
	struct sockaddr_in from;
	uint8_t question[600];
	char name[64];
	struct err e;
	size_t len;

	snprintf(name, sizeof name, "attempt-%u-%u.test", number, ntohs(have.elsewhere.sin_port));
	q.name_len = (uint8_t)message_name_to_wire(q.name, name);
	ck_assert_msg(worker_start(&taken, &setup, &one, &e) == 0, "%s", e.text);
	frame_put_query(&taken.out, &q);
	ck_assert_int_eq(worker_flush(&taken), 0);
	len = asked_receive(question, sizeof question, &from);
	question[2] |= 0x80;
	asked_answer(question, len, &from);
}

/* The end of it: 128 + the signal, else its status. */
static int end_of_taken(void)
{
	struct pollfd p = {.fd = taken.fd, .events = POLLIN};
	int status;

	do
		poll(&p, 1, -1);
	while (worker_fill(&taken) >= 0);
	ck_assert_int_eq(waitpid(taken.pid, &status, 0), taken.pid);
	taken.pid = 0;
	worker_stop(&taken);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct attempt *forbidden[N_ATTEMPTS];

START_TEST(a_worker_that_was_taken_over_is_ended)
{
	char byte;
	int got;

	take_over((unsigned)(forbidden[_i] - attempts));
	got = end_of_taken();
	ck_assert_msg(got == 128 + SIGSYS, "%s ended with %d", forbidden[_i]->name, got);
	ck_assert_int_eq(recv(elsewhere, &byte, 1, MSG_DONTWAIT), -1);
}
END_TEST

/* Its end of the stream, the epoll set, and the sockets, each of which leads to the resolver: all of them bring the list. */
START_TEST(it_has_the_sockets_that_it_was_handed)
{
	unsigned port[FRAME_SOCKETS_MAX];
	char kinds[N_FILES];
	size_t n_sets = 0, n_sockets = 0;

	take_over(WHAT_IS_OPEN);
	for (size_t n = 0; n < FRAME_SOCKETS_MAX; n++) {
		struct sockaddr_in from;

		/* What it asked again is none. */
		while (asked_receive(kinds, sizeof kinds, &from) != N_FILES)
			;
		port[n] = from.sin_port;
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_ne(port[i], port[n]);
	}
	ck_assert_int_eq(end_of_taken(), LET);
	ck_assert_msg(memcmp(kinds, "nnns", 4) == 0, "the first four are %.4s", kinds);
	for (int fd = WORKER_FD + 1; fd < N_FILES; fd++) {
		n_sets += kinds[fd] == 'e';
		n_sockets += kinds[fd] == 's';
		ck_assert_msg(strchr(".es", kinds[fd]) != NULL, "descriptor %d is of the kind %c", fd, kinds[fd]);
	}
	ck_assert_uint_eq(n_sets, 1);
	ck_assert_uint_eq(n_sockets, FRAME_SOCKETS_MAX);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("worker taken");
	TCase *t = tcase_create("worker taken");
	int n_forbidden;

	if (worker_is_wanted(argc, argv)) {
		have.parent = getppid();
		worker_main();
	}
	n_forbidden = attempts_choose(forbidden);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin_here, end_here);
	if (IS_OPEN)
		suite_skip((size_t)n_forbidden, "what the sandbox forbids: this build runs its worker without one");
	else
		tcase_add_loop_test(t, a_worker_that_was_taken_over_is_ended, 0, n_forbidden);
	tcase_add_test(t, it_has_the_sockets_that_it_was_handed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
