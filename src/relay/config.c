#include "relay/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "relay/config_key.h"
#include "relay/name.h"

static const struct config_key keys[] = {
#define CONFIG(key, type, field, preset, low, high, words)                                     \
	{key, type, offsetof(struct config, field), preset, low, high, words},
#include "relay/config.def"
#undef CONFIG
};

enum { N_KEYS = sizeof keys / sizeof *keys };

const struct config_key *config_key(size_t i)
{
	return i < N_KEYS ? &keys[i] : NULL;
}

const struct config_key *config_key_find(const char *name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* What a key is when letters, hyphens and underscores are not looked at too closely. */
static const struct config_key *key_meant(const char *name)
{
	char dashed[64];
	size_t n = 0;

	for (const char *p = name; *p && n < sizeof dashed - 1; p++)
		dashed[n++] = *p == '_' ? '-' : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	dashed[n] = '\0';
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].name, dashed) == 0 || name_is_near(keys[i].name, dashed))
			return &keys[i];
	return NULL;
}

static int unknown_key(const char *name, const char *where, struct err *e)
{
	const struct config_key *meant = key_meant(name);

	if (meant)
		return err_set(e, ERR_CONFIG, "%s: unknown key '%s'; is '%s' meant", where,
			       name, meant->name);
	return err_set(e, ERR_CONFIG, "%s: unknown key '%s'; mxward.conf(5) lists the keys",
		       where, name);
}

void config_init(struct config *c)
{
	*c = (struct config){.parent_matches = -1};
	c->site.parent_matches_subdomains = 1;
	for (size_t i = 0; i < N_KEYS; i++) {
		struct conf conf;
		struct err e;

		config_value_clear(c, &keys[i]);
		if (!keys[i].preset[0])
			continue;
		if (conf_parse_value(&conf, keys[i].name, keys[i].preset, "preset", &e) != 0 ||
		    config_value_add(c, &keys[i], &conf.item[0], "preset", &e) != 0)
			mem_die("config.def: %s", e.text);
		conf_clear(&conf);
	}
	c->rate = -1; /* 0 is a value of its own */
}

/* The values of all lines of a key, as they were read and not as they are spelled. */
static void keep_said(struct config *c, const struct conf *conf)
{
	struct str all = {0};

	for (size_t k = 0; k < N_KEYS; k++) {
		int n = 0;

		for (size_t i = 0; i < conf->n_items; i++) {
			const struct conf_item *item = &conf->item[i];

			if (strcmp(item->key, keys[k].name) != 0)
				continue;
			for (size_t v = 0; v < item->n_values; v++) {
				str_addf(&all, "%s%s%s", n ? "" : keys[k].name, n ? ", " : "=", item->value[v]);
				n = 1;
			}
		}
		if (n)
			str_add_char(&all, '\n');
	}
	free(c->said);
	c->said = mem_copy_string(str_text(&all));
	str_clear(&all);
}

static int read_items(struct config *c, const struct conf *conf, struct err *e)
{
	int line_of[N_KEYS] = {0};
	struct str where = {0};
	int r = 0;

	for (size_t i = 0; i < conf->n_items && r == 0; i++) {
		const struct conf_item *item = &conf->item[i];
		const struct config_key *k = config_key_find(item->key);

		str_truncate(&where, 0);
		str_addf(&where, "%s:%d", item->file, item->line);
		if (!k) {
			r = unknown_key(item->key, str_text(&where), e);
			break;
		}
		if (line_of[k - keys] && k->type != CONFIG_PATHS && k->type != CONFIG_TARGETS) {
			r = err_set(e, ERR_CONFIG,
				    "%s: '%s' is set on line %d already; remove one of the two",
				    str_text(&where), k->name, line_of[k - keys]);
			break;
		}
		if (!line_of[k - keys])
			config_value_clear(c, k);
		line_of[k - keys] = item->line;
		r = config_value_add(c, k, item, str_text(&where), e);
	}
	str_clear(&where);
	return r;
}

int config_read(struct config *c, const char *path, struct err *e)
{
	struct conf conf;
	int r;

	if (conf_read(&conf, path, e) != 0)
		return -1;
	free(c->file);
	c->file = mem_copy_string(path);
	r = read_items(c, &conf, e);
	if (r == 0)
		keep_said(c, &conf);
	conf_clear(&conf);
	return r;
}

int config_set(struct config *c, const char *key, const char *text, const char *where,
	       struct err *e)
{
	const struct config_key *k = config_key_find(key);
	struct conf conf;
	int r;

	if (!k)
		r = unknown_key(key, where, e);
	else if ((r = conf_parse_value(&conf, key, text, where, e)) == 0) {
		config_value_clear(c, k);
		r = config_value_add(c, k, &conf.item[0], where, e);
		conf_clear(&conf);
	}
	if (r != 0)
		e->code = ERR_USAGE;
	return r;
}

void config_clear(struct config *c)
{
	for (size_t i = 0; i < N_KEYS; i++) {
		config_value_clear(c, &keys[i]);
		if (keys[i].type == CONFIG_PATH || keys[i].type == CONFIG_TEXT)
			free(*(char **)((char *)c + keys[i].member));
	}
	site_clear(&c->site);
	free(c->said);
	free(c->file);
	*c = (struct config){0};
}
