/*
 * Names: the canonical form of a canonical form is itself, and a key leads back to its name.
 */
#include <string.h>

#include "fuzz/targets.h"
#include "relay/name.h"

void fuzz_name(const uint8_t *bytes, size_t len)
{
	char name[NAME_SIZE], again[NAME_SIZE], shown[NAME_SIZE * 4];
	unsigned char key[NAME_KEY_SIZE];
	enum name_kind kind = name_from_text(name, (const char *)bytes, len, NULL);
	size_t n;

	if (kind == NAME_REFUSED) {
		FUZZ_ASSERT(!name[0]);
		return;
	}
	FUZZ_ASSERT(strlen(name) < NAME_SIZE);
	for (const char *p = name; *p; p++)
		FUZZ_ASSERT(*p > 0x20 && *p < 0x7f && *p != '"' && *p != '\\');
	FUZZ_ASSERT(name_from_text(again, name, strlen(name), NULL) == kind && strcmp(name, again) == 0);
	FUZZ_ASSERT(name_kind(name) == kind);
	n = name_to_key(key, name);
	FUZZ_ASSERT(n <= NAME_KEY_SIZE && name_from_key(again, key, n) == 0 && strcmp(name, again) == 0);
	name_to_unicode(shown, sizeof shown, name);
	name_registrable(name);
	FUZZ_ASSERT(!name_is_near(name, name));
	name_from_key(again, bytes, len < NAME_KEY_SIZE ? len : NAME_KEY_SIZE);
}
