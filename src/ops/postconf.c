#include "ops/postconf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "ops/ward.h"

enum { WAIT_MS = 2000, DAY = 86400 };

static void become_postconf(const struct ward *w, const char *parameter, int out) __attribute__((noreturn));

static void become_postconf(const struct ward *w, const char *parameter, int out)
{
	/* Never by the caller's PATH: who runs this may be a sudo away from his own shell. */
	static const char *const places[] = {"/usr/sbin/postconf", "/usr/local/sbin/postconf"};
	const char *argv[] = {"postconf", "-h", parameter, NULL, NULL, NULL};
	char *envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	int null = open("/dev/null", O_RDWR);

	if (w->config.postfix_config_directory[0]) {
		argv[1] = "-c";
		argv[2] = w->config.postfix_config_directory;
		argv[3] = "-h";
		argv[4] = parameter;
	}
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0)
		_exit(127);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		execve(places[i], (char **)argv, envp);
	_exit(127);
}

/* Reads to the end of the stream; -1 when that does not come in time. */
static int read_all(int fd, char *out, size_t size)
{
	int64_t until = loop_now() + WAIT_MS;
	size_t have = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = until - loop_now();
		ssize_t n;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR) || have + 1 >= size)
			return -1;
		if (!p.revents)
			continue;
		n = read(fd, out + have, size - 1 - have);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	out[have] = '\0';
	return 0;
}

int postconf_get(const struct ward *w, const char *parameter, char *out, size_t size)
{
	int pipe_of[2], status, rc;
	pid_t pid;

	if (w->config.restricted || pipe2(pipe_of, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become_postconf(w, parameter, pipe_of[1]);
	close(pipe_of[1]);
	rc = pid < 0 ? -1 : read_all(pipe_of[0], out, size);
	close(pipe_of[0]);
	if (pid < 0)
		return -1;
	if (rc != 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int postconf_parent_matches(struct ward *w)
{
	char text[1000], *state, *word;
	int matches = 1;

	if (w->config.parent_matches < 0) {
		if (postconf_get(w, "parent_domain_matches_subdomains", text, sizeof text) == 0) {
			matches = 0;
			for (word = strtok_r(text, ", \t", &state); word; word = strtok_r(NULL, ", \t", &state))
				matches |= strcasecmp(word, "relay_domains") == 0;
		}
		w->config.parent_matches = w->config.site.parent_matches_subdomains = matches;
	}
	return w->config.parent_matches;
}

/* Postfix's time units, postconf(5); a number alone is in days here. */
int64_t postconf_queue_lifetime(const struct ward *w)
{
	static const struct {
		char letter;
		int seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY}, {'w', 7 * DAY}, {'\0', DAY}};
	char text[100], *end;
	long n;

	if (postconf_get(w, "maximal_queue_lifetime", text, sizeof text) != 0)
		return 5 * DAY;
	n = strtol(text, &end, 10);
	if (end == text || n < 0 || n > 36500)
		return 5 * DAY;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (*end == units[i].letter)
			return (int64_t)n * units[i].seconds;
	return 5 * DAY;
}
