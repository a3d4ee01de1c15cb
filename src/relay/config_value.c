#include "relay/config_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/escape.h"
#include "base/mem.h"
#include "relay/config.h"
#include "relay/name.h"

enum { SHOWN = 81, DNS_PORT = 53 };

/* What the reader of one value is told. */
struct reader {
	struct config *config;
	const struct config_key *key;
	const char *where;
	struct err *e;
	void *member;
};

/* "mxward.conf:12: network 'x': why" */
static int refuse(struct reader *r, const char *value, const char *why)
{
	char shown[SHOWN];

	return err_set(r->e, ERR_CONFIG, "%s: %s '%s': %s", r->where, r->key->name,
		       escape(shown, sizeof shown, value, strlen(value)), why);
}

static int is_none(const char *text)
{
	return text[0] == '\0' || strcmp(text, "none") == 0;
}

static void set_text(char **member, const char *text)
{
	free(*member);
	*member = mem_copy_string(text);
}

static int add_name(struct reader *r, const char *value)
{
	char name[NAME_SIZE], pattern[NAME_SIZE + 2] = "*.";
	const char *text = value, *why;
	int is_pattern = strncmp(value, "*.", 2) == 0;
	enum name_kind kind;

	if (is_pattern && r->key->type == CONFIG_NAMES)
		return refuse(r, value, "a pattern is not possible here; write the names");
	if (is_pattern)
		text += 2;
	else if (r->key->type == CONFIG_SUFFIXES && text[0] == '.')
		text++;
	kind = name_from_text(name, text, strlen(text), &why);
	if (kind == NAME_REFUSED)
		return refuse(r, value, why);
	if (name_is_address(name))
		return refuse(r, value, "is an address; write a host name");
	if (kind == NAME_ODD || name[0] == '.')
		return refuse(r, value,
			      r->key->type == CONFIG_PATTERNS
				      ? "is no host name; '*.x' stands for all names below x"
				      : "is no domain name");
	strcpy(pattern + 2, name);
	name_list_add(r->member, is_pattern ? pattern : name);
	return 0;
}

static int add_network(struct reader *r, const char *value)
{
	char right[NET_TEXT_SIZE],
		why[NET_TEXT_SIZE + 64] = "has bits set behind its length; write ";
	struct net_prefix p;
	int status = net_prefix_parse_masked(&p, value);

	if (status < 0)
		return refuse(r, value,
			      "is no network such as 198.51.100.0/24 or 2001:db8::/32");
	if (r->key->type == CONFIG_ADDRESSES) {
		if (strchr(value, '/'))
			return refuse(r, value, "is a network; write single addresses");
	} else if (status > 0) {
		strcat(why, net_prefix_text(right, &p));
		return refuse(r, value, why);
	} else if (p.length == 0) {
		return refuse(r, value, "is every address there is");
	}
	netset_add(r->member, p);
	return 0;
}

/* A port from 1 to 65535 that is all of text. */
static int parse_port(const char *text, uint16_t *out)
{
	size_t n = strspn(text, "0123456789");
	long port;

	if (n == 0 || n > 5 || text[n] != '\0')
		return -1;
	port = strtol(text, NULL, 10);
	if (port < 1 || port > 65535)
		return -1;
	*out = (uint16_t)port;
	return 0;
}

/* "a", "a:port" for IPv4, "[a]" and "[a]:port" for both, and bare IPv6. */
static int parse_resolver(struct config_address *out, const char *value)
{
	char text[NET_TEXT_SIZE + 8], *port = NULL, *host = text, *end;

	if (strlen(value) >= sizeof text)
		return -1;
	strcpy(text, value);
	out->port = DNS_PORT;
	if (text[0] == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return -1;
		if (end[1] == ':')
			port = end + 2;
		*end = '\0';
		host++;
	} else if ((end = strchr(text, ':')) != NULL && end == strrchr(text, ':')) {
		*end = '\0';
		port = end + 1;
	}
	if (port && parse_port(port, &out->port) != 0)
		return -1;
	return net_address_parse(&out->address, host);
}

static int add_resolver(struct reader *r, const char *value)
{
	struct config *c = r->config;
	struct config_address a;

	if (parse_resolver(&a, value) != 0)
		return refuse(r, value,
			      "is no address such as 127.0.0.1, 127.0.0.1:5353 or "
			      "[2001:db8::53]:5353");
	for (size_t i = 0; i < c->n_resolvers; i++)
		if (c->resolver[i].port == a.port &&
		    net_address_compare(&c->resolver[i].address, &a.address) == 0)
			return 0;
	c->resolver = mem_array(c->resolver, c->n_resolvers + 1, sizeof a);
	c->resolver[c->n_resolvers++] = a;
	return 0;
}

/* True for what may stand behind the last colon of a next hop: a port or a service name. */
static int is_service(const char *p)
{
	if (*p && p[strspn(p, "0123456789")] == '\0')
		return 1;
	return strcmp(p, "smtp") == 0 || strcmp(p, "submission") == 0 ||
	       strcmp(p, "submissions") == 0 || strcmp(p, "lmtp") == 0;
}

/* Cuts transport, brackets and port off a next hop as transport(5) spells it; what is left is a
 * host name, an address, or "" for a transport without one.  NULL when the spelling is none of
 * these. */
static const char *next_hop_host(char *text)
{
	char *open = strchr(text, '['), *p;

	if (open) {
		char *close = strchr(open, ']');

		if (!close || (close[1] != '\0' && (close[1] != ':' || !is_service(close + 2))))
			return NULL;
		if (open > text && (open[-1] != ':' || strchr(text, ':') != open - 1))
			return NULL;
		*close = '\0';
		return strncasecmp(open + 1, "ipv6:", 5) == 0 ? open + 6 : open + 1;
	}
	if (name_is_address(text))
		return text;
	p = strrchr(text, ':');
	if (p && is_service(p + 1)) {
		*p = '\0';
		p = strrchr(text, ':');
	}
	if (p && strchr(text, ':') != p)
		return NULL;
	return p ? p + 1 : text;
}

static int add_override(struct reader *r, const char *value)
{
	char name[NAME_SIZE], hop[NAME_SIZE] = "", text[2 * NAME_SIZE];
	const char *why, *host, *equals = strchr(value, '=');
	size_t len = equals ? (size_t)(equals - value) : strlen(value);
	struct net_address address;
	enum name_kind kind = name_from_text(name, value, len, &why);

	if (kind == NAME_REFUSED)
		return refuse(r, value, why);
	if (kind == NAME_ODD)
		return refuse(r, value, "is no NAME or NAME=NEXTHOP");
	if (equals) {
		if (strlen(equals + 1) >= sizeof text)
			return refuse(r, value, "the next hop is too long");
		strcpy(text, equals + 1);
		host = next_hop_host(text);
		if (!host)
			return refuse(
				r, value,
				"is no next hop such as host, smtp:[host]:25 or [192.0.2.1]");
		if (net_address_parse(&address, host) == 0)
			net_address_text(hop, &address);
		else if (*host && name_from_text(hop, host, strlen(host), &why) == NAME_REFUSED)
			return refuse(r, value, why);
		else if (*host && (name_kind(hop) == NAME_ODD || hop[0] == '.'))
			return refuse(r, value,
				      "the next hop is neither a host name nor an address");
	}
	if (site_add_override(&r->config->site, name, hop) != 0)
		return refuse(r, value, "the name has an override already");
	return 0;
}

static int add_path(struct reader *r, const char *value)
{
	struct config_values *v = r->member;

	if (is_none(value))
		return 0;
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->value[i], value) == 0)
			return refuse(r, value, "is named twice");
	v->value = mem_array(v->value, v->n + 1, sizeof *v->value);
	v->value[v->n++] = mem_copy_string(value);
	return 0;
}

static int add_target(struct reader *r, const char *value)
{
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : 0;

	if (is_none(value))
		return 0;
	if (!((len == 4 && strncmp(value, "ldap", 4) == 0) || (len == 5 && strncmp(value, "pgsql", 5) == 0)) || !colon[1])
		return refuse(r, value, "is no target such as ldap:/etc/mxward/directory.cf or pgsql:/etc/mxward/fleet.cf");
	return add_path(r, value);
}

/* Digits with an optional fraction, whatever the locale's decimal point is; -1 when text is
 * none. */
static int parse_decimal(const char *text, double *out)
{
	size_t n = strspn(text, "0123456789"), more = 0;
	double value = 0, unit = 1;

	if (text[n] == '.')
		more = strspn(text + n + 1, "0123456789");
	if (n == 0 || n > 9 || more > 9 || (text[n] == '.' && more == 0) ||
	    text[n + (text[n] == '.') + more] != '\0')
		return -1;
	for (const char *p = text; *p; p++) {
		if (*p == '.')
			continue;
		value = value * 10 + (*p - '0');
		unit *= p > text + n ? 10 : 1;
	}
	*out = value / unit;
	return 0;
}

static int set_count(struct reader *r, const char *value)
{
	size_t n = strspn(value, "0123456789");
	long number;

	if (n == 0 || n > 9 || value[n] != '\0')
		return refuse(r, value, "is not a whole number");
	number = strtol(value, NULL, 10);
	if (number < r->key->low || number > r->key->high)
		return err_set(r->e, ERR_CONFIG, "%s: %s '%s': must lie between %d and %d",
			       r->where, r->key->name, value, r->key->low, r->key->high);
	*(int *)r->member = (int)number;
	return 0;
}

static int set_share(struct reader *r, const char *value)
{
	char text[32];
	size_t n = strlen(value);
	double number;

	if (n >= sizeof text)
		return refuse(r, value, "is not a percentage such as 5%");
	strcpy(text, value);
	if (n > 0 && text[n - 1] == '%')
		text[n - 1] = '\0';
	if (parse_decimal(text, &number) != 0 || number < r->key->low || number > r->key->high)
		return refuse(r, value, "is not a percentage such as 5%");
	*(double *)r->member = number / 100;
	return 0;
}

static int set_prices(struct reader *r, const struct conf_item *item)
{
	const char *wrong = price_list_read(r->member, item->value, item->n_values);

	return wrong ? refuse(r, item->text, wrong) : 0;
}

static int set_yes_no(struct reader *r, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return refuse(r, value, "must be yes or no");
	*(int *)r->member = strcmp(value, "yes") == 0;
	return 0;
}

/* yes, no, or the value of Postfix's parameter of that name, copied: empty means no feature. */
static int set_parent(struct reader *r, const struct conf_item *item)
{
	int yes = 0;

	for (size_t i = 0; i < item->n_values; i++) {
		const char *v = item->value[i];

		if (v[0] == '!' || strchr(v, '/'))
			return refuse(r, v, "cannot be followed; write yes or no");
		yes |= strcmp(v, "relay_domains") == 0 ||
		       (item->n_values == 1 && strcmp(v, "yes") == 0);
	}
	r->config->parent_matches = yes;
	r->config->site.parent_matches_subdomains = yes;
	return 0;
}

static int add_each(struct reader *r, const struct conf_item *item,
		    int (*add)(struct reader *r, const char *value))
{
	if (item->n_values == 1 && is_none(item->value[0]))
		return 0;
	for (size_t i = 0; i < item->n_values; i++)
		if (add(r, item->value[i]) != 0)
			return -1;
	return 0;
}

/* In the source of a transport(5) table the next hop stands behind the name, with a blank between: no name has a colon
 * or a bracket. */
static int is_next_hop_alone(const char *value)
{
	return !strchr(value, '=') && (value[0] == '[' || strchr(value, ':'));
}

static int add_overrides(struct reader *r, const struct conf_item *item)
{
	char joined[2 * NAME_SIZE + 2];

	if (item->n_values == 1 && is_none(item->value[0]))
		return 0;
	for (size_t i = 0; i < item->n_values; i++) {
		const char *value = item->value[i], *next = i + 1 < item->n_values ? item->value[i + 1] : "";

		if (!strchr(value, '=') && !is_next_hop_alone(value) && is_next_hop_alone(next)) {
			if (snprintf(joined, sizeof joined, "%s=%s", value, next) >= (int)sizeof joined)
				return refuse(r, value, "the name and its next hop are too long");
			value = joined;
			i++;
		}
		if (add_override(r, value) != 0)
			return -1;
	}
	return 0;
}

static int set_one(struct reader *r, const struct conf_item *item,
		   int (*set)(struct reader *r, const char *value))
{
	if (item->n_values != 1)
		return refuse(r, item->text, "must be one value");
	return set(r, item->value[0]);
}

int config_value_add(struct config *c, const struct config_key *k, const struct conf_item *item,
		     const char *where, struct err *e)
{
	struct reader r = {c, k, where, e, (char *)c + k->member};

	switch (k->type) {
	case CONFIG_NAMES:
	case CONFIG_PATTERNS:
	case CONFIG_SUFFIXES:
		return add_each(&r, item, add_name);
	case CONFIG_ADDRESSES:
	case CONFIG_NETWORKS:
		return add_each(&r, item, add_network);
	case CONFIG_RESOLVERS:
		return add_each(&r, item, add_resolver);
	case CONFIG_OVERRIDES:
		return add_overrides(&r, item);
	case CONFIG_PATHS:
		return add_each(&r, item, add_path);
	case CONFIG_TARGETS:
		return add_each(&r, item, add_target);
	case CONFIG_PATH:
	case CONFIG_TEXT:
		set_text(r.member, is_none(item->text) ? "" : item->text);
		if (strcmp(k->name, "database") == 0 && is_none(item->text))
			return refuse(&r, item->text, "must be a directory");
		if (strcmp(k->name, "billing-timezone") == 0 && !is_none(item->text) && !date_is_zone(item->text))
			return refuse(&r, item->text, "is no time zone that this machine knows, such as Europe/Berlin; correct it, "
						      "or install tzdata");
		return 0;
	case CONFIG_COUNT:
		return set_one(&r, item, set_count);
	case CONFIG_SHARE:
		return set_one(&r, item, set_share);
	case CONFIG_PRICE:
		return item->n_values == 0 || is_none(item->text) ? 0 : set_prices(&r, item);
	case CONFIG_PARENT:
		return set_parent(&r, item);
	case CONFIG_YES_NO:
		return set_one(&r, item, set_yes_no);
	}
	return 0;
}

void config_value_clear(struct config *c, const struct config_key *k)
{
	void *member = (char *)c + k->member;
	struct config_values *v;

	switch (k->type) {
	case CONFIG_NAMES:
	case CONFIG_PATTERNS:
	case CONFIG_SUFFIXES:
		name_list_clear(member);
		break;
	case CONFIG_ADDRESSES:
	case CONFIG_NETWORKS:
		netset_clear(member);
		break;
	case CONFIG_RESOLVERS:
		free(c->resolver);
		c->resolver = NULL;
		c->n_resolvers = 0;
		break;
	case CONFIG_OVERRIDES:
		site_clear_overrides(&c->site);
		break;
	case CONFIG_PATHS:
	case CONFIG_TARGETS:
		v = member;
		for (size_t i = 0; i < v->n; i++)
			free(v->value[i]);
		free(v->value);
		*v = (struct config_values){0};
		break;
	case CONFIG_PATH:
	case CONFIG_TEXT:
		set_text(member, "");
		break;
	case CONFIG_COUNT:
	case CONFIG_YES_NO:
		*(int *)member = 0;
		break;
	case CONFIG_SHARE:
		*(double *)member = 0;
		break;
	case CONFIG_PRICE:
		price_list_clear(member);
		break;
	case CONFIG_PARENT:
		c->parent_matches = -1;
		c->site.parent_matches_subdomains = 1;
		break;
	}
}
