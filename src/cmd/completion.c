/*
 * completion: what shells need to complete the command line, printed from the table of commands.
 *
 * `make install` writes the two files with it; names of entries are not completed, since a list may have a million.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

/* The words that may follow a command, or those before there is one. */
static void print_words(const struct command *c)
{
	const char *blank = "";

	if (!c) {
		printf("-c -d --read-only --as-system --help --version");
		for (size_t i = 0; i < N_COMMANDS; i++)
			printf(" %s", commands[i].name);
		return;
	}
	for (size_t i = 0; i < n_command_options; i++)
		if (&commands[command_options[i].command] == c) {
			printf("%s--%s", blank, command_options[i].name);
			blank = " ";
		}
	printf("%s--help", blank);
}

/* The common part: which command is on the line before the word at the cursor, and its words. */
static void print_cases(void)
{
	printf("\tcase $command in\n\t'') words='");
	print_words(NULL);
	printf("' ;;\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		printf("\t%s) words='", commands[i].name);
		print_words(&commands[i]);
		printf("' ;;\n");
	}
	printf("\tesac\n");
}

static void print_bash(void)
{
	printf("# bash completion of mxward, made by: mxward --completion bash\n"
	       "_mxward() {\n"
	       "\tlocal current=${COMP_WORDS[COMP_CWORD]} command= words= i\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[i]} in\n"
	       "\t\t-c | -d | --as-system) ((i++)) ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
	       "\t\tesac\n"
	       "\tdone\n");
	print_cases();
	printf("\tCOMPREPLY=()\n"
	       "\tif [[ -z $command || $current == -* ]]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
	       "\tfi\n"
	       "}\n"
	       "complete -o default -F _mxward mxward\n");
}

static void print_zsh(void)
{
	printf("#compdef mxward\n"
	       "# zsh completion of mxward, made by: mxward --completion zsh\n"
	       "_mxward() {\n"
	       "\tlocal -a line=(\"${(@)words}\") # before a scalar of ours hides it\n"
	       "\tlocal command= i\n"
	       "\tlocal words=\n"
	       "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	       "\t\tcase $line[i] in\n"
	       "\t\t-c | -d | --as-system) ((i++)) ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) command=$line[i]; break ;;\n"
	       "\t\tesac\n"
	       "\tdone\n");
	print_cases();
	printf("\tcompadd -- ${=words}\n"
	       "\t[[ -n $command ]] && _files\n"
	       "}\n"
	       "_mxward \"$@\"\n");
}

int completion_print(const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else
		return -1;
	return 0;
}
