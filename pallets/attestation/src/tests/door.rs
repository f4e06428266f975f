//! What the jobs pallet asks: `open`, `extend`, `abandon`, `get`; and what a worker reads.

use crate::{mock::*, *};
use ergon_primitives::{attestation::Terms, Phase, Replica, ReplicaState};
use ergon_traits::Attestation as _;
use frame_support::assert_noop;

#[test]
fn shard_should_be_committing_when_it_is_opened() {
	run(|| {
		to_block(7);
		let key = open(0, &[1, 2], 4);
		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.terms, terms(2, 4));
		assert_eq!(shard.phase, Phase::Committing { until: 7 + COMMIT_WINDOW });
		let first = Replica { provider: 1, ask: ask_of(1), lock: lock_of(1), state: ReplicaState::Assigned };
		assert_eq!(shard.replicas[0], first);
		assert_eq!(told(), vec![], "the replicas are engaged already");
	});
}

#[test]
fn open_should_be_refused_when_it_makes_no_sense() {
	run(|| {
		open(0, &[1, 2], 4);
		assert_noop!(Attestation::open(key(0), terms(1, 1), offers(&[3])), Error::<Test>::AlreadyOpen);
		for (quorum, max_replicas) in [(0, 4), (3, 2), (2, 9), (0, 0), (255, 255)] {
			let bad = terms(quorum, max_replicas);
			assert_noop!(Attestation::open(key(1), bad, offers(&[1])), Error::<Test>::BadTerms);
		}
		assert_noop!(Attestation::open(key(1), terms(2, 4), offers(&[])), Error::<Test>::WrongCount);
		// More than the quorum could all agree, and be more than the client's budget pays.
		assert_noop!(Attestation::open(key(1), terms(2, 4), offers(&[1, 2, 3])), Error::<Test>::WrongCount);
		assert_noop!(Attestation::open(key(1), terms(2, 4), offers(&[1, 1])), Error::<Test>::DrawnTwice);
		open(1, &[1, 2, 3, 4, 5, 6, 7], 7);
	});
}

#[test]
fn extend_should_add_what_is_missing_and_keep_the_rest() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		commit(key, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		extend(key, &[3]);
		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.phase, Phase::Committing { until: 2 + 2 * COMMIT_WINDOW });
		let states: Vec<_> = shard.replicas.iter().map(|replica| (replica.provider, replica.state)).collect();
		assert_eq!(
			states,
			vec![
				(1, ReplicaState::Committed(sealed(key, 1, computed(1)))),
				(2, ReplicaState::Absent),
				(3, ReplicaState::Assigned),
			]
		);
	});
}

#[test]
fn extend_should_be_refused_when_it_makes_no_sense() {
	run(|| {
		assert_noop!(Attestation::extend(key(5), offers(&[3])), Error::<Test>::NotOpen);
		let key = open(0, &[1, 2, 3], 6);
		assert_noop!(Attestation::extend(key, offers(&[4])), Error::<Test>::NotWaiting);
		commit(key, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(phase(key), Some(Phase::Waiting { missing: 2 }));
		assert_noop!(Attestation::extend(key, offers(&[])), Error::<Test>::WrongCount);
		assert_noop!(Attestation::extend(key, offers(&[4, 5, 6])), Error::<Test>::WrongCount);
		assert_noop!(Attestation::extend(key, offers(&[4, 4])), Error::<Test>::DrawnTwice);
		// Nobody who ever held it, absent ones included.
		assert_noop!(Attestation::extend(key, offers(&[4, 1])), Error::<Test>::DrawnTwice);
		assert_noop!(Attestation::extend(key, offers(&[4, 2])), Error::<Test>::DrawnTwice);
	});
}

#[test]
fn fewer_than_missing_should_lead_to_the_next_request() {
	run(|| {
		open_of(0, terms(3, 4), &[1]);
		commit(key(0), 1, computed(1));
		assert_eq!(phase(key(0)), Some(Phase::Waiting { missing: 2 }));
		extend(key(0), &[2]);
		commit(key(0), 2, computed(1));
		extend(key(0), &[3]);
		commit(key(0), 3, computed(1));
		assert!(matches!(phase(key(0)), Some(Phase::Revealing { .. })));
		assert_eq!(told(), vec![Told::Requested(key(0), 2), Told::Requested(key(0), 1)]);
	});
}

#[test]
fn abandoned_shard_should_release_the_engaged_and_vanish() {
	run(|| {
		let key = open(0, &[1, 2, 3], 6);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		to_block(2 + COMMIT_WINDOW);
		extend(key, &[4]);
		told();
		Attestation::abandon(key);
		assert_eq!(
			told(),
			// Not 3, which was absent and has paid for it; and no call back.
			vec![
				discharged(1, Conduct::Released),
				discharged(2, Conduct::Released),
				discharged(4, Conduct::Released),
			]
		);
		assert_eq!(Attestation::get(key), None);
		assert_eq!(neighbours().duties.len() + Agenda::<Test>::iter().count(), 0);
		// Again, or what never was: nothing.
		Attestation::abandon(key);
		Attestation::abandon(crate::mock::key(9));
		assert_eq!(told(), vec![]);
	});
}

#[test]
fn abandon_should_work_in_every_phase() {
	run(|| {
		let (waiting, revealing) = (open(0, &[1, 2], 4), open(1, &[1, 2], 4));
		commit_all(revealing, &[(1, computed(1)), (2, computed(2))]);
		reveal(revealing, 1, computed(1));
		Attestation::abandon(revealing);
		assert_eq!(told(), vec![discharged(1, Conduct::Released), discharged(2, Conduct::Released)]);
		assert_state();
		to_block(2 + COMMIT_WINDOW);
		told();
		Attestation::abandon(waiting);
		assert_eq!(told(), vec![]);
	});
}

#[test]
fn worker_should_find_its_duties_until_it_is_discharged() {
	run(|| {
		let (first, second) = (open(0, &[1, 2], 4), open(1, &[1], 1));
		let mut duties = Attestation::duties_of(1);
		duties.sort_by_key(|(key, _)| *key);
		assert_eq!(
			duties,
			vec![(first, Attestation::get(first).unwrap()), (second, Attestation::get(second).unwrap())]
		);
		commit(second, 1, computed(1));
		reveal(second, 1, computed(1));
		assert_eq!(Attestation::duties_of(1).len(), 1);
		assert_eq!(Attestation::duties_of(2).len(), 1);
		assert_eq!(Attestation::duties_of(3), vec![]);
		to_block(2 + COMMIT_WINDOW);
		assert_eq!(Attestation::duties_of(1), vec![]);
	});
}

#[test]
fn shard_should_be_opened_anew_when_its_key_is_free_again() {
	run(|| {
		let key = open(0, &[1], 1);
		Attestation::abandon(key);
		let again = Terms { reveal_window: 1, ..terms(1, 1) };
		open_of(0, again, &[1]);
	});
}
