//! Economics: pure functions, called by the pallets and by whoever wants to foresee what they will do.
//!
//! Amounts are in plancks. Every division says which way it rounds; every sum that could overflow is checked or
//! saturates, and says so.

use codec::{CompactAs, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, iter::Sum, ops::Add};
use scale_info::TypeInfo;

/// An amount of tokens in plancks (the smallest unit).
pub type Balance = u128;

/// Plancks in one token.
pub const UNIT: Balance = 1_000_000_000_000;

/// Fuel in one Gfuel, the unit that asks are quoted in.
pub const GFUEL: u64 = 1_000_000_000;

/// Metered work: the same number for the same task on every machine.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Fuel(pub u64);

impl Fuel {
	/// `self × n`, staying at the largest number.
	pub fn times(self, n: u32) -> Self {
		Self(self.0.saturating_mul(u64::from(n)))
	}
}

impl Add for Fuel {
	type Output = Self;
	fn add(self, other: Self) -> Self {
		Self(self.0.saturating_add(other.0))
	}
}

impl Sum for Fuel {
	fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
		iter.fold(Self(0), Add::add)
	}
}

impl fmt::Display for Fuel {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.0.fmt(f)
	}
}

/// A price for work, in plancks per Gfuel.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	CompactAs,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Price(#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))] pub Balance);

impl Price {
	/// What `fuel` costs at this price, rounded up; `None` if it is more than a [`Balance`] holds.
	pub fn of(self, fuel: Fuel) -> Option<Balance> {
		mul_div_ceil(self.0, u128::from(fuel.0), u128::from(GFUEL))
	}
}

/// A share in parts per million, never more than the whole.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Ppm(u32);

impl Ppm {
	/// Nothing.
	pub const ZERO: Self = Self(0);
	/// The whole.
	pub const ONE: Self = Self(1_000_000);

	/// `parts` millionths; everything above the whole is the whole.
	pub const fn new(parts: u32) -> Self {
		if parts > 1_000_000 {
			Self::ONE
		} else {
			Self(parts)
		}
	}

	/// `percent` hundredths.
	pub const fn percent(percent: u32) -> Self {
		Self::new(percent.saturating_mul(10_000))
	}

	/// In millionths.
	pub const fn parts(self) -> u32 {
		// A decoded value may be above the whole; reading clamps it.
		if self.0 > 1_000_000 {
			1_000_000
		} else {
			self.0
		}
	}

	/// This share of `amount`, rounded down: never more than `amount`.
	pub fn of(self, amount: Balance) -> Balance {
		let parts = Balance::from(self.parts());
		// Split so that no product overflows: amount = q × 10^6 + r.
		let (q, r) = (amount / 1_000_000, amount % 1_000_000);
		q * parts + r * parts / 1_000_000
	}
}

/// `a × b ÷ c` rounded up, or `None` where the product overflows or `c` is zero.
pub(crate) fn mul_div_ceil(a: u128, b: u128, c: u128) -> Option<u128> {
	let product = a.checked_mul(b)?;
	let quotient = product.checked_div(c)?;
	if product % c == 0 {
		Some(quotient)
	} else {
		quotient.checked_add(1)
	}
}

/// The parameters that decide what an order costs and what misconduct costs; governance sets them.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Economics {
	/// The protocol's fee: this share of what the providers of a shard are paid, on top of it.
	pub fee: Ppm,
	/// What each replica of a quorum is paid at least, whatever its ask and the fuel: for fetching and admitting the
	/// program, also where that is all there was to do.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub least_pay: Balance,
	/// What is locked of a provider's bond for a shard: this many hundredths of the most that it can earn by it, tip included.
	/// 200 makes a lie cost twice what the truth would have earned.
	pub lock_percent: u32,
	/// The same for a replica that is drawn when claims are revealed already: so much that it does not pay to repeat the
	/// likeliest. At 2,000, guessing loses money unless it is right more than 20 times in 21 (95.2 %).
	pub late_percent: u32,
	/// The least that is locked for a shard, so that dust-priced work has something at stake.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub min_lock: Balance,
	/// Held from the client for each job's record.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub deposit_base: Balance,
	/// Held from the client for each byte of its order.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub deposit_per_byte: Balance,
	/// Held from the client for each shard's record.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub deposit_per_shard: Balance,
	/// What a replica that never committed loses of its lock. This and the next three: never less than another replica can
	/// cost, and never more than the lock.
	pub loss_absent: Ppm,
	/// What a replica that committed and did not reveal loses of its lock.
	pub loss_silent: Ppm,
	/// What a replica that disagreed with the quorum loses of its lock.
	pub loss_dissent: Ppm,
	/// What a replica that falsely said `Unavailable` loses of its lock.
	pub loss_false_unavailable: Ppm,
}

impl Economics {
	/// What a replica of a quorum is paid for work of so much fuel: its ask, and never less than the least.
	pub fn pay(&self, ask: Price, fuel: Fuel) -> Option<Balance> {
		Some(ask.of(fuel)?.max(self.least_pay))
	}

	/// The most that one replica of a shard can cost: what it is paid at the ceiling, and the fee on it.
	pub fn replica_value(&self, ceiling: Price, shard_fuel: Fuel) -> Option<Balance> {
		let pay = self.pay(ceiling, shard_fuel)?;
		pay.checked_add(self.fee.of(pay))
	}

	/// The most that one shard can cost its client: `quorum` replicas at the ceiling, the fee on them, the tip.
	pub fn shard_budget(
		&self,
		ceiling: Price,
		shard_fuel: Fuel,
		quorum: u8,
		tip: Balance,
	) -> Option<Balance> {
		let pay = self.pay(ceiling, shard_fuel)?.checked_mul(Balance::from(quorum))?;
		pay.checked_add(self.fee.of(pay))?.checked_add(tip)
	}

	/// What a job's records cost its client in deposits while they are kept.
	pub fn deposit(&self, spec_bytes: u32, shards: u32) -> Option<Balance> {
		let bytes = self.deposit_per_byte.checked_mul(Balance::from(spec_bytes))?;
		let shards = self.deposit_per_shard.checked_mul(Balance::from(shards))?;
		self.deposit_base.checked_add(bytes)?.checked_add(shards)
	}
}

/// How the protocol fee is divided; what rounding leaves goes to the treasury.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FeeSplit {
	/// Burnt.
	pub burn: Ppm,
	/// To the author of the block.
	pub author: Ppm,
}

impl FeeSplit {
	/// `(burn, author, treasury)`: adds up to `fee` for any shares, the burn being served first.
	pub fn split(&self, fee: Balance) -> (Balance, Balance, Balance) {
		let burn = self.burn.of(fee);
		let author = self.author.of(fee).min(fee - burn);
		(burn, author, fee - burn - author)
	}
}
