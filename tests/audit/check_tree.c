/*
 * check_tree: the stored nodes and roots against RFC 6962's own definition and the vectors.
 *
 * With --write it makes our own vectors anew.
 */
#include "audit/tree.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/record.h"
#include "audit/vectors.h"
#include "support/suite.h"

enum { NODES = 4096 };

/* The nodes in order of their arrival; get looks for the key, as a database would. */
struct nodes {
	uint64_t key[NODES];
	uint8_t hash[NODES][AUDIT_HASH];
	size_t n, fail_put, fail_get; /* fail at the call with this number, from 1 */
	size_t puts, gets;
};

static int get(void *ctx, uint64_t key, uint8_t hash[AUDIT_HASH])
{
	struct nodes *t = ctx;

	if (++t->gets == t->fail_get)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		if (t->key[i] == key) {
			memcpy(hash, t->hash[i], AUDIT_HASH);
			return 0;
		}
	return -1;
}

static int put(void *ctx, uint64_t key, const uint8_t hash[AUDIT_HASH])
{
	struct nodes *t = ctx;

	if (++t->puts == t->fail_put || t->n == NODES)
		return -1;
	t->key[t->n] = key;
	memcpy(t->hash[t->n++], hash, AUDIT_HASH);
	return 0;
}

static void leaf_of_number(uint8_t leaf[AUDIT_HASH], unsigned i)
{
	char text[16];
	int n = snprintf(text, sizeof text, "leaf %u", i);

	audit_leaf(leaf, text, (size_t)n);
}

/* RFC 6962 2.1 word for word, from the leaves alone: what the fast way must agree with. */
static void slow_root(uint8_t out[AUDIT_HASH], unsigned lo, unsigned hi)
{
	uint8_t left[AUDIT_HASH], right[AUDIT_HASH];
	unsigned k = 1;

	if (hi - lo == 1) {
		leaf_of_number(out, lo);
		return;
	}
	while (2 * k < hi - lo)
		k *= 2;
	slow_root(left, lo, lo + k);
	slow_root(right, lo + k, hi);
	tree_node(out, left, right);
}

START_TEST(keys_number_the_nodes_in_order_of_their_birth)
{
	ck_assert_uint_eq(tree_key(0, 0), 0);
	ck_assert_uint_eq(tree_key(0, 1), 1);
	ck_assert_uint_eq(tree_key(1, 0), 2);
	ck_assert_uint_eq(tree_key(0, 2), 3);
	ck_assert_uint_eq(tree_key(2, 0), 6);
	ck_assert_uint_eq(tree_key(0, 16), 31);
	ck_assert_uint_eq(tree_key(4, 0), 30);
	/* A full tree of 2^53 leaves has 2^54 - 1 nodes, the topmost born last. */
	ck_assert_uint_eq(tree_key(53, 0), (UINT64_C(1) << 54) - 2);
}
END_TEST

START_TEST(root_of_nothing_is_the_hash_of_nothing)
{
	struct tree_store s = {get, put, NULL};
	uint8_t root[AUDIT_HASH];
	char hex[2 * AUDIT_HASH + 1];

	ck_assert_int_eq(tree_root(&s, 0, root), 0);
	audit_hex(hex, root);
	ck_assert_str_eq(hex,
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(node_is_no_leaf)
{
	uint8_t zero[AUDIT_HASH] = {0}, node[AUDIT_HASH], leaf[AUDIT_HASH];
	char both[2 * AUDIT_HASH] = {0};

	tree_node(node, zero, zero);
	audit_leaf(leaf, both, sizeof both);
	ck_assert_mem_ne(node, leaf, AUDIT_HASH);
}
END_TEST

START_TEST(every_size_agrees_with_the_definition)
{
	struct nodes *t = calloc(1, sizeof *t);
	struct tree_store s = {get, put, t};
	uint8_t leaf[AUDIT_HASH], fast[AUDIT_HASH], slow[AUDIT_HASH];

	for (unsigned size = 1; size <= 70; size++) {
		leaf_of_number(leaf, size - 1);
		ck_assert_int_eq(tree_append(&s, size - 1, leaf), 0);
		/* Roots of older sizes must still be found, for consistency with old
		 * checkpoints. */
		for (unsigned old = 1; old <= size; old++) {
			ck_assert_int_eq(tree_root(&s, old, fast), 0);
			slow_root(slow, 0, old);
			ck_assert_mem_eq(fast, slow, AUDIT_HASH);
		}
	}
	for (size_t i = 0; i < t->n; i++)
		ck_assert_uint_eq(t->key[i], i); /* rising without gaps, so MDB_APPEND works */
	free(t);
}
END_TEST

START_TEST(failures_of_the_store_are_passed_on)
{
	struct nodes *t = calloc(1, sizeof *t);
	struct tree_store s = {get, put, t};
	uint8_t leaf[AUDIT_HASH] = {1}, root[AUDIT_HASH];

	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(tree_append(&s, i, leaf), 0);
	t->fail_put = t->puts +
		      3; /* leaf 3 stores three nodes: itself, its parent, the root of four */
	ck_assert_int_eq(tree_append(&s, 3, leaf), -1);
	t->fail_put = 0;
	t->n = 4;
	t->fail_get = t->gets + 1;
	ck_assert_int_eq(tree_append(&s, 3, leaf), -1);
	t->fail_get = t->gets + 2;
	ck_assert_int_eq(tree_root(&s, 3, root), -1);
	t->fail_get = 0;
	ck_assert_int_eq(tree_root(&s, 3, root), 0);
	ck_assert_int_eq(tree_root(&s, 4, root), -1); /* that node was never stored */
	free(t);
}
END_TEST

/* Grows a tree from the leaves of a file of record lines. */
static struct nodes *grow(const char *records, uint64_t *size)
{
	struct nodes *t = calloc(1, sizeof *t);
	struct tree_store s = {get, put, t};
	FILE *f = fopen(records, "r");
	char *line = NULL;
	size_t len;

	if (!f)
		abort(); /* no assertion of libcheck, since --write comes here too */
	for (*size = 0; vectors_line(f, &line, &len); (*size)++) {
		uint8_t leaf[AUDIT_HASH];

		audit_leaf(leaf, line, len);
		if (tree_append(&s, *size, leaf))
			abort();
	}
	free(line);
	fclose(f);
	return t;
}

static void assert_nodes(const struct nodes *t, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL, hex[2 * AUDIT_HASH + 1], want[2 * AUDIT_HASH + 1];
	size_t len, n = 0;

	ck_assert_msg(f != NULL, "cannot open '%s'", path);
	for (; vectors_line(f, &line, &len); n++) {
		unsigned long long key, index;
		unsigned level;

		ck_assert_uint_lt(n, t->n);
		ck_assert_int_eq(sscanf(line, "%llu %u %llu %64s", &key, &level, &index, want),
				 4);
		audit_hex(hex, t->hash[n]);
		ck_assert_uint_eq(t->key[n], key);
		ck_assert_uint_eq(tree_key(level, index), key);
		ck_assert_str_eq(hex, want);
	}
	ck_assert_uint_eq(n, t->n);
	free(line);
	fclose(f);
}

static void assert_roots(struct nodes *t, uint64_t size, const char *path)
{
	struct tree_store s = {get, put, t};
	FILE *f = fopen(path, "r");
	char *line = NULL, hex[2 * AUDIT_HASH + 1], want[2 * AUDIT_HASH + 1];
	size_t len;
	uint64_t n = 0;

	ck_assert_msg(f != NULL, "cannot open '%s'", path);
	for (; vectors_line(f, &line, &len); n++) {
		uint8_t root[AUDIT_HASH];
		unsigned long long at;

		ck_assert_int_eq(sscanf(line, "%llu %64s", &at, want), 2);
		ck_assert_uint_eq(at, n);
		ck_assert_int_eq(tree_root(&s, n, root), 0);
		audit_hex(hex, root);
		ck_assert_str_eq(hex, want);
	}
	ck_assert_uint_eq(n, size + 1);
	free(line);
	fclose(f);
}

START_TEST(own_vectors)
{
	char path[VECTORS_PATH];
	uint64_t size;
	struct nodes *t = grow(vectors_own(path, "records.jsonl"), &size);

	assert_nodes(t, vectors_own(path, "nodes.txt"));
	assert_roots(t, size, vectors_own(path, "roots.txt"));
	free(t);
}
END_TEST

START_TEST(shared_vectors)
{
	char path[VECTORS_PATH];
	uint64_t size;
	struct nodes *t = grow(vectors_shared(path, "log-records.jsonl"), &size);

	ck_assert_uint_eq(size, 19);
	assert_nodes(t, vectors_shared(path, "nodes.txt"));
	assert_roots(t, size, vectors_shared(path, "roots.txt"));
	free(t);
}
END_TEST

/* `check_tree --write RECORDS NODES ROOTS` makes our own vectors anew after records.jsonl
 * changed. */
static int write_vectors(char **path)
{
	uint64_t size;
	struct nodes *t = grow(path[0], &size);
	struct tree_store s = {get, put, t};
	FILE *nodes = fopen(path[1], "w"), *roots = fopen(path[2], "w");
	char hex[2 * AUDIT_HASH + 1];
	uint8_t root[AUDIT_HASH];

	if (!nodes || !roots)
		return 1;
	for (size_t i = 0; i < t->n; i++)
		for (unsigned level = 0; level < 8; level++)
			for (uint64_t index = 0; index < size; index++)
				if (tree_key(level, index) == t->key[i]) {
					audit_hex(hex, t->hash[i]);
					fprintf(nodes, "%" PRIu64 " %u %" PRIu64 " %s\n",
						t->key[i], level, index, hex);
				}
	for (uint64_t n = 0; n <= size; n++) {
		if (tree_root(&s, n, root))
			return 1;
		audit_hex(hex, root);
		fprintf(roots, "%" PRIu64 " %s\n", n, hex);
	}
	free(t);
	return fclose(nodes) | fclose(roots);
}

int main(int argc, char **argv)
{
	Suite *suite;
	TCase *t;
	char path[VECTORS_PATH];

	if (argc == 5 && strcmp(argv[1], "--write") == 0)
		return write_vectors(argv + 2);
	suite = suite_create("tree");
	t = tcase_create("tree");
	tcase_add_test(t, keys_number_the_nodes_in_order_of_their_birth);
	tcase_add_test(t, root_of_nothing_is_the_hash_of_nothing);
	tcase_add_test(t, node_is_no_leaf);
	tcase_add_test(t, every_size_agrees_with_the_definition);
	tcase_add_test(t, failures_of_the_store_are_passed_on);
	tcase_add_test(t, own_vectors);
	if (vectors_shared(path, "nodes.txt"))
		tcase_add_test(t, shared_vectors);
	else
		vectors_not_run("check_tree");
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
