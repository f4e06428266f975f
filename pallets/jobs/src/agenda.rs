//! What becomes due: deadlines, then pruning. Both walk block by block from a cursor, take one job after the other, and
//! stop where the meter ends; the next block goes on from there.

use crate::{
	Config, Deadlines, Event, HoldReason, Job, Jobs, NextDeadline, NextPrune, Pallet, Prunes, Shards,
	Standing, Standings, WeightInfo,
};
use alloc::vec::Vec;
use ergon_primitives::{BlockNumber, JobId, ShardIndex, ShardKey, Verdict};
use ergon_traits::{Attestation, Closing};
use frame_support::{defensive, weights::WeightMeter};

impl<T: Config> Pallet<T> {
	/// Ends the jobs whose deadline has come.
	pub(crate) fn serve_deadlines(now: BlockNumber, meter: &mut WeightMeter) {
		let start = NextDeadline::<T>::get();
		let next = Self::walk(start, now, meter, Deadlines::<T>::iter_key_prefix, Self::expire);
		if next != start {
			NextDeadline::<T>::put(next);
		}
	}

	/// Serves what is due in each block from `start` to `now`. Returns the first block that is not all served. One
	/// iterator for each block, so that no entry that was just removed is passed over twice.
	fn walk<I: Iterator<Item = JobId>>(
		start: BlockNumber,
		now: BlockNumber,
		meter: &mut WeightMeter,
		due: impl Fn(BlockNumber) -> I,
		serve: impl Fn(BlockNumber, JobId, &mut WeightMeter) -> bool,
	) -> BlockNumber {
		for block in start..=now {
			let mut due = due(block);
			loop {
				if meter.try_consume(T::WeightInfo::agenda_step()).is_err() {
					return block;
				}
				match due.next() {
					Some(id) if serve(block, id, meter) => (),
					Some(_) => return block,
					None => break,
				}
			}
		}
		start.max(now.saturating_add(1))
	}

	/// Closes as much of a job as the meter allows; whether that was all.
	fn expire(deadline: BlockNumber, id: JobId, meter: &mut WeightMeter) -> bool {
		if meter.try_consume(T::WeightInfo::expire_job()).is_err() {
			return false;
		}
		let (Some(job), Some(mut standing)) = (Jobs::<T>::get(id), Standings::<T>::get(id)) else {
			defensive!("the deadline of no job");
			Deadlines::<T>::remove(deadline, id);
			return true;
		};
		if standing.progress.queued > 0 {
			let budget = job.budget_from(standing.drawn);
			Self::give_back(HoldReason::JobBudget, &job.owner, budget);
			standing.close_rest(Verdict::Expired, Self::now(), budget);
		}
		Self::abandon_open(id, &job, &mut standing, meter);
		let done = standing.is_complete();
		if done {
			Self::finish(id, &job, standing);
		} else {
			Standings::<T>::insert(id, standing);
		}
		done
	}

	/// Abandons open shards from the cursor on until none is left or the meter ends.
	fn abandon_open(id: JobId, job: &Job<T::AccountId>, standing: &mut Standing, meter: &mut WeightMeter) {
		while standing.progress.working > 0 && meter.can_consume(T::WeightInfo::expire_shard()) {
			if standing.cursor >= standing.drawn {
				defensive!("as many drawn shards without a record as are counted as working");
				standing.progress.working = 0;
				return;
			}
			let key = ShardKey { job: id, shard: ShardIndex(standing.cursor) };
			standing.cursor = standing.cursor.saturating_add(1);
			if Shards::<T>::contains_key(id, key.shard) {
				meter.consume(T::WeightInfo::expire_look());
				continue;
			}
			meter.consume(T::WeightInfo::expire_shard());
			T::Attestation::abandon(key);
			Self::close_shard(key, job, standing, Closing { verdict: Verdict::Expired, payees: Vec::new() });
		}
	}

	/// Removes the jobs whose retention has ended.
	pub(crate) fn serve_prunes(now: BlockNumber, meter: &mut WeightMeter) {
		let start = NextPrune::<T>::get();
		let next = Self::walk(start, now, meter, Prunes::<T>::iter_key_prefix, Self::prune);
		if next != start {
			NextPrune::<T>::put(next);
		}
	}

	/// Removes as many records of a job as the meter allows, the job itself last; whether that was all.
	fn prune(prune_at: BlockNumber, id: JobId, meter: &mut WeightMeter) -> bool {
		if meter.try_consume(T::WeightInfo::prune_job()).is_err() {
			return false;
		}
		let (Some(job), Some(mut standing)) = (Jobs::<T>::get(id), Standings::<T>::get(id)) else {
			defensive!("the pruning of no job");
			Prunes::<T>::remove(prune_at, id);
			return true;
		};
		while standing.cursor < standing.drawn {
			if meter.try_consume(T::WeightInfo::prune_shard()).is_err() {
				Standings::<T>::insert(id, standing);
				return false;
			}
			Shards::<T>::remove(id, ShardIndex(standing.cursor));
			standing.cursor = standing.cursor.saturating_add(1);
		}
		Self::give_back(HoldReason::JobDeposit, &job.owner, job.deposit);
		Jobs::<T>::remove(id);
		Standings::<T>::remove(id);
		Prunes::<T>::remove(prune_at, id);
		Self::deposit_event(Event::Pruned { job: id });
		true
	}
}
