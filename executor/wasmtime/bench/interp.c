/* Branches: an interpreter of a small byte code, which counts the primes below a limit by trial division. */
#include <stdint.h>
#include <stdio.h>

typedef enum { PUSH, LOAD, STORE, ADD, MUL, REM, LESS, JUMP, JUMP_IF_NOT, HALT } Code;
enum { LIMIT, N, D, COUNT, VARIABLES };

typedef struct {
	int32_t code, operand;
} Instruction;

static const Instruction program[] = {
	/* The numbers are places in the program, for the jumps. */
	/* 0: n = 2 */ {PUSH, 2}, {STORE, N},
	/* 2: until n is the limit */ {LOAD, N}, {LOAD, LIMIT}, {LESS, 0}, {JUMP_IF_NOT, 32},
	/* 6: d = 2 */ {PUSH, 2}, {STORE, D},
	/* 8: until d * d is above n, which is then a prime */
	{LOAD, D}, {LOAD, D}, {MUL, 0}, {LOAD, N}, {PUSH, 1}, {ADD, 0}, {LESS, 0}, {JUMP_IF_NOT, 25},
	/* 16: if d divides n, it is none */ {LOAD, N}, {LOAD, D}, {REM, 0}, {JUMP_IF_NOT, 28},
	/* 20: d = d + 1 */ {LOAD, D}, {PUSH, 1}, {ADD, 0}, {STORE, D}, {JUMP, 8},
	/* 25: count = count * 31 + n */ {PUSH, 0}, {STORE, D}, {JUMP, 33},
	/* 28: n = n + 1 */ {LOAD, N}, {PUSH, 1}, {ADD, 0}, {JUMP, 40},
	/* 32 */ {HALT, COUNT},
	/* 33 */ {LOAD, COUNT}, {PUSH, 31}, {MUL, 0}, {LOAD, N}, {ADD, 0}, {STORE, COUNT}, {JUMP, 28},
	/* 40 */ {STORE, N}, {JUMP, 2},
};

static uint32_t run(const Instruction *code, uint32_t limit) {
	uint32_t stack[64], variables[VARIABLES] = {limit}, *top = stack;
	for (const Instruction *at = code;; at++) {
		uint32_t operand = (uint32_t)at->operand;
		switch ((Code)at->code) {
		case PUSH: *top++ = operand; break;
		case LOAD: *top++ = variables[operand]; break;
		case STORE: variables[operand] = *--top; break;
		case ADD: top--; top[-1] += top[0]; break;
		case MUL: top--; top[-1] *= top[0]; break;
		case REM: top--; top[-1] %= top[0]; break;
		case LESS: top--; top[-1] = top[-1] < top[0]; break;
		case JUMP: at = code + operand - 1; break;
		case JUMP_IF_NOT: if (!*--top) at = code + operand - 1; break;
		case HALT: return variables[operand];
		}
	}
}

int main(void) {
	printf("%u\n", run(program, 200000));
}
