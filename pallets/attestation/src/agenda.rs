//! Deadlines: served in the first block after them, as far as the hook's budget goes, the rest in the next.

use ergon_primitives::{BlockNumber, ShardKey};
use frame_support::{
	defensive,
	weights::{Weight, WeightMeter},
};

use crate::{machine, settle::Moved, Agenda, Config, NextDue, Pallet, Shards, WeightInfo};

impl<T: Config> Pallet<T> {
	/// Serves what was due before this block, oldest first. Every block of the agenda that is looked at and every deadline is
	/// paid for from `meter`, so neither many deadlines nor many empty blocks can make a block heavy.
	pub(crate) fn serve_agenda(meter: &mut WeightMeter) {
		if meter.try_consume(T::WeightInfo::hook_base()).is_err() {
			return;
		}
		let now = Self::now();
		let from = NextDue::<T>::get();
		let mut due = from;
		while due < now
			&& meter.try_consume(T::WeightInfo::hook_block()).is_ok()
			&& Self::serve_block(due, now, meter)
		{
			due = due.saturating_add(1);
		}
		if due != from {
			NextDue::<T>::put(due);
		}
	}

	/// Serves the deadlines of one past block; whether all.
	fn serve_block(due: BlockNumber, now: BlockNumber, meter: &mut WeightMeter) -> bool {
		// Entries are removed as they are met, and none is ever added to a past block.
		for key in Agenda::<T>::iter_key_prefix(due) {
			if !meter.can_consume(Self::most_deadline_weight()) {
				return false;
			}
			meter.consume(Self::serve(key, due, now));
		}
		true
	}

	/// Serves one deadline; what it cost.
	fn serve(key: ShardKey, due: BlockNumber, now: BlockNumber) -> Weight {
		let Some(mut shard) = Shards::<T>::get(key) else {
			defensive!("an agenda entry without its shard");
			Agenda::<T>::remove(due, key);
			return T::WeightInfo::hook_deadline();
		};
		let known = Self::known(key, &shard);
		let outcome = machine::expire(&mut shard, known, now);
		match Self::settle(key, Some(due), shard, outcome) {
			Moved::Nowhere | Moved::On | Moved::Asked => T::WeightInfo::hook_deadline(),
			Moved::Closed { replicas, back, .. } => {
				T::WeightInfo::hook_verdict(replicas).saturating_add(Self::back_weight(back))
			},
		}
	}
}
