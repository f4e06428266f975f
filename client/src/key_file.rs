//! Keys in files: read, made, kept from view.

use crate::{keypair_from_suri, KeyError, Keypair};
use std::{
	fs::{self, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
};
use subxt_signer::bip39::Mnemonic;

/// The largest key file that is read: a phrase, derivations and a password.
const MAX_FILE: u64 = 4096;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
	/// Not a key.
	#[error("{origin}: {error}")]
	Key {
		/// Where it was read from.
		origin: String,
		/// What is wrong with it.
		error: KeyError,
	},
	/// The file could not be read or written.
	#[error("{action} the key file {path}: {source}; {advice}")]
	File {
		/// What was tried.
		action: &'static str,
		/// On what.
		path: PathBuf,
		/// What came of it.
		source: io::Error,
		/// What to do.
		advice: &'static str,
	},
	/// Larger than a key can be.
	#[error("the key file {0} has more than {MAX_FILE} bytes: it should hold one line, a phrase or 0x and 64 hexadecimal digits")]
	TooLarge(PathBuf),
	/// No randomness.
	#[error("the operating system gives no randomness ({0}); a key cannot be made safely")]
	Randomness(getrandom::Error),
	/// The phrase library refused.
	#[error("a phrase could not be made: {0}")]
	Phrase(String),
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
	/// Here: a secret URI.
	Suri(String),
	/// In a file with one line.
	File(PathBuf),
}

impl KeySource {
	/// From the value of `--key`: `@file`, or the key itself.
	pub fn of(key: &str) -> Self {
		match key.strip_prefix('@') {
			Some(path) => Self::File(path.into()),
			None => Self::Suri(key.to_owned()),
		}
	}

	/// Reads the key.
	pub fn read(&self) -> Result<Keypair, KeyFileError> {
		let (origin, text) = match self {
			Self::Suri(suri) => ("--key".to_owned(), suri.clone()),
			Self::File(path) => (path.display().to_string(), read_file(path)?),
		};
		keypair_from_suri(&text).map_err(|error| KeyFileError::Key { origin, error })
	}

	/// The file, if it is one that other users of this machine can read.
	pub fn exposed(&self) -> Option<&Path> {
		match self {
			Self::File(path) if is_readable_by_others(path) => Some(path),
			_ => None,
		}
	}
}

#[cfg(unix)]
fn is_readable_by_others(path: &Path) -> bool {
	use std::os::unix::fs::PermissionsExt;
	fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_: &Path) -> bool {
	false
}

fn read_file(path: &Path) -> Result<String, KeyFileError> {
	let failed = |source| KeyFileError::File {
		action: "reading",
		path: path.to_owned(),
		source,
		advice: "make one with `key generate`, or give its place with --key-file",
	};
	let meta = fs::metadata(path).map_err(failed)?;
	if meta.len() > MAX_FILE {
		return Err(KeyFileError::TooLarge(path.to_owned()));
	}
	fs::read_to_string(path).map_err(failed)
}

/// Makes a key and writes its phrase of 12 words to a new file that only its owner can read. Never overwrites a file.
/// Returns key and phrase.
pub fn generate_key(path: &Path) -> Result<(Keypair, String), KeyFileError> {
	let mut entropy = [0; 16];
	getrandom::fill(&mut entropy).map_err(KeyFileError::Randomness)?;
	let phrase =
		Mnemonic::from_entropy(&entropy).map_err(|e| KeyFileError::Phrase(e.to_string()))?.to_string();
	let pair = keypair_from_suri(&phrase)
		.map_err(|error| KeyFileError::Key { origin: "the new phrase".to_owned(), error })?;
	let failed = |source: io::Error| {
		let advice = match source.kind() {
			io::ErrorKind::AlreadyExists => {
				"it holds a key already; show it with `key show`, or give another --file"
			},
			_ => "give another place with --file",
		};
		KeyFileError::File { action: "creating", path: path.to_owned(), source, advice }
	};
	if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
		fs::create_dir_all(folder).map_err(failed)?;
	}
	let mut options = OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let mut file = options.open(path).map_err(failed)?;
	file.write_all(format!("{phrase}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
	Ok((pair, phrase))
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;
	use crate::account_of;

	#[test]
	fn a_generated_key_should_be_private_readable_again_and_never_overwritten() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("deep/er/worker.key");
		let (pair, phrase) = generate_key(&path).unwrap();
		assert_eq!(phrase.split(' ').count(), 12);
		let read = KeySource::of(&format!("@{}", path.display())).read().unwrap();
		assert_eq!(account_of(&read), account_of(&pair));
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
			let source = KeySource::File(path.clone());
			assert_eq!(source.exposed(), None);
			fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
			assert_eq!(source.exposed(), Some(&*path));
		}
		let error = generate_key(&path).err().unwrap().to_string();
		assert!(error.contains("holds a key already"), "{error}");
		assert_eq!(account_of(&KeySource::File(path).read().unwrap()), account_of(&pair));
	}

	#[test]
	fn what_is_no_key_should_be_refused_with_its_origin() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		let error = KeySource::File(path.clone()).read().err().unwrap().to_string();
		assert!(error.contains("key generate"), "{error}");
		fs::write(&path, "not a key").unwrap();
		let error = KeySource::File(path.clone()).read().err().unwrap().to_string();
		assert!(error.contains("malformed") && !error.contains("not a key;"), "{error}");
		fs::write(&path, vec![b'a'; 5000]).unwrap();
		assert!(matches!(KeySource::File(path).read(), Err(KeyFileError::TooLarge(_))));
		assert!(matches!(KeySource::of("").read(), Err(KeyFileError::Key { .. })));
	}
}
