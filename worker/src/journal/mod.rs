//! What the worker promised, on disk before it is promised.
//!
//! A commitment can be opened only with its claim and its salt, and the chain takes one commitment from a replica. So
//! both are on disk before the commitment leaves the machine, and after a crash the same are used again; a result is
//! never computed a second time for another commitment.
//!
//! Each chain has a file of its own, `<genesis>.journal`, in the folder of the worker's key: a header, then records,
//! each framed with its length and a checksum, only ever appended ([`frame`]). A torn last record is what a crash
//! leaves and is cut off. Damage before that is set aside and loudly reported. The folder is locked, so that one key
//! is worked by one process.

mod frame;
mod lock;
mod record;

#[cfg(test)]
mod tests;

pub use lock::Lock;
pub use record::{Entry, Stage};

use crate::duty::{Account32, DutyId};
use ergon_primitives::{BlockNumber, Claim};
use record::Record;
use std::{
	collections::BTreeMap,
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
};

/// The open duties that something was promised for.
pub type Entries = BTreeMap<DutyId, Entry>;

/// A file is rewritten with its live entries alone when it has grown past this and more than half of it is history.
const COMPACT_AT: u64 = 1 << 20;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
	/// The operating system refused.
	#[error("{action} {path}: {source}; the worker does not work without its journal: make room or fix the permissions")]
	Io {
		/// What was tried.
		action: &'static str,
		/// On what.
		path: PathBuf,
		/// What came of it.
		source: io::Error,
	},
	/// Another worker has it.
	#[error("{0} is locked by another ergon-worker: one key is worked by one process; stop the other or use another --data")]
	Locked(PathBuf),
	/// A second result for the same duty.
	#[error("shard {0} has a result in the journal already; it stays, and the new one is not used")]
	Taken(DutyId),
	/// An earlier write failed in a way after which nothing is sure.
	#[error("{0} could not be written earlier; restart the worker when the disk is in order")]
	Broken(PathBuf),
}

impl JournalError {
	fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
		let path = path.to_owned();
		move |source| Self::Io { action, path, source }
	}
}

/// What was found when the journal was opened, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
	/// The last record was torn and cut off.
	Torn {
		/// How many bytes.
		bytes: u64,
	},
	/// There was damage that no crash explains; the file as it was is kept under another name.
	Damaged {
		/// Where the damaged file is now.
		kept: PathBuf,
	},
	/// There is a journal of another chain, which is left as it is.
	Foreign {
		/// Its file.
		path: PathBuf,
	},
}

/// The journal of one worker key on one chain.
#[derive(Debug)]
pub struct Journal {
	path: PathBuf,
	header: Vec<u8>,
	file: File,
	/// The length up to which the file is known to be whole.
	len: u64,
	entries: Entries,
	broken: bool,
}

impl Journal {
	/// Opens the journal for a chain in the locked folder, or starts it.
	pub fn open(
		lock: &Lock,
		genesis: &[u8; 32],
		worker: &Account32,
	) -> Result<(Self, Vec<Notice>), JournalError> {
		let path = file_of(lock.folder(), genesis);
		let header = frame::header(genesis, worker);
		let mut notices = foreign(lock.folder(), &path)?;
		let found = match fs::read(&path) {
			Ok(bytes) => Some(bytes),
			Err(error) if error.kind() == io::ErrorKind::NotFound => None,
			Err(error) => return Err(JournalError::io("reading", &path)(error)),
		};
		let mut entries = Entries::new();
		let mut rewrite = found.is_none();
		if let Some(bytes) = &found {
			let read = frame::read(bytes, &header);
			entries = record::replay(read.records);
			if read.damaged {
				let kept = set_aside(&path)?;
				notices.push(Notice::Damaged { kept });
			} else if read.torn > 0 {
				notices.push(Notice::Torn { bytes: read.torn });
			}
			rewrite |= read.damaged || read.torn > 0 || worth_compacting(bytes.len() as u64, &entries);
		}
		if rewrite {
			write_whole(&path, &header, &entries)?;
		}
		let (file, len) = open_to_append(&path)?;
		Ok((Self { path, header, file, len, entries, broken: false }, notices))
	}

	/// Reads the entries of a chain without locking or changing anything; what a running worker writes at the moment
	/// is not seen.
	pub fn peek(folder: &Path, genesis: &[u8; 32], worker: &Account32) -> Result<Entries, JournalError> {
		let path = file_of(folder, genesis);
		match fs::read(&path) {
			Ok(bytes) => Ok(record::replay(frame::read(&bytes, &frame::header(genesis, worker)).records)),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Entries::new()),
			Err(error) => Err(JournalError::io("reading", &path)(error)),
		}
	}

	/// All that is promised and not over.
	pub fn entries(&self) -> &Entries {
		&self.entries
	}

	/// Writes a result down, with the salt that its commitment will have. Refused if there is one already.
	pub fn computed(
		&mut self,
		id: DutyId,
		claim: Claim,
		salt: [u8; 32],
		at: BlockNumber,
	) -> Result<(), JournalError> {
		if self.entries.contains_key(&id) {
			return Err(JournalError::Taken(id));
		}
		self.append(&[Record::Computed { id, claim, salt, at }])
	}

	/// Writes down how far the chain has come with these duties.
	pub fn advance(&mut self, steps: &[(DutyId, Stage)], at: BlockNumber) -> Result<(), JournalError> {
		let records: Vec<_> =
			steps.iter().map(|(id, stage)| Record::Advanced { id: *id, stage: *stage, at }).collect();
		self.append(&records)
	}

	/// Writes down that the node has confirmed that it holds these results.
	pub fn stored(&mut self, ids: &[DutyId]) -> Result<(), JournalError> {
		let fresh = ids.iter().filter(|id| self.entries.get(id).is_some_and(|entry| !entry.stored));
		let records: Vec<_> = fresh.map(|id| Record::Stored { id: *id }).collect();
		self.append(&records)
	}

	/// Notes that the chain still has these duties. Kept in memory: after a restart an entry is merely kept longer.
	pub fn seen(&mut self, ids: impl Iterator<Item = DutyId>, at: BlockNumber) {
		for id in ids {
			if let Some(entry) = self.entries.get_mut(&id) {
				entry.seen = entry.seen.max(at);
			}
		}
	}

	/// Forgets entries whose duties are over.
	pub fn prune(&mut self, ids: &[DutyId]) -> Result<(), JournalError> {
		let records: Vec<_> = ids.iter().map(|id| Record::Pruned { id: *id }).collect();
		self.append(&records)?;
		if worth_compacting(self.len, &self.entries) {
			self.broken = true;
			write_whole(&self.path, &self.header, &self.entries)?;
			(self.file, self.len) = open_to_append(&self.path)?;
			self.broken = false;
		}
		Ok(())
	}

	/// Appends records and returns when they are on the disk; only then do they count.
	fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
		if records.is_empty() {
			return Ok(());
		}
		if self.broken {
			return Err(JournalError::Broken(self.path.clone()));
		}
		let bytes: Vec<u8> = records.iter().flat_map(frame::encode).collect();
		if let Err(error) = self.file.write_all(&bytes) {
			// Half a record must not stay in front of the next.
			self.broken = self.file.set_len(self.len).is_err();
			return Err(JournalError::io("writing", &self.path)(error));
		}
		if let Err(error) = self.file.sync_data() {
			// After a failed fsync the kernel may have dropped the pages: nothing that follows can be trusted.
			self.broken = true;
			return Err(JournalError::io("flushing", &self.path)(error));
		}
		self.len += bytes.len() as u64;
		record::apply(&mut self.entries, records.iter().cloned());
		Ok(())
	}
}

/// The file of a chain.
fn file_of(folder: &Path, genesis: &[u8; 32]) -> PathBuf {
	folder.join(format!("{}.journal", hex::encode(genesis)))
}

/// The journals of other chains in the folder.
fn foreign(folder: &Path, own: &Path) -> Result<Vec<Notice>, JournalError> {
	let mut notices = Vec::new();
	for entry in fs::read_dir(folder).map_err(JournalError::io("listing", folder))? {
		let path = entry.map_err(JournalError::io("listing", folder))?.path();
		if path != own && path.extension().is_some_and(|extension| extension == "journal") {
			notices.push(Notice::Foreign { path });
		}
	}
	notices.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
	Ok(notices)
}

/// Whether most of a file of this length is history.
fn worth_compacting(len: u64, entries: &Entries) -> bool {
	len > COMPACT_AT && len / 2 > entries.len() as u64 * frame::MAX_FRAME as u64
}

/// Copies a file to a name that is free; the file itself stays until it is replaced, so that a crash between the two
/// loses nothing.
fn set_aside(path: &Path) -> Result<PathBuf, JournalError> {
	for number in 1..=u16::MAX {
		let kept = path.with_extension(format!("damaged-{number}"));
		if !kept.exists() {
			fs::copy(path, &kept).map_err(JournalError::io("copying", path))?;
			return Ok(kept);
		}
	}
	Err(JournalError::Broken(path.to_owned()))
}

/// Writes a file with these entries in place of what is there: all or nothing.
fn write_whole(path: &Path, header: &[u8], entries: &Entries) -> Result<(), JournalError> {
	let fresh = path.with_extension("new");
	let mut bytes = header.to_vec();
	bytes.extend(record::of(entries).iter().flat_map(frame::encode));
	let mut file = File::create(&fresh).map_err(JournalError::io("creating", &fresh))?;
	file.write_all(&bytes).map_err(JournalError::io("writing", &fresh))?;
	file.sync_all().map_err(JournalError::io("flushing", &fresh))?;
	fs::rename(&fresh, path).map_err(JournalError::io("renaming", &fresh))?;
	lock::sync_folder(path)
}

fn open_to_append(path: &Path) -> Result<(File, u64), JournalError> {
	let file = OpenOptions::new().append(true).open(path).map_err(JournalError::io("opening", path))?;
	let len = file.metadata().map_err(JournalError::io("reading", path))?.len();
	Ok((file, len))
}
