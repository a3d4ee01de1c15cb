#include "mta/engines.h"

#include <string.h>

#include "base/err.h"
#include "mta/ldap.h"
#include "mta/pgsql.h"
#include "mta/target.h"

static const struct {
	const char *name;
	const struct target_engine *engine; /* NULL: its library was not there, see the Makefile */
	const char *needs; /* a library */
} engines[] = {
#ifdef MXWARD_LDAP
	{"ldap", &ldap_engine, "libldap"},
#else
	{"ldap", NULL, "libldap"},
#endif
#ifdef MXWARD_PGSQL
	{"pgsql", &pgsql_engine, "libpq"},
#else
	{"pgsql", NULL, "libpq"},
#endif
};

enum { N_ENGINES = sizeof engines / sizeof *engines };

const struct target_engine *engine_find(const char *where, struct err *e)
{
	size_t len = strcspn(where, ":");

	for (size_t i = 0; i < N_ENGINES; i++) {
		if (strlen(engines[i].name) != len || strncmp(engines[i].name, where, len) != 0)
			continue;
		if (!engines[i].engine)
			err_set(e, ERR_CONFIG, "this mxward was built without %s (mxward --version); build it where the "
				"development files of %s are", engines[i].name, engines[i].needs);
		return engines[i].engine;
	}
	err_set(e, ERR_CONFIG, "'%.200s' is no publish target such as ldap:FILE or pgsql:FILE", where);
	return NULL;
}

const char *engine_name(size_t i, int *is_built_in)
{
	if (i >= N_ENGINES)
		return NULL;
	*is_built_in = engines[i].engine != NULL;
	return engines[i].name;
}
