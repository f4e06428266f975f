/* Allocation: binary trees that are made, walked and freed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Node {
	struct Node *left, *right;
	uint32_t value;
} Node;

static uint32_t next;

static Node *grow(int depth) {
	Node *node = malloc(sizeof *node);
	if (!node) exit(1);
	node->value = next++;
	node->left = depth ? grow(depth - 1) : NULL;
	node->right = depth ? grow(depth - 1) : NULL;
	return node;
}

static uint32_t sum(const Node *node) {
	return node ? node->value + 3 * sum(node->left) + 5 * sum(node->right) : 0;
}

static void fell(Node *node) {
	if (!node) return;
	fell(node->left);
	fell(node->right);
	free(node);
}

int main(void) {
	uint32_t total = 0;
	Node *lasting = grow(18);
	for (int round = 0; round < 1200; round++) {
		Node *tree = grow(12);
		total += sum(tree);
		fell(tree);
	}
	total += sum(lasting);
	fell(lasting);
	printf("%u\n", total);
}
