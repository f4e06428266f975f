//! The node's HTTP: the connection, its refusals, and when to try again.

use super::{
	error::Missing,
	error::Partial,
	route::{Base, NoGateway},
	BlobError, Holder,
};
use ergon_primitives::BlobId;
use reqwest::{header::RETRY_AFTER, redirect, Response, StatusCode};
use std::{error::Error as _, sync::Once, time::Duration};

/// The most time for reaching the node.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence while bytes should move.
pub(super) const STALL: Duration = Duration::from_secs(60);
/// The most bytes of an error's words.
const MAX_REFUSAL: usize = 64 << 10;
/// How often a transfer is tried without a byte more than the time before.
const TRIES: u32 = 4;
/// How often it is tried at most, however well it goes on each time.
const ALL_TRIES: u32 = 64;
/// The longest that a busy node is waited for at a time.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A way to a node's HTTP.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
	pub base: Base,
	pub http: reqwest::Client,
}

impl Gateway {
	pub fn new(base: Base) -> Result<Self, NoGateway> {
		static PROVIDER: Once = Once::new();
		// Whoever has installed another before is right, too.
		PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
		let builder = reqwest::Client::builder()
			.connect_timeout(CONNECT)
			.redirect(redirect::Policy::none())
			.no_proxy()
			.user_agent(concat!("ergon/", env!("CARGO_PKG_VERSION")));
		// The system's certificates, where there are any, are of no use without TLS.
		let builder =
			if base.url.scheme() == "http" { builder.tls_certs_only(std::iter::empty()) } else { builder };
		let http = builder.build().map_err(|e| NoGateway::Silent(reason(&e)))?;
		Ok(Self { base, http })
	}

	/// The address without what may be secret in it.
	pub fn shown(&self) -> String {
		let url = &self.base.url;
		let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
		format!(
			"{}://{}{port}{}",
			url.scheme(),
			url.host_str().unwrap_or_default(),
			url.path().trim_end_matches('/')
		)
	}

	/// A connection's error.
	pub fn broken(&self, what: &str, error: &reqwest::Error) -> Failure {
		let Failure { error: broken, again } = self.silent(what, reason(error));
		// A node that is there takes connections at once; one that comes back is found by who connects to it again.
		Failure { error: broken, again: again.filter(|_| !error.is_connect()) }
	}

	/// No answer, or no bytes, in time.
	pub fn silent(&self, what: &str, reason: String) -> Failure {
		let error = BlobError::Gateway { what: what.to_owned(), url: self.shown(), reason };
		Failure { error, again: Some(None) }
	}

	/// What the node says in place of what it was asked for.
	pub async fn refusal(&self, what: &str, id: BlobId, mut response: Response) -> Failure {
		let status = response.status();
		let wait = retry_after(&response);
		let mut body = Vec::new();
		while let Ok(Ok(Some(chunk))) = tokio::time::timeout(STALL, response.chunk()).await {
			let room = MAX_REFUSAL - body.len();
			body.extend_from_slice(&chunk[..chunk.len().min(room)]);
			if body.len() == MAX_REFUSAL {
				break;
			}
		}
		let said: Option<Refusal> = serde_json::from_slice(&body).ok();
		let missing = |said: &Refusal, deadline| {
			let asked = said.asked.clone();
			BlobError::Missing(Box::new(Missing { id, url: self.shown(), asked, deadline }))
		};
		let error = match (status, &said) {
			(StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED, Some(said)) => missing(said, None),
			(StatusCode::GATEWAY_TIMEOUT, Some(said)) => {
				missing(said, Some(Partial { have: said.have, total: said.total }))
			},
			(StatusCode::PAYLOAD_TOO_LARGE, Some(Refusal { limit: Some(limit), .. })) => {
				BlobError::TooLarge { len: None, limit: *limit }
			},
			_ => BlobError::Refused {
				what: what.to_owned(),
				url: self.shown(),
				status: status.as_u16(),
				reason: said.map_or_else(
					|| "what answers there does not seem to be an Ergon node".to_owned(),
					|said| said.message.unwrap_or(said.error),
				),
			},
		};
		let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
		Failure { error, again: busy.then_some(wait) }
	}
}

/// What did not work, and whether it is worth another try: at once or after what the node says.
pub(super) struct Failure {
	pub error: BlobError,
	pub again: Option<Option<Duration>>,
}

impl From<BlobError> for Failure {
	fn from(error: BlobError) -> Self {
		Self { error, again: None }
	}
}

/// An error as the node words it.
#[derive(serde::Deserialize)]
struct Refusal {
	error: String,
	message: Option<String>,
	limit: Option<u64>,
	#[serde(default)]
	asked: Vec<Holder>,
	#[serde(default)]
	have: u64,
	total: Option<u64>,
}

/// Counts tries.
#[derive(Default)]
pub(super) struct Tries {
	all: u32,
	fruitless: u32,
	best: u64,
}

impl Tries {
	/// Waits for the next try after this failure, `done` bytes having come; gives the error back if there is to be none.
	pub async fn wait(&mut self, failure: Failure, done: u64) -> Result<(), BlobError> {
		let Failure { error, again: Some(wait) } = failure else { return Err(failure.error) };
		self.all += 1;
		if done > self.best {
			self.best = done;
			self.fruitless = 0;
		}
		self.fruitless += 1;
		if self.fruitless >= TRIES || self.all >= ALL_TRIES {
			return Err(error);
		}
		let usual = Duration::from_millis(250) * 2u32.pow(self.fruitless);
		tokio::time::sleep(wait.unwrap_or(usual).min(LONGEST_WAIT)).await;
		Ok(())
	}
}

/// How long the node asks to be left alone; only the form in seconds.
fn retry_after(response: &Response) -> Option<Duration> {
	let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
	Some(Duration::from_secs(seconds))
}

/// The innermost cause, which says more than "error sending request".
fn reason(error: &reqwest::Error) -> String {
	let mut cause = error.source();
	let mut text = error.to_string();
	// Bounded: a chain of causes is as deep as the libraries nest their errors.
	for _ in 0..16 {
		let Some(error) = cause else { break };
		text = error.to_string();
		cause = error.source();
	}
	text
}
