//! A provider's worker as a process.

use std::{ffi::OsString, process::Command};

use tempfile::TempDir;

use crate::process::{binary, Managed};

/// A worker with a data folder of its own.
pub struct Worker {
	process: Option<Managed>,
	folder: TempDir,
	url: String,
	suri: String,
	words: Vec<String>,
	variables: Vec<(String, OsString)>,
}

impl Worker {
	/// A worker for the key `suri` at the node `url`; not started yet.
	pub fn new(url: &str, suri: &str) -> Self {
		let folder = tempfile::tempdir().expect("a temporary folder can be made");
		Self { process: None, folder, url: url.into(), suri: suri.into(), words: vec![], variables: vec![] }
	}

	/// With these further words on its command line.
	pub fn with(mut self, words: &[&str]) -> Self {
		self.words.extend(words.iter().map(|word| (*word).into()));
		self
	}

	/// With this in its environment.
	pub fn env(mut self, (name, value): (&str, impl Into<OsString>)) -> Self {
		self.variables.push((name.into(), value.into()));
		self
	}

	/// Starts the process (again) on the same data.
	pub fn start(&mut self) {
		let mut command = Command::new(binary("ergon-worker"));
		command.args(["run", "--node", &self.url, "--key", &self.suri, "--data"]);
		command.arg(self.folder.path().join("data"));
		command.args(&self.words).envs(self.variables.iter().map(|(name, value)| (name, value)));
		self.process = Some(Managed::spawn(&mut command, &self.folder.path().join("worker.log")));
	}

	/// Kills it with -9; the data stay.
	pub fn kill(&mut self) {
		self.process = None;
	}
}
