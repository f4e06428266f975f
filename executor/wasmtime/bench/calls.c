/* Recursive calls: Fibonacci's numbers and Takeuchi's function, which do little else. */
#include <stdio.h>

__attribute__((noinline)) static int fib(int n) {
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((noinline)) static int tak(int x, int y, int z) {
	return y < x ? tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) : z;
}

int main(void) {
	printf("%d %d\n", fib(40), tak(26, 15, 7));
}
