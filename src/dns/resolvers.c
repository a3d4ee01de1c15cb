#include "dns/resolvers.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

enum { WINDOW = 200, WINDOW_MOST = 5000, RATE = 1000 };

static const char RESOLV_CONF[] = "/etc/resolv.conf";

/* -1 when there is no room for it. */
static int add(struct resolvers *out, const struct config_address *a)
{
	for (size_t i = 0; i < out->n; i++)
		if (out->address[i].port == a->port &&
		    !net_address_compare(&out->address[i].address, &a->address))
			return 0;
	if (out->n == FRAME_RESOLVERS)
		return -1;
	out->address[out->n++] = *a;
	return 0;
}

void resolvers_parse(struct resolvers *out, const char *text)
{
	static const char word[] = "nameserver";

	while (*text) {
		size_t len = strcspn(text, "\n"), n;
		const char *p = text;
		struct config_address a = {.port = 53};
		char address[NET_TEXT_SIZE];

		text += len + (text[len] == '\n');
		if (len < sizeof word || strncmp(p, word, sizeof word - 1))
			continue;
		p += sizeof word - 1;
		n = strspn(p, " \t");
		if (!n)
			continue;
		p += n;
		n = strcspn(p, " \t\r\n#;");
		/* An address with a zone (fe80::1%eth0) is none that could be written into an
		 * audit record. */
		if (n >= sizeof address)
			continue;
		memcpy(address, p, n);
		address[n] = '\0';
		/* Of more than there is room for the first ones serve, as they do for the C library. */
		if (!net_address_parse(&a.address, address) && add(out, &a))
			return;
	}
}

static int read_resolv_conf(struct resolvers *out, struct err *e)
{
	char text[16384];
	size_t have = 0;
	ssize_t n;
	int fd = open(RESOLV_CONF, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_errno(e, errno, "no resolver is configured and %s cannot be read",
				 RESOLV_CONF);
	while ((n = read(fd, text + have, sizeof text - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0)
		err_errno(e, errno, "no resolver is configured and %s cannot be read", RESOLV_CONF);
	close(fd);
	if (n < 0)
		return -1;
	text[have] = '\0';
	resolvers_parse(out, text);
	return 0;
}

int resolvers_get(struct resolvers *out, const struct config *config, struct err *e)
{
	*out = (struct resolvers){0};
	/* Every one that is configured has to agree to an orphan, so none may be left out without a word. */
	for (size_t i = 0; i < config->n_resolvers; i++)
		if (add(out, &config->resolver[i]))
			return err_set(e, ERR_CONFIG, "more than %d resolvers are configured; leave so many in mxward.conf",
				       FRAME_RESOLVERS);
	if (!config->n_resolvers && read_resolv_conf(out, e))
		return -1;
	if (!out->n)
		return err_set(e, ERR_CONFIG,
			       "no resolver is configured and %s names none; set resolver in "
			       "mxward.conf",
			       RESOLV_CONF);
	return 0;
}

int resolver_is_loopback(const struct config_address *a)
{
	static const uint8_t one[16] = {[15] = 1};

	return a->address.family == 4 ? a->address.bytes[0] == 127
				      : !memcmp(a->address.bytes, one, 16);
}

void resolvers_pace(struct frame_setup *out, const struct resolvers *r, const struct config *config)
{
	int window = config->window > 0 ? config->window : WINDOW;

	*out = (struct frame_setup){.window = (uint32_t)(window > WINDOW_MOST ? WINDOW_MOST : window),
				    .n_resolvers = (uint8_t)r->n};
	for (size_t i = 0; i < r->n; i++)
		out->rate[i] = config->rate >= 0			      ? (uint32_t)config->rate
			       : resolver_is_loopback(&r->address[i]) ? 0
								      : RATE;
}

char *resolver_text(char *out, size_t size, const struct config_address *a)
{
	char text[NET_TEXT_SIZE];

	net_address_text(text, &a->address);
	snprintf(out, size, a->address.family == 4 ? "%s:%u" : "[%s]:%u", text, a->port);
	return out;
}

static int connected(const struct config_address *a, int type)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(a->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
	int is_v4 = a->address.family == 4, rc, size = 1 << 20;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (type == SOCK_DGRAM) {
		/* As much as the system grants; less costs repeated queries, no answers. */
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	}
	memcpy(&v4.sin_addr, a->address.bytes, 4);
	memcpy(&v6.sin6_addr, a->address.bytes, 16);
	if (is_v4)
		rc = connect(fd, (struct sockaddr *)&v4, sizeof v4);
	else
		rc = connect(fd, (struct sockaddr *)&v6, sizeof v6);
	if (rc && errno != EINPROGRESS) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int resolver_socket_udp(const struct config_address *a)
{
	return connected(a, SOCK_DGRAM);
}

int resolver_socket_tcp(const struct config_address *a)
{
	return connected(a, SOCK_STREAM);
}
