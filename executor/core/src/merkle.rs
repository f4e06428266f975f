//! One digest over a shard's outcomes, and proofs that one outcome is among them.
//!
//! SHA-256 over a tree of the shape of RFC 6962: the left subtree is the largest full one. A leaf, a node and the root are told
//! apart by their first byte, and the root says how many leaves there are, so that no two lists have one root.

use crate::Outcome;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};

const LEAF: u8 = 0;
const NODE: u8 = 1;
const ROOT: u8 = 2;

/// The siblings on the way from a leaf to the root, from below.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Proof {
	/// At most 32, since a shard has fewer than 2^32 tasks.
	pub siblings: Vec<[u8; 32]>,
}

/// The digest over the outcomes in task order: a shard's result.
pub fn root(outcomes: &[Outcome]) -> [u8; 32] {
	seal(subtree(outcomes), outcomes.len() as u64)
}

/// Proves the outcome at `index`; `None` if there is none.
pub fn prove(outcomes: &[Outcome], index: u32) -> Option<Proof> {
	let mut index = usize::try_from(index).ok().filter(|index| *index < outcomes.len())?;
	let (mut rest, mut siblings) = (outcomes, Vec::new());
	while rest.len() > 1 {
		let (left, right) = rest.split_at(split(rest.len()));
		if index < left.len() {
			siblings.push(subtree(right));
			rest = left;
		} else {
			siblings.push(subtree(left));
			index -= left.len();
			rest = right;
		}
	}
	siblings.reverse();
	Some(Proof { siblings })
}

/// Whether `outcome` is the one at `index` of the `count` outcomes whose digest is `root`.
pub fn verify(root: &[u8; 32], outcome: &Outcome, index: u32, count: u32, proof: &Proof) -> bool {
	if index >= count {
		return false;
	}
	// RFC 9162, 2.1.3.2.
	let (mut place, mut last, mut hash) = (index, count - 1, leaf(outcome));
	for sibling in &proof.siblings {
		if last == 0 {
			return false;
		}
		if place & 1 == 1 || place == last {
			hash = node(sibling, &hash);
			while place & 1 == 0 && place != 0 {
				place >>= 1;
				last >>= 1;
			}
		} else {
			hash = node(&hash, sibling);
		}
		place >>= 1;
		last >>= 1;
	}
	last == 0 && seal(hash, u64::from(count)) == *root
}

/// The largest power of two below `len`, which is at least 2.
fn split(len: usize) -> usize {
	1 << (usize::BITS - 1 - (len - 1).leading_zeros())
}

/// Depth is the logarithm of the length, so that recursion is bounded.
fn subtree(outcomes: &[Outcome]) -> [u8; 32] {
	match outcomes {
		[] => [0; 32],
		[only] => leaf(only),
		_ => {
			let (left, right) = outcomes.split_at(split(outcomes.len()));
			node(&subtree(left), &subtree(right))
		},
	}
}

fn leaf(outcome: &Outcome) -> [u8; 32] {
	let mut hash = Sha256::new_with_prefix([LEAF]);
	outcome.using_encoded(|bytes| hash.update(bytes));
	hash.finalize().into()
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
	let mut hash = Sha256::new_with_prefix([NODE]);
	hash.update(left);
	hash.update(right);
	hash.finalize().into()
}

fn seal(tree: [u8; 32], count: u64) -> [u8; 32] {
	let mut hash = Sha256::new_with_prefix([ROOT]);
	hash.update(count.to_le_bytes());
	hash.update(tree);
	hash.finalize().into()
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;
	use ergon_primitives::{BlobId, Fuel};
	use proptest::prelude::*;

	fn outcome(n: u64) -> Outcome {
		Outcome::Exited { code: 0, output: BlobId::of(&n.to_le_bytes()), output_len: 8, fuel: Fuel(n) }
	}

	fn outcomes(count: u32) -> Vec<Outcome> {
		(0..count).map(|n| outcome(n.into())).collect()
	}

	#[test]
	fn every_outcome_of_every_small_shard_is_proved() {
		for count in 1..=40 {
			let outcomes = outcomes(count);
			let root = root(&outcomes);
			for index in 0..count {
				let proof = prove(&outcomes, index).unwrap();
				assert!(verify(&root, &outcomes[index as usize], index, count, &proof), "{index} of {count}");
			}
			assert_eq!(prove(&outcomes, count), None);
		}
	}

	#[test]
	fn the_digest_stays_what_it_is() {
		assert_eq!(
			hex::encode(root(&[Outcome::InvalidInput])),
			hex::encode(seal(Sha256::digest([0, 5]).into(), 1)),
			"a leaf is SHA-256 of 0 and the SCALE encoding"
		);
		let roots: Vec<_> = (0..20).map(|count| root(&outcomes(count))).collect();
		for (i, a) in roots.iter().enumerate() {
			assert!(roots[..i].iter().all(|b| a != b), "lists of different lengths have different roots");
		}
	}

	proptest! {
		#[test]
		fn nothing_else_is_proved(count in 1u32..80, at: prop::sample::Index, other: prop::sample::Index, bit in 0usize..256) {
			let outcomes = outcomes(count);
			let root = root(&outcomes);
			let index = at.index(count as usize) as u32;
			let proof = prove(&outcomes, index).unwrap();
			let own = &outcomes[index as usize];
			prop_assert!(!verify(&root, &outcome(1_000), index, count, &proof), "another outcome");
			let elsewhere = other.index(count as usize) as u32;
			if elsewhere != index {
				prop_assert!(!verify(&root, own, elsewhere, count, &proof), "another place");
			}
			prop_assert!(!verify(&root, own, index, count + 1, &proof), "another count");
			prop_assert!(!verify(&root, own, count, count, &proof), "a place that is not there");
			let mut flipped = root;
			flipped[bit / 8] ^= 1 << (bit % 8);
			prop_assert!(!verify(&flipped, own, index, count, &proof), "another root");
			let mut longer = proof.clone();
			longer.siblings.push([0; 32]);
			prop_assert!(!verify(&root, own, index, count, &longer), "a longer proof");
			let mut shorter = proof;
			if shorter.siblings.pop().is_some() {
				prop_assert!(!verify(&root, own, index, count, &shorter), "a shorter proof");
			}
		}

		#[test]
		fn any_proof_is_answered(index: u32, count: u32, siblings in proptest::collection::vec(any::<[u8; 32]>(), 0..70)) {
			let proof = Proof { siblings };
			prop_assert!(!verify(&[7; 32], &outcome(1), index, count, &proof));
		}
	}
}
