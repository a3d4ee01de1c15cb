/*
 * log_file: lines of a log, plain or gzip, of any length, with any bytes in them.
 *
 * Reads in large blocks and hands out pointers into them.  Of a line longer than LOG_LINE_MAX only the
 * beginning is handed out: no mail server writes such a line, so what is lost is rubbish.  A NUL inside
 * a line is the caller's to bear; there is none at its end.
 */
#ifndef MTA_LOG_FILE_H
#define MTA_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

struct err;

enum { LOG_LINE_MAX = 64 * 1024, LOG_BLOCK = 512 * 1024 };

struct log_file {
	const char *path; /* for messages */
	void *gz;	  /* zlib's gzFile, which reads plain files as well */
	char *block;
	size_t at, end;
	int eof;
	int64_t written; /* when the file was last written to, seconds since 1970 */
	uint64_t lines, cut; /* handed out so far, and those of them that were too long */
};

int log_file_open(struct log_file *l, const char *path, struct err *e);
void log_file_close(struct log_file *l);

/* 1 with a line that lives until the next call, 0 at the end, -1 (unreadable, damaged gzip). */
int log_file_next(struct log_file *l, const char **line, size_t *len, struct err *e);

#endif
