/*
 * line_reader: physical lines of a text file, of bounded length, from a file descriptor.
 *
 * Reads in large blocks and hands out pointers into them, so a million lines cost no copy.
 * A line is cut before its LF or CR LF and ends in a NUL; what a NUL inside means is the
 * caller's to say, hence the length.
 */
#ifndef MTA_LINE_READER_H
#define MTA_LINE_READER_H

#include <stddef.h>

struct err;

enum { LINE_READER_MAX = 4096, LINE_READER_BLOCK = 128 * 1024 };

struct line_reader {
	int fd;
	const char *path; /* for messages */
	long number;	  /* of the line handed out last, from 1 */
	char *buffer;	  /* LINE_READER_BLOCK bytes and one for a NUL */
	size_t at, end;
	int eof;
	char held[LINE_READER_MAX + 1]; /* the beginning of a line too long for one piece */
};

/* A UTF-8 byte order mark at the beginning is skipped. */
int line_reader_begin(struct line_reader *l, int fd, const char *path, struct err *e);
void line_reader_clear(struct line_reader *l);

/* The beginning of the file, up to LINE_READER_BLOCK bytes; before the first line. */
const char *line_reader_look(const struct line_reader *l, size_t *n);

/* 1 with a line that lives until the next call of line_reader_next() or line_reader_peek(), 0 at the end,
 * -1.  Of a line over LINE_READER_MAX bytes the first LINE_READER_MAX are handed out and *is_long is 1. */
int line_reader_next(struct line_reader *l, char **line, size_t *len, int *is_long, struct err *e);

/* The byte the next line begins with ('\n' for an empty one), -1 at the end; an error shows as
 * an end here and is said by line_reader_next(). */
int line_reader_peek(struct line_reader *l);

#endif
