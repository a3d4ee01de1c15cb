#include "audit/operator.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>
#include <utmpx.h>

#include "audit/record.h"
#include "base/escape.h"

enum { CLOCK_SLACK_MS = 1000 };

/* --- judging, without I/O
 * --------------------------------------------------------------------------- */

/* A decimal number of 32 bits, a line feed allowed behind it; unset for anything else. */
static uint32_t number_or_unset(const char *text)
{
	uint64_t value = 0;
	size_t i = 0;

	if (!text)
		return UINT32_MAX;
	for (; i < 11 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	if (i == 0 || value > UINT32_MAX || (text[i] && strcmp(text + i, "\n") != 0))
		return UINT32_MAX;
	return (uint32_t)value;
}

static void copy_escaped(char *out, size_t size, const char *text)
{
	escape(out, size, text ? text : "", text ? strcspn(text, "\n") : 0);
}

/* The last component that ends in .service of systemd's own hierarchy; "" when there is none.
 */
static void find_service(char *out, size_t size, const char *cgroup)
{
	static const char suffix[] = ".service";
	const size_t n_suffix = sizeof suffix - 1;

	out[0] = '\0';
	for (const char *line = cgroup; line && *line;) {
		size_t len = strcspn(line, "\n");
		const char *path = memchr(line, '/', len), *end = line + len;
		int is_systemd = strncmp(line, "0::", 3) == 0 ||
				 (path && path - line > 14 &&
				  memcmp(path - 14, ":name=systemd:", 14) == 0);

		while (is_systemd && path && path < end) {
			const char *next = memchr(path + 1, '/', (size_t)(end - path - 1));
			size_t n = (size_t)((next ? next : end) - path - 1);

			if (n > n_suffix && n < size &&
			    memcmp(path + 1 + n - n_suffix, suffix, n_suffix) == 0) {
				memcpy(out, path + 1, n);
				out[n] = '\0';
			}
			path = next;
		}
		line = *end ? end + 1 : end;
	}
}

/* True when the control group is that of the unit, whose name may lack its .service. */
static int cgroup_confirms(const char *cgroup, const char *unit)
{
	char service[256];
	size_t n = strlen(unit);

	find_service(service, sizeof service, cgroup);
	return n > 0 && strncmp(service, unit, n) == 0 &&
	       (service[n] == '\0' || strcmp(service + n, ".service") == 0);
}

/* The name where there is one, else "#UID" as sudo spells it. */
static void set_login(struct audit_operator *o, const char *name, uint32_t uid)
{
	if (name && *name)
		copy_escaped(o->login, sizeof o->login, name);
	else
		snprintf(o->login, sizeof o->login, "#%lu", (unsigned long)uid);
}

void operator_judge(struct audit_operator *o, const struct operator_sources *from)
{
	const char *trust;
	uint32_t session;

	*o = (struct audit_operator){0};
	o->loginuid = number_or_unset(from->loginuid);
	o->uid = from->uid;
	o->sudo_uid = number_or_unset(from->sudo_uid);
	session = number_or_unset(from->session);
	if (session != UINT32_MAX)
		snprintf(o->session, sizeof o->session, "%lu", (unsigned long)session);
	copy_escaped(o->boot, sizeof o->boot, from->boot);
	copy_escaped(o->tty, sizeof o->tty, from->tty);
	copy_escaped(o->from, sizeof o->from, from->from);
	copy_escaped(o->host, sizeof o->host, from->host);
	escape(o->claim, sizeof o->claim, from->claim ? from->claim : "",
	       from->claim ? strlen(from->claim) : 0);
	snprintf(o->program, sizeof o->program, "mxward %s", MXWARD_VERSION);

	trust = o->loginuid == UINT32_MAX ? "none" : o->loginuid == o->uid ? "same" : "kernel";
	if (from->as_system) {
		char unit[sizeof o->login - sizeof "system:" + 1];

		escape(unit, sizeof unit, from->as_system, strlen(from->as_system));
		snprintf(o->login, sizeof o->login, "system:%s", unit);
		o->is_unit = (unsigned char)cgroup_confirms(from->cgroup, from->as_system);
		if (!o->is_unit)
			trust = "none";
	} else if (o->loginuid != UINT32_MAX) {
		set_login(o, from->login_name, o->loginuid);
	} else {
		set_login(o, from->uid_name, o->uid);
	}
	snprintf(o->trust, sizeof o->trust, "%s", trust);
	operator_set_shown(o);
}

void operator_set_shown(struct audit_operator *o)
{
	int is_unit = strncmp(o->login, "system:", 7) == 0 && o->loginuid == UINT32_MAX;
	int is_claimed = strcmp(o->trust, "none") == 0 && !is_unit;

	snprintf(o->shown, sizeof o->shown, "%s%s", o->login, is_claimed ? " (claimed)" : "");
}

const char *operator_name(const struct audit_operator *o)
{
	return o->shown[0] ? o->shown : o->login;
}

const char *operator_clock_word(long long now_ms, long long previous_ms, int is_unsync)
{
	if (previous_ms && now_ms < previous_ms - CLOCK_SLACK_MS)
		return "back";
	return is_unsync ? "unsync" : "ok";
}

/* --- finding
 * ---------------------------------------------------------------------------------------- */

/* A small file of /proc; NULL when it cannot be read (no such kernel option, no /proc). */
static const char *read_whole(char *out, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	while (used < size - 1 && (n = read(fd, out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	out[used] = '\0';
	return used ? out : NULL;
}

static const char *name_of_uid(char *out, size_t size, uid_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) || !found)
		return NULL;
	snprintf(out, size, "%s", found->pw_name);
	return out;
}

/* The terminal without /dev/: of input, else output, else errors. */
static const char *find_terminal(char *out, size_t size)
{
	for (int fd = 0; fd <= 2; fd++)
		/* cppcheck-suppress uninitvar ; ttyname_r(3) fills it */
		if (ttyname_r(fd, out, size) == 0)
			return strncmp(out, "/dev/", 5) == 0 ? out + 5 : out;
	return NULL;
}

static const char *find_terminal_host(char *out, size_t size, const char *tty)
{
	struct utmpx wanted = {0}, *found;
	const char *host = NULL;

	/* A longer name cannot stand in utmp, and cut it could be another line's. */
	if (!tty || strlen(tty) > sizeof wanted.ut_line)
		return NULL;
	memcpy(wanted.ut_line, tty, strlen(tty));
	setutxent();
	found = getutxline(&wanted);
	if (found && found->ut_type == USER_PROCESS) {
		snprintf(out, size, "%.*s", (int)sizeof found->ut_host, found->ut_host);
		host = out;
	}
	endutxent();
	return host;
}

void operator_find(struct audit_operator *o, const char *as_system)
{
	char loginuid[32], session[32], boot[80], cgroup[8192];
	char login_name[256], uid_name[256], tty[128], from[512], host[256] = "";
	struct operator_sources s = {.as_system = as_system, .uid = getuid()};
	uint32_t login;

	s.loginuid = read_whole(loginuid, sizeof loginuid, "/proc/self/loginuid");
	s.session = read_whole(session, sizeof session, "/proc/self/sessionid");
	s.boot = read_whole(boot, sizeof boot, "/proc/sys/kernel/random/boot_id");
	s.cgroup = read_whole(cgroup, sizeof cgroup, "/proc/self/cgroup");
	login = number_or_unset(s.loginuid);
	if (login != UINT32_MAX)
		s.login_name = name_of_uid(login_name, sizeof login_name, login);
	s.uid_name = name_of_uid(uid_name, sizeof uid_name, s.uid);
	s.tty = find_terminal(tty, sizeof tty);
	s.from = find_terminal_host(from, sizeof from, s.tty);
	s.host = gethostname(host, sizeof host - 1) == 0 ? host : NULL;
	s.sudo_uid = getenv("SUDO_UID");
	s.claim = getenv("SSH_CONNECTION");
	operator_judge(o, &s);
}

const char *operator_clock(long long now_ms, long long previous_ms)
{
	struct timex t = {0};

	/* A kernel that does not tell counts as not synchronised: the log promises nothing it
	 * cannot know. */
	int is_unsync = adjtimex(&t) < 0 || (t.status & STA_UNSYNC);

	return operator_clock_word(now_ms, previous_ms, is_unsync);
}
