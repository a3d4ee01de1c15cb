#include "torture/calls_jobs.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* What others do to a table is said line by line, and that it could not be done. */
#define PUBLISH_MAY ": cannot |there is no program|cannot be started|an earlier publish was cut off"

/* What mail or a queue says and could not be read holds an entry. */
#define STATE_MAY "suspect"

#define JOB(text, ...) {.line = text, .base = __VA_ARGS__}

const struct job jobs[] = {
	JOB("add new.example --customer C-1 --note x", BASE_FULL),
	JOB("edit kept001.example --note y", BASE_FULL),
	JOB("edit class:orphan --note y", BASE_FULL),
	JOB("pin kept001.example --reason outage --until 2030-01-01", BASE_FULL),
	JOB("unpin kept002.example", BASE_FULL),
	JOB("notice moved00.example --deadline 2030-01-01", BASE_FULL),
	JOB("notice moved00.example --deadline 2030-01-01 --letter @/letter", BASE_FULL),
	JOB("acknowledge moved00.example", BASE_FULL),
	JOB("reviewed kept003.example", BASE_FULL),
	JOB("delete class:orphan --reason left --yes 100", BASE_FULL),
	JOB("delete kept001.example --override --reason left --yes 1", BASE_FULL),
	JOB("delete class:orphan --reason left --brownout 3 --yes 100", BASE_FULL, .already = "it is in a brownout until"),
	JOB("unbrown brownout:yes", BASE_BROWN),
	JOB("restore % --reason back", BASE_DELETED),
	JOB("restore gone01.example --reason back", BASE_DELETED),
	JOB("import --format names @/more", BASE_FULL),
	JOB("import --format csv @/more.csv", BASE_FULL),
	JOB("import --format names -", BASE_FULL, .input = "new.example\nkept001.example\n"),
	JOB("import --format lmdb --again @/relay_domains.lmdb", BASE_DRIFTED),
	JOB("scan", BASE_FULL),
	JOB("publish", BASE_BEHIND, .may_say = PUBLISH_MAY),
	JOB("publish --adopt", BASE_DRIFTED, .may_say = PUBLISH_MAY),
	JOB("publish --overrule", BASE_DRIFTED, .may_say = PUBLISH_MAY),
	JOB("publish --queued", BASE_FULL, .prepare = "!fork:1:11 add late.example", .may_say = PUBLISH_MAY),
	JOB("publish --dry-run", BASE_DRIFTED),
	JOB("publish --print postfix --to @/printed", BASE_FULL, .product = "@/printed",
	    .proof = "import --dry-run --format postfix @/printed"),
	JOB("traffic --relay relay1 @/mail.log", BASE_FULL),
	JOB("traffic --relay relay1 @/mail.log.gz", BASE_FULL),
	JOB("missing @/mail.log", BASE_FULL),
	JOB("missing --zone @/zone", BASE_FULL),
	JOB("queue", BASE_FULL),
	JOB("queue --relay relay2 -", BASE_FULL,
	 .input = "{\"queue_name\": \"deferred\", \"queue_id\": \"B1\", \"arrival_time\": 1767225600, \"message_size\": 900, "
		  "\"sender\": \"s@x.example\", \"recipients\": [{\"address\": \"a@kept003.example\"}]}\n"),
	JOB("report --since 2020-01-01", BASE_FULL),
	JOB("report --format html", BASE_FULL),
	JOB("backup @/backup2", BASE_FULL, .product = "@/backup2", .proof = "-d @/elsewhere restore-backup @/backup2",
	    .already = "is there already"),
	JOB("backup --replace @/backup", BASE_FULL, .product = "@/backup", .proof = "-d @/elsewhere restore-backup @/backup"),
	JOB("restore-backup @/backup", BASE_FULL),
	JOB("restore-backup --origin new.example/audit @/backup", BASE_FULL,
	 .prepare = "edit kept001.example --note y|audit checkpoint"),
	JOB("compact", BASE_FULL),
	JOB("check", BASE_FULL),
	JOB("audit key", BASE_FULL),
	JOB("audit checkpoint", BASE_FULL),
	JOB("audit checkpoint @/checkpoint", BASE_FULL, .product = "@/checkpoint"),
	JOB("audit checkpoint --records", BASE_FULL),
	JOB("audit anchors", BASE_FULL),
	JOB("audit export --customer C-1042 @/out", BASE_FULL, .product = "@/out", .already = "already; name a directory"),
	JOB("audit export --domain kept001.example @/out", BASE_FULL, .product = "@/out", .already = "already; name a directory"),
	JOB("audit export --known @/known --domain kept001.example @/out", BASE_FULL, .product = "@/out",
	 .already = "already; name a directory", .prepare = "audit checkpoint @/known|edit kept001.example --note y"),
	JOB("audit verify @/out", BASE_BUNDLED),
	JOB("audit withhold note 0 @/out/kept001.example", BASE_BUNDLED, .already = "is not shown in"),
	JOB("audit erase note 0 --reason asked", BASE_FULL),
	JOB("audit erase operator 0 --reason asked", BASE_FULL),
	JOB("audit erase body 0 --reason asked", BASE_FULL),
	JOB("audit list", BASE_FULL),
	JOB("list", BASE_FULL, .may_say = STATE_MAY),
	JOB("list --format csv", BASE_FULL, .may_say = STATE_MAY),
	JOB("show kept001.example", BASE_FULL, .may_say = "was not looked through|not measured (|Queue of localhost: "),
	JOB("show gone01.example --format json", BASE_FULL, .may_say = "\"queue_is_whole\":false"),
	JOB("stat", BASE_FULL, .may_say = STATE_MAY),
	JOB("stat --offnet", BASE_FULL),
	JOB("lookup kept001.example gone01.example", BASE_FULL),
	JOB("lookup -", BASE_FULL, .input = "kept001.example\ngone01.example\n"),
	JOB("grade --relay-host backup.isp.example --network 11.11.0.0/16 @/names", BASE_FULL, .may_say = "MX elsewhere, outside"),
	JOB("-d @/fresh init", BASE_FULL, .product = "@/fresh/data.mdb", .proof = "-d @/fresh check", .already = "already"),
	JOB("-c @/fresh.conf -d @/fresh init --from-postfix", BASE_FULL, .already = "already"),
	JOB("console", BASE_FULL, .is_console = 1),
};

const size_t n_jobs = sizeof jobs / sizeof *jobs;

/* A log as logrotate leaves it. */
static void compress_log(const struct trial *t)
{
	char bytes[65536];
	FILE *in = fopen(trial_path(t, "now/mail.log"), "rb");
	gzFile out = gzopen(trial_path(t, "now/mail.log.gz"), "wb");
	size_t n;

	if (!in || !out)
		trial_give_up("mail.log.gz");
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		if (gzwrite(out, bytes, (unsigned)n) != (int)n)
			trial_give_up("mail.log.gz");
	fclose(in);
	gzclose(out);
}

void job_prepare(struct trial *t, const struct job *job)
{
	char lines[1500], *rest = NULL;

	trial_reset(t, job->base);
	t->input = NULL;
	if (strstr(job->line, ".gz"))
		compress_log(t);
	trial_fill(t, lines, sizeof lines, job->prepare ? job->prepare : "");
	for (char *line = strtok_r(lines, "|", &rest); line; line = strtok_r(NULL, "|", &rest)) {
		char *wish = *line == '!' ? strsep(&line, " ") + 1 : NULL;
		struct run_result r;

		trial_run(t, &r, wish ? "preload_faults.so" : NULL, "MXWARD_FAULT", wish, line);
		run_clear(&r);
	}
	t->input = job->input;
}
