use crate::{mock::*, Error, Event};
use ergon_primitives::{provider::Region, Conduct, Price, ProviderInfo};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn update(stash: AccountId, info: ProviderInfo) -> DispatchResult {
	Market::update(RuntimeOrigin::signed(stash), info)
}

fn with_slots(slots: u16) -> ProviderInfo {
	ProviderInfo { slots, ..info(7) }
}

#[test]
fn info_should_be_replaced() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(update(1, info(9)));
		assert_eq!(record(1).info.ask, Price(9));
		assert_eq!(events(), vec![Event::Updated { provider: 1 }]);
	});
}

#[test]
fn info_should_be_refused_when_not_registered() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_noop!(update(2, info(9)), Error::<Test>::NotRegistered);
		// The worker is not the provider.
		assert_noop!(update(worker(1), info(9)), Error::<Test>::NotRegistered);
	});
}

#[test]
fn each_field_should_be_refused_by_name() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let refuse = |change: fn(&mut ProviderInfo), error: Error<Test>| {
			let mut info = info(7);
			change(&mut info);
			assert_noop!(update(1, info), error);
		};
		refuse(|info| info.slots = 0, Error::SlotsOutOfRange);
		refuse(|info| info.slots = 257, Error::SlotsOutOfRange);
		refuse(|info| info.ask = Price(0), Error::AskIsZero);
		refuse(|info| info.memory = 0, Error::MemoryIsZero);
		refuse(|info| info.profiles = Default::default(), Error::ProfilesEmpty);
		refuse(|info| info.speed = 0, Error::SpeedIsZero);
		refuse(|info| info.region = Region(*b"D1"), Error::RegionInvalid);
	});
}

#[test]
fn provider_should_leave_the_index_when_its_slots_are_fewer_than_busy() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		engage(1, 1);
		assert_ok!(update(1, with_slots(3)));
		assert!(record(1).place.is_some());
		assert_ok!(update(1, with_slots(1)));
		assert_eq!(record(1).place, None);
		assert_eq!(Market::available(), 1);

		// One of two ends: still as many busy as slots.
		discharge(1, 0, lock, Conduct::Agreed);
		assert_eq!(record(1).place, None);
		discharge(1, 1, lock, Conduct::Agreed);
		assert!(record(1).place.is_some());
	});
}

#[test]
fn lock_of_open_work_should_stay_when_the_ask_changes() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let lock = engage(1, 0);
		assert_ok!(update(1, info(100)));
		assert_eq!(record(1).locked, lock);
		assert_eq!(discharge(1, 0, lock, Conduct::Dissented), lock);
		assert_eq!(record(1).locked, 0);
	});
}

#[test]
fn paused_provider_should_stay_paused() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		assert_ok!(update(1, with_slots(9)));
		assert!(!record(1).is_available());
	});
}
