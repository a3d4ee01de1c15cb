/*
 * big_list: a relay database of any size, as a relay of many years has one: names under several
 * top-level domains, 5,000 customers, and what a trusted scan of yesterday saw of each.
 */
#ifndef BENCH_BIG_LIST_H
#define BENCH_BIG_LIST_H

#include <stddef.h>

struct db;

/* Makes the database in dir, which must not exist, with n entries.  Ends the program when it cannot. */
void big_list_make(const char *dir, size_t n);

/* The i-th name of n, in the order in which the list shows them. */
void big_list_name(char *out, size_t size, size_t i, size_t n);

/* Writes the observations of entries from `first` on anew, as a scan does: `count` of them in one
 * transaction.  0, or -1 when the database could not be written. */
int big_list_observe(struct db *db, size_t first, size_t count, size_t n);

#endif
