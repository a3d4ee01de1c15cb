/*
 * parts: what the tests of a fleet are made of: its servers, its relays, and the mxward that
 * publishes to them.
 *
 * Everything fails the test that calls it rather than give an error back.
 */
#ifndef FLEET_PARTS_H
#define FLEET_PARTS_H

#include <check.h>
#include <stdint.h>

enum { FLEET_RELAYS = 4 };

extern const char *const fleet_relay[FLEET_RELAYS]; /* the first two ask the directory, the
						       others the database */
extern const char *fleet_live;			    /* the directory that fleet.sh made */
extern char fleet_tls[1100];			    /* certificates */
extern char fleet_directory_cf[1200], fleet_database_cf[1200];

/* A command, its exit status, and words that it says on either stream (NULL: any). */
void fleet_shell(int status, const char *words, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void fleet_ctl(const char *words); /* fleet.sh's own: start, stop, kill, pause a part */
void fleet_sql(const char *words, const char *statement);
void fleet_ldif(const char *tool, const char *text);
int fleet_is_at(const char *server,
		const char *name); /* whether a directory has the entry of a name */

/* Waits until every relay gives code for a recipient that it has not seen; when the last one
 * did. */
int64_t fleet_all_answer(int code, const char *domain);
void fleet_answers(int relay, int code, const char *domain); /* now */

void fleet_write_directory(const char *more);
void fleet_write_database(const char *host, const char *more);
void fleet_ran(int status, const char *words, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void fleet_set_up(void);
void fleet_tear_down(void);

/* The tests of the other files. */
void fleet_add_wrong(TCase *c); /* fleet_wrong.c: what is wrong at one target */
void fleet_add_many(
	TCase *c); /* fleet_many.c: many entries, and a publisher that is killed among them */

#endif
