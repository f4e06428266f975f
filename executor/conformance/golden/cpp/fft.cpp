// Multiplies two decimal numbers with a fast Fourier transform: complex arithmetic in templates, strided access,
// rounding to integers. Prints the product, and in bits the largest distance of a coefficient from an integer.
#include "room.hpp"

template <typename Real> struct Complex {
	Real re, im;
	Complex operator+(Complex o) const { return { re + o.re, im + o.im }; }
	Complex operator-(Complex o) const { return { re - o.re, im - o.im }; }
	Complex operator*(Complex o) const { return { re * o.re - im * o.im, re * o.im + im * o.re }; }
};

using Point = Complex<double>;

// exp(i pi / 2^k), by halving the angle from exp(i pi) = -1 on.
static Point root_of_unity(int k) {
	Point root{ -1, 0 };
	for (; k > 0; k--) {
		double re = __builtin_sqrt((1 + root.re) / 2);
		root = { re, re == 0 ? 1 : root.im / (2 * re) };
	}
	return root;
}

static void transform(Point *points, size_t count, bool inverse) {
	for (size_t i = 1, j = 0; i < count; i++) {
		size_t bit = count >> 1;
		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			Point swapped = points[i];
			points[i] = points[j];
			points[j] = swapped;
		}
	}
	int k = 0;
	for (size_t half = 1; half < count; half *= 2, k++) {
		Point step = root_of_unity(k);
		if (inverse)
			step.im = -step.im;
		for (size_t start = 0; start < count; start += 2 * half) {
			Point turn{ 1, 0 };
			for (size_t i = start; i < start + half; i++) {
				Point a = points[i], b = points[i + half] * turn;
				points[i] = a + b;
				points[i + half] = a - b;
				turn = turn * step;
			}
		}
	}
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Two digits a point, the lowest first.
static size_t load(const char *text, size_t length, Point *points) {
	size_t used = 0;
	while (length > 0) {
		double pair = text[length - 1] - '0';
		if (length > 1)
			pair += 10 * (text[length - 2] - '0');
		points[used++] = { pair, 0 };
		length -= length > 1 ? 2 : 1;
	}
	return used;
}

extern "C" void _start() {
	size_t length, lengths[2] = { 0, 0 };
	const char *text = read_input(&length), *numbers[2] = { nullptr, nullptr };
	for (int i = 0; i < 2; i++) {
		while (*text && !is_digit(*text))
			text++;
		numbers[i] = text;
		while (is_digit(*text))
			text++;
		lengths[i] = size_t(text - numbers[i]);
	}
	if (!lengths[0] || !lengths[1])
		wasi_proc_exit(2);
	size_t count = 2;
	while (count < (lengths[0] + lengths[1]) / 2 + 2)
		count *= 2;
	Point *a = new Point[count](), *b = new Point[count]();
	load(numbers[0], lengths[0], a);
	load(numbers[1], lengths[1], b);
	transform(a, count, false);
	transform(b, count, false);
	for (size_t i = 0; i < count; i++)
		a[i] = a[i] * b[i];
	transform(a, count, true);
	uint64_t carry = 0;
	double worst = 0;
	char *digits = new char[2 * count];
	for (size_t i = 0; i < count; i++) {
		double exact = a[i].re / double(count), whole = __builtin_floor(exact + 0.5);
		double off = __builtin_fabs(exact - whole);
		worst = off > worst ? off : worst;
		carry += uint64_t(whole);
		digits[2 * i] = char('0' + carry % 10);
		digits[2 * i + 1] = char('0' + carry / 10 % 10);
		carry /= 100;
	}
	Output out;
	size_t top = 2 * count;
	while (top > 1 && digits[top - 1] == '0')
		top--;
	while (top > 0)
		out << digits[--top];
	out << '\n';
	uint64_t bits;
	__builtin_memcpy(&bits, &worst, sizeof bits);
	out.hex(bits);
	out << '\n';
	delete[] a;
	delete[] b;
	delete[] digits;
}
