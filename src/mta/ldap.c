#ifdef MXWARD_LDAP

#include "mta/ldap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/str.h"
#include "mta/ldap_session.h"
#include "mta/ldap_text.h"
#include "mta/remote.h"
#include "mta/target.h"
#include "mta/target_conf.h"

enum {
	PAGE = 1000,   /* entries of an answer */
	IN_FLIGHT = 64 /* operations: slapd lets go of a client with more than 1000 waiting */
};

struct job {
	const struct target_conf *conf;
	const struct target_change *change;
	size_t n;
};

static int run(const char *where, int (*work)(struct remote *r, void *job, struct err *e), const struct target_change *c,
	       size_t n, table_fn *fn, void *ctx, struct err *e)
{
	struct target_conf conf;
	struct job job = {&conf, c, n};
	struct remote_call call = {.work = work, .job = &job};
	int rc;

	if (target_conf_read(&conf, where, e) != 0)
		return -1;
	call.server = conf.server;
	call.answer_seconds = conf.timeout;
	/* Each of several servers may take its time. */
	for (const char *p = conf.server; (p = strstr(p, "://")); p++)
		call.connect_seconds += conf.connect_timeout;
	rc = remote_run(&call, fn, ctx, e);
	target_conf_clear(&conf);
	return rc;
}

/* "(&(objectClass=mxwardRelayDomain)(mxwardList=mxward))": what is ours. */
static void add_ours(struct str *out, const struct target_conf *c)
{
	str_add(out, "(&(objectClass=mxwardRelayDomain)(mxwardList=");
	ldap_text_add_filter_value(out, c->list);
	str_add(out, "))");
}

/* --- reading ------------------------------------------------------------------------------------------- */

struct found_row {
	char *key, *value;
	size_t key_len, value_len;
};

struct found {
	struct found_row *row;
	size_t n, room;
	struct arena arena;
};

static int by_key(const void *x, const void *y)
{
	const struct found_row *a = x, *b = y;

	return strcmp(a->key, b->key);
}

static void add_values(struct found *f, LDAP *ld, LDAPMessage *entry, const char *attribute, const struct berval *value)
{
	struct berval **keys = ldap_get_values_len(ld, entry, attribute);

	for (int i = 0; keys && keys[i]; i++) {
		if (f->n == f->room) {
			f->room = f->room * 2 + 1024;
			f->row = mem_array(f->row, f->room, sizeof *f->row);
		}
		f->row[f->n++] = (struct found_row){
			.key = arena_string(&f->arena, keys[i]->bv_val, keys[i]->bv_len),
			.value = value ? arena_string(&f->arena, value->bv_val, value->bv_len) : (char *)"",
			.key_len = keys[i]->bv_len,
			.value_len = value ? value->bv_len : 0,
		};
	}
	ldap_value_free_len(keys);
}

static void take_page(struct found *f, LDAP *ld, LDAPMessage *answer)
{
	for (LDAPMessage *m = ldap_first_entry(ld, answer); m; m = ldap_next_entry(ld, m)) {
		struct berval **value = ldap_get_values_len(ld, m, "mxwardValue");

		add_values(f, ld, m, "associatedDomain", value ? value[0] : NULL);
		add_values(f, ld, m, "cn", value ? value[0] : NULL);
		ldap_value_free_len(value);
	}
}

/* The cookie of the next page; empty when there is none. */
static int next_page(struct ldap_session *s, LDAPMessage *answer, struct berval *cookie)
{
	LDAPControl **controls = NULL, *one;
	ber_int_t ignored;
	int code = LDAP_SUCCESS, rc = ldap_parse_result(s->ld, answer, &code, NULL, NULL, NULL, &controls, 0);

	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){0};
	if (rc == LDAP_SUCCESS)
		rc = code;
	one = rc == LDAP_SUCCESS ? ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL) : NULL;
	if (one)
		rc = ldap_parse_pageresponse_control(s->ld, one, &ignored, cookie);
	ldap_controls_free(controls);
	return rc;
}

/* All entries of ours right below the base, page by page: half of them would look like a list of half the size. */
static int read_all(struct remote *r, struct ldap_session *s, struct found *f, struct err *e)
{
	char *attributes[] = {(char *)"associatedDomain", (char *)"cn", (char *)"mxwardValue", NULL};
	struct berval cookie = {0};
	struct str filter = {0};
	int rc;

	add_ours(&filter, s->conf);
	do {
		LDAPControl *page = NULL, *controls[] = {NULL, NULL};
		LDAPMessage *answer = NULL;

		rc = ldap_create_page_control(s->ld, PAGE, &cookie, 'T', &page);
		controls[0] = page;
		if (rc == LDAP_SUCCESS)
			rc = ldap_search_ext_s(s->ld, s->conf->base, LDAP_SCOPE_ONELEVEL, str_text(&filter), attributes, 0,
					       controls, NULL, NULL, LDAP_NO_LIMIT, &answer);
		if (rc == LDAP_SUCCESS) {
			take_page(f, s->ld, answer);
			rc = next_page(s, answer, &cookie);
		}
		ldap_msgfree(answer);
		ldap_control_free(page);
		remote_alive(r);
	} while (rc == LDAP_SUCCESS && cookie.bv_len > 0);
	ber_memfree(cookie.bv_val);
	str_clear(&filter);
	return rc == LDAP_SUCCESS ? 0 : ldap_session_fail(s, rc, NULL, "cannot read the list", e);
}

static int read_in_child(struct remote *r, void *ctx, struct err *e)
{
	const struct job *j = ctx;
	struct ldap_session s;
	struct found f = {0};
	int rc;

	if (ldap_session_open(&s, j->conf, e) != 0)
		return -1;
	remote_connected(r);
	rc = read_all(r, &s, &f, e);
	if (f.n)
		qsort(f.row, f.n, sizeof *f.row, by_key);
	for (size_t i = 0; i < f.n && rc == 0; i++)
		remote_row(r, f.row[i].key, f.row[i].key_len, f.row[i].value, f.row[i].value_len);
	ldap_session_close(&s);
	free(f.row);
	arena_clear(&f.arena);
	return rc;
}

static int ldap_read(const char *where, table_fn *fn, void *ctx, struct target_version *at, struct err *e)
{
	*at = (struct target_version){0};
	return run(where, read_in_child, NULL, 0, fn, ctx, e);
}

/* --- writing ------------------------------------------------------------------------------------------- */

enum step { FREE, ADD, REPLACE, DELETE };

struct pipeline {
	struct remote *remote;
	struct ldap_session *s;
	const struct job *job;
	LDAPControl *assertion[2]; /* "it is ours", where the server can be told */
	struct {
		enum step step;
		int id;
		size_t change;
	} flight[IN_FLIGHT];
	size_t next, in_flight;
	size_t foreign; /* entries of others that stand where ours would */
	struct str first_foreign;
};

static int send_add(struct pipeline *p, const char *dn, const struct target_change *c, int *id)
{
	const char *attribute = ldap_text_attribute(c->key);
	char *classes[] = {(char *)"mxwardRelayDomain", strcmp(attribute, "cn") ? (char *)"domainRelatedObject" : NULL, NULL};
	char *key[] = {(char *)c->key, NULL}, *value[] = {(char *)c->value, NULL}, *list[] = {(char *)p->job->conf->list, NULL};
	LDAPMod class = {LDAP_MOD_ADD, (char *)"objectClass", {classes}}, name = {LDAP_MOD_ADD, (char *)attribute, {key}},
		val = {LDAP_MOD_ADD, (char *)"mxwardValue", {value}}, mark = {LDAP_MOD_ADD, (char *)"mxwardList", {list}};
	LDAPMod *all[] = {&class, &name, &val, &mark, NULL};

	return ldap_add_ext(p->s->ld, dn, all, NULL, NULL, id);
}

/* The mark is taken out and put in again, which fails on an entry that does not bear it. */
static int send_replace(struct pipeline *p, const char *dn, const struct target_change *c, int *id)
{
	char *value[] = {(char *)c->value, NULL}, *list[] = {(char *)p->job->conf->list, NULL};
	LDAPMod out = {LDAP_MOD_DELETE, (char *)"mxwardList", {list}}, in = {LDAP_MOD_ADD, (char *)"mxwardList", {list}},
		val = {LDAP_MOD_REPLACE, (char *)"mxwardValue", {value}};
	LDAPMod *all[] = {&out, &in, &val, NULL};

	return ldap_modify_ext(p->s->ld, dn, all, NULL, NULL, id);
}

static int send_step(struct pipeline *p, size_t slot, enum step step, size_t change)
{
	const struct target_change *c = &p->job->change[change];
	struct str dn = {0};
	int rc, id = -1;

	ldap_text_add_dn(&dn, c->key, p->job->conf->base);
	if (step == ADD)
		rc = send_add(p, str_text(&dn), c, &id);
	else if (step == REPLACE)
		rc = send_replace(p, str_text(&dn), c, &id);
	else
		rc = ldap_delete_ext(p->s->ld, str_text(&dn), p->assertion[0] ? p->assertion : NULL, NULL, &id);
	str_clear(&dn);
	if (rc != LDAP_SUCCESS)
		return rc;
	p->flight[slot].step = step;
	p->flight[slot].id = id;
	p->flight[slot].change = change;
	p->in_flight++;
	return LDAP_SUCCESS;
}

static int fill(struct pipeline *p)
{
	int rc = LDAP_SUCCESS;

	for (size_t i = 0; i < IN_FLIGHT && p->next < p->job->n && rc == LDAP_SUCCESS; i++) {
		if (p->flight[i].step != FREE)
			continue;
		rc = send_step(p, i, p->job->change[p->next].value ? ADD : DELETE, p->next);
		p->next += rc == LDAP_SUCCESS;
	}
	return rc;
}

static void note_foreign(struct pipeline *p, size_t change)
{
	if (p->foreign++ == 0)
		ldap_text_add_dn(&p->first_foreign, p->job->change[change].key, p->job->conf->base);
}

/* What one operation came to: LDAP_SUCCESS when that is in order, and else the code. */
static int take_result(struct pipeline *p, size_t slot, int code)
{
	enum step step = p->flight[slot].step;
	size_t change = p->flight[slot].change;

	p->flight[slot].step = FREE;
	p->in_flight--;
	if (code == LDAP_ALREADY_EXISTS && step == ADD)
		return send_step(p, slot, REPLACE, change);
	if (code == LDAP_NO_SUCH_OBJECT && step == DELETE)
		return LDAP_SUCCESS;
	if ((step == REPLACE && (code == LDAP_NO_SUCH_ATTRIBUTE || code == LDAP_OBJECT_CLASS_VIOLATION)) ||
	    (step == DELETE && code == LDAP_ASSERTION_FAILED)) {
		note_foreign(p, change);
		return LDAP_SUCCESS;
	}
	return code;
}

static int take_answer(struct pipeline *p, LDAPMessage *m, struct err *e)
{
	char *said = NULL;
	int code = LDAP_SUCCESS, id = ldap_msgid(m), rc = ldap_parse_result(p->s->ld, m, &code, NULL, &said, NULL, NULL, 0);

	if (rc == LDAP_SUCCESS)
		for (size_t i = 0; i < IN_FLIGHT; i++)
			if (p->flight[i].step != FREE && p->flight[i].id == id) {
				rc = take_result(p, i, code);
				break;
			}
	if (rc != LDAP_SUCCESS)
		ldap_session_fail(p->s, rc, said, "cannot write to the list", e);
	ldap_memfree(said);
	return rc == LDAP_SUCCESS ? 0 : -1;
}

static int take_next(struct pipeline *p, struct err *e)
{
	struct timeval wait = {.tv_sec = p->job->conf->timeout};
	LDAPMessage *m = NULL;
	int got = ldap_result(p->s->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &wait, &m), code = LDAP_TIMEOUT, rc;

	if (got <= 0) {
		if (got < 0)
			ldap_get_option(p->s->ld, LDAP_OPT_RESULT_CODE, &code);
		return ldap_session_fail(p->s, code, NULL, "cannot write to the list", e);
	}
	rc = take_answer(p, m, e);
	ldap_msgfree(m);
	remote_alive(p->remote);
	return rc;
}

static int make_assertion(struct pipeline *p, struct err *e)
{
	struct str filter = {0};
	int rc = LDAP_SUCCESS;

	if (!p->s->knows_assertions)
		return 0;
	add_ours(&filter, p->job->conf);
	rc = ldap_create_assertion_control(p->s->ld, (char *)str_text(&filter), 1, &p->assertion[0]);
	str_clear(&filter);
	return rc == LDAP_SUCCESS ? 0 : ldap_session_fail(p->s, rc, NULL, "cannot write to the list", e);
}

static int write_all(struct pipeline *p, struct err *e)
{
	int rc = make_assertion(p, e);

	while (rc == 0 && (p->next < p->job->n || p->in_flight > 0)) {
		int code = fill(p);

		rc = code == LDAP_SUCCESS ? take_next(p, e)
					  : ldap_session_fail(p->s, code, NULL, "cannot write to the list", e);
	}
	if (rc == 0 && p->foreign > 0) {
		char shown[160];

		rc = err_set(e, ERR_DATA, "%zu entr%s of others stand%s where ours should and %s left alone, first %s; move it "
			     "or change 'base'; all else was written", p->foreign, p->foreign == 1 ? "y" : "ies",
			     p->foreign == 1 ? "s" : "", p->foreign == 1 ? "was" : "were",
			     escape(shown, sizeof shown, str_text(&p->first_foreign), p->first_foreign.len));
	}
	return rc;
}

static int apply_in_child(struct remote *r, void *ctx, struct err *e)
{
	struct ldap_session s;
	struct pipeline p = {.remote = r, .s = &s, .job = ctx};
	int rc;

	if (ldap_session_open(&s, p.job->conf, e) != 0)
		return -1;
	remote_connected(r);
	rc = write_all(&p, e);
	if (p.assertion[0])
		ldap_control_free(p.assertion[0]);
	str_clear(&p.first_foreign);
	ldap_session_close(&s);
	return rc;
}

static int ldap_apply(const char *where, const struct target_change *c, size_t n, struct target_version *at,
		      struct err *e)
{
	(void)at; /* each operation looks for itself whether the entry is ours */
	return n == 0 ? 0 : run(where, apply_in_child, c, n, NULL, NULL, e);
}

const struct target_engine ldap_engine = {.name = "ldap", .read = ldap_read, .apply = ldap_apply};

#endif
