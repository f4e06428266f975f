//! Running totals. All of them stay at their largest number rather than start anew.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ergon_primitives::{Balance, Fuel};
use scale_info::TypeInfo;

/// What one provider was paid.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Earnings {
	/// All payments, tips included.
	pub paid: Balance,
	/// The fuel of the work that was paid.
	pub fuel: Fuel,
	/// How many replicas were paid.
	pub replicas: u32,
}

impl Earnings {
	/// With one more replica.
	pub fn with(self, amount: Balance, fuel: Fuel) -> Self {
		Self {
			paid: self.paid.saturating_add(amount),
			fuel: self.fuel + fuel,
			replicas: self.replicas.saturating_add(1),
		}
	}
}

/// Where protocol fees went.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct FeeTotals {
	/// Burnt.
	pub burnt: Balance,
	/// To the authors of blocks.
	pub authors: Balance,
	/// To the treasury.
	pub treasury: Balance,
}

impl FeeTotals {
	/// With one more fee.
	pub fn with(self, burnt: Balance, author: Balance, treasury: Balance) -> Self {
		Self {
			burnt: self.burnt.saturating_add(burnt),
			authors: self.authors.saturating_add(author),
			treasury: self.treasury.saturating_add(treasury),
		}
	}
}
