/*
 * targets: what reads bytes of strangers, one function for each, for libFuzzer and for the replay of its corpus.
 *
 * A target takes any bytes at all, checks what must hold of whatever comes out, and aborts where it does not.  It
 * keeps nothing, writes nothing but to memory (some to a temporary directory of their own, of which nothing is left), and
 * opens no file that its input names.
 */
#ifndef FUZZ_TARGETS_H
#define FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

void fuzz_message(const uint8_t *bytes, size_t len); /* an answer from the network, as the worker reads it */
void fuzz_frame(const uint8_t *bytes, size_t len);   /* what the worker tells its parent, and the other way round */
void fuzz_config(const uint8_t *bytes, size_t len);  /* mxward.conf */
void fuzz_limit(const uint8_t *bytes, size_t len);   /* the limit language */
void fuzz_name(const uint8_t *bytes, size_t len);    /* names, their keys and their U-labels */
void fuzz_tables(const uint8_t *bytes, size_t len);  /* relay tables as text; the first byte picks the format */
void fuzz_maillog(const uint8_t *bytes, size_t len); /* mail logs, plain or gzip */
void fuzz_stored(const uint8_t *bytes, size_t len);  /* entries and observations as they are stored */
void fuzz_key(const uint8_t *bytes, size_t len);     /* what a terminal sends */
void fuzz_command(const uint8_t *bytes, size_t len); /* the words of a command line */
void fuzz_zone(const uint8_t *bytes, size_t len);    /* master files, and what postconf prints */
void fuzz_audit(const uint8_t *bytes, size_t len);   /* records, notes and files of bundles; the first byte picks */

void fuzz_queue(const uint8_t *bytes, size_t len);   /* what postqueue -j prints */
void fuzz_rows(const uint8_t *bytes, size_t len);    /* rows of every database of the store, and all that reads it */
void fuzz_sink(const uint8_t *bytes, size_t len);    /* not a way in but the ways out, for any text */
void fuzz_target(const uint8_t *bytes, size_t len);  /* the file of a publish target; the first byte picks the engine */
void fuzz_postfix(const uint8_t *bytes, size_t len); /* a Postfix table, damaged, and what the child says that reads it */
void fuzz_remote(const uint8_t *bytes, size_t len);  /* what the child says that speaks with a publish target's server */
void fuzz_gate(const uint8_t *bytes, size_t len);    /* the record of who holds the lock of the database */
void fuzz_state(const uint8_t *bytes, size_t len);   /* the console's own files: staged names, widths of columns */

/* Aborts and says where. */
#define FUZZ_ASSERT(what) ((what) ? (void)0 : fuzz_failed(#what, __FILE__, __LINE__))
void fuzz_failed(const char *what, const char *file, int line) __attribute__((noreturn));

/* A descriptor of a file in memory with these bytes, read from its beginning. */
int fuzz_file(const uint8_t *bytes, size_t len);

#endif
