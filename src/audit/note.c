#include "audit/note.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"

enum { ALGORITHM = 0x01, SIGNATURE = 64, SIGNED = NOTE_KEY_ID + SIGNATURE, SIGNED_TEXT = 92, PUBLIC_TEXT = 44 };

/* An em dash and a blank begin a signature line. */
static const char dash[] = "\xe2\x80\x94 ";

static int check_name(const char *name, size_t len, struct err *e)
{
	if (len == 0 || len >= NOTE_NAME)
		return err_set(e, ERR_DATA, "the name of an audit log has 1 to %d bytes, as in relay.isp.example/audit",
			       NOTE_NAME - 1);
	for (size_t i = 0; i < len; i++)
		if (name[i] < 0x21 || name[i] > 0x7e || name[i] == '+')
			return err_set(e, ERR_DATA,
				       "the name of an audit log has a byte at position %zu that is not allowed; use "
				       "printable ASCII without blanks and +, as in relay.isp.example/audit",
				       i + 1);
	return 0;
}

int note_check_name(const char *name, struct err *e)
{
	return check_name(name, strlen(name), e);
}

/* The key id binds the key to its name: the first bytes of a hash over both. */
static void find_id(uint8_t id[NOTE_KEY_ID], const char *name, const uint8_t public[NOTE_PUBLIC])
{
	static const unsigned char middle[] = {'\n', ALGORITHM};
	uint8_t hash[SHA256_SIZE];
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, name, strlen(name));
	sha256_add(&s, middle, sizeof middle);
	sha256_add(&s, public, NOTE_PUBLIC);
	sha256_end(&s, hash);
	memcpy(id, hash, NOTE_KEY_ID);
}

void note_signer_from_seed(struct note_signer *s, const char *name, const uint8_t seed[NOTE_SEED])
{
	if (sodium_init() < 0)
		mem_die("libsodium cannot be used");
	*s = (struct note_signer){0};
	snprintf(s->verifier.name, sizeof s->verifier.name, "%s", name);
	memcpy(s->seed, seed, NOTE_SEED);
	crypto_sign_seed_keypair(s->verifier.public, s->secret, seed);
	find_id(s->verifier.id, s->verifier.name, s->verifier.public);
}

void note_signer_clear(struct note_signer *s)
{
	sodium_memzero(s, sizeof *s);
}

void note_add_verifier(struct str *out, const struct note_verifier *v)
{
	uint8_t key[1 + NOTE_PUBLIC] = {ALGORITHM};
	char id[2 * NOTE_KEY_ID + 1];

	memcpy(key + 1, v->public, NOTE_PUBLIC);
	sodium_bin2hex(id, sizeof id, v->id, NOTE_KEY_ID);
	str_addf(out, "%s+%s+", v->name, id);
	base64_add(out, key, sizeof key);
}

int note_read_verifier(struct note_verifier *v, const char *text, size_t len, struct err *e)
{
	const char *first = memchr(text, '+', len), *second;
	uint8_t key[1 + NOTE_PUBLIC], id[NOTE_KEY_ID];
	char hex[2 * NOTE_KEY_ID + 1];

	/* The base64 may hold more of them. */
	second = first ? memchr(first + 1, '+', len - (size_t)(first + 1 - text)) : NULL;
	if (!second)
		return err_set(e, ERR_DATA, "a verification key is NAME+KEYID+BASE64, as `mxward audit key` prints it");
	if (check_name(text, (size_t)(first - text), e) != 0)
		return -1;
	*v = (struct note_verifier){0};
	memcpy(v->name, text, (size_t)(first - text));
	if (base64_read(key, sizeof key, second + 1, len - (size_t)(second + 1 - text)) != 0 || key[0] != ALGORITHM)
		return err_set(e, ERR_DATA, "the verification key's last part is not the base64 of an Ed25519 key");
	memcpy(v->public, key + 1, NOTE_PUBLIC);
	find_id(id, v->name, v->public);
	sodium_bin2hex(hex, sizeof hex, id, sizeof id);
	if (second - first - 1 != 2 * NOTE_KEY_ID || memcmp(first + 1, hex, 2 * NOTE_KEY_ID) != 0)
		return err_set(e, ERR_DATA, "the verification key's key id does not belong to its name and key");
	memcpy(v->id, id, sizeof id);
	return 0;
}

void note_sign(struct str *text, const struct note_signer *s)
{
	uint8_t bytes[SIGNED];

	memcpy(bytes, s->verifier.id, NOTE_KEY_ID);
	crypto_sign_detached(bytes + NOTE_KEY_ID, NULL, (const unsigned char *)text->bytes, text->len, s->secret);
	str_addf(text, "\n%s%s ", dash, s->verifier.name);
	base64_add(text, bytes, sizeof bytes);
	str_add_char(text, '\n');
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Where the signature lines begin: behind the last empty line. */
static size_t find_signatures(const char *note, size_t len)
{
	for (size_t i = len; i >= 2; i--)
		if (note[i - 1] == '\n' && note[i - 2] == '\n')
			return i;
	return 0;
}

static int is_base64_text(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (text[n] == '+' || (text[n] >= '/' && text[n] <= '9') ||
			   (text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= 'a' && text[n] <= 'z')))
		n++;
	return n > 0 && len - n <= 2 && strspn(text + n, "=") >= len - n;
}

/* One signature line without LF: 1 it is the trusted key's and right, 0 it is of another, -1. */
static int check_line(const char *line, size_t len, const char *text, size_t text_len, const struct note_verifier *v,
		      const char *what, struct err *e)
{
	const size_t n_dash = sizeof dash - 1;
	const char *name = line + n_dash, *blank, *value;
	uint8_t bytes[SIGNED];
	size_t n_name, n_value;
	struct err ignored;

	blank = len > n_dash ? memchr(name, ' ', len - n_dash) : NULL;
	if (!blank || memcmp(line, dash, n_dash) != 0 || check_name(name, (size_t)(blank - name), &ignored) != 0)
		return err_set(e, ERR_DATA, "%s: a signature line is not one", what);
	n_name = (size_t)(blank - name);
	value = blank + 1;
	n_value = len - (size_t)(value - line);
	if (!is_base64_text(value, n_value))
		return err_set(e, ERR_DATA, "%s: a signature line is not one", what);
	if (n_name != strlen(v->name) || memcmp(name, v->name, n_name) != 0 || n_value != SIGNED_TEXT)
		return 0;
	if (base64_read(bytes, sizeof bytes, value, n_value) != 0)
		return err_set(e, ERR_DATA, "%s: a signature is not spelled in its one way", what);
	if (memcmp(bytes, v->id, NOTE_KEY_ID) != 0)
		return 0;
	if (crypto_sign_verify_detached(bytes + NOTE_KEY_ID, (const unsigned char *)text, text_len, v->public) != 0)
		return err_set(e, ERR_DATA, "%s: the signature is wrong", what);
	return 1;
}

int note_open(const char *note, size_t len, const struct note_verifier *v, const char *what, size_t *text_len,
	      struct err *e)
{
	size_t at = find_signatures(note, len), n_text = at ? at - 1 : 0;
	int is_signed = 0;

	if (sodium_init() < 0)
		mem_die("libsodium cannot be used");
	if (at == 0 || note[len - 1] != '\n' || memchr(note, '\0', len) || memchr(note, '\r', len))
		return err_set(e, ERR_DATA, "%s: not a signed note, or cut off", what);
	while (at < len) {
		const char *line = note + at, *end = memchr(line, '\n', len - at);
		int got = check_line(line, (size_t)(end - line), note, n_text, v, what, e);

		if (got < 0)
			return -1;
		is_signed |= got;
		at = (size_t)(end - note) + 1;
	}
	if (!is_signed)
		return err_set(e, ERR_DATA, "%s: no signature by the trusted key", what);
	*text_len = n_text;
	return 0;
}
