#include "cmd/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "cmd/command.h"
#include "db/env.h"
#include "ops/standing.h"
#include "relay/limit.h"

static int read_limit(struct selection *s, const struct call *c, struct err *e)
{
	struct str words = {0};
	int rc;

	for (int i = 0; i < c->n_operands; i++)
		str_addf(&words, "%s%s", i ? " " : "", c->operand[i]);
	rc = limit_parse(&s->limit, str_text(&words), e, NULL);
	str_clear(&words);
	return rc;
}

static int read_names(struct selection *s, const struct call *c, struct err *e)
{
	char name[NAME_SIZE], shown[200];
	const char *why;

	s->by_names = 1;
	s->name = mem_array(NULL, (size_t)c->n_operands, sizeof *s->name);
	for (int i = 0; i < c->n_operands; i++) {
		const char *text = c->operand[i];

		if (name_from_text(name, text, strlen(text), &why) == NAME_REFUSED)
			return err_set(e, ERR_DATA, "'%s' is no name: %s",
				       escape(shown, sizeof shown, text, strlen(text)), why);
		s->name[s->n++] = arena_string(&s->arena, name, strlen(name));
	}
	return 0;
}

int select_read(struct selection *s, const struct call *c, struct err *e)
{
	int limits = 0;

	*s = (struct selection){0};
	if (c->operands_are_names)
		return read_names(s, c, e);
	for (int i = 0; i < c->n_operands; i++)
		limits += limit_is_limit(c->operand[i]) || c->operand[i][0] == '-';
	if (limits > 0 && limits < c->n_operands)
		for (int i = 0; i < c->n_operands; i++)
			if (!limit_is_limit(c->operand[i]) && c->operand[i][0] != '-') {
				char shown[100];

				return err_set(e, ERR_USAGE, "'%s' is a name and the other words are a limit; give one "
							     "kind (a part of a name is written *%s*)",
					       escape(shown, sizeof shown, c->operand[i], strlen(c->operand[i])), shown);
			}
	return limits || c->n_operands == 0 ? read_limit(s, c, e) : read_names(s, c, e);
}

int select_matches(const struct selection *s, const struct entry_walk *w, struct standing *standing)
{
	return standing_matches(standing, s->limit, &w->e, &w->o);
}

int select_fill(struct selection *s, const struct call *c, struct err *e)
{
	struct standing standing;
	struct entry_walk w;
	struct db_txn *txn;
	size_t room = 0;
	int got;

	if (s->by_names)
		return 0;
	if (db_begin_read(&txn, c->ward->db, e) != 0)
		return -1;
	standing_begin_from(&standing, &c->ward->config, txn);
	got = walk_begin(&w, txn, NULL, s->limit && limit_needs_mx(s->limit), e);
	while (got >= 0 && (got = walk_next(&w, e)) == 1) {
		if (!select_matches(s, &w, &standing))
			continue;
		if (s->n == room) {
			room = room * 2 + 256;
			s->name = mem_array(s->name, room, sizeof *s->name);
		}
		s->name[s->n++] = arena_string(&s->arena, w.e.name, strlen(w.e.name));
	}
	walk_end(&w);
	if (got >= 0)
		got = standing_end(&standing, e);
	db_abort(txn);
	return got < 0 ? -1 : 0;
}

void select_clear(struct selection *s)
{
	limit_free(s->limit);
	free(s->name);
	arena_clear(&s->arena);
}
