//! `commit`.

use crate::{mock::*, *};
use ergon_primitives::{Phase, ReplicaState};
use ergon_traits::Attestation as _;
use frame_support::{
	assert_noop, assert_ok,
	dispatch::{CheckIfFeeless, GetDispatchInfo},
	sp_runtime::DispatchError,
};

#[test]
fn commitment_should_be_kept_when_provider_is_assigned() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let call = commit_call(key, 1, computed(1));
		assert!(call.is_feeless(&RuntimeOrigin::signed(worker_of(1))));
		assert_ok!(send(worker_of(1), call));

		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.replicas[0].state, ReplicaState::Committed(sealed(key, 1, computed(1))));
		assert_eq!(shard.replicas[1].state, ReplicaState::Assigned);
		assert_eq!(shard.phase, Phase::Committing { until: 1 + COMMIT_WINDOW });
		System::assert_last_event(Event::Committed { key, provider: 1 }.into());
		assert_eq!(told(), vec![]);
	});
}

#[test]
fn reveals_should_be_asked_for_when_all_have_committed() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit(key, 1, computed(1));
		to_block(5);
		commit(key, 2, computed(2));
		assert_eq!(phase(key), Some(Phase::Revealing { until: 5 + REVEAL_WINDOW }));
	});
}

#[test]
fn last_block_of_the_window_should_count_and_the_next_not() {
	run(|| {
		let (early, late) = (open(0, &[1, 2], 2), open(1, &[1, 2], 2));
		to_block(1 + COMMIT_WINDOW);
		commit(early, 1, computed(1));
		// Before the hook of the next block, which would serve the deadline.
		System::set_block_number(u64::from(2 + COMMIT_WINDOW));
		refused(worker_of(1), commit_call(late, 1, computed(1)), Error::TooLate);
	});
}

#[test]
fn absent_provider_should_be_too_late_when_others_still_commit() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		to_block(2 + COMMIT_WINDOW);
		extend(key, &[3, 4]);
		refused(worker_of(1), commit_call(key, 1, computed(1)), Error::TooLate);
	});
}

#[test]
fn outsiders_should_be_refused() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		// No provider at all; a provider that was not drawn; a drawn provider's stash, which is not its worker.
		refused(5, commit_call(key, 1, computed(1)), Error::NotAProvider);
		refused(worker_of(3), commit_call(key, 3, computed(1)), Error::NotAssigned);
		refused(1, commit_call(key, 1, computed(1)), Error::NotAProvider);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert!(!commit_call(key, 1, computed(1)).is_feeless(&origin));
			let commits: Commits = vec![(key, [0; 32])].try_into().unwrap();
			assert_noop!(Attestation::commit(origin, commits), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn second_commitment_should_be_refused_when_it_differs_and_when_it_does_not() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit(key, 1, computed(1));
		refused(worker_of(1), commit_call(key, 1, computed(1)), Error::AlreadyCommitted);
		refused(worker_of(1), commit_call(key, 1, computed(2)), Error::AlreadyCommitted);
	});
}

#[test]
fn commitment_should_be_refused_when_shard_is_not_committing() {
	run(|| {
		refused(worker_of(1), commit_call(key(9), 1, computed(1)), Error::NotOpen);

		let revealing = open(0, &[1], 1);
		commit(revealing, 1, computed(1));
		refused(worker_of(1), commit_call(revealing, 1, computed(1)), Error::NotCommitting);

		let waiting = open(1, &[1, 2], 4);
		commit(waiting, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(phase(waiting), Some(Phase::Waiting { missing: 1 }));
		refused(worker_of(1), commit_call(waiting, 1, computed(1)), Error::NotCommitting);

		let settled = open(2, &[1], 1);
		commit(settled, 1, computed(1));
		reveal(settled, 1, computed(1));
		refused(worker_of(1), commit_call(settled, 1, computed(1)), Error::NotOpen);
	});
}

#[test]
fn batch_should_be_taken_as_a_whole_or_not_at_all() {
	run(|| {
		let keys: Vec<_> = (0..MAX_BATCH).map(|shard| open(shard, &[1, 2], 2)).collect();
		let batch = |keys: &[ShardKey]| {
			commits_call(keys.iter().map(|key| (*key, sealed(*key, 1, computed(1)))).collect())
		};
		refused(worker_of(1), batch(&[]), Error::Empty);
		refused(worker_of(1), batch(&[keys[0], keys[1], keys[0]]), Error::Duplicate);
		refused(worker_of(1), batch(&[keys[0], key(99), keys[0]]), Error::Duplicate);
		refused(worker_of(1), batch(&[keys[0], key(99), keys[1]]), Error::NotOpen);

		commit(keys[31], 1, computed(1));
		refused(worker_of(1), batch(&keys), Error::AlreadyCommitted);
		assert_ok!(send(worker_of(1), batch(&keys[..31])));
		for key in keys {
			assert!(matches!(Attestation::get(key).unwrap().replicas[0].state, ReplicaState::Committed(_)));
		}
	});
}

#[test]
fn unused_weight_should_be_given_back() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let call = commit_call(key, 1, computed(1));
		let declared = call.get_dispatch_info().call_weight;
		let used = send(worker_of(1), call).unwrap().actual_weight.unwrap();
		assert_eq!(declared - used, <() as WeightInfo>::commit_last());
	});
}
