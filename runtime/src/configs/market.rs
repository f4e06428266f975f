//! The market: who stands behind each of its pallets' doors.

use crate::{
	configs::system::MAX_BLOCK_WEIGHT,
	parameters::{
		dynamic::{
			economics::{Costs, Split},
			market::MinBond,
		},
		MarketTiming,
	},
	weights, AccountId, Attestation, Authorship, Balances, Jobs, Providers, Rewards, Runtime,
	RuntimeHoldReason, System, Timestamp,
};
use frame_support::{
	parameter_types,
	traits::{tokens::imbalance::ResolveTo, ConstU32, Get},
	weights::Weight,
	PalletId,
};
use sp_runtime::{traits::AccountIdConversion, Perbill};

/// Where the treasury's account is derived from.
pub const TREASURY: PalletId = PalletId(*b"erg/trsy");

/// Where the account of fines is derived from.
pub const FINES: PalletId = PalletId(*b"erg/fine");

parameter_types! {
	/// Where fines lie from the fault to the end of its shard, to pay for replacements. No key signs for it. It is endowed
	/// with the existential deposit at genesis, and has that and the fines of open shards at any time.
	pub FinesAccount: AccountId = FINES.into_account_truncating();
	/// Holds the treasury's part of fees, and what is slashed. No key signs for it; Root moves it.
	pub TreasuryAccount: AccountId = TREASURY.into_account_truncating();
	/// What deadlines and draws may each take of a block.
	pub MaxHookWeight: Weight = Perbill::from_percent(20) * MAX_BLOCK_WEIGHT;
}

/// The current block's author.
pub struct Author;
impl Get<Option<AccountId>> for Author {
	fn get() -> Option<AccountId> {
		Authorship::author()
	}
}

impl pallet_providers::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type BlockNumberProvider = System;
	type Economics = Costs;
	type MinBond = MinBond;
	type Timing = MarketTiming;
	// With two, a lower ask gets more work, and a coalition that underbids everybody not twice its share of it.
	type DrawCandidates = ConstU32<2>;
	// Fines wait there for the end of their shard: jobs pays replacements of them and hands on the rest.
	type Slash = ResolveTo<FinesAccount, Balances>;
	type WeightInfo = weights::pallet_providers::WeightInfo<Runtime>;
}

impl pallet_jobs::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Economics = Costs;
	type Timing = MarketTiming;
	type Time = Timestamp;
	// In the hooks of block N this is the VRF output of block N − 1: BABE puts a block's output into
	// `AuthorVrfRandomness` in its `on_finalize`, and nothing touches that value before the next one's. With a draw delay of two
	// blocks, the output is of a block after the submission: neither the client nor any provider knew it when the order
	// was signed. A validator knows its own outputs ahead of its slots, and can withhold a block; it cannot choose another
	// output. Epochs allow slots with VRF outputs only, so that there always is one.
	type Randomness = pallet_babe::ParentBlockRandomness<Runtime>;
	type Providers = Providers;
	type Attestation = Attestation;
	type Payouts = (Providers, Rewards);
	type Fees = pallet_rewards::ProtocolFees<Runtime>;
	type Fines = FinesAccount;
	type Slash = pallet_rewards::Slashes<Runtime>;
	type MaxHookWeight = MaxHookWeight;
	type WeightInfo = weights::pallet_jobs::WeightInfo<Runtime>;
}

impl pallet_attestation::Config for Runtime {
	type Providers = Providers;
	type Shards = Jobs;
	type Referee = ();
	type MaxHookWeight = MaxHookWeight;
	type WeightInfo = weights::pallet_attestation::WeightInfo<Runtime>;
}

impl pallet_rewards::Config for Runtime {
	type Currency = Balances;
	type FeeSplit = Split;
	type Author = Author;
	type Treasury = TreasuryAccount;
	type WeightInfo = weights::pallet_rewards::WeightInfo<Runtime>;
}
