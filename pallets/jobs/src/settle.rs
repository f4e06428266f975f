//! Settlement: pays, refunds and records, in the block of the verdict.

use crate::{
	Bill, Config, Deadlines, Event, HoldReason, Job, Jobs, Pallet, Prunes, QueueItem, Shards, Standing,
	Standings, WeightInfo,
};
use alloc::vec::Vec;
use ergon_primitives::{
	job::MAX_REPLICAS,
	views::{JobState, ShardRecord},
	Balance, Fuel, JobId, Price, ShardIndex, ShardKey, Verdict,
};
use ergon_traits::{Closing, Payouts};
use frame_support::{
	defensive,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::{Fortitude, Precision, Restriction},
		Get, Imbalance, OnUnbalanced,
	},
	weights::Weight,
	BoundedVec,
};

impl<T: Config> ergon_traits::Shards<T::AccountId> for Pallet<T> {
	fn close(key: ShardKey, closing: Closing<T::AccountId>) {
		let (Some(job), Some(mut standing)) = (Jobs::<T>::get(key.job), Standings::<T>::get(key.job)) else {
			defensive!("a verdict on a shard of no job");
			return;
		};
		if key.shard.0 >= standing.drawn || Shards::<T>::contains_key(key.job, key.shard) {
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
			// As with orders, the randomness of a later block than the one that asks.
			let from = Self::now().saturating_add(T::Timing::get().draw_delay);
			Self::enqueue(QueueItem::More { key, from });
		}
	}

	fn close_weight() -> Weight {
		T::WeightInfo::close(MAX_REPLICAS)
			.saturating_add(T::Payouts::paid_weight().saturating_mul(MAX_REPLICAS.into()))
	}
}

impl<T: Config> Pallet<T> {
	/// Settles one open shard. The caller stores the standing.
	pub(crate) fn close_shard(
		key: ShardKey,
		job: &Job<T::AccountId>,
		standing: &mut Standing,
		closing: Closing<T::AccountId>,
	) {
		let Closing { verdict, agreed } = closing;
		let budget = job.shard_budget(key.shard);
		let (bill, fuel) = match verdict {
			Verdict::Agreed { fuel, .. } => (Self::pay(job, key.shard, fuel, &agreed), Some(fuel)),
			_ => (Bill::default(), None),
		};
		let refunded = bill.refunded(budget);
		Self::give_back(HoldReason::JobBudget, &job.owner, refunded);
		standing.close(budget, &bill, fuel);
		let providers: Vec<_> = agreed.into_iter().map(|(provider, _)| provider).collect();
		let record = ShardRecord {
			verdict,
			at: Self::now(),
			paid: bill.paid,
			providers: BoundedVec::truncate_from(providers),
		};
		Shards::<T>::insert(key.job, key.shard, record);
		Self::deposit_event(Event::Closed { key, verdict, paid: bill.paid, fee: bill.fee, refunded });
	}

	/// Pays the replicas of a quorum and the fee on it out of the owner's hold: never more than the shard's budget.
	fn pay(job: &Job<T::AccountId>, shard: ShardIndex, fuel: Fuel, agreed: &[(T::AccountId, Price)]) -> Bill {
		let quorum = usize::from(job.spec.policy.quorum);
		if agreed.is_empty() || agreed.len() > quorum || fuel > job.spec.shard_fuel(shard) {
			defensive!("an agreement has exactly a quorum, and its fuel is within the limit");
		}
		let payees = &agreed[..agreed.len().min(quorum)];
		let fuel = fuel.min(job.spec.shard_fuel(shard));
		let tip = job.spec.tip.checked_div(payees.len() as Balance).unwrap_or(0);
		let (mut work, mut paid) = (0, 0);
		for (provider, ask) in payees {
			// Within the budget's own `max_price × fuel`, so neither `of` nor a sum can overflow.
			let due = (*ask).min(job.spec.max_price).of(fuel).unwrap_or(0);
			let amount = due.saturating_add(tip);
			if Self::pay_out(&job.owner, provider, amount, fuel) {
				work = due.saturating_add(work);
				paid = amount.saturating_add(paid);
			}
		}
		Bill { paid, fee: Self::take_fee(&job.owner, job.quoted.fee.of(work)) }
	}

	/// Moves held money to a provider. One that cannot take it (an amount too small to open its account) goes without,
	/// and the amount goes back to the owner with the rest.
	fn pay_out(owner: &T::AccountId, provider: &T::AccountId, amount: Balance, fuel: Fuel) -> bool {
		let result = T::Currency::transfer_on_hold(
			&HoldReason::JobBudget.into(),
			owner,
			provider,
			amount,
			Precision::Exact,
			Restriction::Free,
			// A freeze on the owner's account does not outrank what it ordered.
			Fortitude::Force,
		);
		match result {
			Ok(_) => T::Payouts::paid(provider, amount, fuel),
			Err(error) => log::error!(
				target: crate::LOG_TARGET,
				"{amount} plancks could not be paid to {provider:?}: {error:?}; refunded",
			),
		}
		result.is_ok()
	}

	/// Takes the protocol fee out of the hold and hands it on. Returns what was taken.
	fn take_fee(owner: &T::AccountId, fee: Balance) -> Balance {
		let (credit, missing) = T::Currency::slash(&HoldReason::JobBudget.into(), owner, fee);
		if missing > 0 {
			defensive!("the hold covers the fee of every open shard");
		}
		let taken = credit.peek();
		T::Fees::on_unbalanced(credit);
		taken
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
