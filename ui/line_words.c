#include "ui/line_words.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

int line_words_split(struct line_words *w, const char *text, struct err *e)
{
	char *out, quote = '\0';
	int inside = 0;

	*w = (struct line_words){.line = mem_copy_string(text)};
	out = w->line;
	for (const char *p = text; *p; p++) {
		if (!quote && *p == ' ') {
			if (inside)
				*out++ = '\0';
			inside = 0;
			continue;
		}
		if (!inside) {
			if (w->n == LINE_WORDS_MAX)
				return err_set(e, ERR_USAGE, "more than %d words; the shell takes them", LINE_WORDS_MAX);
			w->word[w->n++] = out;
			inside = 1;
		}
		if (quote ? *p == quote : *p == '\'' || *p == '"')
			quote = quote ? '\0' : *p;
		else if (*p == '\\' && p[1] && quote != '\'')
			*out++ = *++p;
		else
			*out++ = *p;
	}
	*out = '\0';
	return quote ? err_set(e, ERR_USAGE, "a quote is open") : 0;
}

void line_words_clear(struct line_words *w)
{
	free(w->line);
	*w = (struct line_words){0};
}
