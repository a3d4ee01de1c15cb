#include "ops/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/key.h"
#include "audit/tree.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"
#include "db/auditlog.h"
#include "db/chain.h"
#include "db/env.h"
#include "ops/ward.h"

/* Records are gone through in short transactions, so that a long log holds up nobody's pages. */
enum { RECORDS_A_TRANSACTION = 20000, STATE_MAX = 4096 };

const char *signer_key_path(const struct ward *w)
{
	return w->config.audit_key;
}

/* --- the state file --------------------------------------------------------------------------- */

static int read_state(struct signer *s, struct err *e)
{
	struct str text = {0};
	int rc;

	if (access(s->state_path, F_OK) != 0 && errno == ENOENT)
		return 0;
	rc = file_read(AT_FDCWD, s->state_path, STATE_MAX, &text, e);
	if (rc == 0)
		rc = checkpoint_read(&s->state, str_text(&text), text.len, &s->key.verifier, s->state_path, e);
	str_clear(&text);
	s->has_state = rc == 0;
	return rc;
}

static const char *state_path(const struct ward *w, char *out, size_t size)
{
	int n = w->config.audit_state[0] ? snprintf(out, size, "%s", w->config.audit_state)
					 : snprintf(out, size, "%s.state", signer_key_path(w));

	return n < (int)size ? out : NULL;
}

/* A checkpoint as the signer left it.  Its signature is for those who hold the key's public line; here it must only be
 * text of our log. */
static int is_our_checkpoint(const struct str *text, const char *origin)
{
	size_t len = origin[0] ? strlen(origin) : strcspn(str_text(text), "\n");

	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->bytes[i] < 0x20 && text->bytes[i] != '\n')
			return 0;
	return text->len > len && utf8_is_valid(text->bytes, text->len) && (!origin[0] || memcmp(text->bytes, origin, len) == 0) &&
	       text->bytes[len] == '\n';
}

int signer_add_head(struct str *out, const struct ward *w, struct db_txn *t, struct err *e)
{
	char path[sizeof((struct signer *)0)->state_path];
	const char *origin = w->config.audit_origin;
	uint8_t root[AUDIT_HASH];
	struct str signed_text = {0};
	struct err ignored;
	uint64_t size;

	if (auditlog_size(t, &size, e) != 0 || (size > 0 && auditlog_root(t, size, root, e) != 0))
		return -1;
	if (size == 0)
		return 0;
	str_addf(out, "audit log%s%s: size %" PRIu64 ", root ", origin[0] ? " " : "", origin, size);
	base64_add(out, root, AUDIT_HASH);
	if (!signer_key_path(w)[0] || !state_path(w, path, sizeof path) ||
	    file_read(AT_FDCWD, path, STATE_MAX, &signed_text, &ignored) != 0)
		str_truncate(&signed_text, 0);
	if (is_our_checkpoint(&signed_text, origin)) {
		str_add(out, "\nlast signed; who keeps this can prove it:\n\n");
		str_add_bytes(out, signed_text.bytes, signed_text.len);
	}
	str_clear(&signed_text);
	return 0;
}

/* --- opening ---------------------------------------------------------------------------------- */

int signer_open(struct signer *s, struct ward *w, struct err *e)
{
	const char *origin = w->config.audit_origin;

	*s = (struct signer){.ward = w, .key_fd = -1};
	if (!signer_key_path(w)[0])
		return err_set(e, ERR_CONFIG, "no key is configured; set audit-key = FILE and make it with: mxward audit key");
	if (audit_key_read(&s->key, signer_key_path(w), &s->key_fd, e) != 0)
		return -1;
	if (!state_path(w, s->state_path, sizeof s->state_path))
		err_set(e, ERR_CONFIG, "the path of the signer's state is too long; set a shorter audit-state");
	else if (origin[0] && strcmp(origin, s->key.verifier.name) != 0)
		err_set(e, ERR_CONFIG, "the key '%s' is of the log %s, but audit-origin is %.200s; make them agree",
			signer_key_path(w), s->key.verifier.name, origin);
	else if (read_state(s, e) == 0)
		return 0;
	signer_close(s);
	return -1;
}

void signer_close(struct signer *s)
{
	note_signer_clear(&s->key);
	if (s->key_fd >= 0)
		close(s->key_fd);
	s->key_fd = -1;
}

/* --- going through the log -------------------------------------------------------------------- */

struct proving {
	struct db_txn *txn;
	struct tree_store stored;
	int differs; /* a node is not what the stored records make of it */
};

static int get_stored(void *ctx, uint64_t key, uint8_t hash[AUDIT_HASH])
{
	struct proving *p = ctx;

	return p->stored.get(p->stored.ctx, key, hash);
}

/* Nothing is put: what would be must be what is stored. */
static int compare(void *ctx, uint64_t key, const uint8_t hash[AUDIT_HASH])
{
	struct proving *p = ctx;
	uint8_t there[AUDIT_HASH];

	if (p->stored.get(p->stored.ctx, key, there) != 0)
		return -1;
	p->differs |= memcmp(there, hash, AUDIT_HASH) != 0;
	return 0;
}

static int prove_record(struct proving *p, uint64_t seq, struct str *line, void (*each)(const char *, size_t),
			struct err *e)
{
	struct tree_store rebuilt = {get_stored, compare, p};
	uint8_t leaf[AUDIT_HASH];
	int got = chain_line(p->txn, seq, line, e);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, ERR_DATA, "ALARM: record %" PRIu64 " of the audit log is missing; nothing was signed", seq);
	if (line->len > 0)
		audit_leaf(leaf, line->bytes, line->len);
	else if (chain_leaf(p->txn, seq, leaf, e) != 0) /* an erased body counts by its leaf */
		return -1;
	if (tree_append(&rebuilt, seq, leaf) != 0)
		return -1;
	if (p->differs)
		return err_set(e, ERR_DATA,
			       "ALARM: record %" PRIu64 " of the audit log is not the one its tree was made of; nothing "
			       "was signed, see: mxward check",
			       seq);
	if (each && line->len > 0)
		each(line->bytes, line->len);
	return 0;
}

/* Some records from *next on; 1 there are more, 0 that was all, -1. */
static int prove_some(struct signer *s, uint64_t *next, void (*each)(const char *, size_t), struct err *e)
{
	struct chain_nodes nodes = {.e = e};
	struct proving p = {0};
	struct str line = {0};
	uint64_t size, until;
	int rc;

	if (db_begin_read(&p.txn, s->ward->db, e) != 0)
		return -1;
	nodes.txn = p.txn;
	p.stored = chain_tree(&nodes);
	rc = auditlog_size(p.txn, &size, e);
	until = size > *next && size - *next > RECORDS_A_TRANSACTION ? *next + RECORDS_A_TRANSACTION : size;
	while (rc == 0 && *next < until) {
		rc = prove_record(&p, *next, &line, each, e);
		*next += rc == 0;
	}
	if (rc == 0 && until == size) {
		s->proven.size = size;
		rc = tree_root(&p.stored, size, s->proven.root);
	}
	str_clear(&line);
	db_abort(p.txn);
	return rc != 0 ? -1 : until < size;
}

/* Rules 1 and 3: what was signed before must still be the beginning of what is there. */
static int prove_state(struct signer *s, struct err *e)
{
	uint8_t root[AUDIT_HASH];
	struct db_txn *txn;
	uint64_t size;
	int rc;

	if (db_begin_read(&txn, s->ward->db, e) != 0)
		return -1;
	rc = auditlog_size(txn, &size, e);
	if (rc == 0 && size < s->state.size)
		rc = err_set(e, ERR_DATA,
			     "ALARM: the audit log has %" PRIu64 " records, but %" PRIu64 " were signed: it was rolled "
			     "back; nothing was signed, bring back the newest database, or see INSTALL "
			     "about a forked log",
			     size, s->state.size);
	else if (rc == 0)
		rc = auditlog_root(txn, s->state.size, root, e);
	/* cppcheck-suppress uninitvar ; auditlog_root() fills it, or rc is not 0 */
	if (rc == 0 && memcmp(root, s->state.root, AUDIT_HASH) != 0)
		rc = err_set(e, ERR_DATA,
			     "ALARM: the first %" PRIu64 " records of the audit log are not those that were signed: it "
			     "was rewritten or forked; nothing was signed, bring back the newest database, or see INSTALL "
			     "about a forked log",
			     s->state.size);
	db_abort(txn);
	return rc;
}

int signer_prove(struct signer *s, void (*each)(const char *line, size_t len), struct err *e)
{
	uint64_t next = s->has_state ? s->state.size : 0;
	int more;

	if (s->has_state && prove_state(s, e) != 0)
		return -1;
	do
		more = prove_some(s, &next, each, e);
	while (more == 1);
	return more;
}

/* --- signing ---------------------------------------------------------------------------------- */

int signer_sign(const struct signer *s, struct db_txn *t, uint64_t size, struct checkpoint *made, struct str *out,
		struct err *e)
{
	if (size > s->proven.size)
		return err_set(e, ERR_SOFTWARE, "a checkpoint of %" PRIu64 " records was asked for, but only %" PRIu64
			       " were gone through", size, s->proven.size);
	made->size = size;
	if (auditlog_root(t, size, made->root, e) != 0)
		return -1;
	checkpoint_add_signed(out, made, &s->key);
	return 0;
}

int signer_keep(struct signer *s, struct err *e)
{
	struct str text = {0};
	int rc;

	if (s->has_state && s->state.size >= s->proven.size)
		return 0;
	checkpoint_add_signed(&text, &s->proven, &s->key);
	rc = file_replace(s->state_path, text.bytes, text.len, 0644, e);
	str_clear(&text);
	if (rc == 0) {
		s->state = s->proven;
		s->has_state = 1;
	}
	return rc;
}
