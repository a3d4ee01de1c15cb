/*
 * check_verify: exports and what verify says of them: true ones, and every bit flipped, every line cut, files taken away,
 * added or swapped, the wrong key, an older and a forked log, and hostile bytes.
 */
#include "ops/verify.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/manifest.h"
#include "audit/vectors.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], bundle[1100], known[1100], key[256];
static struct str out;

static void run_ok(const char *line)
{
	struct run_result r;

	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0, "%s: status %d, %s", line, r.status, r.err);
	run_clear(&r);
}

static char *path_of(const char *file)
{
	static char path[2400];

	snprintf(path, sizeof path, "%s/%s", bundle, file);
	return path;
}

/* A log of two customers, a checkpoint of it, and an export of one domain with everything opened. */
static void set_up(void)
{
	struct run_result r;
	char line[3000];

	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	snprintf(bundle, sizeof bundle, "%s/bundle", dir);
	snprintf(known, sizeof known, "%s/known", dir);
	run_write_file(config, "relay-host = backup.isp.example\nrelay-address = 11.11.0.10\ndatabase = %s/db\n"
			       "audit-origin = mx.test/audit\naudit-key = %s/audit.key\nprice-per-gb = 0.35 EUR\n"
			       "billing-timezone = Europe/Berlin\n", dir, dir);
	run_ok("init");
	run_line(&r, config, "audit key");
	ck_assert_int_eq(r.status, 0);
	snprintf(key, sizeof key, "%s", r.out);
	key[strcspn(key, "\n")] = '\0';
	run_clear(&r);
	run_ok("add shop.example --customer C-1 --note 'Phoned; <b>keep</b> it'");
	run_ok("add secret-neighbour.example --customer C-2 --note 'nobody else may read this'");
	run_ok("pin shop.example --reason etrn");
	snprintf(line, sizeof line, "audit checkpoint %s", known);
	run_ok(line);
	run_ok("edit secret-neighbour.example --note 'nor this'");
	run_ok("unpin shop.example");
	snprintf(line, sizeof line, "audit export --domain shop.example --internal --ticket T-7 --known %s %s", known, bundle);
	run_ok(line);
}

static void tear_down(void)
{
	str_clear(&out);
	run_remove_dir(dir);
}

static enum verify_result judge(const char *of, const char *with_key, const char *with_known)
{
	struct verify_options o = {.key = with_key, .known = with_known};

	str_truncate(&out, 0);
	return verify_bundle(&out, of, &o);
}

static struct str read_file(const char *path)
{
	struct str text = {0};
	struct err e;

	ck_assert_msg(file_read(AT_FDCWD, path, 1 << 20, &text, &e) == 0, "%s", e.text);
	return text;
}

static void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

START_TEST(a_true_bundle_is_true)
{
	ck_assert_msg(judge(bundle, key, known) == VERIFY_TRUE, "%s", str_text(&out));
	ck_assert_ptr_nonnull(strstr(out.bytes, "\nVERIFIED\n"));
	ck_assert_int_eq(judge(bundle, NULL, known), VERIFY_UNTIED);
	unlink(path_of("statement.html"));
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_WITHHELD);
	ck_assert_ptr_nonnull(strstr(out.bytes, "withheld: statement.html\n"));
	unlink(path_of("consistency.txt"));
	ck_assert_int_eq(judge(bundle, key, NULL), VERIFY_WITHHELD);
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_UNCHECKED);
	unlink(path_of("README.txt"));
	ck_assert_int_eq(judge(bundle, key, NULL), VERIFY_UNCHECKED);
}
END_TEST

/* Of the two long texts, which only a hash protects, one bit of each byte. */
START_TEST(each_flipped_bit_is_refused)
{
	for (int f = 0; f < N_BUNDLE_FILES; f++) {
		struct str text = read_file(path_of(bundle_file_name((enum bundle_file)f)));
		unsigned step = f == BUNDLE_README || f == BUNDLE_STATEMENT ? 9 : 1;
		int fd = open(path_of(bundle_file_name((enum bundle_file)f)), O_WRONLY);

		for (size_t bit = 0; bit < 8 * text.len; bit += step) {
			char flipped = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);

			ck_assert_int_eq(pwrite(fd, &flipped, 1, (off_t)(bit / 8)), 1);
			ck_assert_msg(judge(bundle, key, known) == VERIFY_CONTRADICTION ||
					      (f == BUNDLE_CONSISTENCY && strstr(out.bytes, "COULD NOT CHECK")),
				      "%s bit %zu: %s", bundle_file_name((enum bundle_file)f), bit, str_text(&out));
			ck_assert_int_eq(pwrite(fd, text.bytes + bit / 8, 1, (off_t)(bit / 8)), 1);
		}
		close(fd);
		str_clear(&text);
	}
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_TRUE);
}
END_TEST

START_TEST(each_cut_is_refused)
{
	for (int f = 0; f < N_BUNDLE_FILES; f++) {
		char *path = path_of(bundle_file_name((enum bundle_file)f));
		struct str text = read_file(path);

		for (size_t n = 0; n < text.len; n += 1 + text.len / 97) {
			/* No annex at all is not a lie: all is withheld then, and said to be. */
			enum verify_result want = f == BUNDLE_ANNEX && (n == 0 || text.bytes[n - 1] == '\n')
							  ? VERIFY_WITHHELD
							  : VERIFY_CONTRADICTION;

			write_file(path, text.bytes, n);
			ck_assert_msg(judge(bundle, key, known) == want, "%s at %zu: %s",
				      bundle_file_name((enum bundle_file)f), n, str_text(&out));
		}
		write_file(path, text.bytes, text.len);
		str_clear(&text);
	}
}
END_TEST

/* The lines of a file without line number n. */
static void drop_line(const char *file, unsigned n)
{
	struct str text = read_file(path_of(file)), rest = {0};
	const char *at = text.bytes;

	for (unsigned i = 0; *at; i++) {
		const char *end = strchr(at, '\n') + 1;

		if (i != n)
			str_add_bytes(&rest, at, (size_t)(end - at));
		at = end;
	}
	write_file(path_of(file), str_text(&rest), rest.len);
	str_clear(&text);
	str_clear(&rest);
}

START_TEST(withheld_lines_are_listed)
{
	drop_line("annex.jsonl", 1);
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_WITHHELD);
	ck_assert_ptr_nonnull(strstr(out.bytes, "withheld: operator of record 1\n"));
	ck_assert_ptr_nonnull(strstr(out.bytes, "VERIFIED, with parts withheld\n"));
	drop_line("records.jsonl", 1);
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_CONTRADICTION);
}
END_TEST

START_TEST(foreign_files_and_keys_are_refused)
{
	struct run_result r;
	char other[sizeof config], line[2500];

	write_file(path_of("..evil\x1b[2J"), "x", 1);
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_CONTRADICTION);
	ck_assert_ptr_nonnull(strstr(out.bytes, "..evil\\\\027[2J"));
	unlink(path_of("..evil\x1b[2J"));
	snprintf(line, sizeof line, "audit-key = %s/other.key\naudit-origin = mx.test/audit\ndatabase = %s/db\n", dir, dir);
	snprintf(other, sizeof other, "%s", config);
	strcpy(other + strlen(other) - 1, "2");
	run_write_file(other, "%s", line);
	run_line(&r, other, "audit key");
	ck_assert_int_eq(r.status, 0);
	r.out[strcspn(r.out, "\n")] = '\0';
	ck_assert_int_eq(judge(bundle, r.out, known), VERIFY_CONTRADICTION);
	ck_assert_ptr_nonnull(strstr(out.bytes, "not the key that you trust"));
	/* Swapping the key too is seen by the signatures. */
	strcat(r.out, "\n");
	write_file(path_of("key.vkey"), r.out, strlen(r.out));
	ck_assert_int_eq(judge(bundle, NULL, NULL), VERIFY_CONTRADICTION);
	run_clear(&r);
}
END_TEST

/* An export that was made before cannot pass as one made now. */
START_TEST(an_older_state_is_a_rollback)
{
	char later[1200], line[2500];
	struct run_result r;

	snprintf(later, sizeof later, "%s/later", dir);
	run_ok("add another.example");
	snprintf(line, sizeof line, "audit checkpoint %s", later);
	run_ok(line);
	ck_assert_int_eq(judge(bundle, key, later), VERIFY_CONTRADICTION);
	ck_assert_ptr_nonnull(strstr(out.bytes, "ROLLBACK"));
	/* The invoice's line, as `audit anchors` printed it. */
	run_line(&r, config, "audit anchors --customer C-1");
	ck_assert_msg(strncmp(r.out, "C-1 shop.example: records 4, head ", 34) == 0, "%s", r.out);
	r.out[34 + 12] = '\0';
	snprintf(line, sizeof line, "audit verify --key %s --head 4:%s %s", key, r.out + 34, bundle);
	run_clear(&r);
	run_ok(line);
	snprintf(line, sizeof line, "audit verify --key %s --head 4:000000000000 %s", key, bundle);
	run_line(&r, config, "%s", line);
	ck_assert_int_eq(r.status, 1);
	ck_assert_ptr_nonnull(strstr(r.out, "NOT VERIFIED"));
	run_clear(&r);
}
END_TEST

START_TEST(hostile_lines_are_refused)
{
	enum { N = 100000 };
	struct str text = {0};

	for (int i = 0; i < N; i++)
		str_add_char(&text, '[');
	str_add_char(&text, '\n');
	write_file(path_of("annex.jsonl"), text.bytes, text.len);
	ck_assert_int_eq(judge(bundle, key, NULL), VERIFY_CONTRADICTION);
	str_truncate(&text, 0);
	str_add(&text, "{\"kind\":\"note\",\"reason\":\"");
	for (int i = 0; i < 1 << 20; i++)
		str_add_char(&text, 'x');
	str_add(&text, "\",\"salt\":\"00000000000000000000000000000000\",\"text\":\"\",\"ticket\":\"\"}\n");
	write_file(path_of("annex.jsonl"), text.bytes, text.len);
	ck_assert_int_eq(judge(bundle, key, NULL), VERIFY_CONTRADICTION);
	write_file(path_of("annex.jsonl"), "", 0);
	ck_assert_int_eq(judge(bundle, key, NULL), VERIFY_WITHHELD);
	str_clear(&text);
}
END_TEST

static void is_printable(void)
{
	for (size_t i = 0; i < out.len; i++)
		ck_assert_msg(out.bytes[i] == '\n' || (out.bytes[i] >= 0x20 && out.bytes[i] < 0x7f), "byte %zu of: %s", i,
			      out.bytes);
}

/* In every file: refused with a word, and nothing of it on the terminal. */
START_TEST(hostile_bytes_in_every_file)
{
	static const char *const bytes[] = {"\033[2J\033]0;x\007", ("\xe2\x80\xae" "evil"), "\xff\xfe", "=cmd|' /C calc'!A0\n", "\r\n",
					    "../../../etc/passwd\n", "\xc0\x80"};
	struct str deep = {0};

	for (int i = 0; i < 100000; i++)
		str_add_char(&deep, '[');
	for (int f = 0; f < N_BUNDLE_FILES; f++) {
		char *path = path_of(bundle_file_name((enum bundle_file)f));
		struct str text = read_file(path);

		for (size_t i = 0; i <= sizeof bytes / sizeof *bytes; i++) {
			const char *put = i < sizeof bytes / sizeof *bytes ? bytes[i] : str_text(&deep);
			struct str changed = {0};
			enum verify_result got;

			str_add_bytes(&changed, text.bytes, text.len / 2);
			str_add(&changed, put);
			str_add_bytes(&changed, text.bytes + text.len / 2, text.len - text.len / 2);
			write_file(path, changed.bytes, changed.len);
			got = judge(bundle, key, known);
			ck_assert_msg(got == VERIFY_CONTRADICTION || got == VERIFY_UNCHECKED, "%s with '%.8s': %s",
				      bundle_file_name((enum bundle_file)f), put, out.bytes);
			is_printable();
			str_clear(&changed);
		}
		write_file(path, text.bytes, text.len);
		str_clear(&text);
	}
	str_clear(&deep);
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_TRUE);
}
END_TEST

/* All files below a directory, in one string. */
static void gather(struct str *all, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d))) {
		char below[2400];
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		ck_assert_int_eq(stat(below, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			gather(all, below);
		} else {
			struct str text = read_file(below);

			str_add_bytes(all, text.bytes, text.len);
			str_clear(&text);
		}
	}
	closedir(d);
}

START_TEST(a_customer_gets_his_own_and_nothing_else)
{
	char line[2500], folder[1200];
	struct str all = {0};

	run_ok("add www.shop.example --customer C-1");
	run_ok("add C-1-lookalike.example --customer C-10");
	snprintf(folder, sizeof folder, "%s/dispute", dir);
	snprintf(line, sizeof line, "audit export --customer C-1 --from 2020-01-01 --invoice R-1 --claimed '12 EUR' %s", folder);
	run_ok(line);
	gather(&all, folder);
	ck_assert_ptr_null(strstr(all.bytes, "neighbour"));
	ck_assert_ptr_null(strstr(all.bytes, "C-2"));
	ck_assert_ptr_null(strstr(all.bytes, "C-10"));
	ck_assert_ptr_null(strstr(all.bytes, "nobody else"));
	ck_assert_ptr_null(strstr(all.bytes, "\"kind\":\"operator\""));
	ck_assert_ptr_nonnull(strstr(all.bytes, "www.shop.example"));
	str_clear(&all);
	snprintf(folder, sizeof folder, "%s/dispute/shop.example/statement.html", dir);
	all = read_file(folder);
	ck_assert_ptr_null(strstr(all.bytes, "<b>keep"));
	ck_assert_ptr_nonnull(strstr(all.bytes, "&lt;b&gt;keep"));
	ck_assert_ptr_nonnull(strstr(all.bytes, "+0")); /* the contract's time zone beside UTC */
	str_clear(&all);
	snprintf(folder, sizeof folder, "%s/dispute", dir);
	ck_assert_int_eq(judge(folder, key, NULL), VERIFY_UNCHECKED);
	ck_assert_ptr_nonnull(strstr(str_text(&out), "holds bundles and is none"));
	snprintf(folder, sizeof folder, "%s/dispute/shop.example", dir);
	ck_assert_int_eq(judge(folder, key, NULL), VERIFY_WITHHELD);
	snprintf(folder, sizeof folder, "%s/dispute/www.shop.example", dir);
	ck_assert_int_eq(judge(folder, key, NULL), VERIFY_WITHHELD);
	/* The first bundle still verifies: the log only grew. */
	ck_assert_int_eq(judge(bundle, key, known), VERIFY_TRUE);
}
END_TEST

/* The verifier that the other side gets, written apart in another language: the same words and the same status. */
static void compare_with_python(const char *with_key, const char *with_known)
{
	const char *argv[9] = {"/usr/bin/python3", run_source("share/verify.py"), bundle};
	struct verify_options o = {.key = with_key, .known = with_known};
	struct run_result r;
	int n = 3, status;

	if (with_key) {
		argv[n++] = "--key";
		argv[n++] = with_key;
	}
	if (with_known) {
		argv[n++] = "--known";
		argv[n++] = with_known;
	}
	str_truncate(&out, 0);
	status = verify_bundle(&out, bundle, &o);
	run_program(&r, argv, NULL);
	ck_assert_msg(r.status == status, "python says %d, mxward %d:\n%s%s\n%s", r.status, status, r.out, r.err,
		      str_text(&out));
	if (status != VERIFY_CONTRADICTION && status != VERIFY_UNCHECKED)
		ck_assert_str_eq(r.out, str_text(&out));
	run_clear(&r);
}

START_TEST(verify_py_agrees)
{
	unsigned at = 0;

	compare_with_python(key, known);
	compare_with_python(key, NULL);
	compare_with_python(NULL, NULL);
	for (int f = 0; f < N_BUNDLE_FILES; f++) {
		char *path = path_of(bundle_file_name((enum bundle_file)f));
		struct str text = read_file(path);

		for (int i = 0; i < 5; i++) {
			size_t bit = (at += 7919) % (8 * text.len);

			text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
			write_file(path, text.bytes, text.len);
			compare_with_python(key, known);
			text.bytes[bit / 8] = (char)(text.bytes[bit / 8] ^ 1 << bit % 8);
		}
		write_file(path, text.bytes, text.len / 2);
		compare_with_python(key, known);
		write_file(path, text.bytes, text.len);
		str_clear(&text);
	}
	drop_line("annex.jsonl", 1);
	compare_with_python(key, known);
	unlink(path_of("statement.html"));
	compare_with_python(key, known);
	unlink(path_of("consistency.txt"));
	compare_with_python(key, known);
}
END_TEST

START_TEST(shared_bundles)
{
	char path[VECTORS_PATH], point[VECTORS_PATH];
	struct verify_options o = {.head_number = 8, .head_hex = "765f7a0e87ea"};
	struct str pinned = read_file(vectors_shared(path, "pinned.vkey"));

	pinned.bytes[pinned.len - 1] = '\0';
	o.key = pinned.bytes;
	o.known = vectors_shared(point, "checkpoint-6.txt");
	vectors_shared(path, "bundle");
	str_truncate(&out, 0);
	ck_assert_int_eq(verify_bundle(&out, path, &o), VERIFY_TRUE);
	ck_assert_int_eq(judge(path, NULL, NULL), VERIFY_UNTIED);
	vectors_shared(path, "bundle-redacted");
	ck_assert_int_eq(judge(path, o.key, NULL), VERIFY_WITHHELD);
	str_clear(&pinned);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verify");
	TCase *t = tcase_create("verify");
	char path[VECTORS_PATH];

	tcase_set_timeout(t, 230);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_true_bundle_is_true);
	tcase_add_test(t, each_flipped_bit_is_refused);
	tcase_add_test(t, each_cut_is_refused);
	tcase_add_test(t, withheld_lines_are_listed);
	tcase_add_test(t, foreign_files_and_keys_are_refused);
	tcase_add_test(t, an_older_state_is_a_rollback);
	tcase_add_test(t, hostile_lines_are_refused);
	tcase_add_test(t, hostile_bytes_in_every_file);
	tcase_add_test(t, a_customer_gets_his_own_and_nothing_else);
	if (access("/usr/bin/python3", X_OK) == 0)
		tcase_add_test(t, verify_py_agrees);
	else
		fprintf(stderr, "note: share/verify.py: not run, there is no python3\n");
	if (vectors_shared(path, "bundle/manifest.txt"))
		tcase_add_test(t, shared_bundles);
	else
		vectors_not_run("check_verify");
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
