/*
 * check_hostile_logs: hostile texts on their way to syslog and into the mail of the timer: one message each, that is text,
 * with no line and no header but ours.
 *
 * Syslog is a socket of the test, at /dev/log of a mount namespace in which mxward alone runs.
 */
#include <check.h>
#include <ctype.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/hostile.h"
#include "support/planted.h"
#include "support/run.h"
#include "support/suite.h"

static char *dir, config[1100];

static void set_up(void)
{
	dir = run_make_dir();
	snprintf(config, sizeof config, "%s/mxward.conf", dir);
	run_write_config(config, dir, 9, "postfix-config-directory = %s/none\naudit-origin = mx.test/audit\naudit-key = %s/key\n", dir,
			 dir);
	run_expect(config, 0, "", "init");
	run_expect(config, 0, "", "audit key");
}

static void tear_down(void)
{
	run_remove_dir(dir);
}

/* --- syslog --- */

enum { MESSAGES = 1000, MESSAGE = 16384 };

static struct {
	char *text;
	size_t len;
} message[MESSAGES];
static size_t n_messages;

static struct sockaddr_un address_of_log(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof a.sun_path, "%.80s/log", dir);
	return a;
}

/* Keeps what comes, each message behind its length, until an empty one. */
static void keep_messages(int fd, const char *path)
{
	static char text[MESSAGE];
	FILE *f = fopen(path, "w");
	ssize_t n;

	while ((n = recv(fd, text, sizeof text, 0)) > 0) {
		uint32_t len = (uint32_t)n;

		fwrite(&len, sizeof len, 1, f);
		fwrite(text, 1, len, f);
	}
	fclose(f);
	_exit(0);
}

static void read_messages(const char *path)
{
	FILE *f = fopen(path, "r");
	uint32_t len;

	ck_assert_ptr_nonnull(f);
	for (n_messages = 0; fread(&len, sizeof len, 1, f) == 1; n_messages++) {
		ck_assert_uint_lt(n_messages, MESSAGES);
		message[n_messages].text = calloc(1, len + 1);
		message[n_messages].len = len;
		ck_assert_uint_eq(fread(message[n_messages].text, 1, len, f), len);
	}
	fclose(f);
}

static const char *namespaces(void)
{
	return geteuid() == 0 ? "-m" : "-rm";
}

/* `mxward audit checkpoint --records` with /dev/log at the socket. */
static void checkpoint(int status)
{
	static const char script[] =
		"mkdir -p \"$1/dev\" && mount -t tmpfs none \"$1/dev\" && for f in null urandom log; do : >\"$1/dev/$f\"; done && "
		"mount --bind /dev/null \"$1/dev/null\" && mount --bind /dev/urandom \"$1/dev/urandom\" && "
		"mount --bind \"$1/log\" \"$1/dev/log\" && mount --rbind \"$1/dev\" /dev && "
		"exec \"$0\" -c \"$1/mxward.conf\" audit checkpoint --records";
	const char *argv[] = {"/usr/bin/unshare", namespaces(), "/bin/sh", "-c", script, run_mxward(), dir, NULL};
	struct sockaddr_un at = address_of_log();
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), how;
	struct run_result r;
	char path[1100];
	pid_t pid;

	snprintf(path, sizeof path, "%s/messages", dir);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	pid = fork();
	if (pid == 0)
		keep_messages(fd, path);
	run_program(&r, argv, NULL);
	ck_assert_int_eq(sendto(fd, "", 0, 0, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(waitpid(pid, &how, 0), pid);
	ck_assert_msg(r.status == status, "%d %s%s", r.status, r.out, r.err);
	hostile_must_be_seen(r.out, "checkpoint");
	hostile_must_be_seen(r.err, "checkpoint");
	run_clear(&r);
	close(fd);
	unlink(at.sun_path);
	read_messages(path);
}

/* The words of a message behind its head, "<22>Mar  4 09:15:02 mxward[9]: ". */
static const char *words_of(size_t i)
{
	const char *p = message[i].text, *head = strstr(p, " mxward[");

	ck_assert_msg(head && head - p < 24, "no head of ours: %.80s", p);
	ck_assert_msg(strlen(p) == message[i].len, "a NUL in a message: %.80s", p);
	hostile_must_be_seen(p, "syslog");
	ck_assert_msg(!strpbrk(p, "\r\n\t"), "more than a line: %.200s", p);
	head += strlen(" mxward[");
	head += strspn(head, "0123456789");
	ck_assert_msg(strncmp(head, "]: ", 3) == 0, "no head of ours: %.80s", p);
	return head + 3;
}

/* Every record is one message, that is JSON of this version of the log; returns how many there are. */
static size_t look_at_messages(void)
{
	size_t records = 0;

	for (size_t i = 0; i < n_messages; i++) {
		const char *words = words_of(i);
		json_error_t why;
		json_t *o;

		if (strncmp(words, "audit record ", 13) != 0)
			continue;
		o = json_loads(words + 13, JSON_REJECT_DUPLICATES, &why);
		ck_assert_msg(o != NULL, "no JSON: %s: %s", why.text, words);
		ck_assert_ptr_nonnull(json_object_get(o, "action"));
		json_decref(o);
		records++;
	}
	return records;
}

static void free_messages(void)
{
	for (size_t i = 0; i < n_messages; i++)
		free(message[i].text);
}

/* Texts wherever a record may have them; what is refused is refused. */
static void write_records(void)
{
	for (size_t i = 0; i < n_hostile; i++) {
		char customer[2100], note[2100], ticket[2100], name[40];
		const char *const lines[][10] = {
			{run_mxward(), "-c", config, "add", name, note, NULL},
			{run_mxward(), "-c", config, "edit", name, customer, NULL},
			{run_mxward(), "-c", config, "pin", name, "--reason", "other", note, NULL},
			{run_mxward(), "-c", config, "notice", name, "--deadline", "2099-01-01", ticket, NULL},
			{run_mxward(), "-c", config, "add", hostile[i].text, NULL},
		};

		snprintf(name, sizeof name, "t%zu.example", i);
		snprintf(note, sizeof note, "--note=%s", hostile[i].text);
		snprintf(customer, sizeof customer, "--customer=%s", hostile[i].text);
		snprintf(ticket, sizeof ticket, "--ticket=%s", hostile[i].text);
		for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
			struct run_result r;

			run_program(&r, lines[k], NULL);
			ck_assert_msg(r.status < 128, "%zu %zu: %d %s", i, k, r.status, r.err);
			run_clear(&r);
		}
	}
}

static void import_values(void)
{
	char path[1100], line[1300];
	struct run_result r;
	FILE *f;

	snprintf(path, sizeof path, "%s/table", dir);
	f = fopen(path, "w");
	for (size_t i = 0; i < n_hostile; i++)
		fprintf(f, "v%zu.example %s\n", i, hostile[i].text);
	fclose(f);
	snprintf(line, sizeof line, "import --format postfix %s", path);
	run_line(&r, config, "%s", line);
	ck_assert_msg(r.status == 0 || r.status == 65, "%d %s", r.status, r.err);
	run_clear(&r);
}

START_TEST(a_record_is_one_message)
{
	struct run_result r;
	size_t size;

	write_records();
	import_values();
	run_line(&r, config, "audit list --format jsonl");
	size = run_count_lines(r.out);
	run_clear(&r);
	ck_assert_uint_gt(size, n_hostile);
	checkpoint(0);
	ck_assert_uint_eq(look_at_messages(), size);
	ck_assert_uint_eq(n_messages, size + 1);
	ck_assert_ptr_nonnull(strstr(words_of(size), "audit checkpoint mx.test/audit size "));
	free_messages();
}
END_TEST

/* What somebody else wrote in the place of a record is no record: an alarm goes out, and none of its bytes. */
START_TEST(a_forged_record_is_an_alarm)
{
	char path[1100], line[2200];

	snprintf(path, sizeof path, "%s/db", dir);
	run_expect(config, 0, "", "add a.example");
	run_expect(config, 0, "", "add b.example");
	snprintf(line, sizeof line, "{\"action\":\"forged\n%s\"}", hostile[_i].text);
	plant_record(path, 0, line, 0);
	checkpoint(65);
	ck_assert_uint_eq(look_at_messages(), 0);
	ck_assert_uint_eq(n_messages, 1);
	ck_assert_ptr_nonnull(strstr(words_of(0), "audit: ALARM: record 0 of the audit log is not the one"));
	ck_assert_int_eq(strncmp(message[0].text, "<17>", 4), 0); /* mail.alert */
	free_messages();
}
END_TEST

/* They would end the string of JSON. */
static const char *without_backslashes(const char *text)
{
	static char out[2100];
	size_t n = 0;

	for (; *text && n < sizeof out - 1; text++)
		if (*text != '\\' && *text != '"')
			out[n++] = *text;
	out[n] = '\0';
	return out;
}

/* Where the tree was made to fit, nobody can tell that it is none; it is one message of text all the same. */
START_TEST(a_record_that_fits_is_one_message_of_text)
{
	static const char want[] = "audit record {\"action\":\"forged \\\" \\u202e\\u200b\\udb40\\udc61 M\xc3\xbcller ";
	char path[1100], line[2200], name[40];
	struct run_result r;
	size_t size = 0;

	snprintf(path, sizeof path, "%s/db", dir);
	for (int i = 0; size % 2 == 0; i++) {
		snprintf(name, sizeof name, "add a%d.example", i);
		run_expect(config, 0, "", name);
		run_line(&r, config, "audit list --format jsonl");
		size = run_count_lines(r.out);
		run_clear(&r);
	}
	snprintf(line, sizeof line, "{\"action\":\"forged \\\" \xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\xa1 M\xc3\xbcller %s \"}",
		 without_backslashes(hostile[_i].text));
	plant_record(path, size - 1, line, 1);
	checkpoint(0);
	ck_assert_uint_eq(n_messages, size + 1);
	ck_assert_msg(strncmp(words_of(size - 1), want, strlen(want)) == 0, "%s", words_of(size - 1));
	ck_assert_uint_eq(look_at_messages(), size);
	free_messages();
}
END_TEST

/* --- mail --- */

static void make_script(char *script, size_t size)
{
	char command[4000], bin[1100], mail[1200];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct run_result r;

	snprintf(bin, sizeof bin, "%s", run_mxward());
	*strrchr(bin, '/') = '\0';
	snprintf(script, size, "%s/report-mail", dir);
	snprintf(command, sizeof command, "sed 's|@BIN@|%s|' %s >%s", bin, run_source("share/system/report-mail.in"), script);
	run_program(&r, argv, NULL);
	ck_assert_int_eq(r.status, 0);
	run_clear(&r);
	snprintf(mail, sizeof mail, "%s/sendmail", dir);
	run_write_file(mail, "#!/bin/sh\ncat >%s/mailed\nprintf '%%s\\n' \"$@\" >%s/operands\n", dir, dir);
	ck_assert_int_eq(chmod(mail, 0755), 0);
	setenv("SENDMAIL", mail, 1);
	setenv("MAILTO", "jk@isp.example", 1);
}

static void must_be_mail(const char *config_file)
{
	static const char *const headers[] = {"To: jk@isp.example", "Subject: relay list of ", "Content-Type: text/plain; charset=utf-8"};
	char script[1100], path[1100], *line, *rest;
	const char *argv[] = {"/bin/sh", script, "-c", config_file, NULL}, *cat[] = {"/bin/cat", path, NULL};
	struct run_result r;

	make_script(script, sizeof script);
	run_program(&r, argv, NULL);
	hostile_must_be_seen(r.out, "script");
	hostile_must_be_seen(r.err, "script");
	run_clear(&r);
	snprintf(path, sizeof path, "%s/operands", dir);
	run_program(&r, cat, NULL);
	ck_assert_str_eq(r.out, "-t\n");
	run_clear(&r);
	snprintf(path, sizeof path, "%s/mailed", dir);
	run_program(&r, cat, NULL);
	ck_assert_int_eq(r.status, 0);
	hostile_must_be_seen(r.out, "mail");
	rest = r.out;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		line = strsep(&rest, "\n");
		ck_assert_msg(strncmp(line, headers[i], strlen(headers[i])) == 0, "'%s' is not %s", line, headers[i]);
	}
	ck_assert_str_eq(strsep(&rest, "\n"), "");
	ck_assert_msg(rest && *rest, "a mail without words");
	run_clear(&r);
}

/* The report of a list in which every field is hostile, of records that are, and of a configuration that cannot be read. */
START_TEST(the_mail_has_our_headers_and_text)
{
	char path[1100], name[40];

	snprintf(path, sizeof path, "%s/db", dir);
	import_values();
	for (size_t i = 0; i < n_hostile; i++) {
		snprintf(name, sizeof name, "p%zu.example", i);
		plant_hostile(path, name, hostile[i].text);
	}
	must_be_mail(config);
}
END_TEST

START_TEST(a_failure_that_is_mailed_is_text)
{
	char path[1100];

	snprintf(path, sizeof path, "%s/other.conf", dir);
	for (size_t i = 0; i < n_hostile; i += 3) {
		run_write_file(path, "database = /none\nrelay-host = %s\n", hostile[i].text);
		must_be_mail(path);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostile logs");
	TCase *log = tcase_create("syslog"), *mail = tcase_create("mail");
	char command[200];

	tcase_set_timeout(log, 60);
	tcase_set_timeout(mail, 60);
	tcase_add_checked_fixture(log, set_up, tear_down);
	tcase_add_checked_fixture(mail, set_up, tear_down);
	snprintf(command, sizeof command, "unshare %s sh -c 'mount -t tmpfs none /mnt' 2>/dev/null", namespaces());
	if (system(command) == 0) {
		tcase_add_test(log, a_record_is_one_message);
		tcase_add_loop_test(log, a_forged_record_is_an_alarm, 0, 6);
		tcase_add_loop_test(log, a_record_that_fits_is_one_message_of_text, 0, 6);
	} else {
		suite_skip(3, "no mount namespaces here (unshare)");
	}
	tcase_add_test(mail, the_mail_has_our_headers_and_text);
	tcase_add_test(mail, a_failure_that_is_mailed_is_text);
	suite_add_tcase(s, log);
	suite_add_tcase(s, mail);
	return suite_run(s);
}
