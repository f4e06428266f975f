//! Builds, walks and drops binary trees of boxes, ordered maps and growing texts: allocation, and what happens when the
//! memory is at its limit. The input is the depth.

#![no_std]
#![cfg_attr(target_arch = "wasm32", no_main)]

extern crate alloc;

use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};
use ergon_guest_wasi::{command, complain, read_to_end, write_stdout};

command!(run);

struct Tree(Option<(Box<Tree>, Box<Tree>)>);

impl Tree {
	fn grow(depth: u32) -> Self {
		Self((depth > 0).then(|| (Box::new(Self::grow(depth - 1)), Box::new(Self::grow(depth - 1)))))
	}

	fn count(&self) -> u64 {
		self.0.as_ref().map_or(1, |(left, right)| 1 + left.count() + right.count())
	}
}

fn run() -> i32 {
	let input = read_to_end();
	let Some(depth) = core::str::from_utf8(&input).ok().and_then(|text| text.trim().parse::<u32>().ok()) else {
		complain!("trees: the input must be a depth");
		return 2;
	};
	let mut report = String::new();
	let long_lived = Tree::grow(depth);
	for at in (2..=depth).step_by(2) {
		let rounds = 1u32 << (depth - at).min(4);
		let nodes: u64 = (0..rounds).map(|_| Tree::grow(at).count()).sum();
		report += &format!("{rounds} trees of depth {at}: {nodes} nodes\n");
	}
	report += &format!("long-lived tree of depth {depth}: {} nodes\n", long_lived.count());

	let mut map: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
	let mut random = 12_345u32;
	for round in 0..(1u32 << depth.min(12)) {
		random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
		map.entry(random >> 22).or_default().push(round as u8);
		if round % 5 == 0 {
			map.pop_first();
		}
	}
	let longest = map.iter().max_by_key(|(_, rounds)| rounds.len());
	report += &format!("map of {}, longest {:?}\n", map.len(), longest.map(|(key, rounds)| (key, rounds.len())));
	if write_stdout(report.as_bytes()) {
		0
	} else {
		1
	}
}
