/*
 * probe: two small things that scripts need and have no tool for: ports that
 * are free, and waiting for a name server until it answers.  Loopback only.
 */
#ifndef WORLD_PROBE_H
#define WORLD_PROBE_H

/* Prints `count` ports, free for UDP and TCP on 127.0.0.1, on one line.  0, or -1. */
int probe_free_ports(unsigned count);

/*
 * Asks 127.0.0.1 port `port` for the name's SOA until it comes with NOERROR and
 * an answer.  Blocks for `seconds` at most.  0, or -1.
 */
int probe_wait(unsigned port, const char *name, unsigned seconds);

#endif
