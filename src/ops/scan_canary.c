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
	int heard; /* answers that say something */
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

static void on_any(void *ctx, const struct lookup_result *r)
{
	struct canary *c = ctx;

	c->all->open--;
	for (size_t i = 0; i < r->n_all; i++)
		c->all->heard += r->all[i].status != ANSWER_FAIL;
}

static void ask_names(struct canaries *all, struct canary *c, const struct name_list *names, lookup_fn *fn)
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->name[i][0] == '*')
			continue;
		all->open++;
		lookups_ask_anyway(all->scanning->ward->lookups, names->name[i], fn, c);
	}
}

static void ask_random(struct canaries *all, struct canary *c)
{
	uint64_t number = 0;
	char name[40];

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		number = (uint64_t)loop_now();
	snprintf(name, sizeof name, "mxward-%016" PRIx64 ".invalid", number);
	all->open++;
	lookups_ask_anyway(all->scanning->ward->lookups, name, on_canary, c);
}

static void wait_for(struct canaries *all)
{
	while (all->open > 0)
		loop_turn(all->scanning->ward->loop, 1000);
	lookups_compare(all->scanning->ward->lookups, 0);
}

void scan_ask_canaries(struct scanning *s)
{
	struct canaries all = {.scanning = s};
	struct canary listed = {&all, CANARY_LISTED}, absent = {&all, CANARY_ABSENT}, random = {&all, CANARY_RANDOM};

	lookups_compare(s->ward->lookups, 1);
	ask_names(&all, &listed, &s->ward->config.canary_listed, on_canary);
	ask_names(&all, &absent, &s->ward->config.canary_absent, on_canary);
	ask_random(&all, &random);
	wait_for(&all);
}

int scan_hears_canaries(struct scanning *s)
{
	const struct config *config = &s->ward->config;
	struct canaries all = {.scanning = s};
	struct canary any = {&all, CANARY_LISTED};

	lookups_forget(s->ward->lookups); /* what was heard before is no sign of life */
	lookups_compare(s->ward->lookups, 1);
	ask_names(&all, &any, &config->canary_listed, on_any);
	ask_names(&all, &any, &config->canary_absent, on_any);
	if (all.open == 0)
		ask_names(&all, &any, &config->site.relay_hosts, on_any);
	wait_for(&all);
	return all.heard > 0;
}
