/*
 * mxward: puts it together: options of the program, the configuration, and one of the two faces.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/waiting.h"
#include "cmd/command.h"
#include "cmd/say.h"
#include "db/backup.h"
#include "db/env.h"
#include "dns/lookup.h"
#include "mta/engines.h"
#include "ops/ward.h"
#include "ui/console.h"

struct program {
	struct ward_options options;
	int help, version;
	const char *completion; /* bash or zsh */
	const char *document;	/* a part of the documents that come from the table of commands */
};

/* Reads the options before the command; returns the index of the command in argv, or -1. */
static int read_options(struct program *p, int argc, char **argv, struct err *e)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		const char *word = argv[i], **value = NULL;

		if (strcmp(word, "-c") == 0)
			value = &p->options.config_file;
		else if (strcmp(word, "-d") == 0)
			value = &p->options.directory;
		else if (strcmp(word, "--as-system") == 0)
			value = &p->options.as_system;
		else if (strcmp(word, "--completion") == 0)
			value = &p->completion;
		else if (strcmp(word, "--document") == 0)
			value = &p->document;
		else if (strcmp(word, "--read-only") == 0)
			p->options.read_only = 1;
		else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
			p->help = 1;
		else if (strcmp(word, "--version") == 0)
			p->version = 1;
		else
			return err_set(e, ERR_USAGE, "unknown option '%.40s'; see: mxward --help", word);
		if (value) {
			if (i + 1 >= argc || !argv[i + 1][0])
				return err_set(e, ERR_USAGE, "option %s needs a value; see: mxward --help", word);
			*value = argv[++i];
		}
	}
	return i;
}

static void print_version(void)
{
	struct str in = {0}, out = {0};
	const char *name;
	int is_in;

	for (size_t i = 0; (name = engine_name(i, &is_in)) != NULL; i++)
		str_addf(is_in ? &in : &out, "%s%s", is_in || out.len ? ", " : "", name);
	printf("mxward %s (%s)\nbuilt in: console, lmdb tables, publish%s\n", MXWARD_VERSION, db_lmdb_version(),
	       str_text(&in));
	if (out.len)
		printf("not built in: %s\n", str_text(&out));
	str_clear(&in);
	str_clear(&out);
}

static int run_face_console(struct ward *w, struct call *c)
{
	struct str limit = {0};
	struct err e;
	int rc;

	for (int i = 0; i < c->n_operands; i++)
		str_addf(&limit, "%s%s", i ? " " : "", c->operand[i]);
	rc = console_run(w, limit.len ? limit.bytes : NULL, &e);
	str_clear(&limit);
	return rc == 0 ? 0 : call_fail(&e);
}

/* Where the caller closed one of the three streams, the next file that is opened would get its number, and what is said
 * would go there.  Nothing stands there then, and to read from it, or to print to it, stays an error. */
static void take_closed_streams(void)
{
	static const int way[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF || open("/dev/null", way[fd] | O_NOCTTY) == fd)
			continue;
		fprintf(stderr, "mxward: cannot open /dev/null where a stream is closed: %s; nothing was done\n", strerror(errno));
		_exit(EX_OSERR);
	}
}

/* What was printed must have arrived: a full disk behind a redirection is an error like any other. */
static int finish_output(int status)
{
	int failed = fflush(stdout) != 0;
	struct err e;

	if ((!failed && !ferror(stdout)) || errno == EPIPE)
		return status;
	if (failed)
		err_errno(&e, errno, "cannot write to standard output");
	else /* an earlier write did, and errno is not of it any more */
		err_set(&e, ERR_IO, "cannot write to standard output: not all of it arrived");
	return call_fail(&e);
}

/* --- pages that lead nowhere ---------------------------------------------------------------------- */

static char broken[700];

static void on_crash(int signum)
{
	(void)signum;
	mem_run_die_hook(); /* gives the terminal back */
	if (write(STDERR_FILENO, broken, strlen(broken)) < 0)
		_exit(EX_SOFTWARE);
	_exit(EX_SOFTWARE);
}

/* LMDB follows what stands in its pages, and a damaged one may lead out of the map.  dir: NULL before it is known. */
static void guard_against_damage(const char *dir)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL};
	struct sigaction sa = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND}, old;
	char back[300] = "mxward restore-backup FILE";

	if (dir)
		backup_way_back(back, sizeof back, dir);
	snprintf(broken, sizeof broken,
		 "mxward: broke off: the database%s%.200s%s is damaged, or this is an error of mxward's own; see which with: "
		 "mxward check, and bring back a backup with: %s\n",
		 dir ? " in '" : "", dir ? dir : "", dir ? "'" : "", back);
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &sa, NULL);
}

/* Once; ^C ends a command by itself. */
static int tell_wait(void *ctx, const char *whom)
{
	static int told;

	(void)ctx;
	if (!told)
		say("mxward: waiting for %s; ^C gives up\n", whom);
	told = 1;
	return 0;
}

static int run_command(struct program *p, const struct command *command, int argc, char **argv)
{
	struct ward ward;
	struct call call;
	struct err e;
	int status;

	if (argc > 0 && strcmp(argv[0], "--help") == 0) {
		usage_print_command(command);
		return 0;
	}
	if (call_read(&call, command, argc, argv, &e) != 0)
		return call_fail(&e);
	p->options.makes_config = command == &commands[COMMAND_init] && call_option(&call, "from-postfix") != NULL;
	p->options.needs_database = (command->needs & NEEDS_DATABASE) != 0;
	guard_against_damage(NULL);
	if (ward_open(&ward, &p->options, &e) != 0) {
		ward_close(&ward);
		return call_fail(&e);
	}
	guard_against_damage(ward.directory);
	call.ward = &ward;
	waiting_set(tell_wait, NULL);
	call.config_file = p->options.config_file ? p->options.config_file : WARD_CONFIG_FILE;
	if ((command->needs & NEEDS_CHANGE) && ward_may_change(&ward, &e) != 0)
		status = call_fail(&e);
	else
		status = command->run ? command->run(&call) : run_face_console(&ward, &call);
	ward_close(&ward);
	return finish_output(status);
}

int main(int argc, char **argv)
{
	struct program p = {0};
	const struct command *command;
	struct err e;
	int at;

	if (worker_is_wanted(argc, argv))
		worker_main();
	take_closed_streams();
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
	umask(027);
	at = read_options(&p, argc, argv, &e);
	if (at < 0)
		return call_fail(&e);
	if (p.help) {
		usage_print();
		return finish_output(0);
	}
	if (p.version) {
		print_version();
		return finish_output(0);
	}
	if (p.completion) {
		if (completion_print(p.completion) == 0)
			return finish_output(0);
		err_set(&e, ERR_USAGE, "--completion is for bash or zsh");
		return call_fail(&e);
	}
	if (p.document) {
		if (document_print(p.document) == 0)
			return finish_output(0);
		err_set(&e, ERR_USAGE, "--document is for keys, man-keys, man-commands, man-limits or man-words");
		return call_fail(&e);
	}
	if (at == argc) {
		if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
			err_set(&e, ERR_USAGE, "the console needs a terminal; without one use a command such as: list, "
					       "show NAME, stat, delete; see: mxward --help");
			return call_fail(&e);
		}
		return run_command(&p, &commands[COMMAND_console], 0, argv + at);
	}
	command = command_find(argv[at], &e);
	if (!command)
		return call_fail(&e);
	return run_command(&p, command, argc - at - 1, argv + at + 1);
}
