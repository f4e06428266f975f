//! What a reader is shown.

use crate::{Config, Pallet, Provider, Providers};
use alloc::vec::Vec;
use ergon_primitives::views::ProviderView;

/// The most entries that one listing returns.
pub const PAGE: u32 = 100;

impl<T: Config> Pallet<T> {
	pub(crate) fn view_of(stash: T::AccountId) -> Option<ProviderView<T::AccountId>> {
		Providers::<T>::get(&stash).map(|provider| Self::shown(stash, provider))
	}

	pub(crate) fn views_after(after: Option<T::AccountId>, limit: u32) -> Vec<ProviderView<T::AccountId>> {
		let all = match after {
			// The key need not exist: what follows is whatever is stored behind it.
			Some(stash) => Providers::<T>::iter_from(Providers::<T>::hashed_key_for(stash)),
			None => Providers::<T>::iter(),
		};
		all.take(limit.min(PAGE) as usize).map(|(stash, provider)| Self::shown(stash, provider)).collect()
	}

	fn shown(stash: T::AccountId, provider: Provider<T::AccountId>) -> ProviderView<T::AccountId> {
		ProviderView {
			stash,
			earned: provider.earned,
			busy: provider.busy(),
			worker: provider.worker,
			operator: provider.operator,
			info: provider.info,
			status: provider.status,
			bond: provider.bond,
			locked: provider.locked,
			unbonding: provider.unbonding,
			reputation: provider.reputation,
		}
	}
}
