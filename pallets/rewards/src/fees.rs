//! The handlers of fees and slashes.

use crate::{Config, CreditOf, Event, Fees, Gathered, Pallet, Pending, Slashed};
use core::marker::PhantomData;
use ergon_primitives::Balance;
use frame_support::traits::{fungible::Balanced, tokens::imbalance::Imbalance, Get, OnUnbalanced};

/// Gathers protocol fees. When the block ends, they are divided between burn, the block's author and the treasury: once for
/// all of its settlements.
pub struct ProtocolFees<T>(PhantomData<T>);

impl<T: Config> OnUnbalanced<CreditOf<T>> for ProtocolFees<T> {
	fn on_nonzero_unbalanced(fee: CreditOf<T>) {
		let mut gathered =
			Pending::<T>::get().unwrap_or_else(|| Gathered { amount: 0, author: T::Author::get() });
		gathered.amount = gathered.amount.saturating_add(fee.peek());
		Pending::<T>::put(gathered);
		// The credit is dropped, and leaves the issuance; what is not burnt comes back to it with the block's end.
	}
}

impl<T: Config> Pallet<T> {
	/// Divides what the block has gathered.
	pub(crate) fn divide() {
		let Some(Gathered { amount, author }) = Pending::<T>::take() else { return };
		let (burn, author_part, _) = T::FeeSplit::get().split(amount);
		let rest = T::Currency::issue(amount.saturating_sub(burn));
		let (for_author, for_treasury) = rest.split(author_part);

		let (author, refused) = match author {
			Some(author) => deposit::<T>(&author, for_author),
			None => (0, for_author),
		};
		let (treasury, refused) = deposit::<T>(&T::Treasury::get(), for_treasury.merge(refused));

		// A credit that is dropped leaves the issuance.
		let burnt = burn.saturating_add(refused.peek());
		drop(refused);
		Fees::<T>::mutate(|totals| *totals = totals.with(burnt, author, treasury));
		Self::deposit_event(Event::FeeSplit { burnt, author, treasury });
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
