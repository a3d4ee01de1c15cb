#include "support/hostile.h"

#include <check.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEN(x)	  x x x x x x x x x x
#define LABEL_63  TEN("abcdef") "xyz"

const struct hostile hostile[] = {
	{"every C0 byte but NUL, and DEL", "\1\2\3\4\5\6\a\b\v\f\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"},
	{"clear the screen", "\033[2J\033[H"},
	{"set the title", "\033]0;owned\a"},
	{"title by ST", "\033]2;owned\033\\"},
	{"write the clipboard", "\033]52;c;cm0gLXJmIC8=\a"},
	{"ask for the answerback", "\005\033[c\033[6n\033[21t"},
	{"device control string", "\033P$q\"p\033\\"},
	{"alternate characters", "\016lqqk\017"},
	{"end of our paste", "\033[201~Q\r:delete *\r"},
	{"C1 as bytes", "\x9b" "31m\x9d" "0;owned\x9c\x84\x85\x90"},
	{"C1 as UTF-8", "\xc2\x9b" "31m\xc2\x9d" "0;owned\xc2\x9c\xc2\x85"},
	{"CR LF and a forged line", "x\r\nmxward: 0 problems\nok"},
	{"a forged log line", "x\nMar  4 09:15:02 relay1 postfix/qmgr[90]: removed"},
	{"backspaces", "evil.example\b\b\b\b\b\b\b\b\b\b\b\bgood"},
	{"CR over the line", "evil.example\rgood.example"},
	{"TAB", "a\tb"},
	{"form feed", "a\fb"},
	{"invalid UTF-8", "\xff\xfe\x80\xbf"},
	{"overlong", "\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf"},
	{"surrogates", "\xed\xa0\x80\xed\xb0\x80"},
	{"beyond Unicode", "\xf4\x90\x80\x80\xf8\x88\x80\x80\x80"},
	{"cut UTF-8", "M\xc3"},
	{"Latin-1", "M\xfcller"},
	{"override of direction", "invoice\xe2\x80\xaegpj.exe"},
	{"isolates of direction", "\xe2\x81\xa6" "abc\xe2\x81\xa9\xe2\x81\xa7"},
	{"marks of direction", "a\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c" "b"},
	{"no width", "pay\xe2\x80\x8bpal\xe2\x80\x8d\xe2\x80\x8c\xe2\x81\xa0\xc2\xad"},
	{"byte order mark", "\xef\xbb\xbfname"},
	{"separators of lines", "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c"},
	{"tags", "a\xf3\xa0\x81\xa1\xf3\xa0\x81\xbf"},
	{"wide letters", "\xe4\xbe\x8b\xe5\xad\x90\xef\xbc\xa1"},
	{"combining letters", "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86"},
	{"other scripts", "M\xc3\xbcller & S\xc3\xb6hne, \xd0\x90\xd0\x91 \xce\xb1"},
	{"smiley", "\xf0\x9f\x98\x80"},
	{"formula", "=HYPERLINK(\"http://evil.example\",\"pay\")"},
	{"formula of DDE", "=cmd|' /C calc'!A0"},
	{"plus", "+49 221 5550"},
	{"minus", "-2+3"},
	{"at", "@SUM(1+1)"},
	{"TAB before a formula", "\t=1+1"},
	{"CR before a formula", "\r=1+1"},
	{"guarded already", "'=1+1"},
	{"bar and percent", "|%1"},
	{"quotes", "a\"b\"\"c'd''e`"},
	{"separators of cells", "a,b;c\td"},
	{"backslashes", "\\\\ \\027[2J \\n \\\" \\u001b"},
	{"a backslash at the end", "x\\"},
	{"script", "<script>alert(1)</script>"},
	{"out of an attribute", "\"><img src=x onerror=alert(1)>"},
	{"out of the other attribute", "' onmouseover='alert(1)"},
	{"entities", "&lt;b&gt; &amp; &#60;b&#62; &"},
	{"comment and CDATA", "--><!-- ]]> <![CDATA[ </td></tr></table>"},
	{"end of style and title", "</style></title><b>"},
	{"JSON", "\"},{\"class\":\"OK\",\"x\":\"\\"},
	{"format", "%s%n%x%99999d"},
	{"an option", "--yes=99999"},
	{"a short option", "-rf"},
	{"shell", "$(reboot);`reboot`|reboot&&reboot>x <x #"},
	{"a path", "../../../etc/passwd"},
	{"an absolute path", "/etc/passwd"},
	{"a comment", "# comment"},
	{"a value of its own", "x OK\ny.example OK"},
	{"a limit", "class:orphan -pinned:yes *"},
	{"our reason", "ORPHAN_OFFNET"},
	{"our words", "deleted, override: LISTED"},
	{"SQL", "'); DROP TABLE relay_domains; --"},
	{"a filter", "*)(objectClass=*"},
	{"a DN", "x,dc=evil+cn=y\\2c"},
	{"long", LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63},
	{"longer", TEN(TEN("0123456789")) TEN(TEN("0123456789"))},
	{"blanks", "   "},
};

const size_t n_hostile = sizeof hostile / sizeof *hostile;

const char *hostile_all(const char *sep)
{
	static char all[16384];
	size_t used = 0;

	for (size_t i = 0; i < n_hostile; i++)
		used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? sep : "", hostile[i].text);
	ck_assert_uint_lt(used, sizeof all);
	return all;
}

const char *hostile_label(const char *text)
{
	static char label[4 * 63 + 1];
	size_t n = strlen(text) < 63 ? strlen(text) : 63;

	for (size_t i = 0; i < n; i++)
		sprintf(label + 4 * i, "\\%03u", (unsigned char)text[i]);
	return label;
}

/* --- text and terminal --- */

/* How many bytes the character at p takes, 0 when it must not be shown.  Written out, so as to be another reading than
 * that of src/base. */
static size_t seen(const unsigned char *p)
{
	uint32_t code;
	size_t n;

	if (*p < 0x80)
		return (*p >= 0x20 && *p < 0x7f) || *p == '\n' || *p == '\t' || (*p == '\r' && p[1] == '\n');
	if (*p >= 0xc2 && *p <= 0xdf && p[1] >> 6 == 2) {
		code = (*p & 31u) << 6 | (p[1] & 63u);
		n = 2;
	} else if (*p >> 4 == 14 && p[1] >> 6 == 2 && p[2] >> 6 == 2) {
		code = (*p & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
		n = code >= 0x800 && code >> 11 != 27 ? 3 : 0;
	} else if (*p >> 3 == 30 && p[1] >> 6 == 2 && p[2] >> 6 == 2 && p[3] >> 6 == 2) {
		code = (*p & 7u) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63u);
		n = code >= 0x10000 && code < 0x110000 ? 4 : 0;
	} else {
		return 0;
	}
	if (code < 0xa0 || code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	    (code >= 0xe0000 && code <= 0xe0fff))
		return 0;
	return n;
}

void hostile_must_be_seen(const char *out, const char *where)
{
	size_t n;

	for (const char *p = out; *p; p += n) {
		n = seen((const unsigned char *)p);
		ck_assert_msg(n > 0, "%.40s: byte %02x at %td behind: %.*s", where, (unsigned char)*p, p - out,
			      (int)(p - out < 200 ? p - out : 200), p - (p - out < 200 ? p - out : 200));
	}
}

/* One sequence that ncurses or the console itself sends; how long it is, 0 when it is none. */
static size_t our_sequence(const char *p, size_t n)
{
	size_t i = 2;

	if (n >= 2 && strchr("78M=>D", p[1]) && p[1])
		return 2;
	if (n >= 3 && strchr("()", p[1]) && p[1])
		return strchr("AB0", p[2]) && p[2] ? 3 : 0;
	if (n < 3 || p[1] != '[')
		return 0;
	while (i < n && (isdigit((unsigned char)p[i]) || p[i] == ';' || p[i] == '?'))
		i++;
	return i < n && p[i] && strchr("ABCDGHJKLMPSTXbcdfhlmnrt@", p[i]) ? i + 1 : 0;
}

void hostile_must_be_ours(const char *bytes, size_t len)
{
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		unsigned char c = (unsigned char)bytes[i];

		step = 1;
		if (c == '\033')
			step = our_sequence(bytes + i, len - i);
		else if (c < 0x20 ? !strchr("\r\n\b\t", c) : c > 0x7e)
			step = 0;
		ck_assert_msg(step > 0, "byte %02x at %zu of %zu: %.40s", c, i, len, bytes + i);
	}
}

/* --- CSV --- */

static const char *read_cell(const char *p, char *cell)
{
	size_t n = 0;

	if (*p != '"') {
		for (; *p && !strchr(",\r\n", *p); p++) {
			ck_assert_msg(*p != '"', "a quote within an open cell: %.60s", p);
			cell[n++] = *p;
			ck_assert_uint_lt(n, HOSTILE_CELL);
		}
	} else {
		for (p++; *p != '"' || p[1] == '"'; p++) {
			ck_assert_msg(*p, "a quote that is not closed");
			p += *p == '"';
			cell[n++] = *p;
			ck_assert_uint_lt(n, HOSTILE_CELL);
		}
		p++;
		ck_assert_msg(!*p || strchr(",\r\n", *p), "text behind a closing quote: %.60s", p);
	}
	cell[n] = '\0';
	return p;
}

int hostile_csv_row(const char **at, char cell[HOSTILE_CELLS][HOSTILE_CELL])
{
	const char *p = *at;
	int n = 0;

	if (!*p)
		return 0;
	for (;; p++) {
		ck_assert_int_lt(n, HOSTILE_CELLS);
		p = read_cell(p, cell[n++]);
		if (*p != ',')
			break;
	}
	p += *p == '\r';
	ck_assert_msg(*p == '\n', "no end of the line: %.60s", p);
	*at = p + 1;
	return n;
}

void hostile_csv_undo(char *cell)
{
	char *out = cell;

	ck_assert_msg(!*cell || !strchr("=+-@|%\t\r\n", *cell), "a formula: %s", cell);
	if (*cell == '\'' && cell[1 + strspn(cell + 1, "'")] && strchr("=+-@|%", cell[1 + strspn(cell + 1, "'")]))
		cell++;
	for (; *cell; cell++) {
		unsigned value;

		if (*cell != '\\') {
			*out++ = *cell;
		} else if (cell[1] == '\\') {
			*out++ = *++cell;
		} else {
			ck_assert_msg(sscanf(cell + 1, "%3u", &value) == 1 && value < 256, "no escape: %s", cell);
			*out++ = (char)value;
			cell += 3;
		}
	}
	*out = '\0';
}

/* --- HTML --- */

char *hostile_marks(const char *page)
{
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&nbsp;"};
	char *marks = calloc(1, strlen(page) + 1);
	size_t used = 0;

	for (const char *p = page; *p;) {
		if (*p == '<') {
			const char *end = strchr(p, '>');

			ck_assert_msg(end && (isalpha((unsigned char)p[1]) || p[1] == '/' || p[1] == '!'), "no mark: %.60s", p);
			memcpy(marks + used, p, (size_t)(end - p) + 1);
			used += (size_t)(end - p) + 1;
			if (strncmp(p, "<style>", 7) == 0)
				end = strstr(p, "</style>") - 1;
			p = end + 1;
		} else if (*p == '&') {
			size_t i = 0;

			while (i < sizeof entities / sizeof *entities && strncmp(p, entities[i], strlen(entities[i])) != 0)
				i++;
			ck_assert_msg(i < sizeof entities / sizeof *entities, "no entity: %.60s", p);
			p += strlen(entities[i]);
		} else {
			ck_assert_msg(*p != '>', "a stray bracket: %.60s", p);
			p++;
		}
	}
	return marks;
}
