//! Who runs a provider. Said by its stash, and true when that account has agreed: without its consent, somebody could keep
//! a victim's machines out of shards by claiming to be run by the victim, too.

use crate::{Config, Error, Event, Pallet, Providers};
use ergon_primitives::provider::Operator;
use frame_support::ensure;
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_operator(stash: T::AccountId, operator: Option<T::AccountId>) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		ensure!(operator.as_ref() != Some(&stash), Error::<T>::OperatorIsStash);
		match &provider.operator {
			Operator::Itself => ensure!(operator.is_some(), Error::<T>::OperatorUnchanged),
			Operator::Claimed(before) => {
				ensure!(operator.as_ref() != Some(before), Error::<T>::OperatorUnchanged);
			},
			Operator::Of(before) => {
				ensure!(operator.as_ref() != Some(before), Error::<T>::OperatorUnchanged);
				// It leaves who runs it: not while it works on shards that the others of that operator must keep out of.
				ensure!(provider.duties.is_empty(), Error::<T>::StillBusy);
			},
		}

		provider.operator = operator.clone().map_or(Operator::Itself, Operator::Claimed);
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::OperatorSet { provider: stash, operator });
		Ok(())
	}

	pub(crate) fn do_confirm_operator(operator: T::AccountId, stash: T::AccountId) -> DispatchResult {
		let mut provider = Self::registered(&stash)?;
		ensure!(provider.operator == Operator::Claimed(operator.clone()), Error::<T>::NotClaimed);

		provider.operator = Operator::Of(operator.clone());
		Providers::<T>::insert(&stash, provider);
		Self::deposit_event(Event::OperatorConfirmed { provider: stash, operator });
		Ok(())
	}
}
