/*
 * bases: the folders that trials begin with, and what answers beside them: a DNS world, a Postfix that is a script.
 */
#include "torture/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(struct trial *t, const char *words)
{
	struct run_result r;
	char line[1500];

	trial_fill(t, line, sizeof line, words);
	run_line(&r, t->config, "%s", line);
	if (r.status != 0) {
		fprintf(stderr, "torture: '%s' ended with %d: %s%s\n", line, r.status, r.out, r.err);
		exit(1);
	}
	run_clear(&r);
}

static void write_names(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		trial_give_up(path);
	for (int i = 0; i < 40; i++)
		fprintf(f, "gone%02d.example\n", i);
	for (int i = 0; i < 80; i++)
		fprintf(f, "kept%03d.example\n", i);
	fprintf(f, "moved00.example\n");
	fclose(f);
}

static void write_more(const char *path, int n, int is_csv)
{
	FILE *f = fopen(path, "w");

	if (!f)
		trial_give_up(path);
	if (is_csv)
		fprintf(f, "name,customer,note\n");
	for (int i = 0; i < n; i++)
		fprintf(f, is_csv ? "more%03d.example,C-9,a note\n" : "more%03d.example\n", i);
	fclose(f);
}

/* Files that commands read. */
static void write_inputs(struct trial *t)
{
	write_names(trial_path(t, "now/names"));
	write_more(trial_path(t, "now/more"), 200, 0);
	write_more(trial_path(t, "now/more.csv"), 200, 1);
	trial_copy(run_source("tests/mta/logs/day-rfc3339.log"), trial_path(t, "now/mail.log"));
	trial_copy(run_source("tests/cmd/zones/example.zone"), trial_path(t, "now/zone"));
	run_write_file(trial_path(t, "now/letter"), "To <CUSTOMER>: <DOMAIN> goes to <PRIMARY>, you have until <DEADLINE>.\n");
}

/* A Postfix that says what it would, and holds one message. */
static void write_postfix(struct trial *t)
{
	run_stand_in_begin(t->dir);
	t->path = strdup(getenv("PATH"));
	run_stand_in(t->dir, "postconf",
		     "for p; do case $p in\n-*|%s) ;;\nmyhostname) echo relay.isp.example ;;\ninet_interfaces) echo 127.0.0.1 ;;\n"
		     "proxy_interfaces) echo 8.8.8.8 ;;\nmynetworks) echo 127.0.0.0/8 8.8.0.0/16 ;;\n"
		     "relay_domains) echo lmdb:%s/relay_domains ;;\n"
		     "smtpd_recipient_restrictions) echo permit_mynetworks, check_recipient_access lmdb:%s/brownout, reject ;;\n"
		     "*) echo ;;\nesac; done\n",
		     trial_path(t, "now"), trial_path(t, "now"), trial_path(t, "now"));
	run_stand_in(t->dir, "postqueue",
		     "echo '{\"queue_name\": \"deferred\", \"queue_id\": \"A1\", \"arrival_time\": 1767225600, \"message_size\": 700, "
		     "\"sender\": \"s@x.example\", \"recipients\": [{\"address\": \"a@kept001.example\"}]}'\n");
}

/* The world, or another one in which four names that are gone still name us, and four that name us do not yet. */
static void write_zone(const struct trial *t, int is_other)
{
	FILE *in = fopen(run_source("tests/cmd/zones/example.zone"), "r"), *out = fopen(t->zones, "w");
	char line[300];

	if (!in || !out)
		trial_give_up(t->zones);
	while (fgets(line, sizeof line, in)) {
		int is_ours = strncmp(line, "kept06", 6) == 0 && line[6] < '4' && strstr(line, "backup.isp");

		if (!is_other || !is_ours)
			fputs(line, out);
	}
	for (int i = 0; is_other && i < 4; i++)
		fprintf(out, "gone%02d MX 50 backup.isp\n", i);
	if (fclose(in) != 0 || fclose(out) != 0)
		trial_give_up(t->zones);
}

static void find_batch(struct trial *t)
{
	struct run_result r;
	const char *at;

	run_line(&r, t->config, "delete class:orphan --reason left --yes 100");
	at = r.status == 0 ? strstr(r.out, "batch ") : NULL;
	if (!at || sscanf(at + 6, "%30[b0-9]", t->batch) != 1) {
		fprintf(stderr, "torture: no batch: %s%s\n", r.out, r.err);
		exit(1);
	}
	run_clear(&r);
}

/* So many names that a scan commits them in more than one piece. */
static void make_stale_base(struct trial *t)
{
	trial_reset(t, BASE_FULL);
	write_zone(t, 1);
	run_world_read_again(&t->world);
	must(t, "scan");
	write_zone(t, 0);
	run_world_read_again(&t->world);
	write_more(trial_path(t, "spare"), 500, 0);
	must(t, "import --format names @/../spare");
	trial_keep(t, BASE_STALE);
}

/* Each is what the one before it became. */
static void make_bases(struct trial *t)
{
	char table[1200], spare[1200];

	must(t, "init");
	must(t, "audit key");
	must(t, "import --format names --customer C-1042 @/names");
	must(t, "scan");
	must(t, "pin kept002.example --reason etrn");
	must(t, "audit checkpoint");
	must(t, "publish");
	must(t, "backup @/backup");
	trial_keep(t, BASE_FULL);
	find_batch(t);
	trial_keep(t, BASE_DELETED);
	if (unlink(trial_path(t, "now/relay_domains.lmdb")) != 0)
		trial_give_up("relay_domains.lmdb");
	trial_keep(t, BASE_BEHIND);
	trial_reset(t, BASE_FULL);
	must(t, "delete class:orphan --reason left --brownout 3 --yes 100");
	trial_keep(t, BASE_BROWN);
	/* The table as it was before a name came in. */
	trial_reset(t, BASE_FULL);
	snprintf(table, sizeof table, "%s", trial_path(t, "now/relay_domains.lmdb"));
	snprintf(spare, sizeof spare, "%s", trial_path(t, "spare"));
	trial_copy(table, spare);
	must(t, "add new.example");
	trial_copy(spare, table);
	trial_keep(t, BASE_DRIFTED);
	trial_reset(t, BASE_FULL);
	must(t, "audit export --customer C-1042 @/out");
	trial_keep(t, BASE_BUNDLED);
	trial_reset(t, BASE_FULL);
	if (unlink(trial_path(t, "now/audit.key")) != 0 || unlink(trial_path(t, "now/audit.state")) != 0)
		trial_give_up("audit.key");
	trial_keep(t, BASE_KEYLESS);
	make_stale_base(t);
}

void trial_begin(struct trial *t)
{
	char now[1200];

	t->dir = run_make_dir();
	snprintf(t->config, sizeof t->config, "%s", trial_path(t, "mxward.conf"));
	snprintf(t->zones, sizeof t->zones, "%s", trial_path(t, "example.zone"));
	write_zone(t, 0);
	run_world_start(&t->world, t->dir, t->zones, NULL);
	snprintf(now, sizeof now, "%s", trial_path(t, "now"));
	if (mkdir(now, 0755) != 0)
		trial_give_up(now);
	run_write_file(t->config,
		       "relay-host = backup.isp.example, relay2.isp.example\nrelay-address = 11.11.0.10, 11.11.0.11\n"
		       "network = 11.11.0.0/16\nresolver = 127.0.0.1:%d\nauthoritative-port = %d\ndatabase = %s/db\n"
		       "postfix-table = %s/relay_domains.lmdb\nbrownout-table = %s/brownout.lmdb\npostfix-config-directory = %s\n"
		       "parent-domain-matches-subdomains = yes\naudit-origin = torture.example/audit\n"
		       "audit-key = %s/audit.key\naudit-state = %s/audit.state\n"
		       "confirm-days = 0\nconfirm-days-registration = 0\nconfirm-observations = 1\n",
		       t->world.port, t->world.port, now, now, now, now, now, now);
	write_inputs(t);
	write_postfix(t);
	make_bases(t);
}

void trial_end(struct trial *t)
{
	run_world_stop(&t->world);
	run_remove_dir(t->dir);
	free(t->path);
}
