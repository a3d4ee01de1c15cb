#include "torture/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "torture/raw.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void look(struct trial *t, struct state *s)
{
	trial_look(t, s);
	if (!s->why && !(s->shape = raw_shape(trial_path(t, "now/db"))))
		s->why = strdup("LMDB alone cannot read it");
}

/* FNV-1a of its bytes; 0 when there is no such file. */
static unsigned long hash_product(const struct trial *t, const struct work *w)
{
	unsigned long hash = 14695981039346656037u;
	char path[1300];
	FILE *f;
	int c;

	if (!w->product)
		return 0;
	trial_fill(t, path, sizeof path, w->product);
	f = fopen(path, "rb");
	if (!f)
		return 0;
	while ((c = fgetc(f)) != EOF)
		hash = (hash ^ (unsigned long)c) * 1099511628211u;
	fclose(f);
	return hash;
}

/* Whether what proves it holds; said gets what was printed last. */
static int is_proved(struct trial *t, const struct work *w, char *said, size_t size)
{
	char lines[400], line[1500], *save = NULL;
	int good = 0;

	snprintf(lines, sizeof lines, "%s", w->proof);
	for (char *p = strtok_r(lines, ";", &save); p; p = strtok_r(NULL, ";", &save)) {
		struct run_result r;

		trial_fill(t, line, sizeof line, p);
		run_line(&r, t->config, "%s", line);
		good = r.status < 64 && (strstr(r.out, w->proved) || strstr(r.err, w->proved));
		snprintf(said, size, "'%.200s' says %d: %.200s%.200s", line, r.status, r.out, r.err);
		run_clear(&r);
	}
	return good;
}

/* --- undisturbed ------------------------------------------------------------------------------------------ */

static void run_counted(struct trial *t, struct work *w, struct run_result *r)
{
	char line[1500], counts[1200];
	double began;
	FILE *f;

	trial_fill(t, line, sizeof line, w->line);
	snprintf(counts, sizeof counts, "%s", trial_path(t, "counts"));
	unlink(counts);
	began = now();
	trial_run(t, r, "preload_faults.so", "MXWARD_FAULT_COUNT", counts, line);
	w->seconds = now() - began;
	w->status = r->status;
	f = fopen(counts, "rb");
	if (!f || fread(&w->calls, sizeof w->calls, 1, f) != 1)
		trial_give_up(counts);
	fclose(f);
}

/* Were it to do nothing and to say that all is well, something must tell. */
static int would_tell(struct trial *t, const struct work *w)
{
	char said[700];

	if (w->is & WORK_IN_PIECES)
		return state_was_scanned(&w->after, &w->before);
	if (!state_is(&w->after, &w->before, 0) || w->after.records != w->before.records ||
	    w->product_after != w->product_before || strcmp(w->after.shape, w->before.shape) != 0)
		return 1;
	trial_reset(t, w->base);
	return w->proof && !is_proved(t, w, said, sizeof said);
}

int work_measure(struct trial *t, struct work *w)
{
	struct run_result r;
	char said[700] = "";
	int good;

	w->is_measured = 1;
	trial_reset(t, w->base);
	look(t, &w->before);
	w->product_before = hash_product(t, w);
	run_counted(t, w, &r);
	look(t, &w->after);
	w->product_after = hash_product(t, w);
	good = r.status < 64 && !w->before.why && !w->after.why && (!w->product || w->product_after) &&
	       (!w->acknowledged || strstr(r.out, w->acknowledged)) && (!w->proof || is_proved(t, w, said, sizeof said));
	if (!good)
		trial_bad(t, "%s does not work when nothing is wrong (%d): %s%s%s%s", w->line, r.status, r.out, r.err,
			  w->after.why ? w->after.why : "", said);
	else if (!(good = would_tell(t, w)))
		trial_bad(t, "%s: nothing tells whether it is done", w->line);
	run_clear(&r);
	return good ? 0 : -1;
}

void work_clear(struct work *w)
{
	state_clear(&w->before);
	state_clear(&w->after);
}

/* --- disturbed -------------------------------------------------------------------------------------------- */

static char text[1400];

static const char *judge_done(struct trial *t, const struct work *w, const struct state *s)
{
	char said[700];

	if (!state_is(s, &w->after, 0))
		return "it had said so, and it is not there";
	if (s->records != w->after.records) {
		snprintf(text, sizeof text, "it had said so, and there are %ld records, not %ld", s->records, w->after.records);
		return text;
	}
	if (strcmp(s->shape, w->after.shape) != 0) {
		snprintf(text, sizeof text, "it had said so, and the tables have %s, not %s", s->shape, w->after.shape);
		return text;
	}
	if (hash_product(t, w) != w->product_after)
		return "it had said so, and the file that it makes is not there, or another one";
	if (w->proof && !is_proved(t, w, said, sizeof said)) {
		snprintf(text, sizeof text, "it had said so, and %s", said);
		return text;
	}
	return NULL;
}

/* Once it is gone on with all is as if nothing had come in between; one that was cut off behind its last entry may be
 * taken for ended, so that each is looked at once more. */
static const char *judge_resumed(struct trial *t, const struct work *w, int is_cut)
{
	struct run_result r;
	struct state s;
	int good;

	run_line(&r, t->config, "%s", w->line);
	look(t, &s);
	good = r.status == w->status && !s.why && state_is(&s, &w->after, is_cut ? 0 : 1) && s.records == w->after.records;
	if (!good)
		snprintf(text, sizeof text, "gone on with it is not as undisturbed: status %d, %ld records, not %ld: %.300s%.300s",
			 r.status, s.records, w->after.records, r.err, s.why ? s.why : "");
	state_clear(&s);
	run_clear(&r);
	return good ? NULL : text;
}

static int is_whole(const struct work *w, const struct state *s, enum outcome outcome, int *is_cut)
{
	if (w->is & WORK_IN_PIECES)
		return state_is_between(s, &w->before, &w->after, is_cut);
	return (outcome != OUTCOME_BEHIND && state_is(s, &w->before, 0)) ||
	       (outcome != OUTCOME_FAILED && state_is(s, &w->after, 0));
}

static const char *judge_undone(struct trial *t, const struct work *w, enum outcome outcome, const struct state *s)
{
	long least = w->before.records, most = w->after.records;
	unsigned long product = hash_product(t, w);
	int is_cut = 0;

	if (least > most) {
		least = w->after.records;
		most = w->before.records;
	}
	if (!is_whole(w, s, outcome, &is_cut))
		return outcome == OUTCOME_OPEN ? "neither before nor after"
		       : outcome == OUTCOME_BEHIND ? "it had said so, and it is not there"
						   : "it failed, and something is not as before";
	if (product != w->product_before && product != w->product_after)
		return "the file that it makes is neither as before nor as after";
	if (s->records < least || s->records > most) {
		snprintf(text, sizeof text, "%ld records, where %ld to %ld should be", s->records, least, most);
		return text;
	}
	return w->is & WORK_IN_PIECES ? judge_resumed(t, w, is_cut) : NULL;
}

const char *work_judge(struct trial *t, const struct work *w, enum outcome outcome, int *is_done)
{
	const char *wrong = text;
	struct state s;

	look(t, &s);
	*is_done = (w->is & WORK_IN_PIECES) || outcome == OUTCOME_DONE || s.records != w->before.records ||
		   !state_is(&s, &w->before, 0);
	if (s.why)
		snprintf(text, sizeof text, "%s", s.why);
	else if (outcome == OUTCOME_DONE)
		wrong = judge_done(t, w, &s);
	else
		wrong = judge_undone(t, w, outcome, &s);
	state_clear(&s);
	return wrong;
}

const char *work_judge_again(struct trial *t, const struct work *w)
{
	const char *wrong = NULL;
	char line[1500], said[700];
	struct run_result r;
	struct state s;

	trial_fill(t, line, sizeof line, w->line);
	run_line(&r, t->config, "%s", line);
	look(t, &s);
	if (r.status != w->status && !(w->already && strstr(r.err, w->already)))
		snprintf(text, sizeof text, "once more it ends with %d: %.600s", r.status, r.err), wrong = text;
	else if (s.why || !state_is(&s, &w->after, 0) || hash_product(t, w) != w->product_after)
		snprintf(text, sizeof text, "once more it does not do its work: %.600s", s.why ? s.why : ""), wrong = text;
	else if (w->proof && (r.status == w->status || !(w->is & WORK_BEGINS)) && !is_proved(t, w, said, sizeof said))
		snprintf(text, sizeof text, "once more it does not do its work: %s", said), wrong = text;
	state_clear(&s);
	run_clear(&r);
	return wrong;
}
