#include "ui/agree.h"

#include <inttypes.h>
#include <stdio.h>

#include "ui/view.h"

enum { TYPE_THE_NUMBER_ABOVE = 20 };

int agree_wants_number(uint64_t n)
{
	return n > TYPE_THE_NUMBER_ABOVE;
}

void agree_ask(struct console *c, const struct agreement *a)
{
	struct question q = {.kind = PROMPT_CONFIRM, .number = a->n, .guard = 1, .answer = a->answer, .ctx = a->ctx};
	char label[160];

	q.label = label;
	if (a->is_typed || agree_wants_number(a->n)) {
		q.kind = PROMPT_NUMBER;
		snprintf(label, sizeof label, "Type %" PRIu64 " to %s, else nothing happens:", a->n, a->what);
	} else {
		snprintf(label, sizeof label, "%s y/N", a->question);
	}
	console_ask(c, &q);
}
