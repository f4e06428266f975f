//! What compiled code is kept under: everything that it depends on.

use ergon_primitives::PROFILE_1;
use sha2::{Digest, Sha256};
use std::{
	fmt,
	hash::{Hash, Hasher},
};
use wasmtime::Engine;

/// A program, and what its code was made by and for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CacheName([u8; 64]);

/// Whatever code depends on beside the program: the profile and this program's own way of writing it into a module, the
/// engine's version and settings, and the features of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
	pub(crate) fn of(engine: &Engine) -> Self {
		let mut hasher = Sha256Hasher(Sha256::new());
		PROFILE_1.hash(&mut hasher);
		env!("ERGON_DEFINITION").hash(&mut hasher);
		engine.precompile_compatibility_hash().hash(&mut hasher);
		Self(hasher.0.finalize().into())
	}
}

impl CacheName {
	pub(crate) fn new(module: &[u8], fingerprint: Fingerprint) -> Self {
		let mut name = [0; 64];
		name[..32].copy_from_slice(&Sha256::digest(module));
		name[32..].copy_from_slice(&fingerprint.0);
		Self(name)
	}

	pub(super) fn as_bytes(&self) -> &[u8; 64] {
		&self.0
	}
}

/// The name of the file: the program's digest, and enough of the rest that programs of two engines stand side by side.
impl fmt::Display for CacheName {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (program, fingerprint) = self.0.split_at(32);
		program.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
		f.write_str("-")?;
		fingerprint[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
	}
}

impl fmt::Debug for CacheName {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "CacheName({self})")
	}
}

/// SHA-256 of what a [`Hash`] feeds: the standard library's own hashers may change from version to version.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
	fn write(&mut self, bytes: &[u8]) {
		self.0.update(bytes);
	}

	fn finish(&self) -> u64 {
		let digest: [u8; 32] = self.0.clone().finalize().into();
		u64::from_le_bytes(std::array::from_fn(|byte| digest[byte]))
	}
}
