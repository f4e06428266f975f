//! The handlers of fees and slashes.

use crate::{Config, CreditOf, Event, Fees, Pallet, Slashed};
use core::marker::PhantomData;
use ergon_primitives::Balance;
use frame_support::traits::{fungible::Balanced, tokens::imbalance::Imbalance, Get, OnUnbalanced};

/// Divides a protocol fee between burn, the block's author and the treasury.
pub struct ProtocolFees<T>(PhantomData<T>);

impl<T: Config> OnUnbalanced<CreditOf<T>> for ProtocolFees<T> {
	fn on_nonzero_unbalanced(fee: CreditOf<T>) {
		let (burn, author, _) = T::FeeSplit::get().split(fee.peek());
		let (burnt, rest) = fee.split(burn);
		let (for_author, for_treasury) = rest.split(author);

		let (author, refused) = match T::Author::get() {
			Some(author) => deposit::<T>(&author, for_author),
			None => (0, for_author),
		};
		let (treasury, refused) = deposit::<T>(&T::Treasury::get(), for_treasury.merge(refused));

		// A credit that is dropped leaves the issuance.
		let burnt = burnt.merge(refused).peek();
		Fees::<T>::mutate(|totals| *totals = totals.with(burnt, author, treasury));
		Pallet::<T>::deposit_event(Event::FeeSplit { burnt, author, treasury });
	}
}

/// Gives what is slashed to the treasury; see the crate's documentation for why.
pub struct Slashes<T>(PhantomData<T>);

impl<T: Config> OnUnbalanced<CreditOf<T>> for Slashes<T> {
	fn on_nonzero_unbalanced(slash: CreditOf<T>) {
		let amount = slash.peek();
		// What the treasury's account refuses is burnt with the credit.
		let _ = deposit::<T>(&T::Treasury::get(), slash);
		Slashed::<T>::mutate(|total| *total = total.saturating_add(amount));
	}
}

/// Puts a credit into an account, and returns how much arrived and what could not be put there: all or nothing.
fn deposit<T: Config>(who: &T::AccountId, credit: CreditOf<T>) -> (Balance, CreditOf<T>) {
	let amount = credit.peek();
	match T::Currency::resolve(who, credit) {
		Ok(()) => (amount, CreditOf::<T>::zero()),
		Err(refused) => (0, refused),
	}
}
