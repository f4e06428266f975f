// Differentiates formulas in x and simplifies them: trees of objects with virtual functions (indirect calls), shared
// nothing, cloned and destroyed all the time. One formula a line; exit code 2: one that cannot be read.
#include "room.hpp"

struct Node {
	virtual ~Node() {}
	virtual Node *derivative() const = 0;
	virtual Node *clone() const = 0;
	virtual double at(double x) const = 0;
	virtual void print(Output &out) const = 0;
	// The value, if it is a constant.
	virtual const double *constant() const { return nullptr; }
};

struct Constant final : Node {
	double value;
	explicit Constant(double v) : value(v) {}
	Node *derivative() const override { return new Constant(0); }
	Node *clone() const override { return new Constant(value); }
	double at(double) const override { return value; }
	void print(Output &out) const override { out << int64_t(value); }
	const double *constant() const override { return &value; }
};

struct Variable final : Node {
	Node *derivative() const override { return new Constant(1); }
	Node *clone() const override { return new Variable; }
	double at(double x) const override { return x; }
	void print(Output &out) const override { out << 'x'; }
};

static Node *make(char op, Node *left, Node *right);

struct Operation : Node {
	char op;
	Node *left, *right;
	Operation(char o, Node *l, Node *r) : op(o), left(l), right(r) {}
	~Operation() override {
		delete left;
		delete right;
	}
	Node *clone() const override { return make(op, left->clone(), right->clone()); }
	void print(Output &out) const override {
		out << '(';
		left->print(out);
		out << op;
		right->print(out);
		out << ')';
	}
};

struct Sum final : Operation {
	using Operation::Operation;
	Node *derivative() const override { return make(op, left->derivative(), right->derivative()); }
	double at(double x) const override { return op == '+' ? left->at(x) + right->at(x) : left->at(x) - right->at(x); }
};

struct Product final : Operation {
	using Operation::Operation;
	Node *derivative() const override {
		return make('+', make('*', left->derivative(), right->clone()), make('*', left->clone(), right->derivative()));
	}
	double at(double x) const override { return left->at(x) * right->at(x); }
};

struct Quotient final : Operation {
	using Operation::Operation;
	Node *derivative() const override {
		Node *top = make('-', make('*', left->derivative(), right->clone()), make('*', left->clone(), right->derivative()));
		return make('/', top, make('*', right->clone(), right->clone()));
	}
	double at(double x) const override { return left->at(x) / right->at(x); }
};

// Builds a node, simpler where that is easily seen.
static Node *make(char op, Node *left, Node *right) {
	const double *l = left->constant(), *r = right->constant();
	Node *kept = nullptr;
	if (l && r && op != '/')
		kept = new Constant(op == '+' ? *l + *r : op == '-' ? *l - *r : *l * *r);
	else if (op == '*' && ((l && *l == 0) || (r && *r == 0)))
		kept = new Constant(0);
	else if ((op == '+' && l && *l == 0) || (op == '*' && l && *l == 1))
		kept = right;
	else if ((op != '*' && op != '/' && r && *r == 0) || ((op == '*' || op == '/') && r && *r == 1))
		kept = left;
	if (kept) {
		if (kept != left)
			delete left;
		if (kept != right)
			delete right;
		return kept;
	}
	switch (op) {
	case '*': return new Product(op, left, right);
	case '/': return new Quotient(op, left, right);
	default: return new Sum(op, left, right);
	}
}

static const char *text;

static Node *sum();

static Node *atom() {
	while (*text == ' ')
		text++;
	if (*text == '(') {
		text++;
		Node *inner = sum();
		if (*text++ != ')')
			wasi_proc_exit(2);
		return inner;
	}
	if (*text == 'x') {
		text++;
		return new Variable;
	}
	if (*text < '0' || *text > '9')
		wasi_proc_exit(2);
	double value = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	return new Constant(value);
}

static Node *product() {
	Node *left = atom();
	for (;;) {
		while (*text == ' ')
			text++;
		if (*text != '*' && *text != '/')
			return left;
		char op = *text++;
		left = make(op, left, atom());
	}
}

static Node *sum() {
	Node *left = product();
	while (*text == '+' || *text == '-') {
		char op = *text++;
		left = make(op, left, product());
	}
	return left;
}

extern "C" void _start() {
	size_t length;
	text = read_input(&length);
	Output out;
	while (*text) {
		Node *formula = sum();
		if (*text && *text++ != '\n')
			wasi_proc_exit(2);
		for (int order = 0; order < 4; order++) {
			formula->print(out);
			out << ' ';
			double value = formula->at(0.75);
			uint64_t bits;
			__builtin_memcpy(&bits, &value, sizeof bits);
			out.hex(bits);
			out << '\n';
			Node *next = formula->derivative();
			delete formula;
			formula = next;
		}
		delete formula;
	}
}
