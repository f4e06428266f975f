//! To the node.

use super::{
	http::{Failure, Gateway, Tries, STALL},
	sign, BlobError, Blobs, NoGateway, Progress, Stage, Step, Way,
};
use crate::Keypair;
use bytes::Bytes;
use ergon_primitives::{BlobHasher, BlobId, JobId};
use futures::{stream, Stream};
use reqwest::{
	header::{AUTHORIZATION, CONTENT_LENGTH},
	Body, StatusCode,
};
use std::{
	fs::File,
	io::{self, Read},
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
	time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Bytes that are read from a file, or handed over, at a time.
const PIECE: usize = 256 << 10;
/// The longest that a node may take to answer when it has all bytes.
const ANSWER: Duration = Duration::from_secs(120);

/// How a blob is stored.
#[derive(Clone, Default)]
pub struct Put {
	/// The job that it is an output of: the node keeps it as long as the chain has that job. Without one it is kept for a
	/// while, or as long as a job on chain names it. Nodes take this from their own machine, the job's owner and
	/// providers; a node that does not take it over JSON-RPC keeps the blob for a while.
	pub job: Option<JobId>,
	/// Is told how far it is.
	pub progress: Option<Progress>,
}

/// HTTP's code for an upload that has to be signed.
const UNAUTHORIZED: u16 = 401;

/// What is stored.
#[derive(Clone)]
enum Source {
	Memory(Bytes),
	File(PathBuf),
}

impl Blobs {
	/// Stores bytes, and gives their name.
	pub async fn put(&self, bytes: Bytes, put: &Put) -> Result<BlobId, BlobError> {
		let id = BlobId::of(&bytes);
		self.put_source(id, bytes.len() as u64, Source::Memory(bytes), put).await?;
		Ok(id)
	}

	/// Stores a file, and gives its name and length.
	pub async fn put_file(&self, path: &Path, put: &Put) -> Result<(BlobId, u64), BlobError> {
		let (id, len) = name_file(path).await?;
		self.put_source(id, len, Source::File(path.to_owned()), put).await?;
		Ok((id, len))
	}

	async fn put_source(&self, id: BlobId, len: u64, source: Source, put: &Put) -> Result<(), BlobError> {
		let way = self.way().await?;
		let gateway = match &way.gateway {
			Ok(gateway) => gateway,
			Err(why) => {
				let needs = BlobError::NeedsHttp { limit: way.max_rpc, why: why.clone() };
				return self.put_small(way, id, len, &source, put, needs).await;
			},
		};
		if !gateway.base.local && self.key.is_none() {
			let needs = BlobError::NeedsKey { gateway: gateway.shown(), limit: way.max_rpc };
			return self.put_small(way, id, len, &source, put, needs).await;
		}
		match self.upload(gateway, id, len, &source, put).await {
			Err(BlobError::Gateway { reason, .. }) => {
				let why = NoGateway::Silent(format!("{} does not answer: {reason}", gateway.shown()));
				let needs = BlobError::NeedsHttp { limit: way.max_rpc, why };
				self.put_small(way, id, len, &source, put, needs).await
			},
			done => done,
		}
	}

	/// Over JSON-RPC; for what is too large for that, the given error.
	async fn put_small(
		&self,
		way: &Way,
		id: BlobId,
		len: u64,
		source: &Source,
		put: &Put,
		otherwise: BlobError,
	) -> Result<(), BlobError> {
		if len > way.max_rpc {
			return Err(otherwise);
		}
		let bytes = match source {
			Source::Memory(bytes) => bytes.clone(),
			Source::File(path) => read_small(path, way.max_rpc)?.into(),
		};
		let got = self.put_over_rpc(&bytes, put.job).await?;
		same(id, got, &self.url)
	}

	/// Over HTTP, from the start again as long as that has a chance.
	async fn upload(
		&self,
		gateway: &Gateway,
		id: BlobId,
		len: u64,
		source: &Source,
		put: &Put,
	) -> Result<(), BlobError> {
		let mut tries = Tries::default();
		let key = self.key.as_ref();
		let mut signer = key.filter(|_| !gateway.base.local);
		loop {
			let failure = match self.upload_once(gateway, id, len, source, put, signer).await {
				Ok(got) => return same(id, got, &gateway.shown()),
				Err(failure) => failure,
			};
			// A node behind a proxy on its own machine trusts nobody there either.
			let unsigned = matches!(failure.error, BlobError::Refused { status: UNAUTHORIZED, .. });
			if unsigned && signer.is_none() && key.is_some() {
				signer = key;
				continue;
			}
			// However far it came, it starts anew.
			tries.wait(failure, 0).await?;
		}
	}

	async fn upload_once(
		&self,
		gateway: &Gateway,
		id: BlobId,
		len: u64,
		source: &Source,
		put: &Put,
		signer: Option<&Keypair>,
	) -> Result<String, Failure> {
		let what = "storing a blob";
		let mut url = gateway.base.url.clone();
		url.set_path(&format!("{}blobs", url.path()));
		url.query_pairs_mut().append_pair("cid", &id.to_string());
		if let Some(job) = put.job {
			url.query_pairs_mut().append_pair("job", &job.0.to_string());
		}
		let moved = Arc::new(AtomicU64::new(0));
		let pieces = source.pieces(len, moved.clone(), put.progress.clone())?;
		let mut request = gateway.http.put(url).header(CONTENT_LENGTH, len).body(Body::wrap_stream(pieces));
		if let Some(key) = signer {
			let mut nonce = [0; 16];
			getrandom::fill(&mut nonce).map_err(BlobError::Randomness)?;
			let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
			let expires = now.saturating_add(sign::LIFETIME);
			let signed = sign::authorization(key, &self.genesis, &id, put.job, expires, nonce);
			request = request.header(AUTHORIZATION, signed);
		}
		let mut response = tokio::select! {
			biased;
			answer = request.send() => answer.map_err(|error| gateway.broken(what, &error))?,
			() = stalled(&moved, len) => {
				return Err(gateway.silent(what, "it takes no bytes, or does not answer".to_owned()))
			},
		};
		if !matches!(response.status(), StatusCode::OK | StatusCode::CREATED) {
			return Err(gateway.refusal(what, id, response).await);
		}
		let mut body = Vec::new();
		while let Ok(Ok(Some(chunk))) = tokio::time::timeout(STALL, response.chunk()).await {
			body.extend_from_slice(&chunk);
			if body.len() > 4096 {
				break;
			}
		}
		let stored: Option<Stored> = serde_json::from_slice(&body).ok();
		Ok(stored.map_or_else(|| "something that cannot be read".to_owned(), |stored| stored.cid))
	}
}

/// What a node says of what it has stored.
#[derive(serde::Deserialize)]
struct Stored {
	cid: String,
}

/// Compares the node's name with ours.
fn same(expected: BlobId, got: String, url: &str) -> Result<(), BlobError> {
	match got == expected.to_string() {
		true => Ok(()),
		false => {
			let got = got.chars().take(128).collect();
			Err(BlobError::WrongName { url: url.to_owned(), expected, got })
		},
	}
}

/// Ends when no byte was taken for too long, or no answer came for too long after the last.
async fn stalled(moved: &AtomicU64, len: u64) {
	let mut last = 0;
	loop {
		let limit = if last >= len { ANSWER } else { STALL };
		tokio::time::sleep(limit).await;
		let now = moved.load(Ordering::Relaxed);
		if now == last {
			return;
		}
		last = now;
	}
}

impl Source {
	/// The bytes in pieces, told of as they are taken.
	fn pieces(
		&self,
		len: u64,
		moved: Arc<AtomicU64>,
		progress: Option<Progress>,
	) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static, BlobError> {
		let reader = match self {
			Self::Memory(bytes) => Pieces::Memory(bytes.clone()),
			Self::File(path) => Pieces::File(File::open(path).map_err(reading(path))?),
		};
		Ok(stream::try_unfold(reader, move |reader| {
			let (moved, progress) = (moved.clone(), progress.clone());
			async move {
				let next = reader.next().await?;
				if let Some((piece, _)) = &next {
					let done = moved.fetch_add(piece.len() as u64, Ordering::Relaxed) + piece.len() as u64;
					if let Some(progress) = progress {
						progress(Step { stage: Stage::Sending, done, total: Some(len) });
					}
				}
				Ok(next)
			}
		}))
	}
}

/// What is left to be sent.
enum Pieces {
	Memory(Bytes),
	File(File),
}

impl Pieces {
	async fn next(self) -> io::Result<Option<(Bytes, Self)>> {
		match self {
			Self::Memory(bytes) if bytes.is_empty() => Ok(None),
			Self::Memory(mut bytes) => {
				let piece = bytes.split_to(bytes.len().min(PIECE));
				Ok(Some((piece, Self::Memory(bytes))))
			},
			Self::File(mut file) => {
				let read = move || {
					let mut piece = vec![0; PIECE];
					let read = file.read(&mut piece)?;
					piece.truncate(read);
					io::Result::Ok((!piece.is_empty()).then(|| (Bytes::from(piece), Self::File(file))))
				};
				tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
			},
		}
	}
}

/// Name and length of a file.
async fn name_file(path: &Path) -> Result<(BlobId, u64), BlobError> {
	let path = path.to_owned();
	let named = tokio::task::spawn_blocking(move || {
		let mut file = File::open(&path).map_err(reading(&path))?;
		let mut hasher = BlobHasher::new();
		let mut len = 0u64;
		let mut piece = vec![0; PIECE];
		loop {
			let read = file.read(&mut piece).map_err(reading(&path))?;
			if read == 0 {
				return Ok((hasher.finish(), len));
			}
			hasher.update(&piece[..read]);
			len = len.saturating_add(read as u64);
		}
	});
	named.await.unwrap_or_else(|e| {
		Err(BlobError::File { action: "reading", path: PathBuf::new(), source: io::Error::other(e) })
	})
}

/// A file that was small when it was named.
fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, BlobError> {
	let mut bytes = Vec::new();
	let file = File::open(path).map_err(reading(path))?;
	file.take(limit).read_to_end(&mut bytes).map_err(reading(path))?;
	Ok(bytes)
}

fn reading(path: &Path) -> impl FnOnce(io::Error) -> BlobError {
	let path = path.to_owned();
	move |source| BlobError::File { action: "reading", path, source }
}
