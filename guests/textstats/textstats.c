/* Statistics of a text on the standard input.
 *
 *   textstats [--json] [--top N]
 *
 * Any bytes are counted; those that are not UTF-8 count as one character each. Exit code 2: wrong arguments. */
#include "utf8.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TOP 1000
/* Words a minute that an adult reads silently (Brysbaert 2019). */
#define READING_SPEED 238

struct stats {
	unsigned long bytes, characters, invalid, lines, words, sentences, longest_line, letters[26], other_letters;
	struct words frequent;
};

/* What is known of the place in the text. */
struct place {
	unsigned long line_characters;
	bool word_since_sentence, ended;
	char word[WORD_BYTES];
	size_t word_length;
	bool in_word, word_cut;
};

static int fail(const char *why, const char *what) {
	fprintf(stderr, "textstats: %s%s\n", why, what);
	return 2;
}

static bool end_word(struct stats *stats, struct place *place) {
	if (!place->in_word)
		return true;
	/* An apostrophe belongs to a word only between its letters. */
	while (place->word_length > 0 && place->word[place->word_length - 1] == '\'')
		place->word_length--;
	bool counted = words_count(&stats->frequent, place->word, place->word_length);
	stats->words++;
	place->in_word = place->word_cut = false;
	place->word_length = 0;
	place->word_since_sentence = true;
	return counted;
}

static bool count_character(struct stats *stats, struct place *place, uint32_t c) {
	stats->characters++;
	bool digit = c >= '0' && c <= '9';
	bool apostrophe = (c == '\'' || c == 0x2019) && place->in_word;
	if (is_letter(c) || digit || apostrophe) {
		uint32_t small = apostrophe ? '\'' : lower(c);
		if (small >= 'a' && small <= 'z')
			stats->letters[small - 'a']++;
		else if (!digit && !apostrophe)
			stats->other_letters++;
		char bytes[4];
		size_t length = utf8_write(small, bytes);
		/* Once cut, a word stays cut: what follows must not close the gap. */
		place->word_cut = place->word_cut || place->word_length + length > WORD_BYTES;
		if (!place->word_cut) {
			memcpy(place->word + place->word_length, bytes, length);
			place->word_length += length;
		}
		place->in_word = true;
		place->ended = false;
	} else {
		if (!end_word(stats, place))
			return false;
		/* A sentence ends with a mark behind a word and a space or the text's end behind the mark. */
		if (c == '.' || c == '!' || c == '?' || c == 0x2026)
			place->ended = place->word_since_sentence;
		else if (c == 0x3002 || (is_space(c) && place->ended)) {
			stats->sentences += place->word_since_sentence;
			place->ended = place->word_since_sentence = false;
		}
	}
	if (c == '\n') {
		stats->lines++;
		place->line_characters = 0;
	} else if (c != '\r') {
		place->line_characters++;
		if (place->line_characters > stats->longest_line)
			stats->longest_line = place->line_characters;
	}
	return true;
}

static bool count(struct stats *stats, const unsigned char *text, size_t size) {
	struct place place = {0};
	stats->bytes = size;
	for (size_t at = 0; at < size;) {
		uint32_t character;
		bool valid;
		at += utf8_read(text + at, size - at, &character, &valid);
		stats->invalid += !valid;
		if (!count_character(stats, &place, character))
			return false;
	}
	if (size > 0 && text[size - 1] != '\n')
		stats->lines++;
	bool counted = end_word(stats, &place);
	stats->sentences += place.word_since_sentence;
	words_sort(&stats->frequent);
	return counted;
}

static unsigned char *read_all(size_t *size) {
	size_t room = 1 << 16, used = 0;
	unsigned char *bytes = malloc(room);
	while (bytes != NULL) {
		size_t got = fread(bytes + used, 1, room - used, stdin);
		used += got;
		if (got == 0)
			break;
		if (used == room) {
			unsigned char *larger = room > SIZE_MAX / 2 ? NULL : realloc(bytes, room * 2);
			if (larger == NULL)
				free(bytes);
			bytes = larger;
			room *= 2;
		}
	}
	*size = used;
	return bytes;
}

static void print_json(const struct stats *stats, size_t top) {
	printf("{\n  \"bytes\": %lu,\n  \"characters\": %lu,\n  \"invalid_bytes\": %lu,\n  \"lines\": %lu,\n", stats->bytes,
		stats->characters, stats->invalid, stats->lines);
	printf("  \"longest_line\": %lu,\n  \"words\": %lu,\n  \"distinct_words\": %zu,\n  \"sentences\": %lu,\n",
		stats->longest_line, stats->words, stats->frequent.used, stats->sentences);
	printf("  \"reading_seconds\": %llu,\n  \"letters\": {", stats->words * 60ull / READING_SPEED);
	for (int i = 0; i < 26; i++)
		printf("\"%c\": %lu, ", 'a' + i, stats->letters[i]);
	printf("\"other\": %lu},\n  \"top_words\": [", stats->other_letters);
	/* Words are letters, digits and apostrophes: nothing that JSON would want escaped. */
	for (size_t i = 0; i < top; i++) {
		const struct word *word = &stats->frequent.entries[i];
		printf("%s\n    {\"word\": \"%.*s\", \"count\": %lu}", i ? "," : "", word->length, word->bytes, word->count);
	}
	printf("%s]\n}\n", top ? "\n  " : "");
}

static void print_text(const struct stats *stats, size_t top) {
	printf("bytes          %10lu\ncharacters     %10lu\ninvalid bytes  %10lu\nlines          %10lu\n", stats->bytes,
		stats->characters, stats->invalid, stats->lines);
	printf("longest line   %10lu\nwords          %10lu\ndistinct words %10zu\nsentences      %10lu\n",
		stats->longest_line, stats->words, stats->frequent.used, stats->sentences);
	unsigned long long seconds = stats->words * 60ull / READING_SPEED;
	printf("reading time   %7llu:%02llu\n", seconds / 60, seconds % 60);
	unsigned long all = stats->other_letters, most = 1;
	for (int i = 0; i < 26; i++) {
		all += stats->letters[i];
		most = stats->letters[i] > most ? stats->letters[i] : most;
	}
	printf("\nletters\n");
	for (int i = 0; i < 26 && all > 0; i++) {
		/* In tenths of a percent. */
		unsigned long long share = (stats->letters[i] * 1000ull + all / 2) / all;
		printf("  %c %3llu.%llu %% ", 'a' + i, share / 10, share % 10);
		for (unsigned long long bar = stats->letters[i] * 40ull / most; bar > 0; bar--)
			putchar('#');
		putchar('\n');
	}
	printf("\nmost frequent words\n");
	for (size_t i = 0; i < top; i++) {
		const struct word *word = &stats->frequent.entries[i];
		printf("%10lu  %.*s\n", word->count, word->length, word->bytes);
	}
}

int main(int argc, char **argv) {
	bool json = false;
	unsigned long top = 10;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--top") == 0) {
			const char *number = i + 1 < argc ? argv[++i] : "";
			char *end;
			top = strtoul(number, &end, 10);
			if (*number < '0' || *number > '9' || *end != '\0' || top > MAX_TOP)
				return fail("--top takes a number from 0 to 1000, not ", *number ? number : "nothing");
		} else {
			return fail("unknown argument; use [--json] [--top N], not ", argv[i]);
		}
	}
	size_t size;
	unsigned char *text = read_all(&size);
	struct stats stats = {0};
	if (text == NULL || !count(&stats, text, size)) {
		fail("the text is too large for the memory limit", "");
		return 1;
	}
	if (top > stats.frequent.used)
		top = stats.frequent.used;
	if (json)
		print_json(&stats, top);
	else
		print_text(&stats, top);
	return fflush(stdout) == 0 ? 0 : 1;
}
