/*
 * check_publish_print: the list printed for servers that read other tables than Postfix's, and read back.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100], told[3000];

static void write_config(const char *more)
{
	run_write_file(config, "relay-host = backup.isp.example\ndatabase = %s/db\n%s", dir, more);
}

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	write_config("");
	run_expect(config, 0, "", "init");
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

static void ran(int status, const char *words, const char *line)
{
	run_expect(config, status, words, line);
}

static void import_names(const char *names)
{
	char path[1200], line[1300];

	snprintf(path, sizeof path, "%s/names", dir);
	run_write_file(path, "%s", names);
	snprintf(line, sizeof line, "import --format names %s", path);
	ran(0, "added", line);
}

/* What is printed, imported into another database of the same mode, is the same list: names, and values where the format
 * has them. */
static void round_trip(const char *format, const char *mode, const char *wanted)
{
	char printed[1200], other[1200];
	struct run_result r;

	snprintf(printed, sizeof printed, "%s/printed", dir);
	snprintf(other, sizeof other, "%s/other.conf", dir);
	run_write_file(other, "database = %s/db-%s-%s\n%s", dir, format, strchr(mode, '=') + 2, mode);
	run_line(&r, config, "publish --print %s --to %s", format, printed);
	ck_assert_msg(r.status == 0 && !*r.out, "%s%s", r.out, r.err);
	run_clear(&r);
	run_line(&r, other, "init");
	run_clear(&r);
	run_line(&r, other, "import --format %s %s", format, printed);
	ck_assert_msg(r.status == 0, "%s: %s%s", format, r.out, r.err);
	run_clear(&r);
	run_line(&r, other, "publish --print csv");
	ck_assert_msg(strcmp(r.out, wanted) == 0, "%s, %s: %s, not %s", format, mode, r.out, wanted);
	run_clear(&r);
}

/* The list as CSV, but for values and notes, which most formats have no place for. */
static char *names_as_csv(void)
{
	struct str out = {0};
	struct run_result r;

	run_line(&r, config, "list --format names");
	str_add(&out, "name,value,customer,note,contact\n");
	for (char *name = strtok(r.out, "\n"); name; name = strtok(NULL, "\n"))
		str_addf(&out, "\"%s\",\"\",\"\",\"\",\"\"\n", name);
	run_clear(&r);
	return out.bytes;
}

static const char *const modes[] = {"parent-domain-matches-subdomains = yes\n", "parent-domain-matches-subdomains = no\n"};

START_TEST(what_is_printed_can_be_imported_again)
{
	static const char *const formats[] = {"names", "sendmail", "access", "exim", "qmail", "csv"};
	char *wanted;
	struct run_result r;

	write_config(modes[_i]);
	import_names("kept000.example\nsub.kept000.example\nxn--mller-kva.example\nwww.sub.kept000.example\n");
	wanted = names_as_csv();
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		round_trip(formats[i], modes[_i], wanted);
	free(wanted);
	run_line(&r, config, "publish --print postfix");
	ck_assert_ptr_nonnull(strstr(r.out, "\nm\xc3\xbcller.example\tOK\n"));
	run_clear(&r);
}
END_TEST

/* The formats that have values and more. */
START_TEST(values_and_notes_come_back_where_the_format_has_them)
{
	struct run_result r;

	write_config("parent-domain-matches-subdomains = no\n");
	snprintf(told, sizeof told, "%s/table", dir);
	run_write_file(told, "kept000.example\t# C-1 on\tnet\nkept001.example OK\n.kept000.example x\n");
	snprintf(told, sizeof told, "import --format postfix %s/table", dir);
	ran(0, "3 added", told);
	run_line(&r, config, "publish --print csv");
	ck_assert_int_eq(r.status, 0);
	round_trip("postfix", "parent-domain-matches-subdomains = no\n", r.out);
	run_clear(&r);
	ran(0, "", "edit kept000.example --note 'says \"no\", twice' --customer C-1");
	run_line(&r, config, "publish --print csv");
	ck_assert_msg(strstr(r.out, "\"C-1\",\"says \"\"no\"\", twice\",\"\"\n") != NULL, "%s", r.out);
	round_trip("csv", "parent-domain-matches-subdomains = no\n", r.out);
	run_clear(&r);
	ran(64, "--print is one of", "publish --print lmdb");
	ran(64, "no other option", "publish --print csv --adopt");
	ran(64, "--to goes with --print", "publish --to /x");
}
END_TEST

/* Where an entry stands for itself alone, x and .x together are what other servers write in one. */
START_TEST(x_and_the_names_below_it_come_back_as_two)
{
	static const char *const formats[] = {"exim", "qmail"};
	char *wanted;

	write_config("parent-domain-matches-subdomains = no\n");
	import_names("kept000.example\n.kept000.example\nkept001.example\n");
	wanted = names_as_csv();
	ran(0, "\n*.kept000.example:\nkept001.example:\n", "publish --print exim");
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		round_trip(formats[i], "parent-domain-matches-subdomains = no\n", wanted);
	free(wanted);
}
END_TEST

START_TEST(names_below_an_entry_are_printed_where_the_format_can)
{
	write_config("parent-domain-matches-subdomains = yes\n");
	import_names("kept000.example\n.kept001.example\n");
	ran(0, "\n*.kept000.example:\n# .kept001.example: lsearch has no form", "publish --print exim");
	ran(0, "\nkept000.example\n.kept000.example\n.kept001.example\n", "publish --print qmail");
	ran(0, "\nkept000.example\n.kept001.example\n", "publish --print sendmail");
	ran(0, "\nTo:kept000.example\tRELAY\n# .kept001.example: access has no form", "publish --print access");
	write_config("parent-domain-matches-subdomains = no\n");
	ran(0, "\nkept000.example:\n", "publish --print exim");
	ran(0, "\nkept000.example\n.kept001.example\n", "publish --print qmail");
	ran(0, "more than the list means", "publish --print sendmail");
	ran(0, "more than the list means", "publish --print access");
}
END_TEST

/* A reader that has the old file open keeps it whole, and there is no moment without one: it is renamed over. */
START_TEST(a_file_is_put_in_place_whole_or_not_at_all)
{
	char rcpthosts[1200], before[100] = "";
	struct stat old, new;
	int fd;

	write_config(modes[1]);
	import_names("kept000.example\n");
	snprintf(rcpthosts, sizeof rcpthosts, "%s/rcpthosts", dir);
	run_write_file(rcpthosts, "old.example\n");
	ck_assert_int_eq(chmod(rcpthosts, 0640), 0);
	ck_assert_int_eq(stat(rcpthosts, &old), 0);
	fd = open(rcpthosts, O_RDONLY);
	snprintf(told, sizeof told, "publish --print qmail --to %s", rcpthosts);
	ran(0, "", told);
	ck_assert_int_gt(read(fd, before, sizeof before - 1), 0);
	close(fd);
	ck_assert_str_eq(before, "old.example\n");
	ck_assert_int_eq(stat(rcpthosts, &new), 0);
	ck_assert(new.st_ino != old.st_ino);
	ck_assert_int_eq(new.st_mode & 07777, 0640);
	write_config("restricted = yes\n");
	ran(77, "restricted = yes", told);
	write_config("");
	snprintf(told, sizeof told, "publish --print qmail --to %s", dir);
	ran(73, "is no regular file", told);
	snprintf(told, sizeof told, "publish --print qmail --to %s/nowhere/rcpthosts", dir);
	ran(66, "nowhere", told);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("publish_print");
	TCase *c = tcase_create("command line");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, what_is_printed_can_be_imported_again, 0, 2);
	tcase_add_test(c, values_and_notes_come_back_where_the_format_has_them);
	tcase_add_test(c, x_and_the_names_below_it_come_back_as_two);
	tcase_add_test(c, a_file_is_put_in_place_whole_or_not_at_all);
	tcase_add_test(c, names_below_an_entry_are_printed_where_the_format_can);
	suite_add_tcase(s, c);
	return suite_run(s);
}
