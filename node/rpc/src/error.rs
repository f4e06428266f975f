use base64::DecodeError;
use ergon_blobs::BlobError;
use ergon_primitives::{CidError, SpecError};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{json, Value};
use sp_api::ApiError;
use tracing::{debug, warn};

/// All that can go wrong in `compute_*`. Each variant has a code of its own, a message for people and data for programs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A text does not name a blob. Data: `{"reason"}`.
	#[error("not the CID of a blob: {0}")]
	Cid(#[from] CidError),
	/// A blob is too large for JSON-RPC, or for this node. Data: `{"limit"}` in bytes.
	#[error("the blob has more than {limit} bytes, the most that this node takes and gives over JSON-RPC; use several blobs")]
	TooLarge {
		/// The most bytes.
		limit: u64,
	},
	/// A text is not base64. Data: `{"reason", "at"}`, the place being `null` where the end is at fault.
	#[error("the blob is not base64 (standard alphabet, with padding): {0}")]
	Base64(#[from] DecodeError),
	/// The job would not be accepted. Data: `{"error", "advice"}`.
	#[error("the job would be refused: {0}")]
	Spec(#[from] SpecError),
	/// The blob store failed. Data: `{"reason"}`. Nobody but the node's operator is told the paths.
	#[error("{}", store_advice(.0))]
	Store(#[source] BlobError),
	/// The runtime gave no answer. Data: `{"reason"}`.
	#[error("the runtime gave no answer: {}", runtime_text(.0))]
	Runtime(#[from] ApiError),
}

impl From<BlobError> for Error {
	fn from(error: BlobError) -> Self {
		match error {
			BlobError::TooLarge { limit } => Self::TooLarge { limit },
			other => Self::Store(other),
		}
	}
}

impl Error {
	/// The JSON-RPC error code.
	pub fn code(&self) -> i32 {
		match self {
			Self::Cid(_) => 8001,
			Self::TooLarge { .. } => 8002,
			Self::Base64(_) => 8003,
			Self::Spec(_) => 8004,
			Self::Store(_) => 8005,
			Self::Runtime(_) => 8006,
		}
	}

	/// What a program needs to know; no text in it is meant for people but `advice`.
	fn data(&self) -> Value {
		match self {
			Self::Cid(error) => json!({ "reason": cid_reason(error) }),
			Self::TooLarge { limit } => json!({ "limit": limit }),
			Self::Base64(error) => {
				let (reason, at) = match error {
					DecodeError::InvalidByte(at, _) => ("character", Some(at)),
					DecodeError::InvalidLastSymbol(at, _) => ("lastCharacter", Some(at)),
					DecodeError::InvalidLength(_) => ("length", None),
					DecodeError::InvalidPadding => ("padding", None),
				};
				json!({ "reason": reason, "at": at })
			},
			Self::Spec(error) => json!({ "error": error, "advice": error.advice() }),
			Self::Store(error) => json!({ "reason": store_reason(error) }),
			Self::Runtime(error) => json!({ "reason": runtime_reason(error) }),
		}
	}
}

fn cid_reason(error: &CidError) -> &'static str {
	match error {
		CidError::Length { .. } => "length",
		CidError::Multibase { .. } => "multibase",
		CidError::NotBase32 { .. } => "base32",
		CidError::Version { .. } => "version",
		CidError::Codec { .. } => "codec",
		CidError::Hash { .. } => "hash",
		CidError::DigestLength { .. } => "digestLength",
		CidError::Padding => "padding",
	}
}

fn store_reason(error: &BlobError) -> &'static str {
	match error.is_full() {
		true => "full",
		false => "io",
	}
}

fn store_advice(error: &BlobError) -> &'static str {
	match error.is_full() {
		true => "the node's blob store is full; use another node, or ask its operator for room",
		false => "the node's blob store failed; the node's log says why",
	}
}

fn runtime_reason(error: &ApiError) -> &'static str {
	match error {
		ApiError::UnknownBlock(_) | ApiError::StateBackendIsNotTrie => "state",
		ApiError::FailedToDecodeReturnValue { .. }
		| ApiError::FailedToConvertReturnValue { .. }
		| ApiError::FailedToConvertParameter { .. } => "version",
		_ => "call",
	}
}

/// The error without the bytes that could not be decoded: they may be megabytes.
fn runtime_text(error: &ApiError) -> String {
	match error {
		ApiError::FailedToDecodeReturnValue { function, error, .. } => {
			format!("{function} answered in a form that this node does not know ({error}); is the node older than the runtime?")
		},
		other => other.to_string(),
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		match &error {
			Error::Store(cause) => warn!(%cause, "the blob store failed"),
			Error::Runtime(cause) => debug!(cause = runtime_text(cause), "a question to the runtime failed"),
			_ => {},
		}
		Self::owned(error.code(), error.to_string(), Some(error.data()))
	}
}
