#include "ops/postconf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"
#include "mta/program.h"
#include "ops/ward.h"

int postconf_get(const struct ward *w, const char *const *parameter, const char **value, int n, struct arena *a,
		 struct err *e)
{
	if (w->config.restricted)
		return err_set(e, ERR_UNAVAILABLE, "restricted = yes starts no program");
	return program_postconf(w->config.postfix_config_directory, parameter, value, n, a, e);
}

int postconf_has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += strcspn(p, ", \t")) {
		p += strspn(p, ", \t");
		if (strncasecmp(p, word, len) == 0 && strchr(", \t", p[len]))
			return 1;
	}
	return 0;
}

int postconf_asked_parent_matches(const struct ward *w)
{
	static const char *const name[] = {"parent_domain_matches_subdomains"};
	int is = w->config.parent_matches;
	const char *value[1];
	struct arena a = {0};
	struct err ignored;

	if (is < 0 && postconf_get(w, name, value, 1, &a, &ignored) == 0)
		is = postconf_has_word(value[0], "relay_domains");
	arena_clear(&a);
	return is;
}

int postconf_parent_matches(struct ward *w)
{
	if (w->config.parent_matches < 0)
		w->config.parent_matches = w->config.site.parent_matches_subdomains =
			postconf_asked_parent_matches(w) != 0;
	return w->config.parent_matches;
}

/* Postfix's time units, postconf(5); a number alone is in days here. */
static int64_t read_lifetime(const char *text)
{
	static const struct {
		char letter;
		int seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DATE_DAY}, {'w', 7 * DATE_DAY}, {'\0', DATE_DAY}};
	char *end;
	long n = strtol(text, &end, 10);

	for (size_t i = 0; end != text && n >= 0 && n <= 36500 && i < sizeof units / sizeof *units; i++)
		if (*end == units[i].letter)
			return (int64_t)n * units[i].seconds;
	return 5 * DATE_DAY;
}

int64_t postconf_queue_lifetime(const struct ward *w)
{
	static const char *const name[] = {"maximal_queue_lifetime"};
	const char *value[1];
	struct arena a = {0};
	struct err ignored;
	int64_t lifetime = 5 * DATE_DAY;

	if (postconf_get(w, name, value, 1, &a, &ignored) == 0)
		lifetime = read_lifetime(value[0]);
	arena_clear(&a);
	return lifetime;
}
