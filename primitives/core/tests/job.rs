//! Orders: shards partition the tasks, time is enough, and every field is checked at its boundaries.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{any_economics, any_fuel, any_spec, any_timing, economics, spec, timing};
use ergon_primitives::{
	job::{
		args_from, KnownAnswers, Timing, MAX_ARGS, MAX_ARG_BYTES, MAX_FUEL, MAX_KNOWN, MAX_MEMORY,
		MAX_OUTPUT, MAX_REPLICAS, MAX_SHARDS, MAX_TASKS, MIN_MEMORY,
	},
	money::Economics,
	Fuel, JobSpec, Policy, Price, Region, ShardIndex, SpecError, Stake,
};
use proptest::prelude::*;

/// Whether the order is accepted at block 0 after a change.
fn with(change: impl FnOnce(&mut JobSpec)) -> Result<(), SpecError> {
	let mut spec = spec();
	change(&mut spec);
	spec.check(0, &economics(), &timing())
}

#[test]
fn shards_by_hand() {
	// Ten tasks, four to a shard.
	assert_eq!(spec().shards(), 3);
	assert_eq!(spec().tasks_of(ShardIndex(0)), 0..4);
	assert_eq!(spec().tasks_of(ShardIndex(2)), 8..10);
	assert_eq!(spec().tasks_of(ShardIndex(3)), 10..10);
	assert_eq!(spec().tasks_of(ShardIndex(u32::MAX)), 10..10);
	assert_eq!(spec().shard_fuel(ShardIndex(2)), Fuel(2_000_000_000));
}

#[test]
fn budget_by_hand() {
	// Two shards of 4 Gfuel and one of 2, each twice at 1000, 5 % and the tip on top.
	assert_eq!(spec().budget(&economics()), Some(2 * (8_000 + 400 + 50) + (4_000 + 200 + 50)));
}

#[test]
fn commit_window_by_hand() {
	// 4 Gfuel at 100 Mfuel/s is 40 s; twice that is 80 s: 27 blocks of 3 s, and the base.
	assert_eq!(spec().commit_window(&timing()), 27 + 20);
	assert_eq!(spec().least_duration(&timing()), 2 + 47 + 10 + 1);
	// No speed and no block time, which no check lets pass: still an answer.
	let mut spec = spec();
	spec.requirements.min_speed = 0;
	spec.limits.fuel = Fuel(u64::MAX);
	assert_eq!(spec.commit_window(&Timing { block_millis: 0, ..timing() }), u32::MAX);
}

#[test]
fn acceptable_spec_should_pass() {
	assert_eq!(with(|_| ()), Ok(()));
}

#[test]
fn tasks_should_be_1_to_the_most() {
	assert_eq!(with(|s| s.tasks = 0), Err(SpecError::Tasks));
	assert_eq!(with(|s| (s.tasks, s.shard_size) = (1, 1)), Ok(()));
	assert_eq!(with(|s| (s.tasks, s.shard_size) = (MAX_TASKS, 100)), Ok(()));
	assert_eq!(with(|s| s.tasks = MAX_TASKS + 1), Err(SpecError::Tasks));
	assert_eq!(with(|s| s.tasks = u32::MAX), Err(SpecError::Tasks));
}

#[test]
fn shard_size_should_be_1_to_tasks() {
	assert_eq!(with(|s| s.shard_size = 0), Err(SpecError::ShardSize));
	assert_eq!(with(|s| s.shard_size = 1), Ok(()));
	assert_eq!(with(|s| s.shard_size = 10), Ok(()));
	assert_eq!(with(|s| s.shard_size = 11), Err(SpecError::ShardSize));
}

#[test]
fn shards_should_be_at_most_the_most() {
	assert_eq!(with(|s| (s.tasks, s.shard_size) = (MAX_SHARDS, 1)), Ok(()));
	assert_eq!(with(|s| (s.tasks, s.shard_size) = (MAX_SHARDS + 1, 1)), Err(SpecError::TooManyShards));
	assert_eq!(with(|s| (s.tasks, s.shard_size) = (2 * MAX_SHARDS, 2)), Ok(()));
	assert_eq!(with(|s| (s.tasks, s.shard_size) = (2 * MAX_SHARDS + 1, 2)), Err(SpecError::TooManyShards));
}

#[test]
fn fuel_should_be_1_to_the_most() {
	assert_eq!(with(|s| s.limits.fuel = Fuel(0)), Err(SpecError::Fuel));
	assert_eq!(with(|s| s.limits.fuel = Fuel(1)), Ok(()));
	let dear = |fuel| {
		with(move |s| {
			(s.tasks, s.shard_size, s.requirements.min_speed) = (1, 1, 1_000_000);
			s.limits.fuel = fuel;
		})
	};
	assert_eq!(dear(MAX_FUEL), Ok(()));
	assert_eq!(dear(Fuel(MAX_FUEL.0 + 1)), Err(SpecError::Fuel));
	assert_eq!(dear(Fuel(u64::MAX)), Err(SpecError::Fuel));
}

#[test]
fn memory_should_be_a_page_to_all() {
	assert_eq!(with(|s| s.limits.memory = MIN_MEMORY - 1), Err(SpecError::Memory));
	assert_eq!(with(|s| s.limits.memory = MIN_MEMORY), Ok(()));
	assert_eq!(with(|s| s.limits.memory = MAX_MEMORY), Ok(()));
	assert_eq!(with(|s| s.limits.memory = MAX_MEMORY + 1), Err(SpecError::Memory));
}

#[test]
fn output_should_be_at_most_the_most() {
	assert_eq!(with(|s| s.limits.output = 0), Ok(()));
	assert_eq!(with(|s| s.limits.output = MAX_OUTPUT), Ok(()));
	assert_eq!(with(|s| s.limits.output = MAX_OUTPUT + 1), Err(SpecError::Output));
}

#[test]
fn args_should_be_text_without_zeros() {
	let args = |bytes: &[u8]| with(|s| s.args.try_push(bytes.to_vec().try_into().unwrap()).unwrap());
	assert_eq!(args("größe=5".as_bytes()), Ok(()));
	assert_eq!(args(b""), Ok(()));
	assert_eq!(args(b"a\0b"), Err(SpecError::Args));
	assert_eq!(args(&[0xff, 0xfe]), Err(SpecError::Args));
}

#[test]
fn args_should_be_bounded() {
	let longest = "x".repeat(MAX_ARG_BYTES as usize);
	let most = vec![longest.as_str(); MAX_ARGS as usize];
	assert_eq!(args_from(&most).unwrap().len(), MAX_ARGS as usize);
	assert_eq!(args_from(&[most.as_slice(), &[""]].concat()), None);
	assert_eq!(args_from(&[format!("{longest}x")]), None);
	assert_eq!(args_from::<&str>(&[]).unwrap().len(), 0);
}

#[test]
fn quorum_should_be_1_to_the_replicas() {
	let policy = |quorum, replicas| with(|s| (s.policy.quorum, s.policy.max_replicas) = (quorum, replicas));
	assert_eq!(policy(0, 5), Err(SpecError::Quorum));
	assert_eq!(policy(0, 0), Err(SpecError::Quorum));
	assert_eq!(policy(1, 1), Ok(()));
	assert_eq!(policy(3, 2), Err(SpecError::MaxReplicas));
	assert_eq!(policy(1, 0), Err(SpecError::MaxReplicas));
	assert_eq!(policy(MAX_REPLICAS as u8, MAX_REPLICAS as u8), Ok(()));
	assert_eq!(policy(1, MAX_REPLICAS as u8 + 1), Err(SpecError::MaxReplicas));
	assert_eq!(policy(u8::MAX, u8::MAX), Err(SpecError::MaxReplicas));
}

#[test]
fn adaptive_should_leave_room_for_audits() {
	let policy =
		|quorum, max_replicas, adaptive| with(|s| s.policy = Policy { quorum, max_replicas, adaptive });
	assert_eq!(policy(2, 3, true), Ok(()));
	assert_eq!(policy(2, 2, true), Err(SpecError::Adaptive));
	assert_eq!(policy(1, 3, true), Err(SpecError::Adaptive));
	assert_eq!(policy(6, MAX_REPLICAS as u8, true), Ok(()));
	assert_eq!(policy(MAX_REPLICAS as u8, MAX_REPLICAS as u8, true), Err(SpecError::Adaptive));
	assert_eq!(policy(2, MAX_REPLICAS as u8 + 1, true), Err(SpecError::MaxReplicas));
	assert_eq!(policy(1, 1, false), Ok(()));
}

#[test]
fn known_answers_should_be_for_adaptive_jobs_only() {
	let most = || KnownAnswers::try_from(vec![[7; 32]; MAX_KNOWN as usize]).unwrap();
	assert_eq!(with(|s| s.known = most()), Err(SpecError::Known));
	assert_eq!(with(|s| (s.known, s.policy.adaptive) = (most(), true)), Ok(()));
	assert!(KnownAnswers::try_from(vec![[7; 32]; MAX_KNOWN as usize + 1]).is_err());
}

#[test]
fn known_answers_should_be_paid_for_in_the_deposit() {
	let deposit = |known: Vec<[u8; 32]>| {
		let spec = JobSpec { known: known.try_into().unwrap(), ..spec() };
		spec.deposit(&economics()).unwrap()
	};
	// 32 bytes in the order, and the record that exposing makes; the length of the list stays one byte.
	let (byte, record) = (economics().deposit_per_byte, economics().deposit_per_shard);
	assert_eq!(deposit(vec![[0; 32]; 3]) - deposit(vec![]), 3 * (32 * byte + record));
}

#[test]
fn tip_share_by_hand() {
	let share = |quorum, adaptive| {
		JobSpec { tip: 50, policy: Policy { quorum, max_replicas: 7, adaptive }, ..spec() }.tip_share()
	};
	assert_eq!(share(2, false), 25);
	assert_eq!(share(3, false), 16);
	assert_eq!(share(3, true), 50);
	assert_eq!(share(0, false), 50);
}

#[test]
fn price_should_be_above_zero_and_payable() {
	assert_eq!(with(|s| s.max_price = Price(0)), Err(SpecError::Price));
	assert_eq!(with(|s| s.max_price = Price(1)), Ok(()));
	assert_eq!(with(|s| s.max_price = Price(u128::MAX)), Err(SpecError::BudgetOverflow));
	assert_eq!(with(|s| s.tip = u128::MAX), Err(SpecError::BudgetOverflow));
	// Each shard can be paid, all of them cannot.
	assert_eq!(with(|s| s.tip = u128::MAX / 2), Err(SpecError::BudgetOverflow));
	assert_eq!(with(|s| s.tip = u128::MAX / 4), Err(SpecError::BudgetOverflow), "20 times the tip is locked");
	assert_eq!(with(|s| s.tip = u128::MAX / 2_001), Ok(()));
	// The fuel of a shard does not fit its number.
	let fuel = Fuel(MAX_FUEL.0);
	assert_eq!(
		with(|s| (s.limits.fuel, s.tasks, s.shard_size) = (fuel, 200_000, 200_000)),
		Err(SpecError::BudgetOverflow)
	);
	// The budget fits, what a provider would have to lock does not.
	let mut dear = spec();
	dear.max_price = Price(u128::MAX / 10_000_000_000);
	for heavy in [
		Economics { lock_percent: u32::MAX, ..economics() },
		Economics { late_percent: u32::MAX, ..economics() },
	] {
		assert!(dear.budget(&heavy).is_some());
		assert_eq!(dear.check(0, &heavy, &timing()), Err(SpecError::BudgetOverflow));
	}
	assert_eq!(dear.check(0, &economics(), &timing()), Ok(()));
}

#[test]
fn requirements_should_be_possible() {
	assert_eq!(with(|s| s.requirements.profile = 0), Err(SpecError::Profile));
	assert_eq!(with(|s| s.requirements.profile = 2), Err(SpecError::Profile));
	assert_eq!(with(|s| s.requirements.min_speed = 0), Err(SpecError::Speed));
	assert_eq!(with(|s| s.requirements.min_speed = u32::MAX), Ok(()));
	let region = |code: &[u8; 2]| with(|s| s.requirements.region = Some(Region(*code)));
	assert_eq!(region(b"DE"), Ok(()));
	assert_eq!(region(b"de"), Err(SpecError::Region));
	assert_eq!(region(b"D1"), Err(SpecError::Region));
	assert_eq!(region(&[0, 0]), Err(SpecError::Region));
}

#[test]
fn deadline_should_leave_time_and_not_too_much() {
	let least = spec().least_duration(&timing());
	let at = |now, deadline| {
		let mut spec = spec();
		spec.deadline = deadline;
		spec.check(now, &economics(), &timing())
	};
	assert_eq!(at(100, 99), Err(SpecError::DeadlinePast));
	assert_eq!(at(100, 100), Err(SpecError::DeadlinePast));
	assert_eq!(at(100, 101), Err(SpecError::DeadlineTooSoon));
	assert_eq!(at(100, 100 + least - 1), Err(SpecError::DeadlineTooSoon));
	assert_eq!(at(100, 100 + least), Ok(()));
	assert_eq!(at(100, 100 + timing().max_duration), Ok(()));
	assert_eq!(at(100, 101 + timing().max_duration), Err(SpecError::DeadlineTooFar));
	assert_eq!(at(0, u32::MAX), Err(SpecError::DeadlineTooFar));
	assert_eq!(at(u32::MAX, u32::MAX), Err(SpecError::DeadlinePast));
}

#[test]
fn advice_should_state_the_bounds_that_are_checked() {
	for (error, bound) in [
		(SpecError::Tasks, u64::from(MAX_TASKS)),
		(SpecError::TooManyShards, MAX_SHARDS.into()),
		(SpecError::Fuel, MAX_FUEL.0),
		(SpecError::Memory, MAX_MEMORY),
		(SpecError::Memory, MIN_MEMORY),
		(SpecError::Output, MAX_OUTPUT.into()),
		(SpecError::MaxReplicas, MAX_REPLICAS.into()),
	] {
		assert!(error.advice().contains(&bound.to_string()), "{error}");
		assert_eq!(error.to_string(), error.advice());
	}
}

proptest! {
	#[test]
	fn shards_partition_the_tasks(tasks in 0u32..5_000, shard_size in 0u32..5_000) {
		let spec = JobSpec { tasks, shard_size, ..spec() };
		if shard_size == 0 {
			prop_assert_eq!(spec.shards(), 0);
			prop_assert!(spec.tasks_of(ShardIndex(0)).is_empty());
			return Ok(());
		}
		let mut next = 0;
		for shard in 0..spec.shards() {
			let range = spec.tasks_of(ShardIndex(shard));
			prop_assert_eq!(range.start, next);
			prop_assert!(!range.is_empty());
			prop_assert!(range.len() == shard_size as usize || shard + 1 == spec.shards());
			next = range.end;
		}
		prop_assert_eq!(next, tasks);
		prop_assert!(spec.tasks_of(ShardIndex(spec.shards())).is_empty());
	}

	#[test]
	fn budget_is_the_sum_of_the_shards(
		tasks in 1u32..300, shard_size in 1u32..300, fuel in any_fuel(), price: u64, tip: u32, economics in any_economics(),
	) {
		let mut spec = JobSpec { tasks, shard_size, max_price: Price(price.into()), tip: tip.into(), ..spec() };
		spec.limits.fuel = fuel;
		let sum = (0..spec.shards())
			.map(|shard| spec.shard_budget(&economics, ShardIndex(shard)))
			.try_fold(0u128, |sum, budget| sum.checked_add(budget?));
		prop_assert_eq!(spec.budget(&economics), sum);
	}

	#[test]
	fn nothing_panics_on_any_spec(
		spec in any_spec(), economics in any_economics(), timing in any_timing(), now: u32, shard: u32,
	) {
		let shard = ShardIndex(shard);
		let _ = (spec.shards(), spec.tasks_of(shard), spec.shard_fuel(shard), spec.memory_mib());
		let _ = (spec.shard_budget(&economics, shard), spec.budget(&economics), spec.deposit(&economics));
		let _ = spec.replica_value(&economics, shard);
		prop_assert!(spec.tip_share() <= spec.tip);
		prop_assert!(spec.commit_window(&timing) >= timing.commit_base);
		prop_assert!(spec.least_duration(&timing) >= spec.commit_window(&timing));
		let _ = spec.check(now, &economics, &timing);
	}

	#[test]
	fn what_passes_cannot_overflow_later(
		tasks in 1u32..=MAX_TASKS, shard_size in 1u32..=1_000, fuel in 1..=MAX_FUEL.0, price in common::any_balance(),
		tip in common::any_balance(), quorum in 1u8..=8, adaptive: bool, economics in any_economics(),
		now in 0u32..1_000_000, ahead in 0u32..12_000, min_speed in 1u32..1_000_000,
	) {
		let mut spec = JobSpec { tasks, shard_size: shard_size.min(tasks), max_price: Price(price), tip, ..spec() };
		spec.limits.fuel = Fuel(fuel);
		spec.policy = Policy { quorum, max_replicas: MAX_REPLICAS as u8, adaptive };
		spec.requirements.min_speed = min_speed;
		spec.deadline = now + ahead;
		let timing = timing();
		if spec.check(now, &economics, &timing).is_ok() {
			prop_assert!((1..=MAX_SHARDS).contains(&spec.shards()));
			prop_assert!(spec.budget(&economics).is_some());
			let last = ShardIndex(spec.shards() - 1);
			for shard in [ShardIndex(0), last] {
				let count = spec.tasks_of(shard).len() as u64;
				prop_assert!(count >= 1);
				prop_assert_eq!(Some(spec.shard_fuel(shard).0), fuel.checked_mul(count));
				prop_assert!(spec.shard_budget(&economics, shard).is_some());
				prop_assert!(spec.replica_value(&economics, shard).is_some());
				for stake in [Stake::Ordinary, Stake::Late] {
					for ask in [Price(0), Price(spec.max_price.0 / 2), spec.max_price] {
						let (fuel, tip) = (spec.shard_fuel(shard), spec.tip_share());
						prop_assert!(economics.lock(stake, ask, spec.max_price, fuel, tip).is_some());
					}
				}
			}
			prop_assert!(spec.least_duration(&timing) <= spec.deadline - now);
		}
	}

	#[test]
	fn commit_window_is_twice_the_time_of_the_slowest(
		fuel in 1..=MAX_FUEL.0, shard_size in 1u32..100, min_speed in 1u32..10_000_000, block_millis in 100u64..10_000,
	) {
		let mut spec = JobSpec { tasks: 100, shard_size, ..spec() };
		spec.limits.fuel = Fuel(fuel);
		spec.requirements.min_speed = min_speed;
		let timing = Timing { block_millis, commit_base: 0, ..timing() };
		let window = spec.commit_window(&timing);
		prop_assume!(window < u32::MAX);
		// In exact numbers: window × block time ≥ 2 × fuel ÷ speed, and no more than a block and a millisecond above.
		let given = u128::from(window) * u128::from(block_millis) * u128::from(min_speed) * 1_000;
		let needed = 2 * u128::from(fuel) * u128::from(shard_size);
		prop_assert!(given >= needed);
		let slack = u128::from(block_millis + 1) * u128::from(min_speed) * 1_000;
		prop_assert!(given < needed + slack);
	}

	#[test]
	fn memory_is_rounded_up_to_mib(memory: u64) {
		let mut spec = spec();
		spec.limits.memory = memory;
		let mib = u64::from(spec.memory_mib());
		if mib < u64::from(u32::MAX) {
			prop_assert!(mib << 20 >= memory);
			prop_assert!(mib == 0 || (mib - 1) << 20 < memory);
		}
	}
}
