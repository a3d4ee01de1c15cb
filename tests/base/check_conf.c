/* The spelling of configuration files: base/conf. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"
#include "support/suite.h"

static struct conf conf;
static struct err e;
static char dir[128];

static void set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%s/conf-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	conf = (struct conf){0};
	e = (struct err){0};
}

static void tear_down(void)
{
	conf_clear(&conf);
	ck_assert_int_eq(rmdir(dir), 0);
}

static const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static int parse(const char *text)
{
	return conf_parse(&conf, "a/x.conf", text, strlen(text), &e);
}

static void refused(const char *text, const char *sentence)
{
	ck_assert_int_eq(parse(text), -1);
	ck_assert_msg(strstr(e.text, sentence) != NULL, "'%s' lacks '%s'", e.text, sentence);
	ck_assert_int_eq(e.code, ERR_CONFIG);
	ck_assert_uint_eq(conf.n_items, 0);
}

START_TEST(values_are_cut_at_commas_and_blanks)
{
	ck_assert_int_eq(parse("relay-host = a.example,b.example  c.example ,, d.example\n"),
			 0);
	ck_assert_uint_eq(conf.n_items, 1);
	ck_assert_str_eq(conf.item[0].key, "relay-host");
	ck_assert_uint_eq(conf.item[0].n_values, 4);
	ck_assert_str_eq(conf.item[0].value[0], "a.example");
	ck_assert_str_eq(conf.item[0].value[3], "d.example");
	ck_assert_str_eq(conf.item[0].text, "a.example,b.example  c.example ,, d.example");
	ck_assert_str_eq(conf.item[0].file, "a/x.conf");
}
END_TEST

START_TEST(comments_and_continuations)
{
	ck_assert_int_eq(parse("# first\n\nkey = a,  # behind a value\n  # between\n\n\tb\n "
			       "c\n  \nother=d#e\n"),
			 0);
	ck_assert_uint_eq(conf.n_items, 2);
	ck_assert_str_eq(conf.item[0].text, "a, b c");
	ck_assert_uint_eq(conf.item[0].n_values, 3);
	ck_assert_int_eq(conf.item[0].line, 3);
	ck_assert_str_eq(conf.item[1].text, "d#e");
	ck_assert_int_eq(conf.item[1].line, 9);
}
END_TEST

START_TEST(empty_values_and_line_ends)
{
	ck_assert_int_eq(parse("\xef\xbb\xbf"
			       "a =\r\nb = \r\n c\r\nd = last"),
			 0);
	ck_assert_uint_eq(conf.n_items, 3);
	ck_assert_str_eq(conf.item[0].text, "");
	ck_assert_uint_eq(conf.item[0].n_values, 0);
	ck_assert_str_eq(conf.item[1].text, "c");
	ck_assert_str_eq(conf.item[2].text, "last");
}
END_TEST

START_TEST(a_key_may_come_twice)
{
	ck_assert_int_eq(parse("k = a\nk = b = c\n"), 0);
	ck_assert_uint_eq(conf.n_items, 2);
	ck_assert_str_eq(conf.item[1].text, "b = c");
}
END_TEST

START_TEST(nothing_is_a_configuration_too)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_uint_eq(conf.n_items, 0);
}
END_TEST

START_TEST(mistakes_are_named_with_their_line)
{
	refused("a = b\nnonsense\n", "a/x.conf:2: 'nonsense' is not 'key = value'");
	refused("= b\n", "a/x.conf:1:");
	refused("two words = b\n", "'two words = b' is not 'key = value'");
	refused("  lost\n", "a/x.conf:1: the line begins with a blank");
	refused("a = b\nc = \x1b[31m\n", "a/x.conf:2: a control byte \\027");
	refused("a = \xc3\x28\n", "not valid UTF-8");
	refused("b\xc3\xbc = 1\n", "'b\\195\\188 = 1'");
}
END_TEST

START_TEST(a_nul_is_refused)
{
	ck_assert_int_eq(conf_parse(&conf, "x", "a = b\0c\n", 8, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "x:1: a control byte \\000"));
}
END_TEST

START_TEST(limits_hold)
{
	struct str s = {0};

	str_add(&s, "a = ");
	for (size_t i = 0; i < 64 * 1024; i++)
		str_add_char(&s, 'v');
	ck_assert_int_eq(parse(str_text(&s)), 0);
	conf_clear(&conf);
	str_add_char(&s, 'v');
	refused(str_text(&s), "longer than 64 KiB");
	str_truncate(&s, 0);
	while (s.len < 1024 * 1024)
		str_add(&s, "#234567\n");
	ck_assert_int_eq(parse(str_text(&s)), 0);
	conf_clear(&conf);
	str_add_char(&s, '\n');
	refused(str_text(&s), "larger than 1 MiB");
	str_clear(&s);
}
END_TEST

START_TEST(a_list_file_is_relative_to_the_configuration)
{
	put("x.conf", "network = 198.51.100.0/24, file:nets 2001:db8::/32\n");
	put("nets", "# ours\n203.0.113.0/24   # the old one\n\n192.0.2.0/24, 192.0.2.9\n");
	ck_assert_msg(conf_read(&conf, in_dir("x.conf"), &e) == 0, "%s", e.text);
	ck_assert_uint_eq(conf.item[0].n_values, 5);
	ck_assert_str_eq(conf.item[0].value[0], "198.51.100.0/24");
	ck_assert_str_eq(conf.item[0].value[1], "203.0.113.0/24");
	ck_assert_str_eq(conf.item[0].value[3], "192.0.2.9");
	ck_assert_str_eq(conf.item[0].value[4], "2001:db8::/32");
	unlink(in_dir("x.conf"));
	unlink(in_dir("nets"));
}
END_TEST

START_TEST(list_files_that_cannot_be_read)
{
	put("x.conf", "a = b\nnetwork = file:absent\n");
	ck_assert_int_eq(conf_read(&conf, in_dir("x.conf"), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "x.conf:2: cannot open '"));
	ck_assert_ptr_nonnull(strstr(e.text, "/absent'"));
	put("x.conf", "network = file:nets\n");
	put("nets", "a\nfile:nets\n");
	ck_assert_int_eq(conf_read(&conf, in_dir("x.conf"), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "nets:2: a list cannot name another"));
	put("nets", "a\n\x01\n");
	ck_assert_int_eq(conf_read(&conf, in_dir("x.conf"), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "nets:2: a control byte"));
	put("x.conf", "network = file:\n");
	ck_assert_int_eq(conf_read(&conf, in_dir("x.conf"), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "'file:' without a path"));
	unlink(in_dir("x.conf"));
	unlink(in_dir("nets"));
}
END_TEST

START_TEST(a_configuration_that_is_not_there)
{
	ck_assert_int_eq(conf_read(&conf, in_dir("x.conf"), &e), -1);
	ck_assert_int_eq(e.code, ERR_NOINPUT);
	ck_assert_ptr_nonnull(strstr(e.text, "cannot open '"));
	ck_assert_int_eq(conf_read(&conf, dir, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "cannot read '"));
}
END_TEST

START_TEST(one_value_from_the_command_line)
{
	ck_assert_int_eq(conf_parse_value(&conf, "network", " 10.0.0.0/8,192.168.0.0/16 ",
					  "--network", &e),
			 0);
	ck_assert_uint_eq(conf.n_items, 1);
	ck_assert_str_eq(conf.item[0].key, "network");
	ck_assert_str_eq(conf.item[0].text, "10.0.0.0/8,192.168.0.0/16");
	ck_assert_uint_eq(conf.item[0].n_values, 2);
	conf_clear(&conf);
	ck_assert_int_eq(conf_parse_value(&conf, "network", "a\nresolver = b", "--network", &e),
			 -1);
	ck_assert_ptr_nonnull(strstr(e.text, "--network: the value has more than one line"));
	ck_assert_int_eq(conf_parse_value(&conf, "network", "a\x7f", "--network", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "control byte \\127"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, values_are_cut_at_commas_and_blanks);
	tcase_add_test(t, comments_and_continuations);
	tcase_add_test(t, empty_values_and_line_ends);
	tcase_add_test(t, a_key_may_come_twice);
	tcase_add_test(t, nothing_is_a_configuration_too);
	tcase_add_test(t, mistakes_are_named_with_their_line);
	tcase_add_test(t, a_nul_is_refused);
	tcase_add_test(t, limits_hold);
	tcase_add_test(t, a_list_file_is_relative_to_the_configuration);
	tcase_add_test(t, list_files_that_cannot_be_read);
	tcase_add_test(t, a_configuration_that_is_not_there);
	tcase_add_test(t, one_value_from_the_command_line);
	suite_add_tcase(s, t);
	return suite_run(s);
}
