//! Values that any test may start from.

// Each test file uses its own part of this.
#![allow(dead_code)]

use ergon_primitives::{
	hint::MAX_HINTS,
	job::{Requirements, Timing, MAX_KNOWN},
	money::{Economics, UNIT},
	provider::Wanted,
	samples::TIMING,
	BlobId, Codec, Conduct, Fuel, Hint, Input, JobSpec, Limits, Policy, Ppm, Price, ProviderInfo, Region,
	Stake, PROFILE_1,
};
use proptest::prelude::*;

/// An order that is accepted at block 0.
pub fn spec() -> JobSpec {
	JobSpec {
		program: BlobId::of(b"program"),
		input: Input::Single(BlobId::of(b"input")),
		tasks: 10,
		shard_size: 4,
		limits: Limits { fuel: Fuel(1_000_000_000), memory: 64 << 20, output: 1 << 20 },
		args: Default::default(),
		policy: Policy { quorum: 2, max_replicas: 5, adaptive: false },
		max_price: Price(1_000),
		deadline: 1_000,
		requirements: Requirements { profile: PROFILE_1, min_speed: 100, region: None },
		tip: 50,
		known: Default::default(),
		hints: Default::default(),
	}
}

pub fn economics() -> Economics {
	Economics {
		fee: Ppm::percent(5),
		least_pay: 3,
		lock_percent: 200,
		late_percent: 2_000,
		min_lock: 10,
		deposit_base: 100,
		deposit_per_byte: 1,
		deposit_per_shard: 7,
		loss_absent: Ppm::percent(10),
		loss_silent: Ppm::percent(50),
		loss_dissent: Ppm::ONE,
		loss_false_unavailable: Ppm::percent(25),
	}
}

/// What the runtime begins with.
pub fn defaults() -> Economics {
	Economics {
		fee: Ppm::percent(5),
		least_pay: UNIT / 1_000,
		lock_percent: 200,
		late_percent: 2_000,
		min_lock: UNIT / 10,
		deposit_base: UNIT / 10,
		deposit_per_byte: UNIT / 10_000,
		deposit_per_shard: UNIT / 100,
		loss_absent: Ppm::percent(5),
		loss_silent: Ppm::ONE,
		loss_dissent: Ppm::ONE,
		loss_false_unavailable: Ppm::percent(25),
	}
}

/// All that there are.
pub const CONDUCTS: [Conduct; 7] = [
	Conduct::Agreed,
	Conduct::Released,
	Conduct::Absent,
	Conduct::Silent,
	Conduct::Dissented,
	Conduct::FalselyUnavailable,
	Conduct::Alone,
];

pub fn timing() -> Timing {
	TIMING
}

pub fn info() -> ProviderInfo {
	ProviderInfo {
		slots: 4,
		ask: Price(1_000),
		memory: 64,
		profiles: vec![PROFILE_1].try_into().expect("one fits; qed"),
		speed: 100,
		region: Region(*b"DE"),
		addresses: Default::default(),
	}
}

/// What the provider of [`info`] just fits.
pub fn wanted() -> Wanted {
	Wanted {
		ceiling: Price(1_000),
		memory: 64,
		requirements: Requirements { profile: PROFILE_1, min_speed: 100, region: Some(Region(*b"DE")) },
		shard_fuel: Fuel(1),
		tip: 0,
		stake: Stake::Ordinary,
	}
}

/// Any share, written as it could also be decoded: above the whole too.
pub fn any_ppm() -> impl Strategy<Value = Ppm> {
	prop_oneof![Just(0), Just(1), 0u32..=1_000_000, Just(1_000_000)].prop_map(Ppm::new)
}

/// Amounts of every size, the ends included.
pub fn any_balance() -> impl Strategy<Value = u128> {
	prop_oneof![Just(0), Just(u128::MAX), any::<u128>(), any::<u64>().prop_map(u128::from), 0..1_000u128]
}

/// Fuel of every size, the ends included.
pub fn any_fuel() -> impl Strategy<Value = Fuel> {
	prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), 0..10_000_000_000u64].prop_map(Fuel)
}

pub fn any_blob() -> impl Strategy<Value = BlobId> {
	(any::<bool>(), any::<[u8; 32]>())
		.prop_map(|(raw, digest)| BlobId { codec: if raw { Codec::Raw } else { Codec::DagPb }, digest })
}

fn any_percent() -> impl Strategy<Value = u32> {
	prop_oneof![Just(0), Just(u32::MAX), any::<u32>(), 0..5_000u32]
}

prop_compose! {
	/// All parameters that can be written down, sensible or not.
	pub fn any_economics()(
		fee in any_ppm(), least_pay in any_balance(), lock_percent in any_percent(), late_percent in any_percent(),
		min_lock in any_balance(), deposit_base in any_balance(), deposit_per_byte in any_balance(),
		deposit_per_shard in any_balance(), losses in prop::array::uniform4(any_ppm()),
	) -> Economics {
		let [loss_absent, loss_silent, loss_dissent, loss_false_unavailable] = losses;
		Economics {
			fee, least_pay, lock_percent, late_percent, min_lock, deposit_base, deposit_per_byte, deposit_per_shard,
			loss_absent, loss_silent, loss_dissent, loss_false_unavailable,
		}
	}
}

prop_compose! {
	pub fn any_timing()(
		block_millis: u64, draw_delay: u32, commit_base: u32, reveal_window: u32, retention: u32, unbonding: u32,
		max_duration: u32, cool_down: u32, max_cool_down: u32,
	) -> Timing {
		Timing {
			block_millis, draw_delay, commit_base, reveal_window, retention, unbonding, max_duration, cool_down,
			max_cool_down,
		}
	}
}

fn any_limits() -> impl Strategy<Value = Limits> {
	(any_fuel(), any::<u64>(), any::<u32>()).prop_map(|(fuel, memory, output)| Limits {
		fuel,
		memory,
		output,
	})
}

fn any_requirements() -> impl Strategy<Value = Requirements> {
	let region = prop::option::of(prop::array::uniform2(b'A'..=b'Z'));
	(any::<u16>(), any::<u32>(), region).prop_map(|(profile, min_speed, region)| Requirements {
		profile,
		min_speed,
		region: region.map(Region),
	})
}

fn any_hint() -> impl Strategy<Value = Hint> {
	let url = "(https|s3|file|x)://[a-zA-Z0-9./{}é-]{0,40}";
	(prop::option::of(any_blob()), url).prop_map(|(blob, url)| Hint {
		blob,
		url: url.into_bytes().try_into().expect("no more than 88 bytes fit; qed"),
	})
}

fn any_input() -> impl Strategy<Value = Input> {
	prop_oneof![any_blob().prop_map(Input::Single), any_blob().prop_map(Input::Manifest)]
}

prop_compose! {
	/// Any order that can be written down, acceptable or not.
	pub fn any_spec()(
		program in any_blob(),
		input in any_input(),
		(tasks, shard_size, deadline) in any::<(u32, u32, u32)>(),
		limits in any_limits(),
		args in prop::collection::vec("[a-z0-9 ./é-]{0,40}", 0..5),
		(quorum, max_replicas, adaptive) in any::<(u8, u8, bool)>(),
		max_price in any_balance(),
		requirements in any_requirements(),
		tip in any_balance(),
		known in prop::collection::vec(any::<[u8; 32]>(), 0..=MAX_KNOWN as usize),
		hints in prop::collection::vec(any_hint(), 0..=MAX_HINTS as usize),
	) -> JobSpec {
		JobSpec {
			program,
			input,
			tasks,
			shard_size,
			limits,
			args: ergon_primitives::job::args_from(&args).expect("five of 80 bytes fit; qed"),
			policy: Policy { quorum, max_replicas, adaptive },
			max_price: Price(max_price),
			deadline,
			requirements,
			tip,
			known: known.try_into().expect("no more than allowed; qed"),
			hints: hints.try_into().expect("no more than allowed; qed"),
		}
	}
}
