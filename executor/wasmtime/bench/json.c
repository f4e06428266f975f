/* Parsing: a JSON text of a few mebibytes, written by the program and read back into sums, many times. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[4 << 20];

static void write_text(void) {
	size_t at = 0;
	uint32_t random = 88172645;
	at += (size_t)sprintf(text + at, "[");
	for (int i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		at += (size_t)sprintf(text + at,
			"%s{\"id\": %d, \"name\": \"item \\u00e9 %u\\n\", \"tags\": [\"red\", \"green\", null, true, false], "
			"\"weight\": %d.%02u, \"parts\": {\"left\": [%u, %u], \"right\": {}}}",
			i ? ",\n  " : "", i, random >> 16, (int)(random >> 24) - 128, random >> 8 & 63, random & 255, random >> 3 & 1023);
	}
	sprintf(text + at, "]");
}

typedef struct {
	const char *at;
	uint64_t sum;
	double numbers;
	int depth;
} Parser;

static _Noreturn void fail(const Parser *parser) {
	printf("not JSON at byte %ld\n", (long)(parser->at - text));
	exit(1);
}

static void space(Parser *p) {
	while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r') p->at++;
}

static void word(Parser *p, const char *expected) {
	size_t len = strlen(expected);
	if (strncmp(p->at, expected, len)) fail(p);
	p->at += len;
}

static void string(Parser *p) {
	for (p->at++; *p->at != '"'; p->at++) {
		unsigned char c = (unsigned char)*p->at;
		if (c < ' ') fail(p);
		if (c == '\\') {
			c = (unsigned char)*++p->at;
			if (c == 'u') {
				unsigned point = 0;
				for (int i = 0; i < 4; i++) {
					unsigned char digit = (unsigned char)*++p->at;
					unsigned value = digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10;
					if (value > 15) fail(p);
					point = point * 16 + value;
				}
				p->sum += point;
			} else if (!c || !strchr("\"\\/bfnrt", c)) {
				fail(p);
			}
		}
		p->sum = p->sum * 31 + c;
	}
	p->at++;
}

static void number(Parser *p) {
	int negative = *p->at == '-';
	double value = 0, scale = 1;
	p->at += negative;
	if (*p->at < '0' || *p->at > '9') fail(p);
	while (*p->at >= '0' && *p->at <= '9') value = value * 10 + (*p->at++ - '0');
	if (*p->at == '.') {
		p->at++;
		while (*p->at >= '0' && *p->at <= '9') value += (*p->at++ - '0') * (scale /= 10);
	}
	p->numbers += negative ? -value : value;
}

static void value(Parser *p) {
	if (++p->depth > 100) fail(p);
	space(p);
	switch (*p->at) {
	case '{':
	case '[': {
		char end = *p->at++ == '{' ? '}' : ']';
		space(p);
		if (*p->at == end) {
			p->at++;
			break;
		}
		for (;;) {
			if (end == '}') {
				space(p);
				if (*p->at != '"') fail(p);
				string(p);
				space(p);
				if (*p->at++ != ':') fail(p);
			}
			value(p);
			space(p);
			char next = *p->at++;
			if (next == end) break;
			if (next != ',') fail(p);
		}
		break;
	}
	case '"': string(p); break;
	case 't': word(p, "true"); break;
	case 'f': word(p, "false"); break;
	case 'n': word(p, "null"); break;
	default: number(p);
	}
	p->depth--;
}

int main(void) {
	Parser parser = {0};
	write_text();
	for (int round = 0; round < 60; round++) {
		parser.at = text;
		value(&parser);
		space(&parser);
		if (*parser.at) fail(&parser);
	}
	printf("%llu %.6f\n", (unsigned long long)parser.sum, parser.numbers);
}
