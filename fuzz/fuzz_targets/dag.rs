//! Blocks that strangers say are a blob's tree: whatever they are, reading them stays within its bounds.
#![no_main]
use ergon_blobs::dag::{decode, Tree, MAX_PLACES};
use ergon_primitives::{BlobId, Codec};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The most bytes that a tree may stand for here.
const MAX: u64 = 256 << 20;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
	if let Ok(node) = decode(data) {
		assert_eq!(node.content, node.links.iter().map(|link| link.content).sum::<u64>());
		assert!(node.cumulative > node.content);
	}
	// Blocks, each behind its length; the last is the root. A child's name is its hash: that links lead anywhere at all, the
	// corpus sees to.
	let (mut blocks, mut rest, mut root) = (HashMap::new(), data, None);
	while let Some((length, more)) = rest.split_at_checked(2) {
		let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
		let (block, more) = more.split_at(length.min(more.len()));
		for codec in [Codec::Raw, Codec::DagPb] {
			let id = BlobId { codec, digest: Sha256::digest(block).into() };
			blocks.insert(id, block);
			root = Some(id);
		}
		rest = more;
	}
	let Some(root) = root else { return };
	let mut tree = Tree::new(root, MAX);
	let next = |tree: &Tree| tree.wanted().find(|id| blocks.contains_key(id));
	while let Some(id) = next(&tree) {
		if tree.insert(&id, blocks[&id]).is_err() {
			return;
		}
		assert!(tree.have() <= tree.size().unwrap_or(0) && tree.size().unwrap_or(0) <= MAX);
		assert!(tree.blocks().count() as u64 <= MAX_PLACES);
	}
	let leaves = tree.leaves();
	assert!(leaves.len() as u64 <= MAX_PLACES);
	assert!(leaves.windows(2).all(|pair| pair[0].offset + pair[0].size <= pair[1].offset));
	assert!(!tree.is_whole() || tree.have() == tree.size().unwrap_or(0));
});
