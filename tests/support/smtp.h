/*
 * smtp: a client that asks mail servers on loopback whether they accept a recipient.
 */
#ifndef SUPPORT_SMTP_H
#define SUPPORT_SMTP_H

/* The code that RCPT TO:<user@domain> got on a session of its own at address, port 25; -1 when there is no session. */
int smtp_ask(const char *address, const char *user, const char *domain);

/* The same for a user nobody asked about yet: smtpd remembers pairs of sender and recipient. */
int smtp_ask_unseen(const char *address, const char *domain);

#endif
