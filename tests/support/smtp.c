#include "support/smtp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 30 };

static int reply(FILE *s)
{
	char line[600];

	do
		if (!fgets(line, sizeof line, s))
			return -1;
	while (line[3] == '-');
	return atoi(line);
}

static int say(FILE *s, const char *verb, const char *rest)
{
	fseek(s, 0, SEEK_CUR);
	fprintf(s, "%s%s\r\n", verb, rest);
	if (fflush(s) != 0)
		return -1;
	fseek(s, 0, SEEK_CUR);
	return reply(s);
}

static FILE *open_session(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25)};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *s;

	inet_pton(AF_INET, address, &to.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		close(fd);
		return NULL;
	}
	s = fdopen(fd, "r+");
	if (reply(s) == 220 && say(s, "EHLO ", "t.example") == 250 && say(s, "MAIL FROM:", "<s@x.example>") == 250)
		return s;
	fclose(s);
	return NULL;
}

int smtp_ask(const char *address, const char *user, const char *domain)
{
	FILE *s = open_session(address);
	char rest[600];
	int code;

	if (!s)
		return -1;
	snprintf(rest, sizeof rest, "<%s@%s>", user, domain);
	code = say(s, "RCPT TO:", rest);
	say(s, "QUIT", "");
	fclose(s);
	return code;
}

int smtp_ask_unseen(const char *address, const char *domain)
{
	static int serial;
	char user[60];

	snprintf(user, sizeof user, "u%d-%d", (int)getpid(), serial++);
	return smtp_ask(address, user, domain);
}
