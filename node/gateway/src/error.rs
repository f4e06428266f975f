use crate::{auth::AuthError, origin::Suspicion};
use axum::{
	body::Body,
	http::{
		header::{
			ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
		},
		HeaderMap, HeaderName, HeaderValue, StatusCode,
	},
	response::{IntoResponse, Response},
};
use ergon_blobs::BlobError;
use ergon_exchange::{FetchError, Holder};
use ergon_primitives::{BlobId, CidError, JobId};
use serde_json::{json, Value};
use std::sync::Arc;

/// All that a request can be answered with instead of what it asked for. Each has a status, a word for programs and a
/// message for people: `{"error": WORD, "message": TEXT, …}`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
	/// 400: a text does not name a blob. Data: `reason`.
	#[error("not the CID of a blob: {0}")]
	Cid(#[from] CidError),
	/// 400: a parameter of the query is malformed. Data: `parameter`.
	#[error("the parameter `{0}` is malformed")]
	Query(&'static str),
	/// 400: the `Range` header is malformed.
	#[error("the Range header is not `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-LENGTH`")]
	RangeSyntax,
	/// 400: a body ended before its announced end.
	#[error("the body ended before its end: {0}")]
	Incomplete(String),
	/// 401: an upload from elsewhere without a signature, or without the CID that it must be for.
	#[error("uploads from elsewhere need ?cid= and a signature: `Authorization: Ergon account=…,expires=…,nonce=…,signature=…`")]
	Unsigned,
	/// 401 (429 for too many): the signature is not accepted. Data: `reason`.
	#[error("{0}")]
	Auth(#[from] AuthError),
	/// 403: the account has no standing in the market.
	#[error("the account is no provider, has no job, and holds no more than a job's deposit")]
	Stranger,
	/// 403: a request from this machine that is not taken for a local program's. Data: `reason`.
	#[error("{0}")]
	Suspicious(#[from] Suspicion),
	/// 403: the node takes no uploads.
	#[error("this node takes no uploads over HTTP (--blobs-uploads)")]
	UploadsOff,
	/// 403: blobs can be kept for that job by its owner and by providers only. Data: `job`.
	#[error("the job is not this account's, and it is no provider")]
	NotYourJob(JobId),
	/// 404: the chain has no such job. Data: `job`.
	#[error("the chain has no job {}, or not yet; is the node behind?", .0.0)]
	NoJob(JobId),
	/// 404: there is nothing at this path.
	#[error("nothing is here: blobs are at /ipfs/CID, uploads go to PUT /blobs")]
	Path,
	/// 404: nobody has the blob. Data: `asked`, `[{"peer", "has"}]`.
	#[error("nobody who was asked has this blob")]
	NotFound(Vec<Holder>),
	/// 405: the path has other methods. Data: `allow`.
	#[error("this path answers {0} only")]
	Method(&'static str),
	/// 406: the blob cannot be had in that form.
	#[error("blobs come as files, and with ?format=raw or Accept: application/vnd.ipld.raw as blocks; there are no other forms")]
	Format,
	/// 408: the body came too slowly.
	#[error("the body came too slowly")]
	Slow,
	/// 412: the blob is not here, and it was not to be fetched.
	#[error("the blob is not here")]
	NotCached,
	/// 413: a blob is too large. Data: `limit` in bytes.
	#[error("a blob may have {0} bytes at most; split it")]
	TooLarge(u64),
	/// 416: the range lies behind the blob's end. Data: `size` in bytes.
	#[error("the range lies behind the end: the blob has {0} bytes")]
	RangeBounds(u64),
	/// 422: the body is another blob. Data: `expected`, `found`.
	#[error("the body is not the blob {expected}: its name is {found}")]
	Mismatch {
		/// The announced name.
		expected: BlobId,
		/// The name of the bytes.
		found: BlobId,
	},
	/// 502: what the name leads to is no blob.
	#[error("the name is not that of a blob: {0}")]
	BadDag(String),
	/// 503: too many at once.
	#[error("the node has too much to do; try again later")]
	Busy,
	/// 503: the chain could not be asked.
	#[error("the chain could not be asked; the node's log says why")]
	Chain(String),
	/// 503: the node is ending.
	#[error("the node is shutting down")]
	Closing,
	/// 504: not all of it came in time. Data: `have`, `total` in bytes, `asked`. What came is kept, and asking again goes on.
	#[error("not all of the blob came in time; ask again and it goes on from there")]
	Deadline {
		/// Bytes that are here.
		have: u64,
		/// Bytes that it has, if that is known.
		total: Option<u64>,
		/// Who was asked.
		asked: Vec<Holder>,
	},
	/// 507: the store or its disk is full. Data: `reason`.
	#[error("the node has no room for this blob; use another node, or ask its operator for room")]
	Full(Arc<BlobError>),
	/// 500: the store failed. Nobody but the node's operator is told the paths.
	#[error("the node's blob store failed; the node's log says why")]
	Store(Arc<BlobError>),
}

impl From<BlobError> for Error {
	fn from(error: BlobError) -> Self {
		Arc::new(error).into()
	}
}

impl From<Arc<BlobError>> for Error {
	fn from(error: Arc<BlobError>) -> Self {
		match &*error {
			BlobError::TooLarge { limit } => Self::TooLarge(*limit),
			BlobError::Mismatch { expected, found } => Self::Mismatch { expected: *expected, found: *found },
			BlobError::BadDag { why, .. } => Self::BadDag(why.to_string()),
			BlobError::Chain(why) => Self::Chain(why.clone()),
			other if other.is_full() => Self::Full(error),
			_ => Self::Store(error),
		}
	}
}

impl From<FetchError> for Error {
	fn from(error: FetchError) -> Self {
		match error {
			FetchError::NotFound { asked } => Self::NotFound(asked),
			FetchError::Deadline { have, total, asked } => Self::Deadline { have, total, asked },
			FetchError::TooLarge { limit } => Self::TooLarge(limit),
			FetchError::BadDag(why) => Self::BadDag(why),
			FetchError::Store(error) => error.into(),
			_ => Self::Closing,
		}
	}
}

impl Error {
	/// Its status.
	pub fn status(&self) -> StatusCode {
		match self {
			Self::Cid(_) | Self::Query(_) | Self::RangeSyntax | Self::Incomplete(_) => {
				StatusCode::BAD_REQUEST
			},
			Self::Auth(AuthError::TooMany) => StatusCode::TOO_MANY_REQUESTS,
			Self::Unsigned | Self::Auth(_) => StatusCode::UNAUTHORIZED,
			Self::Stranger | Self::Suspicious(_) | Self::UploadsOff | Self::NotYourJob(_) => {
				StatusCode::FORBIDDEN
			},
			Self::NoJob(_) | Self::Path | Self::NotFound(_) => StatusCode::NOT_FOUND,
			Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
			Self::Format => StatusCode::NOT_ACCEPTABLE,
			Self::Slow => StatusCode::REQUEST_TIMEOUT,
			Self::NotCached => StatusCode::PRECONDITION_FAILED,
			Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
			Self::RangeBounds(_) => StatusCode::RANGE_NOT_SATISFIABLE,
			Self::Mismatch { .. } => StatusCode::UNPROCESSABLE_ENTITY,
			Self::BadDag(_) => StatusCode::BAD_GATEWAY,
			Self::Busy | Self::Chain(_) | Self::Closing => StatusCode::SERVICE_UNAVAILABLE,
			Self::Deadline { .. } => StatusCode::GATEWAY_TIMEOUT,
			Self::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
			Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
		}
	}

	/// The word for programs.
	pub fn word(&self) -> &'static str {
		match self {
			Self::Cid(_) => "cid",
			Self::Query(_) => "query",
			Self::RangeSyntax | Self::RangeBounds(_) => "range",
			Self::Incomplete(_) => "incomplete",
			Self::Unsigned => "unsigned",
			Self::Auth(_) => "signature",
			Self::Stranger => "stranger",
			Self::Suspicious(_) => "origin",
			Self::UploadsOff => "uploadsOff",
			Self::NotYourJob(_) => "notYourJob",
			Self::NoJob(_) => "noJob",
			Self::Path => "path",
			Self::NotFound(_) => "notFound",
			Self::Method(_) => "method",
			Self::Format => "format",
			Self::Slow => "slow",
			Self::NotCached => "notCached",
			Self::TooLarge(_) => "tooLarge",
			Self::Mismatch { .. } => "mismatch",
			Self::BadDag(_) => "badDag",
			Self::Busy => "busy",
			Self::Chain(_) => "chain",
			Self::Closing => "closing",
			Self::Deadline { .. } => "deadline",
			Self::Full(_) => "full",
			Self::Store(_) => "store",
		}
	}

	/// What the log says beyond the message: what is not for strangers.
	pub(crate) fn cause(&self) -> Option<String> {
		match self {
			Self::Chain(why) => Some(why.clone()),
			Self::Full(error) | Self::Store(error) => Some(error.to_string()),
			_ => None,
		}
	}

	fn body(&self) -> Value {
		let mut body = json!({ "error": self.word(), "message": self.to_string() });
		match self {
			Self::Cid(error) => body["reason"] = json!(cid_reason(error)),
			Self::Query(parameter) => body["parameter"] = json!(parameter),
			Self::Auth(error) => body["reason"] = json!(error.word()),
			Self::Suspicious(suspicion) => {
				body["reason"] = json!(match suspicion {
					Suspicion::Page => "page",
					Suspicion::Host => "host",
					Suspicion::Proxy => "proxy",
				});
			},
			Self::NotYourJob(job) | Self::NoJob(job) => body["job"] = json!(job.0),
			Self::NotFound(asked) => body["asked"] = holders(asked),
			Self::Method(allow) => body["allow"] = json!(allow),
			Self::TooLarge(limit) => body["limit"] = json!(limit),
			Self::RangeBounds(size) => body["size"] = json!(size),
			Self::Mismatch { expected, found } => {
				body["expected"] = json!(expected.to_string());
				body["found"] = json!(found.to_string());
			},
			Self::Deadline { have, total, asked } => {
				body["have"] = json!(have);
				body["total"] = json!(total);
				body["asked"] = holders(asked);
			},
			Self::Full(error) => {
				let disk = matches!(**error, BlobError::DiskFull { .. });
				body["reason"] = json!(if disk { "disk" } else { "quota" });
			},
			_ => {},
		}
		body
	}

	fn headers(&self) -> HeaderMap {
		let mut headers = HeaderMap::new();
		headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
		headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
		let extra: Option<(HeaderName, String)> = match self {
			Self::Unsigned | Self::Auth(_) => Some((WWW_AUTHENTICATE, "Ergon".into())),
			Self::Method(allow) => Some((ALLOW, (*allow).into())),
			Self::RangeBounds(size) => Some((CONTENT_RANGE, format!("bytes */{size}"))),
			Self::Busy | Self::Chain(_) => Some((RETRY_AFTER, "5".into())),
			// RFC 9110: who is too slow is told that the connection ends.
			Self::Slow => Some((CONNECTION, "close".into())),
			_ => None,
		};
		if let Some((name, value)) = extra.and_then(|(name, value)| Some((name, value.try_into().ok()?))) {
			headers.insert(name, value);
		}
		headers
	}
}

/// Who was asked, as JSON.
pub(crate) fn holders(asked: &[Holder]) -> Value {
	asked.iter().map(|holder| json!({ "peer": holder.peer, "has": holder.has })).collect()
}

impl IntoResponse for Error {
	fn into_response(self) -> Response {
		let mut response = Response::new(Body::from(self.body().to_string()));
		*response.status_mut() = self.status();
		*response.headers_mut() = self.headers();
		response
	}
}

/// The word for what is wrong with a CID.
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
