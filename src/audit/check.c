/*
 * check: what the log lets in, part of record.h.
 *
 * Everything is refused at input and nothing is repaired: a record that says something else
 * than what was typed would be worse than none.  Pure.
 */
#include "audit/record.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

enum { DOMAIN_MAX = 254 };

/* Code points that RFC 8785 forbids to escape (or that a terminal obeys), so that they would
 * reach a reader raw: controls, directional marks, line and paragraph separators, the byte
 * order mark. */
static int is_refused(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

int audit_check_text(const char *text, int is_note_text, const char *what, struct err *e)
{
	size_t len, step;

	if (!text)
		return 0;
	len = strlen(text);
	if (!utf8_is_valid(text, len))
		return err_set(e, ERR_DATA, "%s is not valid UTF-8; type it again in UTF-8",
			       what);
	for (size_t i = 0; i < len; i += step) {
		uint32_t c;

		step = utf8_length(text + i, len - i);
		c = utf8_code(text + i, step);
		if (!is_refused(c) || (is_note_text && (c == '\n' || c == '\t')))
			continue;
		return err_set(e, ERR_DATA,
			       "%s has the control character U+%04" PRIX32
			       " at byte %zu, which the audit log refuses; leave it out",
			       what, c, i + 1);
	}
	return 0;
}

/* Bytes of 0x21 to 0x7e without those of refused, at most max of them. */
static int check_word(const char *word, size_t max, const char *refused, const char *what,
		      struct err *e)
{
	size_t len = word ? strlen(word) : 0;

	if (len > max)
		return err_set(e, ERR_DATA,
			       "%s has %zu bytes, the audit log takes %zu; use a shorter one",
			       what, len, max);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c < 0x21 || c > 0x7e)
			return err_set(e, ERR_DATA,
				       "%s has the byte 0x%02x at position %zu; only printable "
				       "ASCII without "
				       "blanks is allowed",
				       what, c, i + 1);
		if (strchr(refused, c))
			return err_set(e, ERR_DATA,
				       "%s has '%c' at position %zu, which is not allowed "
				       "there; leave it out",
				       what, c, i + 1);
	}
	return 0;
}

int audit_check_customer(const char *customer, struct err *e)
{
	return check_word(customer, AUDIT_CUSTOMER_MAX, "\"/\\", "the customer id", e);
}

int audit_check_domain(const char *domain, struct err *e)
{
	return check_word(domain, DOMAIN_MAX, "\"\\ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			  "the domain name", e);
}
