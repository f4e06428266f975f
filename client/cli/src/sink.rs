//! Where outputs go. A sink is opened before anything is signed, so that a job is not paid for whose output cannot be
//! written; a file appears whole or not at all.

use crate::failure::Usage;
use anyhow::{Context as _, Result};
use std::{
	fs::{self, File},
	io::{self, Seek, Write},
	path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Where outputs go.
pub enum Sink {
	/// All in task order into a new file, which takes its name at the end.
	File { part: NamedTempFile, path: PathBuf },
	/// All in task order into what is there already and is no ordinary file: a pipe, a device.
	Stream { file: File, path: PathBuf },
	/// One file a task.
	Folder { path: PathBuf, written: Vec<PathBuf> },
	/// All in task order to standard output.
	Stdout,
	/// Nowhere: only checked.
	Nowhere,
}

impl Sink {
	/// Opens what `--output` or `--output-dir` name. Without either: standard output, and nowhere where that is for
	/// JSON.
	pub fn open(output: Option<&Path>, folder: Option<&Path>, json: bool) -> Result<Self> {
		match (output, folder) {
			(Some(path), _) if path == Path::new("-") => {
				if json {
					let both = "--output - and --json both want standard output: write the output to a file";
					return Err(Usage(both.into()).into());
				}
				Ok(Self::Stdout)
			},
			(Some(path), _) => Self::open_file(path).with_context(|| {
				format!("the output file {} cannot be written; nothing was submitted", path.display())
			}),
			(None, Some(path)) => Self::open_folder(path).with_context(|| {
				format!("the output folder {} cannot be written; nothing was submitted", path.display())
			}),
			(None, None) if json => Ok(Self::Nowhere),
			(None, None) => Ok(Self::Stdout),
		}
	}

	fn open_file(path: &Path) -> Result<Self> {
		// Through a link to what it points at: the link stays a link.
		let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
		match fs::metadata(&path) {
			Ok(found) if found.is_dir() => anyhow::bail!("it is a folder; name a file, or use --output-dir"),
			Ok(found) if !found.is_file() => {
				return Ok(Self::Stream { file: fs::OpenOptions::new().write(true).open(&path)?, path })
			},
			// Refused now rather than at the renaming: a file that may not be changed.
			Ok(_) => drop(fs::OpenOptions::new().write(true).open(&path)?),
			Err(_) => {},
		}
		let folder = match path.parent() {
			Some(folder) if !folder.as_os_str().is_empty() => folder,
			_ => Path::new("."),
		};
		Ok(Self::File { part: part_in(folder)?, path })
	}

	fn open_folder(path: &Path) -> Result<Self> {
		fs::create_dir_all(path)?;
		drop(part_in(path)?);
		Ok(Self::Folder { path: path.to_owned(), written: Vec::new() })
	}

	/// Whether outputs are joined, so that a missing one would displace all after it.
	pub fn joins(&self) -> bool {
		!matches!(self, Self::Folder { .. } | Self::Nowhere)
	}

	/// The file that everything goes to and that can be written anew, if nothing was put there yet.
	pub fn part(&mut self) -> Option<&mut File> {
		match self {
			Self::File { part, .. } => Some(part.as_file_mut()),
			_ => None,
		}
	}

	/// Takes a file's content, from its beginning.
	pub fn copy(&mut self, from: &mut File) -> Result<()> {
		from.rewind().context("reading a temporary file")?;
		let copied = match self {
			Self::File { part, path } => io::copy(from, part.as_file_mut()).with_context(|| writing(path)),
			Self::Stream { file, path } => io::copy(from, file).with_context(|| writing(path)),
			Self::Stdout => io::copy(from, &mut io::stdout().lock()).context("writing to standard output"),
			// One file for each task is not for a blob alone.
			Self::Folder { .. } | Self::Nowhere => Ok(0),
		};
		copied.map(drop)
	}

	/// Takes the next task's output.
	pub fn put(&mut self, task: u32, bytes: &[u8]) -> Result<()> {
		match self {
			Self::File { part, path } => part.write_all(bytes).with_context(|| writing(path)),
			Self::Stream { file, path } => file.write_all(bytes).with_context(|| writing(path)),
			Self::Folder { path, written } => {
				let file = path.join(format!("task-{task:06}"));
				let mut part = part_in(path).with_context(|| writing(&file))?;
				part.write_all(bytes).with_context(|| writing(&file))?;
				part.persist(&file).map_err(|e| e.error).with_context(|| writing(&file))?;
				written.push(file);
				Ok(())
			},
			Self::Stdout => std::io::stdout().lock().write_all(bytes).context("writing to standard output"),
			Self::Nowhere => Ok(()),
		}
	}

	/// Completes the output; gives the files written.
	pub fn finish(self) -> Result<Vec<PathBuf>> {
		match self {
			Self::File { part, path } => {
				part.as_file().sync_all().with_context(|| writing(&path))?;
				part.persist(&path).map_err(|e| e.error).with_context(|| writing(&path))?;
				Ok(vec![path])
			},
			Self::Stream { mut file, path } => {
				file.flush().with_context(|| writing(&path))?;
				Ok(vec![path])
			},
			Self::Folder { written, .. } => Ok(written),
			Self::Stdout => {
				std::io::stdout().lock().flush().context("writing to standard output")?;
				Ok(Vec::new())
			},
			Self::Nowhere => Ok(Vec::new()),
		}
	}
}

fn writing(path: &Path) -> String {
	format!("writing {}", path.display())
}

/// A new file beside the one that it will become, with the permissions that new files have here.
fn part_in(folder: &Path) -> std::io::Result<NamedTempFile> {
	let mut builder = tempfile::Builder::new();
	builder.prefix(".ergon-").suffix(".part");
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		builder.permissions(fs::Permissions::from_mode(0o666));
	}
	builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn a_file_should_appear_whole_or_not_at_all() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("out");
		let mut sink = Sink::open(Some(&path), None, false).unwrap();
		sink.put(0, b"one").unwrap();
		assert!(!path.exists());
		drop(sink);
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left over");

		let mut sink = Sink::open(Some(&path), None, true).unwrap();
		sink.put(0, b"one").unwrap();
		sink.put(1, b"two").unwrap();
		assert_eq!(sink.finish().unwrap(), [fs::canonicalize(&path).unwrap()]);
		assert_eq!(fs::read(&path).unwrap(), b"onetwo");
	}

	#[test]
	fn a_folder_should_get_one_file_a_task() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("new/outputs");
		let mut sink = Sink::open(None, Some(&path), false).unwrap();
		sink.put(3, b"three").unwrap();
		assert_eq!(sink.finish().unwrap(), [path.join("task-000003")]);
		assert_eq!(fs::read(path.join("task-000003")).unwrap(), b"three");
	}

	#[test]
	fn what_cannot_be_written_should_be_refused_at_once() {
		let folder = tempfile::tempdir().unwrap();
		let missing = folder.path().join("no/such/folder/out");
		for path in [folder.path(), missing.as_path()] {
			let error = format!("{:#}", Sink::open(Some(path), None, false).err().unwrap());
			assert!(error.contains("nothing was submitted"), "{error}");
		}
		assert!(Sink::open(Some(Path::new("-")), None, true).is_err());
	}

	#[test]
	fn a_device_should_stay_one() {
		let mut sink = Sink::open(Some(Path::new("/dev/null")), None, false).unwrap();
		sink.put(0, b"gone").unwrap();
		sink.finish().unwrap();
		assert!(!fs::metadata("/dev/null").unwrap().is_file());
	}
}
