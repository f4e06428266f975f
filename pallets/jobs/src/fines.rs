//! What was slashed for a shard lies in the pot until the shard closes: replacements are paid of it, the rest goes to the
//! handler of slashes.

use crate::{Config, CreditOf, Fines, Pallet, Standings};
use ergon_primitives::{Balance, Ppm, ShardKey};
use frame_support::{
	defensive,
	traits::{
		fungible::{Balanced, Mutate},
		tokens::{Fortitude, Precision, Preservation},
		Get, Imbalance, OnUnbalanced,
	},
};

impl<T: Config> Pallet<T> {
	/// Books what was slashed, and lies in the pot already, on the shard.
	pub(crate) fn add_fine(key: ShardKey, amount: Balance) {
		if amount == 0 {
			return;
		}
		if !Standings::<T>::get(key.job).is_some_and(|standing| Self::is_open(key, &standing)) {
			defensive!("a fine for a shard that is not open");
			T::Slash::on_unbalanced(take::<T>(amount));
			return;
		}
		Fines::<T>::mutate(key.job, key.shard, |fines| {
			*fines = Some(fines.unwrap_or(0).saturating_add(amount));
		});
	}
}

/// The fines of a shard that is being closed.
pub(crate) struct Purse<T> {
	left: Balance,
	pallet: core::marker::PhantomData<T>,
}

impl<T: Config> Purse<T> {
	/// Takes the shard's fines off the books; [`Self::close`] takes what is not spent out of the pot.
	pub(crate) fn open(key: ShardKey) -> Self {
		Self { left: Fines::<T>::take(key.job, key.shard).unwrap_or(0), pallet: core::marker::PhantomData }
	}

	/// Whether there is enough for one more replacement and the fee on it.
	pub(crate) fn covers(&self, due: Balance, fee: Ppm) -> bool {
		due.checked_add(fee.of(due)).is_some_and(|cost| cost <= self.left)
	}

	/// Pays a replacement; `false` if its account cannot take so little, which then stays a fine.
	pub(crate) fn pay(&mut self, provider: &T::AccountId, due: Balance) -> bool {
		let paid = T::Currency::transfer(&T::Fines::get(), provider, due, Preservation::Preserve);
		match paid {
			Ok(_) => self.left = self.left.saturating_sub(due),
			Err(error) => log::error!(
				target: crate::LOG_TARGET,
				"{due} plancks of fines could not be paid to {provider:?}: {error:?}",
			),
		}
		paid.is_ok()
	}

	/// Takes the fee on a payment.
	pub(crate) fn fee(&mut self, due: Balance, fee: Ppm) -> CreditOf<T> {
		let credit = take::<T>(fee.of(due));
		self.left = self.left.saturating_sub(credit.peek());
		credit
	}

	/// Hands on what is left.
	pub(crate) fn close(self) {
		if self.left > 0 {
			T::Slash::on_unbalanced(take::<T>(self.left));
		}
	}
}

/// Takes so much out of the pot, which has its endowment besides.
fn take<T: Config>(amount: Balance) -> CreditOf<T> {
	let pot = T::Fines::get();
	T::Currency::withdraw(&pot, amount, Precision::BestEffort, Preservation::Preserve, Fortitude::Force)
		.unwrap_or_else(|error| {
			log::error!(target: crate::LOG_TARGET, "{amount} plancks of fines could not be taken: {error:?}");
			CreditOf::<T>::zero()
		})
}
