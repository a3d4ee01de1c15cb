/*
 * The one table of commands and keys: no key means two things in a view, nothing is undocumented, and what the
 * documents have of it is what the program prints.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cmd/command.h"
#include "cmd/keys.h"
#include "support/run.h"
#include "support/suite.h"
#include "ui/key.h"

/* Calls fn for each key of a binding. */
static void each_key(const struct key_binding *b, void (*fn)(const struct key_binding *b, size_t at, const char *key, size_t len))
{
	size_t at = 0;

	for (const char *p = b->keys; *p; at++) {
		size_t len = strcspn(p, " ");

		fn(b, at, p, len);
		p += len + (p[len] == ' ');
	}
}

static void is_bound_once(const struct key_binding *b, size_t at, const char *key, size_t len)
{
	int code = key_from_name(key, len);

	(void)at;
	for (int i = 0; i < N_KEYS; i++) {
		const struct key_binding *other = &key_bindings[i];

		if (other == b || !(other->views & b->views))
			continue;
		for (const char *p = other->keys; *p;) {
			size_t n = strcspn(p, " ");

			ck_assert_msg(key_from_name(p, n) != code, "%.*s is both %s and %s", (int)len, key, b->name, other->name);
			p += n + (p[n] == ' ');
		}
	}
}

START_TEST(no_key_means_two_things)
{
	for (int i = 0; i < N_KEYS; i++)
		each_key(&key_bindings[i], is_bound_once);
}
END_TEST

static void is_known(const struct key_binding *b, size_t at, const char *key, size_t len)
{
	int code = key_from_name(key, len);

	ck_assert_msg(code != CODE_UNKNOWN, "%s: no key is called %.*s", b->name, (int)len, key);
	/* A terminal may lack them: they come second. */
	if (code >= CODE_UP && code <= CODE_F12)
		ck_assert_msg(at > 0, "%s: %.*s is the first key", b->name, (int)len, key);
}

START_TEST(each_key_exists_on_every_terminal)
{
	for (int i = 0; i < N_KEYS; i++) {
		each_key(&key_bindings[i], is_known);
		ck_assert_msg(*key_bindings[i].help, "%s has no help", key_bindings[i].name);
		ck_assert_msg(key_bindings[i].views, "%s is bound nowhere", key_bindings[i].name);
	}
}
END_TEST

/* The key map that postmasters know. */
START_TEST(the_promised_keys_are_bound)
{
	static const char *const promised[] = {"j",	"k",  "Down", "Up", "^N", "^P",	   "PgDn", "PgUp", "^F", "^B", "z",  "Z",
					       "^D",	"^U", "g",    "G",  "Home", "End", "Enter", "Tab", "q",	 "/",  "n",  "N",
					       "l",	"Backslash", "Space", "t", "T", "^T", "U", ";", "d", "u", "$", "p", "P",
					       "c",	"w", "B",    "A",  "r",  "R",	   "F5",   "o",	   "O",	 "F6", "<", ">",
					       "a",	"e", "s", ":",  "?",  "F1",	   "^L",   "^Z",   "Q"};

	for (size_t k = 0; k < sizeof promised / sizeof *promised; k++) {
		int code = key_from_name(promised[k], strlen(promised[k])), found = 0;

		for (int i = 0; i < N_KEYS; i++)
			for (const char *p = key_bindings[i].keys; *p && (key_bindings[i].views & IN_ENTRIES);) {
				size_t n = strcspn(p, " ");

				found += key_from_name(p, n) == code;
				p += n + (p[n] == ' ');
			}
		ck_assert_msg(found == 1, "%s is not bound on the list", promised[k]);
	}
}
END_TEST

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	struct str text = {0};
	char part[4096];
	size_t n;

	ck_assert_msg(f != NULL, "cannot open %s", path);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		str_add_bytes(&text, part, n);
	fclose(f);
	return text.bytes;
}

static void prints(const char *part, const char *want, size_t len, const char *where)
{
	const char *argv[] = {run_mxward(), "--document", part, NULL};
	struct run_result r;

	run_program(&r, argv, NULL);
	ck_assert_int_eq(r.status, 0);
	ck_assert_msg(strlen(r.out) == len && memcmp(r.out, want, len) == 0, "%s differs from the table: make docs", where);
	run_clear(&r);
}

START_TEST(the_committed_copies_are_fresh)
{
	static const char *const parts[] = {"man-keys", "man-words", "man-commands", "man-limits"};
	char *keys = read_file(run_source("share/keys.txt")), *page = read_file(run_source("share/mxward.8"));

	prints("keys", keys, strlen(keys), "share/keys.txt");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char begin[60], end[60], *from, *to;

		snprintf(begin, sizeof begin, "\n.\\\" begin %s\n", parts[i]);
		snprintf(end, sizeof end, "\n.\\\" end %s\n", parts[i]);
		from = strstr(page, begin);
		to = from ? strstr(from, end) : NULL;
		ck_assert_msg(to != NULL, "share/mxward.8 has no place for %s", parts[i]);
		from += strlen(begin);
		prints(parts[i], from, (size_t)(to + 1 - from), "share/mxward.8");
	}
	free(keys);
	free(page);
}
END_TEST

START_TEST(each_command_is_explained)
{
	char *page = read_file(run_source("share/mxward.8"));

	for (size_t i = 0; i < N_COMMANDS; i++) {
		char item[80], last[80];

		snprintf(item, sizeof item, "\n.It Ic %s ", commands[i].name);
		snprintf(last, sizeof last, "\n.It Ic %s\n", commands[i].name);
		ck_assert_msg(strstr(page, item) || strstr(page, last), "share/mxward.8 does not explain %s", commands[i].name);
		ck_assert_msg(*commands[i].help, "%s has no help", commands[i].name);
	}
	free(page);
}
END_TEST

/* Whether "--name" stands in a synopsis as a whole word. */
static int mentions(const char *synopsis, const char *name)
{
	char option[80];

	snprintf(option, sizeof option, "--%s", name);
	for (const char *p = synopsis; (p = strstr(p, option)) != NULL; p++) {
		char next = p[strlen(option)];

		if (!((next >= 'a' && next <= 'z') || next == '-'))
			return 1;
	}
	return 0;
}

START_TEST(usage_and_options_agree)
{
	for (size_t i = 0; i < n_command_options; i++) {
		const struct command_option *o = &command_options[i];

		ck_assert_msg(mentions(commands[o->command].synopsis, o->name), "the usage of %s lacks --%s",
			      commands[o->command].name, o->name);
	}
	for (size_t c = 0; c < N_COMMANDS; c++)
		for (const char *p = commands[c].synopsis; (p = strstr(p, "--")) != NULL; p += 2) {
			size_t len = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz-");
			int found = 0;

			for (size_t i = 0; i < n_command_options; i++)
				found += command_options[i].command == c && strlen(command_options[i].name) == len &&
					 memcmp(command_options[i].name, p + 2, len) == 0;
			ck_assert_msg(found == 1, "%s: --%.*s has %d rows", commands[c].name, (int)len, p + 2, found);
		}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("table of commands and keys");
	TCase *t = tcase_create("table");

	tcase_add_test(t, no_key_means_two_things);
	tcase_add_test(t, each_key_exists_on_every_terminal);
	tcase_add_test(t, the_promised_keys_are_bound);
	tcase_add_test(t, the_committed_copies_are_fresh);
	tcase_add_test(t, each_command_is_explained);
	tcase_add_test(t, usage_and_options_agree);
	suite_add_tcase(s, t);
	return suite_run(s);
}
