/* Reads JSON by recursive descent and writes it back with sorted keys and no spaces; exit code 2 with the byte where
 * it is malformed. Numbers go through strtod and printf: parsing, recursion, allocation, floats as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { NIL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT };

struct value {
	enum kind kind;
	double number;
	char *text;          /* of a string, as it is written between the quotes */
	size_t count, room;  /* of an array or object */
	struct value **items; /* of an object: key, value, key, value */
};

static char *begin, *at, *end;

_Noreturn static void malformed(const char *why) {
	fprintf(stderr, "json: byte %zu: %s\n", (size_t)(at - begin), why);
	exit(2);
}

static void *checked(void *memory) {
	if (!memory) {
		fprintf(stderr, "json: out of memory\n");
		exit(3);
	}
	return memory;
}

static struct value *make(enum kind kind) {
	struct value *value = checked(calloc(1, sizeof *value));
	value->kind = kind;
	return value;
}

static void push(struct value *list, struct value *item) {
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 4;
		list->items = checked(realloc(list->items, list->room * sizeof *list->items));
	}
	list->items[list->count++] = item;
}

static void spaces(void) {
	while (at < end && strchr(" \t\r\n", *at))
		at++;
}

static int next(char c) {
	spaces();
	if (at < end && *at == c) {
		at++;
		return 1;
	}
	return 0;
}

static struct value *string(void) {
	char *first = at;
	while (at < end && *at != '"') {
		if ((unsigned char)*at < ' ')
			malformed("a control character in a string");
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	}
	if (at >= end)
		malformed("a string that does not end");
	struct value *value = make(STRING);
	value->text = checked(malloc((size_t)(at - first) + 1));
	memcpy(value->text, first, (size_t)(at - first));
	value->text[at - first] = 0;
	at++;
	return value;
}

static int by_key(const void *a, const void *b) {
	return strcmp((*(struct value *const *)a)->text, (*(struct value *const *)b)->text);
}

static struct value *parse(void) {
	static const struct { const char *word; enum kind kind; } words[] = { { "null", NIL }, { "false", FALSE }, { "true", TRUE } };
	if (next('"'))
		return string();
	if (next('[')) {
		struct value *list = make(ARRAY);
		while (!next(']')) {
			if (list->count && !next(','))
				malformed("a comma is missing");
			push(list, parse());
		}
		return list;
	}
	if (next('{')) {
		struct value *map = make(OBJECT);
		while (!next('}')) {
			if (map->count && !next(','))
				malformed("a comma is missing");
			if (!next('"'))
				malformed("a key is missing");
			push(map, string());
			if (!next(':'))
				malformed("a colon is missing");
			push(map, parse());
		}
		/* The comparison is called through a table. */
		qsort(map->items, map->count / 2, 2 * sizeof *map->items, by_key);
		return map;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t length = strlen(words[i].word);
		if ((size_t)(end - at) >= length && !memcmp(at, words[i].word, length)) {
			at += length;
			return make(words[i].kind);
		}
	}
	struct value *value = make(NUMBER);
	char *after;
	if (at >= end || !strchr("-0123456789", *at))
		malformed("a value is missing");
	value->number = strtod(at, &after);
	if (after == at)
		malformed("a number is malformed");
	at = after;
	return value;
}

static void print(const struct value *value) {
	switch (value->kind) {
	case NIL: fputs("null", stdout); break;
	case FALSE: fputs("false", stdout); break;
	case TRUE: fputs("true", stdout); break;
	case NUMBER: printf("%.17g", value->number); break;
	case STRING: printf("\"%s\"", value->text); break;
	default:
		putchar(value->kind == ARRAY ? '[' : '{');
		for (size_t i = 0; i < value->count; i++) {
			if (i)
				putchar(value->kind == OBJECT && i % 2 ? ':' : ',');
			print(value->items[i]);
		}
		putchar(value->kind == ARRAY ? ']' : '}');
	}
}

int main(void) {
	size_t length = 0, room = 4096;
	begin = checked(malloc(room));
	for (size_t read; (read = fread(begin + length, 1, room - 1 - length, stdin)) > 0;) {
		length += read;
		if (room - 1 - length < 1024)
			begin = checked(realloc(begin, room *= 2));
	}
	begin[length] = 0;
	at = begin;
	end = begin + length;
	struct value *value = parse();
	spaces();
	if (at != end)
		malformed("something is behind the value");
	print(value);
	putchar('\n');
	return 0;
}
