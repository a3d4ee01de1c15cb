#include "misbehave.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "message.h"
#include "respond.h"
#include "wname.h"
#include "zone.h"

#define SLOW_MS	     20000 /* long after anybody has patience, even one who was held up */
#define EDE_STALE    3
#define EDE_BOGUS    6
#define EDE_FILTERED 17
#define EDE_STALE_NX 19
#define EDE_SIZE     6 /* option code, length, one number */

enum behaviour {
	HONEST,
	TIMEOUT,
	FLAKY,
	SLOW,
	SERVFAIL,
	BOGUS,
	REFUSED,
	FORMERR,
	NOTIMP,
	A_SERVFAIL,
	AAAA_SERVFAIL,
	MX_SERVFAIL,
	TC,
	TC_NO_TCP,
	TC_PARTIAL,
	GONE,
	EDE_FILTER,
	EDE_STALE_NEGATIVE,
	STALE_POSITIVE,
	NODATA_NOSOA,
	NXDOMAIN_NOSOA,
	LAME_REFERRAL,
	GARBAGE,
	SHORT,
	WRONG_QUESTION,
	WRONG_ID,
	CNAME_LOOP,
	TTL0
};

static const struct {
	const char *name;
	enum behaviour behaviour;
	const char *what;
} table[] = {
	{"timeout", TIMEOUT, "says nothing, over UDP and TCP"},
	{"flaky", FLAKY, "says nothing to every second query"},
	{"slow", SLOW, "answers after 20 seconds"},
	{"servfail", SERVFAIL, "SERVFAIL"},
	{"bogus", BOGUS, "SERVFAIL with EDE 6, as a resolver that checks signatures"},
	{"refused", REFUSED, "REFUSED"},
	{"formerr", FORMERR, "FORMERR, header only"},
	{"notimp", NOTIMP, "NOTIMP, header only"},
	{"a-servfail", A_SERVFAIL, "SERVFAIL for A and AAAA, else the truth"},
	{"aaaa-servfail", AAAA_SERVFAIL, "SERVFAIL for AAAA, else the truth"},
	{"mx-servfail", MX_SERVFAIL, "SERVFAIL for MX, else the truth"},
	{"tc", TC, "TC and nothing over UDP, the truth over TCP"},
	{"tc-no-tcp", TC_NO_TCP, "TC and nothing over UDP, hangs up over TCP"},
	{"tc-partial", TC_PARTIAL, "TC and the first half over UDP, hangs up over TCP"},
	{"gone", GONE, "NXDOMAIN and SOA, whatever the zone says"},
	{"ede-filtered", EDE_FILTER, "NXDOMAIN and SOA with EDE 17"},
	{"ede-stale", EDE_STALE_NEGATIVE, "NXDOMAIN and SOA with EDE 19"},
	{"stale-positive", STALE_POSITIVE, "the truth with EDE 3"},
	{"nodata-nosoa", NODATA_NOSOA, "an empty answer without SOA"},
	{"nxdomain-nosoa", NXDOMAIN_NOSOA, "NXDOMAIN without SOA"},
	{"lame-referral", LAME_REFERRAL, "a referral to the root"},
	{"garbage", GARBAGE, "the question, then bytes without sense"},
	{"short", SHORT, "the first half of the truth's bytes"},
	{"wrong-question", WRONG_QUESTION, "an answer to another name"},
	{"wrong-id", WRONG_ID, "the truth under another id"},
	{"cname-loop", CNAME_LOOP, "two aliases that name each other"},
	{"ttl0", TTL0, "the truth with every TTL 0"},
};

#define BEHAVIOURS (sizeof(table) / sizeof(table[0]))

struct rule {
	struct wname name;
	int below; /* it was written with a dot in front */
	enum behaviour behaviour;
	unsigned asked; /* how often, for `flaky` */
};

struct misbehave_rules {
	struct rule *rules;
	size_t count;
};

void misbehave_list(void)
{
	for (size_t i = 0; i < BEHAVIOURS; i++)
		printf("  %-15s %s\n", table[i].name, table[i].what);
}

static int read_rule(struct rule *rule, const char *name, const char *behaviour)
{
	rule->asked = 0;
	rule->below = name[0] == '.' && name[1];
	if (wname_parse(&rule->name, name + rule->below, strlen(name + rule->below), NULL) != 0)
		return -1;
	wname_lower(&rule->name);
	for (size_t i = 0; i < BEHAVIOURS; i++)
		if (strcmp(table[i].name, behaviour) == 0) {
			rule->behaviour = table[i].behaviour;
			return 0;
		}
	return -1;
}

struct misbehave_rules *misbehave_load(const char *path)
{
	struct misbehave_rules *rules = calloc(1, sizeof(*rules));
	FILE *in = fopen(path, "r");
	char line[2048];
	unsigned number = 0;

	if (!rules || !in) {
		fprintf(stderr, "worldd: cannot read '%s': %s\n", path, strerror(errno));
		goto fail;
	}
	while (fgets(line, sizeof(line), in)) {
		char *name, *behaviour, *save;
		struct rule *more;

		number++;
		line[strcspn(line, "#\n")] = '\0';
		name = strtok_r(line, " \t\r", &save);
		if (!name)
			continue;
		behaviour = strtok_r(NULL, " \t\r", &save);
		more = realloc(rules->rules, (rules->count + 1) * sizeof(*more));
		if (!more)
			goto fail;
		rules->rules = more;
		if (!behaviour || strtok_r(NULL, " \t\r", &save) ||
		    read_rule(&rules->rules[rules->count], name, behaviour) != 0) {
			fprintf(stderr,
				"%s:%u: a line is a name and one of the behaviours that --help "
				"lists\n",
				path, number);
			goto fail;
		}
		rules->count++;
	}
	fclose(in);
	return rules;
fail:
	if (in)
		fclose(in);
	misbehave_free(rules);
	return NULL;
}

void misbehave_free(struct misbehave_rules *rules)
{
	if (rules)
		free(rules->rules);
	free(rules);
}

static struct rule *find_rule(struct misbehave_rules *rules, const struct wname *name)
{
	struct rule *best = NULL;

	for (size_t i = 0; rules && i < rules->count; i++) {
		struct rule *rule = &rules->rules[i];

		if (!rule->below) {
			if (rule->name.len == name->len &&
			    memcmp(rule->name.wire, name->wire, name->len) == 0)
				return rule;
		} else if (rule->name.len < name->len &&
			   (!best || rule->name.len > best->name.len) &&
			   wname_is_under(name, &rule->name)) {
			best = rule;
		}
	}
	return best;
}

/* An extended error (RFC 8914) goes into the OPT, which respond writes last and empty. */
static size_t add_ede(const struct query *q, uint8_t *out, size_t len, unsigned code)
{
	static const uint8_t option[EDE_SIZE] = {0, 15, 0, 2, 0, 0};

	if (!q->has_edns)
		return len;
	out[len - 1] = sizeof(option);
	memcpy(out + len, option, sizeof(option));
	out[len + 5] = (uint8_t)code;
	return len + sizeof(option);
}

/* Cuts the answer down to its first half, whole records, and says TC. */
static size_t keep_half(const struct query *q, uint8_t *out, size_t len)
{
	unsigned count = (unsigned)out[6] << 8 | out[7], keep = count / 2;
	size_t at = q->question_end;

	for (unsigned i = 0; i < keep && at; i++)
		at = message_skip_record(out, len, at);
	if (at == 0)
		return len;
	out[2] |= 2;
	out[6] = (uint8_t)(keep >> 8);
	out[7] = (uint8_t)keep;
	memset(out + 8, 0, 4);
	return at;
}

static void zero_ttls(const struct query *q, uint8_t *out, size_t len)
{
	unsigned records = ((unsigned)out[6] << 8 | out[7]) + ((unsigned)out[8] << 8 | out[9]);
	size_t at = q->question_end;

	for (unsigned i = 0; i < records; i++) {
		size_t end = message_skip_record(out, len, at), name = at;

		if (end == 0)
			return;
		while (out[name] && out[name] < 0xc0)
			name += (size_t)out[name] + 1;
		name += out[name] ? 2 : 1;
		memset(out + name + 4, 0, 4);
		at = end;
	}
}

static size_t garbage(const struct query *q, uint8_t *out)
{
	size_t len = q->question_end;

	/* The id and the question are right, so a client that is careful must still fail on the
	 * rest. */
	memcpy(out, q->wire, len);
	out[2] = 0x84;
	out[3] = 0x80;
	memcpy(out + 6, "\0\7\0\3\0\1", 6);
	memset(out + len, 0xff, 8);
	if (getrandom(out + len + 8, 40, 0) != 40)
		memset(out + len + 8, 0xbf, 40);
	return len + 48;
}

/* As if `other.<name>` had been asked for; the id is right. */
static size_t wrong_question(const struct world *w, const struct query *q, uint8_t *out,
			     size_t limit)
{
	uint8_t wire[HEADER_SIZE + WNAME_MAX + 16];
	struct query other;
	size_t len;

	if (q->asked.len + 6 > WNAME_MAX)
		return 0;
	memcpy(wire, q->wire, HEADER_SIZE);
	memcpy(wire + 4, "\0\1\0\0\0\0\0\0", 8);
	memcpy(wire + HEADER_SIZE, "\5other", 6);
	len = q->question_end - HEADER_SIZE;
	memcpy(wire + HEADER_SIZE + 6, q->wire + HEADER_SIZE, len);
	if (query_read(&other, wire, HEADER_SIZE + 6 + len) != 0)
		return 0;
	return respond_truth(w, &other, out, limit);
}

static int fails_for_type(enum behaviour b, uint16_t type)
{
	return (b == A_SERVFAIL && (type == TYPE_A || type == TYPE_AAAA)) ||
	       (b == AAAA_SERVFAIL && type == TYPE_AAAA) ||
	       (b == MX_SERVFAIL && type == TYPE_MX);
}

struct outcome misbehave_answer(struct misbehave_rules *rules, const struct world *w,
				const struct query *q, int over_tcp, uint8_t *out, size_t limit)
{
	struct rule *rule = q->type == TYPE_DS ? NULL : find_rule(rules, &q->name);
	enum behaviour b = rule ? rule->behaviour : HONEST;
	struct outcome o = {0, 0, 0};

	switch (b) {
	case TIMEOUT:
		return o;
	case FLAKY:
		if (rule->asked++ % 2 == 0)
			return o;
		break;
	case SERVFAIL:
		o.len = respond_plain(w, q, RC_SERVFAIL, 0, 0, out, limit);
		return o;
	case BOGUS:
		o.len = add_ede(q, out,
				respond_plain(w, q, RC_SERVFAIL, 0, 0, out, limit - EDE_SIZE),
				EDE_BOGUS);
		return o;
	case REFUSED:
		o.len = respond_plain(w, q, RC_REFUSED, 0, 0, out, limit);
		return o;
	case FORMERR:
	case NOTIMP: {
		struct query bare = *q; /* as servers did that knew no EDNS */

		bare.has_edns = 0;
		bare.question_end = 0;
		o.len = respond_plain(w, &bare, b == FORMERR ? RC_FORMERR : RC_NOTIMP, 0, 0,
				      out, limit);
		return o;
	}
	case TC:
	case TC_NO_TCP:
	case TC_PARTIAL:
		if (over_tcp) {
			o.hang_up = b != TC;
			break;
		}
		o.len = respond_truth(w, q, out, limit);
		if (b == TC_PARTIAL) {
			o.len = keep_half(q, out, o.len);
		} else {
			memset(out + 6, 0, 6);
			out[2] |= 2;
			o.len = q->question_end;
		}
		return o;
	case GONE:
	case EDE_FILTER:
	case EDE_STALE_NEGATIVE:
		o.len = respond_plain(w, q, RC_NXDOMAIN, 1, 1, out, limit - EDE_SIZE);
		if (b != GONE)
			o.len = add_ede(q, out, o.len,
					b == EDE_FILTER ? EDE_FILTERED : EDE_STALE_NX);
		return o;
	case STALE_POSITIVE:
		o.len = add_ede(q, out, respond_truth(w, q, out, limit - EDE_SIZE), EDE_STALE);
		return o;
	case NODATA_NOSOA:
		o.len = respond_plain(w, q, RC_NOERROR, 1, 0, out, limit);
		return o;
	case NXDOMAIN_NOSOA:
		o.len = respond_plain(w, q, RC_NXDOMAIN, 1, 0, out, limit);
		return o;
	case LAME_REFERRAL:
		o.len = respond_upward(q, out, limit);
		return o;
	case GARBAGE:
		o.len = garbage(q, out);
		return o;
	case WRONG_QUESTION:
		o.len = wrong_question(w, q, out, limit);
		return o;
	case CNAME_LOOP:
		o.len = respond_loop(q, out, limit);
		return o;
	default:
		break;
	}
	if (o.hang_up)
		return o;
	if (fails_for_type(b, q->type)) {
		o.len = respond_plain(w, q, RC_SERVFAIL, 0, 0, out, limit);
		return o;
	}
	o.len = respond_truth(w, q, out, limit);
	if (b == SLOW)
		o.delay_ms = SLOW_MS;
	if (b == SHORT && o.len / 2 > HEADER_SIZE)
		o.len /= 2;
	if (b == WRONG_ID)
		out[1] = (uint8_t)(out[1] + 1);
	if (b == TTL0)
		zero_ttls(q, out, o.len);
	return o;
}
