/*
 * limit_term: a parsed limit, as limit.c and limit_word.c make it and limit_match.c reads it.
 *
 * What names a closed vocabulary (class, reason, state, flag, yes and no) has
 * become a set of bits when it was parsed, so that a row costs one shift.
 */
#ifndef RELAY_LIMIT_TERM_H
#define RELAY_LIMIT_TERM_H

#include <stddef.h>
#include <stdint.h>

enum term_kind {
	TERM_CLASS,
	TERM_REASON,
	TERM_STATE,
	TERM_READY,
	TERM_FLAG,
	TERM_PINNED,
	TERM_BROWNOUT,
	TERM_NOTICE,
	TERM_SINCE,
	TERM_TIME,
	TERM_BYTES,
	TERM_HELD,
	TERM_CUSTOMER,
	TERM_ACTION,
	TERM_NAME,
	TERM_MX /* the order is that of what a test costs */
};

enum term_compare {
	COMPARE_EQUAL,
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_MORE,
	COMPARE_MORE_EQUAL
};

enum notice_bit { NOTICE_NONE, NOTICE_PENDING, NOTICE_EXPIRED };

struct term {
	enum term_kind kind;
	int negated;
	uint64_t set;		  /* bits of the vocabulary; for flags the flags */
	enum term_compare compare;
	int64_t number;
	int glob;		  /* text has * or ? and must match the whole */
	char *text;		  /* lower case; for TERM_NAME as an A-label where it has one */
	char *unicode;		  /* for text with letters outside ASCII: its U-label; else NULL */
};

struct limit {
	struct term *term;
	size_t n;
	int needs_mx;
};

/* True when text, in any case, matches a pattern in lower case: * any characters, ? one. */
int limit_glob_matches(const char *pattern, const char *text);

#endif
