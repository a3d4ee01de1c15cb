#include "audit/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/str.h"

enum { HASH_TEXT = 44 };

int checkpoint_read_number(uint64_t *out, const char *text, size_t len)
{
	uint64_t value = 0;

	if (len == 0 || len > 16 || (len > 1 && text[0] == '0'))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value >> 53)
		return -1;
	*out = value;
	return 0;
}

void checkpoint_add_signed(struct str *out, const struct checkpoint *c, const struct note_signer *s)
{
	struct str note = {0};

	str_addf(&note, "%s\n%" PRIu64 "\n", s->verifier.name, c->size);
	base64_add(&note, c->root, sizeof c->root);
	str_add_char(&note, '\n');
	note_sign(&note, s);
	str_add_bytes(out, note.bytes, note.len);
	str_clear(&note);
}

int checkpoint_read(struct checkpoint *c, const char *note, size_t len, const struct note_verifier *v,
		    const char *what, struct err *e)
{
	const char *line[3];
	size_t length[3], text_len, at = 0;

	if (note_open(note, len, v, what, &text_len, e) != 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		const char *end = at < text_len ? memchr(note + at, '\n', text_len - at) : NULL;

		if (!end)
			return err_set(e, ERR_DATA, "%s: a checkpoint has three lines", what);
		line[i] = note + at;
		length[i] = (size_t)(end - line[i]);
		at = (size_t)(end - note) + 1;
	}
	if (at != text_len)
		return err_set(e, ERR_DATA, "%s: a checkpoint has three lines", what);
	if (length[0] != strlen(v->name) || memcmp(line[0], v->name, length[0]) != 0)
		return err_set(e, ERR_DATA, "%s: of another log than %s", what, v->name);
	if (checkpoint_read_number(&c->size, line[1], length[1]) != 0)
		return err_set(e, ERR_DATA, "%s: its size is not a number", what);
	if (length[2] != HASH_TEXT || base64_read(c->root, AUDIT_HASH, line[2], length[2]) != 0)
		return err_set(e, ERR_DATA, "%s: its root is not a hash in base64", what);
	return 0;
}
