//! Types and pure arithmetic of the compute market: no FRAME, no I/O, `no_std`.
//!
//! Everything that the chain, the node, the worker, the client and dApps must agree on to the bit stands here once:
//! identifiers ([`ids`]), names of bytes ([`blob`]), orders ([`job`]) and where their blobs can be had ([`hint`]), machines ([`provider`]), answers
//! ([`attestation`]), money ([`money`]), stakes ([`stake`]), and what a reader is shown ([`views`]).
//! All types on the wire have explicit codec indices; a change of any is a new transaction version.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod attestation;
pub mod blob;
pub mod hint;
pub mod ids;
pub mod job;
pub mod money;
pub mod provider;
#[cfg(feature = "std")]
pub mod samples;
pub mod stake;
pub mod views;

#[cfg(feature = "serde")]
pub mod text;

pub use attestation::{
	commitment, known_answer, Claim, Conduct, Phase, Replica, ReplicaState, Reveal, ShardAttestation, Verdict,
};
pub use blob::{BlobHasher, BlobId, BlobLimits, CidError, Codec, MAX_BLOB, MAX_PROGRAM};
pub use hint::{Hint, Hints};
pub use ids::{JobId, ShardIndex, ShardKey, TaskIndex};
pub use job::{Input, JobSpec, Limits, Policy, Requirements, SpecError};
pub use money::{Balance, Fuel, Ppm, Price};
pub use provider::{Operator, ProviderInfo, ProviderStatus, Region};
pub use stake::{Stake, Trust};

/// A block's height.
pub type BlockNumber = u32;
/// Milliseconds since the Unix epoch.
pub type Moment = u64;
/// The number of the execution profile (see the book, "Execution").
pub type Profile = u16;
/// The only profile so far.
pub const PROFILE_1: Profile = 1;
