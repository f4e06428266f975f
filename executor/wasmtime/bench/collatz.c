/* Integer: the longest chain of the Collatz problem below a million. */
#include <stdint.h>
#include <stdio.h>

int main(void) {
	uint32_t best = 0, at = 0;
	for (uint32_t start = 1; start < 1000000; start++) {
		uint64_t n = start;
		uint32_t steps = 0;
		while (n != 1) {
			n = n & 1 ? 3 * n + 1 : n >> 1;
			steps++;
		}
		if (steps > best) {
			best = steps;
			at = start;
		}
	}
	printf("%u %u\n", at, best);
}
