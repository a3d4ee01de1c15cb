/*
 * check_preview: the one place where habit is dangerous: what stays and why comes first, then what is to be looked at,
 * then the rest; and the row under the cursor is told in full.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/desk.h"
#include "support/run.h"
#include "support/vt.h"

enum { TITLE, SECOND, FIRST = 3, FOOT = 20, STATUS = 22, LAST = 23 };

/* A log of today with two mails from outside for one orphan. */
static void send_mail(const char *name)
{
	char path[1200], day[40];
	time_t now = time(NULL);
	struct run_result r;
	FILE *f;

	snprintf(path, sizeof path, "%s/mail.log", desk_dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S+00:00", gmtime(&now));
	for (int i = 0; i < 2; i++)
		fprintf(f,
			"%s r postfix/smtpd[1]: AAAAAA0%d: client=far.test[203.0.113.9]\n"
			"%s r postfix/qmgr[2]: AAAAAA0%d: from=<a@h.test>, size=100, nrcpt=1 (queue active)\n"
			"%s r postfix/smtp[3]: AAAAAA0%d: to=<x@%s>, relay=none, delay=1, delays=0/0/0/0, dsn=5.4.6, "
			"status=bounced (mail loops)\n%s r postfix/qmgr[2]: AAAAAA0%d: removed\n",
			day, i, day, i, day, i, name, day, i);
	fclose(f);
	run_line(&r, desk_config, "traffic %s", path);
	ck_assert_msg(r.status == 0, "%s", r.err);
	run_clear(&r);
}

START_TEST(what_stays_then_what_is_risky_then_the_rest)
{
	struct vt *t;

	send_mail("gone05.example");
	t = desk_open_list();
	vt_keys(t, "Tgone0\r;dUGd$");
	desk_expect(t, TITLE, "10 go, 1 stays");
	desk_expect(t, SECOND, "c deletes the 10 that go; B undoes it until 2");
	desk_expect(t, FIRST, "> STAY  kept159.example");
	desk_expect(t, FIRST, "names us now: 50 backup.isp.example");
	desk_expect(t, FIRST + 1, "LOOK  gone05.example");
	desk_expect(t, FIRST + 2, "GO    gone00.example");
	desk_expect(t, FIRST + 10, "GO    gone09.example");
	desk_expect(t, FOOT, "kept159.example: names us now");
	vt_keys(t, "j");
	desk_expect(t, FOOT, "gone05.example: MX elsewhere, outside; up to 2 mails a week still come");
	vt_keys(t, "\r");
	desk_expect(t, TITLE, "ENTRY");
	desk_expect(t, 1, "gone05.example");
	desk_expect(t, -1, "staged for deletion");
	vt_keys(t, "q");
	/* Taken back, the others are asked again. */
	vt_keys(t, "u");
	desk_expect(t, TITLE, "9 go, 1 stays");
	ck_assert(!vt_has(t, -1, "LOOK"));
	desk_quit(t);
}
END_TEST

/* The foot offers what can be done: nothing while DNS is asked, by a socket that nobody reads. */
START_TEST(what_cannot_be_done_is_not_offered)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct vt *t = desk_open_list();

	desk_press(t, "d$", TITLE, "1 goes, 0 stay");
	desk_expect(t, SECOND, "c deletes the 1 that goes; B undoes it until 2");
	desk_expect(t, STATUS, "Enter open  c commit  b brownout  R again");
	desk_quit(t);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	run_write_config(desk_config, desk_dir, ntohs(at.sin_port), "%s", "");
	t = desk_open_list();
	desk_press(t, "d$", TITLE, "1 staged, asking DNS 0/1");
	desk_expect(t, STATUS, "0/0             R again  q back");
	close(fd);
	desk_quit(t);
}
END_TEST

START_TEST(nothing_may_go)
{
	struct vt *t = desk_open_list();

	vt_keys(t, "Gd$");
	desk_expect(t, TITLE, "0 go, 1 stays");
	desk_expect(t, SECOND, "Nothing of it may go");
	desk_expect(t, STATUS, "1/1             Enter open  R again");
	vt_keys(t, "c");
	desk_expect(t, LAST, "nothing of it may go");
	ck_assert_uint_eq(desk_count(""), 200);
	desk_quit(t);
}
END_TEST

START_TEST(what_was_taken_back_above_it_stays)
{
	struct vt *t = desk_open_list();

	vt_keys(t, "Tgone0\r;dU$");
	desk_expect(t, TITLE, "10 go, 0 stay");
	/* In the view of the entry, with the preview below it. */
	desk_press(t, "\r", TITLE, "staged for deletion");
	desk_press(t, "u", LAST, "gone00.example no longer staged; 9 left");
	desk_press(t, "q", TITLE, "9 go, 0 stay");
	ck_assert(!vt_has(t, -1, "gone00"));
	/* The last one that is taken back takes the preview with it. */
	desk_press(t, "cleft us\r\r", LAST, "Delete 9 entries?");
	desk_press(t, "y", LAST, "9 deleted");
	ck_assert_uint_eq(desk_count("gone0*"), 1);
	desk_press(t, "gd$", TITLE, "1 goes, 0 stay");
	desk_press(t, "\ru", LAST, "0 left");
	desk_press(t, "q", TITLE, "mxward");
	desk_quit(t);
}
END_TEST

START_TEST(an_override_is_for_the_names_it_was_said_of)
{
	struct vt *t = desk_open_list();

	desk_press(t, "G:delete kept159.example --reason x --override\r", TITLE, "1 goes, 0 stay");
	desk_expect(t, TITLE, "every rule lifted");
	desk_press(t, ":show kept158.example\r", 1, "kept158.example");
	desk_press(t, "d", LAST, "2 in all");
	desk_press(t, "q", TITLE, "0 go, 2 stay");
	desk_expect(t, LAST, "no rule is lifted any more");
	ck_assert(!vt_has(t, TITLE, "every rule lifted"));
	desk_quit(t);
}
END_TEST

int main(void)
{
	TCase *t = desk_case("screens");

	tcase_add_test(t, what_stays_then_what_is_risky_then_the_rest);
	tcase_add_test(t, what_cannot_be_done_is_not_offered);
	tcase_add_test(t, nothing_may_go);
	tcase_add_test(t, what_was_taken_back_above_it_stays);
	tcase_add_test(t, an_override_is_for_the_names_it_was_said_of);
	return desk_run("preview", (TCase *const[]){t, NULL});
}
