/*
 * The files that a console keeps for its operator: anybody may have edited them.  The first byte picks the staged names or
 * the widths of columns.
 */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "relay/name.h"
#include "ui/entries_columns.h"
#include "ui/staged.h"
#include "ui/state_file.h"

static void names_are_names(const struct staged *s, int flag)
{
	size_t n;
	const char **names = staged_list(s, flag, &n), *why;
	char again[NAME_SIZE];

	FUZZ_ASSERT(n == staged_count(s, flag));
	for (size_t i = 0; i < n; i++) {
		FUZZ_ASSERT(staged_get(s, names[i]) & flag);
		FUZZ_ASSERT(name_from_text(again, names[i], strlen(names[i]), &why) != NAME_REFUSED);
		FUZZ_ASSERT(strcmp(again, names[i]) == 0);
	}
	free(names);
}

/* What was read is written, and read as the same again. */
static void read_staged(void)
{
	struct staged first = {0}, second = {0};
	struct err e = {0};

	if (staged_load(&first, "/fuzz")) {
		names_are_names(&first, STAGED_MARK);
		names_are_names(&first, STAGED_DELETE);
		if (staged_save(&first, "/fuzz", &e) != 0)
			fuzz_failed(e.text, __FILE__, __LINE__);
		FUZZ_ASSERT(staged_load(&second, "/fuzz") == 1);
		FUZZ_ASSERT(first.used == second.used && first.marked == second.marked && first.deleted == second.deleted);
		for (size_t i = 0; i < first.room; i++)
			if (first.slot[i].name)
				FUZZ_ASSERT(staged_get(&second, first.slot[i].name) == first.slot[i].flags);
	}
	staged_clear(&first);
	staged_clear(&second);
}

static void read_columns(void)
{
	static const struct entries_known known = {.longest = 30, .has_customers = 1, .has_mail = 1};
	struct entries_widths first, second;
	struct column c[N_ENTRIES_COLUMNS];

	entries_columns_load(&first);
	for (int i = 0; i < N_ENTRIES_COLUMNS; i++)
		FUZZ_ASSERT(first.width[i] == 0 || (first.width[i] >= 4 && first.width[i] <= 200));
	for (int cols = 20; cols < 300; cols += 40) {
		entries_columns_fit(c, &first, &known, cols);
		for (int i = 0; i < N_ENTRIES_COLUMNS; i++)
			FUZZ_ASSERT(c[i].width >= 0 && c[i].width <= 300);
	}
	entries_columns_save(&first);
	entries_columns_load(&second);
	FUZZ_ASSERT(memcmp(&first, &second, sizeof first) == 0);
}

static char dir[200], staged_path[PATH_MAX], columns_path[PATH_MAX];

static void remove_dir(void)
{
	char line[300];

	snprintf(line, sizeof line, "rm -rf '%s'", dir);
	FUZZ_ASSERT(system(line) == 0);
}

/* A directory of its own until the process ends, and where in it the staged names are: their file's name is a sum. */
static void make_dir(void)
{
	const struct entries_widths none = {0};
	struct staged one = {0};
	struct err e = {0};
	glob_t found;

	snprintf(dir, sizeof dir, "%s/mxward-fuzz.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	FUZZ_ASSERT(mkdtemp(dir) && atexit(remove_dir) == 0 && setenv("XDG_STATE_HOME", dir, 1) == 0);
	staged_set(&one, "shop.example", STAGED_MARK);
	if (staged_save(&one, "/fuzz", &e) != 0)
		fuzz_failed(e.text, __FILE__, __LINE__);
	staged_clear(&one);
	entries_columns_save(&none);
	FUZZ_ASSERT(state_file_path(columns_path, "columns", 0) == 0);
	snprintf(staged_path, sizeof staged_path, "%.*s/staged-*", (int)(strrchr(columns_path, '/') - columns_path),
		 columns_path);
	FUZZ_ASSERT(glob(staged_path, 0, NULL, &found) == 0 && found.gl_pathc == 1);
	snprintf(staged_path, sizeof staged_path, "%s", found.gl_pathv[0]);
	globfree(&found);
}

void fuzz_state(const uint8_t *bytes, size_t len)
{
	int fd;

	if (len < 1)
		return;
	if (!*dir)
		make_dir();
	fd = open(bytes[0] & 1 ? columns_path : staged_path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	FUZZ_ASSERT(fd >= 0 && write(fd, bytes + 1, len - 1) == (ssize_t)(len - 1));
	close(fd);
	if (bytes[0] & 1)
		read_columns();
	else
		read_staged();
}
