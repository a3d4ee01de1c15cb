/*
 * master: reads master files (RFC 1035 5) into a struct world.
 *
 * One file may hold many zones: each SOA record starts one, and the records
 * after it belong to it.  Types: SOA NS A AAAA MX CNAME DNAME PTR TXT; class IN
 * or none; TTLs may be written 2h30m; parentheses and quotes as usual.  A
 * mistake is told on stderr with file and line.
 */
#ifndef WORLD_MASTER_H
#define WORLD_MASTER_H

struct world;

/* A file, or every *.zone of a folder in alphabetical order.  0, or -1. */
int master_load(struct world *w, const char *path);

#endif
