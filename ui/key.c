#include "ui/key.h"

#include <stdlib.h>
#include <string.h>

/* Longer than any key's sequence; what is longer is noise. */
enum { SEQUENCE_MAX = 64 };

static const char paste_end[] = "\033[201~";

void key_feed(struct key_reader *r, const void *bytes, size_t len, int64_t now)
{
	if (r->taken) {
		memmove(r->bytes.bytes, r->bytes.bytes + r->taken, r->bytes.len - r->taken);
		str_truncate(&r->bytes, r->bytes.len - r->taken);
		r->taken = 0;
	}
	str_add_bytes(&r->bytes, bytes, len);
	r->last = now;
}

void key_drop(struct key_reader *r)
{
	str_truncate(&r->bytes, 0);
	str_truncate(&r->paste, 0);
	r->taken = 0;
	r->pasting = 0;
}

void key_clear(struct key_reader *r)
{
	str_clear(&r->bytes);
	str_clear(&r->paste);
	*r = (struct key_reader){0};
}

/* CSI number ~ of the VT220 family; 1 and 4 are Home and End of putty, linux and screen, 7 and
 * 8 of rxvt. */
static int code_of_number(int number)
{
	switch (number) {
	case 1:
	case 7:
		return CODE_HOME;
	case 2:
		return CODE_INSERT;
	case 3:
		return CODE_DELETE;
	case 4:
	case 8:
		return CODE_END;
	case 5:
		return CODE_PAGE_UP;
	case 6:
		return CODE_PAGE_DOWN;
	}
	if (number >= 11 && number <= 15)
		return CODE_F1 + number - 11;
	if (number >= 17 && number <= 21)
		return CODE_F1 + 5 + number - 17;
	if (number == 23 || number == 24)
		return CODE_F1 + 10 + number - 23;
	return CODE_UNKNOWN;
}

/* The last letter of CSI and of SS3 sequences means the same in both. */
static int code_of_letter(char letter)
{
	switch (letter) {
	case 'A':
		return CODE_UP;
	case 'B':
		return CODE_DOWN;
	case 'C':
		return CODE_RIGHT;
	case 'D':
		return CODE_LEFT;
	case 'H':
		return CODE_HOME;
	case 'F':
		return CODE_END;
	case 'P':
	case 'Q':
	case 'R':
	case 'S':
		return CODE_F1 + letter - 'P';
	case 'M': /* Enter of the keypad, SS3 only: CSI M is a mouse */
		return CODE_ENTER;
	}
	return CODE_UNKNOWN;
}

/* The readers of sequences look at the n bytes at p and return how many belong to it; 0: not
 * yet complete. */

static size_t read_csi(const char *p, size_t n, int *code)
{
	size_t i = 2;

	*code = CODE_UNKNOWN;
	if (n > 2 && p[2] == '[') { /* function keys of the Linux console */
		if (n < 4)
			return 0;
		if (p[3] >= 'A' && p[3] <= 'E')
			*code = CODE_F1 + p[3] - 'A';
		return 4;
	}
	while (i < n && p[i] >= 0x20 && p[i] <= 0x3f)
		if (++i > SEQUENCE_MAX)
			return i;
	if (i >= n)
		return 0;
	if (p[i] == 'M' && i == 2) /* an old mouse report: three bytes follow */
		return n < 6 ? 0 : 6;
	if (p[i] < 0x40 || p[i] > 0x7e)
		return i; /* broken off by another key, which stays */
	if (p[i] == '~')
		*code = code_of_number(atoi(p + 2));
	else if (p[i] == 'n' && i == 3 && p[2] == '0')
		*code = CODE_SHOWN;
	else if (i == 2 || (p[2] >= '0' && p[2] <= '9'))
		*code = p[i] == 'R' || p[i] == 'M' ? CODE_UNKNOWN : code_of_letter(p[i]);
	return i + 1;
}

/* Answers of the terminal (OSC, DCS, APC, PM) end in BEL or ST. */
static size_t read_answer(const char *p, size_t n, int *code)
{
	*code = CODE_UNKNOWN;
	for (size_t i = 2; i < n; i++) {
		if (p[i] == '\a')
			return i + 1;
		if (p[i] == '\\' && p[i - 1] == '\033')
			return i + 1;
		if (i > 4096)
			return i;
	}
	return 0;
}

static size_t read_escape(const char *p, size_t n, int *code)
{
	if (n < 2)
		return 0;
	switch (p[1]) {
	case '[':
		return read_csi(p, n, code);
	case 'O':
		if (n < 3)
			return 0;
		*code = code_of_letter(p[2]);
		return 3;
	case ']':
	case 'P':
	case '_':
	case '^':
		return read_answer(p, n, code);
	case '\033':
		*code = CODE_ESCAPE;
		return 1;
	}
	*code = CODE_ALT | (unsigned char)p[1];
	return 2;
}

/* What was begun and not finished in time: Esc alone is the key, "Esc [" is Alt and a letter,
 * and a longer piece of a sequence is noise. */
static size_t read_broken(const char *p, size_t n, int *code)
{
	if (n == 1) {
		*code = CODE_ESCAPE;
		return 1;
	}
	*code = n == 2 ? CODE_ALT | (unsigned char)p[1] : CODE_UNKNOWN;
	return n;
}

static int give_paste(struct key_reader *r, struct key *out)
{
	r->pasting = 0;
	*out = (struct key){CODE_PASTE, str_text(&r->paste), r->paste.len};
	return 1;
}

/* Moves pasted bytes aside; 1 once the paste is over. */
static int read_paste(struct key_reader *r, int64_t now, struct key *out)
{
	const char *p = r->bytes.bytes + r->taken;
	size_t n = r->bytes.len - r->taken, len = sizeof paste_end - 1, end = n;
	const char *found = n ? memmem(p, n, paste_end, len) : NULL;

	if (found)
		end = (size_t)(found - p);
	else if (n) /* its end may have come in part */
		for (end = n < len ? 0 : n - len + 1; end < n; end++)
			if (memcmp(p + end, paste_end, n - end) == 0)
				break;
	if (end > 0 && r->paste.len < KEY_PASTE_MAX) {
		size_t room = KEY_PASTE_MAX - r->paste.len;

		str_add_bytes(&r->paste, p, end < room ? end : room);
	}
	r->taken += end;
	if (found) {
		r->taken += len;
		return give_paste(r, out);
	}
	return now - r->last >= KEY_PASTE_MS ? give_paste(r, out) : 0;
}

int key_next(struct key_reader *r, int64_t now, struct key *out)
{
	const char *p;
	size_t n, used;
	int code;

	if (r->pasting)
		return read_paste(r, now, out);
	if (r->taken >= r->bytes.len)
		return 0;
	p = r->bytes.bytes + r->taken;
	n = r->bytes.len - r->taken;
	if (*p != '\033') {
		r->taken++;
		*out = (struct key){.code = *p == '\n' ? CODE_ENTER : (unsigned char)*p};
		if (*p == '\b')
			out->code = CODE_BACKSPACE;
		return 1;
	}
	if (n >= 6 && memcmp(p, "\033[200~", 6) == 0) {
		r->taken += 6;
		r->pasting = 1;
		str_truncate(&r->paste, 0);
		return read_paste(r, now, out);
	}
	used = read_escape(p, n, &code);
	if (!used) {
		if (now - r->last < KEY_ESCAPE_MS)
			return 0;
		used = read_broken(p, n, &code);
	}
	r->taken += used;
	*out = (struct key){.code = code};
	return 1;
}

int64_t key_wait(const struct key_reader *r, int64_t now)
{
	int64_t left;

	if (!r->pasting && r->taken >= r->bytes.len)
		return -1;
	left = r->last + (r->pasting ? KEY_PASTE_MS : KEY_ESCAPE_MS) - now;
	return left > 0 ? left : 0;
}

int key_from_name(const char *name, size_t len)
{
	static const struct {
		const char *name;
		int code;
	} named[] = {
		{"Down", CODE_DOWN},
		{"Up", CODE_UP},
		{"Left", CODE_LEFT},
		{"Right", CODE_RIGHT},
		{"PgDn", CODE_PAGE_DOWN},
		{"PgUp", CODE_PAGE_UP},
		{"Home", CODE_HOME},
		{"End", CODE_END},
		{"Enter", CODE_ENTER},
		{"Tab", CODE_TAB},
		{"Space", ' '},
		{"Esc", CODE_ESCAPE},
		{"Insert", CODE_INSERT},
		{"Delete", CODE_DELETE},
		{"Backspace", CODE_BACKSPACE},
		{"Backslash", '\\'},
	};

	if (len == 1)
		return (unsigned char)*name;
	if (len == 2 && name[0] == '^')
		return name[1] & 0x1f;
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (strlen(named[i].name) == len && memcmp(named[i].name, name, len) == 0)
			return named[i].code;
	if ((len == 2 || len == 3) && name[0] == 'F' && atoi(name + 1) >= 1 &&
	    atoi(name + 1) <= 12)
		return CODE_F1 + atoi(name + 1) - 1;
	return CODE_UNKNOWN;
}
