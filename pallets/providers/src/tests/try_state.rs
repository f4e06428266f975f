//! Each way to break the state is noticed.

use crate::{mock::*, Available, AvailableCount, Duties, Provider, Providers, WorkerOf};
use codec::Encode;
use ergon_primitives::{
	provider::{Operator, MAX_SLOTS},
	views::Unbonding,
	ProviderStatus,
};
use frame_support::{
	storage::unhashed,
	traits::{
		fungible::{MutateHold, UnbalancedHold},
		tokens::Precision,
	},
	BoundedVec,
};
use sp_runtime::TryRuntimeError;

/// Breaks the state of a market of three, one of them paused, and expects to hear why.
fn broken(corrupt: impl FnOnce(), why: &'static str) {
	let mut ext = ExtBuilder::default().provider(1, 7).provider(2, 7).provider(3, 7).build();
	ext.execute_with(|| {
		Market::pause(RuntimeOrigin::signed(3)).unwrap();
		Market::do_try_state().unwrap();
		corrupt();
		assert_eq!(Market::do_try_state(), Err(TryRuntimeError::Other(why)));
	});
}

/// So many different duties.
fn duties(count: u32) -> Duties {
	Duties::try_from((0..count).map(shard).collect::<Vec<_>>()).unwrap()
}

/// Writes a record with so many duties, be they more than there can be.
fn write_duties(stash: AccountId, count: u32) {
	let Provider {
		worker, operator, info, status, bond, locked, unbonding, reputation, earned, place, ..
	} = record(stash);
	let duties: Vec<_> = (0..count).map(shard).collect();
	let bytes =
		(worker, operator, info, status, bond, locked, unbonding, duties, reputation, earned, place).encode();
	unhashed::put_raw(&Providers::<Test>::hashed_key_for(stash), &bytes);
}

fn change(stash: AccountId, change: impl FnOnce(&mut Provider<AccountId>)) {
	Providers::<Test>::mutate(stash, |record| change(record.as_mut().unwrap()));
}

#[test]
fn place_beyond_the_count_should_be_noticed() {
	broken(|| Available::<Test>::insert(2, 3), "a place of the index is beyond its count");
}

#[test]
fn stranger_in_the_index_should_be_noticed() {
	broken(|| Available::<Test>::insert(0, 9), "the index names who is no provider");
}

#[test]
fn wrong_place_should_be_noticed() {
	broken(|| change(1, |record| record.place = Some(1)), "a provider and its place do not agree");
	broken(|| Available::<Test>::insert(0, 2), "a provider and its place do not agree");
}

#[test]
fn gap_should_be_noticed() {
	broken(|| AvailableCount::<Test>::put(3), "the index has gaps");
	broken(|| Available::<Test>::remove(0), "the index has gaps");
}

#[test]
fn paused_provider_in_the_index_should_be_noticed() {
	let why = "a provider must be in the index exactly if it is available";
	broken(|| change(1, |record| record.status = ProviderStatus::Paused), why);
	broken(|| change(1, |record| record.status = ProviderStatus::Suspended { until: 9 }), why);
	broken(|| change(1, |record| record.duties = duties(2)), why);
}

#[test]
fn available_provider_out_of_the_index_should_be_noticed() {
	let why = "a provider must be in the index exactly if it is available";
	broken(|| change(3, |record| record.status = ProviderStatus::Online), why);
}

#[test]
fn place_of_nobody_should_be_noticed() {
	broken(
		|| {
			change(3, |record| {
				record.status = ProviderStatus::Online;
				record.place = Some(7);
			})
		},
		"a provider has a place beyond the index",
	);
}

#[test]
fn wrong_worker_should_be_noticed() {
	broken(|| change(1, |record| record.worker = 1), "a worker key is its own stash");
	broken(
		|| change(1, |record| record.worker = worker(2)),
		"a provider's worker key does not lead back to it",
	);
	broken(|| WorkerOf::<Test>::remove(worker(1)), "a provider's worker key does not lead back to it");
	broken(|| WorkerOf::<Test>::insert(50, 1), "a worker key has no provider");
	broken(
		|| {
			System::dec_sufficients(&worker(1));
		},
		"a worker's account is not kept alive",
	);
}

#[test]
fn wrong_hold_should_be_noticed() {
	let reason = || crate::HoldReason::ProviderBond.into();
	let why = "a bond is not what is on hold";
	broken(|| change(1, |record| record.bond += 1), why);
	broken(|| Balances::hold(&reason(), &1, 1).unwrap(), why);
	broken(
		|| {
			Balances::release(&reason(), &1, 1, Precision::Exact).unwrap();
		},
		why,
	);
	broken(|| Balances::set_balance_on_hold(&reason(), &1, 999).unwrap(), why);
	broken(
		|| change(1, |record| record.unbonding = Some(Unbonding { amount: 0, at: 1 })),
		"an empty part is unbonding",
	);
}

#[test]
fn wrong_lock_should_be_noticed() {
	broken(
		|| change(1, |record| (record.duties, record.locked) = (duties(1), 1_001)),
		"a bond does not cover its locks",
	);
	broken(|| change(1, |record| record.locked = 1), "a lock has no duty");
}

#[test]
fn duty_that_is_listed_twice_should_be_noticed() {
	let twice = BoundedVec::truncate_from(vec![shard(0), shard(1), shard(0)]);
	let corrupt = |record: &mut Provider<AccountId>| (record.info.slots, record.duties) = (4, twice);
	broken(|| change(1, corrupt), "a duty is listed twice");
}

#[test]
fn more_duties_than_there_can_be_slots_should_be_noticed() {
	let most = u32::from(MAX_SLOTS);
	broken(|| write_duties(3, most + 1), "a provider's record cannot be read");
	ExtBuilder::default().provider(3, 7).build_and_execute(|| {
		Market::pause(RuntimeOrigin::signed(3)).unwrap();
		write_duties(3, most);
		assert_eq!(record(3).duties.len(), usize::from(MAX_SLOTS));
	});
}

#[test]
fn own_stash_as_operator_should_be_noticed() {
	let why = "a provider's operator is its own stash";
	broken(|| change(1, |record| record.operator = Operator::Of(1)), why);
	broken(|| change(1, |record| record.operator = Operator::Claimed(1)), why);
}
