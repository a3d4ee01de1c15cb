#include "ui/term_type.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "base/err.h"

/* What to take a terminal for that terminfo does not know. */
static const char *stand_in(const char *name)
{
	static const char *const modern[] = {"256color",  "kitty", "ghostty",
					     "alacritty", "foot",  "tmux"};

	if (strncmp(name, "xterm", 5) == 0)
		return "xterm-256color";
	for (size_t i = 0; i < sizeof modern / sizeof *modern; i++)
		if (strstr(name, modern[i]))
			return "xterm-256color";
	return "vt100";
}

/* 1: terminfo knows it and it can address its cursor; 0: it cannot; -1: unknown. */
static int look_up(const char *name)
{
	TERMINAL *known;
	const char *cup;
	int status;

	if (setupterm(name, STDOUT_FILENO, &status) != OK)
		return status == 1 ? 0 : -1;
	known = cur_term;
	cup = tigetstr("cup");
	status = cup && cup != (char *)-1;
	del_curterm(known);
	return status;
}

int term_type_choose(const char **type, char *note, size_t size, struct err *e)
{
	const char *name = getenv("TERM");
	int known;

	note[0] = '\0';
	*type = name;
	if (name && *name && strcmp(name, "dumb") != 0 && isatty(STDIN_FILENO) &&
	    isatty(STDOUT_FILENO)) {
		known = look_up(name);
		if (known < 0) {
			*type = stand_in(name);
			known = look_up(*type);
			snprintf(note, size, "TERM=%.40s is not known here; taken for %s", name,
				 *type);
		}
		if (known > 0)
			return 0;
	}
	return err_set(e, ERR_USAGE,
		       "the console needs a terminal that can address its cursor; without one "
		       "use: mxward list, "
		       "show NAME, stat, delete NAME (mxward --help names all)");
}

int term_type_has(const char *word, const char *text)
{
	char copy[8];
	const char *s;

	snprintf(copy, sizeof copy, "%s", word);
	s = tigetstr(copy);
	return s && s != (char *)-1 && strncmp(s, text, strlen(text)) == 0;
}
