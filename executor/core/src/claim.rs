//! From a shard's outcomes to what a replica says of it.

use crate::{merkle, Outcome};
use alloc::vec::Vec;
use codec::Encode;
use ergon_primitives::{BlobId, Claim};

/// The claim over these outcomes, in task order, and the bytes of the blob that it names: the SCALE encoding of
/// `Vec<Outcome>`.
pub fn claim(outcomes: &[Outcome]) -> (Claim, Vec<u8>) {
	let bytes = outcomes.encode();
	let claim = Claim::Computed {
		root: merkle::root(outcomes),
		fuel: outcomes.iter().map(Outcome::fuel).sum(),
		outcomes: BlobId::of(&bytes),
	};
	(claim, bytes)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;
	use codec::Decode;
	use ergon_primitives::Fuel;

	#[test]
	fn a_claim_names_its_outcomes_and_all_their_fuel() {
		let outcomes = [
			Outcome::OutOfFuel { fuel: Fuel(7) },
			Outcome::InvalidInput,
			Outcome::OutputTooLarge { fuel: Fuel(u64::MAX) },
		];
		let (claim, bytes) = claim(&outcomes);
		assert_eq!(Vec::<Outcome>::decode(&mut &bytes[..]).unwrap(), outcomes);
		let Claim::Computed { root, fuel, outcomes: blob } = claim else { panic!("computed") };
		assert_eq!(root, merkle::root(&outcomes));
		assert_eq!(fuel, Fuel(u64::MAX), "the sum stays at the largest number");
		assert_eq!(blob, BlobId::of(&bytes));
	}
}
