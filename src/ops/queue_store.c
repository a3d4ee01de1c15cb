#include "ops/queue_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "db/env.h"
#include "db/traffic.h"
#include "ops/commit.h"
#include "ops/postconf.h"
#include "ops/traffic_look.h"
#include "ops/ward.h"

enum { ASK_SECONDS = 60 };

static int read_queue(struct mailqueue *q, const struct ward *w, const char *path, struct err *e)
{
	char shown[300];
	int fd, rc;

	if (!path)
		return queue_ask(q, w, ASK_SECONDS, e);
	fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", path);
	rc = mailqueue_read_fd(q, fd, path, e);
	if (fd != STDIN_FILENO)
		close(fd);
	if (rc == 0 && q->refused > 0 && q->n_messages == 0)
		return err_set(e, ERR_DATA, "'%s' is not what postqueue -j prints; its first line is: %s", path,
			       escape(shown, sizeof shown, str_text(&q->excuse), q->excuse.len));
	return rc;
}

static int sum_up(struct ward *w, const struct mailqueue *q, const char *relay, struct queue_store_result *r, struct err *e)
{
	int by_parents = postconf_parent_matches(w);
	int64_t today = date_day(date_now());
	struct traffic_outflow out = {0};
	struct db_txn *txn;
	int rc;

	if (db_begin_read(&txn, w->db, e) != 0)
		return -1;
	rc = queue_sum_up(&r->sum, q, txn, by_parents, e);
	if (rc == 0)
		rc = traffic_busiest(txn, relay, today - TRAFFIC_MONTH, today, &out, e);
	r->busiest_hour = out.busiest_hour;
	db_abort(txn);
	return rc;
}

static int store(struct ward *w, const char *relay, const struct queue_sum *s, struct err *e)
{
	struct queue_told told = {relay, date_now(), s->all};
	struct db_txn *txn;

	if (ward_may_change(w, e) != 0 || db_begin_write(&txn, w->db, "queue figures", 1, COMMIT_WAIT_MS, e) != 0)
		return -1;
	if (queues_replace(txn, &told, s->row, s->n, e) == 0)
		return db_commit(txn, e);
	db_abort(txn);
	return -1;
}

int queue_store(struct ward *w, const struct queue_store_options *o, struct queue_store_result *r, struct err *e)
{
	char own[QUEUE_RELAY_SIZE];
	const char *relay = o->relay ? o->relay : queue_own_relay(own);
	struct mailqueue q = {0};
	int rc;

	*r = (struct queue_store_result){0};
	rc = read_queue(&q, w, o->path, e);
	r->refused = q.refused;
	if (rc == 0)
		rc = sum_up(w, &q, relay, r, e);
	if (rc == 0 && !o->dry_run)
		rc = store(w, relay, &r->sum, e);
	mailqueue_clear(&q);
	return rc;
}

void queue_store_clear(struct queue_store_result *r)
{
	queue_sum_clear(&r->sum);
}
