#include "ui/staged.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "relay/name.h"
#include "ui/state_file.h"

enum { FILE_MAX = 64 << 20, FILE_NAME = 32 };

static uint64_t hash_of(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

/* The slot of name, or the free one where it would go. */
static struct staged_name *slot_of(const struct staged *s, const char *name)
{
	size_t i = hash_of(name) & (s->room - 1);

	while (s->slot[i].name && strcmp(s->slot[i].name, name) != 0)
		i = (i + 1) & (s->room - 1);
	return &s->slot[i];
}

static void make_room(struct staged *s)
{
	struct staged bigger = {.room = s->room ? s->room * 2 : 64};

	bigger.slot = mem_alloc(bigger.room * sizeof *bigger.slot);
	for (size_t i = 0; i < s->room; i++)
		if (s->slot[i].name)
			*slot_of(&bigger, s->slot[i].name) = s->slot[i];
	free(s->slot);
	s->slot = bigger.slot;
	s->room = bigger.room;
}

static void count(struct staged *s, int before, int after)
{
	s->marked +=
		(size_t)((after & STAGED_MARK) != 0) - (size_t)((before & STAGED_MARK) != 0);
	s->deleted += (size_t)((after & STAGED_DELETE) != 0) -
		      (size_t)((before & STAGED_DELETE) != 0);
}

void staged_set(struct staged *s, const char *name, int flag)
{
	struct staged_name *slot;

	if ((s->used + 1) * 3 > s->room * 2)
		make_room(s);
	slot = slot_of(s, name);
	if (!slot->name) {
		slot->name = mem_copy_string(name);
		s->used++;
	}
	count(s, slot->flags, slot->flags | flag);
	slot->flags |= (uint8_t)flag;
}

void staged_unset(struct staged *s, const char *name, int flag)
{
	struct staged_name *slot = s->room ? slot_of(s, name) : NULL;

	if (!slot || !slot->name)
		return;
	count(s, slot->flags, slot->flags & ~flag);
	slot->flags &= (uint8_t)~flag;
}

int staged_get(const struct staged *s, const char *name)
{
	struct staged_name *slot = s->used ? slot_of(s, name) : NULL;

	return slot && slot->name ? slot->flags : 0;
}

void staged_unset_all(struct staged *s, int flag)
{
	for (size_t i = 0; i < s->room; i++)
		if (s->slot[i].name) {
			count(s, s->slot[i].flags, s->slot[i].flags & ~flag);
			s->slot[i].flags &= (uint8_t)~flag;
		}
}

size_t staged_count(const struct staged *s, int flag)
{
	return flag == STAGED_MARK ? s->marked : s->deleted;
}

void staged_clear(struct staged *s)
{
	for (size_t i = 0; i < s->room; i++)
		free(s->slot[i].name);
	free(s->slot);
	*s = (struct staged){0};
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **staged_list(const struct staged *s, int flag, size_t *n)
{
	const char **names = mem_alloc((staged_count(s, flag) + 1) * sizeof *names);

	*n = 0;
	for (size_t i = 0; i < s->room; i++)
		if (s->slot[i].name && (s->slot[i].flags & flag))
			names[(*n)++] = s->slot[i].name;
	qsort(names, *n, sizeof *names, by_name);
	return names;
}

/* --- the file --- */

static void name_file(char out[FILE_NAME], const char *directory)
{
	char real[PATH_MAX];

	if (!realpath(directory, real))
		snprintf(real, sizeof real, "%s", directory);
	snprintf(out, FILE_NAME, "staged-%016llx", (unsigned long long)hash_of(real));
}

static void spell(struct str *text, const struct staged *s, const char *directory)
{
	const char **names;
	size_t n;

	str_add(text,
		"# mxward: marked (*) and staged for deletion (D) when the line was lost, in ");
	escape_add(text, directory, strlen(directory));
	str_add_char(text, '\n');
	names = staged_list(s, STAGED_MARK, &n);
	for (size_t i = 0; i < n; i++)
		str_addf(text, "* %s\n", names[i]);
	free(names);
	names = staged_list(s, STAGED_DELETE, &n);
	for (size_t i = 0; i < n; i++)
		str_addf(text, "D %s\n", names[i]);
	free(names);
}

int staged_save(const struct staged *s, const char *directory, struct err *e)
{
	char name[FILE_NAME];
	struct str text = {0};
	struct err why;
	int rc;

	if (s->marked == 0 && s->deleted == 0)
		return 0;
	name_file(name, directory);
	spell(&text, s, directory);
	rc = state_file_write(name, &text, &why);
	str_clear(&text);
	return rc == 0 ? 0 : err_set(e, ERR_CANTCREAT, "cannot keep what was staged: %.400s", why.text);
}

/* Lines that are not as spell() makes them are passed over: anybody may have edited the file.
 */
static void take_line(struct staged *s, const char *line, size_t len)
{
	char name[NAME_SIZE];
	const char *why;

	if (len < 3 || line[1] != ' ' || (line[0] != '*' && line[0] != 'D'))
		return;
	if (name_from_text(name, line + 2, len - 2, &why) != NAME_REFUSED)
		staged_set(s, name, line[0] == 'D' ? STAGED_DELETE : STAGED_MARK);
}

int staged_load(struct staged *s, const char *directory)
{
	char path[PATH_MAX], name[FILE_NAME], line[NAME_SIZE + 16];
	struct stat st;
	FILE *f;
	int fd;

	name_file(name, directory);
	if (state_file_path(path, name, 0) != 0)
		return 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_size > FILE_MAX || !(f = fdopen(fd, "r"))) {
		close(fd);
		return 0;
	}
	while (fgets(line, sizeof line, f))
		take_line(s, line, strcspn(line, "\n"));
	(void)fclose(f); /* only read */
	return s->marked > 0 || s->deleted > 0;
}

void staged_forget(const char *directory)
{
	char path[PATH_MAX], name[FILE_NAME];

	name_file(name, directory);
	if (state_file_path(path, name, 0) == 0)
		unlink(path);
}
