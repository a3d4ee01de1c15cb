#include "dns/message.h"

#include <arpa/nameser.h>
#include <string.h>
#include <strings.h>

enum { HEAD_SIZE = 12, EDE_OPTION = 15 };

/* What one reading carries along. */
struct reading {
	struct reply *reply;
	ns_msg msg;
	char name[MESSAGE_CHAIN + 1][NS_MAXDNAME]; /* the chain as ns_parserr spells names, 0 is asked */
	enum answer_failure failure; /* set once something is wrong */
	int skipped; /* records of interest that belonged to another name: read once more */
};

enum { SKIPPED_RECORD = 1, SKIPPED_DNAME = 2, SKIPPED_DATA = 4 /* of the type asked for */ };

static size_t wire_length(const uint8_t *wire)
{
	size_t i = 0;

	while (wire[i])
		i += 1u + wire[i];
	return i + 1;
}

static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* The question must come back byte for byte but for the case of letters.  The length bytes of
 * labels are below 'A', so that folding leaves them alone. */
static int is_same_question(const uint8_t *bytes, size_t len, const uint8_t *query, size_t name_len)
{
	size_t n = name_len + 4;

	if (len < HEAD_SIZE + n || bytes[4] != 0 || bytes[5] != 1)
		return 0;
	if (!memcmp(bytes + HEAD_SIZE, query + HEAD_SIZE, n))
		return 1;
	if (memcmp(bytes + HEAD_SIZE + name_len, query + HEAD_SIZE + name_len, 4))
		return 0;
	for (size_t i = 0; i < name_len; i++)
		if (fold(bytes[HEAD_SIZE + i]) != fold(query[HEAD_SIZE + i]))
			return 0;
	return 1;
}

/* Puts a name, unpacked from the message, into the text; its place, or -1. */
static int add_name(struct reading *g, const uint8_t *at, const uint8_t **end)
{
	struct reply *r = g->reply;
	uint8_t wire[MESSAGE_NAME];
	int n = ns_name_unpack(ns_msg_base(g->msg), ns_msg_end(g->msg), at, wire, sizeof wire);
	int place = (int)r->text_len, len;
	size_t room = MESSAGE_TEXT - r->text_len;

	if (n < 0)
		return -1;
	if (end)
		*end = at + n;
	if (!wire[0])
		return 0;
	/* A name longer than the program holds anywhere is as good as unreadable. */
	len = message_name_to_text(r->text + place, room < NAME_SIZE ? room : NAME_SIZE, wire,
				   sizeof wire);
	if (len < 0)
		return -1;
	r->text_len += (uint32_t)len + 1;
	return place;
}

static uint32_t ttl_of(const ns_rr *rr)
{
	/* RFC 2181 8: with the first bit set it is to be taken as 0. */
	return ns_rr_ttl(*rr) > 0x7fffffff ? 0 : ns_rr_ttl(*rr);
}

static int fail(struct reading *g, enum answer_failure failure)
{
	g->failure = failure;
	return -1;
}

/* Takes one record of the type asked for. */
static int take_record(struct reading *g, const ns_rr *rr)
{
	struct reply *r = g->reply;
	struct reply_record *d = &r->record[r->n_records];
	const uint8_t *data = ns_rr_rdata(*rr), *end;
	size_t len = ns_rr_rdlen(*rr);
	int place;

	if (r->n_records == MESSAGE_RECORDS)
		return fail(g, FAILURE_MALFORMED);
	memset(d, 0, sizeof *d);
	d->ttl = ttl_of(rr);
	switch (r->type) {
	case MESSAGE_A:
	case MESSAGE_AAAA:
		if (len != (r->type == MESSAGE_A ? 4 : 16))
			return fail(g, FAILURE_MALFORMED);
		d->address.family = r->type == MESSAGE_A ? 4 : 6;
		memcpy(d->address.bytes, data, len);
		break;
	case MESSAGE_MX:
		if (len < 3)
			return fail(g, FAILURE_MALFORMED);
		d->preference = (uint16_t)ns_get16(data);
		data += 2;
		len -= 2;
		/* fallthrough */
	case MESSAGE_NS:
		place = add_name(g, data, &end);
		if (place < 0 || end != data + len)
			return fail(g, FAILURE_MALFORMED);
		d->name = (uint16_t)place;
		break;
	default:
		/* SOA and the like are asked for to see whether a name is there. */
		break;
	}
	if (d->ttl < r->ttl)
		r->ttl = d->ttl;
	r->n_records++;
	return 0;
}

/* Goes on to the name that a CNAME points to; name is its spelling by ns_parserr. */
static int follow(struct reading *g, const ns_rr *rr, const char *spelled, int place)
{
	struct reply *r = g->reply;

	if (r->n_chain == MESSAGE_CHAIN)
		return fail(g, FAILURE_CNAME_LOOP);
	for (size_t i = 0; i <= r->n_chain; i++)
		if (!strcasecmp(g->name[i], spelled))
			return fail(g, FAILURE_CNAME_LOOP);
	r->chain[r->n_chain++] = (uint16_t)place;
	strcpy(g->name[r->n_chain], spelled);
	if (ttl_of(rr) < r->ttl)
		r->ttl = ttl_of(rr);
	return 0;
}

static int take_cname(struct reading *g, const ns_rr *rr)
{
	const uint8_t *data = ns_rr_rdata(*rr), *end;
	char spelled[NS_MAXDNAME];
	int place = add_name(g, data, &end);

	if (place < 0 || end != data + ns_rr_rdlen(*rr) ||
	    ns_name_uncompress(ns_msg_base(g->msg), ns_msg_end(g->msg), data, spelled,
			       sizeof spelled) < 0)
		return fail(g, FAILURE_MALFORMED);
	return follow(g, rr, spelled, place);
}

/* True when name is ancestor or lies under it.  Compared label by label on the wire, where a
 * dot inside a label is no trouble. */
static int is_under(const char *name, const char *ancestor)
{
	uint8_t a[MESSAGE_NAME], b[MESSAGE_NAME];
	size_t i = 0, n, m;

	if (ns_name_pton(name, a, sizeof a) < 0 || ns_name_pton(ancestor, b, sizeof b) < 0)
		return 0;
	n = wire_length(a);
	m = wire_length(b);
	while (n - i > m)
		i += 1u + a[i];
	if (n - i != m)
		return 0;
	for (size_t k = 0; k < m; k++)
		if (fold(a[i + k]) != fold(b[k]))
			return 0;
	return 1;
}

/* True for a proper ancestor of name that is not the root. */
static int is_above(const char *owner, const char *name)
{
	return strcmp(owner, ".") && strlen(owner) < strlen(name) && is_under(name, owner);
}

/* A DNAME whose CNAME the server left out (RFC 6672 3.1 wants it): the name is put together
 * here. */
static int take_dname(struct reading *g, const ns_rr *rr)
{
	struct reply *r = g->reply;
	const char *old = g->name[r->n_chain];
	size_t kept = strlen(old) - strlen(ns_rr_name(*rr)); /* with its last dot */
	const uint8_t *data = ns_rr_rdata(*rr);
	char target[NS_MAXDNAME], joined[2 * NS_MAXDNAME];
	uint8_t wire[MESSAGE_NAME];
	size_t room = MESSAGE_TEXT - r->text_len;
	int n, len, place = (int)r->text_len;

	n = ns_name_uncompress(ns_msg_base(g->msg), ns_msg_end(g->msg), data, target,
			       sizeof target);
	if (n < 0 || n != (int)ns_rr_rdlen(*rr))
		return fail(g, FAILURE_MALFORMED);
	memcpy(joined, old, kept);
	joined[kept] = '\0';
	strcat(joined, strcmp(target, ".") ? target : "");
	if (ns_name_pton(joined, wire, sizeof wire) < 0)
		return fail(g, FAILURE_MALFORMED);
	len = message_name_to_text(r->text + place, room < NAME_SIZE ? room : NAME_SIZE, wire,
				   sizeof wire);
	if (len < 0 || ns_name_ntop(wire, joined, NS_MAXDNAME) < 0)
		return fail(g, FAILURE_MALFORMED);
	r->text_len += (uint32_t)len + 1;
	return follow(g, rr, joined, place);
}

static int take_answer(struct reading *g, const ns_rr *rr)
{
	struct reply *r = g->reply;
	const char *now = g->name[r->n_chain], *owner = ns_rr_name(*rr);
	int type = ns_rr_type(*rr);

	if (ns_rr_class(*rr) != ns_c_in ||
	    (type != r->type && type != MESSAGE_CNAME && type != MESSAGE_DNAME))
		return 0;
	if (!strcasecmp(owner, now)) {
		if (type == r->type)
			return take_record(g, rr);
		/* Beside a CNAME there must be nothing; whoever sends both is not believed. */
		if (type == MESSAGE_CNAME)
			return r->n_records ? fail(g, FAILURE_MALFORMED) : take_cname(g, rr);
		return 0;
	}
	if (type == r->type)
		for (size_t i = 0; i < r->n_chain; i++)
			if (!strcasecmp(owner, g->name[i]))
				return fail(g, FAILURE_MALFORMED);
	if (type != MESSAGE_DNAME)
		g->skipped |= type == r->type ? SKIPPED_RECORD | SKIPPED_DATA : SKIPPED_RECORD;
	else if (is_above(owner, now))
		g->skipped |= SKIPPED_DNAME;
	return 0;
}

/* The second chance of a chain that ended at nothing: is there a DNAME above it? */
static int find_dname(struct reading *g)
{
	const char *now = g->name[g->reply->n_chain];
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(g->msg, ns_s_an); i++) {
		if (ns_parserr(&g->msg, ns_s_an, i, &rr))
			return fail(g, FAILURE_MALFORMED);
		if ((int)ns_rr_type(rr) != MESSAGE_DNAME || ns_rr_class(rr) != ns_c_in)
			continue;
		if (is_above(ns_rr_name(rr), now))
			return take_dname(g, &rr);
	}
	return 0;
}

/* Walks the chain.  Records come in its order, so one pass is the rule; another is made only
 * while the chain grew and records of other names were passed over. */
static int read_answers(struct reading *g)
{
	struct reply *r = g->reply;
	uint16_t before;
	ns_rr rr;

	do {
		before = r->n_chain;
		g->skipped = 0;
		r->n_records = 0;
		for (int i = 0; i < ns_msg_count(g->msg, ns_s_an); i++) {
			if (ns_parserr(&g->msg, ns_s_an, i, &rr))
				return fail(g, FAILURE_MALFORMED);
			if (take_answer(g, &rr))
				return -1;
		}
		if (!r->n_records && g->skipped & SKIPPED_DNAME && find_dname(g))
			return -1;
	} while (r->n_chain != before && g->skipped);
	return 0;
}

/* The SOA of a zone that holds the last name: how long the negative holds (RFC 2308, section 5), and whose it is. */
static int take_soa(struct reading *g, const ns_rr *rr)
{
	struct reply *r = g->reply;
	uint32_t minimum = (uint32_t)ns_get32(ns_rr_rdata(*rr) + ns_rr_rdlen(*rr) - 4);
	uint32_t ttl = ttl_of(rr) < minimum ? ttl_of(rr) : minimum;
	uint8_t wire[MESSAGE_NAME];
	size_t room = MESSAGE_TEXT - r->text_len;
	int len;

	if (ns_name_pton(ns_rr_name(*rr), wire, sizeof wire) < 0)
		return fail(g, FAILURE_MALFORMED);
	len = message_name_to_text(r->text + r->text_len, room < NAME_SIZE ? room : NAME_SIZE, wire, sizeof wire);
	if (len < 0)
		return fail(g, FAILURE_MALFORMED);
	r->soa = len ? (uint16_t)r->text_len : 0;
	r->text_len += len ? (uint32_t)len + 1 : 0;
	if (ttl < r->ttl)
		r->ttl = ttl;
	return 0;
}

/* The authority section of an answer without data: a definite negative needs an SOA of a zone
 * that holds the last name; name servers without one are a referral. */
static int read_authority(struct reading *g)
{
	const char *last = g->name[g->reply->n_chain];
	int n_ns = 0, found = 0;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(g->msg, ns_s_ns); i++) {
		if (ns_parserr(&g->msg, ns_s_ns, i, &rr))
			return fail(g, FAILURE_MALFORMED);
		if (ns_rr_class(rr) != ns_c_in)
			continue;
		n_ns += (int)ns_rr_type(rr) == MESSAGE_NS;
		if (found || (int)ns_rr_type(rr) != MESSAGE_SOA || ns_rr_rdlen(rr) < 22 || !is_under(last, ns_rr_name(rr)))
			continue;
		if (take_soa(g, &rr))
			return -1;
		found = 1;
	}
	if (!found)
		return fail(g, n_ns ? FAILURE_LAME : FAILURE_NEG_NO_SOA);
	return 0;
}

/* What the extended errors (RFC 8914) say about trusting the answer; the gravest one counts. */
struct extended {
	int first; /* -1: none */
	int bogus, filtered, stale, lame;
};

static int read_edns(struct reading *g, struct extended *x)
{
	int n_opts = 0;
	ns_rr rr;

	*x = (struct extended){.first = -1};
	for (int i = 0; i < ns_msg_count(g->msg, ns_s_ar); i++) {
		const uint8_t *p, *end;

		if (ns_parserr(&g->msg, ns_s_ar, i, &rr))
			return fail(g, FAILURE_MALFORMED);
		if ((int)ns_rr_type(rr) != MESSAGE_OPT)
			continue;
		if (n_opts++)
			return fail(g, FAILURE_MALFORMED);
		g->reply->rcode = (int16_t)(g->reply->rcode | (ns_rr_ttl(rr) >> 24) << 4);
		p = ns_rr_rdata(rr);
		end = p + ns_rr_rdlen(rr);
		while (end - p >= 4) {
			unsigned option = ns_get16(p), len = ns_get16(p + 2), code;

			p += 4;
			if (len > (size_t)(end - p))
				return fail(g, FAILURE_MALFORMED);
			if (option == EDE_OPTION && len >= 2) {
				code = ns_get16(p);
				if (x->first < 0)
					x->first = (int)code;
				x->stale |= code == 3 || code == 19;
				x->filtered |= code == 4 || (code >= 15 && code <= 18);
				x->bogus |= code >= 5 && code <= 12;
				x->lame |= code == 22 || code == 23;
			}
			p += len;
		}
		if (p != end)
			return fail(g, FAILURE_MALFORMED);
	}
	return 0;
}

static enum answer_failure failure_of_rcode(int rcode, const struct extended *x)
{
	switch (rcode) {
	case ns_r_formerr:
	case ns_r_notimpl:
	case ns_r_badvers:
		return FAILURE_MALFORMED;
	case ns_r_refused:
		return FAILURE_REFUSED;
	case ns_r_notauth:
		return FAILURE_LAME;
	default:
		return x->lame ? FAILURE_LAME : FAILURE_SERVFAIL;
	}
}

/* Everything behind the question; -1 with g->failure set. */
static int read_body(struct reading *g)
{
	struct reply *r = g->reply;
	struct extended x;

	if (read_edns(g, &x))
		return -1;
	r->ede = x.first;
	if (x.filtered)
		return fail(g, FAILURE_FILTERED);
	if (x.bogus && r->rcode != ns_r_noerror)
		return fail(g, FAILURE_BOGUS);
	if (r->rcode != ns_r_noerror && r->rcode != ns_r_nxdomain)
		return fail(g, failure_of_rcode(r->rcode, &x));
	if (read_answers(g))
		return -1;
	if (r->n_records) {
		/* The name has these records and does not exist: one of both is wrong. */
		if (r->rcode == ns_r_nxdomain)
			return fail(g, FAILURE_MALFORMED);
		r->status = ANSWER_DATA;
		/* A resolver that gives data has not refused it, whatever it says of signatures, and one that failed
		 * validation would have said SERVFAIL.  Such data may keep an entry alive; that nobody is listed in it
		 * is believed no more than of stale data. */
		r->doubt = x.bogus ? FAILURE_BOGUS : x.stale ? FAILURE_STALE : FAILURE_NONE;
		return 0;
	}
	if (x.bogus)
		return fail(g, FAILURE_BOGUS);
	if (read_authority(g))
		return -1;
	/* Somebody has such records, and what leads to him is missing: not a whole answer. */
	if (g->skipped & SKIPPED_DATA)
		return fail(g, FAILURE_MALFORMED);
	if (x.stale)
		return fail(g, FAILURE_STALE);
	r->status = r->rcode == ns_r_nxdomain ? ANSWER_NXDOMAIN : ANSWER_NODATA;
	return 0;
}

/* An answer without a question section is good for one thing, to say that the server cannot. */
static int is_bare_error(const uint8_t *bytes, size_t len)
{
	int rcode = bytes[3] & 15;

	return len >= HEAD_SIZE && !bytes[4] && !bytes[5] && rcode != ns_r_noerror && rcode != ns_r_nxdomain;
}

/* Makes the reply a failure.  Of an authority that was asked itself, an alias out of its zone
 * is no mistake: the chain is kept, for the caller to follow. */
static void give_up(struct reading *g, int recursion)
{
	struct reply was = *g->reply;

	reply_fail(g->reply, was.type, g->failure, was.rcode, was.ede);
	if (recursion || !was.n_chain || (g->failure != FAILURE_LAME && g->failure != FAILURE_NEG_NO_SOA))
		return;
	g->reply->authoritative = was.authoritative;
	g->reply->n_chain = was.n_chain;
	memcpy(g->reply->chain, was.chain, sizeof was.chain);
	g->reply->text_len = was.text_len;
}

enum message_result message_read(struct reply_room *room, const uint8_t *bytes, size_t len, const uint8_t *query)
{
	struct reply *r = &room->reply;
	struct reading g; /* large, so it is not cleared as a whole */
	size_t name_len = wire_length(query + HEAD_SIZE);
	uint16_t type = (uint16_t)ns_get16(query + HEAD_SIZE + name_len);

	/* QR must be set and the opcode be that of a query. */
	if (len < HEAD_SIZE || (bytes[2] & 0xf8) != 0x80)
		return MESSAGE_FOREIGN;
	reply_room_init(room);
	if (!is_same_question(bytes, len, query, name_len)) {
		if (!is_bare_error(bytes, len))
			return MESSAGE_FOREIGN;
		reply_fail(r, type, failure_of_rcode(bytes[3] & 15, &(struct extended){.first = -1}), bytes[3] & 15, -1);
		return MESSAGE_DONE;
	}
	if (bytes[2] & 0x02)
		return MESSAGE_TRUNCATED;
	g.reply = r;
	g.failure = FAILURE_NONE;
	r->type = type;
	r->rcode = bytes[3] & 15;
	r->ede = -1;
	r->ttl = 0x7fffffff;
	r->authenticated = (bytes[3] & 0x20) != 0;
	r->authoritative = (bytes[2] & 0x04) != 0;
	/* libresolv's parser checks every count and length against the message, trailing bytes
	 * included. */
	if (ns_initparse(bytes, (int)len, &g.msg) ||
	    ns_name_uncompress(bytes, bytes + len, bytes + HEAD_SIZE, g.name[0], sizeof g.name[0]) < 0)
		fail(&g, FAILURE_MALFORMED);
	else
		read_body(&g);
	if (g.failure != FAILURE_NONE)
		give_up(&g, query[2] & 0x01);
	return MESSAGE_DONE;
}
