/*
 * The limit language, and its answer for two rows: one of which everything is known, and one of which nothing is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "fuzz/targets.h"
#include "relay/limit.h"
#include "relay/timeline.h"
#include "relay/verdict.h"

static const char *mx(const void *ctx, size_t i)
{
	(void)ctx;
	return i < 2 ? i ? "mx2.cloud.example" : "mx1.cloud.example" : NULL;
}

void fuzz_limit(const uint8_t *bytes, size_t len)
{
	static const struct limit_row known = {.name = "shop.example", .customer = "C-1042", .class = CLASS_ORPHAN,
					       .reason = ORPHAN_OFFNET, .state = STATE_DELETABLE, .flags = 5,
					       .since = 1700000000, .bytes = 1000000, .held = 3,
					       .notice_deadline = 1750000000, .time = 1700000000,
					       .action = "relay.delete", .mx_target = mx};
	static const struct limit_row unknown = {.name = "new.example", .customer = "", .bytes = -1, .held = -1,
						 .mx_target = mx};
	char *text = malloc(len + 1);
	struct limit *l = NULL;
	struct err e = {0};
	size_t place = 0;

	memcpy(text, bytes, len);
	text[len] = '\0';
	limit_is_limit(text);
	if (limit_parse(&l, text, &e, &place) != 0) {
		FUZZ_ASSERT(e.text[0] && place <= strlen(text));
	} else {
		limit_matches(l, &known, 1760000000);
		limit_matches(l, &unknown, 1760000000);
		limit_needs_mx(l);
		limit_free(l);
	}
	free(text);
}
