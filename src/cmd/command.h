/*
 * command: the table of commands, and reading a command line by it.
 *
 * A command is a function run_<id>(struct call *) in a file of its own; it returns the exit status.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stddef.h>

#include "base/err.h"
#include "ops/ward.h"

enum command_group { G_LOOK, G_CHANGE, G_WORK, G_AUDIT, G_CARE, N_COMMAND_GROUPS };

enum command_needs {
	NEEDS_NOTHING = 0,
	NEEDS_DATABASE = 1,
	NEEDS_CHANGE = 2, /* refused when read only */
	NEEDS_TERMINAL = 4,
	AT_COLON = 8,		  /* also typed at the console's `:` */
	ON_CURRENT = 16 | AT_COLON /* there, without a name, it means the entry under the cursor */
};

enum command_id {
#define COMMAND(id, name, group, synopsis, needs, help) COMMAND_##id,
#include "cmd/commands.def"
#undef COMMAND
	N_COMMANDS
};

struct command_option {
	enum command_id command;
	const char *name, *argument, *help;
};

struct call;

struct command {
	const char *name;
	enum command_group group;
	const char *synopsis;
	unsigned needs;
	const char *help;
	int (*run)(struct call *c);
};

enum { CALL_OPTIONS_MAX = 24 };

/* A command line that was read: what the command's function gets. */
struct call {
	const struct command *command;
	struct ward *ward;
	const char *config_file; /* of -c, or the default; it need not exist */
	const char *option[CALL_OPTIONS_MAX]; /* by the order of the table; NULL when not given, "" for a flag */
	char **operand;
	int n_operands;
	int operands_are_names; /* of entries, whatever stands in them: the console took them from its list */
};

extern const struct command commands[N_COMMANDS];
extern const struct command_option command_options[];
extern const size_t n_command_options;

/* By name; NULL and *e with what it could have been. */
const struct command *command_find(const char *name, struct err *e);

/* Reads argv behind the command's name.  operands and options may be mixed; `--` ends options. */
int call_read(struct call *c, const struct command *command, int argc, char **argv, struct err *e);

/* The value of --name, or NULL. */
const char *call_option(const struct call *c, const char *name);

/* Which of the words (separated by |) the value of --format is; 0 when it was not given; -1 and *e. */
int call_format(const struct call *c, const char *words, struct err *e);

/* Prints "mxward: sentence" on stderr and gives the exit status. */
/* The value of --relay, NULL for none: the name of a host, as the database can hold it. */
int call_check_relay(const char *relay, struct err *e);

/* --brownout DAYS of delete, 0 when it is not given; -1 also when there can be none, and note as
 * brownout_may_begin() says (ops/brownout.h). */
int call_brownout_days(struct call *c, int *days, char *note, size_t size, struct err *e);

int call_fail(const struct err *e);
int call_fail_usage(const struct call *c, const char *sentence);

/* Tells on stderr what the configuration lacks for right verdicts. */
void call_say_doubts(const struct call *c);

/* Tells on stderr that what a look leaves for the next one is not kept, where the files allow no more than to look. */
void call_say_not_kept(const struct call *c);

/* Whole usage, of the program and of one command. */
void usage_print(void);
void usage_print_command(const struct command *c);

/* The completion script of a shell, bash or zsh; -1 for any other. */
int completion_print(const char *shell);

/* The table as documents have it: "keys" (share/keys.txt), "man-keys", "man-commands", "man-words" and, of limits,
 * "man-limits" (parts of share/mxward.8); -1 for any other. */
int document_print(const char *part);

/* The heading of a group of commands. */
const char *command_group_name(enum command_group g);

/* setup.c: the long way of init. */
int init_from_postfix(struct call *c);

#define COMMAND(id, name, group, synopsis, needs, help) int run_##id(struct call *c);
#include "cmd/commands.def"
#undef COMMAND

#endif
