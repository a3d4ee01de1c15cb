#include "base/sha256.h"

#include <string.h>

enum { BLOCK = 64 };

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))

/* FIPS 180-4 section 4.2.2. */
static const uint32_t constant[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
	0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static int is_there(void)
{
	static int known = -1;
	unsigned a, b, c, d;

	if (known < 0)
		known = __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
	return known;
}

/* Whole blocks.  The instructions want the eight words as ABEF and CDGH, highest first. */
WITH_SHA static void compress(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1),
		hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b),
		abef = _mm_alignr_epi8(dcba, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, dcba, 0xf0), w[4];

	for (; blocks > 0; blocks--, bytes += BLOCK) {
		__m128i abef_before = abef, cdgh_before = cdgh;

		/* Four rounds a turn; w holds the sixteen words of the schedule that come before. */
#pragma GCC unroll 16
		for (unsigned i = 0; i < 16; i++) {
			__m128i now, four;

			if (i < 4) {
				now = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * (size_t)i));
				now = _mm_shuffle_epi8(now, swap);
			} else {
				now = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
				now = _mm_add_epi32(now, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
				now = _mm_sha256msg2_epu32(now, w[(i + 3) % 4]);
			}
			w[i % 4] = now;
			four = _mm_add_epi32(now, _mm_load_si128((const __m128i *)(const void *)(constant + 4 * (size_t)i)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, four);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(four, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	hgfe = _mm_shuffle_epi32(abef, 0x1b); /* FEBA */
	dcba = _mm_shuffle_epi32(cdgh, 0xb1); /* DCHG */
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(hgfe, dcba, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dcba, hgfe, 8));
}

#else

static int is_there(void)
{
	return 0;
}

static void compress(uint32_t state[8], const uint8_t *bytes, size_t blocks)
{
	(void)state, (void)bytes, (void)blocks;
}

#endif

void sha256_begin(struct sha256 *s)
{
	crypto_hash_sha256_init(&s->state);
}

void sha256_add(struct sha256 *s, const void *bytes, size_t len)
{
	crypto_hash_sha256_state *state = &s->state;
	size_t have = state->count / 8 % BLOCK, n;
	const uint8_t *at = bytes;

	if (!is_there()) {
		crypto_hash_sha256_update(state, at, len);
		return;
	}
	state->count += (uint64_t)len * 8;
	if (have > 0 && len > 0) {
		n = len < BLOCK - have ? len : BLOCK - have;
		memcpy(state->buf + have, at, n);
		at += n;
		len -= n;
		if (have + n < BLOCK)
			return;
		compress(state->state, state->buf, 1);
	}
	compress(state->state, at, len / BLOCK);
	if (len % BLOCK)
		memcpy(state->buf, at + (len - len % BLOCK), len % BLOCK);
}

void sha256_end(struct sha256 *s, uint8_t out[SHA256_SIZE])
{
	uint8_t tail[BLOCK + 8] = {0x80};
	uint64_t bits = s->state.count;
	size_t have = bits / 8 % BLOCK, pad = have < BLOCK - 8 ? BLOCK - 8 - have : 2 * BLOCK - 8 - have;

	if (!is_there()) {
		crypto_hash_sha256_final(&s->state, out);
		return;
	}
	for (size_t i = 0; i < 8; i++)
		tail[pad + i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_add(s, tail, pad + 8);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		out[i] = (uint8_t)(s->state.state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_of(uint8_t out[SHA256_SIZE], const void *bytes, size_t len)
{
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, bytes, len);
	sha256_end(&s, out);
}
