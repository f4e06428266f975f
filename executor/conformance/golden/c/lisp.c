/* A Lisp whose values are doubles: a number is itself, everything else is a NaN that carries a kind and an index in its
 * bits. The NaNs are passed as arguments, kept in locals, globals and arrays, and returned, as `double` throughout;
 * whoever changes the bits of a NaN that is only moved breaks it at once. Exit code 2: an error of the program run. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double value;

enum kind { NUMBER = 0, NIL = 1, PAIR = 2, SYMBOL = 3, PRIMITIVE = 4, CLOSURE = 5 };

#define CELLS (1 << 18)
static value car[CELLS], cdr[CELLS];
static uint32_t used = 1;
static char names[1 << 14];
static uint32_t names_length;
static value globals, nil;

/* Quiet NaNs with the top fraction bits 1, x, x, x: the canonical NaN itself (kind 0) stays a number. */
static value box(enum kind kind, uint32_t index) {
	uint64_t bits = 0x7FF8000000000000u | (uint64_t)kind << 40 | index;
	value boxed;
	/* Half of the kinds with the sign, so that both signs of NaN are moved about. */
	bits |= kind & 1 ? 0x8000000000000000u : 0;
	memcpy(&boxed, &bits, sizeof boxed);
	return boxed;
}

static uint64_t bits_of(value v) {
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	return bits;
}

static enum kind kind_of(value v) { return v == v ? NUMBER : (enum kind)(bits_of(v) >> 40 & 0xFF); }
static uint32_t index_of(value v) { return (uint32_t)bits_of(v); }
static int same(value a, value b) { return bits_of(a) == bits_of(b); }

_Noreturn static void fail(const char *why) {
	fprintf(stderr, "lisp: %s\n", why);
	exit(2);
}

static value cons(value a, value b) {
	if (used == CELLS)
		fail("no cells are left");
	car[used] = a;
	cdr[used] = b;
	return box(PAIR, used++);
}

static value head(value v) { return kind_of(v) == PAIR ? car[index_of(v)] : (fail("not a pair"), nil); }
static value tail(value v) { return kind_of(v) == PAIR ? cdr[index_of(v)] : (fail("not a pair"), nil); }

static value symbol(const char *text, size_t length) {
	uint32_t at = 0;
	for (; at < names_length; at += (uint32_t)strlen(names + at) + 1)
		if (strlen(names + at) == length && !memcmp(names + at, text, length))
			return box(SYMBOL, at);
	if (names_length + length + 1 > sizeof names)
		fail("too many names");
	memcpy(names + at, text, length);
	names_length += (uint32_t)length + 1;
	return box(SYMBOL, at);
}

static char *source;

static value read(void) {
	source += strspn(source, " \t\r\n");
	if (!*source || *source == ')')
		fail("an expression is missing");
	if (*source == '\'') {
		source++;
		return cons(symbol("quote", 5), cons(read(), nil));
	}
	if (*source != '(') {
		char *after;
		value number = strtod(source, &after);
		size_t length = strcspn(source, " \t\r\n()'");
		value result = after == source + length ? number : symbol(source, length);
		source += length;
		return result;
	}
	source++;
	value list = nil, last = nil;
	for (;;) {
		source += strspn(source, " \t\r\n");
		if (*source == ')') {
			source++;
			return list;
		}
		value cell = cons(read(), nil);
		if (kind_of(list) == NIL)
			list = cell;
		else
			cdr[index_of(last)] = cell;
		last = cell;
	}
}

static void print(value v) {
	switch (kind_of(v)) {
	case NUMBER: printf("%.10g", v); break;
	case NIL: printf("()"); break;
	case SYMBOL: printf("%s", names + index_of(v)); break;
	case PAIR:
		for (char before = '('; kind_of(v) == PAIR; v = tail(v), before = ' ') {
			putchar(before);
			print(head(v));
		}
		if (kind_of(v) != NIL) {
			printf(" . ");
			print(v);
		}
		putchar(')');
		break;
	default: printf("<function>");
	}
}

static value lookup(value name, value scope) {
	for (value at = scope; kind_of(at) == PAIR; at = tail(at))
		if (same(head(head(at)), name))
			return head(at);
	for (value at = globals; kind_of(at) == PAIR; at = tail(at))
		if (same(head(head(at)), name))
			return head(at);
	fprintf(stderr, "lisp: %s is not defined\n", names + index_of(name));
	exit(2);
}

typedef value primitive(value args);
static double number(value v) { return kind_of(v) == NUMBER ? v : (fail("not a number"), 0); }
static value first(value args) { return head(args); }
static value second(value args) { return head(tail(args)); }
static value truth(int is) { return is ? box(SYMBOL, 0) : nil; }
static value add(value a) { return number(first(a)) + number(second(a)); }
static value sub(value a) { return number(first(a)) - number(second(a)); }
static value mul(value a) { return number(first(a)) * number(second(a)); }
static value divide(value a) { return number(first(a)) / number(second(a)); }
static value root(value a) { return sqrt(number(first(a))); }
static value less(value a) { return truth(number(first(a)) < number(second(a))); }
static value equal(value a) {
	value x = first(a), y = second(a);
	return truth(kind_of(x) == NUMBER && kind_of(y) == NUMBER ? x == y : same(x, y));
}
static value get_car(value a) { return head(first(a)); }
static value get_cdr(value a) { return tail(first(a)); }
static value make_pair(value a) { return cons(first(a), second(a)); }
static value is_pair(value a) { return truth(kind_of(first(a)) == PAIR); }
static value is_nan(value a) { return truth(kind_of(first(a)) == NUMBER && first(a) != first(a)); }

static const struct { const char *name; primitive *call; } primitives[] = {
	{ "+", add }, { "-", sub }, { "*", mul }, { "/", divide }, { "sqrt", root }, { "<", less }, { "=", equal },
	{ "car", get_car }, { "cdr", get_cdr }, { "cons", make_pair }, { "pair?", is_pair }, { "nan?", is_nan },
};

static value s_quote, s_if, s_lambda, s_define;

static value eval(value v, value scope) {
	for (;;) {
		if (kind_of(v) == SYMBOL)
			return tail(lookup(v, scope));
		if (kind_of(v) != PAIR)
			return v;
		value op = head(v), rest = tail(v);
		if (same(op, s_quote))
			return head(rest);
		if (same(op, s_if)) {
			value chosen = tail(rest);
			if (kind_of(eval(head(rest), scope)) == NIL)
				chosen = tail(chosen);
			v = kind_of(chosen) == NIL ? nil : head(chosen);
			continue;
		}
		if (same(op, s_lambda)) {
			value made = cons(scope, rest);
			return box(CLOSURE, index_of(made));
		}
		if (same(op, s_define)) {
			globals = cons(cons(head(rest), nil), globals);
			value entry = head(globals);
			cdr[index_of(entry)] = eval(head(tail(rest)), scope);
			return head(rest);
		}
		value function = eval(op, scope), args = nil, last = nil;
		for (; kind_of(rest) == PAIR; rest = tail(rest)) {
			value cell = cons(eval(head(rest), scope), nil);
			if (kind_of(args) == NIL)
				args = cell;
			else
				cdr[index_of(last)] = cell;
			last = cell;
		}
		if (kind_of(function) == PRIMITIVE)
			return primitives[index_of(function)].call(args);
		if (kind_of(function) != CLOSURE)
			fail("not a function");
		value body = cdr[index_of(function)];
		scope = car[index_of(function)];
		for (value names = head(body); kind_of(names) == PAIR; names = tail(names), args = tail(args))
			scope = cons(cons(head(names), head(args)), scope);
		v = head(tail(body));
	}
}

int main(void) {
	static char text[1 << 16];
	source = text;
	fread(text, 1, sizeof text - 1, stdin);
	nil = box(NIL, 0);
	globals = nil;
	value t = symbol("t", 1);
	globals = cons(cons(t, t), globals);
	s_quote = symbol("quote", 5);
	s_if = symbol("if", 2);
	s_lambda = symbol("lambda", 6);
	s_define = symbol("define", 6);
	for (uint32_t i = 0; i < sizeof primitives / sizeof *primitives; i++)
		globals = cons(cons(symbol(primitives[i].name, strlen(primitives[i].name)), box(PRIMITIVE, i)), globals);
	while (source += strspn(source, " \t\r\n"), *source) {
		print(eval(read(), nil));
		putchar('\n');
	}
	printf("%u cells\n", used);
	return 0;
}
