//! Checks every invariant of the pallet's documentation, one function each.

use crate::{
	Config, Deadlines, Exposed, Fines, HoldReason, Job, Jobs, NextDeadline, NextJob, NextPrune, Pallet,
	Prunes, Shards, Standing, Standings,
};
use alloc::collections::BTreeMap;
use ergon_primitives::{views::JobState, Balance, JobId, ShardIndex, ShardKey};
use ergon_traits::Attestation;
use frame_support::{
	ensure,
	traits::{
		fungible::{Inspect, InspectHold},
		Get,
	},
};
use sp_runtime::TryRuntimeError;

mod queue;

type Check = Result<(), TryRuntimeError>;
/// Every job with its standing.
type AllJobs<T> = BTreeMap<JobId, (Job<<T as frame_system::Config>::AccountId>, Standing)>;

impl<T: Config> Pallet<T> {
	/// All of the module documentation's "What always holds".
	pub fn do_try_state() -> Check {
		let mut open = BTreeMap::new();
		for (id, job) in Jobs::<T>::iter() {
			ensure!(id < NextJob::<T>::get(), "jobs: a job of a number that was never given");
			let standing = Standings::<T>::get(id).ok_or("jobs: a job without a standing")?;
			Self::check_money(&job, &standing)?;
			Self::check_shards(id, &job, &standing)?;
			Self::check_agenda(id, &job, &standing)?;
			open.insert(id, (job, standing));
		}
		Self::check_holds(&open)?;
		Self::check_orphans(&open)?;
		Self::check_fines()?;
		Self::check_exposed()?;
		Self::check_ring(&open)?;
		Self::check_lanes(&open)
	}

	/// The account's holds are the sums over its jobs.
	fn check_holds(jobs: &AllJobs<T>) -> Check {
		let mut sums = BTreeMap::<_, (Balance, Balance)>::new();
		for (job, standing) in jobs.values() {
			let (budget, deposit) = sums.entry(job.owner.clone()).or_default();
			*budget += standing.progress.held;
			*deposit += job.deposit;
		}
		for (owner, (budget, deposit)) in sums {
			let held = |reason: HoldReason| T::Currency::balance_on_hold(&reason.into(), &owner);
			ensure!(
				held(HoldReason::JobBudget) == budget,
				"jobs: a JobBudget hold is not the sum over its owner's jobs"
			);
			ensure!(
				held(HoldReason::JobDeposit) == deposit,
				"jobs: a JobDeposit hold is not the sum over its owner's jobs"
			);
		}
		Ok(())
	}

	/// The job's money is all accounted for.
	fn check_money(job: &Job<T::AccountId>, standing: &Standing) -> Check {
		let progress = &standing.progress;
		ensure!(
			progress.paid + progress.fees + progress.refunded + progress.held == job.budget_from(0),
			"jobs: paid, fees, refunded and held do not add up to the budget"
		);
		Ok(())
	}

	/// Counters add up; every drawn shard has a record or an open attestation; what is held is for open shards.
	fn check_shards(id: JobId, job: &Job<T::AccountId>, standing: &Standing) -> Check {
		let (shards, progress) = (job.spec.shards(), &standing.progress);
		ensure!(
			progress.queued + progress.working + progress.settled + progress.failed == shards,
			"jobs: the counters do not add up to the job's shards"
		);
		ensure!(standing.drawn <= shards, "jobs: more shards drawn than there are");
		let undrawn = shards - standing.drawn;
		ensure!(
			progress.queued == if standing.rest.is_some() { 0 } else { undrawn },
			"jobs: the queued shards are not those never drawn"
		);
		ensure!(
			match standing.state {
				JobState::Queued => standing.drawn == 0 && standing.rest.is_none(),
				JobState::Working => standing.drawn > 0 && !standing.is_complete(),
				JobState::Finished { .. } => standing.is_complete(),
			},
			"jobs: the state does not fit the counters"
		);
		// Pruning has removed the records before the cursor.
		let pruned = if matches!(standing.state, JobState::Finished { .. }) { standing.cursor } else { 0 };
		let (mut records, mut working) = (0, 0);
		let mut held = if standing.rest.is_some() { 0 } else { job.budget_from(standing.drawn) };
		for shard in (pruned..standing.drawn).map(ShardIndex) {
			let open = T::Attestation::get(ShardKey { job: id, shard }).is_some();
			if Shards::<T>::contains_key(id, shard) {
				records += 1;
				ensure!(!open, "jobs: a closed shard has an open attestation");
			} else {
				working += 1;
				held += job.shard_budget(shard);
				ensure!(open, "jobs: a working shard has no open attestation");
			}
		}
		ensure!(working == progress.working, "jobs: the working shards are not those without a record");
		ensure!(held == progress.held, "jobs: what is held is not the budget of the open shards");
		ensure!(
			Shards::<T>::iter_key_prefix(id).count() == records as usize,
			"jobs: a record of a shard that was never drawn, or is pruned"
		);
		Ok(())
	}

	/// Unfinished jobs have their deadline ahead, finished ones their pruning.
	fn check_agenda(id: JobId, job: &Job<T::AccountId>, standing: &Standing) -> Check {
		let due = Deadlines::<T>::contains_key(job.spec.deadline, id);
		match standing.state {
			JobState::Finished { prune_at } => {
				ensure!(!due, "jobs: a finished job has a deadline");
				ensure!(Prunes::<T>::contains_key(prune_at, id), "jobs: a finished job is never pruned");
				ensure!(prune_at >= NextPrune::<T>::get(), "jobs: a pruning lies behind the cursor");
			},
			_ => {
				ensure!(due, "jobs: an unfinished job has no deadline");
				ensure!(
					job.spec.deadline >= NextDeadline::<T>::get(),
					"jobs: a deadline lies behind the cursor"
				);
			},
		}
		Ok(())
	}

	/// The pot has what its books say: at least, since anybody can send money to any account.
	fn check_fines() -> Check {
		let mut sum = T::Currency::minimum_balance();
		for (job, shard, fines) in Fines::<T>::iter() {
			ensure!(Self::is_open_shard(job, shard), "jobs: fines of a shard that is not open");
			sum += fines;
		}
		let pot = T::Currency::balance(&T::Fines::get());
		ensure!(pot >= sum, "jobs: the pot has less than its endowment and the fines of open shards");
		Ok(())
	}

	/// Answers are kept for open shards of adaptive jobs only, no more of them than the deposit pays for.
	fn check_exposed() -> Check {
		for (job, shard) in Exposed::<T>::iter_keys() {
			ensure!(Self::is_open_shard(job, shard), "jobs: an exposed answer of a shard that is not open");
			let known = Jobs::<T>::get(job).map_or(0, |job| job.spec.known.len());
			ensure!(
				Exposed::<T>::iter_key_prefix(job).count() <= known,
				"jobs: more answers exposed than the order has"
			);
		}
		Ok(())
	}

	fn is_open_shard(job: JobId, shard: ShardIndex) -> bool {
		Standings::<T>::get(job).is_some_and(|standing| Self::is_open(ShardKey { job, shard }, &standing))
	}

	/// Nothing is kept of a job that is gone, and no job is due twice.
	fn check_orphans(jobs: &AllJobs<T>) -> Check {
		ensure!(Standings::<T>::iter_keys().count() == jobs.len(), "jobs: a standing without a job");
		ensure!(
			Shards::<T>::iter_keys().all(|(id, _)| jobs.contains_key(&id)),
			"jobs: a shard's record without a job"
		);
		let due = Deadlines::<T>::iter_keys().count() + Prunes::<T>::iter_keys().count();
		ensure!(due == jobs.len(), "jobs: a job is due twice, or one that is gone is due");
		Ok(())
	}
}
