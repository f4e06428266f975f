//! The runtime of Ergon: wiring only. Each pallet of the market lives in a crate of its own; what they mean is said
//! there. Here is which pallets there are ([`runtime`]), how they are configured ([`configs`], by theme), which
//! parameters can be changed while the chain runs ([`parameters`]), what it starts from ([`presets`], [`genesis`])
//! and what it answers ([`apis`]).

#![cfg_attr(not(feature = "std"), no_std)]
// `impl_runtime_apis!` and the runtime macro recurse deeply.
#![recursion_limit = "512"]
// The runtime and parameter macros generate public items without documentation; whatever is written by hand has it.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod genesis;
#[cfg(any(feature = "std", feature = "try-runtime"))]
pub mod invariants;
#[cfg(feature = "std")]
pub mod local;
pub mod parameters;
pub mod presets;
pub mod weights;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

pub use ergon_primitives::{Balance, BlockNumber};

/// What signs a transaction.
pub type Signature = MultiSignature;
/// Who signs a transaction: a public key, or the hash of one.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How transactions name accounts.
pub type Address = MultiAddress<AccountId, ()>;
/// The number of an account's transactions.
pub type Nonce = u32;
/// The hash of blocks, extrinsics and state.
pub type Hash = sp_core::H256;
/// The header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A transaction or an inherent.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What is signed of a transaction.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// What a transaction carries and is checked for besides its call, in this order.
///
/// Commits and reveals go past the fee: [`pallet_attestation::CheckDuty`] keeps them out of the pool unless their signer owes
/// exactly that. Other calls skip it if their pallet declares them free of charge.
pub type TxExtension = (
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_attestation::CheckDuty<Runtime, Fee>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// What charges for a transaction, unless its call is free.
pub type Fee = pallet_skip_feeless_payment::SkipCheckIfFeeless<
	Runtime,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
>;

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

/// One token, in plancks.
pub const UNIT: Balance = ergon_primitives::money::UNIT;
/// A thousandth of a token.
pub const MILLI: Balance = UNIT / 1_000;
/// A millionth of a token.
pub const MICRO: Balance = UNIT / 1_000_000;
/// The least that an account can have.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI;

/// A deposit for so many storage items and bytes, outside the market (whose deposits are parameters).
pub const fn deposit(items: u32, bytes: u32) -> Balance {
	items as Balance * 100 * MILLI + bytes as Balance * 100 * MICRO
}

/// Which runtime this is. `spec_version` rises with every release; `transaction_version` whenever a transaction that
/// was signed for the old one could mean something else.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("ergon"),
	impl_name: alloc::borrow::Cow::Borrowed("ergon-runtime"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

sp_runtime::impl_opaque_keys! {
	/// What a validator makes and finalises blocks with.
	pub struct SessionKeys {
		/// Makes blocks.
		pub babe: Babe,
		/// Finalises them.
		pub grandpa: Grandpa,
	}
}

/// The pallets. The order is the order of their hooks and of their genesis: BABE comes before whatever asks for
/// randomness, so that it has taken in the block's digest by then.
#[frame_support::runtime]
pub mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Babe = pallet_babe;
	#[runtime::pallet_index(3)]
	pub type Authorship = pallet_authorship;
	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(5)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(6)]
	pub type Offences = pallet_offences;
	#[runtime::pallet_index(7)]
	pub type Historical = pallet_session::historical;
	#[runtime::pallet_index(8)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(9)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(10)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(11)]
	pub type Multisig = pallet_multisig;
	#[runtime::pallet_index(12)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(13)]
	pub type Sudo = pallet_sudo;
	#[runtime::pallet_index(14)]
	pub type Parameters = pallet_parameters;
	#[runtime::pallet_index(15)]
	pub type SkipFeelessPayment = pallet_skip_feeless_payment;
	#[runtime::pallet_index(16)]
	pub type InitialParameters = crate::genesis;

	#[runtime::pallet_index(20)]
	pub type Providers = pallet_providers;
	#[runtime::pallet_index(21)]
	pub type Jobs = pallet_jobs;
	#[runtime::pallet_index(22)]
	pub type Attestation = pallet_attestation;
	#[runtime::pallet_index(23)]
	pub type Rewards = pallet_rewards;
}
