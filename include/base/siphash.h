/*
 * SipHash (Aumasson and Bernstein, 2012), little-endian loads: a hash that nobody can foresee or
 * undo without the key. `each` rounds a word and `last` ones at the end: 1 and 3 for tables, 2 and
 * 4 where others see the hash.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <string.h>

#include "base/str.h"

static inline uint64_t
sip_rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = sip_rotate(v[1], 13) ^ v[0];
	v[0] = sip_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = sip_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = sip_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = sip_rotate(v[1], 17) ^ v[2];
	v[2] = sip_rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word, int rounds)
{
	v[3] ^= word;
	for (int i = 0; i < rounds; i++)
		sip_round(v);
	v[0] ^= word;
}

static inline uint64_t
siphash(const uint64_t key[2], int each, int last, struct str s)
{
	uint64_t word, v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	size_t left = s.len;
	const char *p = s.p;

	for (; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		sip_word(v, word, each);
	}
	word = (uint64_t)s.len << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)(unsigned char)p[i] << (8 * i);
	sip_word(v, word, each);
	v[2] ^= 0xff;
	for (int i = 0; i < last; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
