/*
 * check_pages: which pages of the file the rows lie on, part of check.c.
 *
 * LMDB writes a changed page elsewhere and keeps the old one as free, so a flipped bit in a page that points to others
 * can lead to a whole, well-ordered page of yesterday, whose rows have good sums.  And a free list that names a page in
 * use is told by nothing until the next commit writes over it.  So each page that rows are met on must be where its own
 * number says, be met once, be one of as many as LMDB counts, and not be free.
 */
#include "db/check_walk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/check.h"
#include "db/page.h"

enum { MET = 1, FREE = 2 };

struct pages {
	struct check *c;
	size_t size; /* of a page */
	uint64_t last;
	uint8_t *seen;
	const uint8_t *base; /* where page 0 lies; NULL before the first page was met */
	int is_told;
};

static void tell(struct pages *p, const char *where, const char *what)
{
	if (!p->is_told)
		check_problem(p->c, "%s: %s", where, what);
	p->is_told = 1;
}

/* Its number by its own word, or 0 (which is no page of rows) when it is told. */
static uint64_t number_of(struct pages *p, const uint8_t *page, const char *where)
{
	size_t number;

	memcpy(&number, page, sizeof number);
	if (number < 2 || number > p->last || (p->base && page - number * p->size != p->base)) {
		tell(p, where, "a page is not the one that its number says");
		return 0;
	}
	p->base = page - number * p->size;
	return number;
}

static int meet(struct pages *p, const uint8_t *page, size_t n, const char *where)
{
	uint64_t number = number_of(p, page, where);

	if (number == 0 || n > p->last + 1 - number)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (p->seen[number + i]) {
			tell(p, where, "a page belongs to two places");
			return -1;
		} else {
			p->seen[number + i] = MET;
		}
	return 0;
}

/* A value beside its key, or on pages of its own. */
static int meet_value(struct pages *p, const MDB_val *value, const uint8_t *page, const char *where)
{
	const uint8_t *own = page_of(value->mv_data, p->size);
	size_t n = page_count_for(value->mv_size, p->size);

	if (own == page)
		return 0;
	if ((const uint8_t *)value->mv_data != own + PAGE_HEAD) {
		tell(p, where, "a row lies on two pages");
		return -1;
	}
	if (page_count(own) != n) {
		tell(p, where, "the pages of a value are not as many as they say");
		return -1;
	}
	return meet(p, own, n, where);
}

static void walk(struct pages *p, MDB_dbi dbi, const char *where)
{
	const uint8_t *page = NULL;
	size_t leaves = 0, n = 0;
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_stat st;

	if (mdb_stat(p->c->txn->txn, dbi, &st) != 0 || mdb_cursor_open(p->c->txn->txn, dbi, &cursor) != 0)
		return;
	while (n++ <= st.ms_entries && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		if (page_of(key.mv_data, p->size) != page) {
			page = page_of(key.mv_data, p->size);
			leaves++;
			if (meet(p, page, 1, where) != 0)
				break;
		}
		if (meet_value(p, &value, page, where) != 0)
			break;
	}
	mdb_cursor_close(cursor);
	if (!p->is_told && leaves != st.ms_leaf_pages)
		tell(p, where, "its rows lie on other pages than LMDB counts");
}

/* --- pages that only lead to others ----------------------------------------------------------------------- */

/* What LMDB 0.9 keeps of a database, in its row of the table of databases. */
struct tree {
	uint32_t pad;
	uint16_t flags, depth;
	size_t branches, leaves, overflows, entries, root;
};

/* A row of a page that leads to others. */
struct branch_row {
	uint16_t low, high, top, key_size;
};

enum { DEPTH_MAX = 32 };

/* Rows are packed at the end of a page. */
static size_t lowest_row(const uint8_t *page, size_t n)
{
	uint16_t at, lowest = UINT16_MAX;

	for (size_t i = 0; i < n; i++) {
		memcpy(&at, page + PAGE_HEAD + 2 * i, sizeof at);
		lowest = at < lowest ? at : lowest;
	}
	return lowest;
}

/* Copying from the old place to the new one goes by the number in the page, so one that is wrong does harm at the next
 * commit.  Below the last branch lie the leaves, which walk() has met. */
static void descend(struct pages *p, size_t number, int depth, const char *where)
{
	const uint8_t *page = p->base + number * p->size;
	struct page_head head;
	size_t n;

	if (number < 2 || number > p->last) {
		tell(p, where, "it leads to a page that is none");
		return;
	}
	memcpy(&head, page, sizeof head);
	if (head.number != number || head.flags != (depth > 1 ? PAGE_IS_BRANCH : PAGE_IS_LEAF)) {
		tell(p, where, "a page is not the one that it is reached as");
		return;
	}
	n = head.lower < PAGE_HEAD || head.lower > head.upper ? 0 : (head.lower - PAGE_HEAD) / 2u;
	if (n == 0 || lowest_row(page, n) != head.upper) {
		tell(p, where, "a page has its rows elsewhere than it says");
		return;
	}
	if (depth == 1 || meet(p, page, 1, where) != 0)
		return;
	for (size_t i = 0; i < n && !p->is_told; i++) {
		struct branch_row row;
		uint16_t at;

		memcpy(&at, page + PAGE_HEAD + 2 * i, sizeof at);
		if (at + sizeof row > p->size) {
			tell(p, where, "a row lies outside its page");
			return;
		}
		memcpy(&row, page + at, sizeof row);
		descend(p, row.low | (size_t)row.high << 16 | (size_t)row.top << 32, depth - 1, where);
	}
}

static void walk_branches(struct pages *p, MDB_dbi names, const char *name)
{
	MDB_val key = {strlen(name), (void *)name}, value;
	struct tree tree;

	if (!p->base || mdb_get(p->c->txn->txn, names, &key, &value) != 0 || value.mv_size != sizeof tree)
		return;
	memcpy(&tree, value.mv_data, sizeof tree);
	if (tree.depth > 0 && tree.depth < DEPTH_MAX)
		descend(p, tree.root, tree.depth, name);
}

/* LMDB keeps the free pages in its database 0: a count of pages in front of each list. */
static void walk_free(struct pages *p, uint64_t *n_free)
{
	static const char where[] = "the free pages";
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t lists = 0;

	*n_free = 0;
	if (mdb_cursor_open(p->c->txn->txn, 0, &cursor) != 0)
		return;
	while (lists++ <= p->last && !p->is_told && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		const size_t *word = value.mv_data;
		size_t n = value.mv_size >= sizeof *word ? word[0] : 0;

		if (n == 0 || n >= value.mv_size / sizeof *word)
			tell(p, where, "a list has another length than it says");
		for (size_t i = 1; i <= n && !p->is_told; i++) {
			if (word[i] < 2 || word[i] > p->last)
				tell(p, where, "one of them is none");
			else if (p->seen[word[i]] == MET)
				tell(p, where, "one of them is in use");
			else if (p->seen[word[i]] == FREE)
				tell(p, where, "one of them is named twice");
			else
				p->seen[word[i]] = FREE;
		}
		*n_free += n;
	}
	mdb_cursor_close(cursor);
}

void check_pages(struct check *c)
{
	struct pages p = {.c = c};
	const struct db *db = c->txn->db;
	uint64_t n_free;
	MDB_envinfo info;
	MDB_dbi names;
	MDB_stat st;
	struct stat file;
	mdb_filehandle_t fd;

	if (mdb_env_stat(db->env, &st) != 0 || mdb_env_info(db->env, &info) != 0 || mdb_env_get_fd(db->env, &fd) != 0 ||
	    fstat(fd, &file) != 0)
		return;
	c->report->bytes = (uint64_t)file.st_size;
	p.size = st.ms_psize;
	p.last = info.me_last_pgno;
	/* Where pages are larger than the machine's, they do not begin where their size says. */
	if (p.size != (size_t)sysconf(_SC_PAGESIZE))
		return;
	p.seen = mem_array(NULL, p.last + 1, 1);
	memset(p.seen, 0, p.last + 1);
	for (unsigned d = 0; d < N_STORES; d++)
		walk(&p, db->dbi[d], store_name(d));
	if (mdb_dbi_open(c->txn->txn, NULL, 0, &names) == 0) {
		walk(&p, names, "the table of databases");
		for (unsigned d = 0; d < N_STORES && !p.is_told; d++)
			walk_branches(&p, names, store_name(d));
	}
	walk(&p, 0, "the list of free pages");
	walk_free(&p, &n_free);
	c->report->free_bytes = n_free * p.size;
	free(p.seen);
}
