#include "mta/line_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* Moves what is left to the front and reads once more behind it; at most a line is left. */
static int fill(struct line_reader *l, struct err *e)
{
	ssize_t n;

	memmove(l->buffer, l->buffer + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	do
		n = read(l->fd, l->buffer + l->end, LINE_READER_BLOCK - l->end);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EISDIR)
		return err_set(e, ERR_NOINPUT, "'%s' is a directory; name a file in it",
			       l->path);
	if (n < 0)
		return err_errno(e, errno, "cannot read '%s'", l->path);
	if (n == 0)
		l->eof = 1;
	l->end += (size_t)n;
	return 0;
}

int line_reader_begin(struct line_reader *l, int fd, const char *path, struct err *e)
{
	*l = (struct line_reader){.fd = fd, .path = path, .buffer = mem_alloc(LINE_READER_BLOCK + 1)};
	/* Whoever guesses the format wants more than a pipe's first piece. */
	while (!l->eof && l->end < LINE_READER_MAX)
		if (fill(l, e)) {
			line_reader_clear(l);
			return -1;
		}
	if (l->end >= 3 && memcmp(l->buffer, "\xef\xbb\xbf", 3) == 0)
		l->at = 3;
	return 0;
}

void line_reader_clear(struct line_reader *l)
{
	free(l->buffer);
	*l = (struct line_reader){.fd = -1};
}

const char *line_reader_look(const struct line_reader *l, size_t *n)
{
	*n = l->end - l->at;
	return l->buffer + l->at;
}

/* Drops bytes up to and with the next LF. */
static int skip_rest(struct line_reader *l, struct err *e)
{
	for (;;) {
		char *lf = memchr(l->buffer + l->at, '\n', l->end - l->at);

		if (lf) {
			l->at = (size_t)(lf - l->buffer) + 1;
			return 0;
		}
		l->at = l->end;
		if (l->eof)
			return 0;
		if (fill(l, e))
			return -1;
	}
}

/* The line [start, end) of the buffer, which may end in a CR. */
static void hand_out(struct line_reader *l, char *start, char *end, char **line, size_t *len)
{
	if (end > start && end[-1] == '\r')
		end--;
	*end = '\0';
	*line = start;
	*len = (size_t)(end - start);
	l->number++;
}

int line_reader_next(struct line_reader *l, char **line, size_t *len, int *is_long, struct err *e)
{
	*is_long = 0;
	for (;;) {
		size_t left = l->end - l->at;
		char *start = l->buffer + l->at, *lf = memchr(start, '\n', left),
		     *end = lf ? lf : start + left;

		if (lf || left > LINE_READER_MAX + 1 || l->eof) {
			if (left == 0)
				return 0;
			if ((size_t)(end - start) > LINE_READER_MAX + 1 ||
			    ((size_t)(end - start) == LINE_READER_MAX + 1 && end[-1] != '\r')) {
				*is_long = 1;
				memcpy(l->held, start, LINE_READER_MAX);
				if (skip_rest(l, e))
					return -1;
				hand_out(l, l->held, l->held + LINE_READER_MAX, line, len);
				return 1;
			}
			l->at += (size_t)(end - start) + (lf != NULL);
			hand_out(l, start, end, line, len);
			return 1;
		}
		if (fill(l, e))
			return -1;
	}
}

int line_reader_peek(struct line_reader *l)
{
	struct err e;

	while (l->at == l->end)
		if (l->eof || fill(l, &e))
			return -1;
	return (unsigned char)l->buffer[l->at];
}
