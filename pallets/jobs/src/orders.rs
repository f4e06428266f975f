//! An order comes in, an order is taken back.

use crate::{
	Config, Deadlines, Error, Event, HoldReason, Job, Jobs, Lane, NextJob, Pallet, Quoted, Rank, Standing,
	Standings,
};
use ergon_primitives::{views::JobState, Balance, JobId, JobSpec, ShardIndex, SpecError, Verdict};
use frame_support::{
	ensure,
	traits::{
		fungible::{Inspect, MutateHold},
		tokens::{Fortitude, Preservation},
		Get, UnixTime,
	},
};
use sp_runtime::{DispatchError, DispatchResult, SaturatedConversion};

impl<T> From<SpecError> for Error<T> {
	fn from(error: SpecError) -> Self {
		match error {
			SpecError::Tasks => Self::Tasks,
			SpecError::ShardSize => Self::ShardSize,
			SpecError::TooManyShards => Self::TooManyShards,
			SpecError::Fuel => Self::Fuel,
			SpecError::Memory => Self::Memory,
			SpecError::Output => Self::Output,
			SpecError::Args => Self::Args,
			SpecError::Quorum => Self::Quorum,
			SpecError::MaxReplicas => Self::MaxReplicas,
			SpecError::Price => Self::Price,
			SpecError::Profile => Self::Profile,
			SpecError::Speed => Self::Speed,
			SpecError::Region => Self::Region,
			SpecError::BudgetOverflow => Self::BudgetOverflow,
			SpecError::DeadlinePast => Self::DeadlinePast,
			SpecError::DeadlineTooSoon => Self::DeadlineTooSoon,
			SpecError::DeadlineTooFar => Self::DeadlineTooFar,
			SpecError::Adaptive => Self::Adaptive,
			SpecError::Known => Self::Known,
			SpecError::Hint => Self::Hint,
		}
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit(owner: T::AccountId, spec: JobSpec) -> Result<JobId, DispatchError> {
		let now = Self::now();
		let (economics, timing) = (T::Economics::get(), T::Timing::get());
		spec.check(now, &economics, &timing).map_err(Error::<T>::from)?;
		let shards = spec.shards();
		let overflow = || Error::<T>::from(SpecError::BudgetOverflow);
		let budget = spec.budget(&economics).ok_or_else(overflow)?;
		let deposit = spec.deposit(&economics).ok_or_else(overflow)?;
		let quoted = Quoted {
			fee: economics.fee,
			least_pay: economics.least_pay,
			shard_budget: spec.shard_budget(&economics, ShardIndex(0)).ok_or_else(overflow)?,
			last_shard_budget: spec
				.shard_budget(&economics, ShardIndex(shards.saturating_sub(1)))
				.ok_or_else(overflow)?,
			commit_window: spec.commit_window(&timing),
			reveal_window: timing.reveal_window,
		};
		ensure!(Self::can_hold(&owner, budget, deposit), Error::<T>::InsufficientBalance);

		T::Currency::hold(&HoldReason::JobBudget.into(), &owner, budget)?;
		T::Currency::hold(&HoldReason::JobDeposit.into(), &owner, deposit)?;
		let id = NextJob::<T>::mutate(|next| {
			let id = *next;
			*next = id.next();
			id
		});
		let job = Job {
			owner: owner.clone(),
			submitted_at: now,
			submitted_time: T::Time::now().as_millis().saturated_into(),
			deposit,
			quoted,
			spec,
		};
		Deadlines::<T>::insert(job.spec.deadline, id, ());
		Standings::<T>::insert(id, Standing::new(shards, budget));
		let rank = Rank::by_tip(job.spec.tip, id);
		Jobs::<T>::insert(id, job);
		Self::wait(Lane::Orders, owner.clone(), rank, now.saturating_add(timing.draw_delay));
		Self::deposit_event(Event::Submitted { job: id, owner, budget, deposit });
		Ok(id)
	}

	pub(crate) fn do_cancel(owner: T::AccountId, id: JobId) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::NoSuchJob)?;
		let mut standing = Standings::<T>::get(id).ok_or(Error::<T>::NoSuchJob)?;
		ensure!(job.owner == owner, Error::<T>::NotOwner);
		ensure!(standing.state == JobState::Queued, Error::<T>::NotQueued);

		let budget = standing.progress.held;
		Self::give_back(HoldReason::JobBudget, &owner, budget);
		standing.close_rest(Verdict::Cancelled, Self::now(), budget);
		Self::deposit_event(Event::Cancelled { job: id, refunded: budget });
		Self::finish(id, &job, standing);
		Ok(())
	}

	/// Whether the account can have both held and still exist.
	fn can_hold(owner: &T::AccountId, budget: Balance, deposit: Balance) -> bool {
		budget.checked_add(deposit).is_some_and(|sum| {
			sum <= T::Currency::reducible_balance(owner, Preservation::Protect, Fortitude::Force)
		})
	}
}
