/*
 * key: the file of the key that signs checkpoints and bundles: one line, `origin hexseed`, mode 0400.
 *
 * Whoever can read it can sign in the log's name, so one that others can read or write is refused.
 */
#ifndef AUDIT_KEY_H
#define AUDIT_KEY_H

struct err;
struct note_signer;

/* Makes a new key; ERR_CANTCREAT when there is one already.  The file is whole or not there. */
int audit_key_create(struct note_signer *out, const char *path, const char *origin, struct err *e);

/* Reads it; *fd stays open (and locked against a second signer) until the caller closes it; fd may be NULL. */
int audit_key_read(struct note_signer *out, const char *path, int *fd, struct err *e);

#endif
