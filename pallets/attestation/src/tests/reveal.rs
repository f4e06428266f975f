//! `reveal`.

use crate::{mock::*, *};
use ergon_primitives::{Claim, Fuel, Phase, ReplicaState};
use ergon_traits::Attestation as _;
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	sp_runtime::DispatchError,
};

#[test]
fn claim_should_be_kept_when_it_opens_the_commitment() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		let call = reveal_call(key, 1, computed(1));
		assert!(call.is_feeless(&RuntimeOrigin::signed(worker_of(1))));
		assert_ok!(send(worker_of(1), call));

		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.replicas[0].state, ReplicaState::Revealed(computed(1)));
		assert_eq!(shard.phase, Phase::Revealing { until: 1 + REVEAL_WINDOW });
		System::assert_last_event(Event::Revealed { key, provider: 1 }.into());
		assert_eq!(told(), vec![]);
	});
}

#[test]
fn last_block_of_the_window_should_count_and_the_next_not() {
	run(|| {
		let key = open(0, &[1, 2], 2);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		to_block(1 + REVEAL_WINDOW);
		reveal(key, 1, computed(1));
		System::set_block_number(u64::from(2 + REVEAL_WINDOW));
		refused(worker_of(2), reveal_call(key, 2, computed(1)), Error::TooLate);
	});
}

#[test]
fn silent_provider_should_be_too_late_when_others_reveal_in_a_later_round() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		reveal(key, 1, computed(1));
		to_block(2 + REVEAL_WINDOW);
		extend(key, &[3]);
		commit(key, 3, computed(1));
		refused(worker_of(2), reveal_call(key, 2, computed(1)), Error::TooLate);
		// One that had revealed in an earlier round need not, and cannot, do it again.
		refused(worker_of(1), reveal_call(key, 1, computed(1)), Error::AlreadyRevealed);
	});
}

#[test]
fn absent_provider_should_not_be_able_to_reveal() {
	run(|| {
		let key = open(0, &[1], 2);
		to_block(2 + COMMIT_WINDOW);
		extend(key, &[2]);
		commit(key, 2, computed(1));
		refused(worker_of(1), reveal_call(key, 1, computed(1)), Error::NotCommitted);
	});
}

#[test]
fn outsiders_should_be_refused() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		refused(5, reveal_call(key, 1, computed(1)), Error::NotAProvider);
		refused(1, reveal_call(key, 1, computed(1)), Error::NotAProvider);
		refused(worker_of(3), reveal_call(key, 1, computed(1)), Error::NotAssigned);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert!(!reveal_call(key, 1, computed(1)).is_feeless(&origin));
			let reveals: Reveals =
				vec![Reveal { key, claim: computed(1), salt: salt(key, 1) }].try_into().unwrap();
			assert_noop!(Attestation::reveal(origin, reveals), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn reveal_should_be_refused_when_shard_is_not_revealing() {
	run(|| {
		refused(worker_of(1), reveal_call(key(9), 1, computed(1)), Error::NotOpen);

		let committing = open(0, &[1, 2], 4);
		refused(worker_of(1), reveal_call(committing, 1, computed(1)), Error::NotRevealing);
		commit(committing, 1, computed(1));
		refused(worker_of(1), reveal_call(committing, 1, computed(1)), Error::NotRevealing);

		// Whoever committed waits unrevealed while an absent one is replaced.
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(phase(committing), Some(Phase::Waiting { missing: 1 }));
		refused(worker_of(1), reveal_call(committing, 1, computed(1)), Error::NotRevealing);
	});
}

#[test]
fn reveal_should_be_refused_when_anything_differs_from_the_commitment() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		let good = Reveal { key, claim: computed(1), salt: salt(key, 1) };
		let Claim::Computed { root, fuel, outcomes } = good.claim else { unreachable!() };
		let fuel = Fuel(fuel.0 - 1);
		for bad in [
			Reveal { claim: computed(2), ..good },
			Reveal { claim: Claim::Unavailable, ..good },
			Reveal { claim: Claim::Computed { root, fuel, outcomes }, ..good },
			Reveal { salt: [0; 32], ..good },
		] {
			refused(worker_of(1), reveals_call(vec![bad]), Error::CommitmentMismatch);
		}
		assert_ok!(send(worker_of(1), reveals_call(vec![good])));
	});
}

#[test]
fn fuel_should_be_accepted_at_the_limit_and_not_above() {
	let claim = |fuel| match computed(1) {
		Claim::Computed { root, outcomes, .. } => Claim::Computed { root, fuel: Fuel(fuel), outcomes },
		Claim::Unavailable => unreachable!(),
	};
	run(|| {
		let key = open(0, &[1, 2], 4);
		let (most, above) = (claim(FUEL_LIMIT.0), claim(FUEL_LIMIT.0 + 1));
		commit_all(key, &[(1, most), (2, above)]);
		reveal(key, 1, most);
		refused(worker_of(2), reveal_call(key, 2, above), Error::TooMuchFuel);
	});
}

#[test]
fn commitment_should_open_to_nothing_when_made_on_another_chain() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let elsewhere = ergon_primitives::commitment(&[9; 32], &key, &1u64, &computed(1), &salt(key, 1));
		assert_ok!(send(worker_of(1), commits_call(vec![(key, elsewhere)])));
		commit(key, 2, computed(1));
		refused(worker_of(1), reveal_call(key, 1, computed(1)), Error::CommitmentMismatch);
	});
}

#[test]
fn batch_should_be_taken_as_a_whole_or_not_at_all() {
	run(|| {
		let keys: Vec<_> = (0..MAX_BATCH).map(|shard| open(shard, &[1], 1)).collect();
		keys.iter().for_each(|key| commit(*key, 1, computed(1)));
		let one = |key: &ShardKey| Reveal { key: *key, claim: computed(1), salt: salt(*key, 1) };
		let batch = |keys: &[ShardKey]| reveals_call(keys.iter().map(one).collect());
		refused(worker_of(1), batch(&[]), Error::Empty);
		refused(worker_of(1), batch(&[keys[0], keys[1], keys[0]]), Error::Duplicate);
		let mut reveals: Vec<_> = keys.iter().map(one).collect();
		reveals[31].salt = [0; 32];
		refused(worker_of(1), reveals_call(reveals), Error::CommitmentMismatch);

		// Each of them closes its shard.
		let declared = batch(&keys).get_dispatch_info().call_weight;
		let used = send(worker_of(1), batch(&keys)).unwrap().actual_weight.unwrap();
		assert!(used.all_lt(declared));
		assert_eq!(told().len(), 64);
		assert_eq!(Shards::<Test>::iter().count(), 0);
	});
}
