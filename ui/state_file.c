#include "ui/state_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/operator.h"
#include "audit/record.h"
#include "base/err.h"
#include "base/file.h"
#include "base/str.h"

enum { READ_MAX = 4096 };

/* Several people may work as one account; whom the kernel knows as another has a folder of his own in it, so that
 * nobody is offered what a colleague had staged. */
static void folder(char out[PATH_MAX], int make)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct audit_operator who;
	char person[16] = "";
	int n;

	operator_find(&who, NULL);
	if (strcmp(who.trust, "kernel") == 0)
		snprintf(person, sizeof person, "/%u", (unsigned)who.loginuid);
	if (state && *state == '/')
		n = snprintf(out, PATH_MAX, "%s/mxward%s", state, person);
	else if (home && *home == '/')
		n = snprintf(out, PATH_MAX, "%s/.local/state/mxward%s", home, person);
	else
		n = PATH_MAX;
	if (n >= PATH_MAX - 40) {
		out[0] = '\0';
		return;
	}
	for (char *p = out + 1; make && *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(out, 0700); /* the last one tells */
			*p = '/';
		}
	if (make)
		mkdir(out, 0700);
}

int state_file_path(char *out, const char *name, int make)
{
	size_t used;

	folder(out, make);
	used = strlen(out);
	if (!used)
		return -1;
	snprintf(out + used, PATH_MAX - used, "/%s", name);
	return 0;
}

int state_file_read(const char *name, struct str *text)
{
	char path[PATH_MAX], bytes[READ_MAX];
	struct stat st;
	ssize_t n;
	int fd;

	if (state_file_path(path, name, 0) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() ? read(fd, bytes, sizeof bytes) : -1;
	close(fd);
	if (n <= 0)
		return -1;
	str_add_bytes(text, bytes, strnlen(bytes, (size_t)n));
	return 0;
}

int state_file_write(const char *name, const struct str *text, struct err *e)
{
	char path[PATH_MAX];

	if (state_file_path(path, name, 1) != 0)
		return err_set(e, ERR_CANTCREAT, "neither XDG_STATE_HOME nor HOME names a directory");
	return file_replace(path, str_text(text), text->len, 0600, e);
}
