/*
 * Power cuts: a row of commands is run once while all writes to data.mdb and all syncs are logged.  Of the log, cut at a
 * random place, come disks as a power cut may leave them: what was synced, and of the rest any part, in any order, torn
 * at sectors.  Each must be sound, hold all that had been acknowledged before the cut, and nothing half.
 *
 * A control throws the syncs away: were a disk to ignore them, most images had to fail, else the test sees nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "torture/work.h"

enum { FULL_CUTS = 2000, FULL_CONTROL = 200, SECTOR = 512, STEPS_MAX = 20, PENDING_MAX = 65536, LEAST_CONTROL = 20 };

struct event {
	char type; /* of preload_writes.c; A: acknowledged */
	int64_t at, len;
	const unsigned char *bytes;
	int step;
};

struct row {
	struct event *event;
	size_t n;
	unsigned char *log;
	struct state state[STEPS_MAX + 1]; /* state[i]: after i commands */
	int steps;
};

struct image {
	unsigned char *bytes;
	size_t len, room;
};

static const char *const steps[] = {
	"add one.example --customer C-1", "import --format names @/more", "scan", "pin one.example --reason etrn", "unpin one.example",
	"delete class:orphan --reason left --yes 400", "edit kept004.example --note moved", "delete kept005.example --override --reason x --yes 1",
	"restore kept005.example --reason back", "import --format names --again @/more", "pin kept005.example --reason other", "scan",
};

static const char control_tried[] = "control: cuts of a disk that ignores syncs", control_seen[] = "control: of these seen";

static size_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static unsigned char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	unsigned char *bytes;

	*len = file_size(path);
	bytes = malloc(*len + 1);
	if (!f || !bytes || fread(bytes, 1, *len, f) != *len) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return bytes;
}

static void add_events(struct row *row, size_t from, size_t to, int step)
{
	while (from < to) {
		struct event e = {.type = (char)row->log[from], .step = step};

		memcpy(&e.at, row->log + from + 1, 8);
		memcpy(&e.len, row->log + from + 9, 8);
		e.bytes = row->log + from + 17;
		from += 17 + (e.type == 'W' || e.type == 'M' ? (size_t)e.len : 0);
		row->event = realloc(row->event, (row->n + 1) * sizeof e);
		row->event[row->n++] = e;
	}
}

static void record_row(struct trial *t, struct row *row)
{
	char log[1200], line[1400];
	size_t end[STEPS_MAX] = {0}, len;
	struct run_result r;

	snprintf(log, sizeof log, "%s", trial_path(t, "writes"));
	trial_look(t, &row->state[0]);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		trial_fill(t, line, sizeof line, steps[i]);
		trial_run(t, &r, "preload_writes.so", "MXWARD_WRITES", log, line);
		if (r.status != 0)
			trial_bad(t, "%s ended with %d: %s", line, r.status, r.err);
		run_clear(&r);
		end[row->steps] = file_size(log);
		trial_look(t, &row->state[++row->steps]);
		if (strcmp(steps[i], "scan") == 0 && !state_was_scanned(&row->state[i + 1], &row->state[i]))
			trial_bad(t, "step %zu: of some entry a scan has kept nothing", i);
	}
	row->log = read_file(log, &len);
	for (int i = 0; i < row->steps; i++) {
		add_events(row, i ? end[i - 1] : 0, end[i], i);
		row->event = realloc(row->event, (row->n + 1) * sizeof *row->event);
		row->event[row->n++] = (struct event){.type = 'A', .step = i};
	}
}

static void apply(struct image *m, int64_t at, const unsigned char *bytes, size_t len)
{
	size_t end = (size_t)at + len;

	if (end > m->room) {
		m->bytes = realloc(m->bytes, 2 * end);
		m->room = 2 * end;
	}
	if (end > m->len) {
		memset(m->bytes + m->len, 0, end - m->len);
		m->len = end;
	}
	memcpy(m->bytes + at, bytes, len);
}

/* Of a write under way, the sectors before a random one. */
static void tear(struct trial *t, struct image *m, const struct event *e)
{
	unsigned draw = trial_random(t, 100);

	if (e->type == 'M' && draw < 50)
		apply(m, e->at, e->bytes, (size_t)e->len); /* within a sector, so whole or not at all */
	else if (e->type == 'W' && draw < 45)
		apply(m, e->at, e->bytes, (size_t)e->len);
	else if (e->type == 'W' && draw < 65)
		apply(m, e->at, e->bytes, SECTOR * (size_t)trial_random(t, (unsigned)(e->len / SECTOR + 1)));
}

/* Returns how many commands had been acknowledged. */
static int cut(struct trial *t, const struct row *row, size_t place, int ignore_sync, struct image *m)
{
	static const struct event *pending[PENDING_MAX];
	size_t n = 0;
	int acknowledged = 0;

	for (size_t i = 0; i < place; i++) {
		const struct event *e = &row->event[i];

		if (e->type == 'A') {
			acknowledged = e->step + 1;
		} else if (e->type == 'T' && (size_t)e->at < m->len) {
			m->len = (size_t)e->at;
		} else if (e->type == 'W' || (e->type == 'M' && ignore_sync)) {
			if (n < PENDING_MAX)
				pending[n++] = e;
		} else if (e->type == 'M') {
			apply(m, e->at, e->bytes, (size_t)e->len);
		} else if (e->type == 'S' && !ignore_sync) {
			for (size_t k = 0; k < n; k++)
				apply(m, pending[k]->at, pending[k]->bytes, (size_t)pending[k]->len);
			n = 0;
		}
	}
	/* The write of the meta page may be under way as well; without one its own pages are not in the image. */
	if (place < row->n && row->event[place].type == 'M' && n < PENDING_MAX)
		pending[n++] = &row->event[place];
	while (n > 0) {
		size_t k = trial_random(t, (unsigned)n);

		tear(t, m, pending[k]);
		pending[k] = pending[--n];
	}
	return acknowledged;
}

static const char *judge(struct trial *t, const struct row *row, int acknowledged)
{
	static char told[1500];
	int next = acknowledged < row->steps ? acknowledged : row->steps - 1, is_done;
	struct work w = {.line = steps[next], .before = row->state[acknowledged],
			 .after = row->state[acknowledged + (acknowledged < row->steps)],
			 .is = strcmp(steps[next], "scan") == 0 ? WORK_IN_PIECES : 0};
	const char *wrong = work_judge(t, &w, OUTCOME_OPEN, &is_done);

	snprintf(told, sizeof told, "after %d commands: %s", acknowledged, wrong ? wrong : "");
	return wrong ? told : NULL;
}

static const char *cut_one(struct trial *t, const struct row *row, int ignore_sync)
{
	struct image m = {0};
	const char *path, *wrong;
	int acknowledged;
	FILE *f;

	trial_reset(t, BASE_FULL);
	path = trial_path(t, "now/db/data.mdb");
	m.bytes = read_file(path, &m.len);
	m.room = m.len;
	acknowledged = cut(t, row, 1 + trial_random(t, (unsigned)row->n), ignore_sync, &m);
	f = fopen(path, "r+b");
	if (!f || ftruncate(fileno(f), (off_t)m.len) != 0 || fwrite(m.bytes, 1, m.len, f) != m.len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
	free(m.bytes);
	wrong = judge(t, row, acknowledged);
	return wrong;
}

void torture_power(struct trial *t)
{
	struct row row = {0};
	long cuts = trial_rounds(t, FULL_CUTS), control = trial_rounds(t, FULL_CONTROL), tried = 0, seen = 0, n;

	if (control < LEAST_CONTROL)
		control = LEAST_CONTROL;
	trial_reset(t, BASE_FULL);
	record_row(t, &row);
	while ((n = trial_take(t, cuts + control)) >= 0) {
		const char *wrong = cut_one(t, &row, n >= cuts);

		if (n >= cuts) {
			tried++;
			seen += wrong != NULL;
		} else if (wrong) {
			trial_bad(t, "%s", wrong);
		} else {
			trial_good(t);
		}
	}
	trial_tally(t, control_tried, tried);
	trial_tally(t, control_seen, seen);
	for (int i = 0; i <= row.steps; i++)
		state_clear(&row.state[i]);
	free(row.event);
	free(row.log);
}

/* One process alone may have had few of them, or none. */
void torture_power_sum(struct trial *t)
{
	long tried = trial_tallied(t, control_tried), seen = trial_tallied(t, control_seen);

	if (2 * seen < tried)
		trial_bad(t, "a disk that ignores syncs was seen in %ld of %ld cuts only", seen, tried);
}
