/*
 * sha256: SHA-256 (FIPS 180-4), by the processor's own instructions where it has them.
 *
 * libsodium 1.0.18 knows it in portable C alone, which was a third of the time of an import and of a bulk deletion: seven
 * hashes a record.  Where the instructions are missing it is libsodium that counts.  The state is libsodium's, so that what
 * the one has begun the other could end.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

enum { SHA256_SIZE = crypto_hash_sha256_BYTES };

struct sha256 {
	crypto_hash_sha256_state state;
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t len);
void sha256_end(struct sha256 *s, uint8_t out[SHA256_SIZE]);

/* All at once. */
void sha256_of(uint8_t out[SHA256_SIZE], const void *bytes, size_t len);

#endif
