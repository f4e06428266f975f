//! Why a call or a request of another pallet is refused, before FRAME has a word in it.

/// Why a commit or a reveal is refused. The number is the code of `InvalidTransaction::Custom` with which
/// [`CheckDuty`](crate::CheckDuty) keeps such a call out of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
	/// The signer is not the worker key of any provider.
	NotAProvider = 100,
	/// The batch is empty.
	Empty = 101,
	/// The batch names a shard twice.
	Duplicate = 102,
	/// The shard is not open: it was closed, or there never was one.
	NotOpen = 103,
	/// The provider was not drawn for the shard.
	NotAssigned = 104,
	/// The shard does not take commitments now.
	NotCommitting = 105,
	/// The window has passed.
	TooLate = 106,
	/// The provider has committed for this shard already.
	AlreadyCommitted = 107,
	/// The shard does not take reveals now.
	NotRevealing = 108,
	/// The provider never committed for this shard.
	NotCommitted = 109,
	/// The provider has revealed for this shard already.
	AlreadyRevealed = 110,
	/// The claim's fuel is above the shard's limit.
	TooMuchFuel = 111,
	/// Claim and salt are not what the provider committed to.
	CommitmentMismatch = 112,
}

impl Refusal {
	/// The code of `InvalidTransaction::Custom`: 100 to 112, in the order of the variants.
	pub const fn code(self) -> u8 {
		self as u8
	}
}

/// Why a request of the pallet that assigns shards is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
	/// The quorum is zero, above `max_replicas`, or `max_replicas` above the market's most; or, to work alone, the quorum is
	/// below 2 or not below `max_replicas`.
	BadTerms,
	/// The shard does not wait for replicas.
	NotWaiting,
	/// No replica, or more than the shard waits for.
	WrongCount,
	/// A provider is named twice, or was drawn for this shard before.
	DrawnTwice,
	/// The offer has no leave to work alone.
	NotTrusted,
	/// The shard does not wait for a decision.
	NotDeciding,
}
