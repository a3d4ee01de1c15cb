/*
 * loop: the one poll loop of a process.
 *
 * Callbacks on file descriptors, timers on the monotonic clock, signals as
 * events.  Nothing runs inside a signal handler: a handler writes one byte
 * into a pipe.  loop_run() returns when loop_stop() was called or when
 * nothing is left to wait for (signals alone keep nobody waiting).
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>

struct err;
struct loop;
struct loop_timer;

struct loop *loop_new(struct err *e);
void loop_free(struct loop *l);

typedef void loop_fd_fn(void *ctx, int fd, short revents);
typedef void loop_fn(void *ctx);
typedef void loop_signal_fn(void *ctx, int signum);

/* Watches fd for events (POLLIN, POLLOUT); a second call for the same fd changes them.
 * events 0 keeps it registered but for POLLERR and POLLHUP. */
void loop_watch(struct loop *l, int fd, short events, loop_fd_fn *fn, void *ctx);
void loop_forget(struct loop *l, int fd);

/* One shot, after ms milliseconds; the timer is gone once it fired or was cancelled. */
struct loop_timer *loop_after(struct loop *l, int64_t ms, loop_fn *fn, void *ctx);
void loop_cancel(struct loop *l, struct loop_timer *t); /* NULL is allowed */

/* Called before each wait, after all events of a turn: the place to paint once. */
void loop_set_idle(struct loop *l, loop_fn *fn, void *ctx);

/* Turns a signal into an event until loop_free(), which restores the old action. */
int loop_signal(struct loop *l, int signum, loop_signal_fn *fn, void *ctx, struct err *e);

void loop_run(struct loop *l);
void loop_turn(struct loop *l, int64_t max_ms); /* one wait and what it brings; -1: no limit */
void loop_stop(struct loop *l);

int64_t loop_now(void); /* monotonic milliseconds */

#endif
