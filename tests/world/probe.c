#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wname.h"
#include "zone.h"

#define MAX_PORTS 16
#define ROUND_MS  100 /* between two questions to a server that is starting */

static int open_on(int type, unsigned port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int probe_free_ports(unsigned count)
{
	unsigned found = 0;

	if (count > MAX_PORTS)
		return -1;
	/* All stay open until the end of the process, so that no port comes out twice. */
	for (unsigned tries = 0; found < count && tries < 100; tries++) {
		struct sockaddr_in at;
		socklen_t len = sizeof(at);
		int udp = open_on(SOCK_DGRAM, 0);

		if (udp < 0 || getsockname(udp, (struct sockaddr *)&at, &len) != 0)
			return -1;
		if (open_on(SOCK_STREAM, ntohs(at.sin_port)) < 0)
			continue;
		printf("%s%u", found++ ? " " : "", ntohs(at.sin_port));
	}
	putchar('\n');
	return found == count && fflush(stdout) == 0 ? 0 : -1;
}

static size_t write_question(uint8_t *out, const struct wname *name)
{
	static const uint8_t header[12] = {'w', 'd', 1, 0, 0, 1};
	size_t len = sizeof(header);

	memcpy(out, header, len);
	memcpy(out + len, name->wire, name->len);
	len += name->len;
	memcpy(out + len, "\0\0\0\1", 4);
	out[len + 1] = TYPE_SOA;
	return len + 4;
}

/* One question, one wait.  1 for the answer that was hoped for. */
static int ask_once(unsigned port, const uint8_t *question, size_t len)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), good = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint8_t answer[1232];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    send(fd, question, len, 0) == (ssize_t)len && poll(&p, 1, ROUND_MS) == 1) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);

		good = got > 12 && memcmp(answer, question, 2) == 0 && (answer[3] & 15) == 0 &&
		       answer[7] > 0;
	}
	if (fd >= 0)
		close(fd);
	return good;
}

int probe_wait(unsigned port, const char *name, unsigned seconds)
{
	uint8_t question[12 + WNAME_MAX + 4];
	const struct timespec pause = {0, ROUND_MS * 1000000L / 4};
	struct wname wire;
	size_t len;

	if (wname_parse(&wire, name, strlen(name), NULL) != 0)
		return -1;
	len = write_question(question, &wire);
	for (unsigned tries = 0; tries < seconds * 1000 / ROUND_MS; tries++) {
		if (ask_once(port, question, len))
			return 0;
		/* A refused port answers at once; without a pause the tries would be gone in no
		 * time. */
		for (int i = 0; i < 3; i++)
			nanosleep(&pause, NULL);
	}
	return -1;
}
