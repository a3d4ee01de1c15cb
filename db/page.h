/*
 * page: how LMDB lays out a page, for what asks whether a row lies where it should; not for other rooms.
 *
 * From LMDB 0.9's mdb.c (struct MDB_page, MDB_node): a page opens with its head; a row lies in the page of its key, or,
 * when it is too long for that, right behind the head of a page of its own, which others continue.  In a read
 * transaction pages lie in the map and begin at multiples of their size; in a write transaction changed ones lie
 * wherever malloc() put them.
 */
#ifndef DB_PAGE_H
#define DB_PAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PAGE_HEAD = 16 };

enum { PAGE_IS_BRANCH = 0x01, PAGE_IS_LEAF = 0x02, PAGE_IS_VALUE = 0x04 };

struct page_head {
	size_t number;
	uint16_t pad, flags, lower, upper; /* of a value's own page, lower and upper are how many pages it takes */
};

/* Within a read transaction. */
static inline const uint8_t *page_of(const void *at, size_t size)
{
	return (const uint8_t *)at - (uintptr_t)at % size;
}

/* How many pages belong to the value that begins behind this head; 0 when it is no such head. */
static inline size_t page_count(const void *page)
{
	struct page_head head;

	memcpy(&head, page, sizeof head);
	return head.flags == PAGE_IS_VALUE ? head.lower | (size_t)head.upper << 16 : 0;
}

static inline size_t page_count_for(size_t value_len, size_t size)
{
	return (PAGE_HEAD + value_len + size - 1) / size;
}

#endif
