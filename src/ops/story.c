#include "ops/story.h"

#include <string.h>

#include "db/auditlog.h"

static int begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void change_to(struct story *s, const struct audit_row *r, enum story_condition c)
{
	if (s->n_spans && s->span[s->n_spans - 1].condition == c)
		return;
	if (s->n_spans == STORY_SPANS) {
		s->spans_lost++;
		return;
	}
	s->span[s->n_spans++] = (struct story_span){r->record.time_ms, c, r->record.number};
}

/* OK, BROKEN and MOVED name us still. */
static enum story_condition condition_of(const char *verdict)
{
	if (begins(verdict, "ORPHAN"))
		return STORY_AWAY;
	if (begins(verdict, "MOVED"))
		return STORY_MOVED;
	if (begins(verdict, "OK") || begins(verdict, "BROKEN"))
		return STORY_LISTED;
	return STORY_UNKNOWN;
}

static void observe(struct story *s, const struct audit_row *r)
{
	enum story_condition c = condition_of(r->record.after);
	int64_t ms = r->record.time_ms;

	if (!s->looked_ms)
		s->looked_ms = ms;
	if (c == STORY_AWAY && !s->away_ms)
		s->away_ms = ms;
	if (c == STORY_LISTED || c == STORY_MOVED)
		s->away_ms = 0;
	if (c != STORY_MOVED)
		s->moved_ms = 0;
	else if (!s->moved_ms)
		s->moved_ms = ms;
	change_to(s, r, c);
}

static void add_month(struct story *s, const struct audit_row *r)
{
	struct story_month m = {.number = r->record.number};

	if (s->n_months == STORY_MONTHS || audit_month_read(&m.told, r->record.after) != 0)
		return;
	if (r->has_note)
		audit_month_read_note(&m.told, r->note.text);
	s->month[s->n_months++] = m;
}

void story_add(struct story *s, const struct audit_row *r)
{
	int64_t ms = r->record.time_ms;

	s->records++;
	if (r->is_erased) {
		s->erased++;
		return;
	}
	if (!s->first_ms)
		s->first_ms = ms;
	s->last_ms = ms;
	s->unsynced += strcmp(r->record.clock, "unsync") == 0;
	s->turned_back += strcmp(r->record.clock, "back") == 0;
	switch (r->record.action) {
	case AUDIT_IMPORT:
	case AUDIT_ADD:
	case AUDIT_RESTORE:
		if (!s->accepted_ms)
			s->accepted_ms = ms;
		s->is_deleted = 0;
		s->away_ms = s->moved_ms = 0;
		change_to(s, r, STORY_UNKNOWN);
		break;
	case AUDIT_TRANSFER:
		change_to(s, r, strcmp(r->record.after, "transferred out") == 0 ? STORY_ABSENT : STORY_UNKNOWN);
		break;
	case AUDIT_DELETE:
		/* The look before a deletion is an observation too, of an orphan where no rule about that was lifted. */
		if (r->record.n_evidence && !strstr(r->record.after, "override") &&
		    !strstr(r->record.after, "NOTICE_EXPIRED")) {
			if (!s->looked_ms)
				s->looked_ms = ms;
			if (!s->away_ms)
				s->away_ms = ms;
		}
		s->acted_ms = ms;
		s->is_deleted = 1;
		change_to(s, r, STORY_ABSENT);
		break;
	case AUDIT_OBSERVE_CHANGE:
		observe(s, r);
		break;
	case AUDIT_OBSERVE_MONTH:
		if (!s->looked_ms)
			s->looked_ms = ms;
		add_month(s, r);
		break;
	default:
		break;
	}
}

const struct story_month *story_find_month(const struct story *s, int year, int month)
{
	for (size_t i = s->n_months; i > 0; i--)
		if (s->month[i - 1].told.year == year && s->month[i - 1].told.month == month)
			return &s->month[i - 1];
	return NULL;
}

enum story_condition story_at(const struct story *s, int64_t ms)
{
	enum story_condition c = STORY_ABSENT;

	for (size_t i = 0; i < s->n_spans && s->span[i].from_ms <= ms; i++)
		c = s->span[i].condition;
	return c;
}

const char *story_condition_words(enum story_condition c)
{
	static const char *const words[N_STORY_CONDITIONS] = {
		[STORY_ABSENT] = "not on our list",
		[STORY_UNKNOWN] = "not yet checked",
		[STORY_LISTED] = "in use",
		[STORY_MOVED] = "in use, its own mail server elsewhere",
		[STORY_AWAY] = "away",
	};

	return words[c];
}
