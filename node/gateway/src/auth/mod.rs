//! Signed uploads.
//!
//! ```text
//! Authorization: Ergon account=SS58,expires=UNIX,nonce=HEX,signature=HEX
//! ```
//!
//! with a nonce of 16 random bytes and an sr25519 signature of 64 bytes, both in lower-case hexadecimal, over the 32 bytes of
//!
//! ```text
//! SHA-256( "ergon/blobs/put/1" ‖ genesis hash ‖ SCALE(BlobId) ‖ SCALE(Option<JobId>) ‖ expires (u64, little-endian) ‖ nonce )
//! ```
//!
//! or over `<Bytes>` ‖ these 32 bytes ‖ `</Bytes>`, which is what wallets in browsers sign. The signature holds for one blob,
//! one job, one chain, one upload, and until `expires`, at most [`MAX_AHEAD`] seconds from now: the nonces seen are
//! remembered for that long.

mod header;
mod nonces;
#[cfg(test)]
mod tests;

pub use header::Signed;
pub(crate) use nonces::Nonces;

use codec::Encode;
use ergon_primitives::{BlobId, JobId};
use sha2::{Digest, Sha256};
use sp_core::{sr25519, Pair};

/// How far ahead `expires` may lie, in seconds.
pub const MAX_AHEAD: u64 = 600;

const DOMAIN: &[u8] = b"ergon/blobs/put/1";

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
	/// The header has another form.
	#[error(
		"the Authorization header is not `Ergon account=SS58,expires=UNIX,nonce=HEX,signature=HEX`: {0}"
	)]
	Malformed(&'static str),
	/// Its time is over.
	#[error("the signature expired; sign again (is the clock right?)")]
	Expired,
	/// Its time ends too far ahead.
	#[error("the signature may be valid for {MAX_AHEAD} s at most; sign again with an earlier `expires` (is the clock right?)")]
	TooFarAhead,
	/// The account did not sign this blob, job, chain, nonce and time.
	#[error("the signature is not this account's for this blob, job and chain")]
	Wrong,
	/// The nonce was used before.
	#[error("the nonce was used before; sign again with another")]
	Replayed,
	/// Too many nonces are remembered, of this account or of all.
	#[error("too many signed uploads at once; wait until signatures expire, and let them expire sooner")]
	TooMany,
}

impl AuthError {
	/// The word for programs.
	pub(crate) fn word(self) -> &'static str {
		match self {
			Self::Malformed(_) => "malformed",
			Self::Expired => "expired",
			Self::TooFarAhead => "tooFarAhead",
			Self::Wrong => "wrong",
			Self::Replayed => "replayed",
			Self::TooMany => "tooMany",
		}
	}
}

/// What an upload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
	/// The genesis hash of the chain.
	pub genesis: [u8; 32],
	/// The blob.
	pub blob: BlobId,
	/// The job that it is kept for.
	pub job: Option<JobId>,
}

/// What is signed.
pub fn message(upload: &Upload, expires: u64, nonce: &[u8; 16]) -> [u8; 32] {
	let mut bytes = DOMAIN.to_vec();
	bytes.extend_from_slice(&upload.genesis);
	upload.blob.encode_to(&mut bytes);
	upload.job.encode_to(&mut bytes);
	bytes.extend_from_slice(&expires.to_le_bytes());
	bytes.extend_from_slice(nonce);
	Sha256::digest(&bytes).into()
}

/// Whether the account has signed that upload and its time has not passed at `now` (seconds since the Unix epoch). Whether the
/// nonce is new is for [`Nonces`] to say.
pub fn verify(signed: &Signed, upload: &Upload, now: u64) -> Result<(), AuthError> {
	if signed.expires <= now {
		return Err(AuthError::Expired);
	}
	if signed.expires > now.saturating_add(MAX_AHEAD) {
		return Err(AuthError::TooFarAhead);
	}
	let message = message(upload, signed.expires, &signed.nonce);
	let signature = sr25519::Signature::from_raw(signed.signature);
	let public = sr25519::Public::from_raw(signed.account.clone().into());
	let wrapped = [&b"<Bytes>"[..], &message, b"</Bytes>"].concat();
	match [&message[..], &wrapped].iter().any(|said| sr25519::Pair::verify(&signature, said, &public)) {
		true => Ok(()),
		false => Err(AuthError::Wrong),
	}
}
