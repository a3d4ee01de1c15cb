#include "ops/bundle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/manifest.h"
#include "audit/proof.h"
#include "audit/row.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/auditlog.h"
#include "db/chain.h"
#include "db/env.h"
#include "ops/bundle_out.h"
#include "ops/sign.h"
#include "ops/statement.h"
#include "ops/story.h"
#include "ops/ward.h"

/* So many records are read in one transaction: an export of a long chain must hold up nobody's pages. */
enum { RECORDS_A_TRANSACTION = 500 };

static const char readme[] =
	"This directory is an export of a mail relay's log for one domain.\n"
	"\n"
	"  statement.html   what happened, to read and to print: begin here\n"
	"  records.csv      the same records for a spreadsheet\n"
	"  records.jsonl    the records as they were signed, one a line\n"
	"  annex.jsonl      notes, DNS answers and operators that belong to them, where they are shown\n"
	"  proofs.txt       that each record is in the log\n"
	"  checkpoint.txt   the signed state of the whole log\n"
	"  consistency.txt  that the log grew from the state you held, if you asked for it\n"
	"  manifest.txt     the signed list of all this\n"
	"  key.vkey         must equal the key in your contract\n"
	"\n"
	"To check it, with nothing but Python (verify.py comes with mxward; take it from a place you trust,\n"
	"not from whom you check):\n"
	"\n"
	"    python3 verify.py DIRECTORY --key KEY-FROM-YOUR-CONTRACT --head N:HEX-FROM-YOUR-INVOICE\n"
	"\n"
	"or with mxward itself: mxward audit verify DIRECTORY --key ... --head ...\n"
	"\n"
	"  VERIFIED                      complete and unchanged (exit status 0)\n"
	"  VERIFIED, with parts withheld the same; what is not shown is listed, and the names of the\n"
	"                                provider's employees usually are not shown (3)\n"
	"  NOT VERIFIED                  something contradicts: changed, missing or of another log (1)\n"
	"  COULD NOT CHECK               a file is missing or cannot be read (2)\n"
	"  CONSISTENT, but not tied ...  in order by itself, but you named no key that you trust (4)\n"
	"\n"
	"A check of the signature alone, by openssl say, does NOT show that no record is missing.\n";

/* Evidence that was written already: the same answer may belong to several records. */
struct written {
	uint8_t (*hash)[AUDIT_HASH];
	size_t n, room;
};

struct writing {
	struct signer *signer;
	const struct bundle_options *options;
	const struct bundle_chain *chain;
	struct db_txn *txn;
	struct manifest manifest;
	struct bundle_out records, annex, proofs, csv;
	struct written written;
	struct story *story;
	struct str line, text; /* a stored line; what goes out next */
};

static void end_line(struct writing *w, struct bundle_out *out)
{
	str_add_bytes(&w->text, w->line.bytes, w->line.len);
	str_add_char(&w->text, '\n');
	bundle_out_add(out, &w->text);
}

/* True the first time a hash comes. */
static int is_new(struct written *w, const uint8_t hash[AUDIT_HASH])
{
	for (size_t i = w->n; i > 0; i--)
		if (memcmp(w->hash[i - 1], hash, AUDIT_HASH) == 0)
			return 0;
	if (w->n == w->room) {
		w->room = w->room * 2 + 64;
		w->hash = mem_array(w->hash, w->room, sizeof *w->hash);
	}
	memcpy(w->hash[w->n++], hash, AUDIT_HASH);
	return 1;
}

static int write_annex(struct writing *w, const struct audit_row *row, struct err *e)
{
	uint64_t seq = row->record.seq;

	if (row->has_note) {
		if (chain_annex(w->txn, seq, 'n', &w->line, e) < 0)
			return -1;
		end_line(w, &w->annex);
	}
	if (row->has_operator && w->options->is_internal) {
		if (chain_annex(w->txn, seq, 'o', &w->line, e) < 0)
			return -1;
		end_line(w, &w->annex);
	}
	for (size_t i = 0; i < row->record.n_evidence; i++) {
		int got = is_new(&w->written, row->record.evidence[i])
				  ? chain_evidence(w->txn, row->record.evidence[i], &w->line, e)
				  : 0;

		if (got < 0)
			return -1;
		if (got == 1)
			end_line(w, &w->annex);
	}
	return 0;
}

static int write_proof(struct writing *w, uint64_t seq, struct err *e)
{
	struct chain_nodes nodes = {w->txn, e};
	struct tree_store tree = chain_tree(&nodes);
	struct proof p;

	if (proof_inclusion(&tree, seq, w->manifest.tree.size, &p) != 0)
		return -1;
	str_addf(&w->text, "index %" PRIu64 "\n", seq);
	for (size_t i = 0; i < p.n; i++) {
		base64_add(&w->text, p.hash[i], AUDIT_HASH);
		str_add_char(&w->text, '\n');
	}
	str_add_char(&w->text, '\n');
	bundle_out_add(&w->proofs, &w->text);
	return 0;
}

/* number counts in the chain, of which an erased body says nothing any more. */
static int write_record(struct writing *w, uint64_t number, struct err *e)
{
	struct arena a = {0};
	struct audit_row row;
	uint64_t seq = 0;
	int rc;

	rc = chain_seq(w->txn, w->chain->name, number, &seq, e);
	if (rc == 0)
		rc = err_set(e, ERR_DATA, "record %" PRIu64 " of '%s' is missing in the audit log; see: mxward check", number,
			     w->chain->name);
	rc = rc < 0 ? -1 : auditlog_get(w->txn, seq, &a, &row, e);
	if (rc == 1 && chain_leaf(w->txn, seq, w->manifest.head, e) == 0 && chain_line(w->txn, seq, &w->line, e) == 1) {
		story_add(w->story, &row);
		if (row.is_erased) {
			str_truncate(&w->line, 0);
			row_add_erased_line(&w->line, w->manifest.head, number, seq);
		}
		end_line(w, &w->records);
		if (row.is_erased)
			row_add_erased(&w->text, seq, number);
		else
			row_add(&w->text, &row.record);
		bundle_out_add(&w->csv, &w->text);
		rc = write_proof(w, seq, e);
		if (rc == 0 && !row.is_erased)
			rc = write_annex(w, &row, e);
	} else {
		rc = -1;
	}
	arena_clear(&a);
	return rc;
}

static int write_records(struct writing *w, struct err *e)
{
	int rc = 0;

	str_add(&w->text, row_head);
	bundle_out_add(&w->csv, &w->text);
	for (uint64_t n = 1; n <= w->chain->records && rc == 0; n++) {
		if (!w->txn && db_begin_read(&w->txn, w->signer->ward->db, e) != 0)
			return -1;
		rc = write_record(w, n, e);
		if (n % RECORDS_A_TRANSACTION == 0 || n == w->chain->records || rc != 0) {
			db_abort(w->txn);
			w->txn = NULL;
		}
	}
	return rc;
}

static int open_files(struct writing *w, const char *dir, struct err *e)
{
	if (bundle_out_open(&w->records, dir, bundle_file_name(BUNDLE_RECORDS), e) != 0 ||
	    bundle_out_open(&w->annex, dir, bundle_file_name(BUNDLE_ANNEX), e) != 0 ||
	    bundle_out_open(&w->proofs, dir, bundle_file_name(BUNDLE_PROOFS), e) != 0 ||
	    bundle_out_open(&w->csv, dir, bundle_file_name(BUNDLE_CSV), e) != 0)
		return -1;
	return 0;
}

static int close_files(struct writing *w, struct err *e)
{
	int rc = bundle_out_close(&w->records, w->manifest.hash[BUNDLE_RECORDS], e);

	rc |= bundle_out_close(&w->annex, NULL, e);
	rc |= bundle_out_close(&w->proofs, w->manifest.hash[BUNDLE_PROOFS], e);
	rc |= bundle_out_close(&w->csv, w->manifest.hash[BUNDLE_CSV], e);
	return rc;
}

/* A small file, whole; empties text. */
static int write_small(const char *dir, enum bundle_file f, struct str *text, uint8_t *hash, struct err *e)
{
	struct bundle_out out;

	if (bundle_out_open(&out, dir, bundle_file_name(f), e) != 0)
		return -1;
	bundle_out_add(&out, text);
	return bundle_out_close(&out, hash, e);
}

static int add_consistency(struct writing *w, struct str *text, struct err *e)
{
	struct chain_nodes nodes = {w->txn, e};
	struct tree_store tree = chain_tree(&nodes);
	struct proof p;

	if (w->options->known > w->manifest.tree.size)
		return err_set(e, ERR_DATA, "the checkpoint given with --known is of size %" PRIu64 ", but this log has only "
			       "%" PRIu64 " records", w->options->known, w->manifest.tree.size);
	if (proof_consistency(&tree, w->options->known, w->manifest.tree.size, &p) != 0)
		return -1;
	str_addf(text, "consistency %" PRIu64 " %" PRIu64 "\n", w->options->known, w->manifest.tree.size);
	for (size_t i = 0; i < p.n; i++) {
		base64_add(text, p.hash[i], AUDIT_HASH);
		str_add_char(text, '\n');
	}
	return 0;
}

/* Checkpoint and what is made from the tree; the checkpoint's text also fills the manifest's head. */
static int write_tree(struct writing *w, const char *dir, struct err *e)
{
	struct str proof = {0};
	int rc;

	if (db_begin_read(&w->txn, w->signer->ward->db, e) != 0)
		return -1;
	rc = signer_sign(w->signer, w->txn, w->chain->closing_seq + 1, &w->manifest.tree, &w->text, e);
	if (rc == 0 && w->options->known)
		rc = add_consistency(w, &proof, e);
	db_abort(w->txn);
	w->txn = NULL;
	if (rc == 0)
		rc = write_small(dir, BUNDLE_CHECKPOINT, &w->text, NULL, e);
	if (rc == 0 && w->options->known)
		rc = write_small(dir, BUNDLE_CONSISTENCY, &proof, NULL, e);
	str_clear(&proof);
	return rc;
}

static int write_rest(struct writing *w, const char *dir, struct err *e)
{
	struct str *text = &w->text;

	str_add(text, readme);
	if (write_small(dir, BUNDLE_README, text, w->manifest.hash[BUNDLE_README], e) != 0)
		return -1;
	note_add_verifier(text, &w->signer->key.verifier);
	str_add_char(text, '\n');
	if (write_small(dir, BUNDLE_KEY, text, NULL, e) != 0)
		return -1;
	w->manifest.has_statement = 1;
	if (statement_write(w->signer, w->options, w->chain, &w->manifest, w->story, dir,
			    w->manifest.hash[BUNDLE_STATEMENT], e) != 0)
		return -1;
	manifest_add_signed(text, &w->manifest, &w->signer->key);
	return write_small(dir, BUNDLE_MANIFEST, text, NULL, e);
}

int bundle_write(struct signer *s, const struct bundle_options *o, const struct bundle_chain *c, const char *dir,
		 struct story *story, struct err *e)
{
	struct writing w = {.signer = s, .options = o, .chain = c, .story = story};
	struct err later;
	int rc;

	*story = (struct story){0};
	memcpy(w.manifest.chain, c->name, strlen(c->name) + 1);
	w.manifest.records = c->records;
	rc = write_tree(&w, dir, e);
	if (rc == 0)
		rc = open_files(&w, dir, e);
	if (rc == 0)
		rc = write_records(&w, e);
	if (close_files(&w, rc == 0 ? e : &later) != 0)
		rc = -1;
	if (rc == 0)
		rc = write_rest(&w, dir, e);
	str_clear(&w.line);
	str_clear(&w.text);
	free(w.written.hash);
	return rc;
}
