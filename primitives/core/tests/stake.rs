//! Stakes: a lock covers what it must, a fault costs enough, trust never exceeds a bond, and rests are bounded.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{any_balance, any_economics, any_fuel, defaults, economics, CONDUCTS};
use ergon_primitives::{
	money::{Economics, GFUEL, UNIT},
	provider::Reputation,
	stake::{cool_down, trust, LEAST_STREAK, RAREST_AUDIT},
	Balance, Conduct, Fuel, Ppm, Price, Stake, Trust,
};
use proptest::prelude::*;

const STAKES: [Stake; 2] = [Stake::Ordinary, Stake::Late];

fn faults() -> impl Iterator<Item = Conduct> {
	CONDUCTS.into_iter().filter(Conduct::is_fault)
}

#[test]
fn lock_by_hand() {
	let lock =
		|stake, ask, ceiling, fuel, tip| economics().lock(stake, Price(ask), Price(ceiling), Fuel(fuel), tip);
	// 4 Gfuel at 1000: twice the pay, which is more than the 4200 that a replica costs; twenty times for a late one.
	assert_eq!(lock(Stake::Ordinary, 1_000, 1_000, 4 * GFUEL, 0), Some(8_000));
	assert_eq!(lock(Stake::Late, 1_000, 1_000, 4 * GFUEL, 0), Some(80_000));
	// With the tip that it may get.
	assert_eq!(lock(Stake::Ordinary, 1_000, 1_000, 4 * GFUEL, 50), Some(8_100));
	// A replacement may cost 42,000, though this replica asks for a tenth.
	assert_eq!(lock(Stake::Ordinary, 1_000, 10_000, 4 * GFUEL, 0), Some(42_000));
	// Dust: the least.
	assert_eq!(lock(Stake::Ordinary, 1, 1, 1, 0), Some(10));
	assert_eq!(lock(Stake::Ordinary, u128::MAX, u128::MAX, GFUEL, 0), None);
	assert_eq!(lock(Stake::Ordinary, 1, u128::MAX, GFUEL, 0), None);
	assert_eq!(lock(Stake::Ordinary, 1, 1, GFUEL, u128::MAX), None);
}

#[test]
fn loss_by_hand() {
	let loss = |conduct, value| defaults().loss(conduct, 1_000, value);
	assert_eq!(CONDUCTS.map(|conduct| loss(conduct, 0)), [0, 0, 50, 1_000, 1_000, 250, 0]);
	assert_eq!(CONDUCTS.map(|conduct| loss(conduct, 525)), [0, 0, 525, 1_000, 1_000, 525, 0]);
	assert_eq!(CONDUCTS.map(|conduct| loss(conduct, 9_999)), [0, 0, 1_000, 1_000, 1_000, 1_000, 0]);
}

#[test]
fn trust_by_hand() {
	assert_eq!(trust(9, u128::MAX, 1), None);
	assert_eq!(trust(10, 1_000, 100), Some(Trust { one_in: 10, lock: 1_000 }));
	assert_eq!(trust(10, 999, 100), Some(Trust { one_in: 9, lock: 900 }));
	assert_eq!(trust(49, 10_000, 100), Some(Trust { one_in: 49, lock: 4_900 }));
	assert_eq!(trust(51, 10_000, 100), Some(Trust { one_in: 50, lock: 5_000 }));
	assert_eq!(trust(u32::MAX, u128::MAX, 1), Some(Trust { one_in: 50, lock: 50 }));
	// Twice the lock is the least: audited always is not trust.
	assert_eq!(trust(50, 200, 100), Some(Trust { one_in: 2, lock: 200 }));
	assert_eq!(trust(50, 199, 100), None);
	assert_eq!(trust(50, u128::MAX, u128::MAX), None);
	assert_eq!(trust(50, u128::MAX, u128::MAX / 2), Some(Trust { one_in: 2, lock: u128::MAX - 1 }));
	// Nothing at stake covers nothing.
	assert_eq!(trust(50, u128::MAX, 0), None);
}

#[test]
fn cool_down_by_hand() {
	let rest = |faults| cool_down(40, 28_800, faults);
	assert_eq!([1, 2, 3, 4, 10].map(rest), [40, 80, 160, 320, 20_480]);
	assert_eq!([11, 32, 33, u32::MAX].map(rest), [28_800; 4]);
	assert_eq!(rest(0), 40);
	assert_eq!(cool_down(100, 40, 1), 40);
	assert_eq!(cool_down(0, 40, u32::MAX), 0);
	assert_eq!(cool_down(u32::MAX, u32::MAX, u32::MAX), u32::MAX);
}

proptest! {
	#[test]
	fn lock_covers_value_pay_and_least(
		economics in any_economics(), ask in any_balance(), ceiling in any_balance(), fuel in any_fuel(),
		tip in any_balance(),
	) {
		for stake in STAKES {
			let Some(lock) = economics.lock(stake, Price(ask), Price(ceiling), fuel, tip) else { continue };
			prop_assert!(lock >= economics.replica_value(Price(ceiling), fuel).unwrap());
			prop_assert!(lock >= economics.min_lock);
			let gain = economics.pay(Price(ask), fuel).unwrap() + tip;
			if economics.lock_percent >= 100 {
				prop_assert!(lock >= gain, "a lie earns more than it risks");
			}
			if let Some(exact) = gain.checked_mul(economics.lock_percent.into()) {
				prop_assert!(lock >= exact.div_ceil(100));
			}
		}
	}

	#[test]
	fn lock_grows_with_all_that_it_depends_on(
		economics in any_economics(), asks: [u64; 2], ceilings: [u64; 2], fuels in prop::array::uniform2(any_fuel()),
		tips in prop::array::uniform2(any_balance()),
	) {
		// What was checked at the ceiling, for a late replica, holds for every one below it.
		let lock = |pick: fn([Balance; 2]) -> Balance, stake| {
			let [ask, ceiling, fuel] = [asks, ceilings, fuels.map(|f| f.0)].map(|two| pick(two.map(Balance::from)));
			economics.lock(stake, Price(ask), Price(ceiling), Fuel(fuel as u64), pick(tips))
		};
		let least: fn([Balance; 2]) -> Balance = |[a, b]| a.min(b);
		let most: fn([Balance; 2]) -> Balance = |[a, b]| a.max(b);
		if let Some(highest) = lock(most, Stake::Late) {
			for (pick, stake) in [(least, Stake::Late), (most, Stake::Ordinary), (least, Stake::Ordinary)] {
				prop_assert!(lock(pick, stake).is_some_and(|lock| lock <= highest));
			}
		}
	}

	#[test]
	fn loss_is_at_most_the_lock_and_nothing_without_fault(
		economics in any_economics(), lock in any_balance(), value in any_balance(),
	) {
		for conduct in CONDUCTS {
			let loss = economics.loss(conduct, lock, value);
			prop_assert!(loss <= lock);
			prop_assert_eq!(economics.loss(conduct, 0, value), 0);
			if conduct.is_fault() {
				prop_assert!(loss >= value.min(lock));
			} else {
				prop_assert_eq!(loss, 0);
			}
		}
	}

	#[test]
	fn every_fault_pays_for_a_replacement(
		economics in any_economics(), asks: [u64; 2], fuel in any_fuel(), used: u64, tip in any_balance(),
	) {
		let [ask, other] = asks.map(|ask| Price(ask.into()));
		let ceiling = Price(ask.0.max(other.0));
		let used = Fuel(used.min(fuel.0));
		for stake in STAKES {
			let Some(lock) = economics.lock(stake, ask, ceiling, fuel, tip) else { continue };
			let value = economics.replica_value(ceiling, fuel).unwrap();
			// Whoever is drawn instead, and whatever it uses.
			let pay = economics.pay(other, used).unwrap();
			for fault in faults() {
				let fine = economics.loss(fault, lock, value);
				prop_assert!(fine >= value);
				prop_assert!(fine >= pay + economics.fee.of(pay));
			}
		}
	}

	#[test]
	fn lying_costs_as_much_as_anything(lock in any_balance(), value in any_balance()) {
		let loss = |conduct| defaults().loss(conduct, lock, value);
		prop_assert_eq!(loss(Conduct::Dissented), lock);
		prop_assert_eq!(loss(Conduct::Silent), lock, "a way out for one that learns of its audit");
		prop_assert!(loss(Conduct::FalselyUnavailable) >= loss(Conduct::Absent));
	}

	#[test]
	fn trust_never_exceeds_bond_streak_and_cap(streak: u32, free in any_balance(), lock in any_balance()) {
		let Some(Trust { one_in, lock: total }) = trust(streak, free, lock) else {
			prop_assert!(streak < LEAST_STREAK || lock == 0 || free / lock < 2);
			return Ok(());
		};
		prop_assert!(streak >= LEAST_STREAK);
		prop_assert!((2..=RAREST_AUDIT).contains(&one_in));
		prop_assert!(u32::from(one_in) <= streak);
		prop_assert!(total <= free);
		prop_assert_eq!(Some(total), lock.checked_mul(one_in.into()));
		// As rare as the streak, the cap and the bond allow.
		let more = Balance::from(one_in) + 1;
		let covered = lock.checked_mul(more).is_some_and(|lock| lock <= free);
		prop_assert!(one_in == RAREST_AUDIT || u32::from(one_in) == streak || !covered);
	}

	#[test]
	fn trust_grows_with_streak_and_bond(
		streaks: [u8; 2], free: [u64; 2], lock in 1..1_000_000_000u128,
	) {
		let one_in = |streak: u8, free: u64| trust(streak.into(), free.into(), lock).map_or(1, |trust| trust.one_in);
		let (less, more) = (streaks[0].min(streaks[1]), streaks[0].max(streaks[1]));
		let (poor, rich) = (free[0].min(free[1]), free[0].max(free[1]));
		prop_assert!(one_in(less, poor) <= one_in(more, poor));
		prop_assert!(one_in(less, poor) <= one_in(less, rich));
	}

	#[test]
	fn lock_of_trust_makes_good_what_lies_may_cost(
		economics in any_economics(), ask: u64, above: u64, fuel in any_fuel(), streak: u32, free in any_balance(),
		tip in any_balance(),
	) {
		let ceiling = Price(Balance::from(ask) + Balance::from(above));
		let Some(lock) = economics.lock(Stake::Ordinary, Price(ask.into()), ceiling, fuel, tip) else { return Ok(()) };
		let Some(trust) = trust(streak, free, lock) else { return Ok(()) };
		// Of `one_in` lies one is found on average; each costs a client no more than the value.
		let value = economics.replica_value(ceiling, fuel).unwrap();
		prop_assert!(value.checked_mul(trust.one_in.into()).is_some_and(|values| values <= trust.lock));
	}

	#[test]
	fn any_fault_ends_all_trust(streak: u32, agreed in 0u32..30, free in any_balance(), lock in any_balance()) {
		let before = Reputation { streak, ..Reputation::default() };
		prop_assert_eq!(before.after(Conduct::Alone, 0).streak, streak);
		prop_assert_eq!(before.after(Conduct::Released, 0).streak, streak);
		prop_assert_eq!(before.after(Conduct::Agreed, 0).streak, streak.saturating_add(1));
		for fault in faults() {
			let mut after = before.after(fault, 0);
			prop_assert_eq!(after.streak, 0);
			for _ in 0..agreed {
				after = after.after(Conduct::Agreed, 0).after(Conduct::Alone, 0);
			}
			prop_assert_eq!(after.streak, agreed);
			if agreed < LEAST_STREAK {
				prop_assert_eq!(trust(after.streak, free, lock), None);
			}
		}
	}

	#[test]
	fn cool_down_doubles_and_is_bounded(base: u32, most: u32, faults: u32) {
		let rest = cool_down(base, most, faults);
		let next = cool_down(base, most, faults.saturating_add(1));
		prop_assert!(rest <= most);
		prop_assert!(rest <= next);
		prop_assert!(rest == base || rest == most || faults > 1);
		if faults > 0 && faults < u32::MAX {
			prop_assert!(next == rest.saturating_mul(2).min(most) || faults >= 32);
		}
	}

	#[test]
	fn nothing_panics_on_absurd_parameters(
		economics in any_economics(), amounts: [Balance; 4], fuel in any_fuel(), quorum: u8, counts: [u32; 3],
	) {
		let ends = [0, 1, u128::MAX / 2, u128::MAX];
		for x in amounts.into_iter().chain(ends) {
			for y in [amounts[1], 0, u128::MAX] {
				let _ = (economics.pay(Price(x), fuel), economics.replica_value(Price(x), fuel));
				let _ = economics.shard_budget(Price(x), fuel, quorum, y);
				let _ = economics.deposit(counts[0], counts[1]);
				for stake in STAKES {
					let _ = economics.lock(stake, Price(x), Price(y), fuel, amounts[2]);
					let _ = economics.lock(stake, Price(y), Price(x), fuel, y);
				}
				for conduct in CONDUCTS {
					let _ = economics.loss(conduct, x, y);
				}
				let _ = (trust(counts[2], x, y), trust(u32::MAX, x, y));
			}
		}
	}
}

#[test]
fn nothing_should_panic_at_the_extremes_of_all_parameters() {
	let all = |amount, percent, share| Economics {
		fee: share,
		least_pay: amount,
		lock_percent: percent,
		late_percent: percent,
		min_lock: amount,
		deposit_base: amount,
		deposit_per_byte: amount,
		deposit_per_shard: amount,
		loss_absent: share,
		loss_silent: share,
		loss_dissent: share,
		loss_false_unavailable: share,
	};
	for (amount, percent, share) in [(0, 0, Ppm::ZERO), (u128::MAX, u32::MAX, Ppm::ONE), (UNIT, 0, Ppm::ONE)]
	{
		let economics = all(amount, percent, share);
		for x in [0, 1, u128::MAX] {
			for fuel in [Fuel(0), Fuel(1), Fuel(u64::MAX)] {
				for stake in STAKES {
					if let Some(lock) = economics.lock(stake, Price(x), Price(x), fuel, x) {
						assert!(lock >= economics.replica_value(Price(x), fuel).unwrap());
						assert!(trust(u32::MAX, u128::MAX, lock).is_none_or(|trust| trust.lock >= lock));
					}
				}
				let _ = economics.shard_budget(Price(x), fuel, u8::MAX, x);
			}
			for conduct in CONDUCTS {
				assert!(economics.loss(conduct, x, x) <= x);
			}
		}
	}
}
