#include "mta/maillog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "mta/log_file.h"
#include "mta/maillog_outage.h"
#include "mta/maillog_words.h"
#include "relay/netset.h"

enum { JUMP = 60, DOMAIN_MAX = 255, RELAY_MAX = MAILLOG_RELAY_MAX };

struct maillog {
	struct maillog_options o;
	struct maillog_queue known; /* with the messages that were on their way before */
	struct maillog_queue alone; /* without; used once there are such */
	int has_before;
	struct maillog_queue *queue; /* one of the two, for which a line is taken, */
	struct maillog_told *told;   /* and what it says for that */
	struct maillog_words relays, domains, names;
	struct maillog_counts counts;
	struct maillog_line line; /* the one that is being read */
	const char *relay;
};

struct maillog *maillog_new(const struct maillog_options *o)
{
	struct maillog *m = mem_alloc(sizeof *m);

	m->o = *o;
	return m;
}

void maillog_free(struct maillog *m)
{
	if (!m)
		return;
	maillog_queue_clear(&m->known);
	maillog_queue_clear(&m->alone);
	maillog_words_clear(&m->relays);
	maillog_words_clear(&m->domains);
	maillog_words_clear(&m->names);
	free(m);
}

struct maillog_counts maillog_counts(const struct maillog *m)
{
	return m->counts;
}

const char *maillog_relay(struct maillog *m, const char *relay, size_t len)
{
	return maillog_words_get(&m->relays, relay, len < RELAY_MAX ? len : RELAY_MAX)->text;
}

static struct maillog_word *word_of(struct maillog *m, const char *domain, size_t len)
{
	char lower[DOMAIN_MAX];

	/* No domain is longer, and without a name there is nobody to charge. */
	if (len > sizeof lower)
		len = sizeof lower;
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)(domain[i] >= 'A' && domain[i] <= 'Z' ? domain[i] + 32 : domain[i]);
	return maillog_words_get(&m->domains, lower, len);
}

static const char *name_of(struct maillog *m, const char *domain, size_t len)
{
	struct maillog_word *word = word_of(m, domain, len);
	const char *name;

	if (!word->meaning) {
		name = m->o.fold ? m->o.fold(m->o.ctx, word->text, word->len) : word->text;
		word->meaning = maillog_words_get(&m->names, name, strlen(name))->text;
	}
	return word->meaning;
}

/* --- lines ------------------------------------------------------------------------------------- */

static void tell(struct maillog *m, const char *name, struct maillog_figures add)
{
	*m->told = (struct maillog_told){.name = name, .add = add};
}

static int is_loopback(const struct net_address *a)
{
	static const uint8_t one[16] = {[15] = 1};

	return a->family == 4 ? a->bytes[0] == 127 : memcmp(a->bytes, one, 16) == 0;
}

/* Who cannot be told to be inside counts as outside: that holds a deletion back. */
static int is_inside(const struct maillog *m, struct maillog_bytes text)
{
	struct net_address address;
	char copy[NET_TEXT_SIZE];

	if (text.len >= sizeof copy)
		return 0;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (net_address_parse(&address, copy) != 0)
		return 0;
	return is_loopback(&address) || (m->o.networks && netset_has(m->o.networks, &address));
}

static int64_t size_of(struct maillog *m, const struct maillog_message *msg)
{
	if (msg->size >= 0)
		return msg->size;
	m->counts.unsized += m->queue == &m->known;
	return 0;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Recipients of one domain that one smtp process handed over in one second with one answer went in one go. */
static uint64_t transaction_of(const struct maillog_line *l, const char *name)
{
	uint64_t h = mix((uint64_t)l->time, name, strlen(name));

	h = mix(h, l->relay.at, l->relay.len);
	h = mix(h, l->reply.at, l->reply.len);
	return mix(h, l->pid.at, l->pid.len);
}

/* A content filter on this machine took the message and gave it back under another id, which is counted. */
static int went_into_a_filter(const struct maillog *m)
{
	static const char words[] = "queued as ";
	const struct maillog_line *l = &m->line;
	const char *p = memmem(l->reply.at, l->reply.len, words, strlen(words)), *end = l->reply.at + l->reply.len;
	struct maillog_bytes id;

	if (!p || (!memmem(l->relay.at, l->relay.len, "[127.", 5) && !memmem(l->relay.at, l->relay.len, "[::1]", 5)))
		return 0;
	id = (struct maillog_bytes){p + strlen(words), 0};
	while (id.at + id.len < end && id.at[id.len] != ')' && id.at[id.len] != ' ')
		id.len++;
	if (id.len > MAILLOG_ID_MAX || (id.len == l->id.len && memcmp(id.at, l->id.at, id.len) == 0))
		return 0;
	return maillog_queue_find(m->queue, m->relay, id) != NULL;
}

static void on_bounce_delivery(struct maillog *m, struct maillog_message *msg)
{
	if (msg->flags & MAILLOG_IS_CHARGED || !msg->charged)
		return;
	msg->flags |= MAILLOG_IS_CHARGED;
	tell(m, msg->charged, (struct maillog_figures){.backscatter_msgs = 1, .backscatter_bytes = size_of(m, msg)});
}

static void on_delivery(struct maillog *m)
{
	const struct maillog_line *l = &m->line;
	struct maillog_message *msg = maillog_queue_get(m->queue, m->relay, l->id, NULL);
	struct maillog_figures add = {0};
	struct maillog_part *part;
	const char *name;
	int is_new;

	msg->time = l->time;
	if (l->status == MAILLOG_PROBE || msg->flags & MAILLOG_IS_PROBE)
		return;
	if (msg->flags & MAILLOG_IS_BOUNCE) {
		on_bounce_delivery(m, msg);
		return;
	}
	if (l->status == MAILLOG_SENT && went_into_a_filter(m))
		return;
	name = name_of(m, l->domain.at, l->domain.len);
	part = maillog_message_part(msg, name, &is_new);
	if (is_new) {
		add.in_msgs = 1;
		add.in_bytes = size_of(m, msg);
		add.outside = !(msg->flags & MAILLOG_IS_INSIDE);
	}
	if (l->status == MAILLOG_BOUNCED || (l->status == MAILLOG_DEFERRED && !msg->has_bounced))
		msg->failed = name;
	msg->has_bounced |= l->status == MAILLOG_BOUNCED;
	part->was_deferred |= l->status == MAILLOG_DEFERRED;
	part->was_delayed |= maillog_is_outage(l);
	if (l->status == MAILLOG_SENT) {
		if (maillog_message_add_transaction(msg, transaction_of(l, name))) {
			add.out_transactions = 1;
			add.out_bytes = size_of(m, msg);
		}
		add.held = part->was_delayed && !part->was_held;
		add.at_once = !part->was_deferred && !part->was_sent && maillog_is_at_once(l);
		part->was_held |= (uint8_t)add.held;
		part->was_sent = 1;
	}
	/* A line that adds nothing is told as well: it was seen. */
	tell(m, name, add);
	m->told->domain = word_of(m, l->domain.at, l->domain.len)->text;
}

static void on_client(struct maillog *m)
{
	struct maillog_message *msg = maillog_queue_get(m->queue, m->relay, m->line.id, NULL);

	maillog_queue_renew(msg);
	msg->time = m->line.time;
	if (m->line.is_login || is_inside(m, m->line.address))
		msg->flags |= MAILLOG_IS_INSIDE;
}

static void on_size(struct maillog *m)
{
	static const char probe[] = "double-bounce@";
	struct maillog_message *msg = maillog_queue_get(m->queue, m->relay, m->line.id, NULL);

	msg->time = m->line.time;
	msg->size = m->line.size;
	if (m->line.sender.len >= strlen(probe) && memcmp(m->line.sender.at, probe, strlen(probe)) == 0)
		msg->flags |= MAILLOG_IS_PROBE;
}

/* The notification was queued, and perhaps logged, before bounce(8) names it. */
static void on_bounce(struct maillog *m)
{
	struct maillog_message *from = maillog_queue_find(m->queue, m->relay, m->line.id), *to;

	to = maillog_queue_get(m->queue, m->relay, m->line.other, NULL);
	to->time = m->line.time;
	to->flags = (to->flags & ~(unsigned)MAILLOG_IS_CHARGED) | MAILLOG_IS_BOUNCE;
	to->charged = from ? from->failed : NULL;
}

/* What was refused is not covered by an entry, whatever stands above it. */
static void on_refusal(struct maillog *m)
{
	struct maillog_word *word = word_of(m, m->line.domain.at, m->line.domain.len);

	tell(m, maillog_words_get(&m->names, word->text, strlen(word->text))->text,
	     (struct maillog_figures){.relay_denied = 1});
}

static void on_line(struct maillog *m)
{
	switch (m->line.kind) {
	case MAILLOG_CLIENT:
		on_client(m);
		break;
	case MAILLOG_SIZE:
		on_size(m);
		break;
	case MAILLOG_DELIVERY:
		on_delivery(m);
		break;
	case MAILLOG_BOUNCE:
		on_bounce(m);
		break;
	case MAILLOG_REMOVED:
		maillog_queue_remove(m->queue, m->relay, m->line.id);
		break;
	case MAILLOG_REFUSED:
		on_refusal(m);
		break;
	case MAILLOG_BROWNED:
		tell(m, name_of(m, m->line.domain.at, m->line.domain.len), (struct maillog_figures){.browned = 1});
		m->told->domain = word_of(m, m->line.domain.at, m->line.domain.len)->text;
		break;
	case MAILLOG_OTHER:
		break;
	}
}

static void take(struct maillog *m)
{
	struct maillog_event event = {.relay = m->relay, .time = m->line.time, .identity = m->line.identity};

	m->queue = &m->known;
	m->told = &event.told;
	on_line(m);
	event.alone = event.told;
	if (m->has_before) {
		event.alone.name = NULL;
		m->queue = &m->alone;
		m->told = &event.alone;
		on_line(m);
	}
	if (event.told.name || event.alone.name)
		m->o.on_event(m->o.ctx, &event);
}

/* The next line most often comes from the same host. */
static const char *relay_of_line(struct maillog *m)
{
	struct maillog_bytes host = m->line.host;

	if (m->o.relay)
		return m->relay ? m->relay : maillog_relay(m, m->o.relay, strlen(m->o.relay));
	if (m->relay && strlen(m->relay) == host.len && memcmp(m->relay, host.at, host.len) == 0)
		return m->relay;
	return maillog_relay(m, host.at, host.len);
}

int maillog_read(struct maillog *m, const char *path, struct err *e)
{
	struct maillog_clock clock = {0};
	struct log_file file;
	int64_t last = 0;
	const char *line;
	size_t len;
	int got;

	if (log_file_open(&file, path, e) != 0)
		return -1;
	clock.latest = file.written;
	while ((got = log_file_next(&file, &line, &len, e)) == 1) {
		if (!maillog_line_read(&m->line, &clock, line, len))
			continue;
		m->counts.postfix++;
		m->relay = relay_of_line(m);
		m->counts.jumps += m->line.time < last - JUMP;
		last = m->line.time;
		if (m->o.on_line)
			m->o.on_line(m->o.ctx, m->relay, m->line.time);
		if (m->line.kind != MAILLOG_OTHER)
			take(m);
	}
	m->counts.lines += file.lines;
	m->counts.cut += file.cut;
	log_file_close(&file);
	return got;
}

/* --- order of files, and what stays open ------------------------------------------------------- */

struct dated {
	char *path;
	int64_t first, written;
	int micros; /* of the first line, where the format has them */
	size_t place;
};

static int by_time(const void *x, const void *y)
{
	const struct dated *a = x, *b = y;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->micros != b->micros)
		return a->micros < b->micros ? -1 : 1;
	if (a->written != b->written)
		return a->written < b->written ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static int micros_of(const char *line, size_t len)
{
	int n = 0, unit = 100000;

	for (size_t i = 20; len > 20 && line[19] == '.' && i < len && line[i] >= '0' && line[i] <= '9'; i++, unit /= 10)
		n += (line[i] - '0') * unit;
	return n;
}

/* A file without a dated line comes first, where it does no harm, and so does what is no file. */
static int date(struct dated *d, struct err *e)
{
	enum { LINES = 1000 };
	struct maillog_clock clock = {0};
	struct log_file file;
	const char *line;
	size_t len, rest;
	struct stat st;
	int got;

	/* A pipe gives its lines once. */
	if (stat(d->path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return 0;
	if (log_file_open(&file, d->path, e) != 0)
		return -1;
	clock.latest = file.written;
	while ((got = log_file_next(&file, &line, &len, e)) == 1 && file.lines < LINES)
		if (maillog_line_time(&clock, line, len, &d->first, &rest)) {
			d->micros = micros_of(line, len);
			break;
		}
	d->written = file.written;
	log_file_close(&file);
	return got < 0 ? -1 : 0;
}

int maillog_sort(char **path, size_t n, struct err *e)
{
	struct dated *d = mem_alloc((n + 1) * sizeof *d);
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		d[i] = (struct dated){.path = path[i], .place = i};
		rc = date(&d[i], e);
	}
	if (rc == 0) {
		qsort(d, n, sizeof *d, by_time);
		for (size_t i = 0; i < n; i++)
			path[i] = d[i].path;
	}
	free(d);
	return rc;
}

void maillog_each_open(const struct maillog *m, void (*fn)(void *ctx, const struct maillog_message *open), void *ctx)
{
	for (size_t i = 0; i < m->known.n_buckets; i++)
		for (const struct maillog_message *msg = m->known.bucket[i]; msg; msg = msg->next)
			fn(ctx, msg);
}

void maillog_add_open(struct maillog *m, const struct maillog_message *open)
{
	struct maillog_bytes id = {open->id, strlen(open->id)};
	struct maillog_message *msg =
		maillog_queue_get(&m->known, maillog_relay(m, open->relay, strlen(open->relay)), id, NULL);
	int is_new;

	m->has_before = 1;
	maillog_queue_renew(msg);
	msg->size = open->size;
	msg->time = open->time;
	msg->flags = open->flags;
	msg->has_bounced = open->has_bounced;
	msg->charged = open->charged ? name_of(m, open->charged, strlen(open->charged)) : NULL;
	msg->failed = open->failed ? name_of(m, open->failed, strlen(open->failed)) : NULL;
	for (uint32_t i = 0; i < open->n_parts; i++) {
		const struct maillog_part *from = &open->part[i];
		struct maillog_part *part =
			maillog_message_part(msg, name_of(m, from->name, strlen(from->name)), &is_new);

		part->was_deferred |= from->was_deferred;
		part->was_delayed |= from->was_delayed;
		part->was_held |= from->was_held;
		part->was_sent |= from->was_sent;
	}
	for (uint32_t i = 0; i < open->n_transactions; i++)
		maillog_message_add_transaction(msg, open->transaction[i]);
}
