//! What things take in state and in blocks.

use crate::{AccountId, RuntimeCall};
use codec::MaxEncodedLen;
use ergon_primitives::{JobSpec, Replica, ShardAttestation};

#[test]
fn a_call_should_stay_small() {
	// Batches and multisigs hold many calls in memory; large ones belong in a box.
	assert!(core::mem::size_of::<RuntimeCall>() <= 256, "{}", core::mem::size_of::<RuntimeCall>());
}

#[test]
fn an_open_shard_of_seven_replicas_should_fit_in_a_kibibyte() {
	let full = ShardAttestation::<AccountId>::max_encoded_len();
	let replica = Replica::<AccountId>::max_encoded_len();
	assert!(full - replica <= 1_024, "{}", full - replica);
}

#[test]
fn an_order_should_fit_in_a_transaction() {
	// 32 arguments of 256 bytes, 16 known answers, 4 hints, and less than 300 bytes of everything else.
	assert!(
		JobSpec::max_encoded_len() <= 32 * 258 + 16 * 32 + 4 * 292 + 300,
		"{}",
		JobSpec::max_encoded_len()
	);
}
