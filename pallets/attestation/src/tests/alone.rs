//! One that works alone: from the draw to every end.

use crate::{mock::*, *};
use ergon_primitives::{stake::Trust, Claim, Phase, ReplicaState, Verdict};
use ergon_traits::{Attestation as _, Decision, Offer};
use frame_support::{assert_noop, dispatch::CheckIfFeeless, sp_runtime::DispatchError};

/// A lone replica of provider 9 that has committed to this; quorum 2 of at most 4.
fn committed(claim: Claim) -> ShardKey {
	let key = open_alone(0, 9, 2, 4);
	commit(key, 9, claim);
	assert_eq!(told(), vec![Told::ToDecide(key)]);
	key
}

/// The same, trusted.
fn trusted(claim: Claim) -> ShardKey {
	let key = committed(claim);
	decide(key, Decision::Trust);
	key
}

/// The same, audited.
fn audited(claim: Claim) -> ShardKey {
	let key = committed(claim);
	decide(key, Decision::Audit);
	assert_eq!(told(), vec![], "who decided knows how many are missing");
	key
}

fn trust(key: ShardKey) -> u16 {
	Attestation::get(key).unwrap().trust
}

#[test]
fn lone_replica_should_have_the_lock_of_its_trust() {
	run(|| {
		let key = open_alone(0, 9, 2, 4);
		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.trust, ONE_IN);
		assert_eq!(shard.phase, Phase::Committing { until: 1 + COMMIT_WINDOW });
		assert_eq!(shard.replicas.len(), 1);
		assert_eq!(shard.replicas[0].lock, lock_of(9) * 20);
	});
}

#[test]
fn open_alone_should_be_refused_when_it_makes_no_sense() {
	run(|| {
		open_alone(0, 9, 2, 4);
		let refused = |shard, terms, offer, error: Error<Test>| {
			assert_noop!(Attestation::open_alone(key(shard), terms, offer), error);
		};
		refused(0, terms(2, 4), lone_offer(8), Error::AlreadyOpen);
		refused(1, terms(2, 4), Offer { trust: None, ..lone_offer(9) }, Error::NotTrusted);
		for one_in in [0, 1] {
			// Always audited: that is a quorum.
			let trust = Some(Trust { one_in, lock: 1 });
			refused(1, terms(2, 4), Offer { trust, ..lone_offer(9) }, Error::NotTrusted);
		}
		// Nobody to audit it; or no room for a quorum without it.
		for (quorum, max_replicas) in [(1, 4), (2, 2), (0, 0), (3, 2), (7, 7), (2, 8)] {
			refused(1, terms(quorum, max_replicas), lone_offer(9), Error::BadTerms);
		}
		open_alone(1, 9, 6, 7);
	});
}

#[test]
fn nothing_should_be_taken_while_it_is_decided() {
	run(|| {
		let key = committed(computed(1));
		refused(worker_of(9), commit_call(key, 9, computed(2)), Error::NotCommitting);
		refused(worker_of(9), reveal_call(key, 9, computed(1)), Error::NotRevealing);
		assert_noop!(Attestation::extend(key, offers(&[1])), Error::<Test>::NotWaiting);
		// It has no deadline of its own, and holds its commitment.
		to_block(500);
		assert_eq!(phase(key), Some(Phase::Deciding));
		assert_eq!(Agenda::<Test>::iter().count(), 0);
		let state = Attestation::get(key).unwrap().replicas[0].state;
		assert_eq!(state, ReplicaState::Committed(sealed(key, 9, computed(1))));
	});
}

#[test]
fn only_what_waits_for_it_should_be_decided_on() {
	run(|| {
		let both = [Decision::Trust, Decision::Audit];
		let refused = |key, error: Error<Test>| {
			let error = DispatchError::from(error);
			for decision in both {
				assert_noop!(Attestation::decide(key, decision), error);
			}
		};
		refused(key(77), Error::NotOpen);
		let replicated = open(1, &[1, 2], 4);
		refused(replicated, Error::NotDeciding);
		commit_all(replicated, &[(1, computed(1)), (2, computed(1))]);
		refused(replicated, Error::NotDeciding);
		let committing = open_alone(2, 9, 2, 4);
		refused(committing, Error::NotDeciding);
		told();
		// Not twice.
		let trusted = trusted(computed(1));
		refused(trusted, Error::NotDeciding);
		to_block(2 + REVEAL_WINDOW);
		assert_eq!(phase(trusted), Some(Phase::Waiting { missing: 2 }));
		refused(trusted, Error::NotDeciding);
	});
}

#[test]
fn trusted_one_should_be_paid_and_prove_nothing() {
	run(|| {
		to_block(5);
		let key = committed(computed(1));
		to_block(8);
		decide(key, Decision::Trust);
		assert_eq!(phase(key), Some(Phase::Revealing { until: 8 + REVEAL_WINDOW }));
		assert_eq!(trust(key), ONE_IN);
		let call = reveal_call(key, 9, computed(1));
		assert!(call.is_feeless(&RuntimeOrigin::signed(worker_of(9))));
		send(worker_of(9), call).unwrap();
		assert_eq!(told(), vec![discharged_alone(9, Conduct::Alone), closed(key, agreed_on(1), &[9])]);
		assert_eq!(neighbours().duties.len() + Agenda::<Test>::iter().count(), 0);
	});
}

#[test]
fn claim_that_the_client_knew_should_count_as_agreement() {
	// Exposed before the decision or after: the same.
	for early in [true, false] {
		run(|| {
			let key = committed(computed(1));
			if early {
				expose(key, computed(1));
			}
			decide(key, Decision::Trust);
			expose(key, computed(1));
			reveal(key, 9, computed(1));
			assert_eq!(told(), vec![discharged_alone(9, Conduct::Agreed), closed(key, agreed_on(1), &[9])]);
		});
	}
}

#[test]
fn claim_that_the_client_denies_should_be_computed_by_others_too() {
	run(|| {
		let key = trusted(computed(1));
		expose(key, computed(2));
		reveal(key, 9, computed(1));
		assert_eq!(told(), vec![Told::Requested(key, 1)]);
		assert_eq!(trust(key), 0);
		// The client was wrong: it pays for both, and nobody is at fault.
		extend(key, &[1]);
		commit(key, 1, computed(1));
		reveal(key, 1, computed(1));
		assert_eq!(
			told(),
			vec![
				discharged_alone(9, Conduct::Agreed),
				discharged(1, Conduct::Agreed),
				closed(key, agreed_on(1), &[9, 1]),
			]
		);
	});
}

#[test]
fn liar_should_lose_the_lock_of_its_trust_when_the_client_knew() {
	run(|| {
		let key = trusted(computed(6));
		expose(key, computed(1));
		reveal(key, 9, computed(6));
		extend(key, &[1]);
		commit(key, 1, computed(1));
		reveal(key, 1, computed(1));
		assert_eq!(told(), vec![Told::Requested(key, 1), Told::Requested(key, 1)]);
		extend(key, &[2]);
		commit(key, 2, computed(1));
		reveal(key, 2, computed(1));
		assert_eq!(
			told(),
			vec![
				discharged_alone(9, Conduct::Dissented),
				discharged(1, Conduct::Agreed),
				discharged(2, Conduct::Agreed),
				// 1 was the second of the quorum, and is the client's to pay; 2 stands for the liar.
				closed_with(key, agreed_on(1), &[1], &[2]),
			]
		);
		assert_eq!(neighbours().fined[&key], lone_offer(9).lock);
	});
}

#[test]
fn unavailable_should_be_heard_from_others_too() {
	for exposed in [None, Some(Claim::Unavailable), Some(computed(1))] {
		run(|| {
			let key = trusted(Claim::Unavailable);
			if let Some(claim) = exposed {
				expose(key, claim);
			}
			reveal(key, 9, Claim::Unavailable);
			assert_eq!(told(), vec![Told::Requested(key, 1)]);
			assert_eq!((trust(key), phase(key)), (0, Some(Phase::Waiting { missing: 1 })));
			extend(key, &[1]);
			commit(key, 1, Claim::Unavailable);
			reveal(key, 1, Claim::Unavailable);
			assert_eq!(
				told(),
				vec![
					discharged_alone(9, Conduct::Released),
					discharged(1, Conduct::Released),
					closed(key, Verdict::Unavailable, &[9, 1]),
				]
			);
		});
	}
}

#[test]
fn audited_one_should_be_like_any_other() {
	run(|| {
		let key = audited(computed(1));
		assert_eq!((trust(key), phase(key)), (0, Some(Phase::Waiting { missing: 1 })));
		// It cannot reveal before the others have committed; what the client exposes does not matter any more.
		refused(worker_of(9), reveal_call(key, 9, computed(1)), Error::NotRevealing);
		expose(key, computed(2));
		extend(key, &[1]);
		refused(worker_of(9), reveal_call(key, 9, computed(1)), Error::NotRevealing);
		commit(key, 1, computed(1));
		reveal_all(key, &[(1, computed(1)), (9, computed(1))]);
		assert_eq!(
			told(),
			vec![
				discharged_alone(9, Conduct::Agreed),
				discharged(1, Conduct::Agreed),
				// Drawn for the audit, not because of a fault: both are the client's.
				closed(key, agreed_on(1), &[9, 1]),
			]
		);
	});
}

#[test]
fn liar_should_pay_for_another_when_it_is_audited() {
	run(|| {
		let key = audited(computed(6));
		extend(key, &[1]);
		commit(key, 1, computed(1));
		reveal_all(key, &[(1, computed(1)), (9, computed(6))]);
		extend(key, &[2]);
		commit(key, 2, computed(1));
		reveal(key, 2, computed(1));
		assert_eq!(told().last(), Some(&closed_with(key, agreed_on(1), &[1], &[2])));
		assert_eq!(neighbours().slashed[&(9, key)], lone_offer(9).lock);
	});
}

#[test]
fn absent_one_should_be_replaced_by_a_quorum() {
	run(|| {
		let key = open_alone(0, 9, 2, 3);
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(told(), vec![discharged_alone(9, Conduct::Absent), Told::Requested(key, 2)]);
		assert_eq!((trust(key), phase(key)), (0, Some(Phase::Waiting { missing: 2 })));
		refused(worker_of(9), commit_call(key, 9, computed(1)), Error::NotCommitting);
		extend(key, &[1, 2]);
		let claims = [(1, computed(1)), (2, computed(1))];
		commit_all(key, &claims);
		reveal_all(key, &claims);
		assert_eq!(told().last(), Some(&closed_with(key, agreed_on(1), &[1], &[2])));
	});
}

#[test]
fn trusted_one_that_is_silent_should_pay_like_an_absent_one_and_be_replaced_by_a_quorum() {
	run(|| {
		// With room for no more than that.
		let key = open_alone(0, 9, 2, 3);
		commit(key, 9, computed(1));
		told();
		decide(key, Decision::Trust);
		to_block(2 + REVEAL_WINDOW);
		assert_eq!(told(), vec![discharged_alone(9, Conduct::Absent), Told::Requested(key, 2)]);
		System::assert_has_event(Event::Missed { key, provider: 9, conduct: Conduct::Absent }.into());
		let shard = Attestation::get(key).unwrap();
		assert_eq!((shard.trust, shard.replicas[0].state), (0, ReplicaState::Silent));
		// As much as if it had never committed.
		let lock = lone_offer(9).lock;
		assert_eq!(neighbours().fined[&key], loss(Conduct::Absent, lock));
		assert!(loss(Conduct::Absent, lock) < lock);
		refused(worker_of(9), reveal_call(key, 9, computed(1)), Error::NotRevealing);
	});
}

#[test]
fn trusted_one_that_is_silent_when_the_client_knew_should_lose_everything() {
	// Whatever the client has exposed, and whenever: what was committed to stays closed.
	for (early, known) in [(true, 1), (false, 1), (true, 2), (false, 2)] {
		run(|| {
			let key = committed(computed(1));
			if early {
				expose(key, computed(known));
			}
			decide(key, Decision::Trust);
			to_block(1 + REVEAL_WINDOW);
			expose(key, computed(known));
			to_block(2 + REVEAL_WINDOW);
			assert_eq!(told(), vec![discharged_alone(9, Conduct::Silent), Told::Requested(key, 2)]);
			assert_eq!(neighbours().fined[&key], lone_offer(9).lock);
		});
	}
}

#[test]
fn silent_one_should_lose_everything_when_it_is_audited() {
	run(|| {
		let key = audited(computed(6));
		extend(key, &[1]);
		commit(key, 1, computed(1));
		reveal(key, 1, computed(1));
		to_block(2 + REVEAL_WINDOW);
		assert_eq!(told(), vec![discharged_alone(9, Conduct::Silent), Told::Requested(key, 1)]);
		assert_eq!(neighbours().fined[&key], lone_offer(9).lock);
	});
}

#[test]
fn abandoned_one_should_be_released_in_every_phase() {
	let released = |open: fn() -> ShardKey| {
		run(|| {
			let key = open();
			told();
			Attestation::abandon(key);
			assert_eq!(told(), vec![discharged_alone(9, Conduct::Released)]);
			assert_eq!(Attestation::get(key), None);
			assert_eq!(neighbours().duties.len() + Agenda::<Test>::iter().count(), 0);
		});
	};
	released(|| open_alone(0, 9, 2, 4));
	released(|| committed(computed(1)));
	released(|| trusted(computed(1)));
	released(|| audited(computed(1)));
	released(|| {
		// Denied by the client, and waiting for others.
		let key = trusted(computed(1));
		expose(key, computed(2));
		reveal(key, 9, computed(1));
		key
	});
}
