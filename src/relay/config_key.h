/*
 * config_key: the table made from config.def, and the reader of single values.
 *
 * config.c walks files with it; config_value.c knows how each type is
 * spelled and checked.
 */
#ifndef RELAY_CONFIG_KEY_H
#define RELAY_CONFIG_KEY_H

#include <stddef.h>

struct conf_item;
struct config;
struct err;

enum config_type {
	CONFIG_NAMES,	  /* struct name_list of domain names */
	CONFIG_PATTERNS,  /* the same, *.x allowed */
	CONFIG_SUFFIXES,  /* the same, .x is x */
	CONFIG_ADDRESSES, /* struct netset of single addresses */
	CONFIG_NETWORKS,  /* struct netset */
	CONFIG_RESOLVERS,
	CONFIG_OVERRIDES,
	CONFIG_PATHS, /* struct config_values */
	CONFIG_TARGETS, /* the same, each ENGINE:FILE */
	CONFIG_PATH,  /* char *, "" for none */
	CONFIG_TEXT,  /* char *, "" for none */
	CONFIG_COUNT, /* int within low and high */
	CONFIG_SHARE, /* double, written as per cent */
	CONFIG_PRICE,
	CONFIG_PARENT,
	CONFIG_YES_NO /* int */
};

struct config_key {
	const char *name;
	enum config_type type;
	size_t member; /* offset in struct config */
	const char *preset;
	int low, high;
	const char *words;
};

/* The i-th key in the order of the manual; NULL behind the last. */
const struct config_key *config_key(size_t i);
const struct config_key *config_key_find(const char *name);

/* Empties the member of k, as if it had never been set. */
void config_value_clear(struct config *c, const struct config_key *k);

/* Adds the values of item to the member of k; where stands in errors: "mxward.conf:12". */
int config_value_add(struct config *c, const struct config_key *k, const struct conf_item *item,
		     const char *where, struct err *e);

#endif
