/*
 * limit_match: whether a row is in a limit.
 *
 * A console asks this of a million rows at every keystroke, so each test is as
 * plain as it can be and the cheap ones come first.
 */
#include "relay/limit.h"

#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "relay/entry.h"
#include "relay/limit_term.h"
#include "relay/name.h"
#include "relay/timeline.h"

enum { UNICODE_SIZE = 1024 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The character behind this one: a UTF-8 sequence counts as one. */
static const char *next_character(const char *p)
{
	do
		p++;
	while (((unsigned char)*p & 0xc0) == 0x80);
	return p;
}

/* Where what follows a star may begin: at its first letter, when that is one. */
static const char *skip_to(const char *text, const char *pattern)
{
	if (*pattern != '\0' && *pattern != '*' && *pattern != '?')
		while (*text && lower(*text) != *pattern)
			text++;
	return text;
}

/* One star is remembered at a time, so the work is at most pattern times text. */
int limit_glob_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			text = again = skip_to(text, star);
		} else if (*pattern == '?') {
			pattern++;
			text = next_character(text);
		} else if (*pattern == lower(*text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = again = skip_to(next_character(again), star);
		} else {
			return 0;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static int compare(const struct term *t, int64_t value)
{
	switch (t->compare) {
	case COMPARE_EQUAL:
		return value == t->number;
	case COMPARE_LESS:
		return value < t->number;
	case COMPARE_LESS_EQUAL:
		return value <= t->number;
	case COMPARE_MORE:
		return value > t->number;
	case COMPARE_MORE_EQUAL:
		return value >= t->number;
	}
	return 0;
}

static int in_set(const struct term *t, unsigned bit)
{
	return bit < 64 && (t->set >> bit & 1);
}

/* The last day of a deadline still belongs to it. */
static int notice_matches(const struct term *t, int64_t deadline, int64_t now)
{
	if (deadline == 0)
		return in_set(t, NOTICE_NONE);
	return in_set(t, now < entry_end_of_last_day(deadline) ? NOTICE_PENDING : NOTICE_EXPIRED);
}

static int text_matches(const struct term *t, const char *text)
{
	if (t->glob)
		return limit_glob_matches(t->text, text);
	return strcasecmp(t->text, text) == 0;
}

/* Most actions are about the relay's list, and that need not be said. */
static int action_matches(const struct term *t, const char *action)
{
	return text_matches(t, action) || (strncmp(action, "relay.", 6) == 0 && text_matches(t, action + 6));
}

static int unicode_matches(const struct term *t, const char *name)
{
	char shown[UNICODE_SIZE];

	if (!strstr(name, "xn--"))
		return 0;
	name_to_unicode(shown, sizeof shown, name);
	return t->glob ? limit_glob_matches(t->unicode, shown)
		       : strstr(shown, t->unicode) != NULL;
}

/* Names of rows are canonical: lower case already. */
static int name_matches(const struct term *t, const char *name)
{
	if (t->glob ? limit_glob_matches(t->text, name) : strstr(name, t->text) != NULL)
		return 1;
	return t->unicode && unicode_matches(t, name);
}

/* Without a glob: the host itself or any below it. */
static int mx_matches(const struct term *t, const struct limit_row *r)
{
	const char *target;

	if (!r->mx_target)
		return 0;
	for (size_t i = 0; (target = r->mx_target(r->ctx, i)) != NULL; i++)
		if (t->glob ? limit_glob_matches(t->text, target)
			    : name_is_under(target, t->text))
			return 1;
	return 0;
}

static int term_matches(const struct term *t, const struct limit_row *r, int64_t now)
{
	switch (t->kind) {
	case TERM_CLASS:
		return in_set(t, r->class);
	case TERM_REASON:
		return in_set(t, r->reason);
	case TERM_STATE:
		return in_set(t, r->state);
	case TERM_READY:
		return in_set(t, (unsigned)state_is_ready(r->state, r->class));
	case TERM_FLAG:
		return (r->flags & t->set) != 0;
	case TERM_PINNED:
		return in_set(t, r->pinned != 0);
	case TERM_BROWNOUT:
		return in_set(t, r->browned != 0);
	case TERM_NOTICE:
		return notice_matches(t, r->notice_deadline, now);
	case TERM_SINCE:
		return r->since != 0 && compare(t, now - r->since);
	case TERM_TIME:
		return r->time != 0 && compare(t, r->time);
	case TERM_BYTES:
		return r->bytes >= 0 && compare(t, r->bytes);
	case TERM_HELD:
		return r->held >= 0 && compare(t, r->held);
	case TERM_CUSTOMER:
		return text_matches(t, r->customer ? r->customer : "");
	case TERM_ACTION:
		return r->action && action_matches(t, r->action);
	case TERM_NAME:
		return name_matches(t, r->name);
	case TERM_MX:
		return mx_matches(t, r);
	}
	return 0;
}

int limit_matches(const struct limit *l, const struct limit_row *r, int64_t now)
{
	for (size_t i = 0; i < l->n; i++)
		if (term_matches(&l->term[i], r, now) == l->term[i].negated)
			return 0;
	return 1;
}

int limit_needs_mx(const struct limit *l)
{
	return l->needs_mx;
}

int limit_needs_entry(const struct limit *l)
{
	for (size_t i = 0; i < l->n; i++) {
		enum term_kind k = l->term[i].kind;

		if (k != TERM_NAME && k != TERM_CUSTOMER && k != TERM_ACTION && k != TERM_TIME)
			return 1;
	}
	return 0;
}

const char *limit_action_of_none(const struct limit *l, const char *const *name, size_t n)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct term *t = &l->term[i];
		size_t k = 0;

		while (t->kind == TERM_ACTION && k < n && !action_matches(t, name[k]))
			k++;
		if (t->kind == TERM_ACTION && k == n)
			return t->text;
	}
	return NULL;
}

static int is_of_chain(const struct term *t)
{
	return t->kind == TERM_NAME || t->kind == TERM_CUSTOMER;
}

int limit_picks_chains(const struct limit *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_of_chain(&l->term[i]) && !l->term[i].negated)
			return 1;
	return 0;
}

int limit_matches_chain(const struct limit *l, const char *customer, const char *name)
{
	struct limit_row row = {.name = name, .customer = customer};

	for (size_t i = 0; i < l->n; i++)
		if (is_of_chain(&l->term[i]) && term_matches(&l->term[i], &row, 0) == l->term[i].negated)
			return 0;
	return 1;
}
