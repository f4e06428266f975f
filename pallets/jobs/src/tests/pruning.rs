use super::*;
use crate::{NextPrune, WeightInfo};
use frame_support::weights::Weight;
use sp_io::{hashing::twox_128, storage};

type Weights = <Test as crate::Config>::WeightInfo;

/// The keys that the pallet has in state, its few single values and the lanes' rounds apart.
fn keys() -> usize {
	let prefix = twox_128(b"Jobs");
	let single = [&b"NextJob"[..], b"NextDeadline", b"NextPrune", b"QueueEnds", b"Round"].map(twox_128);
	let mut count = 0;
	let mut key = prefix.to_vec();
	while let Some(next) = storage::next_key(&key).filter(|next| next.starts_with(&prefix)) {
		let is_version = next.ends_with(frame_support::traits::STORAGE_VERSION_STORAGE_KEY_POSTFIX);
		if !is_version && !single.iter().any(|item| next[16..].starts_with(item)) {
			count += 1;
		}
		key = next;
	}
	count
}

fn settled(shards: u32) -> JobId {
	Slots::set(&10_000);
	HookWeight::set(&Weight::from_parts(1_000_000_000_000, 0));
	let id = submit(ADA, spec_of(shards));
	to_block(3);
	(0..shards).for_each(|shard| drop(close(key(id, shard), agreed(1))));
	id
}

#[test]
fn pruning_should_leave_nothing_in_state_and_give_the_deposit_back() {
	execute(|| {
		assert_eq!(keys(), 0);
		let id = settled(4);
		assert_eq!(keys(), 2 + 4 + 1);
		to_block(22);
		assert!(Jobs::view(id).is_some());
		assert!(held(HoldReason::JobDeposit, ADA) > 0);
		events();
		to_block(23);
		assert_eq!(events(), [Event::Pruned { job: id }]);
		assert_eq!(Jobs::view(id), None);
		assert_eq!(Jobs::shard_view(id, ShardIndex(0)), None);
		assert_eq!(held(HoldReason::JobDeposit, ADA), 0);
		assert_eq!(keys(), 0);
	});
}

#[test]
fn pruning_should_take_as_many_blocks_as_it_needs() {
	execute(|| {
		let id = settled(100);
		to_block(22);
		let step = Weights::prune_shard();
		let once =
			Weights::on_idle_base() + Weights::agenda_step() + Weights::prune_job() + step.saturating_mul(10);
		IdleWeight::set(&once);
		to_block(23);
		let left = crate::Shards::<Test>::iter().count();
		assert_eq!(left, 90);
		assert_eq!(NextPrune::<Test>::get(), 23);
		check();
		to_block(32);
		assert_eq!(crate::Shards::<Test>::iter().count(), 0);
		to_block(33);
		assert_eq!(Jobs::view(id), None);
		assert_eq!(keys(), 0);
	});
}

#[test]
fn pruning_should_take_only_what_is_idle() {
	execute(|| {
		let id = settled(1);
		IdleWeight::set(&Weight::zero());
		to_block(50);
		assert!(Jobs::view(id).is_some());
		IdleWeight::set(&Weight::MAX);
		to_block(51);
		assert_eq!(keys(), 0);
	});
}

#[test]
fn pruning_should_come_a_block_later_at_the_earliest() {
	execute(|| {
		let mut timing = TheTiming::get();
		timing.retention = 0;
		TheTiming::set(&timing);
		let id = settled(1);
		check();
		assert!(Jobs::view(id).is_some());
		to_block(4);
		assert_eq!(Jobs::view(id), None);
	});
}

#[test]
fn pruning_should_cost_the_same_for_shards_that_were_never_drawn() {
	execute(|| {
		Pool::set(&vec![]);
		let id = submit(ADA, spec_of(1_000));
		to_block(119);
		IdleWeight::set(&(Weights::on_idle_base() + Weights::agenda_step() + Weights::prune_job()));
		to_block(120);
		assert_eq!(Jobs::view(id), None);
		assert_eq!(free(ADA), RICH);
	});
}
