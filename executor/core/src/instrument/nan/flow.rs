//! What becomes of the floats of one function: a graph of where they come from and where they go.

use super::Width;
use alloc::{vec, vec::Vec};

/// A value on the operand stack, a local, or the result of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(u32);

/// Unless somebody followed a value, it is not the processor's.
impl Default for Node {
	fn default() -> Self {
		Self::EXACT
	}
}

impl Node {
	/// All values whose bits are what the specification says, and may be those of any NaN. Linking to it is seeing.
	pub(super) const EXACT: Self = Self(0);
	/// All values that are not NaN, or the canonical NaN.
	pub(super) const CANONICAL: Self = Self(1);

	pub(super) fn is_exact(self) -> bool {
		self == Self::EXACT
	}
}

#[derive(Clone, Copy)]
struct Fact {
	/// The operator that gives the value.
	at: u32,
	width: Width,
	/// May be exact and any NaN. What also may be loose is made canonical on its way here.
	exact: bool,
	/// May be loose.
	loose: bool,
	/// Its bits can be seen.
	seen: bool,
	/// Made of this value by setting or turning its sign, which is right if that value is made canonical before.
	signed: Option<Node>,
}

/// The graph. An edge means: is the same value as, or may be.
pub(super) struct Flow {
	facts: Vec<Fact>,
	edges: Vec<(Node, Node)>,
}

impl Default for Flow {
	fn default() -> Self {
		let fact = Fact { at: 0, width: Width::F64, exact: false, loose: false, seen: false, signed: None };
		Self { facts: vec![Fact { exact: true, ..fact }, fact], edges: Vec::new() }
	}
}

impl Flow {
	fn push(&mut self, fact: Fact) -> Node {
		// A function has at most 2^20 bytes of code.
		self.facts.push(fact);
		Node((self.facts.len() - 1) as u32)
	}

	/// A node that is what is linked to it.
	pub(super) fn add(&mut self, at: usize, width: Width) -> Node {
		self.push(Fact { at: at as u32, width, exact: false, loose: false, seen: false, signed: None })
	}

	/// What an arithmetic operator gives.
	pub(super) fn add_loose(&mut self, at: usize, width: Width) -> Node {
		self.push(Fact { at: at as u32, width, exact: false, loose: true, seen: false, signed: None })
	}

	/// A value with another sign.
	pub(super) fn add_signed(&mut self, of: Node) -> Node {
		let Some(fact) = self.facts.get(of.0 as usize) else { return Node::EXACT };
		let of = fact.signed.unwrap_or(of);
		if of == Node::EXACT || of == Node::CANONICAL {
			return Node::EXACT;
		}
		self.push(Fact { exact: true, loose: false, seen: false, signed: Some(of), ..*fact })
	}

	/// Where the node's value appears on the stack.
	pub(super) fn place(&mut self, node: Node, at: usize) {
		if let Some(fact) = self.facts.get_mut(node.0 as usize) {
			fact.at = at as u32;
		}
	}

	/// The width of one of these, if any was followed.
	pub(super) fn width(&self, one: Node, other: Node) -> Option<Width> {
		let followed = |node: Node| node != Node::EXACT && node != Node::CANONICAL;
		let node = [one, other].into_iter().find(|node| followed(*node))?;
		self.facts.get(node.0 as usize).map(|fact| fact.width)
	}

	/// What is in one node can come to another.
	pub(super) fn link(&mut self, from: Node, to: Node) {
		if to.is_exact() {
			self.see(from);
		} else if from != to {
			self.edges.push((from, to));
		}
	}

	/// The bits of a value can be seen.
	pub(super) fn see(&mut self, node: Node) {
		if let Some(fact) = self.facts.get_mut(node.0 as usize) {
			fact.seen = true;
		}
	}

	/// The operators after which a float must be made canonical, in no order.
	pub(super) fn fixes(mut self) -> impl Iterator<Item = (usize, Width)> {
		self.spread();
		// Where exact values come together with others, all must be exact.
		for (from, to) in core::mem::take(&mut self.edges) {
			if self.facts.get(to.0 as usize).is_some_and(|to| to.exact) {
				self.see(from);
			}
		}
		let facts = self.facts;
		(0..facts.len()).filter_map(move |node| {
			let seen = facts.get(node).filter(|fact| fact.seen)?;
			let made = seen.signed.map_or(Some(seen), |of| facts.get(of.0 as usize))?;
			(made.loose && !made.exact).then_some((made.at as usize, made.width))
		})
	}

	/// Follows all edges until nothing changes: each node is visited at most once for each of its two facts.
	fn spread(&mut self) {
		let (starts, targets) = self.successors();
		let mut work: Vec<usize> = (0..self.facts.len()).collect();
		while let Some(node) = work.pop() {
			let Some(Fact { exact, loose, .. }) = self.facts.get(node).copied() else { continue };
			let range = starts.get(node).copied().unwrap_or(0)..starts.get(node + 1).copied().unwrap_or(0);
			for target in targets.get(range).unwrap_or(&[]) {
				let Some(fact) = self.facts.get_mut(*target) else { continue };
				if (exact && !fact.exact) || (loose && !fact.loose) {
					(fact.exact, fact.loose) = (fact.exact || exact, fact.loose || loose);
					work.push(*target);
				}
			}
		}
	}

	/// The targets of all edges, and for each node where its own begin.
	fn successors(&self) -> (Vec<usize>, Vec<usize>) {
		let mut starts = vec![0; self.facts.len() + 1];
		for (from, _) in &self.edges {
			starts[from.0 as usize + 1] += 1;
		}
		for node in 1..starts.len() {
			starts[node] += starts[node - 1];
		}
		let (mut next, mut targets) = (starts.clone(), vec![0; self.edges.len()]);
		for (from, to) in &self.edges {
			let slot = &mut next[from.0 as usize];
			targets[*slot] = to.0 as usize;
			*slot += 1;
		}
		(starts, targets)
	}
}
