#include "ops/ward.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/operator.h"
#include "base/err.h"
#include "base/loop.h"
#include "db/env.h"
#include "dns/lookup.h"
#include "ops/leftovers.h"
#include "ops/publish_stand.h"
#include "ops/queue_look.h"

/* A little more than the 8 s after which a name is UNKNOWN. */
enum { SILENCE_MS = 8500 };

static int read_config(struct ward *w, const char *file, int may_be_missing, struct err *e)
{
	config_init(&w->config);
	if (file && may_be_missing && access(file, F_OK) != 0)
		return 0;
	if (!file) {
		if (access(WARD_CONFIG_FILE, F_OK) != 0)
			return 0;
		file = WARD_CONFIG_FILE;
	}
	if (config_read(&w->config, file, e) != 0) {
		e->code = ERR_CONFIG;
		return -1;
	}
	return 0;
}

/* Who may only read the files looks, without having to ask for it. */
int ward_open_database(struct ward *w, struct err *e)
{
	if (w->db)
		return 0;
	if (!w->read_only) {
		if (db_open(&w->db, w->directory, DB_READ_WRITE, e) == 0)
			return 0;
		if (e->code != ERR_PERM)
			return -1;
	}
	if (db_open(&w->db, w->directory, DB_READ_ONLY, e) != 0)
		return -1;
	w->may_only_read = !w->read_only;
	w->read_only = 1;
	return 0;
}

int ward_open_any_database(struct ward *w, struct err *e)
{
	return ward_open_database(w, e) == 0 || e->code == ERR_NOINPUT ? 0 : -1;
}

int ward_open(struct ward *w, const struct ward_options *o, struct err *e)
{
	*w = (struct ward){.read_only = o->read_only};
	if (read_config(w, o->config_file, o->makes_config, e) != 0)
		return -1;
	w->directory = o->directory ? o->directory : w->config.database;
	w->loop = loop_new(e);
	if (!w->loop)
		return -1;
	operator_find(&w->operator, o->as_system);
	if (o->needs_database && ward_open_database(w, e) != 0)
		return -1;
	return 0;
}

void ward_close(struct ward *w)
{
	if (w->lookups)
		lookups_free(w->lookups);
	queue_forget(w);
	leftovers_forget(w);
	publish_stand_forget(w);
	if (w->db)
		db_close(w->db);
	if (w->loop)
		loop_free(w->loop);
	config_clear(&w->config);
	*w = (struct ward){0};
}

int ward_start_lookups(struct ward *w, struct err *e)
{
	if (w->lookups)
		return 0;
	if (w->config.site.relay_hosts.n == 0 && w->config.site.relay_addresses.n == 0)
		return err_set(e, ERR_CONFIG,
			       "no relay-host and no relay-address is configured, so nothing can be "
			       "told to be ours; set them in '%s'",
			       w->config.file ? w->config.file : WARD_CONFIG_FILE);
	return lookups_new(&w->lookups, w->loop, &w->config, e);
}

int ward_resolvers_answer(const struct ward *w, int64_t began, struct err *e)
{
	struct lookup_counts counts = lookups_counts(w->lookups);

	if (counts.answers > 0 || counts.queries == 0)
		return 0;
	if (lookups_pending(w->lookups) > 0 && loop_now() - began < SILENCE_MS)
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "no resolver answers (%s); nothing can be said of any name, see resolver in '%s' "
					   "or /etc/resolv.conf",
		       lookups_resolvers(w->lookups), w->config.file ? w->config.file : WARD_CONFIG_FILE);
}

int ward_may_change(const struct ward *w, struct err *e)
{
	if (w->read_only)
		return err_set(e, ERR_PERM,
			       "the database in '%s' is open read only; nothing was changed, work as "
			       "its owner to change it",
			       w->directory);
	/* A timer has no login; its control group says what it is, and no operator can write that. */
	if (w->config.require_loginuid && w->operator.loginuid == UINT32_MAX && !w->operator.is_unit)
		return err_set(e, ERR_PERM,
			       "the kernel does not say who you are (loginuid is unset) and require-loginuid is set; nothing was "
			       "changed, log in through PAM%s",
			       strncmp(w->operator.login, "system:", 7) == 0 ? ", or run it as the service that --as-system names"
									      : "");
	return 0;
}
