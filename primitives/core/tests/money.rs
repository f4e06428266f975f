//! Economics: nothing overflows, what is split adds up, and what is held is enough.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{any_balance, any_economics, any_fuel, any_ppm, economics};
use ergon_primitives::{
	money::{Economics, FeeSplit, GFUEL, UNIT},
	Balance, Fuel, Ppm, Price,
};
use proptest::prelude::*;

#[test]
fn price_should_be_for_a_gfuel_and_round_up() {
	assert_eq!(Price(5).of(Fuel(GFUEL)), Some(5));
	assert_eq!(Price(5).of(Fuel(GFUEL + 1)), Some(6));
	assert_eq!(Price(5).of(Fuel(1)), Some(1));
	assert_eq!(Price(5).of(Fuel(0)), Some(0));
	assert_eq!(Price(0).of(Fuel(u64::MAX)), Some(0));
	assert_eq!(Price(UNIT).of(Fuel(1_500_000_000)), Some(UNIT * 3 / 2));
	assert_eq!(Price(u128::MAX).of(Fuel(1)), Some(u128::MAX / u128::from(GFUEL) + 1));
	assert_eq!(Price(u128::MAX).of(Fuel(2)), None);
}

#[test]
fn share_should_never_exceed_the_whole() {
	assert_eq!(Ppm::new(1_000_001), Ppm::ONE);
	assert_eq!(Ppm::percent(100), Ppm::ONE);
	assert_eq!(Ppm::percent(u32::MAX), Ppm::ONE);
	assert_eq!(Ppm::percent(5).parts(), 50_000);
	assert_eq!(Ppm::ONE.of(u128::MAX), u128::MAX);
	assert_eq!(Ppm::ZERO.of(u128::MAX), 0);
	assert_eq!(Ppm::new(1).of(999_999), 0);
	assert_eq!(Ppm::new(1).of(1_000_000), 1);
	// As it may come out of storage that someone else wrote.
	let decoded = <Ppm as codec::Decode>::decode(&mut &u32::MAX.to_le_bytes()[..]).unwrap();
	assert_eq!(decoded.of(77), 77);
	assert_eq!(decoded.parts(), 1_000_000);
}

#[test]
fn shard_budget_by_hand() {
	// 4 Gfuel at 1000, twice: 8000; 5 % of it: 400; the tip.
	assert_eq!(economics().shard_budget(Price(1_000), Fuel(4 * GFUEL), 2, 50), Some(8_450));
	assert_eq!(economics().shard_budget(Price(u128::MAX), Fuel(GFUEL), 2, 0), None);
	assert_eq!(economics().shard_budget(Price(u128::MAX), Fuel(GFUEL), 1, 0), None);
	assert_eq!(economics().shard_budget(Price(1), Fuel(GFUEL), 1, u128::MAX), None);
}

#[test]
fn least_pay_should_be_paid_where_the_ask_comes_to_less() {
	assert_eq!(economics().pay(Price(1_000), Fuel(4 * GFUEL)), Some(4_000));
	assert_eq!(economics().pay(Price(3), Fuel(GFUEL)), Some(3));
	assert_eq!(economics().pay(Price(2), Fuel(GFUEL)), Some(3));
	assert_eq!(economics().pay(Price(1_000), Fuel(0)), Some(3), "an invalid module spends no fuel");
	assert_eq!(economics().pay(Price(u128::MAX), Fuel(GFUEL + 1)), None);
	// 4000 and 5 % of it; the least and, rounded down, no fee on it.
	assert_eq!(economics().replica_value(Price(1_000), Fuel(4 * GFUEL)), Some(4_200));
	assert_eq!(economics().replica_value(Price(1), Fuel(1)), Some(3));
	assert_eq!(economics().replica_value(Price(u128::MAX), Fuel(GFUEL)), None);
	assert_eq!(economics().shard_budget(Price(1), Fuel(1), 2, 50), Some(3 + 3 + 50));
}

#[test]
fn deposit_by_hand() {
	assert_eq!(economics().deposit(200, 3), Some(100 + 200 + 21));
	let mut dear = economics();
	dear.deposit_per_shard = u128::MAX;
	assert_eq!(dear.deposit(0, 2), None);
	assert_eq!(dear.deposit(0, 1), None);
	assert_eq!(dear.deposit(0, 0), Some(100));
}

proptest! {
	#[test]
	fn price_is_exact_to_the_next_planck(price: u64, fuel in any_fuel()) {
		let cost = Price(price.into()).of(fuel).unwrap();
		let product = u128::from(price) * u128::from(fuel.0);
		let gfuel = u128::from(GFUEL);
		prop_assert!(cost * gfuel >= product);
		prop_assert!(cost * gfuel < product + gfuel);
	}

	#[test]
	fn price_grows_with_price_and_fuel(a in any_balance(), b in any_balance(), x in any_fuel(), y in any_fuel()) {
		let (low, high) = (a.min(b), a.max(b));
		let (less, more) = (x.min(y), x.max(y));
		// Where the larger does not overflow, the smaller does not and is not dearer.
		if let Some(most) = Price(high).of(more) {
			prop_assert!(Price(low).of(more).is_some_and(|cost| cost <= most));
			prop_assert!(Price(high).of(less).is_some_and(|cost| cost <= most));
		}
	}

	#[test]
	fn share_is_exact_and_bounded(ppm in any_ppm(), amount in any_balance()) {
		let share = ppm.of(amount);
		prop_assert!(share <= amount);
		if let Some(product) = amount.checked_mul(ppm.parts().into()) {
			prop_assert_eq!(share, product / 1_000_000);
		}
	}

	#[test]
	fn share_grows_with_the_amount(ppm in any_ppm(), a in any_balance(), b in any_balance()) {
		prop_assert!(ppm.of(a.min(b)) <= ppm.of(a.max(b)));
	}

	#[test]
	fn shares_of_parts_are_at_most_the_share_of_the_sum(
		ppm in any_ppm(), parts in prop::collection::vec(any::<u64>(), 0..8),
	) {
		// A fee that is taken of each payment is covered by the one that was budgeted of all.
		let sum: Balance = parts.iter().map(|part| Balance::from(*part)).sum();
		let fees: Balance = parts.iter().map(|part| ppm.of((*part).into())).sum();
		prop_assert!(fees <= ppm.of(sum));
	}

	#[test]
	fn budget_covers_every_settlement(
		economics in any_economics(),
		ceiling in any_balance(),
		limit in any_fuel(),
		quorum in 1u8..=8,
		tip in any_balance(),
		used in any::<u64>(),
		asks in prop::collection::vec(any::<u128>(), 8),
	) {
		let Some(budget) = economics.shard_budget(Price(ceiling), limit, quorum, tip) else { return Ok(()) };
		// As many as the quorum are paid, each at most the ceiling, for at most the limit.
		let used = Fuel(if limit.0 == u64::MAX { used } else { used % (limit.0 + 1) });
		let mut paid: Balance = 0;
		let mut fees: Balance = 0;
		for ask in &asks[..usize::from(quorum)] {
			let ask = if ceiling == u128::MAX { *ask } else { ask % (ceiling + 1) };
			let pay = economics.pay(Price(ask), used);
			prop_assert!(pay.is_some(), "a payment overflows where the budget does not");
			let pay = pay.unwrap_or_default();
			paid = paid.checked_add(pay).unwrap();
			fees += economics.fee.of(pay);
		}
		prop_assert!(fees <= economics.fee.of(paid));
		let spent = paid.checked_add(economics.fee.of(paid)).and_then(|sum| sum.checked_add(tip));
		prop_assert!(spent.is_some_and(|spent| spent <= budget), "spent {:?} of {}", spent, budget);
		// Nor is the verdict that a program cannot be had dearer.
		let least = economics.least_pay * Balance::from(quorum);
		prop_assert!(least + economics.fee.of(least) <= budget - tip);
	}

	#[test]
	fn budget_is_at_least_the_replicas_and_the_tip(
		ceiling: u64, fuel in any_fuel(), quorum in 1u8..=8, tip: u64, least_pay: u64, economics in any_economics(),
	) {
		let economics = Economics { least_pay: least_pay.into(), ..economics };
		let budget = economics.shard_budget(Price(ceiling.into()), fuel, quorum, tip.into()).unwrap();
		let pay = economics.pay(Price(ceiling.into()), fuel).unwrap() * Balance::from(quorum);
		prop_assert_eq!(budget, pay + economics.fee.of(pay) + Balance::from(tip));
	}

	#[test]
	fn value_is_the_pay_at_the_ceiling_and_its_fee(economics in any_economics(), ceiling in any_balance(), fuel in any_fuel()) {
		let Some(value) = economics.replica_value(Price(ceiling), fuel) else { return Ok(()) };
		let pay = economics.pay(Price(ceiling), fuel).unwrap();
		prop_assert_eq!(value - pay, economics.fee.of(pay));
		prop_assert!(pay >= economics.least_pay && pay >= Price(ceiling).of(fuel).unwrap());
	}

	#[test]
	fn deposit_grows_with_bytes_and_shards(economics in any_economics(), bytes: u32, shards: u32) {
		let deposit = economics.deposit(bytes, shards);
		if let Some(deposit) = deposit {
			prop_assert!(deposit >= economics.deposit_base);
			prop_assert!(economics.deposit(bytes / 2, shards).is_some_and(|less| less <= deposit));
			prop_assert!(economics.deposit(bytes, shards / 2).is_some_and(|less| less <= deposit));
		}
	}

	#[test]
	fn fee_split_adds_up(burn in any_ppm(), author in any_ppm(), fee in any_balance()) {
		let split = FeeSplit { burn, author };
		let (burnt, to_author, to_treasury) = split.split(fee);
		prop_assert_eq!(burnt.checked_add(to_author).and_then(|sum| sum.checked_add(to_treasury)), Some(fee));
		prop_assert_eq!(burnt, burn.of(fee));
		prop_assert!(to_author <= author.of(fee));
		if burn.parts() + author.parts() <= 1_000_000 {
			prop_assert_eq!(to_author, author.of(fee), "both shares fit and are served whole");
		}
	}

	#[test]
	fn fuel_stays_at_its_largest(a in any_fuel(), b in any_fuel(), n: u32) {
		prop_assert_eq!(a.times(n).0, a.0.saturating_mul(n.into()));
		prop_assert_eq!((a + b).0, a.0.saturating_add(b.0));
		prop_assert_eq!([a, b, a].into_iter().sum::<Fuel>(), a + b + a);
	}
}
