/* Memory-bound: a walk through 32 MiB in an order that no cache foresees, and sums of all of it. */
#include <stdint.h>
#include <stdio.h>

enum { CELLS = 1 << 22, STEPS = 2000000, SUMS = 8 };

typedef struct {
	uint32_t next, value;
} Cell;

static Cell cells[CELLS];

int main(void) {
	uint32_t random = 2463534242u;
	for (uint32_t i = 0; i < CELLS; i++) cells[i] = (Cell){i, i * 2654435761u};
	/* Sattolo's shuffle: one cycle through all cells. */
	for (uint32_t i = CELLS - 1; i > 0; i--) {
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		uint32_t j = random % i, next = cells[i].next;
		cells[i].next = cells[j].next;
		cells[j].next = next;
	}
	uint32_t at = 0, sum = 0;
	for (int step = 0; step < STEPS; step++) {
		sum += cells[at].value;
		at = cells[at].next;
	}
	for (int round = 0; round < SUMS; round++) {
		for (uint32_t i = 0; i < CELLS; i++) sum = sum * 31 + cells[i].value;
	}
	printf("%u %u\n", at, sum);
}
