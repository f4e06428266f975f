use crate::{mock::*, Event};
use ergon_primitives::Fuel;
use ergon_traits::Payouts;

#[test]
fn payments_should_be_told() {
	ExtBuilder::default().build_and_execute(|| {
		Rewards::paid(&7, 100, Fuel(5));
		<(Rewards, ()) as Payouts<AccountId>>::paid(&8, 0, Fuel(0));
		assert_eq!(
			events(),
			vec![
				Event::Paid { provider: 7, amount: 100, fuel: Fuel(5) },
				Event::Paid { provider: 8, amount: 0, fuel: Fuel(0) },
			]
		);
	});
}
