use crate::mock::*;
use ergon_primitives::{provider::Wanted, Fuel, Price};
use ergon_traits::Providers;
use frame_support::assert_ok;

#[test]
fn survey_should_count_who_fits_and_name_the_lowest_ask() {
	ExtBuilder::default().provider(1, 30).provider(2, 20).provider(3, 101).build_and_execute(|| {
		assert_eq!(Market::survey(&wanted()), (2, Some(Price(20))));
		assert_ok!(Market::pause(RuntimeOrigin::signed(2)));
		assert_eq!(Market::survey(&wanted()), (1, Some(Price(30))));
	});
}

#[test]
fn the_lowest_ask_should_not_depend_on_how_high_the_ceiling_is() {
	ExtBuilder::default().provider(1, 30).provider(2, 20).build_and_execute(|| {
		// Nobody's bond covers a replacement at this price; what they ask is known all the same.
		let wanted = Wanted { ceiling: Price(1_000_000_000_000), ..wanted() };
		assert_eq!(Market::survey(&wanted), (0, Some(Price(20))));
	});
}

#[test]
fn survey_should_find_nobody_when_nobody_fits() {
	ExtBuilder::default().build_and_execute(|| assert_eq!(Market::survey(&wanted()), (0, None)));
	ExtBuilder::default().provider(1, 30).build_and_execute(|| {
		let mut wanted = wanted();
		wanted.shard_fuel = Fuel(u64::MAX);
		assert_eq!(Market::survey(&wanted), (0, None));
	});
}

#[test]
fn survey_should_look_at_all_when_there_are_64_and_never_at_more() {
	let of =
		|providers: u64| (1..=providers).fold(ExtBuilder::default(), |ext, stash| ext.provider(stash, 50));
	of(64).build_and_execute(|| assert_eq!(Market::survey(&wanted()).0, 64));
	of(65).build_and_execute(|| assert_eq!(Market::survey(&wanted()).0, 64));
	of(100).build_and_execute(|| assert_eq!(Market::survey(&wanted()).0, 64));
}
