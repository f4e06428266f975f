use ergon_primitives::{Claim, ShardKey};

/// Says which claim on a shard is right where replicas could not: not by a vote, but by computing. Asked by: attestation, when
/// no more replicas are allowed and there is no quorum.
pub trait Referee {
	/// The right one among the claims that were revealed, if it can tell. With `None` the shard ends without a quorum.
	fn judge(key: ShardKey, claims: &[Claim]) -> Option<Claim>;
}

/// Nobody can tell.
impl Referee for () {
	fn judge(_: ShardKey, _: &[Claim]) -> Option<Claim> {
		None
	}
}
