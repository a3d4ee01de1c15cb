#include "ops/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "audit/proof.h"
#include "base/base64.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/sha256.h"
#include "ops/verify_inner.h"

/* A file beyond this is no bundle of one domain; reading it whole would be the denial of a service. */
#define FILE_MAX ((size_t)1 << 30)

enum { CHECKPOINT_MAX = 65536, HASH_TEXT = 44, HEAD_DIGITS = 12 };

enum { CONTRADICTION = -1, UNCHECKED = -2 };

int verify_refuse(struct verify *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->e.text, sizeof v->e.text, fmt, ap);
	va_end(ap);
	return CONTRADICTION;
}

int verify_line(struct verify_lines *l, const char **line, size_t *len)
{
	const char *end;

	if (l->at == l->end)
		return 0;
	end = memchr(l->at, '\n', (size_t)(l->end - l->at));
	if (!end)
		return -1;
	*line = l->at;
	*len = (size_t)(end - l->at);
	l->at = end + 1;
	return 1;
}

struct verify_lines verify_lines_of(const struct verify *v, enum bundle_file f)
{
	const char *text = str_text(&v->file[f]);

	return (struct verify_lines){text, text + v->file[f].len};
}

/* --- 1 files and key ------------------------------------------------------------------------------ */

static int check_names(struct verify *v, int fd, const char *dir)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	char shown[200];

	if (!d) {
		if (again >= 0)
			close(again);
		err_errno(&v->e, errno, "cannot read the directory '%s'", dir);
		return UNCHECKED;
	}
	while (rc == 0 && (entry = readdir(d))) {
		int f = bundle_file_from_name(entry->d_name);

		if (f >= 0)
			v->is_there[f] = 1;
		else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = verify_refuse(v, "a file does not belong to a bundle: %s",
					   escape(shown, sizeof shown, entry->d_name, strlen(entry->d_name)));
	}
	closedir(d);
	return rc;
}

/* A customer's folder holds bundles and is none: names the first of them. */
static int holds_bundles(struct verify *v, int fd, const char *dir)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = 0;
	DIR *d = again < 0 ? NULL : fdopendir(again);
	char path[NAME_MAX + 40], name[300];
	struct dirent *entry;

	if (!d && again >= 0)
		close(again);
	while (d && !found && (entry = readdir(d))) {
		snprintf(path, sizeof path, "%s/%s", entry->d_name, bundle_file_name(BUNDLE_MANIFEST));
		if (entry->d_name[0] != '.' && faccessat(fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
			err_set(&v->e, ERR_NOINPUT, "'%.150s' holds bundles and is none; check each, as in: mxward audit verify %.150s/%s",
				dir, dir, escape(name, sizeof name, entry->d_name, strlen(entry->d_name)));
			found = 1;
		}
	}
	if (d)
		closedir(d);
	return found;
}

/* Missing files come before foreign ones: what cannot be checked is not yet a contradiction. */
static int read_files(struct verify *v, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	char shown[300];

	escape(shown, sizeof shown, dir, strlen(dir));
	if (fd < 0) {
		err_errno(&v->e, errno, "cannot open the bundle '%s'", shown);
		return UNCHECKED;
	}
	rc = check_names(v, fd, shown);
	if (faccessat(fd, bundle_file_name(BUNDLE_MANIFEST), F_OK, AT_SYMLINK_NOFOLLOW) != 0 && holds_bundles(v, fd, shown))
		rc = UNCHECKED;
	for (int f = 0; f < N_BUNDLE_FILES && rc != UNCHECKED; f++) {
		if (bundle_file_is_optional((enum bundle_file)f) && !v->is_there[f])
			continue;
		if (file_read(fd, bundle_file_name((enum bundle_file)f), FILE_MAX, &v->file[f], &v->e) != 0)
			rc = UNCHECKED;
	}
	close(fd);
	return rc;
}

static int check_key(struct verify *v)
{
	const struct str *key = &v->file[BUNDLE_KEY];
	const char *trusted = v->options->key;
	size_t len = key->len ? key->len - 1 : 0;
	struct err e;

	if (key->len == 0 || memchr(key->bytes, '\n', key->len) != key->bytes + len)
		return verify_refuse(v, "key.vkey: not one line");
	if (trusted && (strlen(trusted) != len || memcmp(trusted, key->bytes, len) != 0))
		return verify_refuse(v, "key.vkey in the bundle is not the key that you trust");
	if (note_read_verifier(&v->key, key->bytes, len, &e) != 0)
		return verify_refuse(v, "key.vkey: %s", e.text);
	return 0;
}

/* --- 2 and 3 signatures and hashes ---------------------------------------------------------------- */

static int check_hashes(struct verify *v)
{
	uint8_t hash[AUDIT_HASH];

	for (int f = 0; f < N_MANIFEST_FILES; f++) {
		if (!v->is_there[f] && f == BUNDLE_STATEMENT) {
			if (v->manifest.has_statement) {
				str_add(&v->withheld, "withheld: statement.html\n");
				v->n_withheld++;
			}
			continue;
		}
		if (f == BUNDLE_STATEMENT && !v->manifest.has_statement)
			return verify_refuse(v, "statement.html: not in the manifest");
		sha256_of(hash, str_text(&v->file[f]), v->file[f].len);
		if (memcmp(hash, v->manifest.hash[f], AUDIT_HASH) != 0)
			return verify_refuse(v, "%s differs from the signed manifest", bundle_file_name((enum bundle_file)f));
	}
	return 0;
}

static int check_signed(struct verify *v)
{
	const struct str *point = &v->file[BUNDLE_CHECKPOINT], *manifest = &v->file[BUNDLE_MANIFEST];

	if (checkpoint_read(&v->tree, str_text(point), point->len, &v->key, "checkpoint.txt", &v->e) != 0 ||
	    manifest_read(&v->manifest, str_text(manifest), manifest->len, &v->key, &v->e) != 0)
		return CONTRADICTION;
	if (v->manifest.tree.size != v->tree.size || memcmp(v->manifest.tree.root, v->tree.root, AUDIT_HASH) != 0)
		return verify_refuse(v, "manifest.txt and checkpoint.txt disagree");
	return check_hashes(v);
}

/* --- 10 what the reader holds --------------------------------------------------------------------- */

static int read_consistency(struct verify *v, uint64_t known, struct proof *p)
{
	struct verify_lines l = verify_lines_of(v, BUNDLE_CONSISTENCY);
	const char *line, *blank;
	uint64_t old, size;
	size_t len;
	int got;

	p->n = 0;
	if (verify_line(&l, &line, &len) != 1 || len < 13 || memcmp(line, "consistency ", 12) != 0 ||
	    !(blank = memchr(line + 12, ' ', len - 12)) ||
	    checkpoint_read_number(&old, line + 12, (size_t)(blank - line) - 12) != 0 ||
	    checkpoint_read_number(&size, blank + 1, len - (size_t)(blank + 1 - line)) != 0 || size != v->tree.size)
		return verify_refuse(v, "consistency.txt: its first line is not that of this log's size");
	while ((got = verify_line(&l, &line, &len)) == 1)
		if (p->n == PROOF_MAX || len != HASH_TEXT || base64_read(p->hash[p->n++], AUDIT_HASH, line, len) != 0)
			return verify_refuse(v, "consistency.txt: has a line that is no hash");
	if (got < 0)
		return verify_refuse(v, "consistency.txt: cut off");
	if (old == known)
		return 0;
	err_set(&v->e, ERR_NOINPUT, "consistency.txt is for size %" PRIu64 ", your checkpoint is of size %" PRIu64, old, known);
	return UNCHECKED;
}

static int check_known(struct verify *v)
{
	struct checkpoint known;
	struct str text = {0};
	struct proof p;
	int rc;

	if (file_read(AT_FDCWD, v->options->known, CHECKPOINT_MAX, &text, &v->e) != 0) {
		str_clear(&text);
		return UNCHECKED;
	}
	rc = checkpoint_read(&known, str_text(&text), text.len, &v->key, "the checkpoint you hold", &v->e);
	str_clear(&text);
	if (rc != 0)
		return CONTRADICTION;
	if (known.size > v->tree.size)
		return verify_refuse(v, "ROLLBACK: you hold a checkpoint of size %" PRIu64 ", this export is of size %" PRIu64,
				     known.size, v->tree.size);
	if (known.size == v->tree.size) {
		if (memcmp(known.root, v->tree.root, AUDIT_HASH) == 0)
			return 0;
		return verify_refuse(v, "FORK: two logs of size %" PRIu64 ", this one is not the one you know", known.size);
	}
	if (known.size == 0)
		return 0;
	if (!v->is_there[BUNDLE_CONSISTENCY]) {
		err_set(&v->e, ERR_NOINPUT, "consistency.txt is missing: ask for an export with your checkpoint of size %" PRIu64,
			known.size);
		return UNCHECKED;
	}
	rc = read_consistency(v, known.size, &p);
	if (rc == 0 && !proof_shows_consistency(&p, known.size, known.root, v->tree.size, v->tree.root))
		rc = verify_refuse(v, "FORK: the log no longer contains what your checkpoint of size %" PRIu64 " covered",
				   known.size);
	return rc;
}

/* --- all ------------------------------------------------------------------------------------------- */

static int check_all(struct verify *v, const char *dir)
{
	int rc = read_files(v, dir);

	if (rc == 0)
		rc = check_key(v);
	if (rc == 0)
		rc = check_signed(v);
	if (rc == 0)
		rc = verify_annex(v);
	if (rc == 0)
		rc = verify_records(v);
	if (rc == 0 && v->options->known)
		rc = check_known(v);
	return rc;
}

static enum verify_result conclude(struct verify *v)
{
	char head[2 * AUDIT_HASH + 1];

	audit_hex(head, v->head);
	str_addf(v->out, "chain %s: records 1..%" PRIu64 " complete as of tree size %" PRIu64 ", closed %s, origin %s\n",
		 v->manifest.chain, v->records, v->tree.size, str_text(&v->closed), v->key.name);
	str_addf(v->out, "head %" PRIu64 ":%.*s\n%s", v->records, HEAD_DIGITS, head, str_text(&v->withheld));
	if (!v->options->key) {
		str_add(v->out, "CONSISTENT, but not tied to a key you trust (key taken from the bundle)\n");
		return VERIFY_UNTIED;
	}
	str_add(v->out, v->n_withheld ? "VERIFIED, with parts withheld\n" : "VERIFIED\n");
	return v->n_withheld ? VERIFY_WITHHELD : VERIFY_TRUE;
}

enum verify_result verify_bundle(struct str *out, const char *dir, const struct verify_options *o)
{
	struct verify v = {.options = o, .out = out};
	enum verify_result result;
	char shown[sizeof v.e.text * 2];
	int rc;

	if (sodium_init() < 0) {
		str_add(out, "COULD NOT CHECK: libsodium cannot be used\n");
		return VERIFY_UNCHECKED;
	}
	rc = check_all(&v, dir);
	escape(shown, sizeof shown, v.e.text, strlen(v.e.text));
	if (rc == 0) {
		result = conclude(&v);
	} else if (rc == UNCHECKED) {
		str_addf(out, "COULD NOT CHECK: %s\n", shown);
		result = VERIFY_UNCHECKED;
	} else {
		str_addf(out, "FAILED: %s\nNOT VERIFIED\n", shown);
		result = VERIFY_CONTRADICTION;
	}
	for (int f = 0; f < N_BUNDLE_FILES; f++)
		str_clear(&v.file[f]);
	str_clear(&v.withheld);
	str_clear(&v.closed);
	free(v.annex);
	return result;
}

int verify_read_head(const char *text, uint64_t *number, const char **digits, struct err *e)
{
	const char *colon = strchr(text, ':');
	size_t n = colon ? strlen(colon + 1) : 0;

	if (!colon || checkpoint_read_number(number, text, (size_t)(colon - text)) != 0 || *number == 0 || n < HEAD_DIGITS ||
	    n > 2 * AUDIT_HASH || strspn(colon + 1, "0123456789abcdef") != n)
		return err_set(e, ERR_USAGE, "--head is N:HEX with 12 to 64 digits, as the invoice shows it");
	*digits = colon + 1;
	return 0;
}
