#include "relay/limit_word.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "relay/limit.h"
#include "relay/limit_term.h"
#include "relay/name.h"
#include "relay/timeline.h"
#include "relay/verdict.h"

enum { SHOWN = 65, UNICODE_SIZE = 1024 };

int limit_word_mistake(struct err *e, const struct limit_word *w, const char *why)
{
	char shown[SHOWN];

	return err_set(e, ERR_USAGE, "limit, at '%s' (position %zu): %s",
		       escape(shown, sizeof shown, w->raw, w->raw_len), w->place + 1, why);
}

/* "unknown class 'orfan'; classes are ..." */
static int unknown(struct err *e, const struct limit_word *w, const char *what, const char *known)
{
	char shown[SHOWN];
	struct str why = {0};

	str_addf(&why, "unknown %s '%s'; %s", what,
		 escape(shown, sizeof shown, w->value, strlen(w->value)), known);
	limit_word_mistake(e, w, str_text(&why));
	str_clear(&why);
	return -1;
}

static int has_glob(const char *text)
{
	return strpbrk(text, "*?") != NULL;
}

static char *lower_copy(const char *text)
{
	char *copy = mem_copy_string(text);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return copy;
}

/* The bits of a vocabulary whose names the value matches; a prefix such as "W_" may be left
 * out. */
static uint64_t bits_matching(const char *value, const char *(*name_of)(unsigned i),
			      unsigned first, unsigned n, size_t prefix)
{
	char *pattern = lower_copy(value);
	uint64_t set = 0;

	for (unsigned i = first; i < n; i++) {
		const char *name = name_of(i);

		if (limit_glob_matches(pattern, name) ||
		    (prefix && strlen(name) > prefix &&
		     limit_glob_matches(pattern, name + prefix)))
			set |= (uint64_t)1 << i;
	}
	free(pattern);
	return set;
}

static const char *class_at(unsigned i)
{
	return class_name((enum class)i);
}

static const char *reason_at(unsigned i)
{
	return reason_name((enum reason)i);
}

static const char *state_at(unsigned i)
{
	return state_name((enum state)i);
}

static const char *flag_at(unsigned i)
{
	return flag_name(i);
}

_Static_assert(N_REASONS <= 64 && N_FLAGS <= 32,
	       "a set of reasons or flags has outgrown its bits");

static int parse_class(struct term *t, const struct limit_word *w, struct err *e)
{
	t->set = bits_matching(w->value, class_at, CLASS_OK, N_CLASSES, 0);
	return t->set ? 0
		      : unknown(e, w, "class", "classes are ok moved broken orphan unknown na");
}

static int parse_reason(struct term *t, const struct limit_word *w, struct err *e)
{
	t->set = bits_matching(w->value, reason_at, REASON_NONE + 1, N_REASONS, 0);
	return t->set ? 0
		      : unknown(e, w, "reason",
				"reasons are spelled like ORPHAN_OFFNET, and UNK_* is all that "
				"begin so");
}

static int parse_state(struct term *t, const struct limit_word *w, struct err *e)
{
	t->set = bits_matching(w->value, state_at, 0, N_STATES, 0);
	return t->set ? 0
		      : unknown(e, w, "state",
				"states are new listed suspect orphan deletable hold pinned "
				"flapping");
}

static int parse_flag(struct term *t, const struct limit_word *w, struct err *e)
{
	t->set = bits_matching(w->value, flag_at, 0, N_FLAGS, 2);
	return t->set ? 0
		      : unknown(e, w, "flag",
				"flags are spelled like W_MX_CNAME, and H_* is all that begin "
				"so");
}

/* 1 yes, 0 no, -1 neither, which is a mistake. */
static int parse_yes_no(const struct limit_word *w, struct err *e)
{
	if (strcasecmp(w->value, "yes") == 0)
		return 1;
	if (strcasecmp(w->value, "no") == 0)
		return 0;
	return limit_word_mistake(e, w, "wants yes or no");
}

static int parse_bit(struct term *t, const struct limit_word *w, struct err *e)
{
	int yes = parse_yes_no(w, e);

	t->set = yes ? 1u << 1 : 1u << 0;
	return yes < 0 ? -1 : 0;
}

static int parse_notice(struct term *t, const struct limit_word *w, struct err *e)
{
	static const char *const names[] = {
		[NOTICE_NONE] = "none",
		[NOTICE_PENDING] = "pending",
		[NOTICE_EXPIRED] = "expired",
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(w->value, names[i]) == 0) {
			t->set = 1u << i;
			return 0;
		}
	return unknown(e, w, "notice", "a notice is none, pending or expired");
}

static const char *parse_compare(struct term *t, const char *p)
{
	static const struct {
		const char *sign;
		enum term_compare compare;
	} signs[] = {
		{">=", COMPARE_MORE_EQUAL}, {"<=", COMPARE_LESS_EQUAL}, {">", COMPARE_MORE},
		{"<", COMPARE_LESS},	    {"=", COMPARE_EQUAL},
	};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(p, signs[i].sign, strlen(signs[i].sign)) == 0) {
			t->compare = signs[i].compare;
			return p + strlen(signs[i].sign);
		}
	t->compare = COMPARE_EQUAL;
	return p;
}

/* Whole digits and, where allowed, a fraction, times the unit that stands behind them.  units
 * is a list of names and factors that ends with NULL.  -1: no such number. */
struct unit {
	const char *name;
	int64_t factor;
};

static int parse_scaled(const char *p, const struct unit *units, int64_t *out)
{
	int64_t whole = 0, part = 0, scale = 1;
	size_t digits = strspn(p, "0123456789"), more = 0;

	if (digits == 0 || digits > 15)
		return -1;
	for (size_t i = 0; i < digits; i++)
		whole = whole * 10 + (p[i] - '0');
	p += digits;
	if (*p == '.') {
		more = strspn(++p, "0123456789");
		if (more == 0 || more > 6)
			return -1;
		for (size_t i = 0; i < more; i++) {
			part = part * 10 + (p[i] - '0');
			scale *= 10;
		}
		p += more;
	}
	for (; units->name; units++) {
		if (strcasecmp(p, units->name) != 0)
			continue;
		if (__builtin_mul_overflow(whole, units->factor, out))
			return -1;
		/* Less than one unit: at most 10^6 times 10^12. */
		return __builtin_add_overflow(*out, part * units->factor / scale, out) ? -1 : 0;
	}
	return -1;
}

static int parse_since(struct term *t, const struct limit_word *w, struct err *e)
{
	static const struct unit units[] = {
		{"h", 3600},
		{"d", DATE_DAY},
		{"w", 7 * DATE_DAY},
		{"mo", 30 * DATE_DAY + 37800},
		{"y", 365 * DATE_DAY + 21600},
		{NULL, 0},
	};
	const char *p = parse_compare(t, w->value);

	if (p == w->value || t->compare == COMPARE_EQUAL ||
	    parse_scaled(p, units, &t->number) != 0)
		return limit_word_mistake(
			e, w,
			"wants > (longer ago) or < with a time such as 12h 30d 2w 3mo 1y");
	return 0;
}

static int parse_from(struct term *t, const struct limit_word *w, struct err *e)
{
	t->compare = COMPARE_MORE_EQUAL;
	return date_parse(w->value, &t->number) == 0 ? 0 : limit_word_mistake(e, w, "wants a day such as 2026-03-31");
}

/* The day itself is in it. */
static int parse_to(struct term *t, const struct limit_word *w, struct err *e)
{
	if (date_parse(w->value, &t->number) != 0)
		return limit_word_mistake(e, w, "wants a day such as 2026-03-31");
	t->compare = COMPARE_LESS;
	t->number = date_end_of_day(t->number);
	return 0;
}

static int parse_amount(struct term *t, const struct limit_word *w, struct err *e)
{
	static const struct unit units[] = {
		{"", 1},	   {"k", 1000},		 {"M", 1000000},
		{"G", 1000000000}, {"T", 1000000000000}, {NULL, 0},
	};

	if (parse_scaled(parse_compare(t, w->value), units, &t->number) != 0)
		return limit_word_mistake(e, w, "wants a number such as 0, >1G or <=500k");
	return 0;
}

static int parse_text(struct term *t, const struct limit_word *w, struct err *e)
{
	(void)e;
	t->glob = has_glob(w->value);
	t->text = lower_copy(w->value);
	return 0;
}

/* Text with letters outside ASCII is looked for in A-labels as its A-label, where it is a whole
 * name or label, and in U-labels as the lower case that IDNA makes of it. */
static void set_name(struct term *t, const char *value)
{
	char name[NAME_SIZE], unicode[UNICODE_SIZE];

	t->glob = has_glob(value);
	t->text = lower_copy(value);
	if (escape_is_plain(value, strlen(value)))
		return;
	if (!t->glob && name_from_text(name, value, strlen(value), NULL) != NAME_REFUSED) {
		free(t->text);
		t->text = mem_copy_string(name);
		if (name_to_unicode(unicode, sizeof unicode, name)[0])
			t->unicode = mem_copy_string(unicode);
		return;
	}
	t->unicode = mem_copy_string(t->text);
}

static int parse_mx(struct term *t, const struct limit_word *w, struct err *e)
{
	char name[NAME_SIZE];
	const char *why;

	t->glob = has_glob(w->value);
	if (w->value[0] == '\0')
		return limit_word_mistake(e, w, "wants the name of an MX host, such as *.google.com");
	if (t->glob) {
		size_t len;

		t->text = lower_copy(w->value);
		len = strlen(t->text);
		if (len > 1 && t->text[len - 1] == '.')
			t->text[len - 1] = '\0';
		return 0;
	}
	if (name_from_text(name, w->value, strlen(w->value), &why) == NAME_REFUSED)
		return limit_word_mistake(e, w, why);
	t->text = mem_copy_string(name);
	return 0;
}

static const struct {
	const char *name;
	enum term_kind kind;
	int (*parse)(struct term *t, const struct limit_word *w, struct err *e);
	const char *value, *help; /* an example, and what it picks */
} keys[] = {
	{"class", TERM_CLASS, parse_class, "orphan", "what it is: ok moved broken orphan unknown na"},
	{"reason", TERM_REASON, parse_reason, "ORPHAN_OFFNET", "the code of why; UNK_* is all that begin so"},
	{"state", TERM_STATE, parse_state, "deletable", "new listed suspect orphan deletable hold pinned flapping"},
	{"ready", TERM_READY, parse_bit, "yes", "an orphan that may be deleted now"},
	{"customer", TERM_CUSTOMER, parse_text, "C-1042", "whose it is; without a value nobody's"},
	{"mx", TERM_MX, parse_mx, "*.google.com", "where its mail goes: a host, or what is below it"},
	{"pinned", TERM_PINNED, parse_bit, "no", "kept whatever DNS says"},
	{"brownout", TERM_BROWNOUT, parse_bit, "yes", "answered 450 until it goes"},
	{"since", TERM_SINCE, parse_since, ">30d", "so for longer, or <30d for less; h d w mo y"},
	{"bytes", TERM_BYTES, parse_amount, ">1G", "mail that came in, of 30 days"},
	{"held", TERM_HELD, parse_amount, "0", "messages held through an outage, of 12 months"},
	{"notice", TERM_NOTICE, parse_notice, "expired", "its customer was told: none, pending or expired"},
	{"flag", TERM_FLAG, parse_flag, "H_NEAR_MISS", "a code beside the reason; H_* is all that begin so"},
	{"from", TERM_TIME, parse_from, "2026-03-01", "so, or recorded, on that day or later"},
	{"to", TERM_TIME, parse_to, "2026-03-31", "so, or recorded, on that day or earlier"},
	{"action", TERM_ACTION, parse_text, "delete", "of a record of the audit log: what was done"},
};

const char *limit_key(size_t i)
{
	return i < sizeof keys / sizeof *keys ? keys[i].name : NULL;
}

const char *limit_key_value(size_t i)
{
	return i < sizeof keys / sizeof *keys ? keys[i].value : NULL;
}

const char *limit_key_help(size_t i)
{
	return i < sizeof keys / sizeof *keys ? keys[i].help : NULL;
}

int limit_word_read(struct term *t, const struct limit_word *w, struct err *e)
{
	char shown[SHOWN];
	struct str why = {0};

	t->negated = w->negated;
	if (!w->key[0]) {
		t->kind = TERM_NAME;
		if (!w->value[0])
			return limit_word_mistake(e, w,
				       w->negated ? "'-' without a word behind it"
						  : "an empty word");
		set_name(t, w->value);
		return 0;
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcasecmp(w->key, keys[i].name) == 0) {
			t->kind = keys[i].kind;
			return keys[i].parse(t, w, e);
		}
	str_addf(&why, "unknown key '%s'; keys are", escape(shown, sizeof shown, w->key, strlen(w->key)));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		str_addf(&why, " %s", keys[i].name);
	limit_word_mistake(e, w, str_text(&why));
	str_clear(&why);
	return -1;
}
