#include "ops/statement_words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

const char *words_event(const struct audit_record *r)
{
	static const char *const words[N_AUDIT_ACTIONS] = {
		[AUDIT_IMPORT] = "Taken over from the mail server's table",
		[AUDIT_ADD] = "Put on our list",
		[AUDIT_EDIT] = "Entry changed",
		[AUDIT_PIN] = "Pinned: to be kept",
		[AUDIT_UNPIN] = "No longer pinned",
		[AUDIT_DELETE] = "Taken off our list",
		[AUDIT_RESTORE] = "Put back on our list",
		[AUDIT_TRANSFER] = "Account changed",
		[AUDIT_OBSERVE_CHANGE] = "A check saw a change",
		[AUDIT_OBSERVE_MONTH] = "The month's checks",
		[AUDIT_EXPORT] = "A statement was made",
	};

	if (r->action == AUDIT_OBSERVE_CHANGE && !r->before[0])
		return "First check";
	return words[r->action] ? words[r->action] : audit_action_name(r->action);
}

/* The first word of a verdict is its class; the reason behind it is a code. */
static const char *words_class(const char *verdict)
{
	static const struct {
		const char *class, *words;
	} known[] = {{"OK", "in use: its MX records name us"},
		     {"MOVED", "its MX records name us, but its own mail server is elsewhere"},
		     {"BROKEN", "its MX records name us, but mail fails"},
		     {"ORPHAN", "its MX records do not name us"},
		     {"UNKNOWN", "no usable answer"},
		     {"NA", "cannot be judged"},
		     {"NONE", "not yet checked"}};
	size_t n = strcspn(verdict, " ");

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].class) == n && memcmp(known[i].class, verdict, n) == 0)
			return known[i].words;
	return verdict;
}

/* Rules that were lifted for a deletion, as their records name them. */
static const char *words_rule(const char *code, size_t len)
{
	static const struct {
		const char *code, *words;
	} known[] = {{"WAITING", "the waiting time was not over"},
		     {"HOLD", "it was held for a closer look"},
		     {"GROUP_HOLD", "it was held with others that left together"},
		     {"FLAPPING", "it had changed often"},
		     {"LISTED", "its MX records named us"},
		     {"COVERS_LISTED", "a name below it was in use"},
		     {"COVERS_SEEN", "a name below it had mail"},
		     {"NOT_JUDGED", "DNS cannot judge it"},
		     {"UNKNOWN", "there was no usable answer"},
		     {"MAIL_TRICKLE", "mail still came"},
		     {"QUEUE", "mail still waited"},
		     {"NOTICE_EXPIRED", "its MX records named us: the deadline of our notice had passed"}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].code) == len && memcmp(known[i].code, code, len) == 0)
			return known[i].words;
	return "another rule was against it";
}

/* Codes with blanks between. */
static void add_rules(struct str *out, const char *rule)
{
	int n = 0;

	while (*rule) {
		size_t len = strcspn(rule, " ");

		if (len)
			str_addf(out, "%s%s", n++ ? ", " : "", words_rule(rule, len));
		rule += len + (rule[len] == ' ');
	}
}

static void add_deletion(struct str *out, const char *after)
{
	const char *colon = strchr(after, ':');

	if (!colon)
		return;
	str_add(out, strstr(after, "customer request") ? "At the customer's request, although " : "Although ");
	add_rules(out, colon + 1);
}

/* "accepted, pinned etrn until 2026-03-31, customer C-1042": what is set, without the hash of an acknowledged state and the codes of
 * rules that were lifted. */
static void add_state(struct str *out, const char *state)
{
	static const char hash_words[] = ", acknowledged ", rule_words[] = ", lifted: ";
	const char *rules = strstr(state, rule_words), *hash = strstr(state, hash_words);
	const char *end = rules ? rules : state + strlen(state);

	str_add_bytes(out, state, (size_t)((hash ? hash : end) - state));
	if (hash) {
		str_add_bytes(out, hash, sizeof hash_words - 2);
		hash += sizeof hash_words - 1;
		hash += strspn(hash, "0123456789abcdef");
		if (hash < end)
			str_add_bytes(out, hash, (size_t)(end - hash));
	}
	if (rules) {
		str_add(out, ", although ");
		add_rules(out, rules + sizeof rule_words - 1);
	}
}

void words_add_change(struct str *out, const struct audit_record *r)
{
	switch (r->action) {
	case AUDIT_OBSERVE_CHANGE:
		if (r->before[0])
			str_addf(out, "%s \xe2\x86\x92 ", words_class(r->before));
		str_add(out, words_class(r->after));
		break;
	case AUDIT_DELETE:
		add_deletion(out, r->after);
		break;
	case AUDIT_EXPORT:
		break;
	default:
		if (strcmp(r->before, r->after) == 0)
			break; /* a note, which is not part of the state */
		if (r->before[0]) {
			add_state(out, r->before);
			str_add(out, " \xe2\x86\x92 ");
		}
		add_state(out, r->after);
	}
}

const char *words_rcode(const char *rcode)
{
	if (strcmp(rcode, "NXDOMAIN") == 0)
		return "The name does not exist.";
	if (strcmp(rcode, "NOERROR") == 0)
		return "The name exists and has no such records.";
	return "The server gave no answer that could be used.";
}

const char *words_month(int month)
{
	static const char *const names[] = {"January", "February", "March",	"April",   "May",      "June",
					    "July",    "August",   "September", "October", "November", "December"};

	return names[month - 1];
}

char *words_date(char out[WORDS_DATE], int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm local;

	localtime_r(&t, &local);
	snprintf(out, WORDS_DATE, "%d %s %d", local.tm_mday, words_month(local.tm_mon + 1), local.tm_year + 1900);
	return out;
}
