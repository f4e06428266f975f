use super::*;
use crate::{Deadlines, NextDeadline, WeightInfo};
use ergon_primitives::views::{JobState, ShardView};

fn verdict_of(job: JobId, shard: u32) -> Option<Verdict> {
	match Jobs::shard_view(job, ShardIndex(shard)) {
		Some(ShardView::Closed(record)) => Some(record.verdict),
		_ => None,
	}
}

#[test]
fn deadline_should_refund_what_was_never_drawn_without_a_record_for_each_shard() {
	execute(|| {
		Pool::set(&vec![]);
		let id = submit(ADA, spec_of(1_000));
		to_block(99);
		assert_eq!(held(HoldReason::JobBudget, ADA), 210_000);
		events();
		to_block(100);
		assert_eq!(held(HoldReason::JobBudget, ADA), 0);
		assert_eq!(crate::Shards::<Test>::iter().count(), 0);
		assert_eq!(events(), [Event::Finished { job: id }]);
		assert_eq!(progress(id), Progress { failed: 1_000, refunded: 210_000, ..Default::default() });
		assert_eq!(verdict_of(id, 999), Some(Verdict::Expired));
		assert_eq!(Jobs::view(id).unwrap().state, JobState::Finished { prune_at: 120 });
	});
}

#[test]
fn deadline_should_abandon_what_is_open_and_leave_what_is_settled() {
	execute(|| {
		Slots::set(&2); // five of eight shards
		let id = submit(ADA, spec_of(8));
		to_block(3);
		close(key(id, 1), agreed(1_000));
		HasRandomness::set(&false);
		to_block(99);
		told();
		events();
		to_block(100);
		let open = [0, 2, 3, 4];
		assert_eq!(told(), open.map(|shard| Told::Abandon(key(id, shard))));
		let mut expected: Vec<_> = open
			.map(|shard| Event::Closed {
				key: key(id, shard),
				verdict: Verdict::Expired,
				paid: 0,
				compensated: 0,
				fee: 0,
				refunded: 210,
			})
			.to_vec();
		expected.push(Event::Finished { job: id });
		assert_eq!(events(), expected);
		assert_eq!(engaged(), 0);
		let verdicts: Vec<_> = (0..8).filter_map(|shard| verdict_of(id, shard)).collect();
		assert_eq!(verdicts.len(), 8);
		assert_eq!(verdicts[1], agreed(1_000));
		assert!(verdicts
			.iter()
			.enumerate()
			.all(|(shard, verdict)| shard == 1 || *verdict == Verdict::Expired));
		assert_eq!((progress(id).settled, progress(id).failed), (1, 7));
	});
}

#[test]
fn deadline_should_take_as_many_blocks_as_it_needs() {
	execute(|| {
		Slots::set(&1_000);
		HookWeight::set(&Jobs::serve_weight().saturating_mul(310));
		let id = submit(ADA, spec_of(300));
		to_block(3);
		assert_eq!(progress(id).working, 300);
		to_block(99);
		HookWeight::set(&<() as WeightInfo>::expire_shard().saturating_mul(40));
		told();
		to_block(100);
		let first = told().len();
		assert!((5..=20).contains(&first), "{first} in the first block");
		assert_eq!(NextDeadline::<Test>::get(), 100);
		check();
		// In between, attestation still settles what it can.
		close(key(id, 299), agreed(1));
		close(key(id, first as u32), Verdict::NoQuorum);
		check();
		let mut block = 100;
		while progress(id).working > 0 {
			block += 1;
			to_block(block);
			check();
		}
		assert!(block > 105, "done in block {block}");
		assert_eq!((progress(id).settled, progress(id).failed), (1, 299));
		assert_eq!(held(HoldReason::JobBudget, ADA), 0);
		assert_eq!(Deadlines::<Test>::iter().count(), 0);
	});
}

#[test]
fn deadline_should_leave_weight_for_draws() {
	execute(|| {
		Slots::set(&1_000);
		HookWeight::set(&Jobs::serve_weight().saturating_mul(310));
		let old = submit(ADA, spec_of(300));
		to_block(98);
		HookWeight::set(&Jobs::serve_weight().saturating_mul(3));
		let new = submit(BOB, JobSpec { deadline: 200, ..spec() });
		to_block(100);
		assert!(progress(old).working > 0, "the sweep goes on");
		assert_eq!(progress(new).working, 1);
	});
}

#[test]
fn deadline_should_be_served_late_rather_than_never() {
	execute(|| {
		Pool::set(&vec![]);
		let id = submit(ADA, spec());
		let enough = HookWeight::get();
		// Enough to find that there is something, not to do it.
		HookWeight::set(&<Test as crate::Config>::WeightInfo::on_initialize_base());
		to_block(150);
		assert_eq!(progress(id).queued, 1);
		HookWeight::set(&enough);
		to_block(151);
		assert_eq!(progress(id).queued, 0);
		assert_eq!(NextDeadline::<Test>::get(), 152);
	});
}

#[test]
fn deadline_should_end_all_jobs_of_its_block() {
	execute(|| {
		HasRandomness::set(&false);
		let all: Vec<_> = (0..100).map(|_| submit(ADA, spec())).collect();
		let later = submit(ADA, JobSpec { deadline: 101, ..spec() });
		to_block(100);
		assert!(all.iter().all(|id| progress(*id).failed == 1));
		assert_eq!(progress(later).queued, 1);
		to_block(101);
		assert_eq!(progress(later).failed, 1);
	});
}

#[test]
fn a_job_that_is_done_in_time_should_not_meet_its_deadline() {
	execute(|| {
		let id = submit(ADA, spec());
		to_block(3);
		close(key(id, 0), agreed(1));
		assert_eq!(Deadlines::<Test>::iter().count(), 0);
		events();
		to_block(100);
		assert_eq!(events(), [Event::Pruned { job: id }]);
	});
}

#[test]
fn deadline_should_end_a_shard_in_every_phase() {
	let phases: [fn(ShardKey); 5] = [
		|_| (), // committing
		FakeAttestation::commit_alone,
		|key| {
			FakeAttestation::commit_alone(key);
			<Pallet<Test> as Shards<AccountId>>::decide(key);
		},
		FakeAttestation::reveal_alone,
		|key| request(key, 4), // more than there are
	];
	for bring in phases {
		execute(|| {
			Trusted::set(&PROVIDERS.map(|(who, _)| (who, 10)).to_vec());
			let id = submit(ADA, adaptive());
			to_block(3);
			HasRandomness::set(&false);
			bring(key(id, 0));
			fine(key(id, 0), 7);
			to_block(99);
			assert_eq!((progress(id).working, held(HoldReason::JobBudget, ADA)), (1, 210));
			to_block(100);
			assert_eq!(verdict_of(id, 0), Some(Verdict::Expired));
			assert_eq!((held(HoldReason::JobBudget, ADA), engaged()), (0, 0));
			assert_eq!((free(TREASURY), free(FINES)), (ED + 7, ED));
			// What is left of it in the queue is dropped when it is met.
			HasRandomness::set(&true);
			to_block(101);
			assert!(crate::QueueEnds::<Test>::get().is_empty());
		});
	}
}
