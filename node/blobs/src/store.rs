use crate::{
	layout::{self, sync_folder, Layout},
	usage::Usage,
	BlobError, BlobWriter, MAX_BLOB,
};
use ergon_primitives::{BlobHasher, BlobId};
use std::{
	fs::{self, File},
	io::{self, Read},
	path::Path,
	sync::{Mutex, MutexGuard, PoisonError},
};
use tracing::warn;

/// The bounds of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
	/// The most bytes of one blob; at most [`MAX_BLOB`].
	pub max_blob: u64,
	/// The most bytes of all blobs together.
	pub max_total: u64,
}

impl Default for Options {
	/// Blobs of at most [`MAX_BLOB`], 64 GiB together.
	fn default() -> Self {
		Self { max_blob: MAX_BLOB, max_total: 64 << 30 }
	}
}

/// A store of blobs in a folder. See the crate's own page for what it promises.
#[derive(Debug)]
pub struct BlobStore {
	pub(crate) layout: Layout,
	pub(crate) usage: Usage,
	pub(crate) options: Options,
	/// Held while a name is given to a file or taken from it.
	changing: Mutex<()>,
}

impl BlobStore {
	/// Opens the store in the folder `path`, making it where it is missing, with the default bounds.
	pub fn open(path: impl AsRef<Path>) -> Result<Self, BlobError> {
		Self::open_with(path, Options::default())
	}

	/// Opens the store in the folder `path`, making it where it is missing.
	///
	/// A store that already holds more than `max_total` opens and takes nothing more in.
	pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, BlobError> {
		let options = Options { max_blob: options.max_blob.min(MAX_BLOB), ..options };
		let layout = Layout::prepare(path.as_ref())?;
		let usage = Usage::new(layout.total()?, options.max_total);
		Ok(Self { layout, usage, options, changing: Mutex::new(()) })
	}

	/// The store's bounds.
	pub fn options(&self) -> &Options {
		&self.options
	}

	/// Bytes in the store, those on their way in included.
	pub fn used(&self) -> u64 {
		self.usage.used()
	}

	/// Starts a blob that comes in pieces.
	pub fn writer(&self) -> Result<BlobWriter<'_>, BlobError> {
		BlobWriter::new(self)
	}

	/// Stores bytes and names them.
	pub fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
		self.check_size(bytes)?;
		let id = BlobId::of(bytes);
		self.put_named(id, bytes)?;
		Ok(id)
	}

	/// Stores bytes if their name is the one expected.
	pub fn put_as(&self, expected: BlobId, bytes: &[u8]) -> Result<(), BlobError> {
		self.check_size(bytes)?;
		let found = BlobId::of(bytes);
		if found != expected {
			return Err(BlobError::Mismatch { expected, found });
		}
		self.put_named(found, bytes)
	}

	/// The bytes of a blob; `None` if it is not here, or was and is no longer what its name says.
	pub fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>, BlobError> {
		let mut bytes = Vec::new();
		Ok(self.read(id, |piece| bytes.extend_from_slice(piece))?.then_some(bytes))
	}

	/// Whether there is a blob of that name. Its bytes are not looked at: [`Self::get`] is what verifies them.
	pub fn has(&self, id: &BlobId) -> Result<bool, BlobError> {
		Ok(self.size(id)?.is_some())
	}

	/// How many bytes a blob has; `None` if it is not here.
	pub fn size(&self, id: &BlobId) -> Result<Option<u64>, BlobError> {
		layout::size(&self.layout.file(id))
	}

	pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
		// It guards what is on disk, which a panic leaves as a crash would: whole.
		self.changing.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn check_size(&self, bytes: &[u8]) -> Result<(), BlobError> {
		let limit = self.options.max_blob;
		if bytes.len() as u64 > limit {
			return Err(BlobError::TooLarge { limit });
		}
		Ok(())
	}

	/// Stores bytes whose name is known to be `id`. What is there whole already is neither written nor counted again.
	fn put_named(&self, id: BlobId, bytes: &[u8]) -> Result<(), BlobError> {
		if self.size(&id)? == Some(bytes.len() as u64) && self.read(&id, |_| ())? {
			// Another put may have named it a moment ago: its folder must be on disk before this one says so too.
			return sync_folder(&self.layout.folder(&id));
		}
		self.writer()?.write(bytes)?.finish_as(id)
	}

	/// Passes a blob's bytes on in pieces and says whether they are what its name says; what is not is dropped.
	fn read(&self, id: &BlobId, mut piece: impl FnMut(&[u8])) -> Result<bool, BlobError> {
		let found = verify(&self.layout.file(id), id, &mut piece)?;
		if let Verified::Corrupt(_) = found {
			self.drop_corrupt(id)?;
		}
		Ok(matches!(found, Verified::Whole))
	}

	/// Removes a blob that is not what its name says. It is read once more first, under the lock, for a put may have
	/// healed it meanwhile.
	fn drop_corrupt(&self, id: &BlobId) -> Result<(), BlobError> {
		let path = self.layout.file(id);
		let _changing = self.changing();
		if let Verified::Corrupt(size) = verify(&path, id, &mut |_| ())? {
			warn!(blob = %id, file = %path.display(), "the file's bytes are not those of the blob; it is removed");
			fs::remove_file(&path).map_err(BlobError::io("remove the corrupt file", &path))?;
			self.usage.release(size);
			sync_folder(&self.layout.folder(id))?;
		}
		Ok(())
	}
}

/// What was found under a name.
enum Verified {
	Whole,
	Missing,
	/// Other bytes, that many.
	Corrupt(u64),
}

/// Reads a file in pieces and compares the name of its bytes.
fn verify(path: &Path, id: &BlobId, piece: &mut impl FnMut(&[u8])) -> Result<Verified, BlobError> {
	let failed = || BlobError::io("read", path);
	let file = match File::open(path) {
		Ok(file) => file,
		Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Verified::Missing),
		Err(e) => return Err(failed()(e)),
	};
	let size = file.metadata().map_err(failed())?.len();
	if size > MAX_BLOB {
		return Ok(Verified::Corrupt(size));
	}
	let mut hasher = BlobHasher::new();
	// A file that grows while it is read ends here and is found to be another.
	let mut file = file.take(MAX_BLOB + 1);
	let mut buffer = vec![0; 128 << 10];
	loop {
		match file.read(&mut buffer) {
			Ok(0) => break,
			Ok(n) => {
				hasher.update(&buffer[..n]);
				piece(&buffer[..n]);
			},
			Err(e) if e.kind() == io::ErrorKind::Interrupted => {},
			Err(e) => return Err(failed()(e)),
		}
	}
	Ok(if hasher.finish() == *id { Verified::Whole } else { Verified::Corrupt(size) })
}
