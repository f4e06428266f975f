//! The dense index of the available providers.

use crate::{Available, AvailableCount, Config, Pallet, Provider, Providers};
use frame_support::defensive;

impl<T: Config> Pallet<T> {
	/// Takes `provider` into the index or out of it, as its record demands. The caller stores the record; everything that
	/// changes status, slots or duties goes through here.
	///
	/// Who leaves is replaced by the last of the index, so that no gap remains. Returns whether it came or left.
	pub(crate) fn place(stash: &T::AccountId, provider: &mut Provider<T::AccountId>) -> bool {
		match (provider.is_available(), provider.place) {
			(true, None) => {
				let place = AvailableCount::<T>::get();
				Available::<T>::insert(place, stash);
				AvailableCount::<T>::put(place.saturating_add(1));
				provider.place = Some(place);
				true
			},
			(false, Some(place)) => {
				Self::vacate(place);
				provider.place = None;
				true
			},
			_ => false,
		}
	}

	/// Removes a place that is taken, moving the last of the index into it.
	fn vacate(place: u32) {
		let Some(last) = AvailableCount::<T>::get().checked_sub(1) else {
			defensive!("a provider has a place, so the index is not empty");
			return;
		};
		let moved = Available::<T>::take(last);
		AvailableCount::<T>::put(last);
		if place == last {
			return;
		}
		let Some(moved) = moved else {
			defensive!("the index has no gaps");
			return;
		};
		Available::<T>::insert(place, &moved);
		Providers::<T>::mutate(&moved, |record| match record {
			Some(record) => record.place = Some(place),
			None => {
				defensive!("only providers are in the index");
			},
		});
	}
}
