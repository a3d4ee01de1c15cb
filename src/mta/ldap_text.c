#include "mta/ldap_text.h"

#include <string.h>

#include "base/str.h"

static int is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return 0;
	return 1;
}

const char *ldap_text_attribute(const char *key)
{
	return is_ascii(key) ? "associatedDomain" : "cn";
}

/* Hexadecimal pairs are allowed for any byte, so all that could mean something is spelled so: at the beginning, at the
 * end and in between alike. */
static void add_hex(struct str *out, const char *text, const char *but)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || strchr(but, c))
			str_addf(out, "\\%02x", c);
		else
			str_add_char(out, (char)c);
	}
}

void ldap_text_add_dn(struct str *out, const char *key, const char *base)
{
	str_addf(out, "%s=", ldap_text_attribute(key));
	add_hex(out, key, " #\"+,;<=>\\");
	str_addf(out, ",%s", base);
}

void ldap_text_add_filter_value(struct str *out, const char *value)
{
	add_hex(out, value, "*()\\");
}
