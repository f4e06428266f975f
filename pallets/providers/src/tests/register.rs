use crate::{mock::*, Error, Event, Provider, Providers, WorkerOf};
use ergon_primitives::{
	provider::{Region, MAX_SLOTS},
	Price, ProviderInfo,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError, DispatchResult, TokenError};

fn register(stash: AccountId, bond: u128, worker: AccountId, info: ProviderInfo) -> DispatchResult {
	Market::register(RuntimeOrigin::signed(stash), bond, worker, info)
}

#[test]
fn provider_should_be_online_with_its_bond_held_when_registered() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(1, 1_500, 101_000, info(7)));
		let mut expected = Provider::new(101_000, info(7), 1_500);
		expected.place = Some(0);
		assert_eq!(record(1), expected);
		assert!(record(1).is_available());
		assert_eq!(held(1), 1_500);
		assert_eq!(Balances::free_balance(1), ENDOWMENT - 1_500);
		assert_eq!(WorkerOf::<Test>::get(101_000), Some(1));
		assert_eq!(Market::available(), 1);
		assert_eq!(events(), vec![Event::Registered { provider: 1, worker: 101_000, bond: 1_500 }]);
	});
}

#[test]
fn worker_should_have_an_account_without_money() {
	ExtBuilder::default().build_and_execute(|| {
		assert!(!System::account_exists(&101_000));
		assert_ok!(register(1, 1_000, 101_000, info(7)));
		assert!(System::account_exists(&101_000));
		assert_eq!(Balances::free_balance(101_000), 0);
	});
}

#[test]
fn bond_should_be_accepted_when_it_is_just_the_least() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(register(1, 999, 101_000, info(7)), Error::<Test>::BondTooSmall);
		assert_noop!(register(1, 0, 101_000, info(7)), Error::<Test>::BondTooSmall);
		assert_ok!(register(1, 1_000, 101_000, info(7)));
	});
}

#[test]
fn bond_should_be_refused_when_the_balance_does_not_suffice() {
	ExtBuilder::default().build_and_execute(|| {
		let funds = DispatchError::Token(TokenError::FundsUnavailable);
		// The existential deposit cannot be held.
		assert_noop!(register(1, ENDOWMENT - ED + 1, 101_000, info(7)), funds);
		assert_noop!(register(1, u128::MAX, 101_000, info(7)), funds);
		assert_noop!(register(500, 1_000, 101_000, info(7)), funds);
		assert_ok!(register(1, ENDOWMENT - ED, 101_000, info(7)));
	});
}

#[test]
fn stash_should_be_refused_when_it_is_registered() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(register(1, 1_000, 101_000, info(7)), Error::<Test>::AlreadyRegistered);
	});
}

#[test]
fn worker_should_be_refused_when_it_is_the_stash_or_works_already() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(register(2, 1_000, 2, info(7)), Error::<Test>::WorkerIsStash);
		assert_noop!(register(2, 1_000, worker(1), info(7)), Error::<Test>::WorkerInUse);
	});
}

#[test]
fn each_field_should_be_refused_by_name() {
	ExtBuilder::default().build_and_execute(|| {
		let refuse = |change: fn(&mut ProviderInfo), error: Error<Test>| {
			let mut info = info(7);
			change(&mut info);
			assert_noop!(register(1, 1_000, 101_000, info), error);
		};
		refuse(|info| info.slots = 0, Error::SlotsOutOfRange);
		refuse(|info| info.slots = MAX_SLOTS + 1, Error::SlotsOutOfRange);
		refuse(|info| info.slots = u16::MAX, Error::SlotsOutOfRange);
		refuse(|info| info.ask = Price(0), Error::AskIsZero);
		refuse(|info| info.memory = 0, Error::MemoryIsZero);
		refuse(|info| info.profiles = Default::default(), Error::ProfilesEmpty);
		refuse(|info| info.speed = 0, Error::SpeedIsZero);
		refuse(|info| info.region = Region(*b"de"), Error::RegionInvalid);
		refuse(|info| info.region = Region([0, 255]), Error::RegionInvalid);
	});
}

#[test]
fn each_field_should_be_accepted_at_its_boundary() {
	ExtBuilder::default().build_and_execute(|| {
		let mut least = info(1);
		(least.slots, least.memory, least.speed, least.region) = (1, 1, 1, Region::UNSAID);
		assert_ok!(register(1, 1_000, 101_000, least));
		let mut most = info(u128::MAX);
		(most.slots, most.memory, most.speed) = (MAX_SLOTS, u32::MAX, u32::MAX);
		assert_ok!(register(2, 1_000, 102_000, most));
	});
}

#[test]
fn only_a_signed_account_should_register() {
	ExtBuilder::default().build_and_execute(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Market::register(origin, 1_000, 101_000, info(7)), DispatchError::BadOrigin);
		}
		assert_eq!(Providers::<Test>::iter().count(), 0);
	});
}
