/*
 * check_shorten: what is left out of a frame changes nothing on the screen.
 *
 * Two terminals stand side by side, one that gets what ncurses writes, one that gets the shortened frames; they must
 * show the same, letter by letter, with the cursor in the same place.
 */
#include <check.h>
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vterm.h>

#include "base/str.h"
#include "support/suite.h"
#include "ui/draw.h"
#include "ui/shorten.h"

enum { ROWS = 14, COLS_80 = 80, ROUNDS = 800, HEAD = 3, FOOT = 2, LIST = ROWS - HEAD - FOOT };

struct side {
	VTerm *term;
	VTermScreen *screen;
};

/* SHORTEN_ROUNDS pictures, for a longer proof. */
static int rounds(void)
{
	const char *wanted = getenv("SHORTEN_ROUNDS");

	return wanted ? atoi(wanted) : ROUNDS;
}

static void side_open(struct side *s)
{
	s->term = vterm_new(ROWS, COLS_80);
	vterm_set_utf8(s->term, 1);
	s->screen = vterm_obtain_screen(s->term);
	vterm_screen_enable_altscreen(s->screen, 1);
	vterm_screen_reset(s->screen, 1);
}

static void side_feed(struct side *s, const char *bytes, size_t n)
{
	vterm_input_write(s->term, bytes, n);
}

static const char *side_text(struct side *s, char out[ROWS * (COLS_80 + 1) + 1])
{
	char *at = out;

	for (int row = 0; row < ROWS; row++) {
		for (int col = 0; col < COLS_80; col++) {
			VTermScreenCell c;

			vterm_screen_get_cell(s->screen, (VTermPos){row, col}, &c);
			*at++ = c.chars[0] && c.chars[0] < 0x7f ? (char)c.chars[0] : c.chars[0] ? '?' : ' ';
		}
		*at++ = '\n';
	}
	*at = '\0';
	return out;
}

static int is_same_cell(const VTermScreenCell *x, const VTermScreenCell *y)
{
	uint32_t a = x->chars[0] ? x->chars[0] : ' ', b = y->chars[0] ? y->chars[0] : ' ';

	return a == b && x->attrs.bold == y->attrs.bold && x->attrs.reverse == y->attrs.reverse &&
	       x->attrs.underline == y->attrs.underline && x->attrs.italic == y->attrs.italic &&
	       vterm_color_is_equal(&x->fg, &y->fg) && vterm_color_is_equal(&x->bg, &y->bg);
}

static void expect_same(struct side *a, struct side *b, const struct str *raw, const struct str *sent, int round)
{
	char left[ROWS * (COLS_80 + 1) + 1], right[ROWS * (COLS_80 + 1) + 1];
	VTermPos p, q;
	int same = 1;

	vterm_state_get_cursorpos(vterm_obtain_state(a->term), &p);
	vterm_state_get_cursorpos(vterm_obtain_state(b->term), &q);
	for (int row = 0; row < ROWS; row++)
		for (int col = 0; col < COLS_80; col++) {
			VTermScreenCell x, y;

			vterm_screen_get_cell(a->screen, (VTermPos){row, col}, &x);
			vterm_screen_get_cell(b->screen, (VTermPos){row, col}, &y);
			same = same && is_same_cell(&x, &y);
		}
	if (same && p.row == q.row && p.col == q.col)
		return;
	for (int i = 0; i < 2; i++) {
		const struct str *s = i ? sent : raw;

		fputs(i ? "sent: " : "raw:  ", stderr);
		for (size_t k = 0; k < s->len; k++)
			if (s->bytes[k] < 0x20)
				fprintf(stderr, "\\%03o", s->bytes[k]);
			else
				fputc(s->bytes[k], stderr);
		fputc('\n', stderr);
	}
	ck_abort_msg("frame %d, cursor %d,%d and %d,%d\n%s\n%s", round, p.row, p.col, q.row, q.col, side_text(a, left),
		     side_text(b, right));
}

/* A list as a view paints it, whose rows are made of their numbers. */
struct picture {
	int top, cursor, count, round;
	int cut; /* a row that is left out: the ones behind it move up */
};

static void paint_row(int row, int i, int is_cursor, int round)
{
	static const char *const said[] = {"fine, local primary", "MX elsewhere, outside", "moved to cloud.example",
					   "only us: bounces"};
	unsigned h = (unsigned)i * 2654435761u;
	char text[100];
	int alert = h % 7 == 0;

	draw_text(row, 0, 3, is_cursor ? ">" : i % 5 == round % 5 ? " *" : "", DRAW_PLAIN);
	snprintf(text, sizeof text, "%.*s-%d.example", (int)(h % 18), "abcdefghijklmnopqrstuvwxyz", i);
	draw_text(row, 4, 25, text, DRAW_PLAIN);
	text[6] = '\0';
	if (is_cursor)
		draw_text(row, 4, 25, text, DRAW_CURSOR);
	draw_text(row, 30, 24, said[alert ? 3 : h % 3], alert ? DRAW_ALERT : h % 11 == 0 ? DRAW_GOOD : DRAW_PLAIN);
	snprintf(text, sizeof text, "%u", h % 4000);
	draw_text(row, 56, 6, text, DRAW_PLAIN);
	if (h % 3 == 0) /* to the last column */
		draw_text(row, 69, 11, h % 2 ? "C-123456789" : "C-12345", DRAW_BOLD);
}

static void paint(const struct picture *p)
{
	char text[80];

	draw_erase();
	draw_text(0, 0, 80, "mxward  a title", DRAW_BOLD);
	snprintf(text, sizeof text, "FAILING %d | moved 3", p->round / 10);
	draw_text(1, 0, 80, text, p->round % 40 < 20 ? DRAW_ALERT : DRAW_PLAIN);
	draw_text(2, 4, 60, "NAME                      WHAT DNS SAYS", DRAW_PLAIN);
	for (int i = 0; i < LIST && p->top + i < p->count; i++)
		paint_row(HEAD + i, p->top + i + (p->cut && i >= p->cut), p->top + i == p->cursor, p->round / 16);
	snprintf(text, sizeof text, "%d/%d  Enter open", p->cursor + 1, p->count);
	draw_text(ROWS - 2, 0, 79, text, DRAW_PLAIN);
	if (p->round % 6 == 0)
		draw_text(ROWS - 1, 0, 79, "a message", DRAW_ALERT);
	if (p->round % 23 == 0)
		draw_unicode(ROWS - 1, 20, 30, "xn--mller-kva.example");
	draw_cursor(p->round % 6 == 0 ? ROWS - 1 : HEAD + p->cursor - p->top, p->round % 9 ? 0 : 12);
}

/* What keys do to a list: mostly steps, often at an edge, sometimes a page, an end, or another list. */
static int change(struct picture *p)
{
	int top = p->top, what = rand() % 100;

	p->round++;
	if (what < 40)
		p->cursor += 1 + (rand() % 8 == 0) * (rand() % 4);
	else if (what < 75)
		p->cursor -= 1 + (rand() % 8 == 0) * (rand() % 4);
	else if (what < 80)
		p->cursor += rand() % 2 ? LIST : -LIST;
	else if (what < 84)
		p->cursor = rand() % p->count;
	else if (what < 90)
		p->cut = rand() % LIST;
	else if (what < 92)
		p->count = 3 + rand() % 90;
	else if (what < 97) /* where scrolling begins, so that it happens often */
		p->cursor = p->top + (rand() % 2 ? LIST - 1 : 0);
	if (p->cursor >= p->count)
		p->cursor = p->count - 1;
	if (p->cursor < 0)
		p->cursor = 0;
	if (p->cursor < p->top)
		p->top = p->cursor;
	if (p->cursor >= p->top + LIST)
		p->top = p->cursor - LIST + 1;
	return p->top != top && abs(p->top - top) < LIST / 2;
}

static const struct {
	const char *type;
	int has_columns;
} kinds[] = {{"xterm-256color", 1}, {"vt100", 0}, {"screen-256color", 1}, {"linux", 1}, {"tmux-256color", 1}, {"vt220", 0}};

static void take(FILE *frame, struct str *raw)
{
	static char bytes[20000];
	off_t n;

	fflush(frame);
	n = lseek(fileno(frame), 0, SEEK_CUR);
	ck_assert_int_lt(n, (off_t)sizeof bytes);
	ck_assert_int_eq(pread(fileno(frame), bytes, (size_t)n, 0), n);
	str_truncate(raw, 0);
	str_add_bytes(raw, bytes, (size_t)n);
	ck_assert_int_eq(ftruncate(fileno(frame), 0), 0);
	lseek(fileno(frame), 0, SEEK_SET);
}

START_TEST(two_terminals_show_the_same)
{
	struct shorten s = {.rows = ROWS, .cols = COLS_80, .has_columns = kinds[_i].has_columns, .keeps_region = 1,
			    .list_top = HEAD + 1, .list_bottom = HEAD + LIST};
	struct picture p = {.count = 80};
	struct str raw = {0}, sent = {0};
	FILE *frame = fdopen(memfd_create("frame", 0), "w+"), *input = fopen("/dev/null", "r");
	int n = rounds();
	size_t all = 0, kept = 0;
	struct side a, b;
	SCREEN *screen;
	int scrolls;
	char text[ROWS * (COLS_80 + 1) + 1];

	setenv("LINES", "14", 1);
	setenv("COLUMNS", "80", 1);
	screen = newterm(kinds[_i].type, frame, input);
	ck_assert_msg(screen != NULL, "no terminal of type %s", kinds[_i].type);
	nonl();
	idlok(stdscr, TRUE);
	draw_start(_i % 2 == 0);
	side_open(&a);
	side_open(&b);
	srand(7u + (unsigned)_i);
	for (int round = 0; round < n; round++) {
		int before = p.cursor - p.top;

		scrolls = change(&p);
		if (scrolls && rand() % 4 && draw_lift_bar(HEAD + before)) {
			wnoutrefresh(stdscr);
			doupdate();
		}
		if (rand() % 100 == 0) { /* ^L */
			clearok(curscr, TRUE);
			shorten_forget(&s);
		}
		paint(&p);
		wnoutrefresh(stdscr);
		doupdate();
		take(frame, &raw);
		str_truncate(&sent, 0);
		str_add_bytes(&sent, raw.bytes, raw.len);
		shorten_frame(&s, &sent, 0);
		side_feed(&a, raw.bytes, raw.len);
		side_feed(&b, sent.bytes, sent.len);
		expect_same(&a, &b, &raw, &sent, round);
		ck_assert_uint_le(sent.len, raw.len + 16);
		all += raw.len;
		kept += sent.len;
	}
	ck_assert_uint_lt(kept, all);
	endwin();
	take(frame, &raw);
	str_truncate(&sent, 0);
	shorten_end(&s, &sent);
	str_add_bytes(&sent, raw.bytes, raw.len);
	shorten_frame(&s, &sent, 0);
	/* Given back, all lines scroll again. */
	str_add(&sent, "\033[2J\033[14Hone\r\ntwo\r\n");
	side_feed(&b, sent.bytes, sent.len);
	ck_assert_msg(strstr(side_text(&b, text), "one") != NULL, "%s\n%s", str_text(&sent), text);
	delscreen(screen);
	vterm_free(a.term);
	vterm_free(b.term);
	str_clear(&raw);
	str_clear(&sent);
	fclose(frame);
	fclose(input);
}
END_TEST

/* --- by the letter ------------------------------------------------------------------------------------------------ */

static struct shorten modern(void)
{
	return (struct shorten){.rows = 24, .cols = 80, .has_columns = 1, .keeps_region = 1};
}

static void expect(struct shorten *s, const char *raw, const char *sent)
{
	struct str out = {0};

	str_add(&out, raw);
	shorten_frame(s, &out, 0);
	ck_assert_str_eq(str_text(&out), sent);
	str_clear(&out);
}

#define SCROLL "\0337\033[4;22r\0338\n\033[1;24r"
#define BACK "\0337\033[4;22r\0338\033[4d\033M\033[1;24r"
#define RELEASE "\0337\033[r\0338"

START_TEST(a_region_stays_while_nothing_would_be_changed_by_it)
{
	struct shorten s = modern();

	expect(&s, "\033[22;1H" SCROLL "\033[22;1Hnew\r", "\033[22H\033[4;22r\033[22H\nnew\r");
	expect(&s, SCROLL "\033[22;1Hnext\r", "\nnext\r");
	expect(&s, "\033[23d2\r\033[A", "\033[23d2\r\033[A");
	expect(&s, SCROLL "\033[22;5Hx", "\n\033[5Gx");
	expect(&s, BACK "\033[4;1Hy\r", "\033[4H\033My\r");
	/* What the region would stop goes by the number of the line. */
	expect(&s, "\033[A", "\033[3d");
	expect(&s, "\033[22;1H\n", "\033[22H\033[23d");
	expect(&s, "\033[4;1H\033M", "\033[4H\033[3d");
	/* What it would change ends it. */
	expect(&s, "\033[24;1H\n", "\033[24H" RELEASE "\n");
	expect(&s, "\033[22;1H\n", "\033[22H\n");
	expect(&s, SCROLL "\033[22;1H", "\033[4;22r\033[22H\n");
	expect(&s, "\033[6;9H\033[1P\033[@\033[K", "\033[6;9H\033[1P\033[@\033[K");
	expect(&s, "\033[23;9H\033[1P", "\033[23;9H" RELEASE "\033[1P");
	expect(&s, SCROLL, "\033[4;22r\033[22H\n");
	expect(&s, "\033[6;1H\033[L", "\033[6H" RELEASE "\033[L");
	expect(&s, SCROLL, "\033[4;22r\033[22H\n");
	expect(&s, "\033[?1049l", RELEASE "\033[?1049l");
	expect(&s, SCROLL, "\033[4;22r\033[22H\n");
	expect(&s, "\033(0q", RELEASE "\033(0q");
}
END_TEST

START_TEST(without_line_numbers_a_region_ends_before_a_step)
{
	struct shorten s = modern();

	s.has_columns = 0;
	expect(&s, SCROLL "\033[22;1H", "\033[4;22r\033[22H\n");
	expect(&s, "\n", RELEASE "\n");
	expect(&s, "\033[22;9Hx\033[22;20H", "\033[22;9Hx\033[22;20H");
	s.keeps_region = 0;
	expect(&s, SCROLL "\033[22;1H", "\0337\033[4;22r\0338\n\033[r\033[22H");
}
END_TEST

START_TEST(a_cleared_screen_begins_anew)
{
	struct shorten s = modern();

	expect(&s, "\033[1;24r\033[H\033[2J\033[4;1Hx", "\033[r\033[H\033[r\033[2J\033[4Hx");
	s.list_top = 4;
	s.list_bottom = 22;
	expect(&s, "\033[H\033[2J", "\033[H\033[4;22r\033[2J");
	expect(&s, "\033[22;1H" SCROLL "\033[22;1Hx", "\033[22H\nx");
	/* The cursor may have been moved by another program. */
	expect(&s, "\033[H\033[2J", "\033[H\033[4;22r\033[2J");
	shorten_forget(&s);
	expect(&s, "\033[H\033[2J", "\033[H\033[4;22r\033[2J");
}
END_TEST

static const struct {
	const char *raw, *sent;
} looks[] = {
	{"\033(B\033[m\033[0;7mbar\033(B\033[m", "\033[0;7mbar\033[m"}, /* nothing was known before */
	{"\033[m\033[0;7mbar\017\033[m rest", "\033[0;7mbar\033[m rest"},
	{"\033[mx\033[0;7mbar\033[m", "\033[mx\033[7mbar\033[m"},
	{"\033[mx\033[0;1m\033[31malert\033[39m\033[m", "\033[mx\033[1;31malert\033[m"},
	{"\033[mx\033[1mb\033[0;7mc\033[m", "\033[mx\033[1mb\033[0;7mc\033[m"},
	{"\033[mx\033[0;10;7mbar\033[m", "\033[mx\033[7mbar\033[m"},
	{"\033[mx\033[38;5;0my\033[m\033[my", "\033[mx\033[38;5;0my\033[my"},
	{"\033[mx\033[38;2;0;0;7my", "\033[mx\033[38;2;0;0;7my"},
	{"\033[mx\033[38;5my", "\033[mx\033[38;5my"},
	{"\033[mx\033[1;2;3;4;5;7;1;2;3;4;5;7;1;2;3m\033[4;5mx\033[m", "\033[mx\033[1;2;3;4;5;7;1;2;3;4;5;7;1;2;3m\033[4;5mx\033[m"},
	{"\033[", "\033["},
	{"\033", "\033"},
	{"\033[1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8m", "\033[1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8m"},
	{"\033[99999999999999999999;5H", "\033[10009;5H"},
};

START_TEST(letters_look_the_same)
{
	struct shorten s = modern();

	expect(&s, looks[_i].raw, looks[_i].sent);
}
END_TEST

/* Bytes of no sense are neither read past their end nor lost without a reason. */
START_TEST(any_bytes_are_read)
{
	static const char pool[] = "\033\033\033[[;;0123456789?mHdGABCDJKLMPSTXbrnchl78(\r\n\b\t\017xyz\303\274";
	struct shorten s = modern();
	struct str out = {0};

	srand(1);
	for (int i = 0; i < 20000; i++) {
		str_truncate(&out, 0);
		for (int k = rand() % 60; k > 0; k--)
			str_add_char(&out, pool[rand() % (int)(sizeof pool - 1)]);
		s.has_columns = rand() % 2;
		shorten_frame(&s, &out, 0);
		ck_assert_int_ge(s.row, 0);
		ck_assert_int_le(s.col, 10009);
	}
	str_clear(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shorten");
	TCase *t = tcase_create("frames");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, two_terminals_show_the_same, 0, sizeof kinds / sizeof *kinds);
	tcase_add_test(t, a_region_stays_while_nothing_would_be_changed_by_it);
	tcase_add_test(t, without_line_numbers_a_region_ends_before_a_step);
	tcase_add_test(t, a_cleared_screen_begins_anew);
	tcase_add_loop_test(t, letters_look_the_same, 0, sizeof looks / sizeof *looks);
	tcase_add_test(t, any_bytes_are_read);
	suite_add_tcase(suite, t);
	return suite_run(suite);
}
