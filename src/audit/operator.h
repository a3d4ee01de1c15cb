/*
 * operator: who is acting, from sources of different worth.
 *
 * Reads /proc/self/loginuid and sessionid, the boot id, the terminal and its utmp host, and the
 * environment's claims; never collapses them into one string.
 */
#ifndef AUDIT_OPERATOR_H
#define AUDIT_OPERATOR_H

struct audit_operator;

/* What the kernel, the system and the environment say, before it is judged.  A text is NULL
 * where there is none; all but as_system, claim and sudo_uid come from sources the operator
 * cannot write. */
struct operator_sources {
	const char *loginuid, *session, *boot, *cgroup; /* the files of /proc, whole */
	const char *login_name, *uid_name; /* the names of loginuid and of the real uid */
	const char *tty, *from, *host;	   /* "pts/0", its utmp host, the host's name */
	const char *sudo_uid, *claim;	   /* SUDO_UID, SSH_CONNECTION */
	const char *as_system;
	unsigned uid;
};

/* as_system: the unit named by --as-system, or NULL.  Texts of others are escaped and cut to
 * fit, never refused: a hostile environment must not keep a change from being recorded. */
void operator_find(struct audit_operator *o, const char *as_system);

/* The pure half of operator_find().  A unit that the control group does not confirm keeps its
 * name as a claim, with trust none. */
void operator_judge(struct audit_operator *o, const struct operator_sources *from);

/* The name to show: login, or "jk (claimed)" style where trust is none.  A unit's login counts
 * as claimed only when a person's loginuid stands beside it. */
const char *operator_name(const struct audit_operator *o);
void operator_set_shown(struct audit_operator *o);

/* "ok", "unsync" or "back"; previous_ms is the time of the log's previous record,
 * 0 for none. */
const char *operator_clock(long long now_ms, long long previous_ms);
const char *operator_clock_word(long long now_ms, long long previous_ms,
				int is_unsync); /* the pure half */

#endif
