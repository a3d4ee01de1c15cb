#include "mta/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/err.h"
#include "base/mem.h"

enum { YEAR_2000 = 946684800 };

int log_file_open(struct log_file *l, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	*l = (struct log_file){.path = path};
	if (fd < 0)
		return err_errno(e, errno, "cannot open the log '%s'", path);
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_NOINPUT, "'%s' is a directory; name the log files in it", path);
	}
	/* Some archives forget the time and leave 1970. */
	l->written = st.st_mtime > YEAR_2000 ? st.st_mtime : time(NULL);
	l->gz = gzdopen(fd, "rb");
	if (!l->gz) {
		close(fd);
		return err_set(e, ERR_OS, "cannot read the log '%s': no memory for zlib", path);
	}
	gzbuffer(l->gz, LOG_BLOCK / 4);
	l->block = mem_alloc(LOG_BLOCK);
	return 0;
}

void log_file_close(struct log_file *l)
{
	if (l->gz)
		gzclose(l->gz);
	free(l->block);
	*l = (struct log_file){0};
}

/* Moves what is left to the front and reads once more behind it. */
static int fill(struct log_file *l, struct err *e)
{
	int n, code = Z_OK;

	memmove(l->block, l->block + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	n = gzread(l->gz, l->block + l->end, (unsigned)(LOG_BLOCK - l->end));
	if (n < 0 || (n == 0 && (gzerror(l->gz, &code), code != Z_OK && code != Z_STREAM_END))) {
		const char *why = gzerror(l->gz, &code);

		if (code == Z_ERRNO)
			return err_errno(e, errno, "cannot read the log '%s'", l->path);
		return err_set(e, ERR_DATA, "the log '%s' is damaged or cut short (%s); nothing was counted, give it whole "
					    "or leave it out",
			       l->path, why);
	}
	if (n == 0)
		l->eof = 1;
	l->end += (size_t)n;
	return 0;
}

/* What rotates logs may pack them in other ways; read as text they would be rubbish without a word. */
static const char *packed_with(const char *p, size_t n)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *program;
	} known[] = {{"\xfd" "7zXZ", 5, "xz"}, {"BZh", 3, "bzip2"}, {"\x28\xb5\x2f\xfd", 4, "zstd"}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (n >= known[i].n && memcmp(p, known[i].magic, known[i].n) == 0)
			return known[i].program;
	return NULL;
}

static int check_packing(const struct log_file *l, struct err *e)
{
	const char *program = packed_with(l->block, l->end);

	if (!program)
		return 0;
	return err_set(e, ERR_DATA, "the log '%s' is packed with %s, and only gzip is read; nothing was counted, give it by: "
				    "%s -dc FILE | mxward ... /dev/stdin",
		       l->path, program, program);
}

/* Passes over the rest of a line that is too long. */
static int skip_rest(struct log_file *l, struct err *e)
{
	for (;;) {
		char *lf = memchr(l->block + l->at, '\n', l->end - l->at);

		if (lf) {
			l->at = (size_t)(lf - l->block) + 1;
			return 0;
		}
		l->at = l->end;
		if (l->eof)
			return 0;
		if (fill(l, e) != 0)
			return -1;
	}
}

int log_file_next(struct log_file *l, const char **line, size_t *len, struct err *e)
{
	if (l->at > 0 && l->at <= l->end && l->cut && l->block[l->at - 1] != '\n' && skip_rest(l, e) != 0)
		return -1;
	for (;;) {
		size_t left = l->end - l->at;
		char *start = l->block + l->at, *lf = memchr(start, '\n', left);

		if (lf || left > LOG_LINE_MAX || l->eof) {
			*line = start;
			*len = lf ? (size_t)(lf - start) : left;
			if (left == 0)
				return 0;
			l->lines++;
			l->at += *len + (lf != NULL);
			if (*len > LOG_LINE_MAX) {
				l->cut++;
				*len = LOG_LINE_MAX;
			}
			return 1;
		}
		if (fill(l, e) != 0 || (l->lines == 0 && check_packing(l, e) != 0))
			return -1;
	}
}
