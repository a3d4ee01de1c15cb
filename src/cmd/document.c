/*
 * document: the table of commands and keys as share/keys.txt and share/mxward.8 have it.
 *
 * `make docs` writes the committed copies with it and a test compares them, so that no document can differ from what
 * the program does.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/keys.h"
#include "relay/limit.h"

static const struct {
	unsigned bit;
	const char *name;
} views[] = {
	{IN_ENTRIES, "list"}, {IN_ENTRY, "entry"},    {IN_WORK, "review"}, {IN_STAGED, "preview"}, {IN_BATCHES, "batches"},
	{IN_AUDIT, "audit"}, {IN_SCANS, "scans"},  {IN_HELP, "help"},   {IN_OUTPUT, "output"},
};

/* "list, entry" */
static const char *views_of(const struct key_binding *b, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof views / sizeof *views; i++)
		if ((b->views & views[i].bit) && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", views[i].name);
	return out;
}

static void print_keys(void)
{
	char where[120];

	printf("Keys of the mxward console, made from the table of commands: mxward --document keys\n");
	for (int g = 0; g < N_KEY_GROUPS; g++) {
		printf("\n%s\n", key_group_names[g]);
		for (int i = 0; i < N_KEYS; i++) {
			const struct key_binding *b = &key_bindings[i];

			if ((int)b->group == g)
				printf("  %-12s %s%s%s%s\n", b->keys, b->help, b->views == IN_ALL ? "" : "  [",
				       b->views == IN_ALL ? "" : views_of(b, where, sizeof where),
				       b->views == IN_ALL ? "" : "]");
		}
	}
	printf("\nAt the `:`\n");
	for (size_t i = 0; i < N_WORDS; i++)
		printf("  %-12s %s\n", colon_words[i].name, colon_words[i].help);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (commands[i].needs & AT_COLON)
			printf("  %-12s %s\n", commands[i].name, commands[i].help);
}

/* Text for roff: a backslash shows itself, and a line never begins with a control character. */
static void put_roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++)
		switch (*text) {
		case '\\':
			fputs("\\e", stdout);
			break;
		case '-':
			fputs("\\-", stdout);
			break;
		case '^':
			fputs("\\(ha", stdout);
			break;
		case '`':
			fputs("\\(ga", stdout);
			break;
		case '\n':
			fputs("\n.br\n", stdout);
			while (text[1] == ' ')
				text++;
			break;
		default:
			putchar(*text);
		}
}

static void print_man_keys(void)
{
	char where[120];

	for (int g = 0; g < N_KEY_GROUPS; g++) {
		printf(".Ss %s\n.Bl -tag -width \"Space t XX\" -compact\n", key_group_names[g]);
		for (int i = 0; i < N_KEYS; i++) {
			const struct key_binding *b = &key_bindings[i];

			if ((int)b->group != g)
				continue;
			printf(".It \\fB");
			put_roff(b->keys);
			printf("\\fP\n");
			put_roff(b->help);
			printf(b->views == IN_ALL ? "\n" : " (%s)\n", views_of(b, where, sizeof where));
		}
		printf(".El\n");
	}
}

static void print_man_commands(void)
{
	for (int g = 0; g < N_COMMAND_GROUPS; g++) {
		printf(".Ss Usage: %s\n.Bl -tag -width Ds\n", command_group_name((enum command_group)g));
		for (size_t i = 0; i < N_COMMANDS; i++) {
			if ((int)commands[i].group != g)
				continue;
			printf(".It \\fB%s\\fP ", commands[i].name);
			/* The first line belongs to the tag; further forms are lines of their own below it. */
			printf("%.*s\n", (int)strcspn(commands[i].synopsis, "\n"), commands[i].synopsis);
			if (strchr(commands[i].synopsis, '\n')) {
				printf(".br\n");
				put_roff(strchr(commands[i].synopsis, '\n') + 1 +
					 strspn(strchr(commands[i].synopsis, '\n') + 1, " "));
				printf("\n.br\n");
			}
			put_roff(commands[i].help);
			printf(commands[i].needs & AT_COLON ? "; also at the\n.Sq \\&:\n" : "\n");
			for (size_t k = 0; k < n_command_options; k++) {
				const struct command_option *o = &command_options[k];

				if (o->command != i)
					continue;
				printf(".br\n\\fB\\-\\-%s\\fP%s%s: ", o->name, o->argument ? " " : "",
				       o->argument ? o->argument : "");
				put_roff(o->help);
				putchar('\n');
			}
		}
		printf(".El\n");
	}
}

static void print_man_limits(void)
{
	printf(".Bl -tag -width \"reason:ORPHAN_OFFNET\" -compact\n");
	for (size_t i = 0; limit_key(i); i++) {
		printf(".It \\fB%s:", limit_key(i));
		put_roff(limit_key_value(i));
		printf("\\fP\n");
		put_roff(limit_key_help(i));
		putchar('\n');
	}
	printf(".El\n");
}

static void print_man_words(void)
{
	printf(".Bl -tag -width \"worklistXX\" -compact\n");
	for (size_t i = 0; i < N_WORDS; i++) {
		printf(".It \\fB%s\\fP %s\n", colon_words[i].name, colon_words[i].synopsis);
		put_roff(colon_words[i].help);
		putchar('\n');
	}
	printf(".El\n");
}

int document_print(const char *part)
{
	if (strcmp(part, "keys") == 0)
		print_keys();
	else if (strcmp(part, "man-keys") == 0)
		print_man_keys();
	else if (strcmp(part, "man-commands") == 0)
		print_man_commands();
	else if (strcmp(part, "man-words") == 0)
		print_man_words();
	else if (strcmp(part, "man-limits") == 0)
		print_man_limits();
	else
		return -1;
	return 0;
}
