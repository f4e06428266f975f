//! Those that would gain by it: copyists, replayers, outsiders.

use super::check_duty::validate;
use crate::{mock::*, *};
use ergon_primitives::{Claim, ReplicaState};
use ergon_traits::{Attestation as _, Decision};
use frame_support::{assert_ok, dispatch::CheckIfFeeless};
use proptest::prelude::*;

#[test]
fn copied_commitment_should_open_to_nothing() {
	run(|| {
		// Eve (2) copies what Ann (1) committed to, before or after her, and later her claim and salt.
		let key = open(0, &[1, 2], 4);
		let anns = sealed(key, 1, computed(1));
		assert_ok!(send(worker_of(2), commits_call(vec![(key, anns)])));
		commit(key, 1, computed(1));
		reveal(key, 1, computed(1));
		let anns_reveal = Reveal { key, claim: computed(1), salt: salt(key, 1) };
		refused(worker_of(2), reveals_call(vec![anns_reveal]), Error::CommitmentMismatch);
		refused(worker_of(2), reveal_call(key, 2, computed(1)), Error::CommitmentMismatch);
		// It cannot commit anew, and pays for its silence.
		refused(worker_of(2), commit_call(key, 2, computed(1)), Error::NotCommitting);
		to_block(2 + REVEAL_WINDOW);
		assert_eq!(told(), vec![discharged(2, Conduct::Silent), Told::Requested(key, 1)]);
	});
}

#[test]
fn commitment_of_another_shard_should_open_to_nothing() {
	run(|| {
		let (first, second) = (open(0, &[1], 1), open(1, &[1], 1));
		let commits = vec![(first, sealed(second, 1, computed(1))), (second, sealed(first, 1, computed(1)))];
		assert_ok!(send(worker_of(1), commits_call(commits)));
		for (key, salt_of) in [(first, second), (second, first), (first, first)] {
			let reveal = Reveal { key, claim: computed(1), salt: salt(salt_of, 1) };
			refused(worker_of(1), reveals_call(vec![reveal]), Error::CommitmentMismatch);
		}
	});
}

#[test]
fn replayed_calls_should_change_nothing() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let calls = [
			(1, commit_call(key, 1, computed(1))),
			(2, commit_call(key, 2, computed(2))),
			(1, reveal_call(key, 1, computed(1))),
			(2, reveal_call(key, 2, computed(2))),
		];
		for (place, (provider, call)) in calls.iter().enumerate() {
			assert_ok!(send(worker_of(*provider), call.clone()));
			for (_, old) in &calls[..=place] {
				for replayer in [worker_of(1), worker_of(2), worker_of(3), 1, 55] {
					if place == 0 && replayer == worker_of(2) {
						// It has still to commit, and may commit to what it likes: see the copied commitment above.
						continue;
					}
					let before = storage_root();
					assert!(!old.is_feeless(&RuntimeOrigin::signed(replayer)));
					assert!(send(replayer, old.clone()).is_err());
					assert_eq!(before, storage_root());
				}
			}
		}
	});
}

#[test]
fn replacement_should_see_no_claim_of_those_that_wait() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit(key, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		extend(key, &[3]);
		let shard = Attestation::get(key).unwrap();
		assert!(!shard.replicas.iter().any(|replica| matches!(replica.state, ReplicaState::Revealed(_))));
		refused(worker_of(1), reveal_call(key, 1, computed(1)), Error::NotRevealing);
	});
}

/// A call that somebody makes up: of the shards that are open and others, with right and wrong contents.
fn any_call() -> impl Strategy<Value = RuntimeCall> {
	let shard = 0..6u32;
	let whose = 0..6u64;
	let which = prop_oneof![Just(Claim::Unavailable), (0..3u8).prop_map(computed)];
	let one = (shard, whose, which);
	prop_oneof![
		prop::collection::vec(one.clone(), 0..4).prop_map(|all| {
			let each = |(shard, whose, claim)| (key(shard), sealed(key(shard), whose, claim));
			commits_call(all.into_iter().map(each).collect())
		}),
		prop::collection::vec(one, 0..4).prop_map(|all| {
			let each =
				|(shard, whose, claim)| Reveal { key: key(shard), claim, salt: salt(key(shard), whose) };
			reveals_call(all.into_iter().map(each).collect())
		}),
	]
}

/// Shards in every phase, replicated and lone, all of providers 1 to 4.
fn busy() {
	open(0, &[1, 2], 4);
	let committed = open(1, &[1, 2, 3], 7);
	commit_all(committed, &[(1, computed(1)), (2, computed(1))]);
	to_block(2 + COMMIT_WINDOW);
	open(2, &[1, 2], 4);
	let revealing = open(3, &[3, 4], 4);
	commit_all(revealing, &[(3, computed(1)), (4, computed(2))]);
	reveal(revealing, 3, computed(1));
	let deciding = open_alone(4, 4, 2, 4);
	commit(deciding, 4, computed(1));
	let trusted = open_alone(5, 4, 2, 4);
	commit(trusted, 4, computed(1));
	decide(trusted, Decision::Trust);
	told();
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	/// Whoever was not drawn moves nothing, no duty and no balance, whatever it sends and however often; and none of it gets
	/// into a block.
	#[test]
	fn outsiders_should_change_nothing(
		calls in prop::collection::vec((prop_oneof![105..300u64, 1..100u64], any_call()), 1..20),
	) {
		run(|| {
			busy();
			let before = (storage_root(), neighbours());
			for (signer, call) in calls {
				assert!(validate(RuntimeOrigin::signed(signer), &call).is_err());
				assert!(!call.is_feeless(&RuntimeOrigin::signed(signer)));
				assert!(send(signer, call).is_err());
				assert_eq!((storage_root(), neighbours()), before);
			}
			assert_eq!(told(), vec![]);
		});
	}

	/// Whatever the drawn send in whatever order, what is not free fails and changes nothing, what is free succeeds, and
	/// the state stays consistent.
	#[test]
	fn free_should_be_what_succeeds(
		calls in prop::collection::vec((101..107u64, any_call(), 0..3u32), 1..30),
	) {
		run(|| {
			busy();
			for (signer, call, pause) in calls {
				let free = call.is_feeless(&RuntimeOrigin::signed(signer));
				assert_eq!(validate(RuntimeOrigin::signed(signer), &call).is_ok(), free);
				let before = storage_root();
				let sent = send(signer, call);
				assert_eq!(free, sent.is_ok());
				if !free {
					assert_eq!(storage_root(), before);
				}
				assert_state();
				to_block(System::block_number() as u32 + pause);
				assert_state();
			}
		});
	}
}
