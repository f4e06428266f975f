//! From the node.

use super::{
	http::{Failure, Gateway, Tries, STALL},
	BlobError, Blobs, Progress, Stage, Step, Verifier,
};
use ergon_primitives::{BlobId, MAX_BLOB};
use reqwest::{
	header::{CONTENT_RANGE, RANGE},
	Response, StatusCode,
};
use std::{io::Write, path::Path, time::Duration};

/// The longest that a node is let search.
const LONGEST_SEARCH: Duration = Duration::from_secs(600);
/// How often the node is asked how far its own search is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How a blob is fetched.
#[derive(Clone)]
pub struct Get {
	/// The most bytes that are wanted; a larger blob is an error, found out before its bytes come where the node says
	/// how long it is.
	pub limit: u64,
	/// How long the node may search for it among others; at most ten minutes. The transfer itself may take longer, as
	/// long as bytes come.
	pub patience: Duration,
	/// Is told how far it is.
	pub progress: Option<Progress>,
}

impl Default for Get {
	/// Any blob that the market moves, a minute's search, nobody is told.
	fn default() -> Self {
		Self { limit: MAX_BLOB, patience: Duration::from_secs(60), progress: None }
	}
}

/// Where the node had a blob from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
	/// It had it.
	Here,
	/// It got it from another.
	Network,
	/// It did not say.
	Unsaid,
}

impl Found {
	/// One word.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Here => "here",
			Self::Network => "network",
			Self::Unsaid => "unsaid",
		}
	}
}

/// A blob that was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Got {
	/// Its bytes.
	pub size: u64,
	/// Where the node had it from.
	pub found: Found,
}

impl Blobs {
	/// Fetches a blob and writes it as it comes, checked only when the last byte was written: on an error, what was
	/// written is to be thrown away. A transfer that breaks goes on where it broke.
	pub async fn get(&self, id: BlobId, out: &mut (dyn Write + Send), get: &Get) -> Result<Got, BlobError> {
		let way = self.way().await?;
		let mut verifier = Verifier::new(out, get.limit);
		let (url, found) = match &way.gateway {
			Ok(gateway) => match self.download(gateway, id, &mut verifier, get).await {
				Err(error @ BlobError::Gateway { .. }) => {
					self.get_small(id, &mut verifier, get, error).await?
				},
				done => (gateway.shown(), done?),
			},
			Err(why) => {
				let needs = BlobError::NeedsHttp { limit: way.max_rpc, why: why.clone() };
				self.get_small(id, &mut verifier, get, needs).await?
			},
		};
		let size = verifier.done();
		match verifier.is(id) {
			true => Ok(Got { size, found }),
			false => Err(BlobError::WrongBytes { url, id }),
		}
	}

	/// Fetches a blob into a file that appears whole and checked or not at all.
	pub async fn get_to(&self, id: BlobId, path: &Path, get: &Get) -> Result<Got, BlobError> {
		let failed = |source| BlobError::File { action: "writing", path: path.to_owned(), source };
		let folder = match path.parent() {
			Some(folder) if !folder.as_os_str().is_empty() => folder,
			_ => Path::new("."),
		};
		let mut builder = tempfile::Builder::new();
		builder.prefix(".ergon-").suffix(".part");
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			builder.permissions(std::fs::Permissions::from_mode(0o666));
		}
		// Goes away by itself wherever this ends before its end.
		let mut part = builder.tempfile_in(folder).map_err(failed)?;
		let got = self.get(id, part.as_file_mut(), get).await?;
		part.as_file().sync_all().map_err(failed)?;
		part.persist(path).map_err(|e| failed(e.error))?;
		Ok(got)
	}

	/// Over JSON-RPC; for a blob that is too large for that, the given error.
	async fn get_small(
		&self,
		id: BlobId,
		verifier: &mut Verifier<'_>,
		get: &Get,
		otherwise: BlobError,
	) -> Result<(String, Found), BlobError> {
		match self.get_over_rpc(id, verifier, get.patience).await? {
			true => Ok((self.url.clone(), Found::Unsaid)),
			false => Err(otherwise),
		}
	}

	/// Over HTTP, going on where it broke off as long as that has a chance.
	async fn download(
		&self,
		gateway: &Gateway,
		id: BlobId,
		verifier: &mut Verifier<'_>,
		get: &Get,
	) -> Result<Found, BlobError> {
		let mut tries = Tries::default();
		loop {
			let failure = match self.download_once(gateway, id, verifier, get).await {
				Ok(found) => return Ok(found),
				Err(failure) => failure,
			};
			tries.wait(failure, verifier.done()).await?;
		}
	}

	async fn download_once(
		&self,
		gateway: &Gateway,
		id: BlobId,
		verifier: &mut Verifier<'_>,
		get: &Get,
	) -> Result<Found, Failure> {
		let what = "fetching a blob";
		let patience = get.patience.min(LONGEST_SEARCH);
		let mut url = gateway.base.url.clone();
		url.set_path(&format!("{}ipfs/{id}", url.path()));
		url.query_pairs_mut().append_pair("timeout", &patience.as_secs().max(1).to_string());
		let have = verifier.done();
		let mut request = gateway.http.get(url);
		if have > 0 {
			request = request.header(RANGE, format!("bytes={have}-"));
		}
		let answer = tokio::time::timeout(patience + STALL, request.send());
		let mut response = match self.while_searching(id, get, answer).await {
			Ok(Ok(response)) => response,
			Ok(Err(error)) => return Err(gateway.broken(what, &error)),
			Err(_) => return Err(gateway.silent(what, "no answer in time".to_owned())),
		};
		let total = match response.status() {
			StatusCode::OK => {
				verifier.restart();
				response.content_length()
			},
			StatusCode::PARTIAL_CONTENT if have > 0 && starts_at(&response, have) => {
				verifier.resume();
				response.content_length().map(|rest| rest.saturating_add(have))
			},
			// All of it was here already, or it is shorter than what came: its hash will tell.
			StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => return Ok(found(&response)),
			_ => return Err(gateway.refusal(what, id, response).await),
		};
		if let Some(total) = total {
			verifier.expect(total)?;
		}
		let found = found(&response);
		loop {
			let chunk = match tokio::time::timeout(STALL, response.chunk()).await {
				Ok(Ok(chunk)) => chunk,
				Ok(Err(error)) => return Err(gateway.broken(what, &error)),
				Err(_) => return Err(gateway.silent(what, format!("no byte for {} s", STALL.as_secs()))),
			};
			let Some(chunk) = chunk else { return Ok(found) };
			verifier.take(&chunk)?;
			if let Some(progress) = &get.progress {
				progress(Step { stage: Stage::Receiving, done: verifier.done(), total });
			}
		}
	}

	/// Waits for the node's answer; whoever wants to know is told meanwhile how far the node is with its own search.
	async fn while_searching<T>(
		&self,
		id: BlobId,
		get: &Get,
		answer: impl std::future::Future<Output = T>,
	) -> T {
		let look = async {
			let Some(progress) = &get.progress else { return std::future::pending().await };
			loop {
				tokio::time::sleep(LOOK_EVERY).await;
				// A node that does not say is waited for all the same.
				if let Ok(status) = self.status(id).await {
					if !status.here {
						progress(Step { stage: Stage::Searching, done: status.have, total: status.total });
					}
				}
			}
		};
		tokio::select! {
			biased;
			answer = answer => answer,
			never = look => never,
		}
	}
}

/// Where the node says that it had a blob from.
fn found(response: &Response) -> Found {
	match response.headers().get("x-ergon-found").map(|value| value.as_bytes()) {
		Some(b"here") => Found::Here,
		Some(b"network") => Found::Network,
		_ => Found::Unsaid,
	}
}

/// Whether a part begins where it was asked to.
fn starts_at(response: &Response, at: u64) -> bool {
	let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
	range.and_then(|range| range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()) == Some(at)
}
