//! What is made of the claims.

use crate::{mock::*, *};
use ergon_primitives::{Claim, Phase, Verdict};
use ergon_traits::Attestation as _;

const UNAVAILABLE: Claim = Claim::Unavailable;

/// A shard in which these claims were committed and revealed by a first draw of as many.
fn first_round(claims: &[(AccountId, Claim)], max_replicas: u8) -> ShardKey {
	let providers: Vec<_> = claims.iter().map(|(provider, _)| *provider).collect();
	let key = open(0, &providers, max_replicas);
	commit_all(key, claims);
	reveal_all(key, claims);
	key
}

/// Further replicas that commit and reveal these claims.
fn next_round(key: ShardKey, claims: &[(AccountId, Claim)]) {
	let providers: Vec<_> = claims.iter().map(|(provider, _)| *provider).collect();
	extend(key, &providers);
	commit_all(key, claims);
	reveal_all(key, claims);
}

#[test]
fn shard_should_settle_when_all_agree() {
	run(|| {
		let key = first_round(&[(1, computed(1)), (2, computed(1)), (3, computed(1))], 5);
		assert_eq!(
			told(),
			vec![
				discharged(1, Conduct::Agreed),
				discharged(2, Conduct::Agreed),
				discharged(3, Conduct::Agreed),
				closed(key, agreed_on(1), &[1, 2, 3]),
			]
		);
		assert_eq!(Attestation::get(key), None);
		assert_eq!(neighbours().duties.len() + Agenda::<Test>::iter().count(), 0);
	});
}

#[test]
fn liars_should_be_told_from_those_who_falsely_could_not_fetch() {
	run(|| {
		let key = first_round(&[(1, computed(1)), (2, computed(2)), (3, UNAVAILABLE)], 7);
		assert_eq!(told(), vec![Told::Requested(key, 2)]);
		next_round(key, &[(4, computed(1)), (5, computed(1))]);
		assert_eq!(
			told(),
			vec![
				discharged(1, Conduct::Agreed),
				discharged(2, Conduct::Dissented),
				discharged(3, Conduct::FalselyUnavailable),
				discharged(4, Conduct::Agreed),
				discharged(5, Conduct::Agreed),
				closed_with(key, agreed_on(1), &[1], &[4, 5]),
			]
		);
	});
}

#[test]
fn nobody_should_be_at_fault_when_a_quorum_could_not_fetch() {
	run(|| {
		let key = first_round(&[(1, UNAVAILABLE), (2, computed(1))], 4);
		assert_eq!(told(), vec![Told::Requested(key, 1)]);
		next_round(key, &[(3, UNAVAILABLE)]);
		assert_eq!(
			told(),
			vec![
				discharged(1, Conduct::Released),
				discharged(2, Conduct::Released),
				discharged(3, Conduct::Released),
				// For having looked; and nobody pays for a replacement, since nobody is at fault.
				closed(key, Verdict::Unavailable, &[1, 3]),
			]
		);
	});
}

#[test]
fn tie_should_ask_for_as_many_as_one_side_lacks() {
	run(|| {
		let claims = [(1, computed(1)), (2, computed(2)), (3, computed(1)), (4, computed(2))];
		let key = first_round(&claims, 7);
		assert_eq!(phase(key), Some(Phase::Waiting { missing: 2 }));
		assert_eq!(told(), vec![Told::Requested(key, 2)]);
		next_round(key, &[(5, computed(1)), (6, computed(2))]);
		assert_eq!(told(), vec![Told::Requested(key, 1)]);
		next_round(key, &[(7, computed(2))]);
		assert_eq!(told().last(), Some(&closed_with(key, agreed_on(2), &[2, 4], &[6, 7])));
	});
}

#[test]
fn shard_should_end_without_quorum_when_no_more_replicas_are_allowed() {
	run(|| {
		let key = first_round(&[(1, computed(1)), (2, computed(2))], 3);
		assert_eq!(told(), vec![Told::Requested(key, 1)]);
		next_round(key, &[(3, UNAVAILABLE)]);
		assert_eq!(
			told(),
			vec![
				Told::Judged(key, vec![computed(1), computed(2)]),
				discharged(1, Conduct::Released),
				discharged(2, Conduct::Released),
				discharged(3, Conduct::Released),
				closed(key, Verdict::NoQuorum, &[]),
			]
		);
	});
}

#[test]
fn shard_should_end_at_once_when_the_missing_would_exceed_the_allowed() {
	run(|| {
		// Three more would be needed, two are allowed: to draw two would be to pay for nothing.
		let claims = [(1, computed(1)), (2, computed(2)), (3, computed(3)), (4, computed(4))];
		let key = first_round(&claims, 6);
		assert_eq!(told().last(), Some(&closed(key, Verdict::NoQuorum, &[])));
	});
}

#[test]
fn claims_should_differ_when_only_fuel_or_only_the_blob_does() {
	run(|| {
		let Claim::Computed { root, fuel, outcomes } = computed(1) else { unreachable!() };
		let (_, _, other) = match computed(2) {
			Claim::Computed { root, fuel, outcomes } => (root, fuel, outcomes),
			Claim::Unavailable => unreachable!(),
		};
		let less = Claim::Computed { root, fuel: ergon_primitives::Fuel(fuel.0 - 1), outcomes };
		let elsewhere = Claim::Computed { root, fuel, outcomes: other };
		let key = first_round(&[(1, computed(1)), (2, less), (3, elsewhere)], 7);
		assert_eq!(told(), vec![Told::Requested(key, 2)]);
	});
}

#[test]
fn single_replica_should_be_a_quorum_when_one_is_asked_for() {
	run(|| {
		let key = first_round(&[(1, computed(1))], 1);
		assert_eq!(told(), vec![discharged(1, Conduct::Agreed), closed(key, agreed_on(1), &[1])]);
	});
}

#[test]
fn earlier_reveals_should_count_with_later_ones() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		reveal(key, 1, computed(1));
		to_block(2 + REVEAL_WINDOW);
		assert_eq!(told(), vec![discharged(2, Conduct::Silent), Told::Requested(key, 1)]);
		next_round(key, &[(3, computed(1))]);
		assert_eq!(
			told(),
			vec![
				discharged(1, Conduct::Agreed),
				discharged(3, Conduct::Agreed),
				closed_with(key, agreed_on(1), &[1], &[3]),
			]
		);
	});
}
