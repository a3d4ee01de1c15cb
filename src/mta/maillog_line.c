#include "mta/maillog_line.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "mta/brownout.h"

enum { SLACK = DATE_DAY };

/* n digits at p; -1 when they are none. */
static int digits(const char *p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* "17:10:16" */
static int clock_of(const char *p)
{
	int h = digits(p, 2), m = digits(p + 3, 2), s = digits(p + 6, 2);

	if (h < 0 || m < 0 || s < 0 || h > 23 || m > 59 || s > 60 || p[2] != ':' || p[5] != ':')
		return -1;
	return h * 3600 + m * 60 + s;
}

/* "2026-11-23T17:10:16.123456+01:00 "; without a zone it is taken for UTC. */
static int time_of_rfc3339(const char *p, size_t len, int64_t *time, size_t *rest)
{
	int y = digits(p, 4), m = digits(p + 5, 2), d = digits(p + 8, 2), clock = clock_of(p + 11), h, min;
	const char *end = memchr(p, ' ', len), *zone = p + 19;

	if (!end || y < 1980 || y > 2105 || m < 1 || m > 12 || d < 1 || d > 31 || clock < 0 || p[4] != '-' ||
	    p[7] != '-' || p[10] != 'T' || end < zone)
		return 0;
	*time = date_day_of(y, m, d) * DATE_DAY + clock;
	*rest = (size_t)(end - p) + 1;
	while (zone < end && (*zone == '.' || (*zone >= '0' && *zone <= '9')))
		zone++;
	/* journalctl leaves the colon out. */
	if ((end - zone == 6 || end - zone == 5) && (*zone == '+' || *zone == '-')) {
		h = digits(zone + 1, 2);
		min = digits(end - 2, 2);
		if (h < 0 || min < 0)
			return 0;
		*time -= (*zone == '+' ? 1 : -1) * (h * 3600 + min * 60);
	}
	return 1;
}

static int month_of(const char *p)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (memcmp(names + 3 * i, p, 3) == 0)
			return i;
	return -1;
}

/* The beginning of the hour "Nov 23 17" in the last year in which it is not after latest. */
static int hour_of(struct maillog_clock *c, const char *p)
{
	int month = month_of(p), day = digits(p + (p[4] == ' ' ? 5 : 4), p[4] == ' ' ? 1 : 2), hour = digits(p + 7, 2);
	time_t latest = (time_t)c->latest;
	struct tm now;

	if (month < 0 || day < 1 || hour < 0 || hour > 23 || !localtime_r(&latest, &now))
		return 0;
	/* Nine, since a 29th of February can be that far away. */
	for (int back = 0; back < 9; back++) {
		struct tm tm = {.tm_year = now.tm_year - back, .tm_mon = month, .tm_mday = day, .tm_hour = hour, .tm_isdst = -1};
		time_t t = mktime(&tm);

		if (t == (time_t)-1 || tm.tm_mon != month || tm.tm_mday != day || t > latest + SLACK)
			continue;
		c->begins = t;
		memcpy(c->hour, p, 9);
		c->hour[9] = '\0';
		return 1;
	}
	return 0;
}

int maillog_line_time(struct maillog_clock *c, const char *line, size_t len, int64_t *time, size_t *rest)
{
	int clock;

	if (len < 21)
		return 0;
	if (line[0] >= '0' && line[0] <= '9')
		return time_of_rfc3339(line, len, time, rest);
	clock = line[3] == ' ' && line[6] == ' ' && line[15] == ' ' ? clock_of(line + 7) : -1;
	if (clock < 0 || (memcmp(c->hour, line, 9) != 0 && !hour_of(c, line)))
		return 0;
	*time = c->begins + clock % 3600;
	*rest = 16;
	return 1;
}

/* --- parts of the text ------------------------------------------------------------------------- */

static int begins(struct maillog_bytes b, const char *text)
{
	size_t n = strlen(text);

	return b.len >= n && memcmp(b.at, text, n) == 0;
}

static struct maillog_bytes behind(struct maillog_bytes b, size_t n)
{
	return (struct maillog_bytes){b.at + n, b.len - n};
}

/* What stands before the next `text`, which is passed over with it; 0 when it does not come. */
static int take_until(struct maillog_bytes *b, const char *text, struct maillog_bytes *out)
{
	const char *p = memmem(b->at, b->len, text, strlen(text));

	if (!p)
		return 0;
	*out = (struct maillog_bytes){b->at, (size_t)(p - b->at)};
	*b = behind(*b, out->len + strlen(text));
	return 1;
}

static int64_t number_of(struct maillog_bytes b)
{
	int64_t n = 0;

	for (size_t i = 0; i < b.len && b.at[i] >= '0' && b.at[i] <= '9' && n < INT64_MAX / 100; i++)
		n = n * 10 + (b.at[i] - '0');
	return n;
}

/* Short ids are hexadecimal, long ones of base 52 without vowels: no other word before a colon is either. */
static size_t id_length(struct maillog_bytes b)
{
	size_t n = 0, hex = 0;

	while (n < b.len && n <= MAILLOG_ID_MAX &&
	       ((b.at[n] >= '0' && b.at[n] <= '9') || ((b.at[n] | 32) >= 'a' && (b.at[n] | 32) <= 'z')))
		n++;
	if (n > MAILLOG_ID_MAX)
		return 0;
	while (hex < n && ((b.at[hex] >= '0' && b.at[hex] <= '9') || (b.at[hex] >= 'A' && b.at[hex] <= 'F')))
		hex++;
	if (hex == n)
		return n >= 6 ? n : 0;
	if (n < 10)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (strchr("AEIOUaeiou", b.at[i]))
			return 0;
	return n;
}

/* The domain of an address without its angle brackets; without an @ all of it. */
static struct maillog_bytes domain_of(struct maillog_bytes address)
{
	const char *at = memrchr(address.at, '@', address.len);

	return at ? behind(address, (size_t)(at - address.at) + 1) : address;
}

/* "mail.sender.example[127.0.0.50]", perhaps with ":port" and more behind it. */
static struct maillog_bytes address_of(struct maillog_bytes client)
{
	struct maillog_bytes name, address = {client.at, 0};

	if (take_until(&client, "[", &name))
		take_until(&client, "]", &address);
	if (begins(address, "IPv6:"))
		address = behind(address, 5);
	return address;
}

static void read_client(struct maillog_line *out, struct maillog_bytes text)
{
	out->kind = MAILLOG_CLIENT;
	out->is_login = begins(text, "uid=") || memmem(text.at, text.len, ", sasl_username=", 16) != NULL;
	out->address = address_of(text);
}

static void read_size(struct maillog_line *out, struct maillog_bytes text)
{
	text = behind(text, strlen("from=<"));
	if (!take_until(&text, ">, ", &out->sender) || !begins(text, "size="))
		return;
	out->size = number_of(behind(text, 5));
	out->kind = MAILLOG_SIZE;
}

static enum maillog_status status_of(struct maillog_bytes word)
{
	if (word.len == 4 && begins(word, "sent"))
		return MAILLOG_SENT;
	if (word.len == 8 && begins(word, "deferred"))
		return MAILLOG_DEFERRED;
	if (word.len == 7 && begins(word, "bounced"))
		return MAILLOG_BOUNCED;
	if (word.len > 7 && memcmp(word.at + word.len - 7, "verable", 7) == 0)
		return MAILLOG_PROBE;
	return MAILLOG_ELSE;
}

/* to=<a@b>, orig_to=<c@d>, relay=host[address]:25, delay=..., dsn=2.0.0, status=sent (250 2.0.0 Ok) */
static void read_delivery(struct maillog_line *out, struct maillog_bytes text)
{
	struct maillog_bytes to, word;

	text = behind(text, strlen("to=<"));
	if (!take_until(&text, ">, ", &to) || (begins(text, "orig_to=<") && !take_until(&text, ">, ", &word)) ||
	    !begins(text, "relay="))
		return;
	text = behind(text, strlen("relay="));
	if (!take_until(&text, ", ", &out->relay))
		return;
	out->delay = begins(text, "delay=") ? number_of(behind(text, strlen("delay="))) : 0;
	if (!take_until(&text, "dsn=", &word) || !take_until(&text, ", status=", &out->dsn) || !take_until(&text, " (", &word))
		return;
	out->status = status_of(word);
	out->reply = text;
	out->domain = domain_of(to);
	out->kind = MAILLOG_DELIVERY;
}

/* reject: RCPT from host[address]: 554 5.7.1 <a@b>: Relay access denied; from=... */
static void read_refusal(struct maillog_line *out, struct maillog_bytes text)
{
	struct maillog_bytes client, to;

	int is_browned;

	text = behind(text, strlen("reject: RCPT from "));
	if (!take_until(&text, ": ", &client))
		return;
	is_browned = begins(text, BROWNOUT_CODE " <");
	if (!is_browned && !begins(text, "454 4.7.1 <") && !begins(text, "554 5.7.1 <"))
		return;
	text = behind(text, strlen("554 5.7.1 <"));
	if (!take_until(&text, ">", &to) ||
	    !begins(text, is_browned ? ": Recipient address rejected: " BROWNOUT_WORDS : ": Relay access denied"))
		return;
	if (!memchr(to.at, '@', to.len))
		return;
	out->domain = domain_of(to);
	while (out->domain.len > 0 && out->domain.at[out->domain.len - 1] == '.')
		out->domain.len--;
	out->address = address_of(client);
	out->kind = is_browned ? MAILLOG_BROWNED : MAILLOG_REFUSED;
}

static void read_text(struct maillog_line *out, struct maillog_bytes text)
{
	static const char notice[] = "sender non-delivery notification: ";
	int has_id = !begins(text, "NOQUEUE: ");
	size_t id = has_id ? id_length(text) : strlen("NOQUEUE");

	if (id == 0 || text.len < id + 2 || text.at[id] != ':' || text.at[id + 1] != ' ')
		return;
	out->id = (struct maillog_bytes){text.at, id};
	text = behind(text, id + 2);
	if (begins(text, "reject: RCPT from "))
		read_refusal(out, text);
	else if (!has_id)
		return;
	else if (begins(text, "to=<"))
		read_delivery(out, text);
	else if (begins(text, "from=<"))
		read_size(out, text);
	else if (begins(text, "client=") || begins(text, "uid="))
		read_client(out, text);
	else if (text.len == 7 && begins(text, "removed"))
		out->kind = MAILLOG_REMOVED;
	else if (begins(text, notice)) {
		out->other = behind(text, strlen(notice));
		out->other.len = id_length(out->other);
		out->kind = out->other.len ? MAILLOG_BOUNCE : MAILLOG_OTHER;
	}
}

/* The fraction of a second and the host are left out, so that both formats of one log count once. */
static uint64_t identity_of(int64_t time, struct maillog_bytes program)
{
	static const unsigned char no_key[crypto_shorthash_KEYBYTES];
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t out;

	crypto_shorthash(hash, (const unsigned char *)program.at, program.len, no_key);
	memcpy(&out, hash, sizeof out);
	return out ^ (uint64_t)time * UINT64_C(0x9e3779b97f4a7c15);
}

int maillog_line_read(struct maillog_line *out, struct maillog_clock *c, const char *line, size_t len)
{
	struct maillog_bytes text, program, name;
	size_t rest;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	/* Syslog writes no NUL; behind one, a name would be another name's beginning. */
	if (memchr(line, '\0', len))
		return 0;
	*out = (struct maillog_line){.kind = MAILLOG_OTHER};
	if (!maillog_line_time(c, line, len, &out->time, &rest))
		return 0;
	text = (struct maillog_bytes){line + rest, len - rest};
	if (!take_until(&text, " ", &out->host))
		return 0;
	program = text;
	if (!begins(text, "postfix") || !take_until(&text, "[", &name) || !memchr(name.at, '/', name.len) ||
	    memchr(name.at, ' ', name.len) || !take_until(&text, "]: ", &out->pid))
		return 0;
	read_text(out, text);
	if (out->kind == MAILLOG_DELIVERY || out->kind == MAILLOG_REFUSED || out->kind == MAILLOG_BROWNED)
		out->identity = identity_of(out->time, program);
	return 1;
}
