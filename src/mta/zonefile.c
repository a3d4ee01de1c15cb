#include "mta/zonefile.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"

struct reading {
	const char *path;
	FILE *file;
	char *origin; /* "" until the SOA was read */
	void (*fn)(void *ctx, const struct zonefile_record *record);
	void *ctx;
	ldns_rdf *relative_to, *previous;
	uint32_t ttl;
	int line;
};

/* The zone that a file's name tells, the root when it tells none. */
static ldns_rdf *origin_of(const char *path)
{
	const char *base = strrchr(path, '/');
	char name[NAME_SIZE], canonical[NAME_SIZE];
	size_t len;

	base = base ? base + 1 : path;
	if (strncmp(base, "db.", 3) == 0)
		base += 3;
	len = strlen(base);
	if (len > 5 && strcmp(base + len - 5, ".zone") == 0)
		len -= 5;
	if (len < sizeof name && name_from_text(canonical, base, len, NULL) >= NAME_SPECIAL) {
		snprintf(name, sizeof name, "%.254s", canonical);
		return ldns_dname_new_frm_str(name);
	}
	return ldns_dname_new_frm_str(".");
}

/* The canonical form; 0 for what cannot be a name of mail: underscores are none of ours to judge. */
static int take_name(char out[NAME_SIZE], const ldns_rdf *rdf)
{
	char *text = ldns_rdf2str(rdf);
	int ok = text && name_from_text(out, text, strlen(text), NULL) != NAME_REFUSED;

	free(text);
	return ok;
}

static int take_address(struct net_address *out, const ldns_rdf *rdf)
{
	char *text = ldns_rdf2str(rdf);
	int ok = text && net_address_parse(out, text) == 0;

	free(text);
	return ok;
}

static void take(struct reading *r, const ldns_rr *rr)
{
	struct zonefile_record out = {0};

	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN || !take_name(out.owner, ldns_rr_owner(rr)))
		return;
	switch (ldns_rr_get_type(rr)) {
	case LDNS_RR_TYPE_SOA:
		memcpy(r->origin, out.owner, sizeof out.owner);
		return;
	case LDNS_RR_TYPE_MX:
		out.type = ZONEFILE_MX;
		if (!take_name(out.target, ldns_rr_rdf(rr, 1)))
			out.target[0] = '\0';
		break;
	case LDNS_RR_TYPE_A:
	case LDNS_RR_TYPE_AAAA:
		out.type = ZONEFILE_ADDRESS;
		if (!take_address(&out.address, ldns_rr_rdf(rr, 0)))
			return;
		break;
	case LDNS_RR_TYPE_NS:
		out.type = ZONEFILE_NS;
		break;
	case LDNS_RR_TYPE_CNAME:
	case LDNS_RR_TYPE_DNAME:
		out.type = ZONEFILE_ALIAS;
		break;
	default:
		return;
	}
	r->fn(r->ctx, &out);
}

static int read_records(struct reading *r, struct err *e)
{
	/* What cannot be read has no end either; to ldns it is an empty line. */
	while (!feof(r->file) && !ferror(r->file)) {
		ldns_rr *rr = NULL;
		ldns_status s = ldns_rr_new_frm_fp_l(&rr, r->file, &r->ttl, &r->relative_to, &r->previous, &r->line);

		if (s == LDNS_STATUS_OK) {
			take(r, rr);
			ldns_rr_free(rr);
		} else if (s == LDNS_STATUS_SYNTAX_INCLUDE) {
			return err_set(e, ERR_DATA, "'%s' line %d: $INCLUDE is not followed; give the zone in one file, as "
						    "named-compilezone or a zone transfer writes it",
				       r->path, r->line);
		} else if (s != LDNS_STATUS_SYNTAX_EMPTY && s != LDNS_STATUS_SYNTAX_TTL && s != LDNS_STATUS_SYNTAX_ORIGIN) {
			return err_set(e, ERR_DATA, "'%s' line %d is no record of a zone: %s", r->path, r->line,
				       ldns_get_errorstr_by_id(s));
		}
	}
	if (ferror(r->file))
		return err_errno(e, errno, "cannot read '%s'", r->path);
	if (!r->origin[0])
		return err_set(e, ERR_DATA, "'%s' is no zone: it has no SOA record", r->path);
	return 0;
}

int zonefile_read(const char *path, char origin[NAME_SIZE],
		  void (*fn)(void *ctx, const struct zonefile_record *record), void *ctx, struct err *e)
{
	struct reading r = {.path = path, .origin = origin, .fn = fn, .ctx = ctx, .ttl = 3600};
	struct stat st;
	int rc;

	origin[0] = '\0';
	r.file = fopen(path, "re");
	if (!r.file)
		return err_errno(e, errno, "cannot open the zone '%s'", path);
	if (fstat(fileno(r.file), &st) == 0 && S_ISDIR(st.st_mode)) {
		(void)fclose(r.file);
		return err_set(e, ERR_NOINPUT, "'%s' is a directory; name the zones in it", path);
	}
	r.relative_to = origin_of(path);
	rc = read_records(&r, e);
	ldns_rdf_deep_free(r.relative_to);
	ldns_rdf_deep_free(r.previous);
	(void)fclose(r.file); /* only read */
	return rc;
}
