/*
 * vectors: reading the files of test vectors, our own and the shared ones.
 *
 * Our own lie beside this file.  The shared ones belong to the format's description and are
 * looked for in $MXWARD_SHARED/audit/vectors, else in ../shared/audit/vectors; a test that
 * needs them and does not find them says so and does not count as run.
 */
#ifndef TESTS_AUDIT_VECTORS_H
#define TESTS_AUDIT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VECTORS_PATH = 512 };

static inline const char *vectors_own(char path[VECTORS_PATH], const char *file)
{
	const char *slash = strrchr(__FILE__, '/');

	snprintf(path, VECTORS_PATH, "%.*s/vectors/%s", slash ? (int)(slash - __FILE__) : 1,
		 slash ? __FILE__ : ".", file);
	return path;
}

/* NULL when there are none. */
static inline const char *vectors_shared(char path[VECTORS_PATH], const char *file)
{
	const char *shared = getenv("MXWARD_SHARED");

	snprintf(path, VECTORS_PATH, "%s/audit/vectors/%s", shared ? shared : "../shared",
		 file);
	return access(path, R_OK) == 0 ? path : NULL;
}

/* The next line without its LF, in a buffer the caller frees at the end; 0 at the end of file.
 */
static inline int vectors_line(FILE *f, char **line, size_t *len)
{
	size_t room = 0;
	ssize_t n;

	free(*line);
	*line = NULL;
	n = getline(line, &room, f);
	if (n <= 0)
		return 0;
	if ((*line)[n - 1] == '\n')
		(*line)[--n] = '\0';
	*len = (size_t)n;
	return 1;
}

static inline void vectors_not_run(const char *program)
{
	fprintf(stderr,
		"%s: shared vectors: not run, neither $MXWARD_SHARED nor ../shared has them\n",
		program);
}

#endif
