/*
 * run: programs under test: started, fed, read to their end; and a DNS world for them to ask.
 *
 * MXWARD_BINARY, WORLDD and SOURCE (the checkout) come from the environment, as `make check` sets them, and default
 * to build/mxward, build/worldd and the current directory.
 */
#ifndef SUPPORT_RUN_H
#define SUPPORT_RUN_H

#include <stddef.h>
#include <sys/types.h>

struct run_result {
	int status; /* exit status, or 128 + signal */
	char *out, *err;
};

const char *run_mxward(void);
const char *run_worldd(void);
const char *run_source(const char *path); /* path below the checkout; static, overwritten by the fourth call after */

/* argv[0] is the program.  input may be NULL.  The result is freed by run_clear(). */
void run_program(struct run_result *r, const char *const *argv, const char *input);

/* mxward -c CONFIG with the words of a line, split at blanks; '...' keeps blanks. */
void run_line(struct run_result *r, const char *config, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void run_line_fed(struct run_result *r, const char *config, const char *input, const char *line);
void run_clear(struct run_result *r);

/* The same, and fails the test unless it ends with that status and says the words, on whichever stream. */
void run_expect(const char *config, int status, const char *words, const char *line);

/* A directory of its own for a test, removed with all that is in it. */
char *run_make_dir(void);
void run_remove_dir(char *dir);
void run_write_file(const char *path, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t run_count_lines(const char *text);
int run_count_files(const char *dir); /* all that is in it, folders counted as one */

/* The configuration of one relay, backup.isp.example, with a database in DIR/db and a DNS world at a port, whose
 * deletions need no waiting; more goes behind it. */
void run_write_config(const char *path, const char *dir, int port, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Programs that stand before those of the machine: their directory (DIR/bin) comes first on the PATH, and each is a
 * script for /bin/sh. */
void run_stand_in_begin(const char *dir);
void run_stand_in(const char *dir, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

struct run_world {
	pid_t pid;
	int port;
	char ready[1200]; /* the file that says so */
};

/* Starts worldd on zones (a directory or a file) below dir; misbehave may be NULL.  Aborts the test when it does not
 * come up. */
void run_world_start(struct run_world *w, const char *dir, const char *zones, const char *misbehave);
/* The same at another loopback address and a port, 0 for any. */
void run_world_start_at(struct run_world *w, const char *address, int port, const char *dir, const char *zones,
			const char *misbehave);
/* It reads its files again; returns once what it answers comes from them.  It keeps its port, which somebody else might
 * get between an end and a start. */
void run_world_read_again(struct run_world *w);
void run_world_log(const char *path); /* those started from here on write a line per query there */
void run_world_stop(struct run_world *w);

#endif
