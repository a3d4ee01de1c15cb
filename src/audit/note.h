/*
 * note: signed notes (C2SP signed-note) with plain Ed25519: text, an empty line, signature lines.
 *
 * Checkpoints and the manifests of bundles are such notes.  A signature covers the
 * text with its last LF; lines of other names or keys are ignored, a line of the trusted key that does
 * not verify is a failure.
 */
#ifndef AUDIT_NOTE_H
#define AUDIT_NOTE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct str;

enum { NOTE_NAME = 128, NOTE_KEY_ID = 4, NOTE_PUBLIC = 32, NOTE_SEED = 32, NOTE_SECRET = 64 };

/* Whom a reader trusts; the name is the log's origin. */
struct note_verifier {
	char name[NOTE_NAME];
	uint8_t id[NOTE_KEY_ID], public[NOTE_PUBLIC];
};

struct note_signer {
	struct note_verifier verifier;
	uint8_t seed[NOTE_SEED], secret[NOTE_SECRET];
};

/* 1 to 127 bytes 0x21-0x7e without +. */
int note_check_name(const char *name, struct err *e);

/* Key pair and key id from a name that was checked and a seed. */
void note_signer_from_seed(struct note_signer *s, const char *name, const uint8_t seed[NOTE_SEED]);
void note_signer_clear(struct note_signer *s); /* wipes it */

/* "name+keyid+base64", the line that contracts and invoices show. */
void note_add_verifier(struct str *out, const struct note_verifier *v);
int note_read_verifier(struct note_verifier *v, const char *text, size_t len, struct err *e);

/* Adds the empty line and the signature line to a text that ends with LF. */
void note_sign(struct str *text, const struct note_signer *s);

/* Checks the note; *text_len is the length of its text with the last LF.  what stands in errors: "checkpoint.txt". */
int note_open(const char *note, size_t len, const struct note_verifier *v, const char *what, size_t *text_len,
	      struct err *e);

#endif
