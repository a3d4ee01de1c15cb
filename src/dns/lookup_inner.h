/*
 * lookup_inner: what the parts of lookup share.
 *
 * A job is a name somebody asked for; it goes through steps, one row of them
 * for each resolver.  A question is what the worker is asked; jobs that need
 * the same one share it, and those about targets stay as a cache.
 */
#ifndef DNS_LOOKUP_INNER_H
#define DNS_LOOKUP_INNER_H

#include "base/mem.h"
#include "dns/lookup.h"
#include "dns/worker.h"
#include "relay/name.h"

struct loop_timer;

enum {
	LOOKUP_BUDGET = 8000, /* milliseconds for a name at one resolver */
	LOOKUP_LEAST = 1000,  /* what a later step gets even when the first took nearly all */
	LOOKUP_ATTEMPTS = 3,  /* workers that may die over one question */
	JOB_RANDOM = 16,      /* letters of the random name under a suffix */
	CACHE_LEAST = 4096,   /* buckets; there are as many as questions, or twice that */
	CACHE_MOST = 200000, /* questions kept; then all are forgotten */
	CACHE_GOOD = 600000, /* milliseconds that an answer serves */
	CACHE_FAILED = 30000
};

/* Whether a question can be found by others: for as long as it is open, or also when it is
 * answered. */
enum hashed { HASHED_NOT, HASHED_OPEN, HASHED_KEPT };

struct authority;

struct waiter {
	struct waiter *next;
	struct job *job;
};

struct question {
	struct question *hash_next;
	struct waiter *waiters;
	struct reply *reply; /* NULL until answered */
	int64_t stale;	     /* milliseconds of the loop from which on the answer serves nobody new */
	uint32_t hash;
	uint32_t refs; /* jobs, the worker's slot, the hash */
	uint32_t slot;
	uint32_t budget;
	uint16_t type;
	uint8_t resolver, urgent, attempts, name_len;
	uint8_t hashed; /* enum hashed */
	uint8_t name[]; /* wire form, lower case */
};

enum step_stage { STEP_START, STEP_MX, STEP_HOSTS, STEP_NS, STEP_DONE };

/* What one resolver is asked for one name. */
struct step {
	enum step_stage stage;
	struct question *mx, *base, *ns;
	struct question *hop[2]; /* A and AAAA of where our own routing leads the mail, if that is a name */
	struct question **host; /* A and AAAA of each target in turn, or of the entry itself */
	size_t n_hosts;
	uint16_t *host_name; /* of each target: its place in the text of the MX reply */
	int self;	     /* the one host is the entry itself */
	int64_t time;
	struct verdict verdict;
};

struct job {
	struct job *next, *prev; /* all jobs */
	struct job *ready_next;
	int ready;
	lookup_fn *fn;
	void *ctx;
	int urgent, suffix, unasked; /* unasked: judged by its name alone */
	uint32_t waiting;	     /* questions that are open */
	unsigned resolver;
	struct authority *authority; /* NULL: a question to the resolvers */
	size_t n_steps;
	char *name;	    /* behind the steps, shorter than NAME_SIZE */
	char *asked;	    /* for a suffix the random name, else name */
	struct step step[]; /* one for each resolver, or for each name server */
};

/* What was judged last: whoever tells of it at once need not put it together again. */
struct judged {
	const struct job *job; /* NULL: nothing */
	unsigned resolver;
	struct answer answer; /* in the arena */
};

/* A name server that is, or was, asked itself; its number in frames is FRAME_RESOLVERS and its
 * place. */
struct authority_place {
	struct config_address address;
	unsigned jobs, open; /* that need it; questions the worker has */
	int given;	     /* the worker has its socket */
};

struct slot {
	struct question *question; /* NULL: free */
	uint32_t generation, next_free;
};

struct lookups {
	struct loop *loop;
	const struct config *config;
	struct resolvers resolvers;
	char resolver_text[FRAME_RESOLVERS][NET_TEXT_SIZE + 8];
	struct frame_setup setup;
	struct worker worker;
	int running, was_ready, watching_write, starts_in_vain;
	int64_t not_before, last_heard;
	struct loop_timer *watchdog, *soon;
	char note[FRAME_NOTE];
	char resolver_list[400];
	struct frame_counts counts, counts_before; /* of this worker, of those before */
	uint64_t names;

	int64_t now; /* milliseconds of the loop, of this turn: many questions are asked in one */
	struct question **bucket;
	size_t n_buckets, n_hashed; /* n_buckets: a power of two */
	struct slot *slot;
	uint32_t n_slots, free_slot, n_open; /* free_slot: index + 1 */
	struct waiter *free_waiters;

	struct job *jobs, *ready, **ready_last;
	size_t n_jobs, window;
	struct authority_place place[FRAME_AUTHORITIES];
	int places_short; /* a job waits for one */
	int compare;
	int busy, dead;	    /* callbacks run; freed by one of them */
	struct arena arena; /* of the answers told at the moment */
	struct judged judged;
	struct reply_room room;
};

/* lookup_cache.c: the question of that name (text) and type, new or shared.  The caller holds a
 * reference and gives it back by question_release(); j waits for it unless it is answered
 * already. */
struct question *question_ask(struct lookups *l, struct job *j, const char *name, uint16_t type,
			      int64_t budget, int cached);
/* A and AAAA of one name, in this order. */
void question_ask_host(struct lookups *l, struct job *j, const char *name, struct question *host[2], int64_t budget,
		       int cached);
void question_release(struct lookups *l, struct question *q);
void question_unwait(struct lookups *l, struct question *q, const struct job *j);
void question_answer(struct lookups *l, struct question *q, const struct reply *r);
void question_forget_all(struct lookups *l);

/* lookup_link.c: the worker behind it. */
int link_start(struct lookups *l, struct err *e);
void link_stop(struct lookups *l);
void link_send(struct lookups *l, struct question *q); /* gives it a slot and a frame */
void link_flush(struct lookups *l);

/* lookup_steps.c: asks for what the MX answer of s makes necessary; a name without MX is looked
 * at itself. */
void step_ask_hosts(struct lookups *l, struct job *j, struct step *s, const char *name);
void job_begin(struct lookups *l, struct job *j);   /* asks, judges nothing */
void job_advance(struct lookups *l, struct job *j); /* until it waits or is over */
int job_is_over(const struct lookups *l, const struct job *j);
void job_release(struct lookups *l, struct job *j); /* its questions */

/* lookup_answer.c: step i put together, in l->arena. */
void answer_build(struct lookups *l, const struct job *j, unsigned i, struct answer *out);

/* authority.c */
void authority_advance(struct lookups *l, struct job *j);
int authority_is_over(const struct job *j);
void authority_tell(struct lookups *l, struct job *j);
void authority_release(struct lookups *l,
		       struct job *j); /* its questions and places, and itself */
void authority_give_all(
	struct lookups *l); /* a new worker gets the sockets of all that are in use */

/* lookup.c */
struct job *job_new(struct lookups *l, const char *name, size_t n_steps);
void job_drop(struct lookups *l, struct job *j); /* untold */
void job_make_ready(struct lookups *l, struct job *j);
void lookups_run_ready(struct lookups *l); /* advances what is ready and tells what is over */
void lookups_run_soon(struct lookups *l);  /* the same from the loop, later */

#endif
