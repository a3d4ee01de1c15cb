/*
 * The tables that verdict.def makes: codes, the words that go with them, and the way back from
 * a name.
 */
#include "relay/verdict.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"

static const struct {
	const char *name, *words;
} classes[N_CLASSES] = {
	[CLASS_NONE] = {"", "not looked at"},  [CLASS_OK] = {"OK", "fine"},
	[CLASS_MOVED] = {"MOVED", "moved"},    [CLASS_BROKEN] = {"BROKEN", "broken"},
	[CLASS_ORPHAN] = {"ORPHAN", "orphan"}, [CLASS_UNKNOWN] = {"UNKNOWN", "no answer"},
	[CLASS_NA] = {"NA", "not judged"},
};

static const struct {
	const char *name, *words;
	enum class class;
} reasons[N_REASONS] = {
	[REASON_NONE] = {"", "", CLASS_NONE},
#define REASON(code, class, words) [code] = {#code, words, CLASS_##class},
#include "relay/verdict.def"
#undef REASON
};

static const struct {
	const char *name, *words;
} all_flags[N_FLAGS] = {
#define FLAG(code, words) [code##_BIT] = {#code, words},
#include "relay/verdict.def"
#undef FLAG
};

static const char *const deletions[] = {
	[DELETE_NEVER] = "never",
	[DELETE_HOLD] = "hold",
	[DELETE_C1] = "C1",
	[DELETE_C2] = "C2",
};

/* Codes are also read back from a database and from the worker, so every number is checked. */
const char *class_name(enum class c)
{
	return (unsigned)c < N_CLASSES ? classes[c].name : "";
}

const char *class_words(enum class c)
{
	return (unsigned)c < N_CLASSES ? classes[c].words : "";
}

const char *reason_name(enum reason r)
{
	return (unsigned)r < N_REASONS ? reasons[r].name : "";
}

const char *reason_words(enum reason r)
{
	return (unsigned)r < N_REASONS ? reasons[r].words : "";
}

enum class reason_class(enum reason r) {
	return (unsigned)r < N_REASONS ? reasons[r].class : CLASS_NONE;
}

const char *flag_name(unsigned bit)
{
	return bit < N_FLAGS ? all_flags[bit].name : "";
}

const char *flag_words(unsigned bit)
{
	return bit < N_FLAGS ? all_flags[bit].words : "";
}

const char *deletion_name(enum deletion d)
{
	return (unsigned)d < sizeof(deletions) / sizeof(deletions[0]) ? deletions[d] : "";
}

enum reason reason_from_name(const char *name)
{
	for (unsigned r = REASON_NONE + 1; r < N_REASONS; r++)
		if (!strcasecmp(name, reasons[r].name))
			return (enum reason)r;
	return REASON_NONE;
}

/* The name that sorts first among those left in *flags, which is taken out; NULL when none is.
 * The order of verdict.def is that of the stored bits, not of the alphabet. */
static const char *take_first(uint32_t *flags)
{
	unsigned first = N_FLAGS;

	for (unsigned bit = 0; bit < N_FLAGS; bit++)
		if ((*flags >> bit & 1) &&
		    (first == N_FLAGS ||
		     strcmp(all_flags[bit].name, all_flags[first].name) < 0))
			first = bit;
	if (first == N_FLAGS)
		return NULL;
	*flags &= ~((uint32_t)1 << first);
	return all_flags[first].name;
}

void flags_add(struct str *out, uint32_t flags, const char *separator)
{
	const char *name, *before = "";

	while ((name = take_first(&flags))) {
		str_add(out, before);
		str_add(out, name);
		before = separator;
	}
}

void flags_add_json(struct str *out, uint32_t flags)
{
	const char *name, *before = "";

	str_add_char(out, '[');
	while ((name = take_first(&flags))) {
		str_add(out, before);
		json_add_string(out, name, strlen(name));
		before = ",";
	}
	str_add_char(out, ']');
}
