//! What it is worth to repeat, unworked, one of the claims that are revealed already: the rule's figure, from the market's own
//! functions.

use ergon_primitives::{
	money::{Economics, UNIT},
	Balance, Conduct, Fuel, Ppm, Price, Stake,
};

/// As the market starts.
fn economics() -> Economics {
	Economics {
		fee: Ppm::percent(5),
		least_pay: UNIT / 1_000,
		lock_percent: 200,
		late_percent: 2_000,
		min_lock: UNIT / 100,
		deposit_base: 0,
		deposit_per_byte: 0,
		deposit_per_shard: 0,
		loss_absent: Ppm::percent(5),
		loss_silent: Ppm::ONE,
		loss_dissent: Ppm::ONE,
		loss_false_unavailable: Ppm::percent(25),
	}
}

const FUEL: Fuel = Fuel(100_000_000_000);
const ASK: Price = Price(UNIT / 50);
/// The most that it can get of the shard's tip.
const TIP: Balance = UNIT / 10;

/// What a late copier earns when it is right, and loses when it is wrong.
fn stakes(stake: Stake) -> (i128, i128) {
	let economics = economics();
	let pay = economics.pay(ASK, FUEL).unwrap() + TIP;
	let lock = economics.lock(stake, ASK, ASK, FUEL, TIP).unwrap();
	let value = economics.replica_value(ASK, FUEL).unwrap();
	let loss = economics.loss(Conduct::Dissented, lock, value);
	(pay as i128, loss as i128)
}

/// What guessing earns in `of` tries, right `times` of them.
fn earned(stake: Stake, times: i128, of: i128) -> i128 {
	let (pay, loss) = stakes(stake);
	times * pay - (of - times) * loss
}

#[test]
fn late_copier_should_lose_when_it_guesses_between_two() {
	let (pay, _) = stakes(Stake::Late);
	// −9.5 pays a guess.
	assert_eq!(2 * earned(Stake::Late, 1, 2), 2 * -19 * pay);
	assert_eq!(10 * earned(Stake::Late, 1, 2) / (2 * pay), -95);
}

#[test]
fn late_copier_should_break_even_when_right_twenty_times_in_twenty_one() {
	assert_eq!(earned(Stake::Late, 20, 21), 0);
	assert!(earned(Stake::Late, 952, 1_000) < 0);
	assert!(earned(Stake::Late, 953, 1_000) > 0);
	// With an ordinary lock it would be two times in three: not enough where claims are to be seen.
	assert_eq!(earned(Stake::Ordinary, 2, 3), 0);
}

#[test]
fn late_lock_should_cover_a_replica_and_be_lost_as_a_whole() {
	let economics = economics();
	for (ask, fuel) in [(ASK, FUEL), (Price(1), Fuel(1)), (Price(1), FUEL), (Price(UNIT), FUEL)] {
		let ceiling = Price(ask.0 * 3);
		let lock = economics.lock(Stake::Late, ask, ceiling, fuel, TIP).unwrap();
		let value = economics.replica_value(ceiling, fuel).unwrap();
		assert!(lock >= value);
		assert_eq!(economics.loss(Conduct::Dissented, lock, value), lock);
		assert!(lock >= 20 * (economics.pay(ask, fuel).unwrap() + TIP));
	}
}
