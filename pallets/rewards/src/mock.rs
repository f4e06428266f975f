//! A runtime with nothing but money and rewards.

// A mock that cannot be built is a failed test.
#![allow(clippy::unwrap_used)]

use crate as pallet_rewards;
use ergon_primitives::{money::FeeSplit, Balance, Ppm};
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		fungible::Balanced,
		tokens::{Fortitude, Precision, Preservation},
		ConstU128, ConstU64, Hooks, OnUnbalanced,
	},
};
use sp_runtime::BuildStorage;

pub type AccountId = u64;

#[frame_support::runtime]
mod runtime {
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
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances;

	#[runtime::pallet_index(23)]
	pub type Rewards = pallet_rewards;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

/// The existential deposit.
pub const ED: Balance = 10;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<ED>;
	type AccountStore = System;
}

/// Who pays what is handed to the handlers.
pub const PAYER: AccountId = 1;
pub const PAYER_HAS: Balance = 1_000_000_000_000;
/// A block's author with an account.
pub const AUTHOR: AccountId = 2;
/// One whose account does not exist.
pub const STRANGER: AccountId = 3;
pub const TREASURY: AccountId = 999;

parameter_types! {
	pub static Split: FeeSplit = FeeSplit { burn: Ppm::percent(20), author: Ppm::percent(50) };
	pub static BlockAuthor: Option<AccountId> = Some(AUTHOR);
}

impl pallet_rewards::Config for Test {
	type Currency = Balances;
	type FeeSplit = Split;
	type Author = BlockAuthor;
	type Treasury = ConstU64<TREASURY>;
	type WeightInfo = ();
}

/// Starts a chain, runs a test in it, and checks the state that it leaves.
#[derive(Default)]
pub struct ExtBuilder {
	/// Whether the treasury's account is left out of the genesis.
	pub without_treasury: bool,
}

impl ExtBuilder {
	fn build(self) -> sp_io::TestExternalities {
		Split::set(FeeSplit { burn: Ppm::percent(20), author: Ppm::percent(50) });
		BlockAuthor::set(Some(AUTHOR));
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut balances = vec![(PAYER, PAYER_HAS), (AUTHOR, ED)];
		if !self.without_treasury {
			balances.push((TREASURY, ED));
		}
		pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }
			.assimilate_storage(&mut storage)
			.unwrap();
		let mut ext = sp_io::TestExternalities::new(storage);
		ext.execute_with(|| System::set_block_number(1));
		ext
	}

	/// Runs the test; afterwards every invariant must hold, and all money must be in accounts.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Rewards::do_try_state().unwrap();
			let accounts: Balance = frame_system::Account::<Test>::iter_values()
				.map(|account| account.data.free + account.data.reserved)
				.sum();
			assert_eq!(Balances::total_issuance(), accounts);
		});
	}
}

/// Takes so much from the payer and hands it to a handler.
pub fn hand<Handler: OnUnbalanced<crate::CreditOf<Test>>>(amount: Balance) {
	let credit =
		Balances::withdraw(&PAYER, amount, Precision::Exact, Preservation::Preserve, Fortitude::Polite)
			.unwrap();
	Handler::on_unbalanced(credit);
}

/// Ends the block, as far as this pallet is in it.
pub fn end_block() {
	Rewards::on_finalize(System::block_number());
}

/// The events of the pallet since the last time.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet()
}
