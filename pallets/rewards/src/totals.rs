//! Running totals. All of them stay at their largest number rather than start anew.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use ergon_primitives::Balance;
use scale_info::TypeInfo;

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

/// What the block's settlements have paid in protocol fees so far.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Gathered<AccountId> {
	/// How much; it is part of no account, nor of the issuance, until the block ends.
	pub amount: Balance,
	/// Who makes the block, if that is known. At the block's end nobody could tell any more.
	pub author: Option<AccountId>,
}
