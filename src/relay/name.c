#include "relay/name.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#include "base/utf8.h"

enum { OCTETS_MAX = 253, LABEL_MAX = 63, TEXT_MAX = 1024, WHY_SIZE = 96 };

/* What a byte may be in a name. */
enum {
	BYTE_REFUSED = 1,
	BYTE_ODD = 2,
	BYTE_LETTER = 4,
	BYTE_DIGIT = 8,
	BYTE_UPPER = 16,
	BYTE_DOT = 32,
	BYTE_HIGH = 64
};

/* Quote and backslash are refused although they are printable: the audit log has no place for
 * them in a domain, and what cannot be recorded must never become an entry. */
static const uint8_t byte_class[256] = {
	[0x00 ... 0x20] = BYTE_REFUSED,
	['!'] = BYTE_ODD,
	['"'] = BYTE_REFUSED,
	['#' ... ','] = BYTE_ODD,
	['-'] = BYTE_LETTER,
	['.'] = BYTE_DOT,
	['/'] = BYTE_ODD,
	['0' ... '9'] = BYTE_DIGIT,
	[':' ... '@'] = BYTE_ODD,
	['A' ... 'Z'] = BYTE_UPPER,
	['['] = BYTE_ODD,
	['\\'] = BYTE_REFUSED,
	[']' ... '^'] = BYTE_ODD,
	['_'] = BYTE_LETTER,
	['`'] = BYTE_ODD,
	['a' ... 'z'] = BYTE_LETTER,
	['{' ... '~'] = BYTE_ODD,
	[0x7f] = BYTE_REFUSED,
	[0x80 ... 0xff] = BYTE_HIGH,
};

static unsigned bytes_seen(const char *text, size_t len)
{
	unsigned seen = 0;

	for (size_t i = 0; i < len; i++)
		seen |= byte_class[(unsigned char)text[i]];
	return seen;
}

static char why_text[WHY_SIZE]; /* what *why points to until the next call */

static enum name_kind refuse(const char **why, const char *what, size_t place)
{
	if (why) {
		snprintf(why_text, sizeof why_text, "%s at position %zu", what, place + 1);
		*why = why_text;
	}
	return NAME_REFUSED;
}

static enum name_kind refuse_whole(const char **why, const char *what)
{
	if (why)
		*why = what;
	return NAME_REFUSED;
}

static enum name_kind refuse_byte(const char **why, const char *text, size_t len)
{
	size_t i = 0;
	unsigned char c;

	while (i + 1 < len && byte_class[(unsigned char)text[i]] != BYTE_REFUSED)
		i++;
	c = (unsigned char)text[i];
	return refuse(why,
		      c == ' ' || c == '\t' ? "a blank"
		      : c == '"'	    ? "a quote"
		      : c == '\\'	    ? "a backslash"
					    : "a control byte",
		      i);
}

/* Suffixes that no public DNS answers for (RFC 6761, 6762, 7686, 8375, 9476), and two common
 * ones. */
static int is_special_use(const char *name, size_t len)
{
	static const struct {
		const char *text;
		size_t len;
	} suffixes[] = {
		{"localhost", 9}, {"invalid", 7}, {"local", 5},
		{"onion", 5},	  {"alt", 3},	  {"internal", 8},
		{"home.arpa", 9}, {"lan", 3},	  {"localdomain", 11},
	};

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		size_t n = suffixes[i].len;

		if (len < n || name[len - 1] != suffixes[i].text[n - 1] ||
		    memcmp(name + len - n, suffixes[i].text, n) != 0)
			continue;
		if (len == n || name[len - n - 1] == '.')
			return 1;
	}
	return 0;
}

/* The kind of a name that is lower case already; seen is what bytes_seen() says of it. */
static enum name_kind kind_of(const char *name, size_t len, unsigned seen)
{
	int suffix = name[0] == '.', labels = 1;
	size_t begin = 0;

	name += suffix;
	len -= (size_t)suffix;
	if (seen & BYTE_ODD)
		return NAME_ODD;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && name[i] != '.')
			continue;
		if (i == begin || i - begin > LABEL_MAX)
			return NAME_ODD;
		labels += i < len;
		begin = i + 1;
	}
	if (!(seen & BYTE_LETTER) && name_is_address(name))
		return NAME_ODD;
	if ((!suffix && labels == 1) || is_special_use(name, len))
		return NAME_SPECIAL;
	return suffix ? NAME_SUFFIX : NAME_DOMAIN;
}

enum name_kind name_kind(const char *name)
{
	size_t len = strnlen(name, NAME_SIZE);
	unsigned seen = bytes_seen(name, len);

	if (len == 0 || len > OCTETS_MAX + (size_t)(name[0] == '.') || strcmp(name, ".") == 0 ||
	    (seen & (BYTE_REFUSED | BYTE_UPPER | BYTE_HIGH)))
		return NAME_REFUSED;
	return kind_of(name, len, seen);
}

static enum name_kind from_ascii(char out[NAME_SIZE], const char *text, size_t len,
				 unsigned seen, const char **why)
{
	/* One dot at the end is the root's.  With more of them the name is odd as it stands. */
	if (len >= 2 && text[len - 1] == '.' && text[len - 2] != '.')
		len--;
	if (len == 0 || (len == 1 && text[0] == '.'))
		return refuse_whole(why, "an empty name");
	if (len > OCTETS_MAX + (size_t)(text[0] == '.'))
		return refuse_whole(why, "a name longer than 253 octets");
	memcpy(out, text, len);
	out[len] = '\0';
	if (seen & BYTE_UPPER) {
		for (char *p = out; *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p + ('a' - 'A'));
		seen |= BYTE_LETTER;
	}
	return kind_of(out, len, seen);
}

/* The code point at p, which is valid UTF-8, and its length. */
static uint32_t code_point(const unsigned char *p, size_t *len)
{
	if (p[0] < 0x80)
		return *len = 1, p[0];
	if (p[0] < 0xe0)
		return *len = 2, (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	if (p[0] < 0xf0)
		return *len = 3, (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return *len = 4, (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
				 (p[3] & 0x3fu);
}

struct range {
	uint32_t first, last;
	const char *what;
};

/* Code points that UTS 46 would drop or turn into blanks without a word, and those that turn
 * the direction of what follows.  The joiners U+200C and U+200D are left to RFC 5892's rules.
 */
static const struct range hidden[] = {
	{0x80, 0x9f, "a control character"},
	{0xa0, 0xa0, "a blank"},
	{0xad, 0xad, "an invisible character"},
	{0x34f, 0x34f, "an invisible character"},
	{0x61c, 0x61c, "a bidi control"},
	{0x115f, 0x1160, "an invisible character"},
	{0x1680, 0x1680, "a blank"},
	{0x17b4, 0x17b5, "an invisible character"},
	{0x180b, 0x180f, "an invisible character"},
	{0x2000, 0x200a, "a blank"},
	{0x200b, 0x200b, "an invisible character"},
	{0x200e, 0x200f, "a bidi control"},
	{0x2028, 0x2029, "a blank"},
	{0x202a, 0x202e, "a bidi control"},
	{0x202f, 0x202f, "a blank"},
	{0x205f, 0x205f, "a blank"},
	{0x2060, 0x2065, "an invisible character"},
	{0x2066, 0x2069, "a bidi control"},
	{0x206a, 0x206f, "an invisible character"},
	{0x3000, 0x3000, "a blank"},
	{0x3164, 0x3164, "an invisible character"},
	{0xfe00, 0xfe0f, "an invisible character"},
	{0xfeff, 0xfeff, "an invisible character"},
	{0xffa0, 0xffa0, "an invisible character"},
	{0xfff0, 0xfffb, "an invisible character"},
	{0x1d173, 0x1d17a, "an invisible character"},
	{0xe0000, 0xe0fff, "an invisible character"},
};

static const char *hidden_what(uint32_t c)
{
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return hidden[i].what;
	return NULL;
}

static int is_dot(uint32_t c)
{
	/* RFC 3490 3.1 and UTS 46 */
	return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

/* Adds a label to out, as it stands or as its A-label; -1 when there is none. */
static int add_label(char *out, size_t *used, const char *label, size_t len)
{
	uint8_t *ascii = NULL;
	char text[TEXT_MAX + 1];
	size_t n;
	int r = 0;

	if (!(bytes_seen(label, len) & BYTE_HIGH)) {
		if (*used + len > TEXT_MAX)
			return -1;
		memcpy(out + *used, label, len);
		*used += len;
		return 0;
	}
	memcpy(text, label, len);
	text[len] = '\0';
	if (idn2_lookup_u8((const uint8_t *)text, &ascii,
			   IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return -1;
	n = strlen((char *)ascii);
	/* A character such as U+2488 holds a dot of its own, U+FF0F a slash: no label. */
	if (n == 0 || n > LABEL_MAX || *used + n > TEXT_MAX ||
	    (bytes_seen((char *)ascii, n) & ~(unsigned)(BYTE_LETTER | BYTE_DIGIT)))
		r = -1;
	else
		memcpy(out + *used, ascii, n);
	*used += n;
	idn2_free(ascii);
	return r;
}

/* U-labels become A-labels one by one, so that odd ASCII labels beside them stay as they are.
 */
static enum name_kind from_unicode(char out[NAME_SIZE], const char *text, size_t len,
				   const char **why)
{
	char ascii[TEXT_MAX + 1];
	size_t used = 0, begin = 0, n = 0;
	enum name_kind kind;

	if (len > TEXT_MAX)
		return refuse_whole(why, "a name longer than 253 octets");
	if (!utf8_is_valid(text, len))
		return refuse_whole(why, "bytes that are not valid UTF-8");
	for (size_t i = 0; i <= len; i += n) {
		uint32_t c = i < len ? code_point((const unsigned char *)text + i, &n) : 0;
		const char *what = hidden_what(c);

		if (i < len && what)
			return refuse(why, what, i);
		if (i < len && !is_dot(c))
			continue;
		if (add_label(ascii, &used, text + begin, i - begin) != 0)
			return refuse(why, "a label that IDNA2008 does not allow", begin);
		if (i == len)
			break;
		if (used == TEXT_MAX)
			return refuse_whole(why, "a name longer than 253 octets");
		ascii[used++] = '.';
		begin = i + n;
	}
	kind = from_ascii(out, ascii, used, bytes_seen(ascii, used), why);
	if (kind == NAME_ODD)
		return refuse_whole(why, "letters outside ASCII in what is no domain name");
	return kind;
}

enum name_kind name_from_text(char out[NAME_SIZE], const char *text, size_t len,
			      const char **why)
{
	enum name_kind kind;
	unsigned seen;

	out[0] = '\0';
	if (why)
		*why = "";
	if (len == 0)
		return refuse_whole(why, "an empty name");
	seen = bytes_seen(text, len);
	if (seen & BYTE_REFUSED)
		kind = refuse_byte(why, text, len);
	else if (seen & BYTE_HIGH)
		kind = from_unicode(out, text, len, why);
	else
		kind = from_ascii(out, text, len, seen, why);
	if (kind == NAME_REFUSED)
		out[0] = '\0';
	return kind;
}

/* The U-label of one A-label, when IDNA2008 allows it and it leads back to the same A-label. */
static char *label_to_unicode(const char *label, size_t len)
{
	char ascii[LABEL_MAX + 1], *text = NULL;
	uint8_t *back = NULL;

	if (len > LABEL_MAX || len < 5 || memcmp(label, "xn--", 4) != 0)
		return NULL;
	memcpy(ascii, label, len);
	ascii[len] = '\0';
	if (idn2_to_unicode_8z8z(ascii, &text, 0) != IDN2_OK)
		return NULL;
	if (idn2_lookup_u8((const uint8_t *)text, &back, IDN2_NFC_INPUT | IDN2_NO_TR46) !=
		    IDN2_OK ||
	    strcmp((char *)back, ascii) != 0) {
		idn2_free(text);
		text = NULL;
	}
	idn2_free(back);
	return text;
}

char *name_to_unicode(char *out, size_t size, const char *name)
{
	size_t used = 0;
	int any = 0;

	if (size == 0)
		return out;
	out[0] = '\0';
	if (!strstr(name, "xn--"))
		return out;
	for (const char *p = name;;) {
		size_t len = strcspn(p, "."), n = len;
		char *label = label_to_unicode(p, len);
		const char *from = label ? label : p;

		if (label) {
			any = 1;
			n = strlen(label);
		}
		if (n + 1 > size - used) {
			idn2_free(label);
			any = 0;
			break;
		}
		memcpy(out + used, from, n);
		used += n;
		idn2_free(label);
		p += len;
		if (*p == '\0')
			break;
		out[used++] = *p++;
	}
	out[any ? used : 0] = '\0';
	return out;
}

int name_is_address(const char *text)
{
	unsigned char buf[16];

	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, buf) == 1;
	return text[0] >= '0' && text[0] <= '9' && inet_pton(AF_INET, text, buf) == 1;
}
