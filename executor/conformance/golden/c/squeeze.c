/* Compresses the standard input (LZ77 with hash chains, then canonical Huffman codes over bytes and lengths), or, with
 * the argument -d, restores it: bit fiddling, tables, data-dependent branches. Exit code 2: not what -d can read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS 512       /* 0..255 bytes, 256 end, 257..511 a match of length symbol - 254 */
#define MAX_BITS 15
#define WINDOW (1 << 15)
#define CHAIN 32
#define MIN_MATCH 3
#define MAX_MATCH 257
#define LENGTH_BASE 254

static uint8_t *in, *out;
static size_t in_length, out_length, out_room;

static void byte_out(uint8_t byte) {
	if (out_length == out_room && !(out = realloc(out, out_room = out_room ? 2 * out_room : 4096)))
		abort();
	out[out_length++] = byte;
}

static uint32_t bits, bit_count;

static void put(uint32_t value, uint32_t count) {
	for (; count > 0; count--) {
		bits = bits << 1 | (value >> (count - 1) & 1);
		if (++bit_count == 8) {
			byte_out((uint8_t)bits);
			bits = bit_count = 0;
		}
	}
}

_Noreturn static void corrupt(const char *why) {
	fprintf(stderr, "squeeze: %s\n", why);
	exit(2);
}

static size_t position;

static uint32_t get(uint32_t count) {
	uint32_t value = 0;
	for (; count > 0; count--, position++) {
		if (position / 8 >= in_length)
			corrupt("the input ends too early");
		value = value << 1 | (in[position / 8] >> (7 - position % 8) & 1);
	}
	return value;
}

static uint32_t frequency[SYMBOLS], code[SYMBOLS];
static uint8_t width[SYMBOLS];

/* Code lengths by joining the two rarest again and again; too long ones are made shorter by flattening. */
static void make_widths(void) {
	for (;;) {
		uint32_t weight[2 * SYMBOLS];
		int parent[2 * SYMBOLS], nodes = SYMBOLS, longest = 0;
		for (int i = 0; i < 2 * SYMBOLS; i++) {
			weight[i] = i < SYMBOLS ? frequency[i] : 0;
			parent[i] = -1;
		}
		for (;; nodes++) {
			int least[2] = { -1, -1 };
			for (int i = 0; i < nodes; i++) {
				if (!weight[i] || parent[i] >= 0)
					continue;
				if (least[0] < 0 || weight[i] < weight[least[0]]) {
					least[1] = least[0];
					least[0] = i;
				} else if (least[1] < 0 || weight[i] < weight[least[1]]) {
					least[1] = i;
				}
			}
			if (least[1] < 0)
				break;
			weight[nodes] = weight[least[0]] + weight[least[1]];
			parent[least[0]] = parent[least[1]] = nodes;
		}
		for (int i = 0; i < SYMBOLS; i++) {
			int depth = 0;
			for (int node = i; parent[node] >= 0; node = parent[node])
				depth++;
			width[i] = (uint8_t)(frequency[i] && depth == 0 ? 1 : depth);
			longest = depth > longest ? depth : longest;
		}
		if (longest <= MAX_BITS)
			return;
		for (int i = 0; i < SYMBOLS; i++)
			frequency[i] = frequency[i] ? frequency[i] / 2 + 1 : 0;
	}
}

static void make_codes(void) {
	uint32_t next = 0;
	for (uint32_t bits = 1; bits <= MAX_BITS; bits++, next <<= 1)
		for (int i = 0; i < SYMBOLS; i++)
			if (width[i] == bits)
				code[i] = next++;
}

static void compress(void) {
	static int32_t head[1 << 13];
	int32_t *previous = malloc((in_length + 1) * sizeof *previous);
	uint32_t *token = malloc((in_length + 1) * sizeof *token);
	size_t tokens = 0;
	if (!previous || !token)
		abort();
	memset(head, -1, sizeof head);
	for (size_t at = 0; at < in_length;) {
		size_t best = 0, distance = 0, step;
		if (at + MIN_MATCH <= in_length) {
			uint32_t hash = (in[at] * 2654435761u ^ in[at + 1] * 40503u ^ in[at + 2] * 2246822519u) >> 19;
			int tries = CHAIN;
			for (int32_t there = head[hash]; there >= 0 && at - (size_t)there < WINDOW && tries-- > 0; there = previous[there]) {
				size_t length = 0;
				while (length < MAX_MATCH && at + length < in_length && in[(size_t)there + length] == in[at + length])
					length++;
				if (length > best) {
					best = length;
					distance = at - (size_t)there;
				}
			}
			previous[at] = head[hash];
			head[hash] = (int32_t)at;
		}
		step = best >= MIN_MATCH ? best : 1;
		token[tokens++] = step > 1 ? (uint32_t)((step + LENGTH_BASE) << 16 | distance) : (uint32_t)in[at] << 16;
		at += step;
	}
	token[tokens++] = 256u << 16;
	for (size_t i = 0; i < tokens; i++)
		frequency[token[i] >> 16]++;
	make_widths();
	make_codes();
	for (int i = 0; i < SYMBOLS; i++)
		put(width[i], 4);
	for (size_t i = 0; i < tokens; i++) {
		uint32_t symbol = token[i] >> 16;
		put(code[symbol], width[symbol]);
		if (symbol > 256)
			put(token[i] & 0xFFFF, 15);
	}
	put(0, (8 - bit_count) % 8);
}

/* The next symbol: codes of one width follow each other, in the order of their symbols. */
static int next_symbol(void) {
	static int sorted[SYMBOLS], first[MAX_BITS + 2], made;
	if (!made) {
		for (uint32_t bits = 1; bits <= MAX_BITS; bits++) {
			first[bits] = made;
			for (int i = 0; i < SYMBOLS; i++)
				if (width[i] == bits)
					sorted[made++] = i;
		}
		first[MAX_BITS + 1] = made;
	}
	uint32_t read = 0;
	for (uint32_t bits = 1; bits <= MAX_BITS; bits++) {
		read = read << 1 | get(1);
		int from = first[bits], count = first[bits + 1] - from;
		if (count > 0 && read >= code[sorted[from]] && read - code[sorted[from]] < (uint32_t)count)
			return sorted[from + (int)(read - code[sorted[from]])];
	}
	corrupt("there is no such code");
}

static void restore(void) {
	for (int i = 0; i < SYMBOLS; i++)
		width[i] = (uint8_t)get(4);
	make_codes();
	for (;;) {
		int symbol = next_symbol();
		if (symbol == 256)
			return;
		if (symbol < 256) {
			byte_out((uint8_t)symbol);
			continue;
		}
		size_t distance = get(15);
		if (distance == 0 || distance > out_length)
			corrupt("a match leads out of the text");
		for (int left = symbol - LENGTH_BASE; left > 0; left--)
			byte_out(out[out_length - distance]);
	}
}

int main(int count, char **args) {
	size_t room = 4096;
	in = malloc(room);
	for (size_t read; in && (read = fread(in + in_length, 1, room - in_length, stdin)) > 0;)
		if ((in_length += read) == room)
			in = realloc(in, room *= 2);
	if (!in)
		abort();
	if (count > 1 && !strcmp(args[1], "-d"))
		restore();
	else
		compress();
	return fwrite(out, 1, out_length, stdout) == out_length ? 0 : 1;
}
