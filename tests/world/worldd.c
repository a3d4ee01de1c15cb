/*
 * worldd: a little authoritative DNS server for the demo and the tests.
 *
 * It serves master files on loopback, over UDP and TCP, plays the resolver
 * where a client takes it for one, and goes wrong on request (misbehave.h).  One
 * process, one poll loop; nothing in it blocks but a re-reading of the files.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* recvmmsg, sendmmsg, ppoll */
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "later.h"
#include "master.h"
#include "message.h"
#include "misbehave.h"
#include "probe.h"
#include "respond.h"
#include "tcp.h"
#include "zone.h"

#define BATCH	 64
#define IN_SIZE	 4096
#define OUT_SIZE (EDNS_UDP_CEILING + 128)
#define WAIT_SECONDS 60

static struct {
	struct world *world;
	struct misbehave_rules *rules;
	const char *rules_path, *ready_path, *address;
	unsigned port;
	char **zones;
	int zone_count;
	unsigned delay_ms;
	FILE *log;
	int udp, tcp;
} self = {.udp = -1, .tcp = -1};

static volatile sig_atomic_t asked_to_stop, asked_to_reload;

static void on_signal(int number)
{
	if (number == SIGHUP)
		asked_to_reload = 1;
	else
		asked_to_stop = 1;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* All or nothing: a world with a mistake in it leaves the present one in place. */
static int load_all(void)
{
	struct world *fresh = world_new();
	struct misbehave_rules *rules = NULL;
	int ok = 1;

	for (int i = 0; ok && i < self.zone_count; i++)
		ok = master_load(fresh, self.zones[i]) == 0;
	if (ok && self.rules_path)
		ok = (rules = misbehave_load(self.rules_path)) != NULL;
	if (!ok) {
		world_free(fresh);
		return -1;
	}
	world_join_zones(fresh);
	world_free(self.world);
	misbehave_free(self.rules);
	self.world = fresh;
	self.rules = rules;
	return 0;
}

static void log_query(const struct query *q, const struct sockaddr_storage *from, int over_tcp)
{
	char name[WNAME_TEXT];
	struct timespec t;
	unsigned port = ntohs(from->ss_family == AF_INET6
				      ? ((const struct sockaddr_in6 *)from)->sin6_port
				      : ((const struct sockaddr_in *)from)->sin_port);

	clock_gettime(CLOCK_REALTIME, &t);
	fprintf(self.log, "%lld.%06ld %s %u %s %u\n", (long long)t.tv_sec, t.tv_nsec / 1000,
		over_tcp ? "tcp" : "udp", port, wname_text(&q->name, name), q->type);
}

static struct outcome answer_query(const uint8_t *wire, size_t len,
				   const struct sockaddr_storage *from, int over_tcp,
				   uint8_t *out)
{
	struct outcome o = {0, self.delay_ms, 0};
	struct query q;
	int rc = query_read(&q, wire, len);
	size_t limit = over_tcp ? MESSAGE_MAX : q.udp_size;

	if (rc < 0)
		return o;
	if (self.log && q.question_end)
		log_query(&q, from, over_tcp);
	if (rc > 0) {
		o.len = respond_plain(self.world, &q, (unsigned)rc, 0, 0, out, limit);
		return o;
	}
	o = misbehave_answer(self.rules, self.world, &q, over_tcp, out, limit);
	o.delay_ms += self.delay_ms;
	return o;
}

static struct outcome answer_tcp(const uint8_t *wire, size_t len,
				 const struct sockaddr_storage *from, uint8_t *out)
{
	return answer_query(wire, len, from, 1, out);
}

static void send_batch(struct mmsghdr *msgs, unsigned count)
{
	for (unsigned sent = 0; sent < count;) {
		int n = sendmmsg(self.udp, msgs + sent, count - sent, 0);

		if (n > 0) {
			sent += (unsigned)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = {.fd = self.udp, .events = POLLOUT};

			if (poll(&p, 1, 20) <= 0)
				return; /* a network loses some, too */
		} else if (errno != EINTR) {
			sent++; /* this one cannot be sent; the others can */
		}
	}
}

/* One round of receiving, answering and sending. */
static void serve_udp(uint64_t now)
{
	static uint8_t in[BATCH][IN_SIZE], out[BATCH][OUT_SIZE];
	static struct sockaddr_storage from[BATCH];
	struct mmsghdr asked[BATCH], answers[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	unsigned ready = 0;
	int got;

	memset(asked, 0, sizeof(asked));
	for (int i = 0; i < BATCH; i++) {
		in_iov[i].iov_base = in[i];
		in_iov[i].iov_len = IN_SIZE;
		asked[i].msg_hdr.msg_iov = &in_iov[i];
		asked[i].msg_hdr.msg_iovlen = 1;
		asked[i].msg_hdr.msg_name = &from[i];
		asked[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	got = recvmmsg(self.udp, asked, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		struct outcome o =
			answer_query(in[i], asked[i].msg_len, &from[i], 0, out[ready]);

		if (!o.len)
			continue;
		if (o.delay_ms) {
			later_push(now + o.delay_ms, 0, &from[i], asked[i].msg_hdr.msg_namelen,
				   out[ready], o.len);
			continue;
		}
		memset(&answers[ready], 0, sizeof(answers[ready]));
		out_iov[ready].iov_base = out[ready];
		out_iov[ready].iov_len = o.len;
		answers[ready].msg_hdr.msg_iov = &out_iov[ready];
		answers[ready].msg_hdr.msg_iovlen = 1;
		answers[ready].msg_hdr.msg_name = &from[i];
		answers[ready].msg_hdr.msg_namelen = asked[i].msg_hdr.msg_namelen;
		ready++;
	}
	send_batch(answers, ready);
}

static void send_due(uint64_t now)
{
	struct later_message *m;

	while ((m = later_pop(now)) != NULL) {
		if (m->connection)
			tcp_send(m->connection, m->bytes, m->len);
		else
			(void)!sendto(self.udp, m->bytes, m->len, 0, (struct sockaddr *)&m->to,
				      m->to_len);
		free(m);
	}
}

/* By rename, so that whoever waits for the file never reads half of it. */
static int write_ready(void)
{
	char fresh[4096];
	FILE *out;

	if (snprintf(fresh, sizeof(fresh), "%s.%ld", self.ready_path, (long)getpid()) >=
	    (int)sizeof(fresh))
		return -1;
	out = fopen(fresh, "w");
	if (!out)
		return -1;
	fprintf(out, "%s %u %ld\n", self.address, self.port, (long)getpid());
	if (fclose(out) != 0 || rename(fresh, self.ready_path) != 0) {
		unlink(fresh);
		return -1;
	}
	return 0;
}

static void reload(void)
{
	size_t zones, records;

	asked_to_reload = 0;
	if (load_all() == 0) {
		world_count(self.world, &zones, &records);
		fprintf(stderr, "worldd: read again: %zu zones, %zu records\n", zones, records);
		if (self.ready_path && write_ready() != 0)
			fprintf(stderr, "worldd: cannot write '%s': %s\n", self.ready_path, strerror(errno));
	} else {
		fputs("worldd: the world before goes on\n", stderr);
	}
}

static void serve(const sigset_t *while_waiting)
{
	while (!asked_to_stop) {
		struct pollfd fds[TCP_MAX_CONNECTIONS + 2];
		size_t tcp_count;
		int wait = later_wait(now_ms());
		struct timespec t = {wait / 1000, wait % 1000 * 1000000L};
		uint64_t now;

		fds[0].fd = self.udp;
		fds[0].events = POLLIN;
		tcp_count = tcp_poll(fds + 1);
		if (self.log)
			fflush(self.log);
		if (ppoll(fds, 1 + tcp_count, wait < 0 ? NULL : &t, while_waiting) < 0) {
			if (asked_to_reload)
				reload();
			continue;
		}
		now = now_ms();
		if (fds[0].revents)
			serve_udp(now);
		tcp_handle(fds + 1, tcp_count, now);
		send_due(now);
	}
}

/* Loopback only: this program answers anybody and would make a fine amplifier. */
static socklen_t read_address(const char *text, unsigned port, struct sockaddr_storage *ss)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1 &&
	    ntohl(v4->sin_addr.s_addr) >> 24 == 127) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return sizeof(*v6);
	}
	return 0;
}

static int open_one(int type, const struct sockaddr_storage *ss, socklen_t len)
{
	int fd = socket(ss->ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1,
	    size = 4 << 20;

	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	} else { /* bursts of a thousand queries are what a scan is */
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	if (bind(fd, (const struct sockaddr *)ss, len) != 0 ||
	    (type == SOCK_STREAM && listen(fd, 64) != 0)) {
		int kept = errno;

		close(fd);
		errno = kept;
		return -1;
	}
	return fd;
}

/* One port for both transports; with port 0 the kernel's choice for UDP must be free for TCP.
 */
static int open_sockets(const char *address, unsigned *port)
{
	for (int tries = 0; tries < (*port ? 1 : 50); tries++) {
		struct sockaddr_storage ss;
		socklen_t len = read_address(address, *port, &ss), got = sizeof(ss);

		self.udp = open_one(SOCK_DGRAM, &ss, len);
		if (self.udp < 0)
			return -1;
		if (getsockname(self.udp, (struct sockaddr *)&ss, &got) != 0)
			return -1;
		self.tcp = open_one(SOCK_STREAM, &ss, len);
		if (self.tcp >= 0) {
			/* The port sits at the same place in both families. */
			*port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
			return 0;
		}
		close(self.udp);
	}
	return -1;
}

static int usage(FILE *to)
{
	fputs("usage: worldd [-p PORT] [-a ADDRESS] [-m RULES] [-d MS] [-l LOG] [-r READYFILE] "
	      "[-P] ZONEFILE|ZONEDIR...\n"
	      "  -p  port, 0 (the default) picks a free one    -a  127.0.0.0/8 or ::1, "
	      "127.0.0.1 by default\n"
	      "  -m  misbehave as the file says, see below     -d  answer everything so many "
	      "milliseconds later\n"
	      "  -l  a line per query: time transport client-port name type\n"
	      "  -r  gets `ADDRESS PORT PID` once it answers   -P  end when the parent process "
	      "ends\n"
	      "SIGHUP reads all files again and writes READYFILE anew, SIGTERM ends.\n"
	      "For scripts:  worldd --free-ports COUNT  |  worldd --wait PORT NAME  (until its "
	      "SOA comes, 60 s)\n",
	      to);
	if (to == stdout) {
		puts("A line of RULES is `NAME BEHAVIOUR` or `.SUFFIX BEHAVIOUR`:");
		misbehave_list();
		return 0;
	}
	return 64;
}

static int read_count(const char *text, unsigned long max, unsigned *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value > max)
		return -1;
	*out = (unsigned)value;
	return 0;
}

/* The two services to scripts; -1 where the arguments are for neither. */
static int serve_script(int argc, char **argv)
{
	unsigned number;

	if (argc == 3 && strcmp(argv[1], "--free-ports") == 0 &&
	    read_count(argv[2], 16, &number) == 0)
		return probe_free_ports(number) == 0 ? 0 : 71;
	if (argc == 4 && strcmp(argv[1], "--wait") == 0 &&
	    read_count(argv[2], 65535, &number) == 0)
		return probe_wait(number, argv[3], WAIT_SECONDS) == 0 ? 0 : 69;
	return -1;
}

static int end_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		return -1;
	return getppid() == parent ? 0 : -1; /* it may have ended before we asked */
}

static void catch_signals(sigset_t *while_waiting)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t blocked;

	/* They arrive inside ppoll only, so no flag is ever set just before a wait. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, while_waiting);
	sigdelset(while_waiting, SIGTERM);
	sigdelset(while_waiting, SIGINT);
	sigdelset(while_waiting, SIGHUP);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	const char *address = "127.0.0.1", *log_path = NULL;
	unsigned port = 0;
	int with_parent = 0, option, status;
	pid_t parent = getppid();
	struct sockaddr_storage ss;
	sigset_t while_waiting;
	size_t zones, records;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	if ((status = serve_script(argc, argv)) >= 0)
		return status;
	while ((option = getopt(argc, argv, "p:a:m:d:l:r:P")) != -1) {
		switch (option) {
		case 'p':
			if (read_count(optarg, 65535, &port) != 0)
				return usage(stderr);
			break;
		case 'a':
			address = optarg;
			break;
		case 'm':
			self.rules_path = optarg;
			break;
		case 'd':
			if (read_count(optarg, 600000, &self.delay_ms) != 0)
				return usage(stderr);
			break;
		case 'l':
			log_path = optarg;
			break;
		case 'r':
			self.ready_path = optarg;
			break;
		case 'P':
			with_parent = 1;
			break;
		default:
			return usage(stderr);
		}
	}
	if (optind == argc)
		return usage(stderr);
	self.zones = argv + optind;
	self.zone_count = argc - optind;
	if (with_parent && end_with_parent(parent) != 0)
		return 71;
	if (!read_address(address, port, &ss)) {
		fprintf(stderr, "worldd: '%s' is no loopback address, and it serves no other\n",
			address);
		return 64;
	}
	catch_signals(&while_waiting);
	if (load_all() != 0)
		return 65;
	if (log_path && (self.log = fopen(log_path, "ae")) == NULL) {
		fprintf(stderr, "worldd: cannot open '%s': %s\n", log_path, strerror(errno));
		return 73;
	}
	if (open_sockets(address, &port) != 0) {
		fprintf(stderr, "worldd: cannot listen on %s port %u: %s\n", address, port,
			strerror(errno));
		return 69;
	}
	tcp_start(self.tcp, answer_tcp);
	world_count(self.world, &zones, &records);
	fprintf(stderr, "worldd: %zu zones, %zu records on %s port %u\n", zones, records,
		address, port);
	self.address = address;
	self.port = port;
	if (self.ready_path && write_ready() != 0) {
		fprintf(stderr, "worldd: cannot write '%s': %s\n", self.ready_path,
			strerror(errno));
		return 73;
	}
	serve(&while_waiting);
	if (self.ready_path)
		unlink(self.ready_path);
	tcp_stop();
	close(self.udp);
	world_free(self.world);
	misbehave_free(self.rules);
	if (self.log)
		fclose(self.log);
	return 0;
}
