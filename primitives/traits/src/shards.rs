use alloc::vec::Vec;
use ergon_primitives::{Price, ShardKey, Verdict};
use sp_weights::Weight;

/// How a shard's attestation ended, as far as its job must know: locks and reputations are already dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing<AccountId> {
	/// The verdict.
	pub verdict: Verdict,
	/// The replicas that are with the quorum, each with its ask: who is paid.
	pub agreed: Vec<(AccountId, Price)>,
}

/// The orders that shards belong to. Behind it: `pallet-jobs`. Told by: attestation.
pub trait Shards<AccountId> {
	/// A verdict was reached: pay, refund, record.
	fn close(key: ShardKey, closing: Closing<AccountId>);

	/// The shard needs this many more replicas; nobody who ever held it may be drawn again.
	fn request(key: ShardKey, missing: u8);

	/// The most that [`Self::close`] or [`Self::request`] costs.
	fn close_weight() -> Weight;
}

impl<AccountId> Shards<AccountId> for () {
	fn close(_: ShardKey, _: Closing<AccountId>) {}
	fn request(_: ShardKey, _: u8) {}
	fn close_weight() -> Weight {
		Weight::zero()
	}
}
