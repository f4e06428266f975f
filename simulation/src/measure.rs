//! How often do Sybils get a wrong result accepted, and what do they earn by it?
//!
//! Somebody runs a share of all providers under as many names. Everybody asks the same, so that draws are uniform, and goes on
//! at once after a fault, so that the share stays what it is: the chain's own suspensions would make it smaller.
//!
//! With `quorum` replicas the Sybils all say the same wrong thing. The share being *s*, and everybody else honest, it is accepted
//! - 2 of 2: if both are Sybils: *s*²;
//! - 2 of 3: if both are, or one of the first two and then the third: *s*² + 2*s*(1 − *s*)*s* = 3*s*² − 2*s*³;
//! - 3 of 3: if all are: *s*³.
//!
//! (Exactly: drawn without replacement from so many providers, which is what the tests compare with.)
//!
//! Adaptive: a Sybil builds its record honestly, then lies whenever it may work alone. A lie is accepted with 1 − 1/*N*, *N*
//! being its streak, and earns the pay; else it costs the lock, which is *N* times the ordinary one, at least 2 pays. So a lie
//! earns (1 − 1/*N*) − 2 pays on average: less than −1. How many results are wrong depends on how often a Sybil may work
//! alone: never more than *s*(1 − 1/*N*), when all of them always may; less, since each lie that is found costs a record.

use crate::{
	client::{plain, LEAST_ASK},
	machine::Behaviour,
	truth::Kind,
	world::{account, set_pace, Role, Scale, World, PACE},
	Dice,
};
use ergon_primitives::{provider::Region, Fuel, JobSpec, Policy, Price, ProviderInfo, PROFILE_1};
use ergon_runtime::{parameters::Periods, Runtime, UNIT};
use pallet_providers::Call;
use std::fmt;

/// How many providers there are.
const PROVIDERS: u32 = 100;
/// Shards in a job, and jobs at a time.
const SHARDS: u32 = 40;
/// Jobs at a time.
const JOBS: u32 = 4;
/// The fuel of a shard: what a lie bills.
const FUEL: Fuel = Fuel(1_000_000_000);

/// How shards are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
	/// Two equal results of two replicas.
	TwoOfTwo,
	/// Two equal results of at most three replicas.
	TwoOfThree,
	/// Three equal results of three replicas.
	ThreeOfThree,
	/// Two of three, or one that is trusted.
	Adaptive,
}

impl Verification {
	/// All of them.
	pub const ALL: [Self; 4] = [Self::TwoOfTwo, Self::TwoOfThree, Self::ThreeOfThree, Self::Adaptive];

	fn policy(self) -> Policy {
		let (quorum, max_replicas, adaptive) = match self {
			Self::TwoOfTwo => (2, 2, false),
			Self::TwoOfThree => (2, 3, false),
			Self::ThreeOfThree => (3, 3, false),
			Self::Adaptive => (2, 3, true),
		};
		Policy { quorum, max_replicas, adaptive }
	}

	fn sybil(self) -> Behaviour {
		match self {
			Self::Adaptive => Behaviour::Sleeper,
			_ => Behaviour::Colluder,
		}
	}

	/// The rate of wrong results by theory, for `sybils` out of [`PROVIDERS`] drawn without replacement; for adaptive
	/// jobs the most.
	pub fn theory(self, sybils: u32) -> f64 {
		let (n, k) = (f64::from(PROVIDERS), f64::from(sybils));
		let two = k * (k - 1.0) / (n * (n - 1.0));
		let one = 2.0 * k * (n - k) / (n * (n - 1.0));
		match self {
			Self::TwoOfTwo => two,
			Self::TwoOfThree => two + one * (k - 1.0) / (n - 2.0),
			Self::ThreeOfThree => two * (k - 2.0) / (n - 2.0),
			Self::Adaptive => k / n,
		}
	}
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
	/// How shards were verified.
	pub verification: Verification,
	/// How many Sybils of [`PROVIDERS`].
	pub sybils: u32,
	/// Shards that ended.
	pub shards: u32,
	/// Of these, with a wrong result.
	pub wrong: u32,
	/// Lies of Sybils that ended in a payment or a fine.
	pub lies: u32,
	/// Of these, accepted.
	pub accepted: u32,
	/// How many should be, by the audit rates at which they were told. Only for who works alone.
	pub expected: f64,
	/// What a lie earned on average, in pays.
	pub profit: f64,
}

impl Measured {
	/// The rate of wrong results.
	pub fn rate(&self) -> f64 {
		f64::from(self.wrong) / f64::from(self.shards.max(1))
	}

	/// Lies that were found.
	pub fn found(&self) -> f64 {
		f64::from(self.lies - self.accepted)
	}

	/// How many lies should be found, by the audit rates at which they were told. Only for who works alone.
	pub fn found_by_theory(&self) -> f64 {
		f64::from(self.lies) - self.expected
	}

	/// By how many standard deviations the rate is off theory.
	pub fn deviation(&self) -> f64 {
		let theory = self.verification.theory(self.sybils);
		let variance = theory * (1.0 - theory) / f64::from(self.shards.max(1));
		(self.rate() - theory) / variance.sqrt()
	}
}

/// Lets at least so many shards be verified against a share of Sybils in percent.
pub fn measure(verification: Verification, sybils: u32, shards: u32, seed: u64) -> Measured {
	let sybil = verification.sybil();
	let machines = vec![(Behaviour::Honest, PROVIDERS - sybils), (sybil, sybils)];
	let mut world = World::new(Dice::Seeded(seed), &Scale { machines, clients: 1, jobs: JOBS });
	world.chain.with(|| set_pace(Periods { cool_down: 0, max_cool_down: 0, ..PACE }));
	world.begin();
	for index in 0..PROVIDERS {
		let (stash, worker) = (account(Role::Stash, index, 0), account(Role::Worker, index, 1));
		let fate =
			world.send(&stash, Call::<Runtime>::register { bond: 90_000 * UNIT, worker, info: offer() });
		assert!(fate.is_done(), "{fate:?}");
	}
	world.end_unchecked();
	while world.ledger.agreed + world.ledger.failed < shards {
		world.begin();
		world.do_duties();
		resume_all(&mut world);
		order(&mut world, verification.policy());
		world.end_unchecked();
	}
	let account = world.ledger.of(sybil);
	let lies = account.unworked + account.faults;
	let pay = Price(LEAST_ASK).of(FUEL).unwrap_or(1);
	Measured {
		verification,
		sybils,
		shards: world.ledger.agreed + world.ledger.failed,
		wrong: world.ledger.wrong,
		lies,
		accepted: account.unworked,
		expected: world.ledger.expected_alone,
		profit: (account.gained as f64 - account.lost as f64) / pay as f64 / f64::from(lies.max(1)),
	}
}

/// Whoever rests goes on at once.
fn resume_all(world: &mut World) {
	for index in 0..PROVIDERS {
		let stash = account(Role::Stash, index, 0);
		let status = world.chain.with(|| pallet_providers::Providers::<Runtime>::get(&stash));
		if status.is_some_and(|provider| provider.status != ergon_primitives::ProviderStatus::Online) {
			world.send(&account(Role::Worker, index, 1), Call::<Runtime>::resume {});
		}
	}
}

fn order(world: &mut World, policy: Policy) {
	for _ in world.ledger.unfinished()..JOBS {
		world.orders += 1;
		let base = plain(Kind::Ordinary, world.orders, world.chain.number() + PACE.max_duration - 10);
		let spec = JobSpec { tasks: SHARDS, policy, max_price: Price(LEAST_ASK), ..base };
		let fate = world.send(&account(Role::Client, 0, 0), pallet_jobs::Call::<Runtime>::submit { spec });
		assert!(fate.is_done() || fate.is_full(), "{fate:?}");
	}
}

fn offer() -> ProviderInfo {
	ProviderInfo {
		slots: 64,
		ask: Price(LEAST_ASK),
		memory: 1_024,
		profiles: vec![PROFILE_1].try_into().unwrap(),
		speed: 1_000,
		region: Region::UNSAID,
		addresses: Default::default(),
	}
}

impl fmt::Display for Measured {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let percent = |rate: f64| format!("{:.2} %", 100.0 * rate);
		let theory = percent(self.verification.theory(self.sybils));
		let (name, theory) = match self.verification {
			Verification::TwoOfTwo => ("2 of 2", theory),
			Verification::TwoOfThree => ("2 of 3", theory),
			Verification::ThreeOfThree => ("3 of 3", theory),
			Verification::Adaptive => ("adaptive", format!("< {theory}")),
		};
		let lies = f64::from(self.lies.max(1));
		let alone = match self.verification {
			Verification::Adaptive => percent(self.expected / lies),
			_ => "–".into(),
		};
		write!(
			f,
			"| {} % | {name} | {} | {} | {theory} | {} | {} | {alone} | {:+.2} |",
			self.sybils,
			self.shards,
			percent(self.rate()),
			self.lies,
			percent(f64::from(self.accepted) / lies),
			self.profit,
		)
	}
}

/// The heading of a table of [`Measured`].
pub const HEADING: &str = "| Sybils | quorum | shards | wrong, measured | wrong, theory | lies | accepted, measured | accepted, theory | profit of a lie, in pays |
|---|---|---|---|---|---|---|---|---|";

/// These verifications against all shares, printed line by line.
pub fn table(verifications: &[Verification], shards: u32, seed: u64) -> Vec<Measured> {
	println!("{HEADING}");
	let cases = verifications.iter().copied().flat_map(|one| [10, 20, 33].map(|sybils| (one, sybils)));
	cases
		.map(|(verification, sybils)| {
			let measured = measure(verification, sybils, shards, seed);
			println!("{measured}");
			measured
		})
		.collect()
}
