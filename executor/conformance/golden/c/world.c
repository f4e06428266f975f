/* Looks at everything that a program can see of the outside: arguments, environment, clocks, random bytes, files that
 * are not there. The clock moves with fuel, so that the output pins the fuel that was spent on the way, too. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned sink;

static void spin(unsigned turns) {
	for (unsigned i = 0; i < turns; i++)
		sink += i * i;
}

int main(int count, char **args) {
	for (int i = 0; i < count; i++)
		printf("argument %d: %s\n", i, args[i]);
	const char *names[] = { "ERGON_JOB", "ERGON_TASK", "ERGON_TASKS", "PATH", "HOME" };
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);
		printf("%s=%s\n", names[i], value ? value : "(none)");
	}
	struct timespec time[3];
	for (int i = 0; i < 3; i++) {
		clock_gettime(i == 1 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &time[i]);
		spin(1000);
	}
	for (int i = 0; i < 3; i++)
		printf("clock %lld.%09ld\n", (long long)time[i].tv_sec, time[i].tv_nsec);
	unsigned char random[32];
	printf("random %d ", getentropy(random, sizeof random));
	for (unsigned i = 0; i < sizeof random; i++)
		printf("%02x", random[i]);
	FILE *file = fopen("/etc/passwd", "r");
	printf("\nfile %s: %s\n", file ? "opened" : "refused", strerror(errno));
	char line[256];
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strcmp(line, "abort"))
			abort();
		if (!strncmp(line, "exit ", 5))
			exit(atoi(line + 5));
		printf("line '%s'\n", line);
	}
	fprintf(stderr, "nobody else sees this\n");
	return 0;
}
