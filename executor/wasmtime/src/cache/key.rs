//! The key that tells one's own compiled code from anybody else's.

use super::CacheName;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
	fmt,
	fs::{self, OpenOptions},
	io::{self, Write},
	path::Path,
};

/// Bytes of an authentication.
pub(super) const TAG: usize = 32;

/// A secret of the worker's. It never leaves the process that keeps the cache: what runs programs does not have it.
#[derive(Clone)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
	/// This secret: 32 random bytes that nobody else has.
	pub fn new(secret: [u8; 32]) -> Self {
		Self(secret)
	}

	/// The secret in a file that only its owner may read; made with a new one where there is no file.
	pub fn load_or_create(path: &Path) -> io::Result<Self> {
		match fs::read(path) {
			Ok(bytes) => bytes.try_into().map(Self).map_err(|_| {
				let why = format!("{} is not a cache key; delete it and a new one is made", path.display());
				io::Error::new(io::ErrorKind::InvalidData, why)
			}),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
			Err(error) => Err(error),
		}
	}

	fn create(path: &Path) -> io::Result<Self> {
		let mut secret = [0; 32];
		getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
		let mut options = OpenOptions::new();
		options.write(true).create_new(true);
		#[cfg(unix)]
		std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
		options.open(path)?.write_all(&secret)?;
		Ok(Self(secret))
	}

	/// The authentication of code under a name.
	pub(super) fn tag(&self, name: &CacheName, code: &[u8]) -> [u8; TAG] {
		self.mac(name, code).finalize().into_bytes().into()
	}

	/// Whether an authentication is that of this code under this name. Takes as long wherever it differs.
	pub(super) fn fits(&self, name: &CacheName, code: &[u8], tag: &[u8]) -> bool {
		self.mac(name, code).verify_slice(tag).is_ok()
	}

	fn mac(&self, name: &CacheName, code: &[u8]) -> Hmac<Sha256> {
		// The name has a fixed length, so that name and code cannot be cut at another place.
		let mut mac =
			<Hmac<Sha256> as Mac>::new_from_slice(&self.0).expect("HMAC takes keys of any length; qed");
		mac.update(name.as_bytes());
		mac.update(code);
		mac
	}
}

impl fmt::Debug for CacheKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("CacheKey(secret)")
	}
}
