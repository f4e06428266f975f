/* Float: products of matrices of 400 rows. */
#include <stdio.h>

enum { N = 400, ROUNDS = 8 };

static double a[N][N], b[N][N], c[N][N];

int main(void) {
	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			a[i][j] = (i * 7 + j * 3) % 11 / 16.0;
			b[i][j] = (i * 5 + j * 2) % 13 / 16.0;
		}
	}
	double sum = 0;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < N; i++) {
			for (int j = 0; j < N; j++) {
				double dot = 0;
				for (int k = 0; k < N; k++) dot += a[i][k] * b[k][j];
				c[i][j] = dot;
			}
		}
		for (int i = 0; i < N; i++) {
			for (int j = 0; j < N; j++) {
				sum += c[i][j];
				a[i][j] = c[j][i] / 64.0;
			}
		}
	}
	printf("%.9f\n", sum);
}
