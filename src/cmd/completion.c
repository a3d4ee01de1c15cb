/*
 * completion: what shells need to complete the command line, printed from the table of commands.
 *
 * `make install` writes the two files with it; names of entries are not completed, since a list may have a million.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/forms.h"

/* Ends a line of the case, whose pattern was printed: words that are separated by | , and the options of a form. */
static void print_words(const char *choices, const struct command *c, const char *form)
{
	printf(") words='");
	for (; *choices; choices += strcspn(choices, "|") + (choices[strcspn(choices, "|")] == '|'))
		printf("%.*s ", (int)strcspn(choices, "|"), choices);
	for (size_t i = 0; i < n_command_options; i++)
		if (&commands[command_options[i].command] == c && form_has_option(form, command_options[i].name))
			printf("--%s ", command_options[i].name);
	printf("--help' ;;\n");
}

/* `audit withhold` leads to its words, and what begins so with one of them to the options. */
static void print_form(const struct command *c, const char *form)
{
	char path[FORM_SIZE], word[FORM_SIZE];
	size_t n = form_count_fixed(form), used = (size_t)snprintf(path, sizeof path, "%s", c->name);
	int is_one = 1;

	for (size_t i = 0; i < n && is_one; i++) {
		form_get_fixed(word, form, i);
		if (i > 0) {
			printf("\t'%s'", path);
			print_words(word, c, "");
		}
		is_one = strchr(word, '|') == NULL;
		if (is_one)
			used += (size_t)snprintf(path + used, sizeof path - used, " %s", word);
	}
	if (is_one)
		printf("\t'%s' | ", path);
	else
		putchar('\t');
	printf("'%s '*", path);
	print_words("", c, form);
}

/* The common part: the words of what was said before the word at the cursor. */
static void print_cases(void)
{
	char form[FORM_SIZE], word[FORM_SIZE];

	printf("\tcase $said in\n\t'') words='-c -d --read-only --as-system --help --version");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf(" %s", commands[i].name);
	printf("' ;;\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const char *blank = "";

		for (size_t k = 0; form_get(form, &commands[i], k); k++)
			print_form(&commands[i], form);
		form_get(form, &commands[i], 0);
		if (form_count_fixed(form) == 0)
			continue;
		printf("\t%s) words='", commands[i].name);
		for (size_t k = 0; form_get(form, &commands[i], k); k++, blank = " ") {
			form_get_fixed(word, form, 0);
			printf("%s%s", blank, word);
		}
		printf(" --help' ;;\n");
	}
	printf("\tesac\n");
}

static void print_bash(void)
{
	printf("# bash completion of mxward, made by: mxward --completion bash\n"
	       "_mxward() {\n"
	       "\tlocal current=${COMP_WORDS[COMP_CWORD]} said= words= i\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[i]} in\n"
	       "\t\t-c | -d | --as-system) [[ $said ]] || ((i++)) ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) said+=${said:+ }${COMP_WORDS[i]} ;;\n"
	       "\t\tesac\n"
	       "\tdone\n");
	print_cases();
	printf("\tCOMPREPLY=()\n"
	       "\tif [[ -z $said || $current == -* || $words != -* ]]; then\n"
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
	       "\tlocal said= i\n"
	       "\tlocal words=\n"
	       "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	       "\t\tcase $line[i] in\n"
	       "\t\t-c | -d | --as-system) [[ -n $said ]] || ((i++)) ;;\n"
	       "\t\t-*) ;;\n"
	       "\t\t*) said+=${said:+ }$line[i] ;;\n"
	       "\t\tesac\n"
	       "\tdone\n");
	print_cases();
	printf("\tcompadd -- ${=words}\n"
	       "\t[[ -n $said ]] && _files\n"
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
