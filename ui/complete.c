#include "ui/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd/command.h"
#include "relay/limit.h"
#include "relay/timeline.h"
#include "relay/verdict.h"
#include "ui/view.h"

enum { SHOWN_MAX = 400, NAMES_FROM = 2 };

struct candidates {
	char prefix[PROMPT_MAX + 1]; /* the word so far */
	char common[PROMPT_MAX + 1]; /* what all of them begin with */
	size_t n;
	struct str shown;
};

static void add_part(struct candidates *k, const char *word, size_t len)
{
	size_t same = 0, prefix = strlen(k->prefix);

	if (len < prefix || len > PROMPT_MAX || memcmp(word, k->prefix, prefix) != 0)
		return;
	if (k->n++ == 0) {
		memcpy(k->common, word, len);
		k->common[len] = '\0';
	}
	while (same < len && k->common[same] && k->common[same] == word[same])
		same++;
	k->common[same] = '\0';
	if (k->shown.len < SHOWN_MAX)
		str_addf(&k->shown, "%s%.*s", k->shown.len ? "  " : "", (int)len, word);
}

static void add(struct candidates *k, const char *word)
{
	add_part(k, word, strlen(word));
}

static void add_name(void *ctx, const char *name)
{
	add(ctx, name);
}

static void add_pair(struct candidates *k, const char *key, const char *value)
{
	char word[80];

	snprintf(word, sizeof word, "%s%s", key, value);
	for (char *p = word; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	add(k, word);
}

static void add_first(struct candidates *k)
{
	for (int i = 0; i < N_WORDS; i++)
		add(k, colon_words[i].name);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (commands[i].needs & AT_COLON)
			add(k, commands[i].name);
}

/* The keys of a limit and, behind one, its values where they are words. */
static void add_limit(struct candidates *k)
{
	static const char *const answers[] = {"yes", "no"};

	for (size_t i = 0; limit_key(i); i++) {
		char key[40];

		snprintf(key, sizeof key, "%s:", limit_key(i));
		if (strchr(k->prefix, ':') == NULL)
			add(k, key);
		else if (strcmp(key, "class:") == 0)
			for (int c = 1; c < N_CLASSES; c++)
				add_pair(k, key, class_name((enum class)c));
		else if (strcmp(key, "state:") == 0)
			for (int s = 0; s < N_STATES; s++)
				add_pair(k, key, state_name((enum state)s));
		else if (strcmp(key, "ready:") == 0 || strcmp(key, "pinned:") == 0 || strcmp(key, "brownout:") == 0)
			for (size_t a = 0; a < 2; a++)
				add_pair(k, key, answers[a]);
	}
}

/* The words that a synopsis gives for an option: `--reason etrn|outage|customer|other`. */
static void add_values(struct candidates *k, const struct command *c, const char *option, size_t len)
{
	char want[80];
	const char *at;

	snprintf(want, sizeof want, "%.*s ", (int)len, option);
	at = strstr(c->synopsis, want);
	if (!at)
		return;
	at += strlen(want);
	if (*at < 'a' || *at > 'z') /* TEXT, DATE, a number */
		return;
	while (*at >= 'a' && *at <= 'z') {
		size_t n = strcspn(at, "| ]\n");

		add_part(k, at, n);
		at += n + (at[n] == '|');
		if (at[-1] != '|')
			return;
	}
}

static void add_more(struct candidates *k, struct console *c, const char *line, const char *word)
{
	size_t first = strcspn(line, " "), before = (size_t)(word - line), len = 0;
	const struct command *command = NULL;
	const char *synopsis = "";

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strlen(commands[i].name) == first && memcmp(commands[i].name, line, first) == 0)
			command = &commands[i];
	for (int i = 0; i < N_WORDS; i++)
		if (strlen(colon_words[i].name) == first && memcmp(colon_words[i].name, line, first) == 0)
			synopsis = colon_words[i].synopsis;
	if (command)
		synopsis = command->synopsis;
	while (before > 0 && line[before - 1] == ' ')
		before--;
	while (len < before && line[before - len - 1] != ' ')
		len++;
	if (command && len > 2 && memcmp(line + before - len, "--", 2) == 0) {
		add_values(k, command, line + before - len, len);
		if (k->n)
			return;
	}
	if (command && *k->prefix == '-')
		for (size_t i = 0; i < n_command_options; i++)
			if (&commands[command_options[i].command] == command) {
				char option[80];

				snprintf(option, sizeof option, "--%s", command_options[i].name);
				add(k, option);
			}
	if (strstr(synopsis, "LIMIT") && *k->prefix != '-')
		add_limit(k);
	if (strstr(synopsis, "NAME") && strlen(k->prefix) >= NAMES_FROM && *k->prefix != '-')
		view_entries_each_name(c->view[0], k->prefix, add_name, k);
}

static void complete(struct console *c, struct prompt *p, int is_limit)
{
	struct candidates k = {0};
	char line[PROMPT_MAX + 1], more[PROMPT_MAX + 2] = "";
	const char *start, *word;

	if (p->at != p->text.len) /* only at the end: what follows would not fit behind it */
		return;
	snprintf(line, sizeof line, "%s", str_text(&p->text));
	start = line + strspn(line, " ");
	word = strrchr(start, ' ');
	word = word ? word + 1 : start;
	snprintf(k.prefix, sizeof k.prefix, "%s", word);
	if (is_limit)
		add_limit(&k);
	else if (word == start)
		add_first(&k);
	else
		add_more(&k, c, start, word);
	if (k.n > 0) {
		snprintf(more, sizeof more, "%s%s", k.common + strlen(k.prefix),
			 k.n == 1 && k.common[strlen(k.common) - 1] != ':' ? " " : "");
		prompt_type(p, more);
	}
	if (k.n > 1 && !*more)
		console_say(c, "%s", str_text(&k.shown));
	else if (k.n == 0)
		console_say(c, "nothing begins so");
	else
		c->message[0] = '\0';
	str_clear(&k.shown);
}

void complete_line(struct console *c, struct prompt *p)
{
	complete(c, p, 0);
}

void complete_limit(struct console *c, struct prompt *p)
{
	complete(c, p, 1);
}
