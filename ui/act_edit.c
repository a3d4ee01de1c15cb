#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "db/entries.h"
#include "db/env.h"
#include "ops/change.h"
#include "ops/ward.h"
#include "ui/act_inner.h"
#include "ui/view.h"

enum { CUSTOMER_LENGTH = 20 }; /* of most */

/* A note of several lines is edited as one; unless it was, it stays as it is. */
static void flatten(struct str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if ((unsigned char)s->bytes[i] < 0x20)
			s->bytes[i] = ' ';
}

static void edit_all(struct act *a, const char *note)
{
	struct change change = {.contract_end = -1, .confirmed = -1};
	char text[300];
	size_t changed;
	struct err e;

	/* Of several entries an empty answer keeps what each has; of one it takes it off. */
	if (a->n == 1 ? strcmp(str_text(&a->typed), str_text(&a->customer)) != 0 : a->typed.len != 0)
		change.customer = str_text(&a->typed);
	if (a->n == 1 ? strcmp(note, str_text(&a->note)) != 0 : *note != '\0')
		change.note = note;
	if (change_edit(a->console->ward, (const char *const *)a->name, a->n, &change, &changed,
			&e) != 0)
		console_fail(a->console, &e);
	else if (changed == 0)
		console_say(a->console, "%s: nothing changed", act_whom(a, text));
	else
		console_changed(a->console, "%zu changed", changed);
}

static void on_note(void *ctx, const char *text)
{
	struct act *a = ctx;

	if (text)
		edit_all(a, text);
	act_finish(a);
}

static void on_customer(void *ctx, const char *text)
{
	struct act *a = ctx;
	const char *label = a->n > 1 ? "Note (empty: as it is):" : "Note:";

	if (!text) {
		act_finish(a);
		return;
	}
	str_add(&a->typed, text);
	console_ask(a->console, &(struct question){.kind = PROMPT_TEXT,
						   .label = label,
						   .initial = str_text(&a->note),
						   .answer = on_note,
						   .ctx = a});
}

static int read_entry(struct act *a, struct err *e)
{
	struct arena arena = {0};
	struct entry entry;
	struct db_txn *txn;
	int got;

	if (db_begin_read(&txn, a->console->ward->db, e) != 0)
		return -1;
	got = entry_get(txn, a->name[0], &arena, &entry, e);
	db_abort(txn);
	if (got == 1) {
		str_add(&a->customer, entry.customer);
		str_add(&a->note, entry.note);
		flatten(&a->note);
	} else if (got == 0) {
		err_set(e, ERR_NOINPUT, "'%s' is no longer in the list", a->name[0]);
	}
	arena_clear(&arena);
	return got == 1 ? 0 : -1;
}

void act_ask_edit(struct act *a)
{
	char label[ACT_LABEL];
	struct err e;

	if (a->n == 1 && read_entry(a, &e) != 0) {
		console_fail(a->console, &e);
		act_finish(a);
		return;
	}
	act_label(label, a, "Customer of ", a->n > 1 ? " (empty: as it is):" : ":", CUSTOMER_LENGTH);
	console_ask(a->console, &(struct question){.kind = PROMPT_TEXT,
						   .label = label,
						   .initial = str_text(&a->customer),
						   .answer = on_customer,
						   .ctx = a});
}
