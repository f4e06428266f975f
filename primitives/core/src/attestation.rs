//! Answers: what a provider says of a shard, how it says it without being copied, and what comes of it.

use crate::{job::MAX_REPLICAS, Balance, BlobId, BlockNumber, Fuel, Price, ShardIndex, ShardKey};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};

/// Separates commitments from every other use of SHA-256.
pub const COMMIT_DOMAIN: &[u8] = b"ergon/commit/1";

/// What a replica says of its shard. Two honest replicas say the same, to the bit.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Claim {
	/// The tasks were run.
	#[codec(index = 0)]
	Computed {
		/// The Merkle root over the shard's outcomes.
		#[cfg_attr(feature = "serde", serde(with = "crate::text::hash"))]
		root: [u8; 32],
		/// All the fuel that they used.
		fuel: Fuel,
		/// The blob that is the SCALE encoding of `Vec<Outcome>`: the leaves of the root.
		outcomes: BlobId,
	},
	/// The program or an input could not be had.
	#[codec(index = 1)]
	Unavailable,
}

/// What is committed before anything is revealed:
/// `SHA-256(domain ‖ genesis ‖ job ‖ shard ‖ provider ‖ claim ‖ salt)`, each in its SCALE encoding.
///
/// Provider and genesis are inside, so that a commitment copied from another, or from a fork, opens to nothing.
pub fn commitment<AccountId: Encode>(
	genesis: &[u8; 32],
	key: &ShardKey,
	provider: &AccountId,
	claim: &Claim,
	salt: &[u8; 32],
) -> [u8; 32] {
	let mut hash = Sha256::new();
	hash.update(COMMIT_DOMAIN);
	(genesis, key, provider, claim, salt).using_encoded(|bytes| hash.update(bytes));
	hash.finalize().into()
}

/// Separates known answers from every other use of SHA-256.
pub const KNOWN_DOMAIN: &[u8] = b"ergon/known/1";

/// What a client puts into its order for a shard whose claim it knows already:
/// `SHA-256(domain ‖ genesis ‖ owner ‖ program ‖ shard ‖ claim ‖ salt)`, each in its SCALE encoding.
///
/// It hides which shard it is about until the client exposes it.
pub fn known_answer<AccountId: Encode>(
	genesis: &[u8; 32],
	owner: &AccountId,
	program: &BlobId,
	shard: ShardIndex,
	claim: &Claim,
	salt: &[u8; 32],
) -> [u8; 32] {
	let mut hash = Sha256::new();
	hash.update(KNOWN_DOMAIN);
	(genesis, owner, program, shard, claim, salt).using_encoded(|bytes| hash.update(bytes));
	hash.finalize().into()
}

/// Opens a commitment.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reveal {
	/// The shard.
	pub key: ShardKey,
	/// What the replica says of it.
	pub claim: Claim,
	/// What made the commitment unguessable.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::hash"))]
	pub salt: [u8; 32],
}

/// Where one replica of a shard stands.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ReplicaState {
	/// Drawn, working. To `Committed` by its worker, to `Absent` by the deadline.
	#[codec(index = 0)]
	Assigned,
	/// Has committed. To `Revealed` by its worker, to `Silent` by the deadline.
	#[codec(index = 1)]
	Committed(#[cfg_attr(feature = "serde", serde(with = "crate::text::hash"))] [u8; 32]),
	/// Has revealed. Stays until the verdict.
	#[codec(index = 2)]
	Revealed(Claim),
	/// Never committed; already paid for it and holds nothing. Stays, so that it is not drawn again.
	#[codec(index = 3)]
	Absent,
	/// Committed, never revealed; already paid for it and holds nothing.
	#[codec(index = 4)]
	Silent,
}

impl ReplicaState {
	/// Whether slot and lock are still engaged.
	pub fn is_engaged(&self) -> bool {
		!matches!(self, Self::Absent | Self::Silent)
	}
}

/// One provider's execution of one shard. Amounts are compact: seven of these have to fit into a shard's kibibyte of state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replica<AccountId> {
	/// The provider (its stash).
	pub provider: AccountId,
	/// Its ask when it was drawn: later changes do not touch open work.
	#[codec(compact)]
	pub ask: Price,
	/// What it has locked for this shard.
	#[codec(compact)]
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub lock: Balance,
	/// Where it stands.
	pub state: ReplicaState,
}

// By hand, since a compact price does not say it by itself.
impl<AccountId: MaxEncodedLen> MaxEncodedLen for Replica<AccountId> {
	fn max_encoded_len() -> usize {
		let amount = Compact::<u128>::max_encoded_len();
		AccountId::max_encoded_len() + 2 * amount + ReplicaState::max_encoded_len()
	}
}

/// What the attestation of a shard waits for.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Phase {
	/// More replicas are to be drawn. To `Committing` by a draw; ended by the job's deadline.
	#[codec(index = 0)]
	Waiting {
		/// How many.
		missing: u8,
	},
	/// To `Revealing` when all have committed or the block `until` has passed with enough; to `Waiting` or a verdict
	/// with too few.
	#[codec(index = 1)]
	Committing {
		/// The last block in which a commitment counts.
		until: BlockNumber,
	},
	/// To a verdict or to `Waiting` when all have revealed or the block `until` has passed.
	#[codec(index = 2)]
	Revealing {
		/// The last block in which a reveal counts.
		until: BlockNumber,
	},
	/// The replica that may work alone has committed, and a later block's randomness decides whether it is audited. To
	/// `Revealing` if not, to `Waiting` for the rest of the quorum if so; ended by the job's deadline.
	#[codec(index = 3)]
	Deciding,
}

/// What attestation must know of a shard's job.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Terms {
	/// How many equal claims settle the shard.
	pub quorum: u8,
	/// The most replicas in all.
	pub max_replicas: u8,
	/// Blocks from a draw to the commitment.
	pub commit_window: BlockNumber,
	/// Blocks from the last commitment to the reveal.
	pub reveal_window: BlockNumber,
	/// No claim may have used more fuel than this.
	pub fuel_limit: Fuel,
	/// The most that one replica of the shard can cost ([`Economics::replica_value`](crate::money::Economics::replica_value)):
	/// whoever makes another one necessary pays at least this.
	#[cfg_attr(feature = "serde", serde(with = "crate::text::balance"))]
	pub value: Balance,
}

/// The whole attestation state of an open shard: one storage item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ShardAttestation<AccountId> {
	/// Fixed when the shard was opened.
	pub terms: Terms,
	/// What it waits for.
	pub phase: Phase,
	/// Above zero while the first replica works alone: one time in so many it is audited. 0 for a shard that is
	/// replicated, from the start or from the audit on.
	pub trust: u16,
	/// All that were ever drawn for it, in the order of drawing; never the same provider twice.
	pub replicas: BoundedVec<Replica<AccountId>, ConstU32<MAX_REPLICAS>>,
}

/// How a shard's attestation ended.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Verdict {
	/// A quorum of equal results, or that of one provider with leave to work alone: paid.
	#[codec(index = 0)]
	Agreed {
		/// The Merkle root over the shard's outcomes.
		#[cfg_attr(feature = "serde", serde(with = "crate::text::hash"))]
		root: [u8; 32],
		/// All the fuel that they used.
		fuel: Fuel,
		/// The blob that is the SCALE encoding of `Vec<Outcome>`.
		outcomes: BlobId,
	},
	/// A quorum could not fetch the program or an input: those that say so are paid the least, the rest is refunded.
	#[codec(index = 1)]
	Unavailable,
	/// `max_replicas` were not enough for a quorum: refunded, whoever revealed keeps its lock.
	#[codec(index = 2)]
	NoQuorum,
	/// The job's deadline came first: refunded. No provider fitted, or too few.
	#[codec(index = 3)]
	Expired,
	/// The client cancelled before anyone was drawn: refunded.
	#[codec(index = 4)]
	Cancelled,
}

impl Verdict {
	/// What a client reads.
	pub fn reason(&self) -> &'static str {
		match self {
			Self::Agreed { .. } => "settled: a quorum of equal results, or one provider with leave to work alone",
			Self::Unavailable => {
				"refunded but for the least pay: a quorum of providers could not fetch the program or an input"
			},
			Self::NoQuorum => "refunded: the allowed replicas did not agree",
			Self::Expired => {
				"refunded: no provider, or too few, fitted price, memory, speed, region and free bond before the deadline"
			},
			Self::Cancelled => "refunded: cancelled by the client",
		}
	}
}

/// How a replica behaved: decides what becomes of its lock and of its reputation.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Conduct {
	/// With the quorum: paid.
	#[codec(index = 0)]
	Agreed,
	/// No quorum, expired, or abandoned: neither paid nor at fault.
	#[codec(index = 1)]
	Released,
	/// Never committed; or worked alone, was trusted, and never revealed, while the client had exposed nothing: it gained
	/// nothing by that.
	#[codec(index = 2)]
	Absent,
	/// Committed, never revealed.
	#[codec(index = 3)]
	Silent,
	/// Revealed something else than the quorum.
	#[codec(index = 4)]
	Dissented,
	/// Revealed `Unavailable` where the quorum computed.
	#[codec(index = 5)]
	FalselyUnavailable,
	/// Worked alone and was not audited: paid, and proves nothing.
	#[codec(index = 6)]
	Alone,
}

impl Conduct {
	/// Whether it is held against the provider.
	pub fn is_fault(&self) -> bool {
		match self {
			Self::Agreed | Self::Released | Self::Alone => false,
			Self::Absent | Self::Silent | Self::Dissented | Self::FalselyUnavailable => true,
		}
	}
}
