/*
 * file: small files that are whole or not there, also after a power cut; and reading one that may be hostile.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct err;
struct str;

/* Writes beside path, fsync, rename over it, fsync of the directory. */
int file_replace(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e);

/* All of bytes, fsync; path for the sentence. */
int file_write(int fd, const char *path, const void *bytes, size_t len, struct err *e);

/* Makes the entry of path in its directory last. */
int file_sync_directory_of(const char *path, struct err *e);

/* Appends a regular file of at most max bytes to out; dir_fd as for openat(2), AT_FDCWD included. */
int file_read(int dir_fd, const char *path, size_t max, struct str *out, struct err *e);

#endif
