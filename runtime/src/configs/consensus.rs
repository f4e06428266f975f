//! Who makes blocks, who finalises them, and what is known of those who do it twice.
//!
//! Validators are fixed by genesis; they may exchange their session keys, not their places. There is no staking yet:
//! BABE and GRANDPA equivocations are proven (with key-ownership proofs over the last sessions), reported by the other
//! validators' nodes without a fee, and kept with an event by `Offences`. Nothing is slashed and nobody is disabled: with no
//! stake there is nothing to take, and disabling one of four would cost the chain more than the equivocation did. Whoever
//! operates the network reads the event and acts.

use crate::{
	parameters::dynamic::timing::{EpochBlocks, SlotMillis},
	AccountId, Babe, Balances, Historical, Offences, Runtime, RuntimeEvent, Session, SessionKeys, UNIT,
};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{
	parameter_types,
	traits::{ConstU32, ConstU64, KeyOwnerProofSystem},
};
use pallet_session::{historical, FindAccountFromAuthorIndex};
use sp_core::crypto::KeyTypeId;
use sp_runtime::traits::{Convert, ConvertInto, OpaqueKeys};
use sp_staking::SessionIndex;

/// The most validators.
pub type MaxAuthorities = ConstU32<100>;
/// For how many sessions an equivocation can be proven: at three-second blocks, a day.
pub const PROVABLE_SESSIONS: SessionIndex = 144;

parameter_types! {
	/// For how many blocks a report stays valid.
	pub const ReportLongevity: u64 = PROVABLE_SESSIONS as u64 * crate::parameters::defaults::EPOCH_BLOCKS;
	/// Held for the record of session keys.
	pub const KeyDeposit: crate::Balance = UNIT;
}

type KeyOwnerProof<Key> = <Historical as KeyOwnerProofSystem<(KeyTypeId, Key)>>::Proof;

impl pallet_babe::Config for Runtime {
	type EpochDuration = EpochBlocks;
	type ExpectedBlockTime = SlotMillis;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type DisabledValidators = Session;
	type WeightInfo = ();
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type KeyOwnerProof = KeyOwnerProof<pallet_babe::AuthorityId>;
	type EquivocationReportSystem =
		pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ PROVABLE_SESSIONS as u64 }>;
	type KeyOwnerProof = KeyOwnerProof<pallet_grandpa::AuthorityId>;
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = FindAccountFromAuthorIndex<Self, Babe>;
	type EventHandler = ();
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = historical::IdentificationTuple<Self>;
	type OnOffenceHandler = ();
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type ShouldEndSession = Babe;
	type NextSessionRotation = Babe;
	type SessionManager = historical::NoteHistoricalRoot<Self, FixedValidators<Self>>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = ();
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type KeyDeposit = KeyDeposit;
}

impl historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = Unit;
}

/// A validator is no more than its account.
pub struct Unit;
impl<ValidatorId> Convert<ValidatorId, Option<()>> for Unit {
	fn convert(_: ValidatorId) -> Option<()> {
		Some(())
	}
}

/// Keeps the validators of genesis.
///
/// A set is named anew only when one of them has new keys: then GRANDPA begins a new set and the historical root, by
/// which old keys are proven, is made again. Otherwise both carry over.
pub struct FixedValidators<T>(PhantomData<T>);

impl<T: historical::Config> FixedValidators<T> {
	fn with_new_keys() -> Option<Vec<T::ValidatorId>> {
		let current = pallet_session::Validators::<T>::get();
		let queued = pallet_session::QueuedKeys::<T>::get();
		let changed = queued.iter().any(|(validator, keys)| {
			pallet_session::NextKeys::<T>::get(validator).is_some_and(|next| next != *keys)
		});
		changed.then_some(current)
	}

	fn of_genesis() -> Vec<T::ValidatorId> {
		pallet_session::NextKeys::<T>::iter_keys().collect()
	}
}

impl<T: historical::Config> pallet_session::SessionManager<T::ValidatorId> for FixedValidators<T> {
	fn new_session(_: SessionIndex) -> Option<Vec<T::ValidatorId>> {
		Self::with_new_keys()
	}

	fn new_session_genesis(_: SessionIndex) -> Option<Vec<T::ValidatorId>> {
		Some(Self::of_genesis())
	}

	fn start_session(_: SessionIndex) {}

	fn end_session(ended: SessionIndex) {
		// Without this, roots would stay for ever.
		if let Some(up_to) = ended.checked_sub(PROVABLE_SESSIONS) {
			historical::Pallet::<T>::prune_up_to(up_to);
		}
	}
}

impl<T: historical::Config<FullIdentification = ()>> historical::SessionManager<T::ValidatorId, ()>
	for FixedValidators<T>
{
	fn new_session(_: SessionIndex) -> Option<Vec<(T::ValidatorId, ())>> {
		Some(Self::with_new_keys()?.into_iter().map(|validator| (validator, ())).collect())
	}

	fn new_session_genesis(_: SessionIndex) -> Option<Vec<(T::ValidatorId, ())>> {
		Some(Self::of_genesis().into_iter().map(|validator| (validator, ())).collect())
	}

	fn start_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<_>>::start_session(index)
	}

	fn end_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<_>>::end_session(index)
	}
}
