/*
 * later: messages that are to be sent at a time to come, nearest first.
 *
 * A binary heap; each message is copied in, and handed out to be freed.  It is
 * bounded, and what comes beyond the bound is dropped as a network would.
 */
#ifndef WORLD_LATER_H
#define WORLD_LATER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct later_message {
	uint64_t due;	     /* milliseconds of the monotonic clock */
	uint64_t order;	     /* equal times: first come, first served */
	uint64_t connection; /* over TCP: which; 0 over UDP */
	struct sockaddr_storage to;
	socklen_t to_len;
	size_t len;
	uint8_t bytes[];
};

void later_push(uint64_t due, uint64_t connection, const struct sockaddr_storage *to,
		socklen_t to_len, const uint8_t *bytes, size_t len);

/* The next one that is due by now, to be freed by the caller, or NULL. */
struct later_message *later_pop(uint64_t now);

/* Milliseconds until the next one, for poll: -1 if there is none. */
int later_wait(uint64_t now);

#endif
