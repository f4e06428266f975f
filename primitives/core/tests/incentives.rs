//! What pays and what does not, in exact numbers: with the runtime's parameters every way of earning without work loses money.
//!
//! A *coalition* says the same lie wherever it is drawn; `s` is its share of the draws. Probabilities are whole numbers of
//! [`WHOLE`], money whole plancks, so that no rounding hides a sign.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::defaults;
use ergon_primitives::{
	money::{Economics, UNIT},
	stake::trust,
	Balance, Conduct, Fuel, Policy, Price, Stake,
};
use proptest::prelude::*;

/// The whole of a probability.
const WHOLE: i128 = 1_000;

/// A shard as one provider sees it: what it can earn, what a lie costs it, and what the honest work may cost.
#[derive(Clone, Copy, Debug)]
struct Shard {
	ask: Price,
	ceiling: Price,
	fuel: Fuel,
	tip: Balance,
}

impl Shard {
	fn gain(&self, economics: &Economics) -> i128 {
		(economics.pay(self.ask, self.fuel).unwrap() + self.tip) as i128
	}

	fn value(&self, economics: &Economics) -> Balance {
		economics.replica_value(self.ceiling, self.fuel).unwrap()
	}

	fn lock(&self, economics: &Economics, stake: Stake) -> Balance {
		economics.lock(stake, self.ask, self.ceiling, self.fuel, self.tip).unwrap()
	}

	/// What a lie that is found costs.
	fn fine(&self, economics: &Economics, stake: Stake) -> i128 {
		economics.loss(Conduct::Dissented, self.lock(economics, stake), self.value(economics)) as i128
	}
}

prop_compose! {
	/// From dust to a thousand tokens for a Gfuel, from nothing to a day of work; tips from none to a hundred times the pay.
	fn any_shard()(
		ask in prop_oneof![1..1_000u128, 1..UNIT, 1..1_000 * UNIT], above in prop_oneof![Just(0), 0..UNIT, 0..1_000 * UNIT],
		fuel in prop_oneof![Just(0), 1..1_000_000u64, 1..100_000_000_000_000u64],
		tip in prop_oneof![Just(0), 0..UNIT, 0..100_000 * UNIT],
	) -> Shard {
		Shard { ask: Price(ask), ceiling: Price(ask + above), fuel: Fuel(fuel), tip }
	}
}

fn binomial(n: u8, k: u8) -> i128 {
	(0..k).fold(1, |product, i| product * i128::from(n - i) / i128::from(i + 1))
}

/// How a shard ended: who has told the lie at first and late, who the truth.
#[derive(Clone, Copy, Debug)]
struct End {
	lies: u8,
	late_lies: u8,
	truths: u8,
}

impl End {
	fn wrong(&self, policy: Policy) -> bool {
		self.lies + self.late_lies >= policy.quorum
	}

	fn right(&self, policy: Policy) -> bool {
		self.truths >= policy.quorum
	}
}

/// Every end of a shard that began so, with its probability, of `WHOLE^max_replicas`. Replicas are drawn as attestation asks for
/// them: as many as the larger camp misses, while they are allowed.
fn ends(policy: Policy, share: i128, begin: End, first: bool) -> Vec<(i128, End)> {
	let drawn = begin.lies + begin.late_lies + begin.truths;
	let best = (begin.lies + begin.late_lies).max(begin.truths);
	let missing = policy.quorum - best;
	if missing == 0 || drawn + missing > policy.max_replicas {
		return vec![(WHOLE.pow((policy.max_replicas - drawn).into()), begin)];
	}
	let next = |lies: u8| {
		let (ordinary, late) = if first { (lies, 0) } else { (0, lies) };
		let now = End {
			lies: begin.lies + ordinary,
			late_lies: begin.late_lies + late,
			truths: begin.truths + missing - lies,
		};
		let weight =
			binomial(missing, lies) * share.pow(lies.into()) * (WHOLE - share).pow((missing - lies).into());
		ends(policy, share, now, false).into_iter().map(move |(rest, end)| (weight * rest, end))
	};
	(0..=missing).flat_map(next).collect()
}

const NOBODY: End = End { lies: 0, late_lies: 0, truths: 0 };

fn replicated(quorum: u8, max_replicas: u8) -> Policy {
	Policy { quorum, max_replicas, adaptive: false }
}

/// How often a lie is accepted, in millionths.
fn wrong_accepts(policy: Policy, share: i128) -> i128 {
	let all = ends(policy, share, NOBODY, true);
	let whole: i128 = all.iter().map(|(weight, _)| weight).sum();
	assert_eq!(whole, WHOLE.pow(policy.max_replicas.into()), "something happens for certain");
	let wrong: i128 = all.iter().filter(|(_, end)| end.wrong(policy)).map(|(weight, _)| weight).sum();
	wrong * 1_000_000 / whole
}

/// What a coalition of this share earns by a shard on average, times `WHOLE^max_replicas`.
fn earnings(economics: &Economics, shard: &Shard, policy: Policy, share: i128) -> i128 {
	let money = |end: End| {
		let (lies, late) = (i128::from(end.lies), i128::from(end.late_lies));
		if end.wrong(policy) {
			(lies + late) * shard.gain(economics)
		} else if end.right(policy) {
			-(lies * shard.fine(economics, Stake::Ordinary) + late * shard.fine(economics, Stake::Late))
		} else {
			0
		}
	};
	ends(policy, share, NOBODY, true).into_iter().map(|(weight, end)| weight * money(end)).sum()
}

#[test]
fn wrong_accepts_should_be_as_documented() {
	// Percent of the shards, in millionths, for a coalition with a tenth, a fifth and a third (33 %) of the draws.
	let of = |quorum, most| [100, 200, 330].map(|share| wrong_accepts(replicated(quorum, most), share));
	assert_eq!(of(1, 1), [100_000, 200_000, 330_000]);
	assert_eq!(of(2, 2), [10_000, 40_000, 108_900]);
	assert_eq!(of(2, 3), [28_000, 104_000, 254_826]);
	assert_eq!(of(3, 3), [1_000, 8_000, 35_937]);
	assert_eq!(of(3, 5), [8_560, 57_920, 204_963]);
	// Two of three: s² (3 − 2s). Larger quorums with no more room: s to their power.
	for share in 0..=WHOLE {
		assert_eq!(wrong_accepts(replicated(2, 3), share), share * share * (3 * WHOLE - 2 * share) / 1_000);
		assert_eq!(wrong_accepts(replicated(2, 2), share), share * share);
	}
}

#[test]
fn without_room_for_another_replica_nobody_should_be_fined() {
	// Why 2 of 2 is no policy against liars: it refunds, and cannot say who lied.
	for (weight, end) in ends(replicated(2, 2), 500, NOBODY, true) {
		let quarrel = end.lies == 1;
		assert_eq!(quarrel, !end.wrong(replicated(2, 2)) && !end.right(replicated(2, 2)));
		assert!(weight > 0);
	}
}

#[test]
fn worked_example_should_be_as_documented() {
	// docs/verification.md, "In numbers". Tokens as there, in thousandths.
	let economics = defaults();
	let milli = |amount: Balance| {
		assert_eq!(amount % (UNIT / 1_000), 0);
		amount / (UNIT / 1_000)
	};
	let (ask, ceiling, limit) = (Price(UNIT / 5), Price(UNIT / 4), Fuel(10_000_000_000));
	let lock = |stake| economics.lock(stake, ask, ceiling, limit, 0).unwrap();
	let value = economics.replica_value(ceiling, limit).unwrap();
	assert_eq!(milli(economics.shard_budget(ceiling, limit, 2, 0).unwrap()), 5_250);
	assert_eq!(milli(value), 2_625);
	assert_eq!(milli(lock(Stake::Ordinary)), 4_000);
	assert_eq!(milli(lock(Stake::Late)), 40_000);
	// 8 of the 10 Gfuel are used.
	let pay = economics.pay(ask, Fuel(8_000_000_000)).unwrap();
	assert_eq!((milli(pay), milli(economics.fee.of(pay))), (1_600, 80));
	let loss = |conduct| milli(economics.loss(conduct, lock(Stake::Ordinary), value));
	assert_eq!(loss(Conduct::Absent), 2_625);
	assert_eq!(loss(Conduct::FalselyUnavailable), 2_625);
	assert_eq!((loss(Conduct::Silent), loss(Conduct::Dissented)), (4_000, 4_000));
	let late = |conduct| milli(economics.loss(conduct, lock(Stake::Late), value));
	assert_eq!((late(Conduct::Absent), late(Conduct::FalselyUnavailable)), (2_625, 10_000));
	// Alone: 30 agreements, 100 tokens free.
	let trust = trust(30, 100 * UNIT, lock(Stake::Ordinary)).unwrap();
	assert_eq!((trust.one_in, milli(trust.lock)), (25, 100_000));
	// A lie: 24 times in 25 the pay of 2, once the lock: −2.08.
	assert_eq!((24 * 2_000 - 100_000) / 25, -2_080);
}

proptest! {
	#[test]
	fn a_lie_loses_where_it_gets_through_less_than_two_times_in_three(shard in any_shard(), p in 0..=WHOLE) {
		// p × gain − (1 − p) × fine < 0 for p below fine ÷ (fine + gain), which is at least 2 ÷ 3.
		let (gain, fine) = (shard.gain(&defaults()), shard.fine(&defaults(), Stake::Ordinary));
		prop_assert!(fine >= 2 * gain);
		if 3 * p < 2 * WHOLE {
			prop_assert!(p * gain < (WHOLE - p) * fine);
		}
	}

	#[test]
	fn guessing_late_loses_unless_right_more_than_twenty_times_in_21(shard in any_shard(), right in 0..=20i128) {
		let (gain, fine) = (shard.gain(&defaults()), shard.fine(&defaults(), Stake::Late));
		prop_assert!(right * gain <= (21 - right) * fine, "a gain at {} of 21", right);
		prop_assert!(right == 20 || right * gain < (21 - right) * fine);
	}

	#[test]
	fn cheating_alone_loses_whatever_streak_bond_and_price(
		shard in any_shard(), streak in prop_oneof![10..60u32, any::<u32>()], bond in 0..1_000_000_000 * UNIT,
		saved in 0..=WHOLE,
	) {
		let economics = defaults();
		let Some(trust) = trust(streak, bond, shard.lock(&economics, Stake::Ordinary)) else { return Ok(()) };
		let n = i128::from(trust.one_in);
		let gain = shard.gain(&economics);
		for found in [Conduct::Dissented, Conduct::Silent] {
			let fine = economics.loss(found, trust.lock, shard.value(&economics)) as i128;
			prop_assert_eq!(fine as Balance, trust.lock, "all of it");
			// N × E, where E = (1 − 1 ÷ N) × gain − lock ÷ N.
			let expected = (n - 1) * gain - fine;
			prop_assert!(expected < 0);
			prop_assert!(expected <= -(n + 1) * gain, "it loses more than it could earn");
			// Honest work earns the gain, audited or not, less what the work costs: up to all of the gain, or it would
			// not have asked so little.
			let cost = gain * saved / WHOLE;
			prop_assert!(expected < n * (gain - cost));
		}
	}

	#[test]
	fn cheating_alone_loses_against_audits_by_accomplices(
		shard in any_shard(), streak in 10..60u32, share in 0..=290i128,
	) {
		// Quorum 2 of 3. Not audited: one gain. Audited: the second or the third is an accomplice, and both are paid; or
		// neither is, with (1 − s)², and the lock is lost. E < 0 for (1 − s)² > 1 ÷ 2: below 29.2 %.
		let economics = defaults();
		let trust = trust(streak, u128::MAX, shard.lock(&economics, Stake::Ordinary)).unwrap();
		let (n, gain, fine) = (i128::from(trust.one_in), shard.gain(&economics), trust.lock as i128);
		let found = (WHOLE - share).pow(2);
		let whole = WHOLE.pow(2);
		let expected = (n - 1) * gain * whole + (whole - found) * 2 * gain - found * fine;
		prop_assert!(expected < 0);
	}

	#[test]
	fn a_coalition_loses_in_two_of_three(shard in any_shard(), share in 1..=359i128) {
		// s² × 2 + 2 s (1 − s) × (2 s − 2 (1 − s)) gains: negative below 35.9 %, with room for one more replica. A coalition's
		// late replica always decides here, so that none tells a late lie in vain.
		prop_assert!(earnings(&defaults(), &shard, replicated(2, 3), share) < 0);
	}

	#[test]
	fn a_coalition_that_lies_earns_less_than_one_that_works(shard in any_shard(), share in 1..=499i128, cost in 0..=900i128) {
		// Also where nobody is fined. Working, each of its replicas is paid if nobody lies.
		let economics = defaults();
		let honest = |policy: Policy| {
			let profit = shard.gain(&economics) * (WHOLE - cost) / WHOLE;
			i128::from(policy.quorum) * share * profit * WHOLE.pow(u32::from(policy.max_replicas) - 1)
		};
		let lying = |policy| earnings(&economics, &shard, policy, share);
		// Two of two: E = 2 s² × gain, against 2 s × (gain − cost): less, while the cost is below 1 − s of the gain.
		if cost < WHOLE - share {
			prop_assert!(lying(replicated(2, 2)) <= honest(replicated(2, 2)) + WHOLE.pow(2));
		}
		if share <= 359 {
			prop_assert!(lying(replicated(2, 3)) < honest(replicated(2, 3)));
		}
	}
}
