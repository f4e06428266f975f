//! # Providers
//!
//! The pool of machines for hire: who offers what, with how much at stake, and who is drawn for a piece of work.
//!
//! ## Terms
//! - **Stash**: the account that owns a provider's bond, signs all calls of this pallet, and is paid.
//! - **Worker**: the key on the machine that commits and reveals for the stash. It owns nothing and needs no money: as
//!   long as it is registered, its account is kept alive by a reference (`inc_sufficients`) so that it can sign the calls
//!   that are free for it.
//! - **Bond**: what the stash has on hold as [`HoldReason::ProviderBond`], without what is unbonding.
//! - **Lock**: the part of the bond that one open shard can cost. A provider is only drawn for work whose lock its free
//!   bond (bond − all locks) covers; so a loss is always covered.
//! - **Unbonding**: a part of the bond on its way out. It covers no new locks, but it is still on hold.
//! - **Duty**: a shard that a provider is engaged for, from the draw to the discharge. Its record lists them. **Slot**: the
//!   place of one duty. **Busy**: how many duties it has now.
//! - **Fault**: a duty that ended in a way that is held against the provider
//!   ([`is_fault`](ergon_primitives::Conduct::is_fault)).
//! - **Suspended**: resting after a fault, for a time that doubles with each further one in a row. Like a paused provider,
//!   it takes no new work, and its duties stay due.
//! - **Operator**: who runs a provider, as far as it matters that nobody checks himself: the stash, unless it has named an
//!   account that has confirmed it.
//! - **Trust**: a provider with a long enough streak of agreements may work alone, with a larger lock
//!   ([`trust`](ergon_primitives::stake::trust)). A draw says for whom and on what terms.
//! - **Index**: the stashes that are online and have a free slot, at the places 0, 1, 2, … without a gap. A random place
//!   is a random available provider, so a draw costs the same among ten providers as among ten thousand.
//!
//! ## Scenario
//! - **Day 1**: Ada has a machine. She makes a worker key on it and calls [`register`](Call::register) from her stash with
//!   a bond of 100, four slots and her ask. She is online and in the index at once.
//! - **Day 2**: an order needs two replicas of a shard that can cost 12 each. A draw ([`draw`](ergon_traits::Providers::draw))
//!   finds Ada among others; [`engage`](ergon_traits::Providers::engage) gives her the duty in one of her slots and locks
//!   12 of her 100. The shard settles with her answer in the quorum; [`discharge`](ergon_traits::Providers::discharge) takes
//!   duty and lock off and counts the success.
//! - **Day 3**: four shards are open; Ada is not in the index until one ends. She wants 50 of her bond back, with 48
//!   locked: [`unbond`](Call::unbond) takes 50 out, since the remaining 50 cover the locks.
//! - **Day 4**: her machine loses power, and she misses a commitment. The lock's share for absence is slashed and goes to
//!   the handler of slashes; her streak is over, and she is suspended. When the machine is back and the rest is over, its
//!   worker key calls [`resume`](Call::resume), free of fee. Had her bond fallen below the least bond, she would have to add
//!   to it first.
//! - **Day 5**: the unbonding period is over; [`withdraw`](Call::withdraw) frees the 50.
//! - **Day 6**: Ada buys a second machine with a stash of its own. Honest as she is, she names one account as the operator of
//!   both ([`set_operator`](Call::set_operator)), which confirms both
//!   ([`confirm_operator`](Call::confirm_operator)). From now on they are never drawn for the same shard, nor for the
//!   orders of that account.
//! - **Day 9**: Ada sells the machine. [`pause`](Call::pause) takes her out of the index; when her last shard has ended,
//!   [`deregister`](Call::deregister) gives back all that is on hold and removes every trace of her.
//!
//! ## When money comes out
//! `unbond` waits and `deregister` does not. Both follow from one rule: nothing leaves while a duty that it was at stake for
//! is open. A provider that goes on working always has open duties, so what it unbonds waits for a period that is longer
//! than any duty lasts. One that deregisters has, by the check of the call, no duty at all: every verdict that could cost
//! it something has been spoken, discharges are final, and waiting would protect nobody.
//!
//! A suspended provider can leave, too, and loses its whole record by it: whoever registers again starts with a streak of
//! 0, and may not work alone for a long time. The rest is no punishment, and whoever pays for two more calls can cut it
//! short: it keeps machines that fail, and that nobody looks after, out of everybody's way. What deters is the loss.
//!
//! ## Invariants
//! Checked by `try_state`, one function each:
//! 1. every record can be read; so it has no more duties than
//!    [`MAX_SLOTS`](ergon_primitives::provider::MAX_SLOTS);
//! 2. the index has no gaps, and a provider is in it exactly if it is online, so neither paused nor suspended, with a free
//!    slot;
//! 3. worker keys and providers name each other;
//! 4. nobody's operator is written to be its own stash;
//! 5. what is on hold is bond plus unbonding;
//! 6. no provider has the same duty twice;
//! 7. the locks are covered by the bond, and there are none without a duty.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod actions;
mod draw;
mod index;
mod market;
mod operator;
mod provider;
mod rough_weights;
mod status;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use provider::{Duties, Provider};
pub use views::PAGE;
pub use weights::WeightInfo;

use ergon_primitives::Balance;
use frame_support::traits::fungible;

/// What was slashed from a bond, on its way to the handler of slashes.
pub type CreditOf<T> = fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use ergon_primitives::{
		job::Timing, money::Economics, provider::InfoError, views::ProviderView, BlockNumber, Conduct,
		ProviderInfo,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{BalancedHold, Inspect, MutateHold},
			OnUnbalanced,
		},
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::BlockNumberProvider;

	/// The layout of this pallet's storage.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs of its runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// The token that bonds are in.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ BalancedHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Tells the height that unbonding and suspension are measured in: the system pallet. Its bound is what makes block
		/// numbers plain [`BlockNumber`]s here, without conversions.
		type BlockNumberProvider: BlockNumberProvider<BlockNumber = BlockNumber>;

		/// What is locked for a shard, and what misconduct costs of it.
		type Economics: Get<Economics>;

		/// The least bond that takes work. It may be changed at any time: a provider below it is drawn no more, and is
		/// paused at its next discharge. Sensibly not below the least lock, which nobody could cover otherwise.
		type MinBond: Get<Balance>;

		/// How long an unbonding part waits, and how long a provider rests after a fault. It may be changed at any time; what is
		/// unbonding, and who is suspended already, keeps the block that it was told.
		type Timing: Get<Timing>;

		/// How many fitting providers each pick of a draw chooses the cheapest of, 1 to 64. With one, price does not
		/// matter below the ceiling; the more, the more work the cheapest get, and the larger the share of the draws that a
		/// coalition of liars has which asks for less than everybody else.
		#[pallet::constant]
		type DrawCandidates: Get<u32>;

		/// Takes what is slashed.
		type Slash: OnUnbalanced<CreditOf<Self>>;

		/// What the calls cost.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A provider's bond, the unbonding part included.
		#[codec(index = 0)]
		ProviderBond,
	}

	/// All providers by their stashes.
	#[pallet::storage]
	pub type Providers<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Provider<T::AccountId>, OptionQuery>;

	/// The stash that a worker key acts for. Duties are looked up through it.
	#[pallet::storage]
	pub type WorkerOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	/// The index: the stashes of the available at the places below [`AvailableCount`], in no particular order.
	#[pallet::storage]
	pub type Available<T: Config> = StorageMap<_, Twox64Concat, u32, T::AccountId, OptionQuery>;

	/// How many providers are in the index.
	#[pallet::storage]
	pub type AvailableCount<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider joined, and is online.
		#[codec(index = 0)]
		Registered {
			/// Its stash.
			provider: T::AccountId,
			/// The key that works for it.
			worker: T::AccountId,
			/// Its bond.
			bond: Balance,
		},
		/// A provider changed what it offers.
		#[codec(index = 1)]
		Updated {
			/// Its stash.
			provider: T::AccountId,
		},
		/// A provider added to its bond.
		#[codec(index = 2)]
		Bonded {
			/// Its stash.
			provider: T::AccountId,
			/// How much it added.
			amount: Balance,
		},
		/// A provider takes a part of its bond out.
		#[codec(index = 3)]
		Unbonding {
			/// Its stash.
			provider: T::AccountId,
			/// How much of its bond it takes out with this call.
			amount: Balance,
			/// From which block on all that is unbonding can be withdrawn.
			at: BlockNumber,
		},
		/// What was unbonding is free.
		#[codec(index = 4)]
		Withdrawn {
			/// The provider's stash.
			provider: T::AccountId,
			/// How much is free now.
			amount: Balance,
		},
		/// A provider takes no new work: by its own call, or since its bond fell below the least.
		#[codec(index = 5)]
		Paused {
			/// Its stash.
			provider: T::AccountId,
		},
		/// A provider takes work again.
		#[codec(index = 6)]
		Resumed {
			/// Its stash.
			provider: T::AccountId,
		},
		/// Another key works for a provider from now on.
		#[codec(index = 7)]
		WorkerSet {
			/// Its stash.
			provider: T::AccountId,
			/// The new key.
			worker: T::AccountId,
		},
		/// A provider lost a part of its bond.
		#[codec(index = 8)]
		Slashed {
			/// Its stash.
			provider: T::AccountId,
			/// How much it lost.
			amount: Balance,
			/// What for.
			conduct: Conduct,
		},
		/// A provider left; its bond is free.
		#[codec(index = 9)]
		Deregistered {
			/// Its stash.
			provider: T::AccountId,
		},
		/// A provider takes no new work for a time, after a fault.
		#[codec(index = 10)]
		Suspended {
			/// Its stash.
			provider: T::AccountId,
			/// From which block on it can resume.
			until: BlockNumber,
		},
		/// A provider said who runs it. Counts when that account has confirmed it.
		#[codec(index = 11)]
		OperatorSet {
			/// Its stash.
			provider: T::AccountId,
			/// The account that it says; `None` for its stash, which needs no confirmation.
			operator: Option<T::AccountId>,
		},
		/// An account agreed to be a provider's operator.
		#[codec(index = 12)]
		OperatorConfirmed {
			/// The provider's stash.
			provider: T::AccountId,
			/// The account.
			operator: T::AccountId,
		},
	}

	/// Why a call is refused. Nothing has changed then.
	#[pallet::error]
	pub enum Error<T> {
		/// The account is not a provider's stash.
		NotRegistered,
		/// The account is a provider's stash already.
		AlreadyRegistered,
		/// `slots` must be 1 to 256.
		SlotsOutOfRange,
		/// `ask` must be above zero.
		AskIsZero,
		/// `memory` must be at least 1 MiB.
		MemoryIsZero,
		/// `profiles` must name at least one execution profile.
		ProfilesEmpty,
		/// `speed` must be at least 1 Mfuel/s.
		SpeedIsZero,
		/// `region` must be two upper-case letters, `ZZ` for "not said".
		RegionInvalid,
		/// The bond would be, or is, below the least bond.
		BondTooSmall,
		/// The worker key must be another account than the stash.
		WorkerIsStash,
		/// The worker key works for a provider already.
		WorkerInUse,
		/// The amount must be above zero.
		AmountIsZero,
		/// So much of the bond is locked for open shards that the rest does not suffice.
		BondLocked,
		/// Nothing is unbonding.
		NothingUnbonding,
		/// The unbonding period is not over.
		StillUnbonding,
		/// The provider is paused.
		AlreadyPaused,
		/// The provider is online.
		AlreadyOnline,
		/// Shards are open that the provider was drawn for; it can leave, or leave its operator, when they have ended.
		StillBusy,
		/// The provider takes no new work.
		NotOnline,
		/// All slots are busy.
		NoFreeSlot,
		/// The rest after the fault is not over.
		StillSuspended,
		/// The provider is suspended after a fault, and takes no new work.
		AlreadySuspended,
		/// The provider works on the shard already.
		AlreadyEngaged,
		/// A provider that names nobody is run by its stash: there is no need to name that.
		OperatorIsStash,
		/// The provider has said so already.
		OperatorUnchanged,
		/// The provider does not say that the signer is its operator, or it is confirmed already.
		NotClaimed,
	}

	impl<T> From<InfoError> for Error<T> {
		fn from(error: InfoError) -> Self {
			match error {
				InfoError::Slots => Self::SlotsOutOfRange,
				InfoError::Ask => Self::AskIsZero,
				InfoError::Memory => Self::MemoryIsZero,
				InfoError::Profiles => Self::ProfilesEmpty,
				InfoError::Speed => Self::SpeedIsZero,
				InfoError::Region => Self::RegionInvalid,
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Only of constants: the other items may be parameters in storage, which is out of reach here.
		fn integrity_test() {
			assert!(
				(1..=64).contains(&T::DrawCandidates::get()),
				"DrawCandidates must be 1 to 64: each is several reads of a draw"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Makes the signer a provider, online at once.
		///
		/// Holds `bond` of the signer's free balance. `worker` is the key that commits and reveals for it: not the
		/// signer's own, not another provider's; its account needs no money. Whoever names a key first has it, so make the
		/// key for this purpose and show it to nobody before.
		///
		/// Errors: [`Error::AlreadyRegistered`]; one for each field of `info` that cannot be accepted;
		/// [`Error::BondTooSmall`]; [`Error::WorkerIsStash`]; [`Error::WorkerInUse`]; the currency's where the balance does
		/// not suffice. Event: [`Event::Registered`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		pub fn register(
			origin: OriginFor<T>,
			bond: Balance,
			worker: T::AccountId,
			info: ProviderInfo,
		) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_register(stash, bond, worker, info)
		}

		/// Replaces what the signer's provider offers. Signed by a provider's stash.
		///
		/// Open work keeps the ask at which it was drawn. With fewer slots than are busy, no new work comes until enough
		/// of them are free.
		///
		/// Errors: [`Error::NotRegistered`]; one for each field that cannot be accepted. Event: [`Event::Updated`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::update())]
		pub fn update(origin: OriginFor<T>, info: ProviderInfo) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_update(stash, info)
		}

		/// Holds `amount` more of the signer's free balance as bond. Signed by a provider's stash.
		///
		/// A provider that was paused for too small a bond stays paused until it resumes.
		///
		/// Errors: [`Error::AmountIsZero`]; [`Error::NotRegistered`]; the currency's where the balance does not suffice.
		/// Event: [`Event::Bonded`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::bond_more())]
		pub fn bond_more(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_bond_more(stash, amount)
		}

		/// Takes `amount` out of the bond; [`withdraw`](Self::withdraw) frees it after the unbonding period. Signed by a
		/// provider's stash.
		///
		/// What remains must be at least the least bond and cover all locks. To take the whole bond out, deregister. There
		/// is one unbonding part: a second call adds to it and starts its time anew.
		///
		/// Errors: [`Error::AmountIsZero`]; [`Error::NotRegistered`]; [`Error::BondTooSmall`]; [`Error::BondLocked`].
		/// Event: [`Event::Unbonding`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::unbond())]
		pub fn unbond(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_unbond(stash, amount)
		}

		/// Frees what has been unbonding for the whole period. Signed by a provider's stash.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::NothingUnbonding`]; [`Error::StillUnbonding`]. Event:
		/// [`Event::Withdrawn`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_withdraw(stash)
		}

		/// Takes no new work from now on. Open duties stay due. Signed by a provider's stash.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::AlreadyPaused`]; [`Error::AlreadySuspended`], since a suspended one takes
		/// none anyway. Event: [`Event::Paused`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::pause())]
		pub fn pause(origin: OriginFor<T>) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_pause(stash)
		}

		/// Takes work again: after a pause at once, after a fault when the rest is over.
		///
		/// Signed by a provider's stash, or by its worker, so that a machine that was away gets back to work without its
		/// owner. Free of fee for the worker if it succeeds; a worker's that would fail is not free, so that one without money
		/// cannot get it into a block. A key that is both a stash and somebody's worker resumes its own provider.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::AlreadyOnline`]; [`Error::StillSuspended`]; [`Error::BondTooSmall`] until
		/// enough was added with [`bond_more`](Self::bond_more). Event: [`Event::Resumed`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::resume())]
		#[pallet::feeless_if(|origin: &OriginFor<T>| -> bool { Pallet::<T>::resumes_free(origin) })]
		pub fn resume(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_resume(who)
		}

		/// Leaves the market: frees all that is on hold, the unbonding part included, and removes every record, reputation
		/// and totals included. Signed by a provider's stash without open duties; pause first to get there.
		///
		/// Nothing waits here: see "When money comes out" in the pallet's documentation. A paused or suspended provider can leave
		/// just so. Its record is lost: whoever registers again starts with a streak of 0.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::StillBusy`]. Event: [`Event::Deregistered`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::deregister())]
		pub fn deregister(origin: OriginFor<T>) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_deregister(stash)
		}

		/// Lets another key work for the signer's provider; the old one can do nothing from now on. Signed by a provider's
		/// stash.
		///
		/// Allowed with open duties: duties belong to the stash and are looked up through the key, so the new key takes
		/// them over as they stand. What the old key has committed only the one who knows its salt can reveal: hand the
		/// worker's journal over with the key.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::WorkerIsStash`]; [`Error::WorkerInUse`]. Event:
		/// [`Event::WorkerSet`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::set_worker())]
		pub fn set_worker(origin: OriginFor<T>, worker: T::AccountId) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_set_worker(stash, worker)
		}

		/// Says who runs the signer's provider. Signed by a provider's stash.
		///
		/// An account counts as the operator from the moment that it has called [`confirm_operator`](Self::confirm_operator);
		/// until then, the provider counts as run by its stash. From then on, no two providers of that operator are drawn for
		/// the same shard, nor any for its own orders. `None` leaves the operator or takes the claim back.
		///
		/// Whoever leaves a confirmed operator, for none or for another, must have no open duty.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::OperatorIsStash`]; [`Error::OperatorUnchanged`]; [`Error::StillBusy`].
		/// Event: [`Event::OperatorSet`].
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::set_operator())]
		pub fn set_operator(origin: OriginFor<T>, operator: Option<T::AccountId>) -> DispatchResult {
			let stash = ensure_signed(origin)?;
			Self::do_set_operator(stash, operator)
		}

		/// Agrees to be the operator of a provider that says so. Signed by that operator.
		///
		/// Open duties do not matter: they were drawn before.
		///
		/// Errors: [`Error::NotRegistered`]; [`Error::NotClaimed`]. Event: [`Event::OperatorConfirmed`].
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::confirm_operator())]
		pub fn confirm_operator(origin: OriginFor<T>, stash: T::AccountId) -> DispatchResult {
			let operator = ensure_signed(origin)?;
			Self::do_confirm_operator(operator, stash)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A provider by its stash.
		pub fn view(stash: T::AccountId) -> Option<ProviderView<T::AccountId>> {
			Self::view_of(stash)
		}

		/// Providers in the order of their storage keys, from the one after `after` on: at most `limit` of them, and at
		/// most [`PAGE`].
		pub fn views(after: Option<T::AccountId>, limit: u32) -> Vec<ProviderView<T::AccountId>> {
			Self::views_after(after, limit)
		}

		/// How many providers are in the index that draws are made from.
		pub fn available() -> u32 {
			AvailableCount::<T>::get()
		}

		/// The least bond that takes work.
		pub fn min_bond() -> Balance {
			T::MinBond::get()
		}

		/// How many blocks an unbonding part waits.
		pub fn unbonding_period() -> BlockNumber {
			T::Timing::get().unbonding
		}
	}
}
