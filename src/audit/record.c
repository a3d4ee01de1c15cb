#include "audit/record.h"

#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/str.h"

/* Integers beyond this are not the same in every JSON reader (RFC 8785 3.2.2.3). */
#define NUMBER_MAX ((UINT64_C(1) << 53) - 1)

/* 9999-12-31T23:59:59.999Z, the last time that has 24 characters. */
#define TIME_MAX INT64_C(253402300799999)

/* --- values out: key is given with the punctuation before it, so that a line is one pass
 * ---------- */

static void add_text(struct str *out, const char *key, const char *text)
{
	str_add(out, key);
	json_add_string(out, text ? text : "", text ? strlen(text) : 0);
}

static void add_number(struct str *out, const char *key, uint64_t value)
{
	str_addf(out, "%s%" PRIu64, key, value);
}

static void add_hex(struct str *out, const char *key, const uint8_t *bytes, size_t len)
{
	char hex[2 * AUDIT_HASH + 1];

	sodium_bin2hex(hex, sizeof hex, bytes, len);
	str_add(out, key);
	str_add_char(out, '"');
	str_add_bytes(out, hex, 2 * len);
	str_add_char(out, '"');
}

static void add_texts(struct str *out, const char *key, const char **text, size_t n)
{
	str_add(out, key);
	str_add_char(out, '[');
	for (size_t i = 0; i < n; i++)
		add_text(out, i ? "," : "", text[i]);
	str_add_char(out, ']');
}

static void add_time(struct str *out, const char *key, int64_t ms)
{
	char text[DATE_SIZE];

	add_text(out, key, date_rfc3339_ms(text, ms));
}

/* A line that came out too long is taken back: the caller's string stays as it was. */
static int end_line(struct str *out, size_t start, size_t max, const char *what, struct err *e)
{
	size_t len;

	str_add_char(out, '}');
	len = out->len - start;
	if (len <= max)
		return 0;
	str_truncate(out, start);
	return err_set(
		e, ERR_DATA,
		"%s takes %zu bytes in the audit log, at most %zu are allowed; shorten it",
		what, len, max);
}

/* --- what is let in
 * --------------------------------------------------------------------------------- */

static int check_time(int64_t ms, struct err *e)
{
	if (ms < 0 || ms > TIME_MAX)
		return err_set(e, ERR_DATA,
			       "the time %" PRId64 " ms is outside 1970 to 9999; set the clock",
			       ms);
	return 0;
}

/* "" or b<seq>, the number spelled in its only way and not above the record's own. */
static int check_batch(const char *batch, uint64_t seq, struct err *e)
{
	uint64_t first = 0;
	size_t i = 1;

	if (!batch || !*batch)
		return 0;
	while (batch[0] == 'b' && i < 17 && batch[i] >= '0' && batch[i] <= '9')
		first = first * 10 + (uint64_t)(batch[i++] - '0');
	if (i == 1 || batch[i] || (batch[1] == '0' && i > 2) || first > seq)
		return err_set(e, ERR_DATA,
			       "a batch of the audit log is named b<number of its first "
			       "record>, at most "
			       "b%" PRIu64 " here",
			       seq);
	return 0;
}

static int is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return word && (strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0);
}

static int check_record(const struct audit_record *r, struct err *e)
{
	if ((unsigned)r->action >= N_AUDIT_ACTIONS)
		return err_set(e, ERR_SOFTWARE, "the audit log has no action number %u",
			       (unsigned)r->action);
	if (r->seq > NUMBER_MAX || r->number > NUMBER_MAX || r->number == 0)
		return err_set(e, ERR_DATA,
			       "record %" PRIu64 ", number %" PRIu64
			       " of its chain: numbers of the audit "
			       "log end at 2^53-1 and a chain begins with 1",
			       r->seq, r->number);
	if (!is_one_of(r->clock, "ok", "unsync", "back"))
		return err_set(e, ERR_DATA,
			       "the clock of an audit record is ok, unsync or back");
	if (check_time(r->time_ms, e) || check_batch(r->batch, r->seq, e) ||
	    audit_check_customer(r->customer, e) || audit_check_domain(r->domain, e) ||
	    audit_check_text(r->before, 0, "the state before", e) ||
	    audit_check_text(r->after, 0, "the state after", e))
		return -1;
	return 0;
}

static int check_session(const char *session, uint32_t *number, struct err *e)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < 11 && session[i] >= '0' && session[i] <= '9'; i++)
		value = value * 10 + (uint64_t)(session[i] - '0');
	if (session[i] || value > UINT32_MAX || (session[0] == '0' && i > 1))
		return err_set(e, ERR_DATA, "the audit session is no number of 32 bits");
	*number = i ? (uint32_t)value : UINT32_MAX;
	return 0;
}

static int check_operator(const struct audit_operator *o, struct err *e)
{
	if (!is_one_of(o->trust, "kernel", "same", "none"))
		return err_set(e, ERR_DATA, "the trust in an operator is kernel, same or none");
	if (audit_check_text(o->boot, 0, "the boot id", e) ||
	    audit_check_text(o->claim, 0, "SSH_CONNECTION", e) ||
	    audit_check_text(o->from, 0, "the host of the terminal", e) ||
	    audit_check_text(o->host, 0, "the host name", e) ||
	    audit_check_text(o->login, 0, "the login name", e) ||
	    audit_check_text(o->program, 0, "the program's name", e) ||
	    audit_check_text(o->tty, 0, "the terminal's name", e))
		return -1;
	return 0;
}

/* DNS data comes in presentation form, which is printable ASCII. */
static int check_presented(const char *text, struct err *e)
{
	if (text && !escape_is_plain(text, strlen(text)))
		return err_set(
			e, ERR_DATA,
			"DNS data for the audit log is not in presentation form (\\DDD)");
	return 0;
}

static int check_evidence(const struct audit_evidence *v, struct err *e)
{
	for (size_t i = 0; i < v->n_records; i++)
		if (check_presented(v->records[i], e))
			return -1;
	for (size_t i = 0; i < v->n_flags; i++)
		if (audit_check_text(v->flags[i], 0, "a flag", e))
			return -1;
	if (check_presented(v->question, e) ||
	    audit_check_text(v->rcode, 0, "the response code", e) ||
	    audit_check_text(v->resolver, 0, "the resolver", e) ||
	    audit_check_text(v->verdict, 0, "the verdict", e) ||
	    audit_check_text(v->reason, 0, "the reason", e) || check_time(v->time_ms, e))
		return -1;
	return 0;
}

/* --- the four lines, keys in the order of their bytes
 * ----------------------------------------------- */

int audit_record_line(struct str *out, const struct audit_record *r, struct err *e)
{
	size_t start = out->len;

	if (check_record(r, e))
		return -1;
	add_text(out, "{\"action\":", audit_action_name(r->action));
	add_text(out, ",\"after\":", r->after);
	add_text(out, ",\"batch\":", r->batch);
	add_text(out, ",\"before\":", r->before);
	add_text(out, ",\"clock\":", r->clock);
	add_text(out, ",\"customer\":", r->customer);
	add_text(out, ",\"domain\":", r->domain);
	str_add(out, ",\"evidence\":[");
	for (size_t i = 0; i < r->n_evidence; i++)
		add_hex(out, i ? "," : "", r->evidence[i], AUDIT_HASH);
	add_hex(out, "],\"note\":", r->note, AUDIT_HASH);
	add_number(out, ",\"number\":", r->number);
	add_hex(out, ",\"operator\":", r->operator, AUDIT_HASH);
	add_hex(out, ",\"previous\":", r->previous, AUDIT_HASH);
	add_number(out, ",\"seq\":", r->seq);
	add_time(out, ",\"time\":", r->time_ms);
	str_add(out, ",\"version\":1");
	return end_line(out, start, AUDIT_RECORD_MAX, "the record", e);
}

int audit_note_line(struct str *out, const struct audit_note *n, const uint8_t salt[AUDIT_SALT],
		    struct err *e)
{
	size_t start = out->len;

	if (audit_check_text(n->reason, 0, "the reason", e) ||
	    audit_check_text(n->text, 1, "the note", e) ||
	    audit_check_text(n->ticket, 0, "the ticket", e))
		return -1;
	add_text(out, "{\"kind\":\"note\",\"reason\":", n->reason);
	add_hex(out, ",\"salt\":", salt, AUDIT_SALT);
	add_text(out, ",\"text\":", n->text);
	add_text(out, ",\"ticket\":", n->ticket);
	return end_line(out, start, AUDIT_LINE_MAX, "the note", e);
}

int audit_operator_line(struct str *out, const struct audit_operator *o,
			const uint8_t salt[AUDIT_SALT], struct err *e)
{
	size_t start = out->len;
	uint32_t session = UINT32_MAX;

	if (check_operator(o, e) || check_session(o->session, &session, e))
		return -1;
	add_text(out, "{\"boot\":", o->boot);
	add_text(out, ",\"claim\":", o->claim);
	add_text(out, ",\"from\":", o->from);
	add_text(out, ",\"host\":", o->host);
	add_text(out, ",\"kind\":\"operator\",\"login\":", o->login);
	add_number(out, ",\"loginuid\":", o->loginuid);
	add_text(out, ",\"program\":", o->program);
	add_hex(out, ",\"salt\":", salt, AUDIT_SALT);
	add_number(out, ",\"session\":", session);
	add_number(out, ",\"sudo_uid\":", o->sudo_uid);
	add_text(out, ",\"trust\":", o->trust);
	add_text(out, ",\"tty\":", o->tty);
	add_number(out, ",\"uid\":", o->uid);
	return end_line(out, start, AUDIT_LINE_MAX, "the operator's description", e);
}

static void add_wire(struct str *out, const uint8_t *wire, size_t len)
{
	/* Encoded by pieces of whole triples, so that no piece but the last has padding. */
	enum { PIECE = 384 };
	char text[sodium_base64_ENCODED_LEN(PIECE, sodium_base64_VARIANT_ORIGINAL)];

	str_add(out, ",\"wire\":\"");
	for (size_t at = 0; at < len; at += PIECE)
		str_add(out, sodium_bin2base64(text, sizeof text, wire + at,
					       len - at < PIECE ? len - at : PIECE,
					       sodium_base64_VARIANT_ORIGINAL));
	str_add_char(out, '"');
}

int audit_evidence_line(struct str *out, const struct audit_evidence *v, struct err *e)
{
	size_t start = out->len;

	if (check_evidence(v, e))
		return -1;
	str_add(out, v->authenticated ? "{\"authenticated\":true" : "{\"authenticated\":false");
	add_texts(out, ",\"flags\":", v->flags, v->n_flags);
	add_text(out, ",\"kind\":\"dns\",\"question\":", v->question);
	add_text(out, ",\"rcode\":", v->rcode);
	add_text(out, ",\"reason\":", v->reason);
	add_texts(out, ",\"records\":", v->records, v->n_records);
	add_text(out, ",\"resolver\":", v->resolver);
	add_time(out, ",\"time\":", v->time_ms);
	add_number(out, ",\"ttl\":", v->ttl);
	add_text(out, ",\"verdict\":", v->verdict);
	if (v->wire)
		add_wire(out, v->wire, v->wire_len);
	return end_line(out, start, AUDIT_EVIDENCE_MAX, "the evidence", e);
}

/* --- hashes
 * ----------------------------------------------------------------------------------------- */

void audit_commit(uint8_t hash[AUDIT_HASH], const char *line, size_t len)
{
	sha256_of(hash, line, len);
}

void audit_leaf(uint8_t hash[AUDIT_HASH], const char *line, size_t len)
{
	static const unsigned char prefix = 0x00;
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, &prefix, 1);
	sha256_add(&s, line, len);
	sha256_end(&s, hash);
}

void audit_hex(char out[2 * AUDIT_HASH + 1], const uint8_t hash[AUDIT_HASH])
{
	sodium_bin2hex(out, 2 * AUDIT_HASH + 1, hash, AUDIT_HASH);
}
