//! What the tests have in common.

// Each test file uses some of it; a test may stop at the first surprise.
#![allow(dead_code, clippy::unwrap_used)]

use ergon_blobs::{BlobStore, Hold, Options, References, MAX_BLOB};
use ergon_primitives::{
	blob::{TreeBuilder, LEAF},
	BlobId, Codec, JobId,
};
use sha2::{Digest, Sha256};
use std::{
	collections::{BTreeMap, HashMap, HashSet},
	fs,
	path::{Path, PathBuf},
	sync::{Arc, Mutex},
	time::Duration,
};
use tempfile::{tempdir, TempDir};

pub const MIB: usize = LEAF;

/// Room for everything, nothing kept for its age alone.
pub fn roomy() -> Options {
	Options { quota: u64::MAX, loose_quota: u64::MAX, grace: Duration::from_secs(3600), max_blob: MAX_BLOB }
}

pub fn store() -> (TempDir, BlobStore) {
	let folder = tempdir().unwrap();
	let store = BlobStore::open(folder.path(), roomy()).unwrap();
	(folder, store)
}

pub fn reopen(folder: &TempDir, store: BlobStore) -> BlobStore {
	drop(store);
	BlobStore::open(folder.path(), roomy()).unwrap()
}

/// Bytes that do not repeat, the same for the same seed.
pub fn bytes(seed: u64, size: usize) -> Vec<u8> {
	let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
	let mut out = Vec::with_capacity(size + 8);
	while out.len() < size {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		out.extend_from_slice(&state.to_le_bytes());
	}
	out.truncate(size);
	out
}

/// Every regular file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
	let mut found = Vec::new();
	for entry in fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		match path.is_dir() {
			true => found.extend(files(&path)),
			false => found.push(path),
		}
	}
	found
}

pub fn blocks(folder: &TempDir) -> Vec<PathBuf> {
	files(&folder.path().join("blocks"))
}

pub fn leftovers(folder: &TempDir) -> Vec<PathBuf> {
	files(&folder.path().join("tmp"))
}

pub fn file_of(folder: &TempDir, id: &BlobId) -> PathBuf {
	folder.path().join("blocks").join(id.to_string())
}

/// All blocks of a blob, the root last.
pub fn tree(content: &[u8]) -> Vec<(BlobId, Vec<u8>)> {
	let mut blocks = Vec::new();
	let mut builder = TreeBuilder::new();
	for leaf in content.chunks(LEAF) {
		let digest = Sha256::digest(leaf).into();
		blocks.push((BlobId { codec: Codec::Raw, digest }, leaf.to_vec()));
		builder.leaf(digest, leaf.len() as u64, &mut |id, node| blocks.push((id, node)));
	}
	builder.finish(&mut |id, node| blocks.push((id, node)));
	blocks
}

/// Offers a partial all that it wants, one after the other, out of these blocks.
pub fn feed(store: &BlobStore, root: BlobId, hold: Hold, blocks: &HashMap<BlobId, Vec<u8>>) {
	let partial = store.partial(root, hold, MAX_BLOB).unwrap();
	while let Some(id) = partial.wanted(1).first() {
		partial.offer(id, &blocks[id]).unwrap();
	}
	partial.finish().unwrap();
}

/// A chain with jobs that name blobs.
#[derive(Default)]
pub struct Chain {
	pub jobs: Mutex<HashSet<JobId>>,
	pub named: Mutex<BTreeMap<BlobId, bool>>,
	pub broken: Mutex<bool>,
}

impl Chain {
	pub fn of(store: &BlobStore) -> Arc<Self> {
		let chain = Arc::new(Self::default());
		store.set_references(chain.clone());
		chain
	}

	pub fn name(&self, id: BlobId, manifest: bool) {
		self.named.lock().unwrap().insert(id, manifest);
	}
}

impl References for Chain {
	fn job_exists(&self, job: JobId) -> Result<bool, String> {
		Ok(self.jobs.lock().unwrap().contains(&job))
	}

	fn visit(&self, visit: &mut dyn FnMut(BlobId, bool)) -> Result<(), String> {
		if *self.broken.lock().unwrap() {
			return Err("the state was pruned".into());
		}
		self.named.lock().unwrap().iter().for_each(|(id, manifest)| visit(*id, *manifest));
		Ok(())
	}
}
