use base64::DecodeError;
use ergon_blobs::BlobError;
use ergon_exchange::{FetchError, Holder};
use ergon_primitives::{CidError, JobId, SpecError};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{json, Value};
use sp_api::ApiError;
use std::{net::SocketAddr, sync::Arc};
use tracing::{debug, warn};

/// All that can go wrong in `compute_*`. Each variant has a code of its own, a message for people and data for programs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// 8001: a text does not name a blob. Data: `{"reason"}`.
	#[error("not the CID of a blob: {0}")]
	Cid(#[from] CidError),
	/// 8002: a blob is too large for JSON-RPC, or for this node. Data: `{"limit", "http"}`: in bytes, and where it fits.
	#[error("the blob has more than {limit} bytes, the most that this node takes and gives {}", elsewhere(http.as_ref()))]
	TooLarge {
		/// The most bytes.
		limit: u64,
		/// Where the node takes and gives larger ones.
		http: Option<SocketAddr>,
	},
	/// 8003: a text is not base64. Data: `{"reason", "at"}`, the place being `null` where the end is at fault.
	#[error("the blob is not base64 (standard alphabet, with padding): {0}")]
	Base64(#[from] DecodeError),
	/// 8004: the job would not be accepted. Data: `{"error", "advice"}`.
	#[error("the job would be refused: {0}")]
	Spec(#[from] SpecError),
	/// 8005: the blob store failed. Data: `{"reason"}`. Nobody but the node's operator is told the paths.
	#[error("{}", store_advice(.0))]
	Store(#[source] Arc<BlobError>),
	/// 8006: the runtime gave no answer. Data: `{"reason"}`.
	#[error("the runtime gave no answer: {}", runtime_text(.0))]
	Runtime(#[from] ApiError),
	/// 8007: too many calls of this kind at once.
	#[error("the node has too many such calls at once; try again later")]
	Busy,
	/// 8008: not all of a blob came in time. Data: `{"have", "total", "asked"}`.
	#[error("not all of the blob came in time; ask again and it goes on from there")]
	Deadline {
		/// Bytes that are here.
		have: u64,
		/// Bytes that it has, if that is known.
		total: Option<u64>,
		/// Who was asked.
		asked: Vec<Holder>,
	},
	/// 8009: the chain has no such job. Data: `{"job"}`.
	#[error("the chain has no job {}, or not yet", job.0)]
	NoJob {
		/// Its number.
		job: JobId,
	},
	/// 8010: what a name leads to is no blob. Data: `{"reason"}`.
	#[error("the name is not that of a blob: {0}")]
	BadDag(String),
	/// 8011: the node is ending.
	#[error("the node is shutting down")]
	Closed,
	/// 8012: a blob is kept for a job only for callers on this machine.
	#[error("only over a connection of the node's own machine can a blob be kept for a job; elsewhere use a signed PUT /blobs")]
	NotLocal,
}

impl From<BlobError> for Error {
	fn from(error: BlobError) -> Self {
		Arc::new(error).into()
	}
}

impl From<Arc<BlobError>> for Error {
	fn from(error: Arc<BlobError>) -> Self {
		match &*error {
			BlobError::TooLarge { limit } => Self::TooLarge { limit: *limit, http: None },
			BlobError::BadDag { why, .. } => Self::BadDag(why.to_string()),
			_ => Self::Store(error),
		}
	}
}

impl From<FetchError> for Error {
	fn from(error: FetchError) -> Self {
		match error {
			FetchError::NotFound { asked } => Self::Deadline { have: 0, total: None, asked },
			FetchError::Deadline { have, total, asked } => Self::Deadline { have, total, asked },
			FetchError::TooLarge { limit } => Self::TooLarge { limit, http: None },
			FetchError::BadDag(why) => Self::BadDag(why),
			FetchError::Store(error) => error.into(),
			_ => Self::Closed,
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
			Self::Busy => 8007,
			Self::Deadline { .. } => 8008,
			Self::NoJob { .. } => 8009,
			Self::BadDag(_) => 8010,
			Self::Closed => 8011,
			Self::NotLocal => 8012,
		}
	}

	/// What a program needs to know; no text in it is meant for people but `advice`.
	fn data(&self) -> Value {
		match self {
			Self::Cid(error) => json!({ "reason": cid_reason(error) }),
			Self::TooLarge { limit, http } => json!({ "limit": limit, "http": http }),
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
			Self::Deadline { have, total, asked } => {
				let asked: Vec<_> = asked.iter().cloned().map(crate::Holder::from).collect();
				json!({ "have": have, "total": total, "asked": asked })
			},
			Self::NoJob { job } => json!({ "job": job }),
			Self::BadDag(why) => json!({ "reason": why }),
			Self::Busy | Self::Closed | Self::NotLocal => Value::Null,
		}
	}
}

/// What helps with a blob that is too large.
fn elsewhere(http: Option<&SocketAddr>) -> String {
	match http {
		Some(http) => format!(
			"over JSON-RPC; larger ones go over HTTP: PUT http://{http}/blobs, GET http://{http}/ipfs/CID"
		),
		None => "here; use several blobs".into(),
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
	match error {
		_ if error.is_full() => "full",
		BlobError::Corrupt { .. } => "corrupt",
		_ => "io",
	}
}

fn store_advice(error: &BlobError) -> &'static str {
	match error {
		_ if error.is_full() => {
			"the node's blob store is full; use another node, or ask its operator for room"
		},
		BlobError::Corrupt { .. } => {
			"the blob was damaged on the node's disk and is gone there; ask again, and it is fetched"
		},
		_ => "the node's blob store failed; the node's log says why",
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
		let data = Some(error.data()).filter(|data| !data.is_null());
		Self::owned(error.code(), error.to_string(), data)
	}
}
