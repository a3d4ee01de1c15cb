/*
 * check_proof: proofs of membership and of growth, for every pair of sizes up to 40, against the roots that the tree
 * itself gives; what is not true is never shown by them; and the shared vectors byte for byte.
 */
#include "audit/proof.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "audit/vectors.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/str.h"
#include "support/suite.h"

enum { LEAVES = 40, NODES = 256 };

static uint8_t node[NODES][AUDIT_HASH], leaf[LEAVES][AUDIT_HASH];
static int fail_get;

static int get(void *ctx, uint64_t key, uint8_t hash[AUDIT_HASH])
{
	(void)ctx;
	if (key >= NODES || fail_get)
		return -1;
	memcpy(hash, node[key], AUDIT_HASH);
	return 0;
}

static int put(void *ctx, uint64_t key, const uint8_t hash[AUDIT_HASH])
{
	(void)ctx;
	if (key >= NODES)
		return -1;
	memcpy(node[key], hash, AUDIT_HASH);
	return 0;
}

static const struct tree_store store = {get, put, NULL};

static void grow(void)
{
	fail_get = 0;
	for (unsigned i = 0; i < LEAVES; i++) {
		char text[16];

		audit_leaf(leaf[i], text, (size_t)snprintf(text, sizeof text, "leaf %u", i));
		ck_assert_int_eq(tree_append(&store, i, leaf[i]), 0);
	}
}

START_TEST(every_leaf_of_every_size_is_shown)
{
	uint8_t root[AUDIT_HASH];
	struct proof p;

	grow();
	for (uint64_t size = 1; size <= LEAVES; size++) {
		ck_assert_int_eq(tree_root(&store, size, root), 0);
		for (uint64_t i = 0; i < size; i++) {
			ck_assert_int_eq(proof_inclusion(&store, i, size, &p), 0);
			ck_assert_int_eq(proof_shows_inclusion(&p, leaf[i], i, size, root), 1);
			ck_assert_int_eq(proof_shows_inclusion(&p, leaf[(i + 1) % LEAVES], i, size, root), 0);
			/* The same hashes do not show it at another place, nor when one is missing or to spare. */
			for (uint64_t k = 0; k < size + 1; k++)
				ck_assert_int_eq(proof_shows_inclusion(&p, leaf[i], k, size, root), k == i);
			p.n++;
			ck_assert_int_eq(proof_shows_inclusion(&p, leaf[i], i, size, root), 0);
			p.n -= 2;
			if (size > 1)
				ck_assert_int_eq(proof_shows_inclusion(&p, leaf[i], i, size, root), 0);
		}
		ck_assert_int_eq(proof_inclusion(&store, size, size, &p), -1);
	}
}
END_TEST

START_TEST(every_growth_is_shown)
{
	uint8_t root[AUDIT_HASH], old_root[AUDIT_HASH], wrong[AUDIT_HASH] = {0};
	struct proof p;

	grow();
	for (uint64_t size = 2; size <= LEAVES; size++) {
		ck_assert_int_eq(tree_root(&store, size, root), 0);
		for (uint64_t old = 1; old < size; old++) {
			ck_assert_int_eq(tree_root(&store, old, old_root), 0);
			ck_assert_int_eq(proof_consistency(&store, old, size, &p), 0);
			ck_assert_int_eq(proof_shows_consistency(&p, old, old_root, size, root), 1);
			ck_assert_int_eq(proof_shows_consistency(&p, old, wrong, size, root), 0);
			ck_assert_int_eq(proof_shows_consistency(&p, old, old_root, size, wrong), 0);
			for (size_t i = 0; i < p.n; i++) {
				p.hash[i][7] ^= 1;
				ck_assert_int_eq(proof_shows_consistency(&p, old, old_root, size, root), 0);
				p.hash[i][7] ^= 1;
			}
			p.n++;
			ck_assert_int_eq(proof_shows_consistency(&p, old, old_root, size, root), 0);
		}
		ck_assert_int_eq(proof_consistency(&store, size, size, &p), 0);
		ck_assert_uint_eq(p.n, 0);
		ck_assert_int_eq(proof_consistency(&store, size + 1, size, &p), -1);
	}
}
END_TEST

START_TEST(a_failing_store_is_passed_on)
{
	struct proof p;

	grow();
	fail_get = 1;
	ck_assert_int_eq(proof_inclusion(&store, 3, LEAVES, &p), -1);
	ck_assert_int_eq(proof_consistency(&store, 3, LEAVES, &p), -1);
}
END_TEST

/* The whole text of a file; freed by the caller. */
static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 16);

	ck_assert_msg(f != NULL, "cannot open '%s'", path);
	ck_assert_uint_gt(fread(text, 1, (1 << 16) - 1, f), 0);
	fclose(f);
	return text;
}

static void grow_shared(void)
{
	char path[VECTORS_PATH], *line = NULL;
	FILE *f = fopen(vectors_shared(path, "log-records.jsonl"), "r");
	uint64_t size = 0;
	size_t len;

	fail_get = 0;
	ck_assert_ptr_nonnull(f);
	while (vectors_line(f, &line, &len)) {
		audit_leaf(leaf[size], line, len);
		ck_assert_int_eq(tree_append(&store, size, leaf[size]), 0);
		size++;
	}
	ck_assert_uint_eq(size, 19);
	free(line);
	fclose(f);
}

static void add_proof(struct str *out, const struct proof *p)
{
	for (size_t i = 0; i < p->n; i++) {
		base64_add(out, p->hash[i], AUDIT_HASH);
		str_add_char(out, '\n');
	}
}

START_TEST(shared_proofs)
{
	char path[VECTORS_PATH], *want;
	struct str out = {0};
	struct proof p;

	grow_shared();
	for (uint64_t i = 0; i < 19; i++) {
		str_addf(&out, "index %" PRIu64 "\n", i);
		ck_assert_int_eq(proof_inclusion(&store, i, 19, &p), 0);
		add_proof(&out, &p);
		str_add_char(&out, '\n');
	}
	want = read_whole(vectors_shared(path, "proofs-all-19.txt"));
	ck_assert_str_eq(str_text(&out), want);
	free(want);
	str_truncate(&out, 0);
	str_add(&out, "consistency 3 6\n");
	ck_assert_int_eq(proof_consistency(&store, 3, 6, &p), 0);
	add_proof(&out, &p);
	want = read_whole(vectors_shared(path, "consistency-3-6.txt"));
	ck_assert_str_eq(str_text(&out), want);
	free(want);
	str_truncate(&out, 0);
	str_add(&out, "consistency 6 19\n");
	ck_assert_int_eq(proof_consistency(&store, 6, 19, &p), 0);
	add_proof(&out, &p);
	want = read_whole(vectors_shared(path, "bundle/consistency.txt"));
	ck_assert_str_eq(str_text(&out), want);
	free(want);
	str_clear(&out);
}
END_TEST

START_TEST(shared_checkpoints)
{
	static const struct {
		const char *file;
		uint64_t size;
	} point[] = {{"checkpoint-3.txt", 3}, {"checkpoint-6.txt", 6}, {"checkpoint-19.txt", 19}};
	struct note_signer signer;
	uint8_t seed[NOTE_SEED];
	char path[VECTORS_PATH];
	struct err e;

	grow_shared();
	for (unsigned i = 0; i < NOTE_SEED; i++)
		seed[i] = (uint8_t)i;
	note_signer_from_seed(&signer, "relay.isp.example/audit", seed);
	for (size_t i = 0; i < 3; i++) {
		char *want = read_whole(vectors_shared(path, point[i].file));
		struct checkpoint c = {.size = point[i].size}, back;
		struct str out = {0};

		ck_assert_int_eq(tree_root(&store, c.size, c.root), 0);
		checkpoint_add_signed(&out, &c, &signer);
		ck_assert_str_eq(str_text(&out), want);
		ck_assert_int_eq(checkpoint_read(&back, want, strlen(want), &signer.verifier, "it", &e), 0);
		ck_assert_uint_eq(back.size, c.size);
		ck_assert_mem_eq(back.root, c.root, AUDIT_HASH);
		str_clear(&out);
		free(want);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proof");
	TCase *t = tcase_create("proof");
	char path[VECTORS_PATH];

	tcase_add_test(t, every_leaf_of_every_size_is_shown);
	tcase_add_test(t, every_growth_is_shown);
	tcase_add_test(t, a_failing_store_is_passed_on);
	if (vectors_shared(path, "proofs-all-19.txt")) {
		tcase_add_test(t, shared_proofs);
		tcase_add_test(t, shared_checkpoints);
	} else {
		vectors_not_run("check_proof");
	}
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
