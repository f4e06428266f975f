// An ordered map of words to counts as a treap, with insertion, removal and iteration, on a heap with free lists: many
// small blocks taken and given back. Words come from the standard input; every third one is taken out again.
#include "room.hpp"

struct Word {
	const char *text;
	size_t length;
};

static int compare(Word a, Word b) {
	for (size_t i = 0; i < a.length && i < b.length; i++)
		if (a.text[i] != b.text[i])
			return (unsigned char)a.text[i] < (unsigned char)b.text[i] ? -1 : 1;
	return a.length < b.length ? -1 : a.length > b.length;
}

template <typename Key, typename Value, int (*Compare)(Key, Key)> class Treap {
	struct Node {
		Key key;
		Value value;
		uint32_t priority;
		Node *left, *right;
	};

public:
	~Treap() { drop(root_); }

	Value &operator[](Key key) {
		Node *smaller, *larger;
		if (Node *found = find(root_, key))
			return found->value;
		split(root_, key, smaller, larger);
		random_ = random_ * 1664525 + 1013904223;
		Node *made = new Node{ key, Value(), random_ >> 8, nullptr, nullptr };
		root_ = join(join(smaller, made), larger);
		size_++;
		return made->value;
	}

	bool remove(Key key) {
		Node **link = &root_;
		while (*link) {
			int order = Compare(key, (*link)->key);
			if (order == 0) {
				Node *gone = *link;
				*link = join(gone->left, gone->right);
				delete gone;
				size_--;
				return true;
			}
			link = order < 0 ? &(*link)->left : &(*link)->right;
		}
		return false;
	}

	template <typename Visit> void each(Visit visit) const { each(root_, visit); }
	size_t size() const { return size_; }
	int height() const { return height(root_); }

private:
	static Node *find(Node *node, Key key) {
		while (node) {
			int order = Compare(key, node->key);
			if (order == 0)
				break;
			node = order < 0 ? node->left : node->right;
		}
		return node;
	}

	static void split(Node *node, Key key, Node *&smaller, Node *&larger) {
		if (!node) {
			smaller = larger = nullptr;
		} else if (Compare(node->key, key) < 0) {
			split(node->right, key, node->right, larger);
			smaller = node;
		} else {
			split(node->left, key, smaller, node->left);
			larger = node;
		}
	}

	static Node *join(Node *a, Node *b) {
		if (!a || !b)
			return a ? a : b;
		if (a->priority > b->priority) {
			a->right = join(a->right, b);
			return a;
		}
		b->left = join(a, b->left);
		return b;
	}

	template <typename Visit> static void each(Node *node, Visit visit) {
		if (!node)
			return;
		each(node->left, visit);
		visit(node->key, node->value);
		each(node->right, visit);
	}

	static int height(Node *node) {
		if (!node)
			return 0;
		int left = height(node->left), right = height(node->right);
		return 1 + (left > right ? left : right);
	}

	static void drop(Node *node) {
		if (!node)
			return;
		drop(node->left);
		drop(node->right);
		delete node;
	}

	Node *root_ = nullptr;
	size_t size_ = 0;
	uint32_t random_ = 1;
};

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

extern "C" void _start() {
	size_t length;
	const char *text = read_input(&length), *end = text + length;
	Treap<Word, uint64_t, compare> counts;
	uint64_t seen = 0, removed = 0;
	while (text < end) {
		const char *start = text;
		while (text < end && is_letter(*text))
			text++;
		if (text > start) {
			Word word{ start, size_t(text - start) };
			counts[word]++;
			if (++seen % 3 == 0)
				removed += counts.remove(word);
		} else {
			text++;
		}
	}
	Output out;
	out << seen << " words, " << uint64_t(counts.size()) << " left, " << removed << " removed, height "
		<< int64_t(counts.height()) << '\n';
	counts.each([&](Word word, uint64_t count) {
		if (count < 2)
			return;
		for (size_t i = 0; i < word.length; i++)
			out << word.text[i];
		out << ' ' << count << '\n';
	});
}
