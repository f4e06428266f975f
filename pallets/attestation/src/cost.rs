//! What calls declare and give back, and what the hook needs at least.

use ergon_primitives::job::MAX_REPLICAS;
use frame_support::weights::Weight;

use crate::{settle::Moved, Config, Pallet, WeightInfo};

impl<T: Config> Pallet<T> {
	/// The most that a commit of `n` costs: each is the last of its shard.
	pub(crate) fn commit_weight(n: u32) -> Weight {
		let most = Self::extra_weight(Moved::On).max(Self::extra_weight(Moved::Asked));
		T::WeightInfo::commit(n).saturating_add(most.saturating_mul(n.into()))
	}

	/// The most that a reveal of `n` costs: each closes a shard of the most replicas, all of which had no free slot.
	pub(crate) fn reveal_weight(n: u32) -> Weight {
		let closed = |faults| {
			let back = MAX_REPLICAS.saturating_sub(faults);
			Self::extra_weight(Moved::Closed { replicas: MAX_REPLICAS, faults, back })
		};
		// The last to reveal is right, or nobody is wrong.
		let most =
			closed(0).max(closed(MAX_REPLICAS.saturating_sub(1))).max(Self::extra_weight(Moved::Asked));
		T::WeightInfo::reveal(n).saturating_add(most.saturating_mul(n.into()))
	}

	/// What a commit or reveal costs beyond itself, after which its shard has moved so far.
	pub(crate) fn extra_weight(moved: Moved) -> Weight {
		match moved {
			Moved::Nowhere => Weight::zero(),
			Moved::On => T::WeightInfo::next_phase(),
			Moved::Asked => T::WeightInfo::commit_last(),
			Moved::Closed { replicas, faults, back } => {
				let verdict = T::WeightInfo::verdict(replicas.saturating_sub(faults))
					.saturating_add(Self::back_weight(back));
				match faults {
					0 => verdict,
					faults => verdict.saturating_add(T::WeightInfo::faults(faults)),
				}
			},
		}
	}

	/// What it costs that so many come back into the pool that draws are made from.
	pub(crate) fn back_weight(back: u32) -> Weight {
		match back {
			0 => Weight::zero(),
			back => T::WeightInfo::back(back),
		}
	}

	/// The least budget with which the hook gets anywhere.
	pub(crate) fn least_hook_weight() -> Weight {
		T::WeightInfo::hook_base()
			.saturating_add(T::WeightInfo::hook_block())
			.saturating_add(Self::most_deadline_weight())
	}

	/// The most that serving one deadline costs.
	pub(crate) fn most_deadline_weight() -> Weight {
		let verdict =
			T::WeightInfo::hook_verdict(MAX_REPLICAS).saturating_add(Self::back_weight(MAX_REPLICAS));
		T::WeightInfo::hook_deadline().max(verdict)
	}
}
