/*
 * line_words: the words of a `:` line, cut at blanks as a shell does it.
 *
 * Quotes of both kinds hold blanks together, a backslash takes the next byte as it is.  Nothing is expanded.
 */
#ifndef UI_LINE_WORDS_H
#define UI_LINE_WORDS_H

struct err;

enum { LINE_WORDS_MAX = 64 };

struct line_words {
	char *word[LINE_WORDS_MAX + 1]; /* into line; NULL behind the last */
	int n;
	char *line;
};

/* 0, or -1 with more words than that or an open quote; to be cleared either way. */
int line_words_split(struct line_words *w, const char *text, struct err *e);
void line_words_clear(struct line_words *w);

#endif
