//! Stores that this machine's owner configured, with the owner's credentials.

use crate::{
	cloud,
	error::{FetchError, Why},
	folder,
	location::{Location, Place, SAMPLE},
	pour::{pour, Sink},
	web::{provide, Web},
	Limits, LocationError,
};
use ergon_primitives::{BlobHasher, BlobId};
use futures::{Stream, StreamExt};
use object_store::buffered::BufWriter;
use std::{path::PathBuf, sync::Arc};
use tokio::{
	io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
	sync::OnceCell,
	time::timeout,
};

/// Larger objects go to a cloud in parts of this size.
const PART: usize = 8 << 20;

/// A place with blobs under their names. Cheap to clone.
///
/// Credentials come from where the tools of each cloud look for them: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_REGION`, `AWS_ENDPOINT`; `GOOGLE_APPLICATION_CREDENTIALS`; `AZURE_STORAGE_ACCOUNT_NAME`,
/// `AZURE_STORAGE_ACCOUNT_KEY`; and so on, last the machine's own.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
	location: Location,
	limits: Limits,
	/// Of a `file://` store: the folder that nothing leads out of.
	root: Option<PathBuf>,
	web: OnceCell<Web>,
}

impl Store {
	/// Reads a store's location; connects to nothing yet. A URL without `{cid}` is a folder: `/{cid}` is added.
	pub fn parse(url: &str, limits: Limits) -> Result<Self, LocationError> {
		let location = Location::parse_folder(url)?;
		let root = match location.place(&SAMPLE)? {
			Place::File(path) => Some(root_of(path)?),
			Place::Web(_) => None,
			Place::S3(bucket) | Place::Gs(bucket) => fixed(&bucket.name, bucket.key.as_ref())?,
			Place::Az(container) => fixed(&container.name, container.key.as_ref())?,
		};
		Ok(Self(Arc::new(Inner { location, limits, root, web: OnceCell::new() })))
	}

	/// Where it is, without secrets.
	pub fn location(&self) -> &Location {
		&self.0.location
	}

	/// Fetches a blob of at most `max` bytes into the sink and gives its size. If it fails, what the sink got is to be
	/// thrown away.
	pub async fn fetch(&self, id: &BlobId, max: u64, sink: Sink<'_>) -> Result<u64, FetchError> {
		self.within(async {
			match self.0.location.place(id)? {
				Place::Web(url) => self.pour(self.web().await?.get(url).await?, id, max, sink).await,
				Place::File(file) => {
					let root = self.0.root.as_ref().ok_or(LocationError::Path)?;
					self.pour(folder::read(root, &file).await?, id, max, sink).await
				},
				place => self.pour(cloud::read(&self.object(place)?).await?, id, max, sink).await,
			}
		})
		.await
	}

	/// Writes a blob of this size there, under its name. What the source gives is hashed on the way: other bytes than the
	/// name says end in [`Why::WrongBytes`] and are not kept, as far as the place lets us.
	pub async fn put(
		&self,
		id: &BlobId,
		size: u64,
		source: impl AsyncRead + Send + Sync + Unpin + 'static,
	) -> Result<(), FetchError> {
		self.within(async {
			match self.0.location.place(id)? {
				Place::Web(url) => {
					let body = reqwest::Body::wrap_stream(checked(source, *id));
					self.web().await?.put(url, size, body).await
				},
				Place::File(file) => {
					let root = self.0.root.as_ref().ok_or(LocationError::Path)?;
					folder::write(root, &file, id, source).await
				},
				place => {
					let (store, key) = self.object(place)?;
					let mut out = BufWriter::with_capacity(store, key, PART);
					match copy(checked(source, *id), &mut out).await {
						Ok(()) => out.shutdown().await.map_err(cloud_io),
						Err(why) => {
							// Parts that stay are the store's to tidy up; the error says more than this one would.
							drop(out.abort().await);
							Err(why)
						},
					}
				},
			}
		})
		.await
	}

	fn object(&self, place: Place) -> Result<cloud::Object, Why> {
		provide();
		match place {
			Place::S3(bucket) => cloud::own_s3(bucket, self.0.limits),
			Place::Gs(bucket) => cloud::own_gs(bucket, self.0.limits),
			Place::Az(container) => cloud::own_az(container, self.0.limits),
			Place::Web(_) | Place::File(_) => Err(LocationError::Scheme.into()),
		}
	}

	async fn web(&self) -> Result<&Web, Why> {
		self.0.web.get_or_try_init(|| async { Web::open(self.0.limits) }).await
	}

	async fn pour(
		&self,
		body: impl Stream<Item = Result<bytes::Bytes, Why>> + Unpin,
		id: &BlobId,
		max: u64,
		sink: Sink<'_>,
	) -> Result<u64, Why> {
		pour(body, id, max, &self.0.limits, sink).await
	}

	async fn within<T>(
		&self,
		work: impl std::future::Future<Output = Result<T, Why>>,
	) -> Result<T, FetchError> {
		let within = self.0.limits.total;
		let done = timeout(within, work).await.unwrap_or(Err(Why::Deadline(within)));
		done.map_err(|why| why.at(&self.0.location))
	}
}

/// The folder of a template's path: what comes before the part with the name in it.
fn root_of(path: PathBuf) -> Result<PathBuf, LocationError> {
	let sample = SAMPLE.to_string();
	let named = |part: &std::path::Component<'_>| part.as_os_str().to_string_lossy().contains(&sample);
	if path.components().filter(named).count() == 0 {
		return Err(LocationError::Path);
	}
	Ok(path.components().take_while(|part| !named(part)).collect())
}

/// The name of a bucket cannot depend on the blob.
fn fixed(name: &str, key: &str) -> Result<Option<PathBuf>, LocationError> {
	let sample = SAMPLE.to_string();
	match name.contains(&sample) || !key.contains(&sample) {
		true => Err(LocationError::Path),
		false => Ok(None),
	}
}

/// A reader's bytes, with an error in the place of the last ones if they are not this blob: whoever sends them on stops
/// before the end, and the other side has no whole object.
fn checked(
	reader: impl AsyncRead + Send + Sync + Unpin,
	id: BlobId,
) -> impl Stream<Item = Result<bytes::Bytes, Why>> + Unpin + Send + Sync {
	struct State<R> {
		reader: R,
		hasher: BlobHasher,
		size: u64,
		/// Read, but not given on before what follows is known.
		held: Option<bytes::Bytes>,
		done: bool,
	}
	let state = State { reader, hasher: BlobHasher::new(), size: 0, held: None, done: false };
	Box::pin(futures::stream::try_unfold(state, move |mut state| async move {
		while !state.done {
			let mut piece = bytes::BytesMut::with_capacity(folder::PIECE);
			let got = state.reader.read_buf(&mut piece).await.map_err(Why::Here)?;
			if got == 0 {
				state.done = true;
				let found = state.hasher.clone().finish();
				if found != id {
					return Err(Why::WrongBytes { found, size: state.size });
				}
				break;
			}
			state.size += got as u64;
			state.hasher.update(&piece);
			if let Some(before) = state.held.replace(piece.freeze()) {
				return Ok(Some((before, state)));
			}
		}
		Ok(state.held.take().map(|last| (last, state)))
	}))
}

async fn copy(
	mut from: impl Stream<Item = Result<bytes::Bytes, Why>> + Unpin,
	to: &mut BufWriter,
) -> Result<(), Why> {
	while let Some(piece) = from.next().await {
		to.write_all(&piece?).await.map_err(cloud_io)?;
	}
	Ok(())
}

/// The library's writer wraps its errors.
fn cloud_io(error: std::io::Error) -> Why {
	match error.downcast::<object_store::Error>() {
		Ok(error) => cloud::failed(error),
		Err(error) => Why::of(&error),
	}
}
