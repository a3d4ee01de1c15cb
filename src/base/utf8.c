#include "base/utf8.h"

size_t utf8_length(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

uint32_t utf8_code(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t code = len == 1 ? p[0] : p[0] & (0x7fu >> len);

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3fu);
	return code;
}

int utf8_is_valid(const char *text, size_t len)
{
	for (size_t n; len > 0; text += n, len -= n)
		if ((n = utf8_length(text, len)) == 0)
			return 0;
	return 1;
}

int utf8_is_shown(uint32_t code)
{
	/* Of Unicode's Cc, Cf, Zl, Zp, Co, Cn what can stand in a text, and the letters that are drawn as nothing. */
	static const struct {
		uint32_t first, last;
	} unseen[] = {
		{0, 0x1f},	    {0x7f, 0x9f},	{0xad, 0xad},	      {0x34f, 0x34f},	  {0x61c, 0x61c},
		{0x115f, 0x1160},   {0x17b4, 0x17b5},	{0x180b, 0x180f},     {0x200b, 0x200f},	  {0x2028, 0x202e},
		{0x2060, 0x206f},   {0x3164, 0x3164},	{0xd800, 0xf8ff},     {0xfdd0, 0xfdef},	  {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},   {0xffa0, 0xffa0},	{0xfff0, 0xfffb},     {0xfffe, 0xffff},	  {0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
		if (code <= unseen[i].last)
			return code < unseen[i].first;
	return 0;
}
