#include "support/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/run.h"

static int skip(const char *why)
{
	printf("no live Postfix: %s\n", why);
	return 77;
}

int live_start(char *self)
{
	const char *build = getenv("MXWARD_BINARY"), *end = build ? strrchr(build, '/') : NULL;
	char servers[1200], program[1300], script[1300];

	snprintf(servers, sizeof servers, "%.*s/servers", end ? (int)(end - build) : 5, end ? build : "build");
	snprintf(program, sizeof program, "%s/usr/sbin/postfix", servers);
	snprintf(script, sizeof script, "%s", run_source("tests/mta/postfix-live.sh"));
	if (access(program, X_OK) != 0)
		return skip("it is not unpacked; see tests/world/unpack-servers.sh");
	if (geteuid() != 0)
		return skip("only root has namespaces with a port 25 and an smtpd in them");
	if (system("unshare -m -n -p -f --mount-proc true 2>/dev/null") != 0)
		return skip("no namespaces here (unshare)");
	setenv("SERVERS", servers, 1);
	execlp("unshare", "unshare", "-m", "-n", "-p", "-f", "--mount-proc", "sh", script, self, (char *)NULL);
	return skip("no unshare");
}
