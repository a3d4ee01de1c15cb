#include "ui/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "cmd/command.h"
#include "cmd/forms.h"
#include "relay/limit.h"
#include "relay/timeline.h"
#include "relay/verdict.h"
#include "ui/line_words.h"
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

/* The alternatives of a usage: "etrn|outage|customer|other". */
static void add_choices(struct candidates *k, const char *at)
{
	while (*at >= 'a' && *at <= 'z') { /* no TEXT, DATE or number */
		size_t n = strcspn(at, "| ]");

		add_part(k, at, n);
		at += n + (at[n] == '|');
	}
}

/* What is said between the command and the word at the cursor, without options and what these take. */
struct said {
	struct line_words words;
	const char *plain[LINE_WORDS_MAX];
	size_t n;
	const char *option; /* the last word, when it is one that takes something; NULL */
};

static void read_said(struct said *s, const struct command *c, const char *from, size_t len)
{
	char text[PROMPT_MAX + 1];
	struct err e;

	*s = (struct said){0};
	snprintf(text, sizeof text, "%.*s", (int)len, from);
	line_words_split(&s->words, text, &e); /* a quote may be open still */
	for (int i = 0; i < s->words.n; i++) {
		const char *word = s->words.word[i];
		int is_taken = s->option != NULL;

		s->option = NULL;
		if (is_taken)
			continue;
		if (*word != '-')
			s->plain[s->n++] = word;
		for (size_t o = 0; strncmp(word, "--", 2) == 0 && o < n_command_options; o++)
			if (&commands[command_options[o].command] == c && command_options[o].argument &&
			    strcmp(command_options[o].name, word + 2) == 0)
				s->option = word;
	}
}

/* One form of a command: its next fixed word, or what may stand behind these. */
static void add_of_form(struct candidates *k, struct console *c, const struct command *command, const char *form,
			const struct said *s)
{
	char word[FORM_SIZE + 1];
	const char *at;

	if (!form_fits(form, s->plain, s->n))
		return;
	if (s->n < form_count_fixed(form)) {
		form_get_fixed(word, form, s->n);
		add_choices(k, word);
		return;
	}
	if (s->option) {
		snprintf(word, sizeof word, "%.*s ", FORM_SIZE - 1, s->option);
		at = strstr(form, word);
		if (at)
			add_choices(k, at + strlen(word));
		if (k->n)
			return;
	}
	for (size_t i = 0; command && *k->prefix == '-' && i < n_command_options; i++)
		if (&commands[command_options[i].command] == command && form_has_option(form, command_options[i].name)) {
			snprintf(word, sizeof word, "--%s", command_options[i].name);
			add(k, word);
		}
	if (strstr(form, "LIMIT") && *k->prefix != '-')
		add_limit(k);
	if (strstr(form, "NAME") && strlen(k->prefix) >= NAMES_FROM && *k->prefix != '-')
		view_entries_each_name(c->view[0], k->prefix, add_name, k);
}

static void add_more(struct candidates *k, struct console *c, const char *line, const char *word)
{
	size_t first = strcspn(line, " ");
	char form[FORM_SIZE];
	struct said said;

	for (int i = 0; i < N_WORDS; i++)
		if (strlen(colon_words[i].name) == first && memcmp(colon_words[i].name, line, first) == 0) {
			read_said(&said, NULL, line + first, (size_t)(word - line) - first);
			add_of_form(k, c, NULL, colon_words[i].synopsis, &said);
			line_words_clear(&said.words);
		}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strlen(commands[i].name) == first && memcmp(commands[i].name, line, first) == 0) {
			read_said(&said, &commands[i], line + first, (size_t)(word - line) - first);
			for (size_t n = 0; form_get(form, &commands[i], n); n++)
				add_of_form(k, c, &commands[i], form, &said);
			line_words_clear(&said.words);
		}
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
