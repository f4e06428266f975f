use alloc::vec::Vec;
use ergon_primitives::{Balance, Claim, Price, ShardKey, Verdict};

/// One who is paid for a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee<AccountId> {
	/// The provider (its stash).
	pub provider: AccountId,
	/// Its ask.
	pub ask: Price,
	/// Whether it was drawn because of somebody's fault, who pays for it.
	pub replacement: bool,
}

/// How a shard's attestation ended, as far as its job must know: locks and reputations are already dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing<AccountId> {
	/// The verdict.
	pub verdict: Verdict,
	/// The replicas that are with the quorum: those that computed are paid their asks, those of the verdict `Unavailable`
	/// the least pay. Of the former, there are never more replacements than faults.
	pub payees: Vec<Payee<AccountId>>,
}

/// The orders that shards belong to. Behind it: `pallet-jobs`. Told by: attestation.
pub trait Shards<AccountId> {
	/// A verdict was reached: pay, refund, record.
	fn close(key: ShardKey, closing: Closing<AccountId>);

	/// The shard needs this many more replicas; nobody who ever held it may be drawn again.
	fn request(key: ShardKey, missing: u8);

	/// The shard's replica that works alone has committed: randomness that it could not know is to say whether it is audited.
	fn decide(key: ShardKey);

	/// A replica of the shard was slashed by so much, which lies where slashes go: it pays for replacements.
	fn fined(key: ShardKey, amount: Balance);

	/// What the client says that the shard's claim must be, if it has exposed it.
	fn known(key: ShardKey) -> Option<Claim>;
}

impl<AccountId> Shards<AccountId> for () {
	fn close(_: ShardKey, _: Closing<AccountId>) {}
	fn request(_: ShardKey, _: u8) {}
	fn decide(_: ShardKey) {}
	fn fined(_: ShardKey, _: Balance) {}
	fn known(_: ShardKey) -> Option<Claim> {
		None
	}
}
