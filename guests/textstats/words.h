/* How often each word occurs. */
#ifndef TEXTSTATS_WORDS_H
#define TEXTSTATS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The longest word that is told apart from others with the same beginning, in bytes. */
#define WORD_BYTES 64

struct word {
	unsigned long count;
	unsigned char length;
	char bytes[WORD_BYTES];
};

/* A set of words. All zero is the empty one. */
struct words {
	struct word *entries;
	size_t used;
	size_t room;
	/* Places in `entries`, plus one; 0 is free. */
	size_t *slots;
	size_t slot_count;
};

/* Counts a word once more; false if there is no memory. `length` is at most WORD_BYTES. */
bool words_count(struct words *words, const char *bytes, size_t length);

/* Brings the most frequent to the front; equally frequent ones in the order of their bytes. */
void words_sort(struct words *words);

#endif
