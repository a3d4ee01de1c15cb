#include "audit/row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/date.h"
#include "base/json.h"
#include "base/str.h"

const char row_head[] = "seq,number,time,action,customer,domain,before,after,note,operator,batch,clock\r\n";

void row_add_cell(struct str *out, const char *text)
{
	struct str escaped = {0};

	json_add_string(&escaped, text, strlen(text));
	str_add_char(out, '"');
	if (escaped.len > 2 && strchr("=+-@|%", escaped.bytes[1]))
		str_add_char(out, '\'');
	for (size_t i = 1; i + 1 < escaped.len; i++) {
		if (escaped.bytes[i] == '"')
			str_add_char(out, '"');
		str_add_char(out, escaped.bytes[i]);
	}
	str_add_char(out, '"');
	str_clear(&escaped);
}

static void add_row(struct str *out, uint64_t seq, uint64_t number, const char *const text[10])
{
	str_addf(out, "%" PRIu64 ",%" PRIu64, seq, number);
	for (int i = 0; i < 10; i++) {
		str_add_char(out, ',');
		row_add_cell(out, text[i]);
	}
	str_add(out, "\r\n");
}

void row_add(struct str *out, const struct audit_record *r)
{
	char when[DATE_SIZE], note[2 * AUDIT_HASH + 1], operator[2 * AUDIT_HASH + 1];
	const char *text[10] = {date_rfc3339_ms(when, r->time_ms), audit_action_name(r->action),
				r->customer, r->domain, r->before, r->after, note, operator, r->batch, r->clock};

	audit_hex(note, r->note);
	audit_hex(operator, r->operator);
	add_row(out, r->seq, r->number, text);
}

void row_add_erased(struct str *out, uint64_t seq, uint64_t number)
{
	static const char *const text[10] = {"", "erased", "", "", "", "", "", "", "", ""};

	add_row(out, seq, number, text);
}

void row_add_erased_line(struct str *out, const uint8_t leaf[AUDIT_HASH], uint64_t number, uint64_t seq)
{
	char hex[2 * AUDIT_HASH + 1];

	audit_hex(hex, leaf);
	str_addf(out, "{\"leaf\":\"%s\",\"number\":%" PRIu64 ",\"seq\":%" PRIu64 ",\"version\":1}", hex, number, seq);
}

int row_read_erased_line(const char *line, size_t len, uint8_t leaf[AUDIT_HASH], uint64_t *number, uint64_t *seq)
{
	char copy[2 * AUDIT_HASH + 80], hex[2 * AUDIT_HASH + 1];
	struct str again = {0};
	size_t got;
	int rc;

	if (len >= sizeof copy)
		return -1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (sscanf(copy, "{\"leaf\":\"%64[0-9a-f]\",\"number\":%16" SCNu64 ",\"seq\":%16" SCNu64, hex, number, seq) != 3 ||
	    sodium_hex2bin(leaf, AUDIT_HASH, hex, strlen(hex), NULL, &got, NULL) != 0 || got != AUDIT_HASH ||
	    *number >> 53 || *seq >> 53)
		return -1;
	/* Whatever was let through that is not the one spelling differs now. */
	row_add_erased_line(&again, leaf, *number, *seq);
	rc = again.len == len && memcmp(again.bytes, line, len) == 0 ? 0 : -1;
	str_clear(&again);
	return rc;
}
