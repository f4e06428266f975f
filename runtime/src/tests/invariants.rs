//! Each invariant across pallets holds in a working market, and is seen to be broken when it is.

use super::chain::Chain;
use super::job::market;
use crate::{
	configs::market::FinesAccount, invariants, AccountId, Balances, Runtime, RuntimeHoldReason, System, UNIT,
};
use ergon_primitives::{JobId, Phase, ReplicaState, ShardIndex, ShardKey};
use frame_support::traits::{
	fungible::{Mutate, MutateHold},
	tokens::{Fortitude, Precision, Preservation},
};
use sp_runtime::TryRuntimeError;

const KEY: ShardKey = ShardKey { job: JobId(0), shard: ShardIndex(0) };

/// A market with one open shard of two replicas, spoilt; what is found out then.
fn spoilt(spoil: impl FnOnce(), check: fn() -> Result<(), TryRuntimeError>) -> &'static str {
	let (mut chain, _, _) = market();
	chain.skip(2);
	find(&mut chain, spoil, check)
}

fn find(chain: &mut Chain, spoil: impl FnOnce(), check: fn() -> Result<(), TryRuntimeError>) -> &'static str {
	chain.read(|| {
		assert_eq!(check(), Ok(()));
		spoil();
		match check().and_then(|()| invariants::check()) {
			Err(TryRuntimeError::Other(found)) => found,
			other => panic!("nothing was found: {other:?}"),
		}
	})
}

/// One of the providers that are engaged.
fn engaged() -> AccountId {
	pallet_attestation::Shards::<Runtime>::get(KEY).unwrap().replicas[0].provider.clone()
}

fn change_provider(change: impl FnOnce(&mut pallet_providers::Provider<AccountId>)) {
	pallet_providers::Providers::<Runtime>::mutate(engaged(), |provider| change(provider.as_mut().unwrap()));
}

fn change_shard(change: impl FnOnce(&mut ergon_primitives::ShardAttestation<AccountId>)) {
	pallet_attestation::Shards::<Runtime>::mutate(KEY, |shard| change(shard.as_mut().unwrap()));
}

#[test]
fn money_from_nowhere_should_be_found() {
	let more = || {
		frame_system::Account::<Runtime>::mutate(engaged(), |account| account.data.free += 1);
	};
	assert_eq!(spoilt(more, invariants::money), "runtime: the accounts do not add up to the issuance");
	let less = || {
		frame_system::Account::<Runtime>::mutate(engaged(), |account| {
			account.data.reserved -= 1;
			account.data.free += 1;
		});
	};
	assert_eq!(
		spoilt(less, invariants::money),
		"runtime: an account has less on hold than there are reasons for"
	);
}

#[test]
fn a_hold_for_nothing_should_be_found() {
	let hold = || {
		let reason = RuntimeHoldReason::from(pallet_jobs::HoldReason::JobBudget);
		Balances::hold(&reason, &engaged(), UNIT).unwrap();
	};
	assert_eq!(spoilt(hold, invariants::holds), "runtime: what is on hold is not what the pallets say");
	let forget = || {
		pallet_jobs::Standings::<Runtime>::mutate(JobId(0), |one| one.as_mut().unwrap().progress.held -= 1)
	};
	assert_eq!(spoilt(forget, invariants::holds), "runtime: what is on hold is not what the pallets say");
}

#[test]
fn a_lock_without_a_duty_should_be_found() {
	assert_eq!(
		spoilt(|| change_provider(|provider| provider.locked += 1), invariants::duties),
		"runtime: what a provider has locked is not for its open duties"
	);
	assert_eq!(
		spoilt(|| change_provider(|provider| provider.duties.clear()), invariants::duties),
		"runtime: a provider's duties are not the shards in which it is engaged"
	);
	let other = ShardKey { shard: ShardIndex(1), ..KEY };
	assert_eq!(
		spoilt(|| change_provider(|provider| provider.duties[0] = other), invariants::duties),
		"runtime: a provider's duties are not the shards in which it is engaged"
	);
	assert_eq!(
		spoilt(|| change_shard(|shard| shard.replicas[0].state = ReplicaState::Absent), invariants::duties),
		"runtime: a provider's duties are not the shards in which it is engaged"
	);
	assert_eq!(
		spoilt(
			|| change_shard(|shard| shard.replicas[0].provider = AccountId::new([9; 32])),
			invariants::duties
		),
		"runtime: a provider's duties are not the shards in which it is engaged"
	);
	assert_eq!(
		spoilt(
			|| {
				let who = engaged();
				pallet_providers::Providers::<Runtime>::remove(who);
			},
			invariants::duties
		),
		"runtime: somebody is engaged who is no provider"
	);
}

#[test]
fn a_forgotten_shard_should_be_found() {
	let nothing = "runtime: an open shard waits for nothing";
	let unscheduled = || {
		let _ = pallet_attestation::Agenda::<Runtime>::clear(u32::MAX, None);
	};
	assert_eq!(spoilt(unscheduled, invariants::deadlines), nothing);
	for phase in [Phase::Waiting { missing: 1 }, Phase::Deciding] {
		assert_eq!(spoilt(|| change_shard(|shard| shard.phase = phase), invariants::deadlines), nothing);
	}
	let outlived = || {
		let _ = pallet_jobs::Deadlines::<Runtime>::clear(u32::MAX, None);
	};
	assert_eq!(
		spoilt(outlived, invariants::deadlines),
		"runtime: an open shard has outlived its job's deadline"
	);
	assert_eq!(
		spoilt(|| pallet_jobs::Jobs::<Runtime>::remove(JobId(0)), invariants::deadlines),
		"runtime: an open shard of a job that is gone"
	);
}

#[test]
fn a_wrong_index_should_be_found() {
	let twice = || {
		let first = pallet_providers::Available::<Runtime>::get(0).unwrap();
		pallet_providers::Available::<Runtime>::insert(99, first);
	};
	assert_eq!(spoilt(twice, invariants::index), "runtime: a provider is in the index twice");
	let missing = || pallet_providers::Available::<Runtime>::remove(0);
	assert_eq!(
		spoilt(missing, invariants::index),
		"runtime: a provider that could be drawn is not in the index"
	);
	let stranger = || pallet_providers::Available::<Runtime>::insert(99, AccountId::new([9; 32]));
	assert_eq!(spoilt(stranger, invariants::index), "runtime: somebody is in the index who cannot be drawn");
}

#[test]
fn money_in_a_settled_shard_should_be_found() {
	let record = || {
		let record = ergon_primitives::views::ShardRecord {
			verdict: ergon_primitives::Verdict::NoQuorum,
			at: System::block_number(),
			paid: 0,
			compensated: 0,
			providers: Default::default(),
		};
		pallet_jobs::Shards::<Runtime>::insert(KEY.job, KEY.shard, record);
	};
	assert_eq!(spoilt(record, invariants::settled), "runtime: a settled shard has a provider's lock");
	let open = || {
		record();
		for replica in pallet_attestation::Shards::<Runtime>::get(KEY).unwrap().replicas {
			pallet_providers::Providers::<Runtime>::mutate(replica.provider, |one| {
				one.as_mut().unwrap().duties.clear()
			});
		}
	};
	assert_eq!(spoilt(open, invariants::settled), "runtime: a settled shard is open");
	let fined = || {
		open();
		pallet_attestation::Shards::<Runtime>::remove(KEY);
		pallet_jobs::Fines::<Runtime>::insert(KEY.job, KEY.shard, 1);
	};
	assert_eq!(spoilt(fined, invariants::settled), "runtime: a settled shard has fines that nobody has");
	let finished = || {
		pallet_jobs::Standings::<Runtime>::mutate(JobId(0), |standing| {
			standing.as_mut().unwrap().state = ergon_primitives::views::JobState::Finished { prune_at: 1 }
		})
	};
	assert_eq!(spoilt(finished, invariants::settled), "runtime: a settled job has budget left");
}

#[test]
fn a_pot_with_less_than_the_fines_should_be_found() {
	let lost = || {
		Balances::burn_from(
			&FinesAccount::get(),
			1,
			Preservation::Expendable,
			Precision::Exact,
			Fortitude::Force,
		)
		.unwrap();
	};
	assert_eq!(spoilt(lost, invariants::pot), "runtime: the pot has less than its endowment and the fines");
	let (mut chain, ..) = market();
	let surplus = chain.read(|| {
		Balances::mint_into(&FinesAccount::get(), 7).unwrap();
		invariants::pot_surplus()
	});
	assert_eq!(surplus, Ok(7), "a gift is no fine, and no fault");
	let booked = || pallet_jobs::Fines::<Runtime>::insert(KEY.job, KEY.shard, 1);
	assert_eq!(spoilt(booked, invariants::pot), "runtime: the pot has less than its endowment and the fines");
	let orphan = || pallet_jobs::Fines::<Runtime>::insert(JobId(9), ShardIndex(0), 1);
	assert_eq!(spoilt(orphan, invariants::pot), "runtime: fines of a shard that is not open");
}
