//! Trees that mean harm.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bytes, leftovers, store, tree, MIB};
use ergon_blobs::{
	dag::{decode, DagError, Tree, MAX_DEPTH, MAX_LEAF, MAX_NODE, MAX_PLACES, MAX_WIDTH},
	BlobError, Hold, MAX_BLOB,
};
use ergon_primitives::{BlobId, Codec};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

fn varint(mut value: u64) -> Vec<u8> {
	let mut out = Vec::new();
	while value >= 0x80 {
		out.push(value as u8 | 0x80);
		value >>= 7;
	}
	out.push(value as u8);
	out
}

fn number(field: u64, value: u64) -> Vec<u8> {
	[varint(field << 3), varint(value)].concat()
}

fn field(field: u64, bytes: &[u8]) -> Vec<u8> {
	[varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn id(codec: Codec, block: &[u8]) -> BlobId {
	BlobId { codec, digest: Sha256::digest(block).into() }
}

#[derive(Clone, Copy)]
struct To {
	id: BlobId,
	content: u64,
	cumulative: u64,
}

fn raw(bytes: &[u8]) -> To {
	To { id: id(Codec::Raw, bytes), content: bytes.len() as u64, cumulative: bytes.len() as u64 }
}

fn link(to: &To) -> Vec<u8> {
	field(2, &[field(1, &to.id.to_cid()), field(2, &[]), number(3, to.cumulative)].concat())
}

fn file(parts: &[u64], size: u64) -> Vec<u8> {
	let parts: Vec<u8> = parts.iter().flat_map(|part| number(4, *part)).collect();
	field(1, &[number(1, 2), number(3, size), parts].concat())
}

fn node(children: &[To]) -> (To, Vec<u8>) {
	let parts: Vec<u64> = children.iter().map(|child| child.content).collect();
	let content = parts.iter().sum();
	let block = [children.iter().flat_map(link).collect(), file(&parts, content)].concat();
	let cumulative = block.len() as u64 + children.iter().map(|child| child.cumulative).sum::<u64>();
	(To { id: id(Codec::DagPb, &block), content, cumulative }, block)
}

#[test]
fn our_own_nodes_should_be_read() {
	for (root, block) in tree(&bytes(1, 3 * MIB + 9)).into_iter().filter(|(id, _)| id.codec == Codec::DagPb) {
		let read = decode(&block).unwrap();
		assert_eq!(read.content, 3 * MIB as u64 + 9);
		assert_eq!(read.cumulative, read.content + block.len() as u64);
		assert_eq!(read.links.len(), 4);
		assert_eq!(
			node(
				&read
					.links
					.iter()
					.map(|l| To { id: l.id, content: l.content, cumulative: l.cumulative })
					.collect::<Vec<_>>()
			)
			.0
			.id,
			root
		);
	}
}

#[test]
fn malformed_nodes_should_be_refused() {
	let leaf = raw(b"leaf");
	let good = [link(&leaf), file(&[4], 4)].concat();
	assert!(decode(&good).is_ok());
	let cid = leaf.id.to_cid();
	let malformed: Vec<(&str, Vec<u8>)> = vec![
		("nothing", vec![]),
		("no file", link(&leaf)),
		("no links", file(&[], 0)),
		("two files", [&good[..], &file(&[4], 4)].concat()),
		("an unknown field", [&good[..], &number(3, 1)].concat()),
		("fixed 64", [&good[..], &[0x19, 0, 0, 0, 0, 0, 0, 0, 0]].concat()),
		("a group", [&good[..], &[0x1b]].concat()),
		("fixed 32", [&good[..], &[0x1d, 0, 0, 0, 0]].concat()),
		("a huge number", [&[0x08][..], &[0xff; 20]].concat()),
		(
			"a number of 64 bits",
			[field(2, &[field(1, &cid), vec![0x18], vec![0xff; 9], vec![1]].concat()), file(&[4], 4)]
				.concat(),
		),
		(
			"a number longer than it need be",
			[field(2, &[&field(1, &cid)[..], &[0x18, 0x84, 0]].concat()), file(&[4], 4)].concat(),
		),
		("a field past the end", [&good[..], &[0x12, 0x7f]].concat()),
		("a length without end", vec![0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
		("a link without name", [field(2, &number(3, 4)), file(&[4], 4)].concat()),
		("a link without size", [field(2, &field(1, &cid)), file(&[4], 4)].concat()),
		(
			"a named link",
			[field(2, &[field(1, &cid), field(2, b"x"), number(3, 4)].concat()), file(&[4], 4)].concat(),
		),
		(
			"a link twice",
			[field(2, &[field(1, &cid), field(1, &cid), number(3, 4)].concat()), file(&[4], 4)].concat(),
		),
		("no type", [link(&leaf), field(1, &[number(3, 4), number(4, 4)].concat())].concat()),
		("no size", [link(&leaf), field(1, &[number(1, 2), number(4, 4)].concat())].concat()),
		(
			"packed sizes",
			[link(&leaf), field(1, &[number(1, 2), number(3, 4), field(4, &[4])].concat())].concat(),
		),
		(
			"a mode",
			[link(&leaf), field(1, &[number(1, 2), number(3, 4), number(4, 4), number(7, 0o644)].concat())]
				.concat(),
		),
	];
	for (what, block) in malformed {
		assert!(matches!(decode(&block), Err(DagError::Malformed(_))), "{what}: {:?}", decode(&block));
	}
	let is = |block: Vec<u8>, error: DagError| assert_eq!(decode(&block), Err(error));
	is(
		[link(&leaf), field(1, &[number(1, 1), number(3, 4), number(4, 4)].concat())].concat(),
		DagError::NotAFile(1),
	);
	is(
		[link(&leaf), field(1, &[number(1, 2), field(2, b"x"), number(3, 4), number(4, 4)].concat())]
			.concat(),
		DagError::Inline,
	);
	is([field(2, &[field(1, b"Qm"), number(3, 4)].concat()), file(&[4], 4)].concat(), DagError::Link);
	is([link(&leaf), file(&[4, 4], 8)].concat(), DagError::Sizes);
	is([link(&leaf), file(&[4], 5)].concat(), DagError::Sizes);
	is([link(&To { cumulative: 5, ..leaf }), file(&[4], 4)].concat(), DagError::Sizes);
	is([link(&To { content: 0, cumulative: 0, ..leaf }), file(&[0], 0)].concat(), DagError::LeafSize);
	let large = MAX_LEAF + 1;
	is([link(&To { cumulative: large, ..leaf }), file(&[large], large)].concat(), DagError::LeafSize);
	let below = To { id: id(Codec::DagPb, b"x"), content: 10, cumulative: 10 };
	is([link(&below), file(&[10], 10)].concat(), DagError::Sizes);
	let most = i64::MAX as u64;
	let huge = To { id: below.id, content: most - 1, cumulative: most };
	is([link(&huge), link(&huge), link(&huge), file(&[most - 1; 3], 4)].concat(), DagError::Sizes);
	is(vec![0; MAX_NODE + 1], DagError::Width);
	let many: Vec<u8> = (0..MAX_WIDTH + 1).flat_map(|_| link(&leaf)).collect();
	is(many, DagError::Width);
}

/// Offers blocks by their names as they are wanted; the first error.
fn fetch(root: &To, blocks: &[(To, Vec<u8>)]) -> Result<(), BlobError> {
	let (folder, store) = store();
	let partial = store.partial(root.id, Hold::Loose, MAX_BLOB)?;
	while let Some(id) = partial.wanted(1).first() {
		let block = blocks.iter().find(|(to, _)| to.id == *id).map(|(_, block)| block).unwrap();
		partial.offer(id, block)?;
	}
	partial.finish()?;
	assert!(leftovers(&folder).is_empty());
	assert_eq!(store.get(&root.id)?.unwrap().len() as u64, root.content);
	Ok(())
}

fn why(error: BlobError) -> DagError {
	match error {
		BlobError::BadDag { why, .. } => why,
		other => panic!("{other}"),
	}
}

#[test]
fn blocks_that_repeat_each_other_should_not_stand_for_terabytes() {
	// A few kilobytes that unfold to 174^5 leaves.
	let bomb = |width: usize, levels: usize, leaf: &[u8]| {
		let mut blocks = vec![(raw(leaf), leaf.to_vec())];
		for _ in 0..levels {
			let child = blocks.last().unwrap().0;
			blocks.push(node(&vec![child; width]));
		}
		(blocks.last().unwrap().0, blocks)
	};
	let (root, blocks) = bomb(174, 5, b"a");
	assert!(matches!(fetch(&root, &blocks), Err(BlobError::TooLarge { limit: MAX_BLOB })));
	// Small enough in bytes, but of too many pieces.
	let (root, blocks) = bomb(174, 3, b"a");
	assert_eq!(why(fetch(&root, &blocks).unwrap_err()), DagError::Places);
	let (root, blocks) = bomb(1, MAX_DEPTH + 1, b"a");
	assert_eq!(why(fetch(&root, &blocks).unwrap_err()), DagError::Depth);
	// What is within the bounds is taken.
	let (root, blocks) = bomb(1, MAX_DEPTH, b"a");
	fetch(&root, &blocks).unwrap();
	let (root, blocks) = bomb(30, 3, b"abc");
	fetch(&root, &blocks).unwrap();
}

#[test]
fn lying_sizes_should_be_found() {
	let leaf = raw(b"content");
	let (below, lower) = node(&[leaf, leaf]);
	for lie in [
		To { content: 13, ..below },
		To { content: 15, cumulative: below.cumulative + 1, ..below },
		To { cumulative: below.cumulative + 1, ..below },
	] {
		let (root, upper) = node(&[lie, leaf]);
		let blocks = [(root, upper), (below, lower.clone()), (leaf, b"content".to_vec())];
		assert_eq!(why(fetch(&root, &blocks).unwrap_err()), DagError::Sizes);
	}
	// Of a leaf: another block than was named would have another hash, so that only its parent can lie.
	for size in [6, 8] {
		let lie = To { content: size, cumulative: size, ..leaf };
		let (root, upper) = node(&[lie]);
		let error = fetch(&root, &[(root, upper), (leaf, b"content".to_vec())]).unwrap_err();
		assert!(matches!(why(error), DagError::Sizes | DagError::Width));
	}
	// One block, two sizes.
	let (root, upper) = node(&[below, To { content: 13, ..below }]);
	assert_eq!(why(fetch(&root, &[(root, upper)]).unwrap_err()), DagError::Sizes);
}

#[test]
fn wide_and_flat_trees_should_take_bounded_time() {
	// As many nodes as the bound allows, each at its own place.
	let mut blocks = Vec::new();
	let mut level = Vec::new();
	for i in 0..15_000u32 {
		let leaf = i.to_le_bytes();
		let (to, block) = node(&[raw(&leaf)]);
		blocks.push((to, block));
		level.push(to);
	}
	while level.len() > 1 {
		level = level
			.chunks(MAX_WIDTH)
			.map(|children| {
				let (to, block) = node(children);
				blocks.push((to, block));
				to
			})
			.collect();
	}
	let start = std::time::Instant::now();
	let mut tree = Tree::new(level[0].id, MAX_BLOB);
	let blocks: HashMap<_, _> = blocks.into_iter().map(|(to, block)| (to.id, block)).collect();
	let next = |tree: &Tree| tree.wanted().next().filter(|id| id.codec == Codec::DagPb);
	while let Some(id) = next(&tree) {
		tree.insert(&id, &blocks[&id]).unwrap();
	}
	assert_eq!(tree.leaves().len(), 15_000);
	assert_eq!(tree.size(), Some(60_000));
	assert!(tree.wanted().count() as u64 <= MAX_PLACES);
	assert!(start.elapsed().as_secs() < 60);
}

proptest! {
	#[test]
	fn decoder_should_take_any_bytes(block in prop::collection::vec(any::<u8>(), 0..300)) {
		let _ = decode(&block);
	}

	#[test]
	fn decoder_should_take_nodes_with_flaws(at: prop::sample::Index, byte: u8, cut: prop::sample::Index, do_cut: bool) {
		let leaf = raw(b"content");
		let (below, _) = node(&[leaf, leaf]);
		let (_, mut block) = node(&[leaf, below, leaf]);
		let at = at.index(block.len());
		block[at] = byte;
		if do_cut {
			block.truncate(cut.index(block.len()));
		}
		if let Ok(read) = decode(&block) {
			prop_assert_eq!(read.links.iter().map(|link| link.content).sum::<u64>(), read.content);
			prop_assert!(read.cumulative > read.content);
		}
	}
}
