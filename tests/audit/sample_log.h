/*
 * sample_log: a small log with three chains and the program's own, in which every kind of line
 * and every rule of the format comes up at least once.
 *
 * Made from the values below with salts that are no secret, so that its bytes are always the
 * same: records.jsonl and annex.jsonl in vectors/ are what it gave when it was checked by hand.
 */
#ifndef TESTS_AUDIT_SAMPLE_LOG_H
#define TESTS_AUDIT_SAMPLE_LOG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/record.h"
#include "base/err.h"
#include "base/str.h"

struct sample {
	enum audit_action action;
	const char *customer, *domain, *before, *after, *batch, *clock;
	int64_t time_ms;
	const char *reason, *text, *ticket;
	int operator, evidence; /* which of those below; -1 for no evidence */
};

#define SAMPLE_HASH  "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SAMPLE_UNSET UINT32_MAX

static const struct audit_operator sample_operators[] = {
	{.login = "jk",
	 .session = "31",
	 .boot = "00000000-1111-4222-8333-444444444444",
	 .tty = "pts/4",
	 .from = "2001:db8::17",
	 .claim = "2001:db8::17 60022 2001:db8::25 22",
	 .host = "mx-backup",
	 .program = "mxward 0.1",
	 .trust = "kernel",
	 .loginuid = 1017,
	 .uid = 204,
	 .sudo_uid = 1017},
	{.login = "system:mxward-night.service",
	 .boot = "00000000-1111-4222-8333-444444444444",
	 .host = "mx-backup",
	 .program = "mxward 0.1",
	 .trust = "none",
	 .loginuid = SAMPLE_UNSET,
	 .uid = 204,
	 .sudo_uid = SAMPLE_UNSET},
	{.login = "root",
	 .session = "0",
	 .tty = "tty1",
	 .claim = "\\027[2J \\\\o/ \"x\"",
	 .host = "mx-backup",
	 .program = "mxward 0.1",
	 .trust = "same",
	 .loginuid = 0,
	 .uid = 0,
	 .sudo_uid = SAMPLE_UNSET},
};

static const char *sample_mx[] = {"alder.example. 300 IN MX 5 in.post.example.",
				  "in.post.example. 300 IN A 192.0.2.77"};
static const char *sample_odd[] = {"alder.example. 60 IN MX 10 a\\009b\\\\c\\\"d.example."};
static const char *sample_flags[] = {"W_MX_CNAME", "W_TTL0"};
static const uint8_t sample_wire[] = {0xff, 0xfe, 0x00, 0x81, 0x80, 0x3e, 0x3f};

static const struct audit_evidence sample_evidence[] = {
	{.question = "alder.example. MX",
	 .rcode = "NOERROR",
	 .records = sample_mx,
	 .n_records = 2,
	 .resolver = "192.0.2.53",
	 .authenticated = 1,
	 .ttl = 300,
	 .time_ms = INT64_C(1772614923007),
	 .verdict = "ORPHAN",
	 .reason = "ORPHAN_OFFNET",
	 .wire = sample_wire,
	 .wire_len = sizeof sample_wire},
	{.question = "alder.example. MX",
	 .rcode = "NOERROR",
	 .records = sample_odd,
	 .n_records = 1,
	 .resolver = "2001:db8::53",
	 .ttl = 60,
	 .time_ms = INT64_C(1775206923000),
	 .verdict = "ORPHAN",
	 .reason = "ORPHAN_OFFNET",
	 .flags = sample_flags,
	 .n_flags = 2},
	{.question = ".birch.example. MX",
	 .rcode = "NXDOMAIN",
	 .resolver = "192.0.2.53",
	 .ttl = 0,
	 .time_ms = INT64_C(1775206923001),
	 .verdict = "ORPHAN",
	 .reason = "ORPHAN_NXDOMAIN"},
};

static const struct sample sample_log[] = {
	{AUDIT_CONFIG_CHANGE, "", "", "", "relay-host=mx-backup.isp.example", "", "ok", 0,
	 "config", "", "", 2, -1},
	{AUDIT_IMPORT, "K-77", "alder.example", "", "accepted, customer K-77", "b1", "ok",
	 INT64_C(1767225599999), "import", "from relay_domains", "", 0, -1},
	{AUDIT_IMPORT, "", ".birch.example", "", "accepted", "b1", "ok", INT64_C(1767225599999),
	 "import", "from relay_domains", "", 0, -1},
	{AUDIT_IMPORT, "K-78", "xn--zcker-kva.example", "", "accepted", "b1", "unsync",
	 INT64_C(1767225600000), "import", "from relay_domains", "", 0, -1},
	{AUDIT_PIN, "K-77", "alder.example", "accepted, customer K-77",
	 "accepted, pinned etrn until 2026-03-31, customer K-77", "", "ok",
	 INT64_C(1767400000123), "etrn",
	 "asked for by phone:\n\t\"hold it\" \xe2\x80\x94 Z\xc3\xbc"
	 "cker & S\xc3\xb6hne \xf0\x9f\x90\xa6",
	 "T-9", 0, -1},
	{AUDIT_OBSERVE_CHANGE, "K-77", "alder.example", "OK OK_BACKUP", "ORPHAN ORPHAN_OFFNET",
	 "", "ok", INT64_C(1772614923500), "scan 41", "", "", 1, 0},
	{AUDIT_SCAN_DISTRUSTED, "", "", "", "canary mx-backup.isp.example did not list us", "",
	 "ok", INT64_C(1772614930000), "scan 41", "", "", 1, -1},
	{AUDIT_OBSERVE_MONTH, "K-77", "alder.example", "ORPHAN ORPHAN_OFFNET",
	 "2026-03: 31 checks, 28 away, 0 messages, 0 bytes", "", "unsync",
	 INT64_C(1775001600000), "month", "", "", 1, -1},
	{AUDIT_DELETE, "K-77", "alder.example", "accepted, customer K-77",
	 "deleted, override: C1 W_MAIL_TRICKLE", "b8", "ok", INT64_C(1775206980000),
	 "=cmd|' /C calc'!A0", "+1 \\ o\\n", "T-10", 0, 1},
	{AUDIT_DELETE, "", ".birch.example", "accepted", "deleted", "b8", "ok",
	 INT64_C(1775206980000), "=cmd|' /C calc'!A0", "+1 \\ o\\n", "T-10", 0, 2},
	{AUDIT_PUBLISH_INTENT, "", "", "3 entries " SAMPLE_HASH, "1 entries " SAMPLE_HASH, "",
	 "ok", INT64_C(1775206980100), "publish", "", "", 0, -1},
	{AUDIT_PUBLISH_DONE, "", "", "3 entries " SAMPLE_HASH, "1 entries " SAMPLE_HASH, "",
	 "ok", INT64_C(1775206980200), "publish", "", "", 0, -1},
	{AUDIT_RESTORE, "K-77", "alder.example", "deleted", "accepted, customer K-77", "",
	 "back", INT64_C(1775206970000), "restore", "", "T-11", 2, -1},
	{AUDIT_TRANSFER, "K-77", "alder.example", "accepted, customer K-77", "transferred out",
	 "b13", "ok", INT64_C(1775300000000), "edit", "", "", 0, -1},
	{AUDIT_TRANSFER, "K-80.b", "alder.example", "transferred in",
	 "accepted, customer K-80.b", "b13", "ok", INT64_C(1775300000000), "edit", "", "", 0,
	 -1},
	{AUDIT_EXPORT, "K-77", "alder.example", "", "", "", "ok", INT64_C(253402300799999),
	 "dispute", "", "T-12", 2, -1},
};

enum { SAMPLES = sizeof sample_log / sizeof sample_log[0] };

static inline void sample_salt(uint8_t salt[AUDIT_SALT], unsigned seq, unsigned kind)
{
	for (unsigned i = 0; i < AUDIT_SALT; i++)
		salt[i] = (uint8_t)(16 * seq + i + 128 * kind);
}

/* Not an assertion of libcheck: --write runs outside of its tests. */
static inline void sample_must(int rc, const struct err *e)
{
	if (rc == 0)
		return;
	fprintf(stderr, "sample_log: %s\n", e->text);
	abort();
}

static inline void sample_end_line(struct str *annex, size_t start,
				   uint8_t commitment[AUDIT_HASH])
{
	audit_commit(commitment, annex->bytes + start, annex->len - start);
	str_add_char(annex, '\n');
}

/* The position of the chain's record before this one; -1 for none. */
static inline int sample_before(int seq)
{
	for (int i = seq - 1; i >= 0; i--)
		if (strcmp(sample_log[i].customer, sample_log[seq].customer) == 0 &&
		    strcmp(sample_log[i].domain, sample_log[seq].domain) == 0)
			return i;
	return -1;
}

static inline void sample_write(struct str *records, struct str *annex)
{
	struct audit_record r[SAMPLES];
	uint8_t leaf[SAMPLES][AUDIT_HASH], evidence[AUDIT_HASH], salt[AUDIT_SALT];
	struct err e = {0};

	for (int i = 0; i < SAMPLES; i++) {
		const struct sample *s = &sample_log[i];
		struct audit_note note = {s->reason, s->text, s->ticket};
		int before = sample_before(i);
		size_t start = annex->len;
		int rc;

		r[i] = (struct audit_record){.action = s->action,
					     .before = s->before,
					     .after = s->after,
					     .batch = s->batch,
					     .clock = s->clock,
					     .customer = s->customer,
					     .domain = s->domain,
					     .seq = (uint64_t)i,
					     .number = 1,
					     .time_ms = s->time_ms};
		sample_salt(salt, (unsigned)i, 0);
		sample_must(audit_note_line(annex, &note, salt, &e), &e);
		sample_end_line(annex, start, r[i].note);
		start = annex->len;
		sample_salt(salt, (unsigned)i, 1);
		rc = audit_operator_line(annex, &sample_operators[s->operator], salt, &e);
		sample_must(rc, &e);
		sample_end_line(annex, start, r[i].operator);
		if (s->evidence >= 0) {
			start = annex->len;
			sample_must(
				audit_evidence_line(annex, &sample_evidence[s->evidence], &e),
				&e);
			sample_end_line(annex, start, evidence);
			r[i].evidence = (const uint8_t(*)[AUDIT_HASH]) & evidence;
			r[i].n_evidence = 1;
		}
		if (before >= 0) {
			r[i].number = r[before].number + 1;
			memcpy(r[i].previous, leaf[before], AUDIT_HASH);
		}
		start = records->len;
		sample_must(audit_record_line(records, &r[i], &e), &e);
		audit_leaf(leaf[i], records->bytes + start, records->len - start);
		str_add_char(records, '\n');
	}
}

#endif
