#include "words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash(const char *bytes, size_t length) {
	uint32_t value = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < length; i++)
		value = (value ^ (unsigned char)bytes[i]) * 16777619u;
	return value;
}

/* The slot of a word, or the free one where it belongs. */
static size_t *find(const struct words *words, const char *bytes, size_t length) {
	size_t mask = words->slot_count - 1;
	for (size_t at = hash(bytes, length) & mask;; at = (at + 1) & mask) {
		size_t *slot = &words->slots[at];
		if (*slot == 0)
			return slot;
		const struct word *word = &words->entries[*slot - 1];
		if (word->length == length && memcmp(word->bytes, bytes, length) == 0)
			return slot;
	}
}

/* Makes room for one more word: at most half of the slots are used. */
static bool grow(struct words *words) {
	if (words->used < words->room)
		return true;
	size_t room = words->room ? words->room * 2 : 1024;
	struct word *entries = realloc(words->entries, room * sizeof *entries);
	if (entries == NULL)
		return false;
	words->entries = entries;
	size_t *slots = calloc(room * 2, sizeof *slots);
	if (slots == NULL)
		return false;
	free(words->slots);
	words->slots = slots;
	words->slot_count = room * 2;
	words->room = room;
	for (size_t i = 0; i < words->used; i++)
		*find(words, entries[i].bytes, entries[i].length) = i + 1;
	return true;
}

bool words_count(struct words *words, const char *bytes, size_t length) {
	if (!grow(words))
		return false;
	size_t *slot = find(words, bytes, length);
	if (*slot == 0) {
		struct word *word = &words->entries[words->used++];
		word->count = 0;
		word->length = (unsigned char)length;
		memcpy(word->bytes, bytes, length);
		*slot = words->used;
	}
	words->entries[*slot - 1].count++;
	return true;
}

static int order(const void *a, const void *b) {
	const struct word *x = a, *y = b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	size_t shorter = x->length < y->length ? x->length : y->length;
	int bytes = memcmp(x->bytes, y->bytes, shorter);
	return bytes != 0 ? bytes : (int)x->length - (int)y->length;
}

void words_sort(struct words *words) {
	if (words->used > 0)
		qsort(words->entries, words->used, sizeof *words->entries, order);
	/* The slots no longer fit. */
	free(words->slots);
	words->slots = NULL;
	words->slot_count = words->room = 0;
}
