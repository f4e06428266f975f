//! The door for those who pay providers.

use crate::{Config, Event, Pallet};
use ergon_primitives::{Balance, Fuel};

impl<T: Config> ergon_traits::Payouts<T::AccountId> for Pallet<T> {
	fn paid(provider: &T::AccountId, amount: Balance, fuel: Fuel) {
		Self::deposit_event(Event::Paid { provider: provider.clone(), amount, fuel });
	}
}
