#include "utf8.h"

static bool in(uint32_t c, uint32_t first, uint32_t last) {
	return c >= first && c <= last;
}

size_t utf8_read(const unsigned char *bytes, size_t left, uint32_t *character, bool *valid) {
	unsigned char head = bytes[0];
	size_t length = head < 0x80 ? 1 : head < 0xC2 ? 0 : head < 0xE0 ? 2 : head < 0xF0 ? 3 : head < 0xF5 ? 4 : 0;
	*character = REPLACEMENT;
	*valid = false;
	if (length == 0 || length > left)
		return 1;
	uint32_t c = length == 1 ? head : head & (0xFFu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xC0) != 0x80)
			return 1;
		c = c << 6 | (bytes[i] & 0x3Fu);
	}
	bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
	if (overlong || in(c, 0xD800, 0xDFFF) || c > 0x10FFFF)
		return 1;
	*character = c;
	*valid = true;
	return length;
}

size_t utf8_write(uint32_t c, char *bytes) {
	if (c < 0x80) {
		bytes[0] = (char)c;
		return 1;
	}
	size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3F));
	bytes[0] = (char)((0xF00u >> length & 0xF0) | c);
	return length;
}

bool is_space(uint32_t c) {
	return c == ' ' || in(c, '\t', '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 || in(c, 0x2000, 0x200B) ||
		in(c, 0x2028, 0x2029) || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

bool is_letter(uint32_t c) {
	if (c < 0x80)
		return in(c | 0x20, 'a', 'z');
	/* Above, everything but what is known to be punctuation, signs, symbols, private or not a character. */
	return !(in(c, 0x80, 0xA9) || in(c, 0xAB, 0xB4) || in(c, 0xB6, 0xB9) || in(c, 0xBB, 0xBF) || c == 0xD7 ||
		c == 0xF7 || is_space(c) || in(c, 0x2000, 0x206F) || in(c, 0x20A0, 0x20CF) || in(c, 0x2190, 0x2BFF) ||
		in(c, 0x3000, 0x303F) || in(c, 0xE000, 0xF8FF) || in(c, 0xFE10, 0xFE6F) || in(c, 0xFF00, 0xFF20) ||
		in(c, 0xFFF0, 0xFFFF) || in(c, 0x1F000, 0x1FAFF) || c >= 0xE0000);
}

uint32_t lower(uint32_t c) {
	if (in(c, 'A', 'Z') || (in(c, 0xC0, 0xDE) && c != 0xD7) || (in(c, 0x391, 0x3A9) && c != 0x3A2) ||
		in(c, 0x410, 0x42F))
		return c + 0x20;
	if (in(c, 0x400, 0x40F))
		return c + 0x50;
	/* Pairs of a large and a small letter: the large one first on even or on odd places. */
	if (in(c, 0x100, 0x12F) || in(c, 0x132, 0x137) || in(c, 0x14A, 0x177) || in(c, 0x460, 0x481) ||
		in(c, 0x48A, 0x4BF) || in(c, 0x4D0, 0x52F) || in(c, 0x1E00, 0x1E95) || in(c, 0x1EA0, 0x1EFF))
		return c | 1;
	if (in(c, 0x139, 0x148) || in(c, 0x179, 0x17E))
		return c + (c & 1);
	return c;
}
