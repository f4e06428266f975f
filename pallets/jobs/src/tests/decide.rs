//! Providers that work alone, and the lot that decides whether they are audited.

use super::*;
use crate::{queue::is_audited, QueueEnds};
use ergon_primitives::{Phase, Stake};
use ergon_traits::Attestation;
use sp_core::H256;

/// Opens so many shards, each with one provider that is audited one time in `one_in`.
fn open_alone(shards: u32, one_in: u16) -> JobId {
	Slots::set(&10_000);
	Trusted::set(&PROVIDERS.map(|(who, _)| (who, one_in)).to_vec());
	let id = submit(ADA, JobSpec { deadline: 500, tasks: shards, ..adaptive() });
	while progress(id).queued > 0 {
		to_block(System::block_number() + 1);
	}
	id
}

fn commit(key: ShardKey) {
	FakeAttestation::commit_alone(key);
	<Pallet<Test> as Shards<AccountId>>::decide(key);
}

fn phase(key: ShardKey) -> Phase {
	FakeAttestation::get(key).unwrap().phase
}

/// Whether each was audited, as attestation was told.
fn decisions() -> Vec<bool> {
	let decision = |told| match told {
		Told::Decide(_, audit) => Some(audit),
		_ => None,
	};
	told().into_iter().filter_map(decision).collect()
}

#[test]
fn one_that_may_work_alone_should_be_engaged_alone_with_the_lock_of_its_trust() {
	execute(|| {
		Trusted::set(&vec![(12, 10)]);
		Pool::set(&vec![(11, Price(50)), (12, Price(60))]);
		let id = submit(ADA, adaptive());
		to_block(3);
		let told = told();
		assert!(matches!(told[0], Told::Draw { count: 2, stake: Stake::Ordinary, .. }), "{told:?}");
		assert_eq!(told[1], Told::Engage(12, key(id, 0), 10 * LOCK));
		let Told::OpenAlone(at, terms, 12) = told[2] else { panic!("{told:?}") };
		assert_eq!((at, terms.quorum, terms.value, told.len()), (key(id, 0), 2, 105, 3));
		assert_eq!(engaged(), 1);
		assert_eq!(
			events().last(),
			Some(&Event::Assigned { key: key(id, 0), providers: vec![12].try_into().unwrap() })
		);
	});
}

#[test]
fn nobody_should_work_alone_on_a_job_that_does_not_allow_it() {
	execute(|| {
		Trusted::set(&PROVIDERS.map(|(who, _)| (who, 10)).to_vec());
		submit(ADA, spec());
		to_block(3);
		assert_eq!((opened().len(), engaged()), (1, 2));
	});
}

#[test]
fn an_adaptive_job_should_be_replicated_where_nobody_is_trusted() {
	execute(|| {
		submit(ADA, adaptive());
		to_block(3);
		assert_eq!((opened().len(), engaged()), (1, 2));
	});
}

#[test]
fn nothing_should_change_if_attestation_refuses_one_alone() {
	execute(|| {
		Trusted::set(&PROVIDERS.map(|(who, _)| (who, 10)).to_vec());
		let id = submit(ADA, adaptive());
		Accepting::set(&false);
		to_block(5);
		assert_eq!((engaged(), progress(id).queued), (0, 1));
		Accepting::set(&true);
		to_block(6);
		assert_eq!((engaged(), progress(id).working), (1, 1));
	});
}

#[test]
fn decision_should_wait_for_randomness_of_a_block_after_the_commitment() {
	execute(|| {
		let id = open_alone(1, 2);
		let now = System::block_number();
		commit(key(id, 0));
		to_block(now + 1);
		assert_eq!(phase(key(id, 0)), Phase::Deciding);
		HasRandomness::set(&false);
		to_block(now + 5);
		assert_eq!(phase(key(id, 0)), Phase::Deciding);
		HasRandomness::set(&true);
		to_block(now + 6);
		assert_ne!(phase(key(id, 0)), Phase::Deciding);
	});
}

#[test]
fn audits_should_come_one_time_in_so_many() {
	for one_in in [2, 10] {
		execute(|| {
			let id = open_alone(400, one_in);
			told();
			(0..400).for_each(|shard| commit(key(id, shard)));
			to_block(System::block_number() + 60);
			let decisions = decisions();
			assert_eq!(decisions.len(), 400);
			let audits = decisions.into_iter().filter(|audit| *audit).count() as f64;
			let expected = 400.0 / f64::from(one_in);
			// Four standard deviations.
			let most = 4.0 * (expected * (1.0 - 1.0 / f64::from(one_in))).sqrt();
			assert!((audits - expected).abs() < most, "{audits} of 400, one in {one_in}");
		});
	}
}

#[test]
fn the_lot_should_depend_on_the_blocks_randomness_and_on_the_shard() {
	let count = 100_000;
	for one_in in [2, 10, 50] {
		let share = |hits: usize| hits as f64 * f64::from(one_in) / f64::from(count);
		let random = |n: u32| H256(sp_io::hashing::blake2_256(&n.to_le_bytes()));
		let over_blocks = (0..count).filter(|n| is_audited(random(*n), key(JobId(1), 0), one_in)).count();
		let over_shards = (0..count).filter(|n| is_audited(random(1), key(JobId(1), *n), one_in)).count();
		let over_jobs =
			(0..count).filter(|n| is_audited(random(1), key(JobId(u64::from(*n)), 1), one_in)).count();
		for hits in [over_blocks, over_shards, over_jobs] {
			assert!((0.9..1.1).contains(&share(hits)), "{hits} of {count}, one in {one_in}");
		}
		// What one block says of a shard tells nothing of what the next one says.
		let both = (0..count)
			.filter(|n| is_audited(random(*n), key(JobId(1), 0), one_in))
			.filter(|n| is_audited(random(n + 1), key(JobId(1), 0), one_in))
			.count();
		let expected = f64::from(count) / f64::from(one_in).powi(2);
		assert!((both as f64 - expected).abs() < 5.0 * expected.sqrt(), "{both} twice, one in {one_in}");
	}
}

#[test]
fn nobody_should_be_audited_who_does_not_work_alone() {
	assert!((0..1_000).all(|n| !is_audited(H256([1; 32]), key(JobId(1), n), 0)));
}

/// Commits shard after shard until one is audited; that one.
fn audited(id: JobId) -> ShardKey {
	for shard in 0.. {
		let key = key(id, shard);
		commit(key);
		told();
		to_block(System::block_number() + 2);
		if phase(key) != (Phase::Revealing { until: System::block_number() + 5 }) {
			return key;
		}
	}
	unreachable!()
}

#[test]
fn an_audit_should_draw_the_rest_of_the_quorum_at_once_among_others() {
	execute(|| {
		let id = open_alone(100, 2);
		let key = audited(id);
		let told = told();
		assert_eq!(told[0], Told::Decide(key, true));
		let [alone, other] = drawn_for(key)[..] else { panic!("{told:?}") };
		let Told::Draw { count: 1, ref excluded, stake: Stake::Ordinary, .. } = told[1] else {
			panic!("{told:?}")
		};
		assert_eq!(*excluded, [ADA, alone]);
		assert_eq!(told[2..], [Told::Engage(other, key, LOCK), Told::Extend(key, vec![other])]);
	});
}

#[test]
fn an_audit_that_nobody_fits_should_go_on_waiting_like_a_replacement() {
	execute(|| {
		let id = open_alone(100, 2);
		Pool::set(&vec![]);
		let key = audited(id);
		assert_eq!(phase(key), Phase::Waiting { missing: 1 });
		check();
		to_block(System::block_number() + 3);
		Pool::set(&vec![(21, Price(50))]);
		to_block(System::block_number() + 1);
		assert_eq!(drawn_for(key)[1..], [21]);
		assert!(QueueEnds::<Test>::get().is_empty());
	});
}

#[test]
fn a_decision_on_a_shard_that_is_closed_should_be_dropped() {
	execute(|| {
		let id = open_alone(2, 2);
		commit(key(id, 0));
		close(key(id, 0), Verdict::Expired);
		told();
		to_block(10);
		assert_eq!(told(), []);
		assert!(QueueEnds::<Test>::get().is_empty());
	});
}
