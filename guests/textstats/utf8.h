/* Characters of UTF-8: reading them, and what kind they are. */
#ifndef TEXTSTATS_UTF8_H
#define TEXTSTATS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for bytes that are not UTF-8. */
#define REPLACEMENT 0xFFFDu

/* Reads one character of `left` > 0 bytes and says how many bytes it has. Bytes that are not UTF-8 (overlong forms,
 * surrogates and cut-off sequences too) are read one at a time, with `*valid` false. */
size_t utf8_read(const unsigned char *bytes, size_t left, uint32_t *character, bool *valid);

/* Writes a character that was read; gives its bytes, at most 4. */
size_t utf8_write(uint32_t character, char *bytes);

bool is_letter(uint32_t character);
bool is_space(uint32_t character);

/* The small form of a letter in Latin, Greek and Cyrillic script; any other character as it is. */
uint32_t lower(uint32_t character);

#endif
