//! What calls declare and give back, and what the hook needs at least.

use ergon_primitives::job::MAX_REPLICAS;
use frame_support::weights::Weight;

use crate::{settle::Moved, Config, Pallet, WeightInfo};

impl<T: Config> Pallet<T> {
	/// The most that a commit of `n` costs: each is the last of its shard.
	pub(crate) fn commit_weight(n: u32) -> Weight {
		T::WeightInfo::commit(n).saturating_add(Self::extra_weight(Moved::On).saturating_mul(n.into()))
	}

	/// The most that a reveal of `n` costs: each closes a shard of the most replicas.
	pub(crate) fn reveal_weight(n: u32) -> Weight {
		let closed = |faults| Self::extra_weight(Moved::Closed { replicas: MAX_REPLICAS, faults });
		// The last to reveal is right, or nobody is wrong.
		let most = closed(0).max(closed(MAX_REPLICAS.saturating_sub(1))).max(Self::extra_weight(Moved::On));
		T::WeightInfo::reveal(n).saturating_add(most.saturating_mul(n.into()))
	}

	/// What a commit or reveal costs beyond itself, after which its shard has moved so far.
	pub(crate) fn extra_weight(moved: Moved) -> Weight {
		match moved {
			Moved::Nowhere => Weight::zero(),
			Moved::On => T::WeightInfo::commit_last(),
			Moved::Closed { replicas, faults: 0 } => T::WeightInfo::verdict(replicas),
			Moved::Closed { replicas, faults } => T::WeightInfo::verdict(replicas.saturating_sub(faults))
				.saturating_add(T::WeightInfo::faults(faults)),
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
		T::WeightInfo::hook_deadline().max(T::WeightInfo::hook_verdict(MAX_REPLICAS))
	}
}
