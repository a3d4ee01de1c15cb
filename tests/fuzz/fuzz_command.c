/*
 * The words of a command line: cut as the `:` line cuts them, found in the table, read by it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cmd/command.h"
#include "fuzz/targets.h"
#include "ui/line_words.h"

static void read_words(struct line_words *w)
{
	const struct command *command;
	struct err e = {0};
	struct call call;

	command = command_find(w->word[0], &e);
	FUZZ_ASSERT(command || e.text[0]);
	if (!command)
		command = &commands[strlen(w->word[0]) % N_COMMANDS];
	e.text[0] = '\0';
	if (call_read(&call, command, w->n - 1, w->word + 1, &e) != 0) {
		FUZZ_ASSERT(e.text[0]);
		return;
	}
	FUZZ_ASSERT(call.n_operands >= 0 && call.n_operands < w->n);
	for (int i = 0; i < call.n_operands; i++)
		FUZZ_ASSERT(call.operand[i]);
	for (size_t i = 0; i < n_command_options; i++)
		if (&commands[command_options[i].command] == command)
			call_option(&call, command_options[i].name);
}

void fuzz_command(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);
	struct line_words w;
	struct err e = {0};

	memcpy(text, bytes, len);
	text[len] = '\0';
	if (line_words_split(&w, text, &e) != 0)
		FUZZ_ASSERT(e.text[0]);
	else if (w.n > 0)
		read_words(&w);
	line_words_clear(&w);
	free(text);
}
