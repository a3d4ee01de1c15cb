/*
 * record_read: stored lines back into values, part of record.h.
 *
 * What comes from the database or a bundle is hostile until its bytes were compared with those
 * that record.c writes for the same values.  Texts live in the caller's arena.
 */
#include "audit/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "audit/operator.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/*
 * The keys stand in a fixed order without blanks, so reading is asking for one piece after the
 * other. Whatever this lets through that is not the one spelling (an escape that is not needed,
 * a zero in front, February 30th) is found at the end, when the values are written again and
 * the bytes compared.
 */
struct reader {
	const char *at, *end;
	struct arena *arena;
	int bad; /* once set, every take gives something harmless */
};

static struct reader begin(struct arena *a, const char *line, size_t len)
{
	return (struct reader){line, line + len, a, 0};
}

static int next_is(struct reader *r, const char *literal)
{
	size_t len = strlen(literal);

	if (r->bad || (size_t)(r->end - r->at) < len || memcmp(r->at, literal, len) != 0)
		return 0;
	r->at += len;
	return 1;
}

static void want(struct reader *r, const char *literal)
{
	if (!next_is(r, literal))
		r->bad = 1;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character behind a backslash; *in stands on it and is moved over it.  -1: none that is
 * written. */
static int take_escape(const char **in, const char *end)
{
	static const char from[] = "\"\\bfnrt", to[] = "\"\\\b\f\n\r\t";
	const char *found = **in ? strchr(from, **in) : NULL;
	int high, low;

	if (found) {
		(*in)++;
		return to[found - from];
	}
	if (end - *in < 5 || memcmp(*in, "u00", 3) != 0)
		return -1;
	high = hex_digit((*in)[3]);
	low = hex_digit((*in)[4]);
	*in += 5;
	/* A NUL would cut the string; from 0x20 on the escape is not the canonical spelling. */
	return high < 0 || high > 1 || low < 0 ? -1 : high * 16 + low;
}

static const char *take_text(struct reader *r)
{
	const char *in, *close;
	char *out, *text;

	want(r, "\"");
	if (r->bad)
		return "";
	for (close = r->at; close < r->end && *close != '"'; close++)
		if (*close == '\\')
			close++;
	if (close >= r->end) {
		r->bad = 1;
		return "";
	}
	text = out = arena_alloc(r->arena, (size_t)(close - r->at) + 1);
	for (in = r->at; in < close;) {
		int c = (unsigned char)*in++;

		if (c == '\\')
			c = take_escape(&in, close);
		if (c <= 0) {
			r->bad = 1;
			return "";
		}
		*out++ = (char)c;
	}
	r->at = close + 1;
	return text;
}

static uint64_t take_number(struct reader *r, uint64_t max)
{
	uint64_t value = 0;
	const char *start = r->at;

	while (!r->bad && r->at < r->end && *r->at >= '0' && *r->at <= '9' &&
	       r->at - start < 17)
		value = value * 10 + (uint64_t)(*r->at++ - '0');
	if (r->at == start || value > max)
		r->bad = 1;
	return r->bad ? 0 : value;
}

static void take_hex(struct reader *r, uint8_t *out, size_t len)
{
	want(r, "\"");
	if (r->bad || (size_t)(r->end - r->at) < 2 * len) {
		r->bad = 1;
		return;
	}
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(r->at[2 * i]), low = hex_digit(r->at[2 * i + 1]);

		if (high < 0 || low < 0) {
			r->bad = 1;
			return;
		}
		out[i] = (uint8_t)(high * 16 + low);
	}
	r->at += 2 * len;
	want(r, "\"");
}

static int64_t take_time(struct reader *r)
{
	const char *text = take_text(r);
	struct tm tm = {0};
	int ms, used = 0;

	if (!r->bad && strlen(text) == 24 &&
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms, &used) == 7 &&
	    used == 24) {
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		return (int64_t)timegm(&tm) * 1000 + ms;
	}
	r->bad = 1;
	return 0;
}

/* How many items the array has that begins at r->at, which stands behind its bracket. */
static size_t count_items(const struct reader *r)
{
	int in_text = 0;
	size_t n = 0;

	for (const char *p = r->at; !r->bad && p < r->end && (in_text || *p != ']'); p++) {
		if (in_text && *p == '\\')
			p++;
		else if (*p == '"')
			n += (size_t)(in_text = !in_text);
	}
	return n;
}

static const char **take_texts(struct reader *r, size_t *n)
{
	const char **text;

	want(r, "[");
	*n = count_items(r);
	text = arena_alloc(r->arena, *n * sizeof *text);
	for (size_t i = 0; i < *n; i++) {
		if (i)
			want(r, ",");
		text[i] = take_text(r);
	}
	want(r, "]");
	return text;
}

static const uint8_t *take_wire(struct reader *r, size_t *len)
{
	const char *text = take_text(r);
	size_t room = strlen(text) / 4 * 3 + 3;
	uint8_t *wire = arena_alloc(r->arena, room);

	/* The decoder takes more than one spelling; the comparison at the end does not. */
	if (sodium_base642bin(wire, room, text, strlen(text), NULL, len, NULL,
			      sodium_base64_VARIANT_ORIGINAL))
		r->bad = 1;
	return wire;
}

/* The end of every reading: nothing left over, and the values give the very same bytes. */
static int end_reading(const struct reader *r, int written, const struct str *again,
		       const char *line, size_t len, const char *what, struct err *e)
{
	struct err why = {0};

	if (!r->bad && r->at == r->end && written == 0 && again->len == len &&
	    memcmp(again->bytes, line, len) == 0)
		return 0;
	if (written)
		why = *e;
	return err_set(
		e, ERR_DATA,
		"%s of the audit log is not in the log's own spelling%s%.200s; verify the log",
		what, why.text[0] ? ": " : "", why.text);
}

static int check_length(size_t len, size_t max, const char *what, struct err *e)
{
	if (len <= max)
		return 0;
	return err_set(e, ERR_DATA,
		       "%s of the audit log has %zu bytes, more than %zu; verify the log", what,
		       len, max);
}

int audit_record_read(struct audit_record *out, struct arena *a, const char *line, size_t len,
		      struct err *e)
{
	struct reader r = begin(a, line, len);
	struct str again = {0};
	uint8_t(*evidence)[AUDIT_HASH];
	int action, rc;

	*out = (struct audit_record){0};
	if (check_length(len, AUDIT_RECORD_MAX, "a record", e))
		return -1;
	want(&r, "{\"action\":");
	action = audit_action_from_name(take_text(&r));
	if (action < 0)
		r.bad = 1;
	out->action = action < 0 ? AUDIT_IMPORT : (enum audit_action)action;
	want(&r, ",\"after\":");
	out->after = take_text(&r);
	want(&r, ",\"batch\":");
	out->batch = take_text(&r);
	want(&r, ",\"before\":");
	out->before = take_text(&r);
	want(&r, ",\"clock\":");
	out->clock = take_text(&r);
	want(&r, ",\"customer\":");
	out->customer = take_text(&r);
	want(&r, ",\"domain\":");
	out->domain = take_text(&r);
	want(&r, ",\"evidence\":[");
	out->n_evidence = count_items(&r);
	evidence = arena_alloc(a, out->n_evidence * sizeof *evidence);
	for (size_t i = 0; i < out->n_evidence; i++) {
		if (i)
			want(&r, ",");
		take_hex(&r, evidence[i], AUDIT_HASH);
	}
	out->evidence = (const uint8_t(*)[AUDIT_HASH])evidence;
	want(&r, "],\"note\":");
	take_hex(&r, out->note, AUDIT_HASH);
	want(&r, ",\"number\":");
	out->number = take_number(&r, UINT64_MAX);
	want(&r, ",\"operator\":");
	take_hex(&r, out->operator, AUDIT_HASH);
	want(&r, ",\"previous\":");
	take_hex(&r, out->previous, AUDIT_HASH);
	want(&r, ",\"seq\":");
	out->seq = take_number(&r, UINT64_MAX);
	want(&r, ",\"time\":");
	out->time_ms = take_time(&r);
	want(&r, ",\"version\":1}");
	rc = r.bad ? 0 : audit_record_line(&again, out, e);
	rc = end_reading(&r, rc, &again, line, len, "a record", e);
	str_clear(&again);
	return rc;
}

int audit_note_read(struct audit_note *n, struct arena *a, const char *line, size_t len,
		    struct err *e)
{
	struct reader r = begin(a, line, len);
	struct str again = {0};
	uint8_t salt[AUDIT_SALT] = {0};
	int rc;

	*n = (struct audit_note){0};
	if (check_length(len, AUDIT_LINE_MAX, "a note", e))
		return -1;
	want(&r, "{\"kind\":\"note\",\"reason\":");
	n->reason = take_text(&r);
	want(&r, ",\"salt\":");
	take_hex(&r, salt, AUDIT_SALT);
	want(&r, ",\"text\":");
	n->text = take_text(&r);
	want(&r, ",\"ticket\":");
	n->ticket = take_text(&r);
	want(&r, "}");
	rc = r.bad ? 0 : audit_note_line(&again, n, salt, e);
	rc = end_reading(&r, rc, &again, line, len, "a note", e);
	str_clear(&again);
	return rc;
}

static void take_into(struct reader *r, char *out, size_t size)
{
	const char *text = take_text(r);
	size_t len = strlen(text);

	if (len >= size) {
		r->bad = 1;
		return;
	}
	memcpy(out, text, len + 1);
}

static void read_operator(struct reader *r, struct audit_operator *o, uint8_t salt[AUDIT_SALT])
{
	uint32_t session;

	want(r, "{\"boot\":");
	take_into(r, o->boot, sizeof o->boot);
	want(r, ",\"claim\":");
	take_into(r, o->claim, sizeof o->claim);
	want(r, ",\"from\":");
	take_into(r, o->from, sizeof o->from);
	want(r, ",\"host\":");
	take_into(r, o->host, sizeof o->host);
	want(r, ",\"kind\":\"operator\",\"login\":");
	take_into(r, o->login, sizeof o->login);
	want(r, ",\"loginuid\":");
	o->loginuid = (uint32_t)take_number(r, UINT32_MAX);
	want(r, ",\"program\":");
	take_into(r, o->program, sizeof o->program);
	want(r, ",\"salt\":");
	take_hex(r, salt, AUDIT_SALT);
	want(r, ",\"session\":");
	session = (uint32_t)take_number(r, UINT32_MAX);
	if (session != UINT32_MAX)
		snprintf(o->session, sizeof o->session, "%lu", (unsigned long)session);
	want(r, ",\"sudo_uid\":");
	o->sudo_uid = (uint32_t)take_number(r, UINT32_MAX);
	want(r, ",\"trust\":");
	take_into(r, o->trust, sizeof o->trust);
	want(r, ",\"tty\":");
	take_into(r, o->tty, sizeof o->tty);
	want(r, ",\"uid\":");
	o->uid = (uint32_t)take_number(r, UINT32_MAX);
	want(r, "}");
}

int audit_operator_read(struct audit_operator *o, const char *line, size_t len, struct err *e)
{
	struct arena scratch = {0};
	struct reader r = begin(&scratch, line, len);
	struct str again = {0};
	uint8_t salt[AUDIT_SALT] = {0};
	int rc;

	*o = (struct audit_operator){0};
	if (check_length(len, AUDIT_LINE_MAX, "an operator's description", e))
		return -1;
	read_operator(&r, o, salt);
	rc = r.bad ? 0 : audit_operator_line(&again, o, salt, e);
	rc = end_reading(&r, rc, &again, line, len, "an operator's description", e);
	operator_set_shown(o);
	str_clear(&again);
	arena_clear(&scratch);
	return rc;
}

int audit_evidence_read(struct audit_evidence *v, struct arena *a, const char *line, size_t len,
			struct err *e)
{
	struct reader r = begin(a, line, len);
	struct str again = {0};
	int rc;

	*v = (struct audit_evidence){0};
	if (check_length(len, AUDIT_EVIDENCE_MAX, "a line of evidence", e))
		return -1;
	want(&r, "{\"authenticated\":");
	v->authenticated = next_is(&r, "true");
	if (!v->authenticated)
		want(&r, "false");
	want(&r, ",\"flags\":");
	v->flags = take_texts(&r, &v->n_flags);
	want(&r, ",\"kind\":\"dns\",\"question\":");
	v->question = take_text(&r);
	want(&r, ",\"rcode\":");
	v->rcode = take_text(&r);
	want(&r, ",\"reason\":");
	v->reason = take_text(&r);
	want(&r, ",\"records\":");
	v->records = take_texts(&r, &v->n_records);
	want(&r, ",\"resolver\":");
	v->resolver = take_text(&r);
	want(&r, ",\"time\":");
	v->time_ms = take_time(&r);
	want(&r, ",\"ttl\":");
	v->ttl = (uint32_t)take_number(&r, UINT32_MAX);
	want(&r, ",\"verdict\":");
	v->verdict = take_text(&r);
	if (next_is(&r, ",\"wire\":"))
		v->wire = take_wire(&r, &v->wire_len);
	want(&r, "}");
	rc = r.bad ? 0 : audit_evidence_line(&again, v, e);
	rc = end_reading(&r, rc, &again, line, len, "a line of evidence", e);
	str_clear(&again);
	return rc;
}
