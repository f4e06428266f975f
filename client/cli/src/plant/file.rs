//! The file of known answers: only its owner can read it, it is whole or not there, and it is never overwritten by
//! another job's.

use anyhow::{bail, Context as _, Result};
use ergon_client::Planting;
use ergon_primitives::JobId;
use std::{
	fs,
	io::Write,
	path::{Path, PathBuf},
};

/// The largest such file: 16 answers and some room.
const MAX_FILE: u64 = 64 << 10;

/// Where a job's known answers are unless said otherwise.
pub fn default_path(job: JobId) -> PathBuf {
	format!("ergon-known-{job}.json").into()
}

/// Where they are before the job has a number; the name does not tell them.
pub fn unnamed_path(planting: &Planting) -> PathBuf {
	let first = planting.commitments().first().copied().unwrap_or_default();
	format!("ergon-known-unsubmitted-{}.json", hex::encode(&first[..4])).into()
}

/// Writes a new file and waits until it is on the disk.
pub fn create(path: &Path, planting: &Planting) -> Result<()> {
	let trying =
		|| format!("the known answers cannot be written to {}; nothing was submitted", path.display());
	write(path, planting)?.persist_noclobber(path).map_err(|e| e.error).with_context(trying)?;
	Ok(())
}

/// Writes the file anew, under another name if that is given, and removes the old one.
pub fn replace(old: &Path, new: &Path, planting: &Planting) -> Result<()> {
	let part = write(new, planting)?;
	if old == new {
		part.persist(new).map_err(|e| e.error)?;
		return Ok(());
	}
	part.persist_noclobber(new).map_err(|e| e.error).with_context(|| format!("writing {}", new.display()))?;
	fs::remove_file(old).with_context(|| format!("removing {}", old.display()))
}

/// A file without a name yet, in the folder that it will be in; temporary files are private to their owner.
fn write(path: &Path, planting: &Planting) -> Result<tempfile::NamedTempFile> {
	let folder = match path.parent() {
		Some(folder) if !folder.as_os_str().is_empty() => folder,
		_ => Path::new("."),
	};
	let trying = || format!("writing the known answers into {}", folder.display());
	let mut part = tempfile::Builder::new()
		.prefix(".ergon-")
		.suffix(".part")
		.tempfile_in(folder)
		.with_context(trying)?;
	let json = serde_json::to_string_pretty(planting)?;
	part.write_all(json.as_bytes()).and_then(|()| part.as_file().sync_all()).with_context(trying)?;
	Ok(part)
}

/// Reads a file of known answers.
pub fn read(path: &Path) -> Result<Planting> {
	let reading = || format!("reading the known answers in {}", path.display());
	if fs::metadata(path).with_context(reading)?.len() > MAX_FILE {
		bail!("{} is larger than a file of known answers can be", path.display());
	}
	let text = fs::read_to_string(path).with_context(reading)?;
	serde_json::from_str(&text).with_context(|| format!("{} is no file of known answers", path.display()))
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use ergon_client::{AccountId, KnownAnswer};
	use ergon_primitives::{BlobId, Claim, Fuel, ShardIndex};

	fn planting() -> Planting {
		let claim = Claim::Computed { root: [3; 32], fuel: Fuel(u64::MAX), outcomes: BlobId::of(b"x") };
		Planting {
			genesis: [1; 32],
			owner: AccountId::from([2; 32]),
			program: BlobId::of(b"program"),
			expected: JobId(7),
			job: None,
			answers: vec![KnownAnswer { shard: ShardIndex(3), claim, salt: [4; 32] }],
		}
	}

	#[test]
	fn a_file_should_be_private_readable_again_and_never_overwritten() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("known.json");
		let mut planting = planting();
		create(&path, &planting).unwrap();
		assert_eq!(read(&path).unwrap(), planting);
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
		}
		assert!(format!("{:#}", create(&path, &planting).unwrap_err()).contains("nothing was submitted"));

		planting.job = Some(JobId(7));
		let named = folder.path().join("ergon-known-7.json");
		replace(&path, &named, &planting).unwrap();
		assert!(!path.exists());
		assert_eq!(read(&named).unwrap(), planting);
		replace(&named, &named, &planting).unwrap();
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
		// Another job's file in the way keeps both.
		create(&path, &planting).unwrap();
		assert!(replace(&path, &named, &planting).is_err());
		assert!(path.exists() && named.exists());
	}

	#[test]
	fn what_is_no_such_file_should_be_named() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("x.json");
		assert!(format!("{:#}", read(&path).unwrap_err()).contains("x.json"));
		fs::write(&path, "{}").unwrap();
		assert!(format!("{:#}", read(&path).unwrap_err()).contains("no file of known answers"));
		fs::write(&path, vec![b' '; MAX_FILE as usize + 1]).unwrap();
		assert!(format!("{:#}", read(&path).unwrap_err()).contains("larger"));
	}
}
