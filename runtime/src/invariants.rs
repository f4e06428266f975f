//! What holds across the pallets, and none of them can check alone. Read together with each pallet's own `try_state`.
//!
//! 1. **Money**: what all accounts have, free and held, is all that there is; and each reason for holds holds what its pallet
//!    says, no more and no less.
//! 2. **Duties**: a provider's duties are exactly the open shards in which it is engaged, and what it has locked is the sum of
//!    those locks: each lock belongs to exactly one open duty.
//! 3. **Deadlines**: each open shard has its phase's end in the agenda, or waits in the queue, or is too late to be drawn for; and
//!    in any case its job's deadline is ahead of it.
//! 4. **Index**: a provider can be drawn exactly if it is online with a free slot.
//! 5. **Settled**: a shard with its verdict holds no one's money: no lock, no fine, nothing of its job's budget.
//! 6. **Pot**: the account of fines has at least its endowment and the fines of open shards.

use crate::{
	configs::market::FinesAccount, AccountId, Balance, Balances, Providers, Runtime, RuntimeHoldReason,
	System, EXISTENTIAL_DEPOSIT,
};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use ergon_primitives::{views::JobState, Phase, ProviderStatus, ShardKey};
use frame_support::ensure;
use pallet_jobs::QueueItem;
use sp_runtime::TryRuntimeError;

type Check = Result<(), TryRuntimeError>;

/// Checks all of it.
pub fn check() -> Check {
	money()?;
	holds()?;
	duties()?;
	deadlines()?;
	index()?;
	settled()?;
	pot()
}

/// Checks all of it, and each pallet of the market by itself.
pub fn check_market() -> Check {
	Providers::do_try_state()?;
	crate::Jobs::do_try_state()?;
	crate::Attestation::do_try_state()?;
	crate::Rewards::do_try_state()?;
	check()
}

/// What all accounts have is all that there is, and what is held in an account has its reasons.
pub fn money() -> Check {
	let mut sum: Balance = 0;
	for (who, account) in frame_system::Account::<Runtime>::iter() {
		let (free, held) = (account.data.free, account.data.reserved);
		sum = sum.saturating_add(free).saturating_add(held);
		let reasons = pallet_balances::Holds::<Runtime>::get(&who);
		ensure!(
			held >= reasons.iter().map(|hold| hold.amount).sum(),
			"runtime: an account has less on hold than there are reasons for"
		);
	}
	ensure!(sum == Balances::total_issuance(), "runtime: the accounts do not add up to the issuance");
	Ok(())
}

/// What is on hold for each reason of the market is what its pallet says.
pub fn holds() -> Check {
	let mut held = BTreeMap::<(AccountId, Reason), Balance>::new();
	for (who, holds) in pallet_balances::Holds::<Runtime>::iter() {
		for hold in holds {
			if let Some(reason) = Reason::of(&hold.id) {
				*held.entry((who.clone(), reason)).or_default() += hold.amount;
			}
		}
	}
	let mut due = BTreeMap::<(AccountId, Reason), Balance>::new();
	let mut owe = |who: AccountId, reason, amount: Balance| {
		if amount > 0 {
			*due.entry((who, reason)).or_default() += amount;
		}
	};
	for (stash, provider) in pallet_providers::Providers::<Runtime>::iter() {
		owe(stash, Reason::Bond, provider.held());
	}
	for (id, job) in pallet_jobs::Jobs::<Runtime>::iter() {
		let standing =
			pallet_jobs::Standings::<Runtime>::get(id).ok_or("runtime: a job without a standing")?;
		owe(job.owner.clone(), Reason::Budget, standing.progress.held);
		owe(job.owner, Reason::Deposit, job.deposit);
	}
	ensure!(held == due, "runtime: what is on hold is not what the pallets say");
	Ok(())
}

/// A provider's duties are the open shards in which it is engaged, and its locks are theirs.
pub fn duties() -> Check {
	let mut engaged = BTreeMap::<AccountId, (BTreeSet<ShardKey>, Balance)>::new();
	for (key, shard) in pallet_attestation::Shards::<Runtime>::iter() {
		for replica in shard.replicas.into_iter().filter(|replica| replica.state.is_engaged()) {
			let (keys, locked) = engaged.entry(replica.provider).or_default();
			ensure!(keys.insert(key), "runtime: a provider is engaged twice in a shard");
			*locked = locked.saturating_add(replica.lock);
		}
	}
	for (stash, provider) in pallet_providers::Providers::<Runtime>::iter() {
		let (keys, locked) = engaged.remove(&stash).unwrap_or_default();
		ensure!(
			provider.duties.len() == keys.len() && provider.duties.iter().all(|key| keys.contains(key)),
			"runtime: a provider's duties are not the shards in which it is engaged"
		);
		ensure!(provider.locked == locked, "runtime: what a provider has locked is not for its open duties");
	}
	ensure!(engaged.is_empty(), "runtime: somebody is engaged who is no provider");
	Ok(())
}

/// No open shard can be forgotten.
pub fn deadlines() -> Check {
	let queued: Vec<_> = pallet_jobs::Queue::<Runtime>::iter_values().collect();
	let asks = |wanted: fn(&QueueItem) -> Option<ShardKey>| -> BTreeSet<_> {
		queued.iter().filter_map(wanted).collect()
	};
	let more = asks(|item| match item {
		QueueItem::More { key, .. } => Some(*key),
		QueueItem::Decide { .. } => None,
	});
	let undecided = asks(|item| match item {
		QueueItem::Decide { key, .. } => Some(*key),
		QueueItem::More { .. } => None,
	});
	let now = System::block_number();
	for (key, shard) in pallet_attestation::Shards::<Runtime>::iter() {
		let job = pallet_jobs::Jobs::<Runtime>::get(key.job)
			.ok_or("runtime: an open shard of a job that is gone")?;
		let deadline = job.spec.deadline;
		ensure!(
			pallet_jobs::Deadlines::<Runtime>::contains_key(deadline, key.job)
				&& deadline >= pallet_jobs::NextDeadline::<Runtime>::get(),
			"runtime: an open shard has outlived its job's deadline"
		);
		let served = match shard.phase {
			Phase::Committing { until } | Phase::Revealing { until } => {
				pallet_attestation::Agenda::<Runtime>::contains_key(until, key)
			},
			Phase::Waiting { .. } => more.contains(&key) || !job.is_in_time(now),
			Phase::Deciding => undecided.contains(&key),
		};
		ensure!(served, "runtime: an open shard waits for nothing");
	}
	Ok(())
}

/// Exactly those can be drawn that are online with a free slot.
pub fn index() -> Check {
	let available: Vec<_> = pallet_providers::Available::<Runtime>::iter_values().collect();
	let unique: BTreeSet<_> = available.iter().collect();
	ensure!(unique.len() == available.len(), "runtime: a provider is in the index twice");
	let mut fit = 0usize;
	for (stash, provider) in pallet_providers::Providers::<Runtime>::iter() {
		let free = provider.duties.len() < usize::from(provider.info.slots);
		if provider.status == ProviderStatus::Online && free {
			fit = fit.saturating_add(1);
			ensure!(unique.contains(&stash), "runtime: a provider that could be drawn is not in the index");
		}
	}
	ensure!(fit == available.len(), "runtime: somebody is in the index who cannot be drawn");
	Ok(())
}

/// A shard with its verdict holds no one's money.
pub fn settled() -> Check {
	let duties: BTreeSet<ShardKey> = pallet_providers::Providers::<Runtime>::iter_values()
		.flat_map(|provider| provider.duties.into_iter())
		.collect();
	for (job, shard) in pallet_jobs::Shards::<Runtime>::iter_keys() {
		let key = ShardKey { job, shard };
		ensure!(!duties.contains(&key), "runtime: a settled shard has a provider's lock");
		ensure!(
			!pallet_attestation::Shards::<Runtime>::contains_key(key),
			"runtime: a settled shard is open"
		);
		ensure!(
			!pallet_jobs::Fines::<Runtime>::contains_key(job, shard),
			"runtime: a settled shard has fines that nobody has"
		);
	}
	for standing in pallet_jobs::Standings::<Runtime>::iter_values() {
		let finished = matches!(standing.state, JobState::Finished { .. });
		ensure!(!finished || standing.progress.held == 0, "runtime: a settled job has budget left");
	}
	Ok(())
}

/// The pot has its endowment and the fines of open shards.
pub fn pot() -> Check {
	pot_surplus().map(drop)
}

/// What the pot has beyond that: only gifts, since anybody can send money to any account.
pub fn pot_surplus() -> Result<Balance, TryRuntimeError> {
	let mut fines: Balance = 0;
	for (job, shard, amount) in pallet_jobs::Fines::<Runtime>::iter() {
		ensure!(
			pallet_attestation::Shards::<Runtime>::contains_key(ShardKey { job, shard }),
			"runtime: fines of a shard that is not open"
		);
		fines = fines.saturating_add(amount);
	}
	let pot = Balances::free_balance(FinesAccount::get());
	pot.checked_sub(EXISTENTIAL_DEPOSIT.saturating_add(fines))
		.ok_or("runtime: the pot has less than its endowment and the fines".into())
}

/// The market's reasons for holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
	Bond,
	Budget,
	Deposit,
}

impl Reason {
	fn of(reason: &RuntimeHoldReason) -> Option<Self> {
		match reason {
			RuntimeHoldReason::Providers(pallet_providers::HoldReason::ProviderBond) => Some(Self::Bond),
			RuntimeHoldReason::Jobs(pallet_jobs::HoldReason::JobBudget) => Some(Self::Budget),
			RuntimeHoldReason::Jobs(pallet_jobs::HoldReason::JobDeposit) => Some(Self::Deposit),
			_ => None,
		}
	}
}
