/* SHA-1. */
#include "base/sha1.h"

#include <string.h>

enum { BLOCK = 64, LENGTH = 8, ROUNDS = 80 };

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static uint32_t
mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

static void
add_block(uint32_t sum[5], const unsigned char *block)
{
	uint32_t w[ROUNDS], a = sum[0], b = sum[1], c = sum[2], d = sum[3], e = sum[4], next;

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (unsigned i = 16; i < ROUNDS; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		next = rotate(a, 5) + mix(i, b, c, d) + e + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	sum[0] += a;
	sum[1] += b;
	sum[2] += c;
	sum[3] += d;
	sum[4] += e;
}

void
sha1(struct str text, unsigned char out[SHA1_SIZE])
{
	uint32_t sum[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	unsigned char last[2 * BLOCK] = { 0 };
	uint64_t bits = (uint64_t)text.len * 8;
	size_t size;

	for (; text.len >= BLOCK; text = str_from_byte(text, BLOCK))
		add_block(sum, (const unsigned char *)text.p);
	if (text.len > 0)
		memcpy(last, text.p, text.len);
	last[text.len] = 0x80;
	size = text.len + 1 + LENGTH <= BLOCK ? BLOCK : 2 * BLOCK;
	for (size_t i = 1; i <= LENGTH; i++, bits >>= 8)
		last[size - i] = (unsigned char)(bits & 0xff);
	for (size_t at = 0; at < size; at += BLOCK)
		add_block(sum, last + at);
	for (size_t i = 0; i < SHA1_SIZE; i++)
		out[i] = (unsigned char)(sum[i / 4] >> (24 - 8 * (i % 4)));
}
