//! A runtime with nothing but money and providers.

// A mock that cannot be built is a failed test.
#![allow(clippy::unwrap_used)]

use crate as pallet_providers;
use ergon_primitives::{
	job::Timing,
	money::Economics,
	provider::{Region, Wanted},
	stake::Stake,
	Balance, Conduct, Fuel, JobId, Ppm, Price, ProviderInfo, Requirements, ShardIndex, ShardKey, PROFILE_1,
};
use ergon_traits::{Discharge, Offer, Providers};
use frame_support::{
	derive_impl, parameter_types,
	traits::{tokens::imbalance::ResolveTo, ConstU128, ConstU32, ConstU64},
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

	#[runtime::pallet_index(20)]
	pub type Market = pallet_providers;
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

parameter_types! {
	pub static MinBond: Balance = 1_000;
	pub static Terms: Economics = economics();
	pub static Clock: Timing = timing();
}

/// Where slashes go.
pub const TREASURY: AccountId = 999;
pub const UNBONDING: u32 = 50;
pub const COOL_DOWN: u32 = 40;
pub const MAX_COOL_DOWN: u32 = 100;
pub const CANDIDATES: u32 = 8;

impl pallet_providers::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type BlockNumberProvider = System;
	type Economics = Terms;
	type MinBond = MinBond;
	type Timing = Clock;
	type DrawCandidates = ConstU32<CANDIDATES>;
	type Slash = ResolveTo<ConstU64<TREASURY>, Balances>;
	type WeightInfo = ();
}

/// A lock is twice what is earned (20 times, if late), and at least 10; losses are 10, 20, 100 and 50 hundredths of it.
pub fn economics() -> Economics {
	Economics {
		fee: Ppm::percent(5),
		least_pay: 1,
		lock_percent: 200,
		late_percent: 2_000,
		min_lock: 10,
		deposit_base: 1,
		deposit_per_byte: 1,
		deposit_per_shard: 1,
		loss_absent: Ppm::percent(10),
		loss_silent: Ppm::percent(20),
		loss_dissent: Ppm::ONE,
		loss_false_unavailable: Ppm::percent(50),
	}
}

/// Only what this pallet asks for.
pub fn timing() -> Timing {
	Timing {
		block_millis: 6_000,
		draw_delay: 2,
		commit_base: 10,
		reveal_window: 10,
		retention: 100,
		unbonding: UNBONDING,
		max_duration: 1_000,
		cool_down: COOL_DOWN,
		max_cool_down: MAX_COOL_DOWN,
	}
}

/// Two slots at the price.
pub fn info(ask: Balance) -> ProviderInfo {
	ProviderInfo {
		slots: 2,
		ask: Price(ask),
		memory: 1_024,
		profiles: vec![PROFILE_1].try_into().unwrap(),
		speed: 500,
		region: Region(*b"DE"),
		addresses: Default::default(),
	}
}

/// Work that [`info`] fits up to an ask of 100: a shard of 1 Gfuel, so that what is earned is the ask.
pub fn wanted() -> Wanted {
	Wanted {
		ceiling: Price(100),
		memory: 512,
		requirements: Requirements { profile: PROFILE_1, min_speed: 100, region: None },
		shard_fuel: Fuel(1_000_000_000),
		stake: Stake::Ordinary,
		tip: 0,
	}
}

/// The worker key that tests use for a stash.
pub fn worker(stash: AccountId) -> AccountId {
	stash + 1_000_000
}

/// What every account of the first thousand has.
pub const ENDOWMENT: Balance = 100_000;

/// Starts a chain, runs a test in it, and checks the state that it leaves.
#[derive(Default)]
pub struct ExtBuilder {
	providers: Vec<(AccountId, Balance)>,
}

impl ExtBuilder {
	/// With a provider that asks for so much, bond 1,000, two slots.
	pub fn provider(mut self, stash: AccountId, ask: Balance) -> Self {
		self.providers.push((stash, ask));
		self
	}

	pub fn build(self) -> sp_io::TestExternalities {
		MinBond::set(1_000);
		Terms::set(economics());
		Clock::set(timing());
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut balances: Vec<_> = (1..=100).map(|who| (who, ENDOWMENT)).collect();
		balances.push((TREASURY, ED));
		pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }
			.assimilate_storage(&mut storage)
			.unwrap();
		let mut ext = sp_io::TestExternalities::new(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			for (stash, ask) in self.providers {
				Market::register(RuntimeOrigin::signed(stash), 1_000, worker(stash), info(ask)).unwrap();
			}
			System::reset_events();
		});
		ext
	}

	/// Runs the test; afterwards every invariant must hold, and no money may have come or gone.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			let issuance = Balances::total_issuance();
			test();
			Market::do_try_state().unwrap();
			assert_eq!(Balances::total_issuance(), issuance);
			let accounts: Balance = frame_system::Account::<Test>::iter_values()
				.map(|account| account.data.free + account.data.reserved)
				.sum();
			assert_eq!(accounts, issuance);
		});
	}
}

/// The events of the pallet since the last time.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet()
}

/// The record of a provider.
pub fn record(stash: AccountId) -> crate::Provider<AccountId> {
	crate::Providers::<Test>::get(stash).unwrap()
}

/// What a stash has on hold as its bond.
pub fn held(stash: AccountId) -> Balance {
	use frame_support::traits::fungible::InspectHold;
	Balances::balance_on_hold(&crate::HoldReason::ProviderBond.into(), &stash)
}

/// Terms of a provider with this lock.
pub fn offer(provider: AccountId, lock: Balance) -> Offer<AccountId> {
	Offer { provider, ask: Price(7), lock, trust: None }
}

/// A shard's key by its number.
pub fn shard(number: u32) -> ShardKey {
	ShardKey { job: JobId(1), shard: ShardIndex(number) }
}

/// Engages a provider for [`wanted`] work on a shard, and returns the lock.
pub fn engage(stash: AccountId, number: u32) -> Balance {
	let offer = record(stash).offer(stash, &wanted(), &Terms::get(), MinBond::get()).unwrap();
	<Market as Providers<AccountId>>::engage(&offer, shard(number)).unwrap();
	offer.lock
}

/// Discharges it; no replacement costs anything.
pub fn discharge(stash: AccountId, number: u32, lock: Balance, conduct: Conduct) -> Balance {
	let discharge = Discharge { key: shard(number), lock, value: 0, conduct };
	<Market as Providers<AccountId>>::discharge(&stash, discharge).slashed
}
