#include "mta/main_cf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "relay/name.h"
#include "relay/netset.h"

const char *const main_cf_names[N_MAIN_CF] = {
	[MAIN_CF_MYHOSTNAME] = "myhostname",
	[MAIN_CF_INET_INTERFACES] = "inet_interfaces",
	[MAIN_CF_PROXY_INTERFACES] = "proxy_interfaces",
	[MAIN_CF_MYNETWORKS] = "mynetworks",
	[MAIN_CF_RELAY_DOMAINS] = "relay_domains",
	[MAIN_CF_RELAY_RESTRICTIONS] = "smtpd_relay_restrictions",
	[MAIN_CF_RECIPIENT_RESTRICTIONS] = "smtpd_recipient_restrictions",
};

enum { WORD_SIZE = 1024 };

static void doubt(struct main_cf *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void doubt(struct main_cf *m, const char *fmt, ...)
{
	char text[WORD_SIZE + 400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	escape_add(&m->doubts, text, strlen(text));
	str_add_char(&m->doubts, '\n');
}

static void add_item(struct str *list, const char *item)
{
	if (list->len)
		str_add(list, ", ");
	str_add(list, item);
}

/* Calls fn for each word of a list; Postfix separates by blanks and commas. */
static void each_word(struct main_cf *m, const char *list, void (*fn)(struct main_cf *m, char *word))
{
	while (*(list += strspn(list, ", \t\r\n"))) {
		size_t len = strcspn(list, ", \t\r\n");
		char word[WORD_SIZE];

		if (len < sizeof word) {
			memcpy(word, list, len);
			word[len] = '\0';
			fn(m, word);
		}
		list += len;
	}
}

/* Postfix writes [2001:db8::1] and [2001:db8::]/32. */
static void drop_brackets(char *word)
{
	char *end = strchr(word, ']');

	if (word[0] != '[' || !end)
		return;
	memmove(end, end + 1, strlen(end + 1) + 1);
	memmove(word, word + 1, strlen(word + 1) + 1);
}

static int is_under(const struct net_address *a, const char *prefix)
{
	struct netset set = {0};
	struct net_prefix p;
	int is;

	if (net_prefix_parse(&p, prefix) != 0)
		return 0;
	netset_add(&set, p);
	is = netset_has(&set, a);
	netset_clear(&set);
	return is;
}

static int is_local(const struct net_address *a)
{
	return is_under(a, "127.0.0.0/8") || is_under(a, "::1") || is_under(a, "::ffff:0:0/96") ||
	       is_under(a, "169.254.0.0/16") || is_under(a, "fe80::/10") || is_under(a, "0.0.0.0");
}

void main_cf_add_address(struct main_cf *m, const char *text)
{
	char shown[NET_TEXT_SIZE];
	struct net_address a;

	if (net_address_parse(&a, text) != 0 || is_local(&a))
		return;
	add_item(&m->addresses, net_address_text(shown, &a));
	if (net_is_bogon(&a))
		doubt(m, "%s is no public address: if a router translates it, add the address that the world sees to "
			 "relay-address", shown);
}

static void take_interface(struct main_cf *m, char *word)
{
	struct net_address a;

	if (strcmp(word, "all") == 0) {
		m->asks_interfaces = 1;
		return;
	}
	drop_brackets(word);
	if (net_address_parse(&a, word) == 0)
		main_cf_add_address(m, word);
	else if (strcmp(word, "loopback-only") != 0 && strcmp(word, "localhost") != 0)
		doubt(m, "the addresses of '%s' (inet_interfaces or proxy_interfaces) are not looked up; add them to "
			 "relay-address", word);
}

static void take_network(struct main_cf *m, char *word)
{
	char text[NET_TEXT_SIZE];
	struct net_prefix p;

	/* Tables are TYPE:PATH; an address with a colon stands in brackets. */
	if (word[0] == '!' || word[0] == '/' || (word[0] != '[' && strchr(word, ':'))) {
		doubt(m, "'%s' of mynetworks is not taken over; look whether it belongs to network", word);
		return;
	}
	drop_brackets(word);
	if (net_prefix_parse_masked(&p, word) < 0)
		doubt(m, "'%s' of mynetworks is no network that is understood", word);
	else if (!is_local(&p.address))
		add_item(&m->networks, net_prefix_text(text, &p));
}

static void add_table(struct main_cf *m, enum table_format f, const char *path)
{
	m->table = mem_array(m->table, m->n_tables + 1, sizeof *m->table);
	m->table[m->n_tables++] = (struct main_cf_table){f, arena_string(&m->arena, path, strlen(path))};
}

static void take_domains(struct main_cf *m, char *word)
{
	char *path, name[NAME_SIZE], table[WORD_SIZE + 8];

	if (strncmp(word, "proxy:", 6) == 0)
		word += 6;
	path = strchr(word, ':');
	if (word[0] == '/') {
		add_table(m, TABLE_NAMES, word);
	} else if (path && strncmp(word, "lmdb:", 5) == 0) {
		snprintf(table, sizeof table, "%s.lmdb", path + 1);
		add_table(m, TABLE_LMDB, table);
		add_item(&m->published, table);
		m->n_published++;
	} else if (path && (strncmp(word, "hash:", 5) == 0 || strncmp(word, "btree:", 6) == 0 ||
			    strncmp(word, "texthash:", 9) == 0 || strncmp(word, "cdb:", 4) == 0)) {
		add_table(m, TABLE_POSTFIX, path + 1);
		doubt(m, "relay_domains = %s is read from its text and cannot be published to; make it an lmdb table: "
			 "postmap lmdb:FILE, and postconf -e relay_domains=lmdb:FILE", word);
	} else if (path) {
		doubt(m, "relay_domains = %s cannot be read; import the names from where they are kept", word);
	} else if (name_from_text(name, word, strlen(word), NULL) == NAME_DOMAIN) {
		m->name = mem_array(m->name, m->n_names + 1, sizeof *m->name);
		m->name[m->n_names++] = arena_string(&m->arena, name, strlen(name));
	} else {
		doubt(m, "'%s' of relay_domains is no domain and was left out", word);
	}
}

void main_cf_read(struct main_cf *m, const char *const value[N_MAIN_CF])
{
	char name[NAME_SIZE];

	*m = (struct main_cf){.host = ""};
	if (name_from_text(name, value[MAIN_CF_MYHOSTNAME], strlen(value[MAIN_CF_MYHOSTNAME]), NULL) == NAME_DOMAIN)
		m->host = arena_string(&m->arena, name, strlen(name));
	each_word(m, value[MAIN_CF_INET_INTERFACES], take_interface);
	each_word(m, value[MAIN_CF_PROXY_INTERFACES], take_interface);
	each_word(m, value[MAIN_CF_MYNETWORKS], take_network);
	each_word(m, value[MAIN_CF_RELAY_DOMAINS], take_domains);
	for (int i = MAIN_CF_RELAY_RESTRICTIONS; i <= MAIN_CF_RECIPIENT_RESTRICTIONS; i++)
		if (strstr(value[i], "permit_mx_backup"))
			doubt(m, "permit_mx_backup is in use (%s): mail is accepted for any domain whose MX names us, so "
				 "the list is not the truth", main_cf_names[i]);
}

void main_cf_finish(struct main_cf *m)
{
	if (!m->host[0])
		str_add(&m->doubts, "the name of this host is not known; set relay-host to the names that MX records use\n");
	else
		doubt(m, "relay-host is %s, as this host calls itself; add every name under which MX records list it", m->host);
	if (!m->addresses.len)
		str_add(&m->doubts, "no address of the relay is known; set relay-address\n");
	else if (!strchr(m->addresses.bytes, ':'))
		str_add(&m->doubts, "relay-address has no IPv6 address; add it if the relay has one\n");
	if (!m->networks.len)
		str_add(&m->doubts, "no network of yours is known; set network, or every primary looks as if it had left\n");
	else if (!strchr(m->networks.bytes, ':'))
		str_add(&m->doubts, "network has no IPv6 network; a primary that has both looks as if it had left\n");
	if (m->networks.len)
		str_add(&m->doubts, "network is mynetworks, whose clients may relay; add the networks in which customers' "
				    "servers stand\n");
	if (m->published.len && (m->n_names || m->n_tables > m->n_published))
		str_add(&m->doubts, "relay_domains names more than the table that is published to; the first publish puts all names "
				    "there, so take the rest out of relay_domains then, or they stay accepted when they are "
				    "deleted\n");
	if (!m->n_tables && !m->n_names)
		str_add(&m->doubts, "relay_domains has no table that can be read, so nothing was imported\n");
}

void main_cf_clear(struct main_cf *m)
{
	str_clear(&m->addresses);
	str_clear(&m->networks);
	str_clear(&m->published);
	str_clear(&m->doubts);
	free(m->table);
	free(m->name);
	arena_clear(&m->arena);
	*m = (struct main_cf){0};
}
