//! `try_state` fires when the state is corrupt, and `integrity_test` when the configuration is.

use crate::{mock::*, *};
use ergon_primitives::{Phase, ReplicaState};
use ergon_traits::Attestation as _;
use frame_support::traits::Hooks;

/// Three sound shards, one in each phase; then `corrupt`; then the state must be found wrong in this way. The corruption is
/// undone before the test's last look at the state.
#[track_caller]
fn found(wrong: &'static str, corrupt: impl FnOnce([ShardKey; 3])) {
	found_in(replicated, wrong, corrupt);
}

/// The same of three sound shards with a lone replica each: before its commitment, before the decision, and trusted.
#[track_caller]
fn found_alone(wrong: &'static str, corrupt: impl FnOnce([ShardKey; 3])) {
	found_in(alone, wrong, corrupt);
}

fn alone() -> [ShardKey; 3] {
	let keys = [0, 1, 2].map(|shard| open_alone(shard, 9, 2, 4));
	commit(keys[1], 9, computed(1));
	commit(keys[2], 9, computed(1));
	decide(keys[2], ergon_traits::Decision::Trust);
	keys
}

fn replicated() -> [ShardKey; 3] {
	let keys = [open(0, &[1, 2], 4), open(1, &[1, 2], 4), open(2, &[1, 2], 4)];
	commit_all(keys[2], &[(1, computed(1))]);
	to_block(2 + COMMIT_WINDOW);
	Attestation::do_try_state().unwrap();
	for key in [keys[0], keys[1]] {
		extend(key, &[3, 4]);
	}
	commit_all(keys[1], &[(3, computed(1)), (4, computed(1))]);
	keys
}

#[track_caller]
fn found_in(sound: fn() -> [ShardKey; 3], wrong: &'static str, corrupt: impl FnOnce([ShardKey; 3])) {
	run(|| {
		let keys = sound();
		Attestation::do_try_state().unwrap();
		let before = neighbours();
		let result = frame_support::storage::with_transaction(|| {
			corrupt(keys);
			let result = Attestation::do_try_state();
			frame_support::sp_runtime::TransactionOutcome::Rollback(Ok::<
				_,
				frame_support::sp_runtime::DispatchError,
			>(result))
		})
		.unwrap();
		restore(before);
		assert_eq!(result.map_err(<&str>::from), Err(wrong));
	});
}

fn alter(key: ShardKey, change: impl FnOnce(&mut ShardAttestation<AccountId>)) {
	Shards::<Test>::mutate(key, |shard| change(shard.as_mut().unwrap()));
}

#[test]
fn agenda_should_be_found_wrong() {
	found("attestation: a deadline is not in the agenda", |[committing, ..]| {
		Agenda::<Test>::remove(2 + 2 * COMMIT_WINDOW, committing);
	});
	let no_deadline = "attestation: the agenda has an entry that is no deadline";
	found(no_deadline, |[committing, ..]| Agenda::<Test>::insert(90, committing, ()));
	found(no_deadline, |[_, _, waiting]| Agenda::<Test>::insert(90, waiting, ()));
	found(no_deadline, |_| Agenda::<Test>::insert(90, key(77), ()));
	found("attestation: the agenda has an entry that was passed over", |_| NextDue::<Test>::put(90));
}

#[test]
fn duties_should_be_found_wrong() {
	let differ = "attestation: duty and engagement differ";
	found(differ, |[committing, ..]| corrupt_duty(3, committing, false));
	found(differ, |[committing, ..]| corrupt_duty(1, committing, true));
}

#[test]
fn replicas_should_be_found_wrong() {
	found("attestation: a provider is twice in a shard", |[committing, ..]| {
		alter(committing, |shard| shard.replicas[1].provider = 1);
	});
	found("attestation: more replicas than the terms allow", |[committing, ..]| {
		alter(committing, |shard| shard.terms.max_replicas = 3);
	});
	found("attestation: impossible terms", |[committing, ..]| {
		alter(committing, |shard| shard.terms.quorum = 0);
	});
	found("attestation: impossible terms", |[committing, ..]| {
		alter(committing, |shard| shard.terms.max_replicas = 9);
	});
}

#[test]
fn phase_should_be_found_wrong() {
	found("attestation: committing, and nobody is to commit", |[_, revealing, _]| {
		alter(revealing, |shard| shard.phase = Phase::Committing { until: 2 + 2 * COMMIT_WINDOW });
	});
	found("attestation: revealing, and somebody is to commit", |[committing, ..]| {
		alter(committing, |shard| shard.phase = Phase::Revealing { until: 2 + 2 * COMMIT_WINDOW });
	});
	found("attestation: revealing, and nobody is to reveal", |[_, revealing, _]| {
		alter(revealing, |shard| {
			shard.replicas.iter_mut().for_each(|replica| replica.state = ReplicaState::Silent)
		});
	});
	found("attestation: waiting, and somebody is to commit", |[committing, ..]| {
		alter(committing, |shard| shard.phase = Phase::Waiting { missing: 1 });
	});
	found("attestation: waiting for nobody", |[_, _, waiting]| {
		alter(waiting, |shard| shard.phase = Phase::Waiting { missing: 0 });
	});
	found("attestation: waiting for more than the terms allow", |[_, _, waiting]| {
		alter(waiting, |shard| shard.phase = Phase::Waiting { missing: 3 });
	});
}

#[test]
fn trust_should_be_found_wrong() {
	found_alone("attestation: deciding, and nobody works alone", |[_, deciding, _]| {
		alter(deciding, |shard| shard.trust = 0);
	});
	found_alone("attestation: deciding before there is a commitment", |[_, deciding, _]| {
		alter(deciding, |shard| shard.replicas[0].state = ReplicaState::Silent);
	});
	found_alone("attestation: trust in one that is always audited", |[committing, ..]| {
		alter(committing, |shard| shard.trust = 1);
	});
	let not_audited = "attestation: trust in one that cannot be audited";
	found_alone(not_audited, |[committing, ..]| alter(committing, |shard| shard.terms.quorum = 1));
	found_alone(not_audited, |[_, _, trusted]| alter(trusted, |shard| shard.terms.max_replicas = 2));
	found_alone("attestation: trust, and not one replica", |[committing, ..]| {
		alter(committing, |shard| {
			let absent = ReplicaState::Absent;
			let second =
				ergon_primitives::Replica { provider: 8, state: absent, ..shard.replicas[0].clone() };
			shard.replicas.try_push(second).unwrap();
		});
	});
	found_alone("attestation: trust in one that is heard or out", |[_, _, trusted]| {
		alter(trusted, |shard| {
			shard.phase = Phase::Waiting { missing: 1 };
			shard.replicas[0].state = ReplicaState::Revealed(computed(1));
		});
	});
	found_alone("attestation: trust, and waiting for others", |[_, deciding, _]| {
		alter(deciding, |shard| shard.phase = Phase::Waiting { missing: 1 });
	});
}

#[test]
fn order_should_be_found_wrong() {
	found("attestation: one that is to reveal was drawn before one that has", |[_, _, waiting]| {
		alter(waiting, |shard| {
			shard.terms.quorum = 3;
			shard.replicas[1].state = ReplicaState::Revealed(computed(1));
		});
	});
}

#[test]
fn quorum_of_a_lone_replica_should_count_its_audit() {
	run(|| {
		for key in alone() {
			let shard = Attestation::get(key).unwrap();
			assert_eq!(machine::largest_possible_group(&shard), 2);
		}
	});
}

#[test]
fn budget_should_be_found_exceedable() {
	found("attestation: more could agree than are paid for", |[_, revealing, _]| {
		alter(revealing, |shard| shard.terms.quorum = 1);
	});
	found("attestation: more could agree than are paid for", |[_, _, waiting]| {
		alter(waiting, |shard| shard.phase = Phase::Waiting { missing: 2 });
	});
}

#[test]
fn configuration_should_pass() {
	run(<Attestation as Hooks<u64>>::integrity_test);
}

#[test]
#[should_panic(expected = "MaxHookWeight must allow at least one deadline")]
fn configuration_should_be_refused_when_the_hook_could_never_serve() {
	run(|| {
		MaxHookWeight::set(Weight::from_parts(1_000, 1_000));
		<Attestation as Hooks<u64>>::integrity_test();
	});
}

#[test]
fn open_shard_should_take_as_much_state_as_is_said() {
	use ergon_primitives::{Claim, Fuel, Price};
	let account = frame_support::sp_runtime::AccountId32::new([1; 32]);
	type Shard = ShardAttestation<frame_support::sp_runtime::AccountId32>;
	assert!(Shard::max_encoded_len() <= MAX_SHARD_BYTES);
	// What three replicas take that all revealed: the usual size.
	let replica = ergon_primitives::Replica {
		provider: account,
		ask: Price(1),
		lock: 1,
		state: ReplicaState::Revealed(match computed(1) {
			Claim::Computed { root, outcomes, .. } => Claim::Computed { root, fuel: Fuel(1), outcomes },
			Claim::Unavailable => unreachable!(),
		}),
	};
	let shard = Shard {
		terms: terms(3, 5),
		phase: Phase::Revealing { until: 9 },
		trust: 0,
		replicas: vec![replica; 3].try_into().unwrap(),
	};
	assert_eq!(codec::Encode::encoded_size(&shard), 369);
}
