/*
 * act_inner: what the files of act share: the change that is asking its questions.
 */
#ifndef UI_ACT_INNER_H
#define UI_ACT_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "cmd/keys.h"
#include "relay/entry.h"

struct console;

enum { ACT_LABEL = 200 };

struct act {
	struct console *console;
	enum key_id id;
	char **name;
	size_t n;
	enum pin_reason pin;
	int64_t deadline; /* of a notice */
	struct str customer, note; /* as they stood when asked, of a single entry; a change by others since is kept */
	struct str typed;	   /* the customer */
};

/* It is over. */
void act_finish(struct act *a);

/* "shop.example" or "12 entries". */
const char *act_whom(const struct act *a, char out[300]);

/* A question about them, for the line as it is now: the name is cut so that what stands before and behind it is there, and
 * so many letters more as an answer. */
const char *act_label(char out[ACT_LABEL], const struct act *a, const char *before, const char *behind, int typed);

/* --- act_edit.c: customer and note --- */
void act_ask_edit(struct act *a);

#endif
