/*
 * check_key: sequences of several terminals, cut anywhere, and what must never become a
 * command.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/keys.h"
#include "support/suite.h"
#include "ui/key.h"
#include "ui/keymap.h"

static int64_t now;
static struct key_reader reader;

static void setup(void)
{
	now = 1000;
	reader = (struct key_reader){0};
}

static void teardown(void)
{
	key_clear(&reader);
}

/* The next code, 0 for none. */
static int next(void)
{
	struct key k;

	return key_next(&reader, now, &k) ? k.code : 0;
}

static void feed(const char *bytes)
{
	key_feed(&reader, bytes, strlen(bytes), now);
}

static const struct {
	const char *bytes;
	int code;
} known[] = {
	{"\033[A", CODE_UP},
	{"\033OA", CODE_UP},
	{"\033[B", CODE_DOWN},
	{"\033OB", CODE_DOWN},
	{"\033[C", CODE_RIGHT},
	{"\033OD", CODE_LEFT},
	{"\033[1;5A", CODE_UP},
	{"\033[H", CODE_HOME},
	{"\033OH", CODE_HOME},
	{"\033[1~", CODE_HOME},
	{"\033[7~", CODE_HOME},
	{"\033[F", CODE_END},
	{"\033OF", CODE_END},
	{"\033[4~", CODE_END},
	{"\033[8~", CODE_END},
	{"\033[2~", CODE_INSERT},
	{"\033[3~", CODE_DELETE},
	{"\033[5~", CODE_PAGE_UP},
	{"\033[6~", CODE_PAGE_DOWN},
	{"\033[6;2~", CODE_PAGE_DOWN},
	{"\033OP", CODE_F1},
	{"\033[11~", CODE_F1},
	{"\033[[A", CODE_F1},
	{"\033[[E", CODE_F1 + 4},
	{"\033[15~", CODE_F1 + 4},
	{"\033[17~", CODE_F1 + 5},
	{"\033[24~", CODE_F12},
	{"\033OM", CODE_ENTER},
	{"\r", CODE_ENTER},
	{"\n", CODE_ENTER},
	{"\t", CODE_TAB},
	{"\b", CODE_BACKSPACE},
	{"\177", CODE_BACKSPACE},
	{"j", 'j'},
	{"\016", 'N' & 0x1f},
	{"\033x", CODE_ALT | 'x'},
	/* reports nobody asked for: swallowed whole */
	{"\033[M !!", CODE_UNKNOWN},
	{"\033[<0;3;4M", CODE_UNKNOWN},
	{"\033[I", CODE_UNKNOWN},
	{"\033[?1;2c", CODE_UNKNOWN},
	{"\033[24;80R", CODE_UNKNOWN},
	{"\033]11;rgb:0/0/0\a", CODE_UNKNOWN},
	{"\033P1$r0m\033\\", CODE_UNKNOWN},
};

START_TEST(test_sequences)
{
	feed(known[_i].bytes);
	ck_assert_int_eq(next(), known[_i].code);
	ck_assert_int_eq(next(), 0);
	ck_assert_int_eq(key_wait(&reader, now), -1);
}
END_TEST

/* Over a slow line a sequence comes byte by byte; what follows it is a key of its own. */
START_TEST(test_sequences_cut_anywhere)
{
	const char *p = known[_i].bytes;

	for (size_t i = 0; p[i]; i++) {
		ck_assert_int_eq(next(), 0);
		key_feed(&reader, p + i, 1, now);
		now += KEY_ESCAPE_MS - 1;
	}
	feed("q");
	ck_assert_int_eq(next(), known[_i].code);
	ck_assert_int_eq(next(), 'q');
	ck_assert_int_eq(next(), 0);
}
END_TEST

START_TEST(test_escape_alone_takes_its_time)
{
	feed("\033");
	ck_assert_int_eq(next(), 0);
	ck_assert_int_eq(key_wait(&reader, now), KEY_ESCAPE_MS);
	now += KEY_ESCAPE_MS - 1;
	ck_assert_int_eq(next(), 0);
	now += 1;
	ck_assert_int_eq(key_wait(&reader, now), 0);
	ck_assert_int_eq(next(), CODE_ESCAPE);
	ck_assert_int_eq(next(), 0);
}
END_TEST

START_TEST(test_escape_before_a_sequence)
{
	feed("\033\033[A");
	ck_assert_int_eq(next(), CODE_ESCAPE);
	ck_assert_int_eq(next(), CODE_UP);
}
END_TEST

/* "Esc [ 1 ; d": the d must neither be lost in a sequence for ever nor come out of a broken
 * one. */
START_TEST(test_broken_sequence_yields_no_letter)
{
	feed("\033[1;");
	ck_assert_int_eq(next(), 0);
	now += KEY_ESCAPE_MS;
	ck_assert_int_eq(next(), CODE_UNKNOWN);
	ck_assert_int_eq(next(), 0);
	feed("d");
	ck_assert_int_eq(next(), 'd');
}
END_TEST

START_TEST(test_noise_ends)
{
	char noise[3000];

	memset(noise, '1', sizeof noise);
	memcpy(noise, "\033[", 2);
	key_feed(&reader, noise, sizeof noise, now);
	ck_assert_int_eq(next(), CODE_UNKNOWN);
	now += KEY_ESCAPE_MS;
	while (next())
		;
	feed("j");
	ck_assert_int_eq(next(), 'j');
}
END_TEST

START_TEST(test_paste_is_one_key)
{
	struct key k;

	feed("\033[200~q\rd$\033[Ay\033[201~j");
	ck_assert_int_eq(key_next(&reader, now, &k), 1);
	ck_assert_int_eq(k.code, CODE_PASTE);
	ck_assert_uint_eq(k.len, 8);
	ck_assert_int_eq(memcmp(k.text, "q\rd$\033[Ay", 8), 0);
	ck_assert_int_eq(next(), 'j');
}
END_TEST

START_TEST(test_paste_cut_anywhere)
{
	static const char bytes[] = "\033[200~ab\033[2c\033[201~k";
	struct key k;
	int got = 0;

	for (size_t i = 0; i < sizeof bytes - 1; i++) {
		key_feed(&reader, bytes + i, 1, now);
		while (key_next(&reader, now, &k)) {
			if (got++ == 0) {
				ck_assert_int_eq(k.code, CODE_PASTE);
				ck_assert_uint_eq(k.len, 6);
				ck_assert_int_eq(memcmp(k.text, "ab\033[2c", 6), 0);
			} else {
				ck_assert_int_eq(k.code, 'k');
			}
		}
	}
	ck_assert_int_eq(got, 2);
}
END_TEST

START_TEST(test_paste_without_end_is_over_after_a_silence)
{
	struct key k;

	feed("\033[200~abc");
	ck_assert_int_eq(key_next(&reader, now, &k), 0);
	ck_assert_int_eq(key_wait(&reader, now), KEY_PASTE_MS);
	now += KEY_PASTE_MS;
	ck_assert_int_eq(key_next(&reader, now, &k), 1);
	ck_assert_int_eq(k.code, CODE_PASTE);
	ck_assert_uint_eq(k.len, 3);
	feed("j");
	ck_assert_int_eq(next(), 'j');
}
END_TEST

START_TEST(test_huge_paste_is_bounded)
{
	char piece[5000];
	struct key k;

	memset(piece, 'x', sizeof piece);
	feed("\033[200~");
	for (int i = 0; i < 100; i++) {
		key_feed(&reader, piece, sizeof piece, now);
		ck_assert_int_eq(key_next(&reader, now, &k), 0);
	}
	feed("\033[201~");
	ck_assert_int_eq(key_next(&reader, now, &k), 1);
	ck_assert_uint_eq(k.len, KEY_PASTE_MAX);
}
END_TEST

START_TEST(test_drop_forgets)
{
	feed("jk\033[200~abc");
	ck_assert_int_eq(next(), 'j');
	key_drop(&reader);
	ck_assert_int_eq(next(), 0);
	ck_assert_int_eq(key_wait(&reader, now), -1);
}
END_TEST

/* Random bytes: the reader always comes to rest, and what it holds back is bounded. */
START_TEST(test_random_bytes)
{
	static const char pool[] = "\033\033\033[[O~;?0123456789ABMPRdq$y\a\\]P<\r";

	srand(11);
	for (int i = 0; i < 20000; i++) {
		char bytes[16];
		size_t n = (size_t)(rand() % (int)sizeof bytes);

		for (size_t k = 0; k < n; k++)
			bytes[k] = rand() % 4 ? pool[rand() % (int)(sizeof pool - 1)]
					      : (char)rand();
		key_feed(&reader, bytes, n, now);
		while (next())
			;
		ck_assert_uint_le(reader.bytes.len - reader.taken, 5000);
		now += rand() % 40;
	}
	now += KEY_PASTE_MS;
	while (next())
		;
	ck_assert_int_eq(key_wait(&reader, now), -1);
}
END_TEST

START_TEST(test_names)
{
	ck_assert_int_eq(key_from_name("j", 1), 'j');
	ck_assert_int_eq(key_from_name("^F", 2), 6);
	ck_assert_int_eq(key_from_name("Space", 5), ' ');
	ck_assert_int_eq(key_from_name("F1", 2), CODE_F1);
	ck_assert_int_eq(key_from_name("F12", 3), CODE_F12);
	ck_assert_int_eq(key_from_name("F13", 3), CODE_UNKNOWN);
	ck_assert_int_eq(key_from_name("Nonsense", 8), CODE_UNKNOWN);
}
END_TEST

/* No command is to be had by a function key alone, none by Esc alone. */
START_TEST(test_no_key_is_the_only_way_where_terminals_lack_it)
{
	for (int i = 0; i < N_KEYS; i++) {
		const char *first = key_bindings[i].keys;
		int code = key_from_name(first, strcspn(first, " "));

		ck_assert_msg(code < 0x100 && code != CODE_ESCAPE, "%s", key_bindings[i].name);
	}
}
END_TEST

START_TEST(test_keymap_depends_on_the_view)
{
	ck_assert_int_eq(keymap_find('r', IN_ENTRIES), DO_REVIEWED);
	ck_assert_int_eq(keymap_find('r', IN_BATCHES), DO_RESTORE);
	ck_assert_int_eq(keymap_find('r', IN_HELP), N_KEYS);
	ck_assert_int_eq(keymap_find('c', IN_BATCHES), N_KEYS);
	ck_assert_int_eq(keymap_find(CODE_ALT | 'd', IN_ENTRIES), N_KEYS);
	ck_assert_int_eq(keymap_find(CODE_UNKNOWN, IN_ENTRIES), N_KEYS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("key");
	TCase *t = tcase_create("key");

	tcase_set_timeout(t, 60); /* a loaded machine is slow */
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_sequences, 0, sizeof known / sizeof *known);
	tcase_add_loop_test(t, test_sequences_cut_anywhere, 0, sizeof known / sizeof *known);
	tcase_add_test(t, test_escape_alone_takes_its_time);
	tcase_add_test(t, test_escape_before_a_sequence);
	tcase_add_test(t, test_broken_sequence_yields_no_letter);
	tcase_add_test(t, test_noise_ends);
	tcase_add_test(t, test_paste_is_one_key);
	tcase_add_test(t, test_paste_cut_anywhere);
	tcase_add_test(t, test_paste_without_end_is_over_after_a_silence);
	tcase_add_test(t, test_huge_paste_is_bounded);
	tcase_add_test(t, test_drop_forgets);
	tcase_add_test(t, test_random_bytes);
	tcase_add_test(t, test_names);
	tcase_add_test(t, test_no_key_is_the_only_way_where_terminals_lack_it);
	tcase_add_test(t, test_keymap_depends_on_the_view);
	suite_add_tcase(s, t);
	return suite_run(s);
}
