//! Random numbers that the task's name decides.

use ergon_primitives::{JobId, TaskIndex};
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha20Rng,
};
use sha2::{Digest, Sha256};

const BLOCK: usize = 64;

/// The key stream of ChaCha20 (nonce and counter from 0) under SHA-256(job ‖ task), job as 8 and task as 4 bytes
/// little-endian. Taken byte by byte, so that how a program slices its requests changes nothing.
pub(super) struct Random {
	stream: ChaCha20Rng,
	block: [u8; BLOCK],
	used: usize,
}

impl Random {
	pub(super) fn new(job: JobId, task: TaskIndex) -> Self {
		let mut seed = Sha256::new();
		seed.update(job.0.to_le_bytes());
		seed.update(task.0.to_le_bytes());
		Self { stream: ChaCha20Rng::from_seed(seed.finalize().into()), block: [0; BLOCK], used: BLOCK }
	}

	pub(super) fn fill(&mut self, mut into: &mut [u8]) {
		while !into.is_empty() {
			if self.used == BLOCK {
				self.stream.fill_bytes(&mut self.block);
				self.used = 0;
			}
			let ready = &self.block[self.used..];
			let count = ready.len().min(into.len());
			let (now, later) = into.split_at_mut(count);
			now.copy_from_slice(&ready[..count]);
			self.used += count;
			into = later;
		}
	}
}
