/* The Jovian planets for N steps of 1/100 of a year, by the method of the well-known benchmark: floating point in a
 * tight loop, printed exactly (as hexadecimal floats) and to nine digits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BODIES 5
#define DAYS 365.24
#define SOLAR (4 * 3.141592653589793 * 3.141592653589793)

struct body { double x[3], v[3], mass; };

static struct body bodies[BODIES] = {
	{ { 0 }, { 0 }, SOLAR },
	{ { 4.84143144246472090, -1.16032004402742839, -0.103622044471123109 },
		{ 0.00166007664274403694 * DAYS, 0.00769901118419740425 * DAYS, -0.0000690460016972063023 * DAYS },
		0.000954791938424326609 * SOLAR },
	{ { 8.34336671824457987, 4.12479856412430479, -0.403523417114321381 },
		{ -0.00276742510726411010 * DAYS, 0.00499852801234917238 * DAYS, 0.0000230417297573763929 * DAYS },
		0.000285885980666130812 * SOLAR },
	{ { 12.8943695621391310, -15.1111514016986312, -0.223307578892655734 },
		{ 0.00296460137564761618 * DAYS, 0.00237847173959480950 * DAYS, -0.0000296589568540237556 * DAYS },
		0.0000436624404335156298 * SOLAR },
	{ { 15.3796971148509165, -25.9193146099879641, 0.179258772950371181 },
		{ 0.00268067772490389322 * DAYS, 0.00162824170038242295 * DAYS, -0.0000951592254519715870 * DAYS },
		0.0000515138902046611451 * SOLAR },
};

static void step(double dt) {
	for (int i = 0; i < BODIES; i++)
		for (int j = i + 1; j < BODIES; j++) {
			double d[3], square = 0;
			for (int k = 0; k < 3; k++) {
				d[k] = bodies[i].x[k] - bodies[j].x[k];
				square += d[k] * d[k];
			}
			double strength = dt / (square * sqrt(square));
			for (int k = 0; k < 3; k++) {
				bodies[i].v[k] -= d[k] * bodies[j].mass * strength;
				bodies[j].v[k] += d[k] * bodies[i].mass * strength;
			}
		}
	for (int i = 0; i < BODIES; i++)
		for (int k = 0; k < 3; k++)
			bodies[i].x[k] += dt * bodies[i].v[k];
}

static double energy(void) {
	double sum = 0;
	for (int i = 0; i < BODIES; i++) {
		double speed = 0;
		for (int k = 0; k < 3; k++)
			speed += bodies[i].v[k] * bodies[i].v[k];
		sum += 0.5 * bodies[i].mass * speed;
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

int main(int count, char **args) {
	long steps = count > 1 ? strtol(args[1], 0, 10) : 1000;
	double momentum[3] = { 0 };
	for (int i = 0; i < BODIES; i++)
		for (int k = 0; k < 3; k++)
			momentum[k] += bodies[i].v[k] * bodies[i].mass;
	for (int k = 0; k < 3; k++)
		bodies[0].v[k] = -momentum[k] / SOLAR;
	printf("%.9f %a\n", energy(), energy());
	while (steps-- > 0)
		step(0.01);
	printf("%.9f %a\n", energy(), energy());
	return 0;
}
