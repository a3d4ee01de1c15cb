/*
 * Damage to data.mdb: flipped bits anywhere and in page headers, truncations, zeroed pages.  Nothing ends by a signal,
 * nothing is silently wrong: where `check` finds the database sound, everything it says is what it said before; where a
 * command prints rows and succeeds, they are the right ones.  What refuses names the way back, which works.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "torture/trial.h"

enum { FULL_FLIPS = 1000, FULL_HEADERS = 500, FULL_CUTS = 200, FULL_ZEROS = 200, PAGE = 4096, HEADER = 64, BRING_BACK = 10 };

static const char *const looks[] = {
	"list --format jsonl", "audit list --format jsonl", "show kept001.example --format json", "show gone07.example --format json",
	"list --format csv class:orphan",
};

enum { N_LOOKS = sizeof looks / sizeof *looks };

struct sound {
	char *said[N_LOOKS];
	struct state state;
	off_t size;
};

struct count {
	long found, harmless, back;
};

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

/* 1 when check is content. */
static int check(struct trial *t, const char *what)
{
	struct run_result r;
	int status;

	run_line(&r, t->config, "check");
	status = r.status;
	if (status >= 128)
		trial_bad(t, "%s: check ended by a signal (%d)", what, status);
	else if (status != 0 && !strstr(r.out, "restore-backup") && !strstr(r.err, "restore-backup"))
		trial_bad(t, "%s: check does not name the way back: %s%s", what, r.out, r.err);
	run_clear(&r);
	return status == 0;
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
		names_way = strstr(r.err, "restore-backup") != NULL;
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
	return good;
}

static void damage_one(struct trial *t, int kind, long number, const struct sound *s, struct count *n)
{
	int bad = t->failed, is_content;
	struct run_result r;
	char what[80];

	trial_reset(t, BASE_FULL);
	damage(t, kind, s->size, what, sizeof what);
	is_content = check(t, what);
	if (look(t, s, is_content, what) == 0 && number % BRING_BACK != 0) { /* its record a backup would not have */
		run_line(&r, t->config, "edit kept001.example --note z");
		if (r.status >= 128)
			trial_bad(t, "%s: edit ended by a signal (%d)", what, r.status);
		run_clear(&r);
	}
	if (t->failed == bad && !is_content && number % BRING_BACK == 0)
		n->back += bring_back(t, s, what);
	if (t->failed == bad) {
		n->found += !is_content;
		n->harmless += is_content;
		trial_good(t);
	}
}

void torture_damage(struct trial *t)
{
	static const struct {
		const char *name;
		long full;
	} kinds[] = {{"bits", FULL_FLIPS}, {"bits of page heads", FULL_HEADERS}, {"truncations", FULL_CUTS}, {"zeroed pages", FULL_ZEROS}};
	struct sound s;
	struct stat st;

	trial_reset(t, BASE_FULL);
	trial_look(t, &s.state);
	for (int i = 0; i < N_LOOKS; i++) {
		struct run_result r;

		run_line(&r, t->config, "%s", looks[i]);
		s.said[i] = strdup(r.out);
		run_clear(&r);
	}
	if (stat(trial_path(t, "now/db/data.mdb"), &st) != 0)
		exit(1);
	s.size = st.st_size;
	for (int kind = 0; kind < 4; kind++) {
		struct count n = {0};

		for (long i = 0; i < trial_rounds(t, kinds[kind].full); i++)
			damage_one(t, kind, i, &s, &n);
		printf("damage  %s: %ld found, %ld touched nothing that lives, %ld brought back\n", kinds[kind].name, n.found,
		       n.harmless, n.back);
	}
	for (int i = 0; i < N_LOOKS; i++)
		free(s.said[i]);
	state_clear(&s.state);
}
