//! A folder of this machine as a store.

use crate::error::Why;
use bytes::{Bytes, BytesMut};
use ergon_primitives::{BlobHasher, BlobId};
use futures::Stream;
use std::{
	io,
	path::{Path, PathBuf},
	sync::atomic::{AtomicU64, Ordering},
};
use tokio::{
	fs::{self, File},
	io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
};

/// How much is read at once.
pub(crate) const PIECE: usize = 256 << 10;

const OUTSIDE: &str = "the file is a link that leads out of the configured folder";
const NO_FOLDER: &str = "the configured folder is not there; make it, or mount its disk";
const NO_FILE: &str = "there is something under the blob's name that is no file";

/// The bytes of a file, which must be in the folder also after all links were followed.
pub(crate) async fn read(
	root: &Path,
	file: &Path,
) -> Result<impl Stream<Item = Result<Bytes, Why>> + Unpin, Why> {
	let root = fs::canonicalize(root).await.map_err(found)?;
	let file = fs::canonicalize(file).await.map_err(found)?;
	if !file.starts_with(&root) {
		return Err(Why::Folder(OUTSIDE));
	}
	// Before it is opened: a pipe would keep whoever opens it waiting.
	if !fs::metadata(&file).await.map_err(found)?.is_file() {
		return Err(Why::Folder(NO_FILE));
	}
	Ok(pieces(File::open(file).await.map_err(found)?))
}

/// Writes a file into the folder: under another name first, so that it is there whole or not at all.
pub(crate) async fn write(
	root: &Path,
	file: &Path,
	id: &BlobId,
	source: impl AsyncRead + Send + Unpin,
) -> Result<(), Why> {
	let root = fs::canonicalize(root).await.map_err(|error| match error.kind() {
		io::ErrorKind::NotFound => Why::Folder(NO_FOLDER),
		_ => Why::Here(error),
	})?;
	let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
		return Err(Why::Folder(NO_FILE));
	};
	fs::create_dir_all(folder).await.map_err(Why::Here)?;
	let folder = fs::canonicalize(folder).await.map_err(Why::Here)?;
	if !folder.starts_with(&root) {
		return Err(Why::Folder(OUTSIDE));
	}
	static NEXT: AtomicU64 = AtomicU64::new(0);
	let part = folder.join(format!(".{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
	let written = write_part(&part, id, source).await;
	let moved = match written {
		Ok(()) => fs::rename(&part, folder.join(name)).await.map_err(Why::Here),
		Err(why) => Err(why),
	};
	if moved.is_err() {
		// What cannot be removed either is said by the error that brought us here.
		drop(fs::remove_file(&part).await);
		return moved;
	}
	File::open(&folder).await.map_err(Why::Here)?.sync_all().await.map_err(Why::Here)
}

async fn write_part(part: &PathBuf, id: &BlobId, mut source: impl AsyncRead + Unpin) -> Result<(), Why> {
	let mut out = fs::OpenOptions::new().write(true).create_new(true).open(part).await.map_err(Why::Here)?;
	let mut hasher = BlobHasher::new();
	let mut size = 0u64;
	let mut piece = vec![0; PIECE];
	loop {
		let got = source.read(&mut piece).await.map_err(Why::Here)?;
		if got == 0 {
			break;
		}
		size += got as u64;
		hasher.update(&piece[..got]);
		out.write_all(&piece[..got]).await.map_err(Why::Here)?;
	}
	out.sync_all().await.map_err(Why::Here)?;
	match hasher.finish() {
		found if found == *id => Ok(()),
		found => Err(Why::WrongBytes { found, size }),
	}
}

/// What a reader gives, in pieces.
pub(crate) fn pieces(
	reader: impl AsyncRead + Send + Unpin,
) -> impl Stream<Item = Result<Bytes, Why>> + Unpin {
	Box::pin(futures::stream::try_unfold(reader, |mut reader| async move {
		let mut piece = BytesMut::with_capacity(PIECE);
		let got = reader.read_buf(&mut piece).await.map_err(Why::Here)?;
		Ok((got > 0).then(|| (piece.freeze(), reader)))
	}))
}

fn found(error: io::Error) -> Why {
	match error.kind() {
		io::ErrorKind::NotFound => Why::NotFound,
		_ => Why::Here(error),
	}
}
