//! The file `roots`: which blobs there are, and why they are kept. Appended to, never changed in place; a record that was
//! cut off or damaged is known by its checksum.

use crate::{layout::sync_folder, BlobError};
use ergon_primitives::{BlobId, Codec, JobId};
use rustix::fs::{fallocate, FallocateFlags};
use sha2::{Digest, Sha256};
use std::{
	fs::{self, File, OpenOptions},
	io::{self, BufReader, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
};
use tracing::warn;

/// The bytes of a record.
const RECORD: usize = 64;
/// Of which the last are a checksum.
const BODY: usize = 56;
/// What the file begins with, as long as a record.
const HEADER: &[u8; RECORD] = b"Ergon blob store 1: records of 64 bytes, written by the node   \n";
/// Space that is kept ready at the end, so that a full disk cannot keep the store from noting what it removes.
const READY: u64 = 64 << 10;

/// What happened to a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
	/// It is here, whole or in parts; other holds of it stay.
	Here { size: u64, whole: bool, public: bool },
	/// Its name may be told.
	Public,
	/// A job holds it.
	Held(JobId),
	/// That job holds it no more.
	Released(JobId),
	/// It is gone, with all its holds.
	Gone,
}

/// What happened to which blob, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
	pub(crate) root: BlobId,
	/// In seconds since 1970.
	pub(crate) time: u32,
	pub(crate) what: What,
}

impl Record {
	fn encode(&self) -> [u8; RECORD] {
		let (kind, flags, size, job) = match self.what {
			What::Here { size, whole, public } => (1, u8::from(whole) | u8::from(public) << 1, size, 0),
			What::Held(job) => (2, 0, 0, job.0),
			What::Released(job) => (3, 0, 0, job.0),
			What::Gone => (4, 0, 0, 0),
			What::Public => (5, 0, 0, 0),
		};
		let mut out = [0; RECORD];
		out[..4].copy_from_slice(&[kind, u8::from(self.root.codec == Codec::DagPb), flags, 0]);
		out[4..8].copy_from_slice(&self.time.to_le_bytes());
		out[8..16].copy_from_slice(&size.to_le_bytes());
		out[16..24].copy_from_slice(&job.to_le_bytes());
		out[24..BODY].copy_from_slice(&self.root.digest);
		let check = Sha256::digest(&out[..BODY]);
		out[BODY..].copy_from_slice(&check[..RECORD - BODY]);
		out
	}

	fn decode(bytes: &[u8; RECORD]) -> Option<Self> {
		if Sha256::digest(&bytes[..BODY])[..RECORD - BODY] != bytes[BODY..] {
			return None;
		}
		let number = |at: usize| Some(u64::from_le_bytes(bytes[at..at + 8].try_into().ok()?));
		let codec = match bytes[1] {
			0 => Codec::Raw,
			1 => Codec::DagPb,
			_ => return None,
		};
		let root = BlobId { codec, digest: bytes[24..BODY].try_into().ok()? };
		let time = u32::from_le_bytes(bytes[4..8].try_into().ok()?);
		let what = match bytes[0] {
			1 => What::Here { size: number(8)?, whole: bytes[2] & 1 != 0, public: bytes[2] & 2 != 0 },
			2 => What::Held(JobId(number(16)?)),
			3 => What::Released(JobId(number(16)?)),
			4 => What::Gone,
			5 => What::Public,
			_ => return None,
		};
		Some(Self { root, time, what })
	}
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Log {
	file: File,
	path: PathBuf,
	/// Up to where it is good.
	length: u64,
	/// Up to where it has space on disk.
	ready: u64,
	/// Whether there may be bytes behind `length`.
	torn: bool,
}

impl Log {
	/// Opens the file, making it where it is missing, and passes all its good records on in order.
	pub(crate) fn open(path: PathBuf, visit: &mut dyn FnMut(Record)) -> Result<Self, BlobError> {
		let exists = fs::metadata(&path).is_ok_and(|data| data.len() >= RECORD as u64);
		if !exists {
			return Self::create(path, &mut std::iter::empty());
		}
		let failed = || BlobError::io("read", &path);
		let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed())?;
		let mut reader = BufReader::with_capacity(1 << 20, &file);
		let mut bytes = [0; RECORD];
		reader.read_exact(&mut bytes).map_err(failed())?;
		if bytes != *HEADER {
			let other =
				io::Error::other("it was written by another version of the node, or by something else");
			return Err(failed()(other));
		}
		let (mut at, mut length, mut bad) = (RECORD as u64, RECORD as u64, 0);
		loop {
			match reader.read_exact(&mut bytes) {
				Ok(()) => {},
				Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
				Err(error) => return Err(failed()(error)),
			}
			at += RECORD as u64;
			match Record::decode(&bytes) {
				Some(record) => {
					visit(record);
					length = at;
				},
				None => bad += 1,
			}
		}
		drop(reader);
		let behind = (at - length) / RECORD as u64;
		if bad > behind {
			warn!(file = %path.display(), records = bad - behind, "the blob store's list has damaged records; they are skipped");
		}
		// What was cut off by a crash was acknowledged to nobody.
		let mut log = Self { file, path, length, ready: 0, torn: true };
		log.mend()?;
		Ok(log)
	}

	/// How many records the file has.
	pub(crate) fn records(&self) -> u64 {
		self.length / RECORD as u64 - 1
	}

	/// Adds records. They are on disk when this returns; after an error none of them is in the file.
	pub(crate) fn append(&mut self, records: impl Iterator<Item = Record>) -> Result<(), BlobError> {
		self.mend()?;
		let bytes: Vec<u8> = records.flat_map(|record| record.encode()).collect();
		self.torn = true;
		let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
		if let Err(error) = written {
			// If this does not work either, the next attempt begins with it.
			let _ = self.mend();
			return Err(BlobError::io("write", &self.path)(error));
		}
		self.torn = false;
		self.length += bytes.len() as u64;
		self.reserve();
		Ok(())
	}

	/// Writes the file anew with these records only.
	pub(crate) fn rewrite(&mut self, records: &mut dyn Iterator<Item = Record>) -> Result<(), BlobError> {
		*self = Self::create(self.path.clone(), records)?;
		Ok(())
	}

	fn create(path: PathBuf, records: &mut dyn Iterator<Item = Record>) -> Result<Self, BlobError> {
		let new = path.with_extension("new");
		let failed = || BlobError::io("write", &new);
		let mut file = OpenOptions::new()
			.read(true)
			.write(true)
			.create(true)
			.truncate(true)
			.open(&new)
			.map_err(failed())?;
		let mut length = RECORD as u64;
		let mut buffer = HEADER.to_vec();
		for record in records {
			buffer.extend_from_slice(&record.encode());
			length += RECORD as u64;
			if buffer.len() >= 1 << 20 {
				file.write_all(&buffer).map_err(failed())?;
				buffer.clear();
			}
		}
		file.write_all(&buffer).and_then(|()| file.sync_all()).map_err(failed())?;
		fs::rename(&new, &path).map_err(BlobError::io("name", &path))?;
		sync_folder(path.parent().unwrap_or(Path::new("/")))?;
		let mut log = Self { file, path, length, ready: 0, torn: false };
		log.reserve();
		Ok(log)
	}

	/// Cuts off what an unfinished write left, so that the next record follows the last good one.
	fn mend(&mut self) -> Result<(), BlobError> {
		if self.torn {
			self.file
				.set_len(self.length)
				.and_then(|()| self.file.seek(SeekFrom::Start(self.length)).map(drop))
				.map_err(BlobError::io("mend", &self.path))?;
			self.torn = false;
			self.ready = self.length;
			self.reserve();
		}
		Ok(())
	}

	/// Keeps space ready. Where the file system cannot, a full disk may keep blobs from being removed.
	fn reserve(&mut self) {
		if self.ready < self.length + READY / 2
			&& fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.length, READY).is_ok()
		{
			self.ready = self.length + READY;
		}
	}
}
