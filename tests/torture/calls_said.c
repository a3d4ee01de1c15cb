#include "torture/calls_said.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the status and its words ----------------------------------------------------------------------------- */

/* Below 64 a command ends with what it ends with when nothing is wrong, or as the manual has it under EXIT STATUS; and of
 * those only with what a fault may bring: never with what accuses somebody, such as a damaged database, a table that
 * others changed, or a bundle that contradicts itself.  words stand on either stream. */
static const struct {
	const char *command;
	int status;
	const char *words;
} endings[] = {
	{"scan", 1, "is distrusted and counts for nothing: "},
	{"delete", 1, "stay "},
	{"audit verify", 2, "NOT CHECKED"},
};

static int is_sysexit(int status)
{
	static const int known[] = {64, 65, 66, 69, 70, 71, 73, 74, 75, 77, 78};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (status == known[i])
			return 1;
	return 0;
}

/* "mxward: words", whole to the end of its line. */
static int is_sentence(const char *line, size_t len)
{
	static const char name[] = "mxward: ";
	const size_t head = sizeof name - 1;
	char last;

	if (len <= head || strncmp(line, name, head) != 0 || !memchr(line + head, ' ', len - head))
		return 0;
	last = line[len - 1];
	return line[len] == '\n' && (isalnum((unsigned char)last) || strchr("')\"./>", last));
}

static int has_sentence(const char *text)
{
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");

		if (is_sentence(p, len))
			return 1;
		p += len + (p[len] == '\n');
	}
	return 0;
}

static const char *wrong_words(const char *text)
{
	if (strstr(text, "mxward: broke off"))
		return "a crash";
	if (strstr(text, ": Success") || strstr(text, "(null)"))
		return "words that say nothing";
	return NULL;
}

static const char *wrong_small_status(const char *line, const struct said *now)
{
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		if (strncmp(line, endings[i].command, strlen(endings[i].command)) != 0 || now->status != endings[i].status)
			continue;
		return strstr(now->err, endings[i].words) || strstr(now->out, endings[i].words) ? NULL : "no word of why";
	}
	return "no status that is documented for it, or one that accuses somebody";
}

const char *said_wrong_status(const char *line, const struct said *undisturbed, const struct said *now)
{
	const char *wrong = wrong_words(now->err);

	if (now->status >= 128)
		return "a signal";
	if (wrong)
		return wrong;
	if (now->status == undisturbed->status)
		return NULL;
	if (now->status > 0 && now->status < 64)
		return wrong_small_status(line, now);
	if (now->status != 0 && !is_sysexit(now->status))
		return "no documented status";
	return has_sentence(now->err) ? NULL : "not a sentence";
}

/* --- what is printed -------------------------------------------------------------------------------------- */

/* How many characters at p are as the pattern has them: 9 a digit, all else itself; 0 when not. */
static size_t matches(const char *p, const char *pattern)
{
	size_t n = 0;

	for (; pattern[n]; n++)
		if (pattern[n] == '9' ? !isdigit((unsigned char)p[n]) : p[n] != pattern[n])
			return 0;
	return isalnum((unsigned char)p[n]) ? 0 : n;
}

/* "3 min", "40 s", "2d". */
static size_t span_at(const char *p)
{
	static const char *const units[] = {"ms", "s", "min", "h", "d", "second", "seconds", "minute", "minutes", "hours", "days"};
	size_t digits = strspn(p, "0123456789."), blank = digits && p[digits] == ' ';

	for (size_t i = 0; digits && i < sizeof units / sizeof *units; i++) {
		size_t len = strlen(units[i]), end = digits + blank + len;

		if (strncmp(p + digits + blank, units[i], len) == 0 && !isalnum((unsigned char)p[end]))
			return end;
	}
	return 0;
}

/* What differs from run to run and begins at p: its length and a word for it. */
static size_t varying_at(const char *p, const char **word)
{
	static const char *const times[] = {"9999-99-99T99:99:99Z", "9999-99-99 99:99:99", "9999-99-99 99:99", "9999-99-99",
					    "99:99:99",		    "99:99",		   "1999999999",       "1999999999999"};
	static const char hash[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	size_t n;

	*word = "TIME";
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if ((n = matches(p, times[i])))
			return n;
	*word = "SPAN";
	if ((n = span_at(p)))
		return n;
	*word = "HASH";
	n = strspn(p, hash);
	return n >= 40 ? n : 0;
}

char *said_normal(const char *text)
{
	char *out = malloc(strlen(text) * 4 + 1), *to = out;
	const char *word;

	for (const char *p = text; *p;) {
		size_t n = p > text && isalnum((unsigned char)p[-1]) ? 0 : varying_at(p, &word);

		if (n) {
			to = stpcpy(to, word);
			p += n;
		} else if (*p == ' ' && p[1] == ' ') {
			p++; /* columns are as wide as what stands in them */
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
	return out;
}

static int says(const char *text, const char *words)
{
	for (const char *w = words; w && *w;) {
		size_t n = strcspn(w, "|");

		if (memmem(text, strlen(text), w, n))
			return 1;
		w += n + (w[n] == '|');
	}
	return 0;
}

static int has_line(const char *text, const char *line, size_t len)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		if (n == len && memcmp(p, line, len) == 0)
			return 1;
		p += n + (p[n] == '\n');
	}
	return 0;
}

/* The lines that the other text lacks, as one: what is wrapped is one sentence again.  The caller frees it. */
static char *lines_not_in(const char *other, const char *text)
{
	char *out = malloc(strlen(text) + 2), *to = out;

	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");

		if (!has_line(other, p, len))
			to += sprintf(to, "%.*s ", (int)(len - strspn(p, " ")), p + strspn(p, " "));
		p += len + (p[len] == '\n');
	}
	*to = '\0';
	return out;
}

const char *said_wrong_output(const char *may_say, const struct said *undisturbed, const struct said *now)
{
	static char text[360];
	const char *wrong = NULL;
	char *more, *less;

	if (now->status != 0 || strcmp(undisturbed->out, now->out) == 0)
		return NULL;
	more = lines_not_in(undisturbed->out, now->out);
	less = lines_not_in(now->out, undisturbed->out);
	if (!says(more, may_say) && !says(less, may_say) && (!says(now->err, may_say) || says(undisturbed->err, may_say))) {
		snprintf(text, sizeof text, "it printed '%.160s' in place of '%.160s'", more, less);
		wrong = text;
	}
	free(more);
	free(less);
	return wrong;
}
