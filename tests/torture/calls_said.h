/*
 * calls_said: whether what a command said is true to what is documented: its status, its words on standard error, and
 * what it printed, held against a run that nothing disturbed.
 */
#ifndef TORTURE_CALLS_SAID_H
#define TORTURE_CALLS_SAID_H

/* What a command ended with.  out is as said_normal() makes it. */
struct said {
	int status;
	const char *out, *err;
};

/* What it printed, with dates, times, spans and hashes as words: they differ from run to run.  The caller frees it. */
char *said_normal(const char *text);

/* NULL, or what is wrong with the status and its words (static); line is that of a job. */
const char *said_wrong_status(const char *line, const struct said *undisturbed, const struct said *now);

/* NULL, or what makes a printed text at status 0 another (static).  may_say: words, separated by |, that say what could
 * not be had, one of which is in what came or went, or was said on standard error; NULL for none. */
const char *said_wrong_output(const char *may_say, const struct said *undisturbed, const struct said *now);

#endif
