#include "ui/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "relay/entry.h"
#include "relay/name.h"
#include "ui/act.h"
#include "ui/view.h"

enum { WORDS_MAX = 8 };

struct words {
	char *word[WORDS_MAX];
	size_t n;
};

/* Cuts line at blanks, in place.  The names of options are left out: `--reason etrn` is `etrn`.
 */
static void split(struct words *w, char *line)
{
	char *save = NULL;

	w->n = 0;
	for (char *p = strtok_r(line, " ", &save); p && w->n < WORDS_MAX;
	     p = strtok_r(NULL, " ", &save))
		if (strncmp(p, "--", 2) != 0)
			w->word[w->n++] = p;
}

/* The name that was written, or the entry under the cursor: 1 when it is in the list. */
static int find_name(struct console *c, const char *text, char out[NAME_SIZE])
{
	const char *why;

	if (!text)
		snprintf(out, NAME_SIZE, "%s", view_entries_current(c->view[0]));
	else if (name_from_text(out, text, strlen(text), &why) == NAME_REFUSED)
		out[0] = '\0';
	if (*out && view_entries_has(c->view[0], out))
		return 1;
	console_alert(c, "%s%sis not in the list", text ? text : "",
		      text ? " " : "nothing under the cursor ");
	return 0;
}

/* pin [NAME] REASON [DATE] */
static void run_pin_words(struct console *c, struct words *w)
{
	char name[NAME_SIZE];
	size_t i = 1;

	if (w->n >= 3 && pin_reason_from_name(w->word[1]) == PIN_NONE) {
		if (!find_name(c, w->word[1], name))
			return;
		i = 2;
	} else if (!find_name(c, NULL, name)) {
		return;
	}
	act_pin_words(c, name, i < w->n ? w->word[i] : "", i + 1 < w->n ? w->word[i + 1] : "");
}

static void run_unpin_words(struct console *c, struct words *w)
{
	char name[NAME_SIZE];
	const char *names[] = {name};

	if (find_name(c, w->n > 1 ? w->word[1] : NULL, name))
		act_begin(c, DO_UNPIN, names, 1);
}

static void show_limit(struct console *c, const char *text)
{
	while (c->depth > 1)
		console_pop(c);
	view_entries_limit(c->view[0], text);
}

/* What the shell can do and this line cannot is named as such. */
static void refuse(struct console *c, const char *word)
{
	struct err e;

	if (command_find(word, &e))
		console_alert(
			c,
			"'%s' is for the shell: mxward %s; here: limit add pin unpin help quit",
			word, word);
	else
		console_alert(c, "no such word; here: limit add pin unpin help quit");
}

static void on_line(void *ctx, const char *text)
{
	struct console *c = ctx;
	struct words w;
	char *line;
	const char *rest;

	if (!text)
		return;
	line = mem_copy_string(text);
	split(&w, line);
	rest = text + strspn(text, " ");
	rest += strcspn(rest, " ");
	rest += strspn(rest, " ");
	if (w.n == 0)
		;
	else if (strcmp(w.word[0], "limit") == 0)
		show_limit(c, rest);
	else if (strcmp(w.word[0], "help") == 0)
		console_push(c, view_help_new(c, console_top(c)->ops->in));
	else if (strcmp(w.word[0], "quit") == 0 || strcmp(w.word[0], "q") == 0)
		console_quit(c);
	else if (strcmp(w.word[0], "add") != 0 && strcmp(w.word[0], "pin") != 0 &&
		 strcmp(w.word[0], "unpin") != 0)
		refuse(c, w.word[0]);
	else if (!console_may_change(c))
		;
	else if (strcmp(w.word[0], "add") == 0 && w.n == 2)
		act_add_name(c, w.word[1]);
	else if (strcmp(w.word[0], "add") == 0)
		console_alert(c, "add takes one name");
	else if (strcmp(w.word[0], "pin") == 0)
		run_pin_words(c, &w);
	else
		run_unpin_words(c, &w);
	free(line);
}

void command_line_open(struct console *c)
{
	console_ask(c, &(struct question){.kind = PROMPT_TEXT,
					  .label = ":",
					  .history = HISTORY_COMMAND,
					  .answer = on_line,
					  .ctx = c});
}
