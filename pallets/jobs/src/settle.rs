//! Settlement: closes a shard in the block of its verdict, and a job with its last shard.

use crate::{
	Bill, Config, Deadlines, Event, Exposed, HoldReason, Job, Jobs, Pallet, Prunes, QueueItem, Shards,
	Standing, Standings,
};
use ergon_primitives::{
	views::{JobState, ShardRecord},
	Balance, Claim, JobId, ShardKey, Verdict,
};
use ergon_traits::Closing;
use frame_support::{
	defensive,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::Precision,
		Get, OnUnbalanced,
	},
	BoundedVec,
};

impl<T: Config> ergon_traits::Shards<T::AccountId> for Pallet<T> {
	fn close(key: ShardKey, closing: Closing<T::AccountId>) {
		let (Some(job), Some(mut standing)) = (Jobs::<T>::get(key.job), Standings::<T>::get(key.job)) else {
			defensive!("a verdict on a shard of no job");
			return;
		};
		if !Self::is_open(key, &standing) {
			defensive!("a verdict on a shard that is not open");
			return;
		}
		Self::close_shard(key, &job, &mut standing, closing);
		if standing.is_complete() {
			Self::finish(key.job, &job, standing);
		} else {
			Standings::<T>::insert(key.job, standing);
		}
	}

	fn request(key: ShardKey, missing: u8) {
		if missing > 0 {
			Self::enqueue(QueueItem::More { key, from: Self::first_draw() });
		}
	}

	fn decide(key: ShardKey) {
		Self::enqueue(QueueItem::Decide { key, from: Self::first_draw() });
	}

	fn fined(key: ShardKey, amount: Balance) {
		Self::add_fine(key, amount);
	}

	fn known(key: ShardKey) -> Option<Claim> {
		Exposed::<T>::get(key.job, key.shard)
	}
}

impl<T: Config> Pallet<T> {
	/// The first block whose randomness nobody knows now.
	fn first_draw() -> ergon_primitives::BlockNumber {
		Self::now().saturating_add(T::Timing::get().draw_delay)
	}

	/// Whether a shard of this job was drawn and has no verdict.
	pub(crate) fn is_open(key: ShardKey, standing: &Standing) -> bool {
		key.shard.0 < standing.drawn && !Shards::<T>::contains_key(key.job, key.shard)
	}

	/// Settles one open shard. The caller stores the standing.
	pub(crate) fn close_shard(
		key: ShardKey,
		job: &Job<T::AccountId>,
		standing: &mut Standing,
		closing: Closing<T::AccountId>,
	) {
		let budget = job.shard_budget(key.shard);
		let bill = Self::pay(key, job, &closing);
		let refunded = bill.refunded(budget);
		Self::give_back(HoldReason::JobBudget, &job.owner, refunded.saturating_sub(bill.returned));
		if !job.spec.known.is_empty() {
			// Paid for by whoever exposed it.
			Exposed::<T>::remove(key.job, key.shard);
		}
		let Closing { verdict, payees } = closing;
		let (fuel, providers) = match verdict {
			Verdict::Agreed { fuel, .. } => {
				(Some(fuel), payees.into_iter().map(|payee| payee.provider).collect())
			},
			_ => (None, Default::default()),
		};
		standing.close(budget, &bill, fuel);
		let Bill { paid, fee, compensated, .. } = bill;
		let providers = BoundedVec::truncate_from(providers);
		let record = ShardRecord { verdict, at: Self::now(), paid, compensated, providers };
		Shards::<T>::insert(key.job, key.shard, record);
		Self::deposit_event(Event::Closed { key, verdict, paid, compensated, fee, refunded });
	}

	/// Releases held money to its owner. What the owner's account cannot take (dust, when it was slashed below the
	/// existential deposit) goes the way of fees: it is never stuck.
	pub(crate) fn give_back(reason: HoldReason, owner: &T::AccountId, amount: Balance) {
		if amount == 0 {
			return;
		}
		let reason = reason.into();
		let released =
			T::Currency::release(&reason, owner, amount, Precision::BestEffort).unwrap_or_else(|error| {
				log::error!(target: crate::LOG_TARGET, "{amount} plancks could not be released to {owner:?}: {error:?}");
				0
			});
		let left = amount.saturating_sub(released);
		if left > 0 {
			T::Fees::on_unbalanced(T::Currency::slash(&reason, owner, left).0);
		}
	}

	/// Every shard has its verdict: the records stay for the retention period.
	pub(crate) fn finish(id: JobId, job: &Job<T::AccountId>, mut standing: Standing) {
		if standing.progress.held > 0 {
			defensive!("every shard gave its budget back");
			Self::give_back(HoldReason::JobBudget, &job.owner, standing.progress.held);
			standing.progress.refunded = standing.progress.refunded.saturating_add(standing.progress.held);
			standing.progress.held = 0;
		}
		// At least one block, so that the pruning agenda has not passed it already.
		let prune_at = Self::now().saturating_add(T::Timing::get().retention.max(1));
		standing.state = JobState::Finished { prune_at };
		standing.cursor = 0;
		Standings::<T>::insert(id, standing);
		Deadlines::<T>::remove(job.spec.deadline, id);
		Prunes::<T>::insert(prune_at, id, ());
		Self::deposit_event(Event::Finished { job: id });
	}
}
