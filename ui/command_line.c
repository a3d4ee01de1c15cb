#include "ui/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "cmd/capture.h"
#include "cmd/command.h"
#include "cmd/forms.h"
#include "cmd/select.h"
#include "ops/ward.h"
#include "ui/complete.h"
#include "ui/line_words.h"
#include "ui/view.h"

static void show_list(struct console *c)
{
	while (c->depth > 1)
		console_pop(c);
}

/* --- words that are no commands of the shell --- */

static int find_word(const char *text)
{
	for (int i = 0; i < N_WORDS; i++)
		if (strcmp(colon_words[i].name, text) == 0)
			return i;
	return N_WORDS;
}

static void run_word(struct console *c, enum word_id id, const struct line_words *w, const char *rest)
{
	if (w->n > 1 && !*colon_words[id].synopsis) {
		console_alert(c, "%s takes nothing", colon_words[id].name);
		return;
	}
	switch (id) {
	case WORD_limit:
		show_list(c);
		view_entries_limit(c->view[0], rest);
		break;
	case WORD_preview:
		if (console_may_change(c))
			console_push(c, view_staged_new(c));
		break;
	case WORD_worklist:
		console_push(c, view_work_new(c));
		break;
	case WORD_save:
		view_entries_save(c->view[0], w->n == 2 ? w->word[1] : "");
		break;
	case WORD_scans:
		console_push(c, view_scans_new(c));
		break;
	case WORD_batches:
		console_push(c, view_batches_new(c));
		break;
	case WORD_help:
		console_push(c, view_help_new(c, console_top(c)->ops->in));
		break;
	case WORD_quit:
		console_quit(c);
		break;
	case N_WORDS:
		break;
	}
}

/* --- commands of the shell --- */

/* What was printed: one line on the message line, more as a text to read. */
static void show_captured(struct console *c, struct captured *r, const char *line)
{
	static const char ours[] = "mxward: ";
	struct str all = {0};
	char title[200];
	const char *text;

	str_add_bytes(&all, r->out.bytes, r->out.len);
	str_add_bytes(&all, r->talk.bytes, r->talk.len);
	if (r->lost)
		str_addf(&all, "~ %zu bytes more; the shell shows all: mxward %s\n", r->lost, line);
	while (all.len && all.bytes[all.len - 1] == '\n')
		str_truncate(&all, all.len - 1);
	text = str_text(&all);
	if (!strchr(text, '\n')) {
		if (strncmp(text, ours, sizeof ours - 1) == 0)
			text += sizeof ours - 1;
		if (r->status != 0 && !r->out.len)
			console_alert(c, "%s", *text ? text : "it failed and said nothing");
		else
			console_say(c, "%s", *text ? text : "done");
		str_clear(&all);
		return;
	}
	snprintf(title, sizeof title, "OUTPUT  %s", line);
	console_push(c, view_text_new(c, title, &all));
	if (r->status)
		console_say(c, "it ended with status %d", r->status);
}

static void run_captured(struct console *c, struct call *call, const char *line)
{
	struct captured r;

	call->ward = c->ward;
	capture_run(&r, call, NULL);
	show_captured(c, &r, line);
	capture_clear(&r);
}

/* `delete` never deletes from here: it stages, and the preview asks. */
static void run_delete_words(struct console *c, struct call *call)
{
	struct preview_words words = {call_option(call, "reason"), call_option(call, "ticket"),
				      call_option(call, "override") != NULL, 0};
	struct selection s = {0};
	char note[600];
	struct err e;
	int rc;

	call->ward = c->ward;
	rc = call_brownout_days(call, &words.brownout_days, note, sizeof note, &e);
	if (rc == 0)
		rc = select_read(&s, call, &e);
	if (rc == 0 && call_option(call, "yes"))
		rc = err_set(&e, ERR_USAGE, "--yes is for the shell; here the preview asks");
	if (rc == 0 && words.override && !s.by_names)
		rc = err_set(&e, ERR_USAGE, "--override takes exact names, not a limit; nothing was staged");
	if (rc == 0 && words.override && c->staged.deleted > 0)
		rc = err_set(&e, ERR_USAGE, "--override would lift the rules of the %zu that %s staged too; commit or unstage "
					    "%s first", c->staged.deleted, c->staged.deleted == 1 ? "is" : "are",
			     c->staged.deleted == 1 ? "it" : "them");
	if (rc == 0)
		rc = select_fill(&s, call, &e);
	for (size_t i = 0; rc == 0 && s.by_names && i < s.n; i++)
		if (!view_entries_has(c->view[0], s.name[i]))
			rc = err_set(&e, ERR_NOINPUT, "'%s' is not in the list; nothing was staged", s.name[i]);
	if (rc == 0 && s.n == 0)
		rc = err_set(&e, ERR_NOINPUT, "no entry matches; nothing was staged");
	if (rc != 0) {
		console_fail(c, &e);
	} else {
		for (size_t i = 0; i < s.n; i++)
			staged_set(&c->staged, s.name[i], STAGED_DELETE);
		console_push(c, view_staged_new_with(c, &words));
	}
	select_clear(&s);
}

/* 1 when the command has a view of its own for what was asked. */
static int run_as_view(struct console *c, struct call *call, const char *rest)
{
	struct selection s;
	struct err e;

	if (call->command == &commands[COMMAND_list] && !call_option(call, "format")) {
		show_list(c);
		view_entries_limit(c->view[0], rest);
	} else if (call->command == &commands[COMMAND_show] && !call_option(call, "format") && call->n_operands == 1) {
		if (select_read(&s, call, &e) != 0)
			console_fail(c, &e);
		else if (!s.by_names || !view_entries_has(c->view[0], s.name[0]))
			console_alert(c, "'%.200s' is not in the list", call->operand[0]);
		else
			console_push(c, view_entry_new(c, s.name[0]));
		select_clear(&s);
	} else if (call->command == &commands[COMMAND_delete]) {
		run_delete_words(c, call);
	} else if (call->command == &commands[COMMAND_audit] && call->n_operands == 1 &&
		   strcmp(call->operand[0], "list") == 0 && !call_option(call, "format")) {
		console_push(c, view_audit_new(c, NULL));
	} else {
		return 0;
	}
	return 1;
}

static void run_shell_word(struct console *c, struct line_words *w, const char *line, const char *rest)
{
	char current[400], *operand[] = {current};
	const struct command *command;
	struct call call;
	struct err e;

	command = command_find(w->word[0], &e);
	if (!command) {
		console_alert(c, "no such command: %.60s; Tab shows what there is", w->word[0]);
		return;
	}
	if (!(command->needs & AT_COLON)) {
		console_alert(c, "'%s' would hold up the console while it runs; in a shell: mxward %s", command->name, line);
		return;
	}
	if (call_read(&call, command, w->n - 1, w->word + 1, &e) != 0) {
		console_fail(c, &e);
		return;
	}
	if ((command->needs & ON_CURRENT) == ON_CURRENT && call.n_operands == 0) {
		snprintf(current, sizeof current, "%s", console_current(c));
		if (*current) {
			call.operand = operand;
			call.n_operands = 1;
			call.operands_are_names = 1;
		}
	}
	if (((command->needs & NEEDS_CHANGE) || command == &commands[COMMAND_delete]) && !console_may_change(c))
		return;
	if (!run_as_view(c, &call, rest))
		run_captured(c, &call, line);
}

static void on_line(void *ctx, const char *text)
{
	struct console *c = ctx;
	struct line_words w = {0};
	const char *line, *rest;
	struct err e;
	int word;

	if (!text)
		return;
	line = text + strspn(text, " ");
	rest = line + strcspn(line, " ");
	rest += strspn(rest, " ");
	if (line_words_split(&w, line, &e) != 0) {
		console_fail(c, &e);
	} else if (w.n > 0) {
		word = find_word(w.word[0]);
		if (word < N_WORDS)
			run_word(c, (enum word_id)word, &w, rest);
		else
			run_shell_word(c, &w, line, rest);
	}
	line_words_clear(&w);
}

/* How it is used: of several forms the one whose word was typed, or what there is to choose from. */
static void say_usage(struct console *c, const struct command *command, const char *rest)
{
	char form[FORM_SIZE], word[FORM_SIZE];
	const char *first = word;
	struct str choices = {0};
	size_t fits = 0;

	snprintf(word, sizeof word, "%.*s", (int)strcspn(rest, " "), rest);
	for (size_t i = 0; form_get(form, command, i); i++) {
		if (form_count_fixed(form) == 0 || form_fits(form, &first, 1)) {
			console_say(c, "%s %s", command->name, form);
			fits++;
		}
		str_addf(&choices, "%s%.*s", i ? "|" : "", (int)strcspn(form, " "), form);
	}
	if (!fits)
		console_say(c, "%s %s", command->name, str_text(&choices));
	str_clear(&choices);
}

/* Beside the line stands how the command is used, once it is there. */
static void on_typed(void *ctx, const char *text)
{
	struct console *c = ctx;
	size_t len = strcspn(text, " ");

	if (!text[len])
		return;
	for (int i = 0; i < N_WORDS; i++)
		if (strlen(colon_words[i].name) == len && memcmp(colon_words[i].name, text, len) == 0)
			console_say(c, "%s %s", colon_words[i].name, colon_words[i].synopsis);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if ((commands[i].needs & AT_COLON) && strlen(commands[i].name) == len &&
		    memcmp(commands[i].name, text, len) == 0)
			say_usage(c, &commands[i], text + len + strspn(text + len, " "));
}

static void on_tab(void *ctx, struct prompt *p)
{
	complete_line(ctx, p);
}

void command_line_open(struct console *c)
{
	console_ask(c, &(struct question){.kind = PROMPT_TEXT,
					  .label = ":",
					  .history = HISTORY_COMMAND,
					  .typed = on_typed,
					  .complete = on_tab,
					  .answer = on_line,
					  .ctx = c});
}
