/*
 * Damage to data.mdb: flipped bits anywhere and in page heads, truncations, zeroed pages.  Nothing ends by a signal and
 * nothing is silently wrong.  What is true is known beforehand, and what LMDB alone makes of the damaged file (raw.h):
 *
 * - where any row, or the list of free pages, is not what it was, `check` says so, and names the backup that is the way back;
 * - what a command prints with status 0 is what it printed before, whatever `check` says;
 * - where `check` is content every command works, deletes and imports what it would have, and `check` stays content;
 * - the way back works.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "torture/raw.h"
#include "torture/trial.h"

enum { FULL_FLIPS = 1000, FULL_HEADERS = 500, FULL_CUTS = 200, FULL_ZEROS = 200, PAGE = 4096, HEADER = 64 };

static const char *const looks[] = {
	"list --format jsonl", "audit list --format jsonl", "show kept001.example --format json", "show gone07.example --format json",
	"list --format csv class:orphan", "list --format names",
};

enum { N_LOOKS = sizeof looks / sizeof *looks };

/* What is true. */
struct sound {
	char *said[N_LOOKS];
	struct state state, deleted, imported;
	struct raw *raw;
	off_t size;
};

static const char delete_line[] = "delete class:orphan --reason left --yes 100", import_line[] = "import --format names @/more";

static void flip(int fd, off_t at, unsigned bit)
{
	unsigned char byte = 0;

	if (pread(fd, &byte, 1, at) != 1)
		exit(1);
	byte ^= (unsigned char)(1u << bit);
	if (pwrite(fd, &byte, 1, at) != 1)
		exit(1);
}

static void damage(struct trial *t, int kind, off_t size, char *what, size_t room)
{
	static const char zeros[PAGE];
	int fd = open(trial_path(t, "now/db/data.mdb"), O_RDWR | O_CLOEXEC);
	unsigned pages = (unsigned)(size / PAGE), page = trial_random(t, pages), bit = trial_random(t, 8);
	off_t at = (off_t)trial_random(t, (unsigned)size);
	int rc = 0;

	if (kind == 0) {
		flip(fd, at, bit);
		snprintf(what, room, "bit %u of byte %ld", bit, (long)at);
	} else if (kind == 1) {
		at = (off_t)page * PAGE + (off_t)trial_random(t, HEADER);
		flip(fd, at, bit);
		snprintf(what, room, "bit %u of byte %ld, of a page's head", bit, (long)at);
	} else if (kind == 2) {
		rc = ftruncate(fd, at);
		snprintf(what, room, "cut to %ld bytes", (long)at);
	} else {
		rc = pwrite(fd, zeros, PAGE, (off_t)page * PAGE) == PAGE ? 0 : -1;
		snprintf(what, room, "page %u zeroed", page);
	}
	if (fd < 0 || rc != 0)
		exit(1);
	close(fd);
}

/* Not only the command: which backup. */
static int names_way_back(const struct trial *t, const char *said)
{
	char way[1300];
	size_t len = (size_t)snprintf(way, sizeof way, "mxward restore-backup %s", trial_path(t, "now/backup"));
	const char *at = strstr(said, way);

	return at && strchr("\n;", at[len]);
}

/* 1 when check is content, 0 when it is not, -1 when that is said. */
static int check(struct trial *t, const char *what)
{
	struct run_result r;
	int content = -1;

	run_line(&r, t->config, "check");
	if (r.status >= 128)
		trial_bad(t, "%s: check ended by a signal (%d)", what, r.status);
	else if (r.status != 0 && !names_way_back(t, r.err))
		trial_bad(t, "%s: check does not name the way back: %s%s", what, r.out, r.err);
	else
		content = r.status == 0;
	run_clear(&r);
	return content;
}

static int look(struct trial *t, const struct sound *s, int is_content, const char *what)
{
	for (int i = 0; i < N_LOOKS; i++) {
		struct run_result r;
		int same, status, names_way;
		size_t at = 0;

		run_line(&r, t->config, "%s", looks[i]);
		status = r.status;
		same = strcmp(r.out, s->said[i]) == 0;
		names_way = names_way_back(t, r.err);
		while (r.out[at] && r.out[at] == s->said[i][at])
			at++;
		if (status == 0 && !same) {
			trial_bad(t, "%s: '%s' is silently wrong: %.60s, where it was %.60s", what, looks[i], r.out + at,
				  s->said[i] + at);
			run_clear(&r);
			return -1;
		}
		run_clear(&r);
		if (status >= 128) {
			trial_bad(t, "%s: '%s' ended by a signal (%d)", what, looks[i], status);
			return -1;
		}
		if (is_content && status != 0) {
			trial_bad(t, "%s: check is content, and '%s' ended with %d", what, looks[i], status);
			return -1;
		}
		if ((status == 65 || status == 70) && !names_way) {
			trial_bad(t, "%s: '%s' does not name the way back", what, looks[i]);
			return -1;
		}
	}
	return 0;
}

static int bring_back(struct trial *t, const struct sound *s, const char *what)
{
	struct run_result r;
	struct state now;
	int good;

	run_line(&r, t->config, "restore-backup %s", trial_path(t, "now/backup"));
	trial_look(t, &now);
	good = r.status == 0 && !now.why && state_has_rows(&now, &s->state);
	if (!good)
		trial_bad(t, "%s: restore-backup: %d %s%s", what, r.status, r.err, now.why ? now.why : "");
	state_clear(&now);
	run_clear(&r);
	return good ? 0 : -1;
}

/* Deletes or imports; acknowledged is what it says when all that it is meant for was found. */
static int change(struct trial *t, const char *words, const char *acknowledged, const struct state *want, int is_content,
		  const char *what)
{
	struct run_result r;
	struct state now = {0};
	char line[1500];
	int bad = -1;

	trial_fill(t, line, sizeof line, words);
	run_line(&r, t->config, "%s", line);
	if (r.status == 0 || is_content)
		trial_look(t, &now);
	if (r.status >= 128)
		trial_bad(t, "%s: '%s' ended by a signal (%d)", what, words, r.status);
	else if (r.status == 0 && !strstr(r.out, acknowledged))
		trial_bad(t, "%s: '%s' is silently wrong: %s", what, words, r.out);
	else if (is_content && r.status != 0)
		trial_bad(t, "%s: check is content, and '%s' ended with %d: %s", what, words, r.status, r.err);
	else if (is_content && now.why)
		trial_bad(t, "%s: check was content, and after '%s': %s", what, words, now.why);
	else if (r.status == 0 && now.rows && !state_has_rows(&now, want))
		trial_bad(t, "%s: '%s' did something else", what, words);
	else if ((r.status == 65 || r.status == 70) && !names_way_back(t, r.err))
		trial_bad(t, "%s: '%s' does not name the way back: %s", what, words, r.err);
	else
		bad = 0;
	state_clear(&now);
	run_clear(&r);
	return bad;
}

static const struct {
	const char *name, *found, *harmless;
	long full;
} kinds[] = {
	{"bits", "bits: found", "bits: touch nothing that lives", FULL_FLIPS},
	{"page heads", "bits of page heads: found", "bits of page heads: touch nothing that lives", FULL_HEADERS},
	{"truncations", "truncations: found", "truncations: touch nothing that lives", FULL_CUTS},
	{"zeroed pages", "zeroed pages: found", "zeroed pages: touch nothing that lives", FULL_ZEROS},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void damage_one(struct trial *t, int kind, long number, const struct sound *s)
{
	int is_content, bad;
	char what[80];

	trial_reset(t, BASE_FULL);
	damage(t, kind, s->size, what, sizeof what);
	is_content = check(t, what);
	if (is_content < 0)
		return;
	if (is_content && !raw_is_same(s->raw, trial_path(t, "now/db"))) {
		trial_bad(t, "%s: check is content, and something is not what it was", what);
		return;
	}
	bad = look(t, s, is_content, what);
	if (bad == 0 && number % 3 == 0 && !is_content) {
		bad = bring_back(t, s, what);
		trial_tally(t, "brought back", 1);
	} else if (bad == 0 && number % 3 == 1) {
		bad = change(t, delete_line, "40 deleted", &s->deleted, is_content, what);
	} else if (bad == 0) {
		bad = change(t, import_line, "200 added", &s->imported, is_content, what);
	}
	if (bad == 0)
		trial_good(t);
	trial_tally(t, is_content ? kinds[kind].harmless : kinds[kind].found, 1);
}

static void learn_change(struct trial *t, const char *words, struct state *out)
{
	struct run_result r;
	char line[1500];

	trial_reset(t, BASE_FULL);
	trial_fill(t, line, sizeof line, words);
	run_line(&r, t->config, "%s", line);
	trial_look(t, out);
	if (r.status != 0 || out->why)
		trial_bad(t, "%s does not work when nothing is wrong: %d %s", line, r.status, r.err);
	run_clear(&r);
}

static void learn(struct trial *t, struct sound *s)
{
	struct stat st;

	learn_change(t, delete_line, &s->deleted);
	learn_change(t, import_line, &s->imported);
	trial_reset(t, BASE_FULL);
	s->raw = raw_read(trial_path(t, "now/db"));
	trial_look(t, &s->state);
	for (int i = 0; i < N_LOOKS; i++) {
		struct run_result r;

		run_line(&r, t->config, "%s", looks[i]);
		s->said[i] = strdup(r.out);
		run_clear(&r);
	}
	if (!s->raw || stat(trial_path(t, "now/db/data.mdb"), &st) != 0)
		exit(1);
	s->size = st.st_size;
}

void torture_damage(struct trial *t)
{
	struct sound s = {0};
	long all = 0, n;

	for (int kind = 0; kind < N_KINDS; kind++)
		all += trial_rounds(t, kinds[kind].full);
	learn(t, &s);
	while ((n = trial_take(t, all)) >= 0) {
		long i = n;
		int kind = 0;

		while (i >= trial_rounds(t, kinds[kind].full))
			i -= trial_rounds(t, kinds[kind++].full);
		damage_one(t, kind, n, &s);
	}
	for (int i = 0; i < N_LOOKS; i++)
		free(s.said[i]);
	state_clear(&s.state);
	state_clear(&s.deleted);
	state_clear(&s.imported);
	raw_free(s.raw);
}
