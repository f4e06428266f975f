//! Commitments bind all that they should; states are as small as they must be.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use codec::{Decode, Encode, MaxEncodedLen};
use common::any_blob;
use ergon_primitives::{
	attestation::{Terms, COMMIT_DOMAIN, KNOWN_DOMAIN},
	commitment,
	job::MAX_REPLICAS,
	known_answer,
	money::{Economics, UNIT},
	provider::Reputation,
	views::ShardRecord,
	BlobId, Claim, Conduct, Fuel, JobId, Operator, Phase, Policy, Price, ProviderStatus, Replica,
	ReplicaState, Reveal, ShardAttestation, ShardIndex, ShardKey, Trust, Verdict,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

type Account = [u8; 32];

fn any_claim() -> impl Strategy<Value = Claim> {
	prop_oneof![
		1 => Just(Claim::Unavailable),
		9 => (any::<[u8; 32]>(), any::<u64>(), any_blob())
			.prop_map(|(root, fuel, outcomes)| Claim::Computed { root, fuel: Fuel(fuel), outcomes }),
	]
}

fn any_key() -> impl Strategy<Value = ShardKey> {
	(any::<u64>(), any::<u32>())
		.prop_map(|(job, shard)| ShardKey { job: JobId(job), shard: ShardIndex(shard) })
}

/// All that a commitment is made of.
fn any_parts() -> impl Strategy<Value = ([u8; 32], ShardKey, Account, Claim, [u8; 32])> {
	(any::<[u8; 32]>(), any_key(), any::<Account>(), any_claim(), any::<[u8; 32]>())
}

#[test]
fn commitment_should_be_the_hash_that_is_documented() {
	// Built byte by byte, as an implementation in another language would.
	let outcomes = BlobId::of(b"outcomes");
	let claim = Claim::Computed { root: [4; 32], fuel: Fuel(5), outcomes };
	let key = ShardKey { job: JobId(1), shard: ShardIndex(2) };
	let mut bytes = b"ergon/commit/1".to_vec();
	bytes.extend([9; 32]);
	bytes.extend(1u64.to_le_bytes());
	bytes.extend(2u32.to_le_bytes());
	bytes.extend([3; 32]);
	bytes.push(0);
	bytes.extend([4; 32]);
	bytes.extend(5u64.to_le_bytes());
	bytes.push(0);
	bytes.extend(outcomes.digest);
	bytes.extend([6; 32]);
	let expected: [u8; 32] = Sha256::digest(&bytes).into();
	assert_eq!(commitment(&[9; 32], &key, &[3u8; 32], &claim, &[6; 32]), expected);
	assert_eq!(COMMIT_DOMAIN, b"ergon/commit/1");
}

#[test]
fn known_answer_should_be_the_hash_that_is_documented() {
	let mut bytes = b"ergon/known/1".to_vec();
	bytes.extend([9; 32]);
	bytes.extend([3; 32]);
	let program = BlobId::of(b"program");
	bytes.push(0);
	bytes.extend(program.digest);
	bytes.extend(2u32.to_le_bytes());
	bytes.push(1);
	bytes.extend([6; 32]);
	let expected: [u8; 32] = Sha256::digest(&bytes).into();
	let known = known_answer(&[9; 32], &[3u8; 32], &program, ShardIndex(2), &Claim::Unavailable, &[6; 32]);
	assert_eq!(known, expected);
	assert_eq!(KNOWN_DOMAIN, b"ergon/known/1");
}

#[test]
fn state_should_be_as_small_as_said() {
	// The bound is no guess: a full one really has it.
	let claim = Claim::Computed { root: [1; 32], fuel: Fuel(2), outcomes: BlobId::of(b"outcomes") };
	let with = |amount| Replica {
		provider: [0u8; 32],
		ask: Price(amount),
		lock: amount,
		state: ReplicaState::Revealed(claim),
	};
	let replica = with(u128::MAX);
	assert_eq!(Replica::<Account>::max_encoded_len(), replica.encoded_size());
	// With a billion tokens at stake in each.
	assert_eq!(with(UNIT * 1_000_000_000).encoded_size(), 32 + 2 * 10 + 75);
	let terms = Terms {
		quorum: 1,
		max_replicas: 7,
		commit_window: 1,
		reveal_window: 1,
		fuel_limit: Fuel(1),
		value: u128::MAX,
	};
	let full = ShardAttestation {
		terms,
		phase: Phase::Revealing { until: 1 },
		trust: 50,
		replicas: vec![replica; MAX_REPLICAS as usize].try_into().unwrap(),
	};
	assert_eq!(full.encoded_size(), 1_029);
	assert_eq!(ShardAttestation::<Account>::max_encoded_len(), full.encoded_size());
	assert_eq!(Terms::max_encoded_len(), 34);
	assert_eq!(Phase::max_encoded_len(), 5);
	assert_eq!(Policy::max_encoded_len(), 3);
	assert_eq!(Claim::max_encoded_len(), 74);
	assert_eq!(Reputation::max_encoded_len(), 44);
	assert_eq!(ProviderStatus::max_encoded_len(), 5);
	assert_eq!(Operator::<Account>::max_encoded_len(), 33);
	assert_eq!(Trust::max_encoded_len(), 18);
	assert_eq!(Economics::max_encoded_len(), 108);
	assert_eq!(ShardRecord::<Account>::max_encoded_len(), 74 + 4 + 16 + 16 + 1 + 7 * 32);
	let one_more = ShardAttestation::<Account>::max_encoded_len() + Replica::<Account>::max_encoded_len();
	assert!(one_more > 1024, "there would be room for another replica");
}

#[test]
fn only_the_absent_and_silent_should_hold_nothing() {
	assert!(ReplicaState::Assigned.is_engaged());
	assert!(ReplicaState::Committed([0; 32]).is_engaged());
	assert!(ReplicaState::Revealed(Claim::Unavailable).is_engaged());
	assert!(!ReplicaState::Absent.is_engaged());
	assert!(!ReplicaState::Silent.is_engaged());
}

#[test]
fn codec_indices_should_stay() {
	assert_eq!(Claim::Unavailable.encode(), [1]);
	assert_eq!(ReplicaState::Assigned.encode(), [0]);
	assert_eq!(ReplicaState::Silent.encode(), [4]);
	assert_eq!(Verdict::Unavailable.encode(), [1]);
	assert_eq!(Verdict::Cancelled.encode(), [4]);
	assert_eq!(Phase::Revealing { until: 7 }.encode(), [2, 7, 0, 0, 0]);
	assert_eq!(Phase::Deciding.encode(), [3]);
	assert_eq!(Conduct::FalselyUnavailable.encode(), [5]);
	assert_eq!(Conduct::Alone.encode(), [6]);
}

proptest! {
	#[test]
	fn commitment_binds_each_field(a in any_parts(), b in any_parts()) {
		let of = |(genesis, key, provider, claim, salt): &([u8; 32], ShardKey, Account, Claim, [u8; 32])| {
			commitment(genesis, key, provider, claim, salt)
		};
		let base = of(&a);
		prop_assert_eq!(base, of(&a));
		// One field after the other taken from the other draw.
		let changed = [
			(b.0, a.1, a.2, a.3, a.4),
			(a.0, ShardKey { job: b.1.job, ..a.1 }, a.2, a.3, a.4),
			(a.0, ShardKey { shard: b.1.shard, ..a.1 }, a.2, a.3, a.4),
			(a.0, a.1, b.2, a.3, a.4),
			(a.0, a.1, a.2, b.3, a.4),
			(a.0, a.1, a.2, a.3, b.4),
		];
		for parts in changed {
			prop_assert_eq!(of(&parts) == base, parts == a);
		}
		if let Claim::Computed { root, fuel, outcomes } = a.3 {
			let Claim::Computed { root: other_root, fuel: other_fuel, outcomes: other_outcomes } = b.3 else {
				return Ok(());
			};
			for claim in [
				Claim::Computed { root: other_root, fuel, outcomes },
				Claim::Computed { root, fuel: other_fuel, outcomes },
				Claim::Computed { root, fuel, outcomes: other_outcomes },
			] {
				prop_assert_eq!(of(&(a.0, a.1, a.2, claim, a.4)) == base, claim == a.3);
			}
		}
	}

	#[test]
	fn known_answer_binds_each_field(
		a in any_parts(), b in any_parts(), programs in prop::array::uniform2(any_blob()),
	) {
		// The claim is taken from the other draw as a whole; that it is bound field by field follows from its encoding,
		// which the commitment shares.
		let of = |genesis, owner: &Account, program, shard, claim, salt| {
			known_answer(genesis, owner, program, shard, claim, salt)
		};
		let base = of(&a.0, &a.2, &programs[0], a.1.shard, &a.3, &a.4);
		prop_assert_eq!(base, of(&a.0, &a.2, &programs[0], a.1.shard, &a.3, &a.4));
		prop_assert_eq!(of(&b.0, &a.2, &programs[0], a.1.shard, &a.3, &a.4) == base, a.0 == b.0);
		prop_assert_eq!(of(&a.0, &b.2, &programs[0], a.1.shard, &a.3, &a.4) == base, a.2 == b.2);
		prop_assert_eq!(of(&a.0, &a.2, &programs[1], a.1.shard, &a.3, &a.4) == base, programs[0] == programs[1]);
		prop_assert_eq!(of(&a.0, &a.2, &programs[0], b.1.shard, &a.3, &a.4) == base, a.1.shard == b.1.shard);
		prop_assert_eq!(of(&a.0, &a.2, &programs[0], a.1.shard, &b.3, &a.4) == base, a.3 == b.3);
		prop_assert_eq!(of(&a.0, &a.2, &programs[0], a.1.shard, &a.3, &b.4) == base, a.4 == b.4);
		// Nobody's commitment opens it, whatever the job.
		prop_assert_ne!(base, commitment(&a.0, &a.1, &a.2, &a.3, &a.4));
		prop_assert_ne!(base, commitment(&a.0, &b.1, &a.2, &a.3, &a.4));
	}

	#[test]
	fn reveal_opens_what_was_committed(parts in any_parts()) {
		let (genesis, key, provider, claim, salt) = parts;
		let reveal = Reveal { key, claim, salt };
		let decoded = Reveal::decode(&mut &reveal.encode()[..]).unwrap();
		prop_assert_eq!(decoded, reveal);
		prop_assert!(reveal.encoded_size() <= Reveal::max_encoded_len());
		prop_assert_eq!(
			commitment(&genesis, &decoded.key, &provider, &decoded.claim, &decoded.salt),
			commitment(&genesis, &key, &provider, &claim, &salt)
		);
	}

	#[test]
	fn any_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
		// What is read is written back the same, as far as it was read: one form for each value.
		let mut rest = &bytes[..];
		if let Ok(reveal) = Reveal::decode(&mut rest) {
			prop_assert_eq!(&reveal.encode()[..], &bytes[..bytes.len() - rest.len()]);
		}
		let mut rest = &bytes[..];
		if let Ok(shard) = ShardAttestation::<Account>::decode(&mut rest) {
			prop_assert_eq!(shard.encode().len(), bytes.len() - rest.len());
		}
	}
}
