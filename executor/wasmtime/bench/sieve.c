/* Integer and memory: the primes below eight million, several times over. */
#include <stdio.h>
#include <string.h>

enum { LIMIT = 8000000, ROUNDS = 12 };

static unsigned char composite[LIMIT];

int main(void) {
	unsigned long long sum = 0;
	for (int round = 0; round < ROUNDS; round++) {
		memset(composite, 0, sizeof composite);
		for (unsigned i = 2; i * i < LIMIT; i++) {
			if (composite[i]) continue;
			for (unsigned j = i * i; j < LIMIT; j += i) composite[j] = 1;
		}
		for (unsigned i = 2; i < LIMIT; i++) {
			if (!composite[i]) sum += i ^ (unsigned)round;
		}
	}
	printf("%llu\n", sum);
}
