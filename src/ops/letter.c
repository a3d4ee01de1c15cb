#include "ops/letter.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/ward.h"

enum { LETTER_MAX = 65536 };

int letter_read(struct str *text, const struct ward *w, const char *file, struct err *e)
{
	if (w->config.restricted)
		return err_set(e, ERR_PERM, "restricted = yes is set: no file is read for a letter");
	return file_read(AT_FDCWD, file, LETTER_MAX, text, e);
}

struct letter {
	const struct entry *entry;
	const struct observed *seen;
	const struct observed_mx *primary; /* NULL when none is better than us */
};

static const struct observed_mx *find_primary(const struct observed *o)
{
	const struct observed_mx *best = NULL;

	for (size_t i = 0; i < o->n_mx; i++)
		if (o->mx[i].ours != 1 && o->mx[i].n_addresses > 0 && (!best || o->mx[i].preference < best->preference))
			best = &o->mx[i];
	return best;
}

/* What stands for a word; NULL when that is not known. */
static const char *value_of(const struct letter *l, const struct observed_mx *ours, const char *word, size_t len,
			    char number[DATE_SIZE])
{
	static const char *const words[] = {"DOMAIN", "CUSTOMER", "PRIMARY", "PREFERENCE", "RELAY", "DEADLINE", "TICKET"};
	const char *value = NULL;
	size_t i = 0;

	while (i < sizeof words / sizeof *words && (strlen(words[i]) != len || memcmp(words[i], word, len) != 0))
		i++;
	switch (i) {
	case 0:
		value = l->entry->name;
		break;
	case 1:
		value = l->entry->customer;
		break;
	case 2:
		value = l->primary ? l->primary->target : NULL;
		break;
	case 3:
		if (ours)
			snprintf(number, DATE_SIZE, "%u", ours->preference);
		value = ours ? number : NULL;
		break;
	case 4:
		value = ours ? ours->target : NULL;
		break;
	case 5:
		value = date_local_day(number, l->entry->notice_deadline);
		break;
	case 6:
		value = l->entry->notice_ticket;
		break;
	}
	return value && *value ? value : NULL;
}

static void add_line(struct str *out, const struct letter *l, const struct observed_mx *ours, const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char *end = line[i] == '<' ? memchr(line + i, '>', len - i) : NULL, *value = NULL;
		char number[DATE_SIZE];

		if (end)
			value = value_of(l, ours, line + i + 1, (size_t)(end - line) - i - 1, number);
		if (value) {
			escape_add(out, value, strlen(value));
			i = (size_t)(end - line);
		} else {
			str_add_char(out, line[i]);
		}
	}
}

static int is_about_relay(const char *line, size_t len)
{
	return memmem(line, len, "<RELAY>", 7) || memmem(line, len, "<PREFERENCE>", 12);
}

static void add_letter(struct str *out, const struct letter *l, const char *text)
{
	for (size_t len; *text; text += len) {
		size_t n = 0;

		len = strcspn(text, "\n");
		len += text[len] == '\n';
		for (size_t i = 0; is_about_relay(text, len) && i < l->seen->n_mx; i++)
			if (l->seen->mx[i].ours == 1) {
				add_line(out, l, &l->seen->mx[i], text, len);
				n++;
			}
		if (n == 0)
			add_line(out, l, NULL, text, len);
	}
}

int letters_add(struct str *out, struct ward *w, const char *const *names, size_t n, const char *text, struct err *e)
{
	struct arena a = {0};
	struct db_txn *txn;
	size_t letters = 0;
	int got = 0;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	for (size_t i = 0; i < n && got >= 0; i++) {
		struct observed seen;
		struct entry entry;
		struct letter l = {&entry, &seen, NULL};

		arena_reset(&a);
		got = entry_get(txn, names[i], &a, &entry, e);
		if (got == 1)
			got = observed_get(txn, names[i], &a, &seen, e);
		if (got != 1 || seen.verdict.class != CLASS_MOVED || entry.notice_deadline == 0)
			continue;
		l.primary = find_primary(&seen);
		if (letters++ > 0)
			str_add(out, "\f\n");
		add_letter(out, &l, text);
	}
	db_abort(txn);
	arena_clear(&a);
	return got < 0 ? -1 : 0;
}
