#include "relay/netset.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static unsigned bits_of(const struct net_address *a)
{
	return a->family == 4 ? 32 : 128;
}

int net_address_parse(struct net_address *out, const char *text)
{
	/* There is a colon in every IPv6 address, and a digit before every IPv4 one: names are told apart by that. */
	int is_v6 = strchr(text, ':') != NULL;

	*out = (struct net_address){.family = is_v6 ? 6 : 4};
	if ((is_v6 || (text[0] >= '0' && text[0] <= '9')) &&
	    inet_pton(is_v6 ? AF_INET6 : AF_INET, text, out->bytes) == 1)
		return 0;
	*out = (struct net_address){0};
	return -1;
}

static char *put_v4(char *p, const uint8_t *bytes)
{
	for (int i = 0; i < 4; i++) {
		unsigned n = bytes[i];

		if (i)
			*p++ = '.';
		if (n >= 100)
			*p++ = (char)('0' + n / 100);
		if (n >= 10)
			*p++ = (char)('0' + n / 10 % 10);
		*p++ = (char)('0' + n % 10);
	}
	return p;
}

static char *put_hex(char *p, unsigned n)
{
	for (int shift = n > 0xfff ? 12 : n > 0xff ? 8 : n > 0xf ? 4 : 0; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[n >> shift & 15];
	return p;
}

/* RFC 5952, as inet_ntop() has it: the first of the longest rows of zeros is left out, and an IPv4 address that is
 * mapped or compatible is written as one. */
static char *put_v6(char *p, const uint8_t *bytes)
{
	unsigned word[8];
	int begin = -1, longest = 1, n = 8;

	for (int i = 0, run = 0; i < 8; i++) {
		word[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
		run = word[i] ? 0 : run + 1;
		if (run > longest) {
			longest = run;
			begin = i - run + 1;
		}
	}
	if (begin == 0 && (longest == 6 || (longest == 5 && word[5] == 0xffff)))
		n = 6;
	for (int i = 0; i < n; i++) {
		if (i)
			*p++ = ':';
		if (i == begin) {
			if (!i)
				*p++ = ':';
			i += longest - 1;
			if (i == 7)
				*p++ = ':';
		} else {
			p = put_hex(p, word[i]);
		}
	}
	if (n == 8)
		return p;
	*p++ = ':';
	return put_v4(p, bytes + 12);
}

char *net_address_text(char out[NET_TEXT_SIZE], const struct net_address *a)
{
	*(a->family == 4 ? put_v4(out, a->bytes) : put_v6(out, a->bytes)) = '\0';
	return out;
}

int net_address_compare(const struct net_address *a, const struct net_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16);
}

int net_address_unmap(struct net_address *out, const struct net_address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	*out = (struct net_address){.family = 4};
	memcpy(out->bytes, a->bytes + sizeof mapped, 4);
	return a->family == 6 && (memcmp(a->bytes, mapped, sizeof mapped) == 0 || memcmp(a->bytes, nat64, sizeof nat64) == 0);
}

/* The address with all bits behind the first `length` cleared. */
static struct net_address masked(const struct net_address *a, unsigned length)
{
	struct net_address out = *a;

	for (unsigned i = 0; i < sizeof out.bytes; i++) {
		if (length >= 8 * (i + 1))
			continue;
		out.bytes[i] &= length <= 8 * i ? 0 : (uint8_t)(0xff00u >> (length - 8 * i));
	}
	return out;
}

int net_prefix_parse_masked(struct net_prefix *out, const char *text)
{
	char address[NET_TEXT_SIZE];
	const char *slash = strchr(text, '/'), *digits;
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct net_address given;
	unsigned length = 0;

	*out = (struct net_prefix){0};
	if (len >= sizeof address)
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	if (net_address_parse(&given, address) != 0)
		return -1;
	if (!slash) {
		*out = (struct net_prefix){given, (uint8_t)bits_of(&given)};
		return 0;
	}
	digits = slash + 1;
	len = strspn(digits, "0123456789");
	if (len == 0 || len > 3 || digits[len] != '\0' || (len > 1 && digits[0] == '0'))
		return -1;
	for (size_t i = 0; i < len; i++)
		length = length * 10 + (unsigned)(digits[i] - '0');
	if (length > bits_of(&given))
		return -1;
	*out = (struct net_prefix){masked(&given, length), (uint8_t)length};
	return net_address_compare(&out->address, &given) != 0;
}

int net_prefix_parse(struct net_prefix *out, const char *text)
{
	if (net_prefix_parse_masked(out, text) == 0)
		return 0;
	*out = (struct net_prefix){0};
	return -1;
}

char *net_prefix_text(char out[NET_TEXT_SIZE], const struct net_prefix *p)
{
	net_address_text(out, &p->address);
	if (p->length < bits_of(&p->address)) {
		size_t len = strlen(out);

		snprintf(out + len, NET_TEXT_SIZE - len, "/%u", p->length);
	}
	return out;
}

static int begin_alike(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static int prefix_has(const struct net_prefix *p, const struct net_address *a)
{
	return p->address.family == a->family && begin_alike(p->address.bytes, a->bytes, p->length);
}

/* How many prefixes begin at a or before it. */
static size_t upto(const struct netset *s, const struct net_address *a)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (net_address_compare(&s->prefix[middle].address, a) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* No prefix of a set lies inside another, so only the last one that begins before it can hold
 * an address, and equal coverage gives equal sets (which site_hash() builds on). */
int netset_has(const struct netset *s, const struct net_address *a)
{
	size_t i = upto(s, a);

	return i > 0 && prefix_has(&s->prefix[i - 1], a);
}

/* Mapped into IPv6, as a program that listens on both writes an IPv4 address, it is an IPv4 one all the same: it comes as
 * such in an A record. */
static void take_off_mapping(struct net_prefix *p)
{
	struct net_address inner;

	if (p->length <= 96 || p->address.bytes[10] != 0xff || !net_address_unmap(&inner, &p->address))
		return;
	p->address = inner;
	p->length = (uint8_t)(p->length - 96);
}

void netset_add(struct netset *s, struct net_prefix p)
{
	size_t at, covered = 0;

	take_off_mapping(&p);
	p.address = masked(&p.address, p.length);
	at = upto(s, &p.address);
	if (at > 0 && prefix_has(&s->prefix[at - 1], &p.address)) {
		if (s->prefix[at - 1].length <= p.length)
			return;
		at--; /* the same beginning, but narrower: it is covered by p */
	}
	while (at + covered < s->n && prefix_has(&p, &s->prefix[at + covered].address))
		covered++;
	if (covered == 0)
		s->prefix = mem_array(s->prefix, s->n + 1, sizeof *s->prefix);
	memmove(s->prefix + at + 1, s->prefix + at + covered, (s->n - at - covered) * sizeof p);
	s->prefix[at] = p;
	s->n += 1 - covered;
}

int netset_has_family(const struct netset *s, int family)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->prefix[i].address.family == family)
			return 1;
	return 0;
}

void netset_clear(struct netset *s)
{
	free(s->prefix);
	*s = (struct netset){0};
}

struct block {
	uint8_t first[16];
	uint8_t length;
};

/* IANA's special-purpose registry for IPv4 (RFC 6890 and updates), multicast and class E.
 * AS112's 192.31.196.0/24 and 192.175.48.0/24 are globally reachable and therefore left out. */
static const struct block blocks4[] = {
	{{0}, 8},	      /* this network */
	{{10}, 8},	      /* private */
	{{100, 64}, 10},      /* carrier-grade NAT */
	{{127}, 8},	      /* loopback */
	{{169, 254}, 16},     /* link-local */
	{{172, 16}, 12},      /* private */
	{{192, 0, 0}, 24},    /* protocol assignments */
	{{192, 0, 2}, 24},    /* documentation */
	{{192, 88, 99}, 24},  /* 6to4 relay anycast, withdrawn by RFC 7526 */
	{{192, 168}, 16},     /* private */
	{{198, 18}, 15},      /* benchmarking */
	{{198, 51, 100}, 24}, /* documentation */
	{{203, 0, 113}, 24},  /* documentation */
	{{224}, 4},	      /* multicast */
	{{240}, 4},	      /* reserved, and 255.255.255.255 */
};

/* The same for IPv6. */
static const struct block blocks6[] = {
	{{0}, 96},				    /* unspecified, loopback, IPv4-compatible */
	{{[10] = 0xff, [11] = 0xff}, 96},	    /* IPv4-mapped */
	{{0x00, 0x64, 0xff, 0x9b}, 96},		    /* NAT64: a resolver's making, RFC 6052 */
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48}, /* local-use NAT64, RFC 8215 */
	{{0x01, 0x00}, 64},			    /* discard-only, RFC 6666 */
	{{0x01, 0x00, [7] = 0x01}, 64},		    /* dummy prefix, RFC 9780 */
	{{0x20, 0x01}, 23},		/* protocol assignments: Teredo, benchmarking, ORCHID */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff}, 20},		/* documentation, RFC 9637 */
	{{0x5f, 0x00}, 16},		/* segment routing, RFC 9602 */
	{{0xfc}, 7},			/* unique local */
	{{0xfe, 0x80}, 10},		/* link-local */
	{{0xfe, 0xc0}, 10},		/* site-local, deprecated by RFC 3879 */
	{{0xff}, 8},			/* multicast */
};

int net_is_bogon(const struct net_address *a)
{
	const struct block *block = a->family == 4 ? blocks4 : blocks6;
	size_t n = a->family == 4 ? sizeof blocks4 / sizeof *blocks4
				  : sizeof blocks6 / sizeof *blocks6;

	for (size_t i = 0; i < n; i++) {
		if (begin_alike(block[i].first, a->bytes, block[i].length))
			return 1;
	}
	if (a->family == 6 && a->bytes[0] == 0x20 && a->bytes[1] == 0x02) {
		/* 6to4 is as reachable as the IPv4 address inside it (RFC 3056 2). */
		struct net_address inner = {.family = 4};

		memcpy(inner.bytes, a->bytes + 2, 4);
		return net_is_bogon(&inner);
	}
	return 0;
}
