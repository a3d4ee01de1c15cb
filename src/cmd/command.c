#include "cmd/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/str.h"
#include "cmd/say.h"
#include "mta/maillog.h"

/* The console is the other face, which lies above this room: main calls it. */
#define run_console NULL

const struct command commands[N_COMMANDS] = {
#define COMMAND(id, name, group, synopsis, needs, help)                                        \
	{name, group, synopsis, needs, help, run_##id},
#include "cmd/commands.def"
#undef COMMAND
};

const struct command_option command_options[] = {
#define OPTION(id, name, argument, help) {COMMAND_##id, name, argument, help},
#include "cmd/commands.def"
#undef OPTION
};

const size_t n_command_options = sizeof command_options / sizeof *command_options;

static const char *const group_names[N_COMMAND_GROUPS] = {[G_LOOK] = "look",
							  [G_CHANGE] = "change",
							  [G_WORK] = "work",
							  [G_AUDIT] = "audit",
							  [G_CARE] = "care"};

const char *command_group_name(enum command_group g)
{
	return group_names[g];
}

const struct command *command_find(const char *name, struct err *e)
{
	char shown[80];
	struct str possible = {0};

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	for (size_t i = 0; i < N_COMMANDS; i++)
		str_addf(&possible, "%s%s", i ? " " : "", commands[i].name);
	escape(shown, sizeof shown, name, strlen(name));
	if (strpbrk(name, ":*?"))
		err_set(e, ERR_USAGE, "'%s' is a limit and no command; as in: mxward console '%s', mxward list '%s'", shown, shown,
			shown);
	else
		err_set(e, ERR_USAGE, "unknown command '%s'; possibilities are: %s", shown, str_text(&possible));
	str_clear(&possible);
	return NULL;
}

/* Which option of the command the word (behind --) names; its place among the command's own in
 * *place. */
static const struct command_option *find_option(enum command_id id, const char *word,
						size_t len, int *place)
{
	*place = 0;
	for (size_t i = 0; i < n_command_options; i++) {
		if (command_options[i].command != id)
			continue;
		if (strlen(command_options[i].name) == len &&
		    memcmp(command_options[i].name, word, len) == 0)
			return &command_options[i];
		(*place)++;
	}
	return NULL;
}

static int read_option(struct call *c, int argc, char **argv, int *i, struct err *e)
{
	enum command_id id = (enum command_id)(c->command - commands);
	const char *word = argv[*i] + 2, *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct command_option *o;
	char shown[80];
	int place;

	o = find_option(id, word, len, &place);
	escape(shown, sizeof shown, word, len < 60 ? len : 60);
	if (!o || place >= CALL_OPTIONS_MAX)
		return err_set(e, ERR_USAGE, "'%s' has no option --%s; see: mxward %s --help",
			       c->command->name, shown, c->command->name);
	if (c->option[place])
		return err_set(e, ERR_USAGE, "option --%s is given twice", o->name);
	if (!o->argument) {
		if (equals)
			return err_set(e, ERR_USAGE, "option --%s takes no value", o->name);
		c->option[place] = "";
		return 0;
	}
	if (!equals && *i + 1 >= argc)
		return err_set(e, ERR_USAGE, "option --%s needs a value: --%s %s", o->name,
			       o->name, o->argument);
	c->option[place] = equals ? equals + 1 : argv[++*i];
	return 0;
}

int call_read(struct call *c, const struct command *command, int argc, char **argv,
	      struct err *e)
{
	int ended = 0;

	*c = (struct call){.command = command, .operand = argv};
	for (int i = 0; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0)
			ended = 1;
		else if (!ended && strncmp(argv[i], "--", 2) == 0) {
			if (read_option(c, argc, argv, &i, e) != 0)
				return -1;
		} else
			c->operand[c->n_operands++] = argv[i];
	}
	return 0;
}

const char *call_option(const struct call *c, const char *name)
{
	int place;

	if (!find_option((enum command_id)(c->command - commands), name, strlen(name), &place))
		return NULL;
	return c->option[place];
}

int call_format(const struct call *c, const char *words, struct err *e)
{
	const char *given = call_option(c, "format");
	int which = 0;

	if (!given)
		return 0;
	for (const char *p = words; *p; which++) {
		size_t len = strcspn(p, "|");

		if (strlen(given) == len && memcmp(given, p, len) == 0)
			return which;
		p += len + (p[len] == '|');
	}
	return err_set(e, ERR_USAGE, "--format is one of %s", words);
}

int call_check_relay(const char *relay, struct err *e)
{
	if (!relay || (relay[0] && strlen(relay) <= MAILLOG_RELAY_MAX && escape_is_plain(relay, strlen(relay)) &&
		       !strchr(relay, ' ')))
		return 0;
	return err_set(e, ERR_USAGE, "--relay takes the name of a host");
}

int call_fail(const struct err *e)
{
	say("mxward: %s\n", e->text);
	return err_status(e->code);
}

void call_say_doubts(const struct call *c)
{
	for (int i = 0; i < SITE_DOUBTS; i++)
		if (site_doubt(&c->ward->config.site, i))
			say("mxward: %s\n", site_doubt(&c->ward->config.site, i));
}

void call_say_not_kept(const struct call *c)
{
	if (c->ward->may_only_read)
		say("mxward: the database in '%s' may only be read by you, so this is not kept; work as its owner to keep it\n",
		    c->ward->directory);
}

int call_fail_usage(const struct call *c, const char *sentence)
{
	say("mxward: %s\nusage: mxward %s %s\n", sentence, c->command->name,
	    c->command->synopsis);
	return err_status(ERR_USAGE);
}

void usage_print(void)
{
	printf("usage: mxward [-c FILE] [-d DIR] [--read-only] [--as-system UNIT] [COMMAND "
	       "[ARG...]]\n"
	       "Without a command, on a terminal: the console.\n");
	for (int g = 0; g < N_COMMAND_GROUPS; g++) {
		printf("\n%s\n", group_names[g]);
		for (size_t i = 0; i < N_COMMANDS; i++)
			if ((int)commands[i].group == g)
				printf("  %-14s %s\n", commands[i].name, commands[i].help);
	}
	printf("\nMore on one: mxward COMMAND --help\n");
}

void usage_print_command(const struct command *c)
{
	printf("usage: mxward %s %s\n%s\n", c->name, c->synopsis, c->help);
	for (size_t i = 0; i < n_command_options; i++) {
		const struct command_option *o = &command_options[i];
		char left[60];

		if (&commands[o->command] != c)
			continue;
		snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
			 o->argument ? o->argument : "");
		printf("  %-22s %s\n", left, o->help);
	}
}
