#include "ops/grade.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/loop.h"
#include "base/mem.h"
#include "dns/lookup.h"
#include "ops/import.h"
#include "ops/ward.h"

struct grading {
	struct ward *ward;
	const struct grade_options *o;
	struct grade *grade;
	struct arena arena;
	const char **name;
	size_t room, asked;
	int64_t began;
};

static void take_name(void *ctx, const char *name)
{
	struct grading *g = ctx;

	if (g->grade->names == g->room) {
		g->room = g->room * 2 + 1024;
		g->name = mem_array(g->name, g->room, sizeof *g->name);
	}
	g->name[g->grade->names++] = arena_string(&g->arena, name, strlen(name));
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void drop_twice(struct grading *g)
{
	size_t kept = 0;

	if (!g->name)
		return;
	qsort(g->name, g->grade->names, sizeof *g->name, by_name);
	for (size_t i = 0; i < g->grade->names; i++)
		if (kept == 0 || strcmp(g->name[kept - 1], g->name[i]) != 0)
			g->name[kept++] = g->name[i];
	g->grade->names = kept;
}

static void feed(struct grading *g);

static void on_answer(void *ctx, const struct lookup_result *r)
{
	struct grading *g = ctx;
	double seconds = (double)(loop_now() - g->began) / 1000;

	g->grade->done++;
	g->grade->class[r->verdict.class]++;
	g->grade->reason[r->verdict.reason]++;
	g->grade->held += r->verdict.deletion == DELETE_HOLD;
	g->grade->failing += r->verdict.severity >= SEVERITY_FAILING;
	if (g->o->on_name)
		g->o->on_name(g->o->ctx, r);
	if (g->o->progress)
		g->o->progress(g->o->ctx, g->grade, seconds > 0 ? (double)g->grade->done / seconds : 0);
	feed(g);
}

static void feed(struct grading *g)
{
	struct lookups *l = g->ward->lookups;

	while (g->asked < g->grade->names && lookups_pending(l) < 2 * lookups_window(l))
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where there are names, name holds them */
		lookups_ask(l, g->name[g->asked++], 0, on_answer, g);
}

int grade_run(struct ward *w, char **file, int n_files, const struct grade_options *o, struct grade *out, struct err *e)
{
	struct import_options io = {.format = TABLE_AUTO, .tell = o->tell, .ctx = o->ctx};
	struct grading g = {.ward = w, .o = o, .grade = out};
	int rc = 0;

	*out = (struct grade){0};
	for (int i = 0; i < n_files && rc == 0; i++) {
		size_t refused = 0;

		rc = import_names(file[i], TABLE_AUTO, take_name, &g, &io, &refused, e);
		out->refused += refused;
	}
	if (rc == 0)
		rc = ward_start_lookups(w, e);
	if (rc == 0) {
		drop_twice(&g);
		g.began = loop_now();
		feed(&g);
		while (rc == 0 && out->done < out->names) {
			loop_turn(w->loop, 1000);
			rc = ward_resolvers_answer(w, g.began, e);
		}
		if (rc != 0) { /* what is still asked must not call back into what is gone */
			lookups_free(w->lookups);
			w->lookups = NULL;
		}
	}
	free(g.name);
	arena_clear(&g.arena);
	return rc;
}

double grade_wrong(const struct grade *g)
{
	size_t wrong = g->class[CLASS_ORPHAN] + g->class[CLASS_MOVED] + g->class[CLASS_BROKEN];
	size_t judged = wrong + g->class[CLASS_OK];

	return judged ? (double)wrong / (double)judged : -1;
}
