/* SHA-256, SHA-512 and CRC-32 of the standard input: 32-bit and 64-bit integer work, rotations, tables. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t r32(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint64_t r64(uint64_t x, int n) { return x >> n | x << (64 - n); }

/* The constants are the first bits of the fractional parts of roots of primes: made here, by bisection. */
static uint64_t k64[80], h64[8];

/* product = a * b, in 32-bit limbs, the lowest first. */
static void multiply(uint32_t *product, const uint32_t *a, int a_limbs, const uint32_t *b, int b_limbs) {
	memset(product, 0, (size_t)(a_limbs + b_limbs) * sizeof *product);
	for (int i = 0; i < a_limbs; i++) {
		uint64_t carry = 0;
		for (int j = 0; j < b_limbs; j++, carry >>= 32)
			product[i + j] = (uint32_t)(carry += (uint64_t)a[i] * b[j] + product[i + j]);
		product[i + b_limbs] = (uint32_t)carry;
	}
}

/* The first 64 bits of the fraction of the root (2 or 3) of a small prime, by bisection. */
static uint64_t fraction_of_root(unsigned prime, int root) {
	unsigned __int128 low = 0, high = (unsigned __int128)prime << 64;
	while (high - low > 1) {
		unsigned __int128 middle = low + (high - low) / 2;
		uint32_t x[3] = { (uint32_t)middle, (uint32_t)(middle >> 32), (uint32_t)(middle >> 64) }, square[6], cube[9];
		multiply(square, x, 3, x, 3);
		multiply(cube, square, 6, x, 3);
		const uint32_t *whole = root == 2 ? square + 4 : cube + 6;
		if (((uint64_t)whole[1] << 32 | whole[0]) >= prime)
			high = middle;
		else
			low = middle;
	}
	return (uint64_t)low;
}

static void make_constants(void) {
	int found = 0;
	for (unsigned n = 2; found < 80; n++) {
		int prime = 1;
		for (unsigned d = 2; d * d <= n; d++)
			prime = prime && n % d;
		if (!prime)
			continue;
		if (found < 8)
			h64[found] = fraction_of_root(n, 2);
		k64[found++] = fraction_of_root(n, 3);
	}
}

static void sha256(uint32_t state[8], const uint8_t *block) {
	uint32_t w[64], s[8];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + (r32(w[i - 15], 7) ^ r32(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
			(r32(w[i - 2], 17) ^ r32(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(s, state, sizeof s);
	for (int i = 0; i < 64; i++) {
		uint32_t e = s[4], a = s[0];
		uint32_t t1 = s[7] + (r32(e, 6) ^ r32(e, 11) ^ r32(e, 25)) + ((e & s[5]) ^ (~e & s[6])) +
			(uint32_t)(k64[i] >> 32) + w[i];
		uint32_t t2 = (r32(a, 2) ^ r32(a, 13) ^ r32(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof *s);
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

static void sha512(uint64_t state[8], const uint8_t *block) {
	uint64_t w[80], s[8];
	for (int i = 0; i < 16; i++) {
		w[i] = 0;
		for (int j = 0; j < 8; j++)
			w[i] = w[i] << 8 | block[8 * i + j];
	}
	for (int i = 16; i < 80; i++)
		w[i] = w[i - 16] + (r64(w[i - 15], 1) ^ r64(w[i - 15], 8) ^ w[i - 15] >> 7) + w[i - 7] +
			(r64(w[i - 2], 19) ^ r64(w[i - 2], 61) ^ w[i - 2] >> 6);
	memcpy(s, state, sizeof s);
	for (int i = 0; i < 80; i++) {
		uint64_t e = s[4], a = s[0];
		uint64_t t1 =
			s[7] + (r64(e, 14) ^ r64(e, 18) ^ r64(e, 41)) + ((e & s[5]) ^ (~e & s[6])) + k64[i] + w[i];
		uint64_t t2 = (r64(a, 28) ^ r64(a, 34) ^ r64(a, 39)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof *s);
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

static uint32_t crc32(const uint8_t *bytes, size_t length) {
	uint32_t table[256], crc = ~0u;
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int j = 0; j < 8; j++)
			table[i] = table[i] >> 1 ^ (0xEDB88320u & -(table[i] & 1));
	}
	for (size_t i = 0; i < length; i++)
		crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
	return ~crc;
}

int main(void) {
	size_t length = 0, room = 1 << 12;
	uint8_t *bytes = malloc(room);
	for (size_t read; bytes && (read = fread(bytes + length, 1, room - 256 - length, stdin)) > 0;) {
		length += read;
		if (room - 256 - length < 1024)
			bytes = realloc(bytes, room *= 2);
	}
	if (!bytes)
		abort();
	printf("crc32  %08x\n", crc32(bytes, length));
	make_constants();
	/* Padding for both: one bit, zeros, the length in bits at the end of a block. */
	for (int wide = 0; wide < 2; wide++) {
		size_t block = wide ? 128 : 64, full = (length + (wide ? 17 : 9) + block - 1) / block * block;
		memset(bytes + length, 0, full - length);
		bytes[length] = 0x80;
		for (int i = 0; i < 8; i++)
			bytes[full - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
		uint32_t narrow_state[8];
		uint64_t wide_state[8];
		for (int i = 0; i < 8; i++) {
			narrow_state[i] = (uint32_t)(h64[i] >> 32);
			wide_state[i] = h64[i];
		}
		for (size_t at = 0; at < full; at += block)
			wide ? sha512(wide_state, bytes + at) : sha256(narrow_state, bytes + at);
		printf(wide ? "sha512 " : "sha256 ");
		for (int i = 0; i < 8; i++)
			wide ? printf("%016llx", (unsigned long long)wide_state[i]) : printf("%08x", narrow_state[i]);
		printf("\n");
	}
	return 0;
}
