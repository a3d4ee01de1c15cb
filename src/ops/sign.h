/*
 * sign: signing the log, by the rule that a signer never signs what contradicts what it signed before.
 *
 * The state file holds the last checkpoint signed.  Before a new one the stored
 * records since then are hashed again, and the tree must still hold the old root.  One signer at a time:
 * the key file is locked while a struct signer is open.
 */
#ifndef OPS_SIGN_H
#define OPS_SIGN_H

#include <stdint.h>

#include "audit/checkpoint.h"

struct db_txn;
struct err;
struct str;
struct ward;

struct signer {
	struct ward *ward;
	struct note_signer key;
	int key_fd;
	char state_path[1024];
	int has_state;		  /* 0: nothing was signed yet */
	struct checkpoint state;  /* the last one signed */
	struct checkpoint proven; /* how far the log was gone through now */
};

/* Reads key and state.  -1 also when the state is not signed by this key. */
int signer_open(struct signer *s, struct ward *w, struct err *e);
void signer_close(struct signer *s);

/* Goes through the log as it is now and refuses what contradicts the state (ERR_DATA, an alarm: the
 * sentence begins with ALARM).  each may be NULL: it gets every stored record line since the state. */
int signer_prove(struct signer *s, void (*each)(const char *line, size_t len), struct err *e);

/* The signed checkpoint of size, which must have been proven, added to out. */
int signer_sign(const struct signer *s, struct db_txn *t, uint64_t size, struct checkpoint *made, struct str *out,
		struct err *e);

/* Makes what was proven the state, unless it is older; fsync and rename. */
int signer_keep(struct signer *s, struct err *e);

/* The head of the log in words, for a report that people archive: size and root, and the last signed checkpoint where
 * the signer's state may be read.  Whoever keeps it is a witness. */
int signer_add_head(struct str *out, const struct ward *w, struct db_txn *t, struct err *e);

/* Where the key is, "" when none is configured; where its state is. */
const char *signer_key_path(const struct ward *w);

#endif
