use crate::{mock::*, Earnings, Event, Totals};
use ergon_primitives::{Balance, Fuel};
use ergon_traits::Payouts;

#[test]
fn payments_should_be_added_up_by_provider() {
	ExtBuilder::default().build_and_execute(|| {
		Rewards::paid(&7, 100, Fuel(5));
		Rewards::paid(&7, 50, Fuel(3));
		Rewards::paid(&8, 1, Fuel(1));
		assert_eq!(Rewards::earnings(7), Some(Earnings { paid: 150, fuel: Fuel(8), replicas: 2 }));
		assert_eq!(Rewards::earnings(8), Some(Earnings { paid: 1, fuel: Fuel(1), replicas: 1 }));
		assert_eq!(Rewards::total(&7), 150);
		assert_eq!(
			events(),
			vec![
				Event::Paid { provider: 7, amount: 100, fuel: Fuel(5) },
				Event::Paid { provider: 7, amount: 50, fuel: Fuel(3) },
				Event::Paid { provider: 8, amount: 1, fuel: Fuel(1) },
			]
		);
	});
}

#[test]
fn payment_of_nothing_should_count_as_a_replica() {
	ExtBuilder::default().build_and_execute(|| {
		Rewards::paid(&7, 0, Fuel(0));
		assert_eq!(Rewards::earnings(7), Some(Earnings { paid: 0, fuel: Fuel(0), replicas: 1 }));
	});
}

#[test]
fn total_should_be_zero_when_never_paid() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Rewards::total(&7), 0);
		assert_eq!(Rewards::earnings(7), None);
	});
}

#[test]
fn totals_should_stay_at_the_largest_number() {
	ExtBuilder::default().build_and_execute(|| {
		let most = Earnings { paid: Balance::MAX, fuel: Fuel(u64::MAX), replicas: u32::MAX };
		Totals::<Test>::insert(7, most);
		Rewards::paid(&7, 1, Fuel(1));
		assert_eq!(Rewards::earnings(7), Some(most));
	});
}

#[test]
fn totals_should_be_forgotten_when_the_provider_is_gone() {
	ExtBuilder::default().build_and_execute(|| {
		Rewards::paid(&7, 100, Fuel(5));
		Rewards::paid(&8, 100, Fuel(5));
		Rewards::gone(&7);
		Rewards::gone(&9);
		assert!(!Totals::<Test>::contains_key(7));
		assert_eq!(Rewards::total(&8), 100);
	});
}
