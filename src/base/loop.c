#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

struct watch {
	loop_fd_fn *fn; /* NULL: forgotten during this turn, swept at its end */
	void *ctx;
};

struct loop_timer {
	int64_t due;
	uint64_t number; /* timers of the same millisecond fire in the order they were set */
	size_t place;	 /* in the heap */
	loop_fn *fn;
	void *ctx;
};

struct signal_event {
	int signum;
	loop_signal_fn *fn;
	void *ctx;
	struct sigaction old;
};

struct loop {
	struct pollfd *poll; /* parallel to watch */
	struct watch *watch;
	size_t n, room;
	size_t n_live; /* watches that are not forgotten */
	int *place;    /* by descriptor: index + 1, 0 for none */
	size_t n_places;
	struct loop_timer **heap;
	size_t n_timers, heap_room;
	uint64_t number;
	struct signal_event *signal;
	size_t n_signals;
	int pipe[2];
	loop_fn *idle;
	void *idle_ctx;
	int dispatching, stop;
};

/* What a handler needs; signals belong to the process, and so to one loop at a time. */
static volatile sig_atomic_t signal_seen[NSIG];
static volatile sig_atomic_t signal_pipe = -1;

static void on_signal(int signum)
{
	int saved = errno;
	char byte = 0;

	signal_seen[signum] = 1;
	/* A full pipe already holds what wakes the loop. */
	if (write(signal_pipe, &byte, 1) < 0)
		errno = saved;
	errno = saved;
}

int64_t loop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct loop *loop_new(struct err *e)
{
	struct loop *l = mem_alloc(sizeof *l);

	if (pipe2(l->pipe, O_CLOEXEC | O_NONBLOCK)) {
		err_errno(e, errno, "cannot make a pipe for signals; close other programs");
		free(l);
		return NULL;
	}
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	for (size_t i = l->n_signals; i-- > 0;)
		sigaction(l->signal[i].signum, &l->signal[i].old, NULL);
	if (signal_pipe == l->pipe[1])
		signal_pipe = -1;
	for (size_t i = 0; i < l->n_timers; i++)
		free(l->heap[i]);
	close(l->pipe[0]);
	close(l->pipe[1]);
	free(l->heap);
	free(l->signal);
	free(l->poll);
	free(l->watch);
	free(l->place);
	free(l);
}

static struct watch *watch_of(struct loop *l, int fd, struct pollfd **p)
{
	size_t i;

	if (fd < 0 || (size_t)fd >= l->n_places || !l->place[fd])
		return NULL;
	i = (size_t)l->place[fd] - 1;
	*p = &l->poll[i];
	return &l->watch[i];
}

void loop_watch(struct loop *l, int fd, short events, loop_fd_fn *fn, void *ctx)
{
	struct pollfd *p;
	struct watch *w;

	if (fd < 0)
		mem_die("a watch on descriptor %d", fd);
	w = watch_of(l, fd, &p);
	if (w) {
		p->events = events;
		/* What this turn already found and nobody waits for any more is not delivered.
		 */
		p->revents &= (short)(events | POLLERR | POLLHUP | POLLNVAL);
		*w = (struct watch){fn, ctx};
		return;
	}
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		l->poll = mem_array(l->poll, l->room, sizeof *l->poll);
		l->watch = mem_array(l->watch, l->room, sizeof *l->watch);
	}
	if ((size_t)fd >= l->n_places) {
		size_t n = (size_t)fd + 32;

		l->place = mem_array(l->place, n, sizeof *l->place);
		memset(l->place + l->n_places, 0, (n - l->n_places) * sizeof *l->place);
		l->n_places = n;
	}
	l->poll[l->n] = (struct pollfd){.fd = fd, .events = events};
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): before the first watch room is 0, as n is */
	l->watch[l->n] = (struct watch){fn, ctx};
	l->place[fd] = (int)++l->n;
	l->n_live++;
}

/* Closes the gaps that loop_forget() left. */
static void sweep(struct loop *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!l->watch[i].fn)
			continue;
		l->poll[kept] = l->poll[i];
		l->watch[kept] = l->watch[i];
		kept++;
		l->place[l->poll[i].fd] = (int)kept;
	}
	l->n = kept;
}

void loop_forget(struct loop *l, int fd)
{
	struct pollfd *p;
	struct watch *w = watch_of(l, fd, &p);

	if (!w)
		return;
	w->fn = NULL;
	*p = (struct pollfd){.fd = -1};
	l->place[fd] = 0;
	l->n_live--;
	if (!l->dispatching)
		sweep(l);
}

static int is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void put(struct loop *l, size_t i, struct loop_timer *t)
{
	l->heap[i] = t;
	t->place = i;
}

/* Moves t from place i to where the heap's order wants it. */
static void settle(struct loop *l, size_t i, struct loop_timer *t)
{
	for (; i > 0 && is_before(t, l->heap[(i - 1) / 2]); i = (i - 1) / 2)
		put(l, i, l->heap[(i - 1) / 2]);
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < l->n_timers && is_before(l->heap[child + 1], l->heap[child]))
			child++;
		if (child >= l->n_timers || !is_before(l->heap[child], t))
			break;
		put(l, i, l->heap[child]);
		i = child;
	}
	put(l, i, t);
}

struct loop_timer *loop_after(struct loop *l, int64_t ms, loop_fn *fn, void *ctx)
{
	struct loop_timer *t = mem_alloc(sizeof *t);
	int64_t now = loop_now();

	if (ms < 0)
		ms = 0;
	t->due = ms > INT64_MAX - now ? INT64_MAX : now + ms;
	t->number = l->number++;
	t->fn = fn;
	t->ctx = ctx;
	if (l->n_timers == l->heap_room) {
		l->heap_room = l->heap_room ? 2 * l->heap_room : 16;
		l->heap = mem_array(l->heap, l->heap_room, sizeof(*l->heap));
	}
	l->n_timers++;
	settle(l, l->n_timers - 1, t);
	return t;
}

void loop_cancel(struct loop *l, struct loop_timer *t)
{
	size_t i;
	struct loop_timer *last;

	if (!t)
		return;
	i = t->place;
	last = l->heap[--l->n_timers];
	if (last != t)
		settle(l, i, last);
	free(t);
}

void loop_set_idle(struct loop *l, loop_fn *fn, void *ctx)
{
	l->idle = fn;
	l->idle_ctx = ctx;
}

static void on_pipe(struct loop *l)
{
	char drain[64];

	while (read(l->pipe[0], drain, sizeof drain) > 0)
		;
	for (size_t i = 0; i < l->n_signals; i++) {
		struct signal_event s = l->signal[i];

		if (!signal_seen[s.signum])
			continue;
		signal_seen[s.signum] = 0;
		s.fn(s.ctx, s.signum);
	}
}

int loop_signal(struct loop *l, int signum, loop_signal_fn *fn, void *ctx, struct err *e)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (signum <= 0 || signum >= NSIG)
		return err_set(e, ERR_SOFTWARE, "there is no signal %d", signum);
	for (size_t i = 0; i < l->n_signals; i++) {
		if (l->signal[i].signum != signum)
			continue;
		l->signal[i].fn = fn;
		l->signal[i].ctx = ctx;
		return 0;
	}
	if (signal_pipe >= 0 && signal_pipe != l->pipe[1])
		return err_set(e, ERR_SOFTWARE, "signals belong to another loop already");
	l->signal = mem_array(l->signal, l->n_signals + 1, sizeof *l->signal);
	l->signal[l->n_signals] = (struct signal_event){.signum = signum, .fn = fn, .ctx = ctx};
	signal_pipe = l->pipe[1];
	signal_seen[signum] = 0;
	sigfillset(&act.sa_mask);
	if (sigaction(signum, &act, &l->signal[l->n_signals].old))
		return err_errno(e, errno, "cannot catch signal %d", signum);
	l->n_signals++;
	return 0;
}

/* Milliseconds to wait: until the first timer, at most max_ms. */
static int wait_time(const struct loop *l, int64_t max_ms)
{
	int64_t ms = max_ms < 0 ? INT_MAX : max_ms;

	if (l->n_timers) {
		int64_t left = l->heap[0]->due - loop_now();

		if (left < 0)
			left = 0;
		if (left < ms)
			ms = left;
	} else if (max_ms < 0) {
		return -1;
	}
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Fires what is due now; a timer set by one of these waits for the next turn. */
static void fire_timers(struct loop *l)
{
	int64_t now = loop_now();
	uint64_t before = l->number;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): loop_cancel() took what it freed out of the heap */
	while (l->n_timers && l->heap[0]->due <= now && l->heap[0]->number < before) {
		struct loop_timer t = *l->heap[0];

		loop_cancel(l, l->heap[0]);
		t.fn(t.ctx);
	}
}

/* The pipe for signals is polled behind the watches, in a place that is there for this call
 * only. */
static int wait_for_events(struct loop *l, int ms)
{
	int n;

	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		l->poll = mem_array(l->poll, l->room, sizeof *l->poll);
		l->watch = mem_array(l->watch, l->room, sizeof *l->watch);
	}
	l->poll[l->n] = (struct pollfd){.fd = l->pipe[0], .events = POLLIN};
	n = poll(l->poll, l->n + 1, ms);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		mem_die("poll: %s", strerror(errno));
	return n;
}

void loop_turn(struct loop *l, int64_t max_ms)
{
	size_t n;
	int found, by_signal;

	if (l->idle)
		l->idle(l->idle_ctx);
	/* The idle callback may have stopped the loop, which then must not wait. */
	found = wait_for_events(l, l->stop ? 0 : wait_time(l, max_ms));
	n = l->n;
	by_signal = found > 0 && l->poll[n].revents;
	l->dispatching++;
	if (found < 0 || by_signal)
		on_pipe(l);
	/* Watches set meanwhile stand behind n and were not polled; forgotten ones have no fn.
	 */
	for (size_t i = 0; found > 0 && i < n; i++) {
		struct watch w = l->watch[i];
		short revents = l->poll[i].revents;

		if (!w.fn || !revents)
			continue;
		l->poll[i].revents = 0;
		w.fn(w.ctx, l->poll[i].fd, revents);
	}
	fire_timers(l);
	if (--l->dispatching == 0)
		sweep(l);
}

void loop_run(struct loop *l)
{
	while (!l->stop && (l->n_live || l->n_timers))
		loop_turn(l, -1);
	l->stop = 0;
}

void loop_stop(struct loop *l)
{
	l->stop = 1;
}
