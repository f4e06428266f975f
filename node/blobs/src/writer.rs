use crate::{
	layout::{size, sync_folder},
	store::BlobStore,
	usage::Reservation,
	BlobError,
};
use ergon_primitives::{BlobHasher, BlobId};
use std::io::Write;
use tempfile::NamedTempFile;

/// A blob on its way in, in pieces. Dropped before [`Self::finish`], it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter<'a> {
	store: &'a BlobStore,
	file: NamedTempFile,
	hasher: BlobHasher,
	/// As many bytes as are written.
	reserved: Reservation<'a>,
}

impl<'a> BlobWriter<'a> {
	pub(crate) fn new(store: &'a BlobStore) -> Result<Self, BlobError> {
		let folder = store.layout.temporary();
		let file = NamedTempFile::new_in(folder).map_err(BlobError::io("create a file in", folder))?;
		Ok(Self { store, file, hasher: BlobHasher::new(), reserved: store.usage.reservation() })
	}

	/// Appends bytes. It takes the writer and gives it back, because a blob that lacks bytes cannot be gone on with.
	pub fn write(mut self, bytes: &[u8]) -> Result<Self, BlobError> {
		let more = bytes.len() as u64;
		let limit = self.store.options().max_blob;
		if self.reserved.bytes().saturating_add(more) > limit {
			return Err(BlobError::TooLarge { limit });
		}
		self.reserved.add(more)?;
		self.hasher.update(bytes);
		self.file.as_file_mut().write_all(bytes).map_err(BlobError::io("write", self.file.path()))?;
		Ok(self)
	}

	/// Makes it a blob; it survives a power cut from here on.
	pub fn finish(self) -> Result<BlobId, BlobError> {
		self.store_if(|_| Ok(()))
	}

	/// Makes it a blob if its name is the one expected, else nothing.
	pub fn finish_as(self, expected: BlobId) -> Result<(), BlobError> {
		let same = |found| match found == expected {
			true => Ok(()),
			false => Err(BlobError::Mismatch { expected, found }),
		};
		self.store_if(same).map(|_| ())
	}

	fn store_if(self, accept: impl FnOnce(BlobId) -> Result<(), BlobError>) -> Result<BlobId, BlobError> {
		let Self { store, file, hasher, reserved } = self;
		let id = hasher.finish();
		accept(id)?;
		file.as_file().sync_all().map_err(BlobError::io("sync", file.path()))?;
		let path = store.layout.file(&id);
		{
			let _changing = store.changing();
			// Replacing what is there is the one step that both repeats and heals.
			let replaced = size(&path)?.unwrap_or(0);
			file.persist(&path).map_err(|e| BlobError::io("name the blob", &path)(e.error))?;
			reserved.keep();
			store.usage.release(replaced);
		}
		sync_folder(&store.layout.folder(&id))?;
		Ok(id)
	}
}
