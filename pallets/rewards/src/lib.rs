//! # Rewards
//!
//! What becomes of the money that nobody in particular has earned, and the news of the money that somebody has.
//!
//! ## Terms
//! - **Protocol fee**: the share on top of what a shard's providers are paid. Jobs hands it over as a credit for each
//!   settlement to [`ProtocolFees`]. When the block ends, what it has gathered is divided by the
//!   [`FeeSplit`](ergon_primitives::money::FeeSplit): a settlement writes none of the accounts that all settlements share.
//! - **Author**: who makes the block that the settlement is in.
//! - **Treasury**: one account of the runtime.
//! - **Slash**: what misconduct cost a provider's bond. [`Slashes`] takes it.
//!
//! ## Scenario
//! - **Day 1**: a shard settles. Two providers are paid 100 each; jobs tells each payment ([`Payouts::paid`]), and hands the
//!   fee of 10 to [`ProtocolFees`]. It is the only one of the block. With a split of 20 % burnt and 50 % to authors, 2 disappear
//!   from the issuance when the block ends, 5 go to its author, 3 to the treasury.
//! - **Day 2**: a block's author has an account that does not exist yet, and 5 is less than an account must have. The author's
//!   part goes to the treasury.
//! - **Day 3**: a provider lies and loses 24. All 24 go to the treasury.
//!
//! ## Why a slash goes to the treasury
//! It must not go to whoever decides about it or profits from the fault. Paid to the client, a slash would make it worth
//! more to see a shard fail than to see it settle, for instance by ordering work that its own sybils spoil. Paid to the
//! providers that outvoted the slashed one, it would pay majorities to call honest minorities liars. The treasury decides nothing
//! about single shards.
//!
//! ## Where money cannot go
//! An account can refuse a deposit: it does not exist and the amount is below the existential deposit. The author's part goes
//! to the treasury then; the treasury's part is burnt, and the totals and the event say so. A runtime avoids it by
//! endowing the treasury in its genesis.
//!
//! ## Invariants
//! Checked by `try_state`: between blocks nothing is gathered. That the totals of fees and slashes never fall cannot be seen in one
//! state.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod fees;
mod payouts;
mod totals;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use fees::{ProtocolFees, Slashes};
pub use pallet::*;
pub use totals::{FeeTotals, Gathered};
pub use weights::WeightInfo;

use frame_support::traits::fungible;

#[cfg(doc)]
use ergon_traits::Payouts;

/// Money on its way from one place to another.
pub type CreditOf<T> = fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use ergon_primitives::{money::FeeSplit, Balance, Fuel};
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{Balanced, Inspect},
	};
	use frame_system::pallet_prelude::*;

	/// The layout of this pallet's storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of its runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The token.
		type Currency: Inspect<Self::AccountId, Balance = Balance> + Balanced<Self::AccountId>;

		/// How the protocol fee is divided.
		type FeeSplit: Get<FeeSplit>;

		/// Who makes this block, if that is known.
		type Author: Get<Option<Self::AccountId>>;

		/// The treasury's account. It should exist from the genesis on.
		type Treasury: Get<Self::AccountId>;

		/// What the block's end costs.
		type WeightInfo: WeightInfo;
	}

	/// The protocol fees of this block so far; nothing between blocks.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type Pending<T: Config> = StorageValue<_, Gathered<T::AccountId>, OptionQuery>;

	/// Where the protocol fees went, since the genesis.
	#[pallet::storage]
	pub type Fees<T: Config> = StorageValue<_, FeeTotals, ValueQuery>;

	/// What was slashed, since the genesis.
	#[pallet::storage]
	pub type Slashed<T: Config> = StorageValue<_, Balance, ValueQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider was paid for a replica.
		#[codec(index = 0)]
		Paid {
			/// Its stash.
			provider: T::AccountId,
			/// How much.
			amount: Balance,
			/// For how much work.
			fuel: Fuel,
		},
		/// A protocol fee was divided. The parts are what really went where.
		#[codec(index = 1)]
		FeeSplit {
			/// No longer part of the issuance.
			burnt: Balance,
			/// To the block's author.
			author: Balance,
			/// To the treasury.
			treasury: Balance,
		},
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Declares what the block's end costs.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::divide()
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			Self::divide();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Where the protocol fees went, since the genesis.
		pub fn fees() -> FeeTotals {
			Fees::<T>::get()
		}

		/// What was slashed, since the genesis.
		pub fn slashed() -> Balance {
			Slashed::<T>::get()
		}
	}
}
