use super::chain::Chain;
use crate::{presets, Babe, Historical, Runtime, Session};
use frame_support::traits::KeyOwnerProofSystem;
use pallet_babe::AuthorVrfRandomness;

#[test]
fn sessions_should_turn_with_epochs_and_stay_provable() {
	let mut chain = Chain::new(presets::DEVELOPMENT);
	chain.skip(1);
	let (key, early) = chain.read(|| {
		let key = (sp_consensus_babe::KEY_TYPE, Babe::authorities()[0].0.clone());
		(key.clone(), Historical::prove(key).unwrap())
	});
	chain.skip(130);
	chain.read(|| {
		assert_eq!(Babe::epoch_index(), 2);
		assert_eq!(Session::current_index(), 2);
		// A proof of two sessions ago still names its validator.
		assert_eq!(early.session, 0);
		assert!(Historical::check_proof(key, early).is_some());
		// Nobody has changed keys: GRANDPA's second set, made from the one named at genesis, is still in office.
		assert!(pallet_grandpa::CurrentSetId::<Runtime>::get() <= 1);
	});
}

#[test]
fn each_block_should_leave_fresh_randomness_to_the_next() {
	let mut chain = Chain::new(presets::DEVELOPMENT);
	let mut seen = std::collections::BTreeSet::new();
	for _ in 0..5 {
		chain.skip(1);
		let randomness = chain.read(AuthorVrfRandomness::<Runtime>::get);
		assert!(seen.insert(randomness.unwrap()));
	}
}
