//! What a reader is shown. Not called by the chain itself; each answer is bounded by its page.

use crate::{types::wanted, Config, Job, Jobs, NextJob, Pallet, Shards, Standings};
use alloc::{collections::BinaryHeap, vec::Vec};
use ergon_primitives::{
	stake::Stake,
	views::{JobView, Market, Quote, ShardRecord, ShardView},
	Balance, BlobLimits, JobId, JobSpec, Moment, ShardIndex, ShardKey, SpecError,
};
use ergon_traits::{Attestation, Providers};
use frame_support::{traits::Get, BoundedVec};

impl<T: Config> Pallet<T> {
	/// A job, until it is pruned.
	pub fn view(id: JobId) -> Option<JobView<T::AccountId>> {
		let (job, standing) = (Jobs::<T>::get(id)?, Standings::<T>::get(id)?);
		let Job { owner, spec, submitted_at, submitted_time, deposit, .. } = job;
		Some(JobView {
			id,
			owner,
			spec,
			submitted_at,
			submitted_time,
			state: standing.state,
			progress: standing.progress,
			deposit,
		})
	}

	/// Jobs with a number of at least `from`, in order, at most `limit`. Looks at the keys of all jobs in state, keeps no
	/// more than `limit` of them.
	pub fn views(from: JobId, limit: u32) -> Vec<JobView<T::AccountId>> {
		let limit = limit as usize;
		let mut lowest = BinaryHeap::new();
		for id in Jobs::<T>::iter_keys().filter(|id| *id >= from) {
			if lowest.len() < limit {
				lowest.push(id);
			} else if let Some(mut highest) = lowest.peek_mut() {
				if id < *highest {
					*highest = id;
				}
			}
		}
		lowest.into_sorted_vec().into_iter().filter_map(Self::view).collect()
	}

	/// A shard of a job, until it is pruned.
	pub fn shard_view(id: JobId, shard: ShardIndex) -> Option<ShardView<T::AccountId>> {
		let (job, standing) = (Jobs::<T>::get(id)?, Standings::<T>::get(id)?);
		if shard.0 >= job.spec.shards() {
			return None;
		}
		if shard.0 < standing.drawn {
			return Shards::<T>::get(id, shard)
				.map(ShardView::Closed)
				.or_else(|| T::Attestation::get(ShardKey { job: id, shard }).map(ShardView::Open));
		}
		Some(match standing.rest {
			None => ShardView::Queued,
			Some(rest) => ShardView::Closed(ShardRecord {
				verdict: rest.verdict,
				at: rest.at,
				paid: 0,
				compensated: 0,
				providers: BoundedVec::new(),
			}),
		})
	}

	/// What a job would cost if the next block included it, or which field stands in its way.
	pub fn quote(spec: &JobSpec) -> Result<Quote, SpecError> {
		let block = Self::now().saturating_add(1);
		let (economics, timing) = (T::Economics::get(), T::Timing::get());
		spec.check(block, &economics, &timing)?;
		let shards = spec.shards();
		let (fitting, lowest_ask) = T::Providers::survey(&wanted(spec, ShardIndex(0), Stake::Ordinary));
		Ok(Quote {
			budget: spec.budget(&economics).ok_or(SpecError::BudgetOverflow)?,
			deposit: spec.deposit(&economics).ok_or(SpecError::BudgetOverflow)?,
			shards,
			commit_window: spec.commit_window(&timing),
			earliest_deadline: block.saturating_add(spec.least_duration(&timing)),
			fitting,
			lowest_ask,
		})
	}

	/// The market as of this block; the providers' side of it comes from them, and what blobs may be from the runtime.
	pub fn market(blobs: BlobLimits, min_bond: Balance, available: u32) -> Market {
		Market {
			block: Self::now(),
			economics: T::Economics::get(),
			timing: T::Timing::get(),
			blobs,
			min_bond,
			available,
			jobs: NextJob::<T>::get().0,
		}
	}

	/// What a worker must know of the job behind its duty: the order, and where the tasks' clocks start.
	pub fn order(id: JobId) -> Option<(JobSpec, Moment)> {
		Jobs::<T>::get(id).map(|job| (job.spec, job.submitted_time))
	}
}
