//! Strongly connected components, without recursion: a module may nest calls as deep as it has functions.

use alloc::{vec, vec::Vec};

/// A directed graph.
pub(super) struct Graph {
	edges: Vec<(usize, usize)>,
	/// Where each node's targets begin, once finished.
	starts: Vec<usize>,
	targets: Vec<usize>,
}

impl Graph {
	pub(super) fn new(nodes: usize) -> Self {
		Self { edges: Vec::new(), starts: vec![0; nodes + 1], targets: Vec::new() }
	}

	/// Both nodes must be in the graph.
	pub(super) fn edge(&mut self, from: usize, to: usize) {
		self.edges.push((from, to));
	}

	/// Sorts the edges by where they begin.
	pub(super) fn finish(mut self) -> Self {
		for (from, _) in &self.edges {
			self.starts[from + 1] += 1;
		}
		for node in 1..self.starts.len() {
			self.starts[node] += self.starts[node - 1];
		}
		let mut next = self.starts.clone();
		self.targets = vec![0; self.edges.len()];
		for (from, to) in core::mem::take(&mut self.edges) {
			self.targets[next[from]] = to;
			next[from] += 1;
		}
		self
	}

	pub(super) fn len(&self) -> usize {
		self.starts.len() - 1
	}

	pub(super) fn successors(&self, node: usize) -> &[usize] {
		&self.targets[self.starts[node]..self.starts[node + 1]]
	}
}

/// Nodes that reach each other, or one that no other of its own does.
pub(super) struct Component {
	pub(super) nodes: Vec<usize>,
	/// Whether a node of it reaches itself.
	pub(super) cycle: bool,
}

/// All components, each after those that it leads to (Tarjan's algorithm).
pub(super) fn components(graph: &Graph) -> Vec<Component> {
	const NEW: usize = usize::MAX;
	let mut found = Vec::new();
	// When a node was met; and the earliest node on the stack that it leads to. Done nodes are met last of all.
	let (mut met, mut low) = (vec![NEW; graph.len()], vec![NEW; graph.len()]);
	let (mut open, mut path, mut clock) = (Vec::new(), Vec::new(), 0);
	for root in 0..graph.len() {
		if met[root] != NEW {
			continue;
		}
		path.push((root, 0));
		while let Some((node, edge)) = path.pop() {
			if edge == 0 {
				(met[node], low[node]) = (clock, clock);
				clock += 1;
				open.push(node);
			}
			if let Some(next) = graph.successors(node).get(edge) {
				path.push((node, edge + 1));
				if met[*next] == NEW {
					path.push((*next, 0));
				} else {
					low[node] = low[node].min(low[*next]);
				}
				continue;
			}
			if let Some((parent, _)) = path.last() {
				low[*parent] = low[*parent].min(low[node]);
			}
			if low[node] == met[node] {
				found.push(close(graph, node, &mut open, &mut low));
			}
		}
	}
	found
}

/// Takes the component of its first node off the open ones.
fn close(graph: &Graph, first: usize, open: &mut Vec<usize>, low: &mut [usize]) -> Component {
	let from = open.iter().rposition(|node| *node == first).unwrap_or(0);
	let nodes = open.split_off(from);
	for node in &nodes {
		low[*node] = usize::MAX;
	}
	let cycle = nodes.len() > 1 || graph.successors(first).contains(&first);
	Component { nodes, cycle }
}
