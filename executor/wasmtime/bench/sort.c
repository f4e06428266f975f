/* Indirect calls: a quicksort that is given a function that compares. */
#include <stdint.h>
#include <stdio.h>

enum { ITEMS = 1000000 };

typedef int Compare(uint32_t, uint32_t);

static uint32_t items[ITEMS];

static int up(uint32_t a, uint32_t b) {
	return (a > b) - (a < b);
}

static int by_low_bits(uint32_t a, uint32_t b) {
	int order = ((a & 0xffff) > (b & 0xffff)) - ((a & 0xffff) < (b & 0xffff));
	return order ? order : up(a, b);
}

__attribute__((noinline)) static void sort(uint32_t *first, uint32_t *last, Compare *compare) {
	while (first < last) {
		uint32_t pivot = first[(last - first) / 2], *left = first, *right = last;
		while (left <= right) {
			while (compare(*left, pivot) < 0) left++;
			while (compare(pivot, *right) < 0) right--;
			if (left > right) break;
			uint32_t other = *left;
			*left++ = *right;
			*right-- = other;
		}
		sort(first, right, compare);
		first = left;
	}
}

int main(void) {
	Compare *volatile orders[] = {up, by_low_bits, up};
	uint32_t random = 2463534242u, sum = 0;
	for (int i = 0; i < ITEMS; i++) {
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		items[i] = random;
	}
	for (int round = 0; round < 3; round++) {
		sort(items, items + ITEMS - 1, orders[round]);
		for (int i = 0; i < ITEMS; i++) sum = sum * 31 + items[i];
	}
	printf("%u\n", sum);
}
