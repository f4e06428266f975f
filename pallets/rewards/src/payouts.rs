//! The door for those who pay providers.

use crate::{Config, Event, Pallet, Totals};
use ergon_primitives::{Balance, Fuel};

impl<T: Config> ergon_traits::Payouts<T::AccountId> for Pallet<T> {
	fn paid(provider: &T::AccountId, amount: Balance, fuel: Fuel) {
		Totals::<T>::mutate(provider, |total| {
			*total = Some(total.take().unwrap_or_default().with(amount, fuel));
		});
		Self::deposit_event(Event::Paid { provider: provider.clone(), amount, fuel });
	}

	fn total(provider: &T::AccountId) -> Balance {
		Totals::<T>::get(provider).map_or(0, |earnings| earnings.paid)
	}

	fn gone(provider: &T::AccountId) {
		Totals::<T>::remove(provider);
	}
}
