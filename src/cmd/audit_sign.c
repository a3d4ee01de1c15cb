/*
 * audit key, checkpoint, anchors: who signs the log, what was signed, and the lines that make it hard to take back.
 */
#include "cmd/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "audit/key.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "db/auditlog.h"
#include "db/chain.h"
#include "db/env.h"
#include "ops/sign.h"

/* Of a hash, on paper: enough that nobody finds another record with the same. */
enum { ANCHOR_DIGITS = 12, ANCHOR_CHAINS = 1000 };

static void warn_one_account(const struct ward *w)
{
	if (!w->read_only)
		say(
		    "mxward: this account may write the database and read the key, so whoever works in it could "
		    "rewrite the log and sign it again; anchors outside catch that, and a signing account of its own "
		    "prevents it, see INSTALL\n");
}

/* --- key ---------------------------------------------------------------------------------------- */

int audit_key(struct call *c)
{
	const char *path = signer_key_path(c->ward), *origin = call_option(c, "origin");
	struct note_signer key;
	struct str line = {0};
	struct err e;

	if (c->n_operands)
		return call_fail_usage(c, "audit key takes no operands; the file is the audit-key of the configuration");
	if (!path[0]) {
		err_set(&e, ERR_CONFIG, "no key is configured; set audit-key = FILE in the configuration");
		return call_fail(&e);
	}
	if (!origin)
		origin = c->ward->config.audit_origin;
	if (audit_key_read(&key, path, NULL, &e) != 0) {
		if (e.code != ERR_NOINPUT)
			return call_fail(&e);
		if (!origin[0]) {
			err_set(&e, ERR_USAGE, "a new key needs the log's name: set audit-origin or give --origin NAME, as in "
					       "relay.isp.example/audit");
			return call_fail(&e);
		}
		if (audit_key_create(&key, path, origin, &e) != 0)
			return call_fail(&e);
		say("mxward: made the key '%s'; keep a copy where nobody works, and put the line below into "
			    "contracts: it is what others verify with\n", path);
	}
	note_add_verifier(&line, &key.verifier);
	say_out("%s\n", str_text(&line));
	str_clear(&line);
	note_signer_clear(&key);
	return 0;
}

/* --- checkpoint --------------------------------------------------------------------------------- */

/* A record that others wrote into the database may hold any bytes; what is unseen in ours comes back from its \uXXXX. */
static void log_record(const char *line, size_t len)
{
	struct str shown = {0};

	json_show_line(&shown, line, len);
	syslog(LOG_MAIL | LOG_INFO, "audit record %s", str_text(&shown));
	str_clear(&shown);
}

static void log_checkpoint(const struct signer *s)
{
	struct str root = {0};

	base64_add(&root, s->proven.root, AUDIT_HASH);
	syslog(LOG_MAIL | LOG_NOTICE, "audit checkpoint %s size %" PRIu64 " root %s", s->key.verifier.name,
	       s->proven.size, str_text(&root));
	str_clear(&root);
}

static void log_alarm(const struct err *e)
{
	if (strncmp(e->text, "ALARM", 5) == 0)
		syslog(LOG_MAIL | LOG_ALERT, "audit: %s", e->text);
}

/* The checkpoint of all there is, in out; the state is moved before anybody sees it. */
static int sign_all(struct signer *s, int with_records, struct str *out, struct err *e)
{
	struct checkpoint made;
	struct db_txn *txn;
	int rc;

	if (signer_prove(s, with_records ? log_record : NULL, e) != 0) {
		log_alarm(e);
		return -1;
	}
	if (db_begin_read(&txn, s->ward->db, e) != 0)
		return -1;
	rc = signer_sign(s, txn, s->proven.size, &made, out, e);
	db_abort(txn);
	if (rc == 0 && !s->has_state)
		warn_one_account(s->ward);
	return rc == 0 ? signer_keep(s, e) : -1;
}

int audit_checkpoint(struct call *c)
{
	const char *file = c->n_operands ? c->operand[0] : NULL;
	struct str out = {0};
	struct signer s;
	struct err e;
	int rc;

	if (c->n_operands > 1)
		return call_fail_usage(c, "audit checkpoint takes one file at most");
	if (file && c->ward->config.restricted) {
		err_set(&e, ERR_PERM, "restricted = yes is set: no file is written; the checkpoint is on standard output");
		return call_fail(&e);
	}
	if (ward_open_database(c->ward, &e) != 0 || signer_open(&s, c->ward, &e) != 0)
		return call_fail(&e);
	openlog("mxward", LOG_PID, LOG_MAIL);
	rc = sign_all(&s, call_option(c, "records") != NULL, &out, &e);
	if (rc == 0) {
		log_checkpoint(&s);
		fputs(str_text(&out), stdout);
		if (file)
			rc = file_replace(file, out.bytes, out.len, 0644, &e);
	}
	closelog();
	signer_close(&s);
	str_clear(&out);
	return rc == 0 ? 0 : call_fail(&e);
}

/* --- anchors ------------------------------------------------------------------------------------ */

struct anchors {
	const char *customer; /* only this one; NULL: all that are known */
	char tree[80];	      /* "log size 19, root ehYIgcGG5fO6" */
	char at[AUDIT_CHAIN_KEY + 1];
	size_t printed;
};

static void print_anchor(struct anchors *a, const struct audit_tail *end)
{
	const char *slash = strchr(a->at, '/');
	size_t n = slash ? (size_t)(slash - a->at) : 0;
	char head[2 * AUDIT_HASH + 1];

	/* An unknown customer gets no invoice, and records of no single domain are of none. */
	if (n == 0 || !slash[1])
		return;
	if (a->customer && (strlen(a->customer) != n || memcmp(a->customer, a->at, n) != 0))
		return;
	audit_hex(head, end->leaf);
	say_out("%.*s %s: records %" PRIu64 ", head %.*s; %s\n", (int)n, a->at, slash + 1, end->number, ANCHOR_DIGITS, head,
		a->tree);
	a->printed++;
}

/* Some chains; 1 there are more, 0 that was all, -1. */
static int print_some(struct anchors *a, struct ward *w, struct err *e)
{
	struct audit_tail end;
	struct db_txn *txn;
	int got = 1;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	for (int i = 0; i < ANCHOR_CHAINS && got == 1; i++) {
		got = chain_next(txn, a->at[0] ? a->at : NULL, a->at, &end, e);
		if (got == 1)
			print_anchor(a, &end);
	}
	db_abort(txn);
	return got;
}

static int find_tree(struct anchors *a, struct ward *w, struct err *e)
{
	uint8_t root[AUDIT_HASH];
	struct str text = {0};
	struct db_txn *txn;
	uint64_t size;
	int rc;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	rc = auditlog_size(txn, &size, e);
	if (rc == 0)
		rc = auditlog_root(txn, size, root, e);
	db_abort(txn);
	if (rc != 0)
		return -1;
	base64_add(&text, root, AUDIT_HASH);
	snprintf(a->tree, sizeof a->tree, "log size %" PRIu64 ", root %.*s", size, ANCHOR_DIGITS, str_text(&text));
	str_clear(&text);
	return 0;
}

int audit_anchors(struct call *c)
{
	struct anchors a = {.customer = call_option(c, "customer")};
	struct err e;
	int more = 1;

	if (c->n_operands)
		return call_fail_usage(c, "audit anchors takes no operands");
	if (ward_open_database(c->ward, &e) != 0 || find_tree(&a, c->ward, &e) != 0)
		return call_fail(&e);
	while (more == 1)
		more = print_some(&a, c->ward, &e);
	if (more < 0)
		return call_fail(&e);
	if (a.customer && a.printed == 0) {
		err_set(&e, ERR_NOINPUT, "the audit log has no records of a customer '%.64s'", a.customer);
		return call_fail(&e);
	}
	return 0;
}
