//! Clients: what they order.

use crate::{dice::Dice, truth::Kind};
use ergon_primitives::{Fuel, Input, JobSpec, Limits, Policy, Price, Requirements, ShardIndex, PROFILE_1};
use ergon_runtime::MILLI;

/// The asks of the simulation's providers: from this to twice of it.
pub const LEAST_ASK: u128 = 50 * MILLI;

/// An order of any kind, as of block `now`: most can be served, some cannot, some are refused.
pub fn order(dice: &mut Dice, now: u32, number: u64) -> JobSpec {
	let kind = match dice.below(20) {
		0..=11 => Kind::Ordinary,
		12..=15 => Kind::Guessable,
		16..=18 => Kind::Unavailable,
		_ => Kind::Invalid,
	};
	let mut spec = plain(kind, number, now + dice.range(40, 120) as u32);
	let shards = match dice.below(20) {
		0..=12 => dice.range(1, 3),
		13..=18 => dice.range(4, 12),
		_ => dice.range(20, 40),
	} as u32;
	spec.shard_size = dice.range(1, 4) as u32;
	// The last shard may be smaller.
	spec.tasks = shards * spec.shard_size - dice.below(spec.shard_size.into()) as u32;
	spec.limits.fuel = Fuel(dice.range(1_000_000, 500_000_000));
	spec.policy = policy(dice);
	spec.max_price = Price(LEAST_ASK + dice.below(3 * LEAST_ASK as u64) as u128);
	spec.tip = if dice.percent(30) { dice.below(100 * MILLI as u64).into() } else { 0 };
	careless(dice, now, &mut spec);
	spec
}

/// Any policy that the market accepts.
fn policy(dice: &mut Dice) -> Policy {
	let quorum = match dice.below(20) {
		0..=2 => 1,
		3..=12 => 2,
		13..=16 => 3,
		17..=18 => 4,
		_ => 5,
	};
	let max_replicas = dice.range(quorum, 7) as u8;
	let quorum = quorum as u8;
	Policy { quorum, max_replicas, adaptive: quorum >= 2 && max_replicas > quorum && dice.percent(60) }
}

/// Spoils some orders, as careless clients do.
fn careless(dice: &mut Dice, now: u32, spec: &mut JobSpec) {
	match dice.below(100) {
		// Nobody works for so little.
		0..=2 => spec.max_price = Price(1),
		// Impossible, or as near as can be.
		3..=5 => spec.deadline = now + dice.below(30) as u32,
		6 => spec.deadline = now.saturating_sub(dice.below(10) as u32),
		7 => spec.deadline = now + 1_000_000,
		// Huge.
		8 => {
			spec.tasks = dice.range(500, 20_000) as u32;
			spec.shard_size = dice.range(1, 50) as u32;
		},
		9 => spec.limits.fuel = Fuel(u64::MAX),
		10 => spec.limits.fuel = Fuel(90_000_000_000_000),
		11 => spec.tip = u128::MAX,
		// Nobody has that.
		12 => spec.limits.memory = 3 << 30,
		13 => spec.requirements.min_speed = 1_000_000,
		14 => spec.tasks = 0,
		15 => spec.policy.quorum = 0,
		_ => {},
	}
}

/// An order of one task that anybody can serve.
pub fn plain(kind: Kind, number: u64, deadline: u32) -> JobSpec {
	JobSpec {
		program: kind.program(number),
		input: Input::Single(kind.program(number)),
		tasks: 1,
		shard_size: 1,
		limits: Limits { fuel: Fuel(1_000_000_000), memory: 1 << 20, output: 1_024 },
		args: Default::default(),
		policy: Policy { quorum: 2, max_replicas: 3, adaptive: false },
		max_price: Price(4 * LEAST_ASK),
		deadline,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1_000, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	}
}

/// A shard of the order, any.
pub fn any_shard(dice: &mut Dice, spec: &JobSpec) -> ShardIndex {
	ShardIndex(dice.below(spec.shards().into()) as u32)
}
