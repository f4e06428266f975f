//! What the worker has to do for one shard, and how it tells one duty from another.

use codec::{Decode, Encode, MaxEncodedLen};
use ergon_primitives::{attestation::commitment, BlockNumber, Claim, ShardKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// An account, as the client's library has it.
pub type Account = ergon_client::AccountId;
/// A provider as the chain tells it.
pub type Provider = ergon_primitives::views::ProviderView<Account>;
/// A duty as the chain tells it.
pub type Duty = ergon_primitives::views::Duty<Account>;

/// Names one duty.
///
/// Job numbers are given out again when blocks are reorganised, so that the key alone could mean another order on
/// another fork: the order's digest is part of the name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub struct DutyId {
	/// The shard.
	pub key: ShardKey,
	/// The provider whose duty it is.
	pub provider: Account32,
	/// SHA-256 of all that decides the result: the order and the time at which its clocks start.
	pub order: [u8; 32],
}

/// An account's bytes: what is written to disk.
pub type Account32 = [u8; 32];

impl DutyId {
	/// The name of a duty.
	pub fn of(duty: &Duty) -> Self {
		let order = (&duty.spec, duty.submitted_time).using_encoded(|bytes| Sha256::digest(bytes).into());
		Self { key: duty.key, provider: duty.provider.0, order }
	}

	/// What is committed for a claim.
	pub fn commitment(&self, genesis: &[u8; 32], claim: &Claim, salt: &[u8; 32]) -> [u8; 32] {
		commitment(genesis, &self.key, &self.provider, claim, salt)
	}
}

impl fmt::Display for DutyId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.key.fmt(f)
	}
}

impl fmt::Debug for DutyId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{} of {}", self.key, Account::from(self.provider))
	}
}

/// The block from which on a blob that nobody has is given up: when `share` percent of the commit window that ends
/// with block `until` is gone.
pub fn give_up_at(until: BlockNumber, window: BlockNumber, share: u8) -> BlockNumber {
	let left = u64::from(window) * u64::from(100u8.saturating_sub(share)) / 100;
	// No more than the window, so it fits.
	until.saturating_sub(BlockNumber::try_from(left).unwrap_or(window))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn giving_up_should_leave_the_rest_of_the_window() {
		assert_eq!(give_up_at(100, 50, 60), 80);
		assert_eq!(give_up_at(100, 50, 100), 100);
		assert_eq!(give_up_at(100, 50, 0), 50);
		assert_eq!(give_up_at(10, u32::MAX, 60), 0);
		assert_eq!(give_up_at(u32::MAX, 1, 200), u32::MAX);
	}
}
