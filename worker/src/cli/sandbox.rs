//! The child processes in which programs run.

use super::Place;
use crate::sandbox::{Launch, Pool};
use anyhow::Context;
use clap::Args;
use ergon_executor_wasmtime::{Cache, CacheKey};
use std::fs;

/// The most disk space that compiled programs may take. What was used the longest ago makes room.
const CACHE: u64 = 4 << 30;

/// How programs are confined.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct SandboxArgs {
	/// Run programs even if this machine's kernel cannot confine them.
	///
	/// Programs are strangers' code. They are compiled and run in child processes that are kept from files, network and
	/// other processes by the kernel (landlock and seccomp, Linux 5.13 or newer). Without that, one defect in the engine
	/// is enough for a program to read your files and the worker's key. Only for machines with nothing to lose
	#[arg(long)]
	insecure_sandbox: bool,
}

impl SandboxArgs {
	/// Child processes for so many tasks at a time.
	pub(super) fn pool(&self, slots: usize, cache: Option<Cache>) -> anyhow::Result<Pool> {
		Pool::start(Launch::this_program(self.insecure_sandbox), slots, cache).context(
			"programs cannot be run safely on this machine (ergon-worker run --help says more under --insecure-sandbox)",
		)
	}
}

/// The compiled programs in the data folder, and the key that vouches for them.
pub(super) fn cache(place: &Place) -> anyhow::Result<Cache> {
	let folder = place.data.join("compiled");
	let key_file = place.data.join("compiled.key");
	fs::create_dir_all(&folder).with_context(|| format!("making the folder {}", folder.display()))?;
	let key =
		CacheKey::load_or_create(&key_file).with_context(|| format!("reading {}", key_file.display()))?;
	Cache::open(&folder, key, CACHE).with_context(|| format!("opening the folder {}", folder.display()))
}
