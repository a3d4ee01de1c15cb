/*
 * worker: the process that reads what the network sends.
 *
 * Parent side: the worker is this same program, started with a hidden word
 * and nothing but one end of a socket pair; sockets are made here and handed
 * over.  Frames are buffered in both directions and never block.  Child
 * side: worker_main() in dns/lookup.h.
 */
#ifndef DNS_WORKER_H
#define DNS_WORKER_H

#include <sys/types.h>

#include "dns/frame.h"
#include "dns/resolvers.h"

struct err;

enum { WORKER_FD = 3, WORKER_WAITING = 32 + FRAME_AUTHORITIES };

struct worker {
	pid_t pid; /* 0: none runs */
	int fd;
	struct frame_buffer in, out;
	/* Sockets on their way: each goes with the frame at that place of the stream. */
	struct {
		uint64_t place;
		int fd;
	} passing[WORKER_WAITING];
	size_t n_passing;
	uint64_t sent; /* bytes of the stream that are written */
};

/* Starts a process, sends it the setup and sockets to each resolver (those of an unreachable
 * one are left out).  -1: no process, or no socket for any of them. */
int worker_start(struct worker *w, const struct frame_setup *setup, const struct resolvers *r,
		 struct err *e);

/* Ends the process and frees the buffers. */
void worker_stop(struct worker *w);

/* Writes w->out as far as the socket takes it: 0 all, 1 some is left, -1 the worker is gone. */
int worker_flush(struct worker *w);

/* Reads into w->in: 1 something came, 0 nothing, -1 the worker is gone. */
int worker_fill(struct worker *w);

/* Appends the answer to a FRAME_WANT_TCP; fd (-1: none) is closed once it is handed over. */
void worker_give_tcp(struct worker *w, uint8_t resolver, int fd);

/* Makes the server of that UDP socket the one in an authority's place; fd as above. */
void worker_give_udp(struct worker *w, uint8_t place, int fd);

/* What is executed; the default is the running program.  For tests. */
void worker_set_program(const char *path);

#endif
