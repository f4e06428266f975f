//! Known answers: a client tells what the claim on a shard must be, once the provider that works alone on it is bound to its
//! own.

use crate::{Config, Error, Event, Exposed, Jobs, Pallet};
use ergon_primitives::{known_answer, Claim, Phase, ShardKey};
use ergon_traits::Attestation;
use frame_support::ensure;
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_expose(
		owner: T::AccountId,
		key: ShardKey,
		claim: Claim,
		salt: [u8; 32],
	) -> DispatchResult {
		let job = Jobs::<T>::get(key.job).ok_or(Error::<T>::NoSuchJob)?;
		ensure!(job.owner == owner, Error::<T>::NotOwner);
		let answer = known_answer(&Self::genesis(), &owner, &job.spec.program, key.shard, &claim, &salt);
		ensure!(job.spec.known.contains(&answer), Error::<T>::NotKnown);
		ensure!(Self::is_bound_alone(key), Error::<T>::NotAlone);

		Exposed::<T>::insert(key.job, key.shard, claim);
		Self::deposit_event(Event::Exposed { key, claim });
		Ok(())
	}

	/// Whether one provider works alone on the shard, and has committed.
	fn is_bound_alone(key: ShardKey) -> bool {
		T::Attestation::get(key).is_some_and(|shard| {
			shard.trust > 0 && matches!(shard.phase, Phase::Deciding | Phase::Revealing { .. })
		})
	}

	/// The chain's genesis hash, which is never pruned: answers of a fork are not known here.
	fn genesis() -> [u8; 32] {
		frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default())
			.into()
	}
}
