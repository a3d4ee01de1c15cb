#include "ui/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "cmd/capture.h"
#include "cmd/command.h"
#include "ops/rows.h"
#include "ops/ward.h"

enum { SHOWN = 200 };

static const char *format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && strcmp(dot, ".csv") == 0)
		return "csv";
	return dot && strcmp(dot, ".jsonl") == 0 ? "jsonl" : "names";
}

/* `list` of these names: the words of a limit mean something else on a command line, and would lose the order. */
static int write_list(struct ward *w, const struct rows *rows, const char *format, FILE *f, struct err *e)
{
	size_t n = rows_count(rows);
	char **word = mem_array(NULL, n + 3, sizeof *word), option[40], end[] = "--";
	struct captured r;
	struct call call;
	int rc;

	snprintf(option, sizeof option, "--format=%s", format);
	word[0] = option;
	word[1] = end;
	for (size_t i = 0; i < n; i++) {
		struct row row;

		rows_get(rows, i, &row);
		word[i + 2] = (char *)row.name;
	}
	rc = call_read(&call, &commands[COMMAND_list], (int)n + 2, word, e);
	if (rc == 0) {
		call.ward = w;
		call.operands_are_names = 1;
		capture_run(&r, &call, f);
		if (r.status != 0)
			rc = err_set(e, ERR_DATA, "%.*s", (int)strcspn(str_text(&r.talk), "\n"), str_text(&r.talk));
		capture_clear(&r);
	}
	free(word);
	return rc;
}

int save_rows(struct ward *w, const struct rows *rows, const char *path, struct err *e)
{
	char shown[SHOWN];
	FILE *f;
	int fd, rc, failed;

	if (w->config.restricted)
		return err_set(e, ERR_PERM, "restricted = yes is set: no file is written from here");
	if (!*path)
		return err_set(e, ERR_USAGE, "a list is saved to a file; name one");
	if (rows_count(rows) == 0)
		return err_set(e, ERR_NOINPUT, "no entry is shown, so there is nothing to save");
	escape(shown, sizeof shown, path, strlen(path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_CANTCREAT, "'%s' is there already and stays as it is; name another file", shown);
	if (fd < 0)
		return err_errno(e, errno, "cannot make '%s'", shown);
	f = fdopen(fd, "w");
	if (!f) {
		rc = err_errno(e, errno, "cannot write '%s'", shown);
		close(fd);
	} else {
		rc = write_list(w, rows, format_of(path), f, e);
		failed = ferror(f);
		if (fclose(f) != 0 && rc == 0)
			rc = err_errno(e, errno, "cannot write '%s'", shown);
		else if (failed && rc == 0) /* errno is not of it any more */
			rc = err_set(e, ERR_IO, "cannot write '%s': not all of it arrived", shown);
	}
	if (rc != 0)
		unlink(path); /* half a list is worse than none */
	return rc;
}
