//! Compiled programs on disk, so that each is compiled once.
//!
//! Mapping a compiled program is running it, so a file is believed only if its HMAC-SHA-256 fits, under a key that the
//! worker alone has, over the code and over the name: what was compiled for another program, profile, engine or
//! processor does not pass under this one's name. A file that does not fit is deleted, and the program is compiled again.

mod key;
mod name;

pub use key::CacheKey;
pub use name::CacheName;
pub(crate) use name::Fingerprint;

use crate::Code;
use std::{
	fs::{self, File},
	io::{self, Read, Write},
	path::{Path, PathBuf},
	time::SystemTime,
};

/// What a file begins with.
const MAGIC: &[u8; 16] = b"ergon code 1\n\0\0\0";
/// After it, the authentication.
const HEAD: usize = MAGIC.len() + key::TAG;

/// The ends of the names of the cache's files; others in its folder are left alone.
const EXTENSION: &str = "code";
const UNFINISHED: &str = ".code-new";

/// A folder of compiled programs. Any number of processes that have the key may use one folder.
#[derive(Clone, Debug)]
pub struct Cache {
	folder: PathBuf,
	key: CacheKey,
	most: u64,
}

impl Cache {
	/// Uses a folder, which is made if there is none, for at most so many bytes.
	pub fn open(folder: impl Into<PathBuf>, key: CacheKey, most: u64) -> io::Result<Self> {
		let folder = folder.into();
		fs::create_dir_all(&folder)?;
		Ok(Self { folder, key, most })
	}

	/// The code that is kept under this name. `None` where there is none that can be believed.
	pub fn get(&self, name: &CacheName) -> Option<Code> {
		let path = self.path(name);
		match self.read(&path, name) {
			Ok(Some(code)) => Some(code),
			Ok(None) => {
				tracing::warn!(path = %path.display(), "a compiled program is damaged or not this worker's; deleted");
				if let Err(error) = fs::remove_file(&path) {
					tracing::warn!(path = %path.display(), %error, "it cannot be deleted");
				}
				None
			},
			Err(error) if error.kind() == io::ErrorKind::NotFound => None,
			Err(error) => {
				tracing::warn!(path = %path.display(), %error, "a compiled program cannot be read; compiling it again");
				None
			},
		}
	}

	/// Keeps code under a name. What was used the longest ago makes room for it.
	pub fn put(&self, name: &CacheName, code: &Code) -> io::Result<()> {
		let code = code.as_bytes();
		let size = (HEAD + code.len()) as u64;
		if size > self.most {
			return Ok(());
		}
		self.make_room(size)?;
		// Complete under its name, or not there.
		let mut file = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(&self.folder)?;
		file.write_all(MAGIC)?;
		file.write_all(&self.key.tag(name, code))?;
		file.write_all(code)?;
		file.persist(self.path(name))?;
		Ok(())
	}

	fn path(&self, name: &CacheName) -> PathBuf {
		self.folder.join(name.to_string()).with_extension(EXTENSION)
	}

	/// `None` for what is not to be believed.
	fn read(&self, path: &Path, name: &CacheName) -> io::Result<Option<Code>> {
		let mut file = File::open(path)?;
		let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
		let Some(length) = size.checked_sub(HEAD).filter(|_| size as u64 <= self.most) else {
			return Ok(None);
		};
		let mut head = [0; HEAD];
		file.read_exact(&mut head)?;
		let mut code = Vec::with_capacity(length);
		(&mut file).take(length as u64).read_to_end(&mut code)?;
		let (magic, tag) = head.split_at(MAGIC.len());
		if magic != MAGIC || !self.key.fits(name, &code, tag) {
			return Ok(None);
		}
		// So that it is not the oldest. Without it, it may be evicted early: no harm.
		let _ = file.set_modified(SystemTime::now());
		Ok(Some(Code::authenticated(code)))
	}

	/// Deletes the oldest files until so many bytes more can be had.
	fn make_room(&self, size: u64) -> io::Result<()> {
		let mut files = Vec::new();
		let mut total = size;
		for entry in fs::read_dir(&self.folder)? {
			let path = entry?.path();
			let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
			let ours = name.ends_with(UNFINISHED) || path.extension().is_some_and(|end| end == EXTENSION);
			// Another process may have deleted it meanwhile.
			let Some(about) = path.metadata().ok().filter(|about| ours && about.is_file()) else { continue };
			total = total.saturating_add(about.len());
			files.push((about.modified()?, about.len(), path));
		}
		files.sort();
		for (_, length, path) in files {
			if total <= self.most {
				break;
			}
			match fs::remove_file(path) {
				Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
				_ => total -= length,
			}
		}
		Ok(())
	}
}
