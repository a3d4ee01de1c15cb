#include "ops/scan_inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/loop.h"
#include "dns/lookup.h"
#include "ops/ward.h"

enum canary_kind { CANARY_LISTED, CANARY_ABSENT, CANARY_RANDOM };

struct canaries {
	struct scanning *scanning;
	size_t open;
};

struct canary {
	struct canaries *all;
	enum canary_kind kind;
};

/* 1 as it should be, 0 wrong, -1 nothing was heard. */
static int judge(enum canary_kind kind, const struct answer *a, struct verdict v)
{
	if (kind == CANARY_LISTED) {
		if (v.class == CLASS_UNKNOWN)
			return -1;
		return verdict_is_listed(v);
	}
	return a->status == ANSWER_FAIL ? -1 : a->status == ANSWER_NXDOMAIN;
}

static void fail(struct scanning *s, const char *name, const char *how)
{
	if (s->scan.canaries)
		snprintf(s->cause, sizeof s->cause, "the canary '%s' %s", name, how);
	s->scan.canaries = 0;
}

static void on_canary(void *ctx, const struct lookup_result *r)
{
	static const char *const wrong[] = {
		[CANARY_LISTED] = "does not list us, although it must: a resolver or the configuration is wrong",
		[CANARY_ABSENT] = "exists, although it must not: a resolver makes names up",
		[CANARY_RANDOM] = "exists, although nothing below .invalid does: a resolver makes names up",
	};
	const struct canary *c = ctx;
	struct scanning *s = c->all->scanning;
	int good = 0;

	c->all->open--;
	for (size_t i = 0; i < r->n_all; i++) {
		int is = judge(c->kind, &r->all[i], r->each[i]);

		if (is == 0) {
			fail(s, r->name, wrong[c->kind]);
			return;
		}
		good += is == 1;
	}
	if (good == 0 && c->kind != CANARY_RANDOM)
		fail(s, r->name, "got no usable answer from any resolver");
}

static void ask_names(struct canaries *all, struct canary *c, const struct name_list *names)
{
	for (size_t i = 0; i < names->n; i++) {
		all->open++;
		lookups_ask_anyway(all->scanning->ward->lookups, names->name[i], on_canary, c);
	}
}

void scan_ask_canaries(struct scanning *s)
{
	struct canaries all = {s, 0};
	struct canary listed = {&all, CANARY_LISTED}, absent = {&all, CANARY_ABSENT}, random = {&all, CANARY_RANDOM};
	struct lookups *l = s->ward->lookups;
	uint64_t number = 0;
	char name[40];

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		number = (uint64_t)loop_now();
	snprintf(name, sizeof name, "mxward-%016" PRIx64 ".invalid", number);
	lookups_compare(l, 1);
	ask_names(&all, &listed, &s->ward->config.canary_listed);
	ask_names(&all, &absent, &s->ward->config.canary_absent);
	all.open++;
	lookups_ask_anyway(l, name, on_canary, &random);
	while (all.open > 0)
		loop_turn(s->ward->loop, 1000);
	lookups_compare(l, 0);
}
