/* Float: the five large bodies of the solar system, step by step. */
#include <math.h>
#include <stdio.h>

enum { BODIES = 5, STEPS = 3000000 };

typedef struct {
	double x[3], v[3], mass;
} Body;

#define PI 3.141592653589793
#define SUN (4 * PI * PI)
#define YEAR 365.24

static Body bodies[BODIES] = {
	{{0, 0, 0}, {0, 0, 0}, SUN},
	{{4.84143144246472090, -1.16032004402742839, -0.103622044471123109},
		{0.00166007664274403694 * YEAR, 0.00769901118419740425 * YEAR, -0.0000690460016972063023 * YEAR},
		0.000954791938424326609 * SUN},
	{{8.34336671824457987, 4.12479856412430479, -0.403523417114321381},
		{-0.00276742510726411 * YEAR, 0.00499852801234917238 * YEAR, 0.0000230417297573763929 * YEAR},
		0.000285885980666130812 * SUN},
	{{12.8943695621391310, -15.1111514016986312, -0.223307578892655734},
		{0.00296460137564761618 * YEAR, 0.00237847173959480950 * YEAR, -0.0000296589568540237556 * YEAR},
		0.0000436624404335156298 * SUN},
	{{15.3796971148509165, -25.9193146099879641, 0.179258772950371181},
		{0.00268067772490389322 * YEAR, 0.00162824170038242295 * YEAR, -0.0000951592254519715870 * YEAR},
		0.0000515138902046611451 * SUN},
};

static void advance(double step) {
	for (int i = 0; i < BODIES; i++) {
		Body *a = &bodies[i];
		for (int j = i + 1; j < BODIES; j++) {
			Body *b = &bodies[j];
			double d[3], square = 0;
			for (int k = 0; k < 3; k++) {
				d[k] = a->x[k] - b->x[k];
				square += d[k] * d[k];
			}
			double pull = step / (square * sqrt(square));
			for (int k = 0; k < 3; k++) {
				a->v[k] -= d[k] * b->mass * pull;
				b->v[k] += d[k] * a->mass * pull;
			}
		}
	}
	for (int i = 0; i < BODIES; i++) {
		for (int k = 0; k < 3; k++) bodies[i].x[k] += step * bodies[i].v[k];
	}
}

static double energy(void) {
	double sum = 0;
	for (int i = 0; i < BODIES; i++) {
		for (int k = 0; k < 3; k++) sum += 0.5 * bodies[i].mass * bodies[i].v[k] * bodies[i].v[k];
		for (int j = i + 1; j < BODIES; j++) {
			double square = 0;
			for (int k = 0; k < 3; k++) {
				double d = bodies[i].x[k] - bodies[j].x[k];
				square += d * d;
			}
			sum -= bodies[i].mass * bodies[j].mass / sqrt(square);
		}
	}
	return sum;
}

int main(void) {
	for (int step = 0; step < STEPS; step++) advance(0.01);
	printf("%.9f\n", energy());
}
