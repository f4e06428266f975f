//! Takes bytes as they come, counts and hashes them.

use super::BlobError;
use ergon_primitives::{BlobHasher, BlobId};
use std::io::Write;

/// Passes bytes on and knows their name. What it has passed on is to be thrown away unless [`Verifier::is`] says at the
/// end that it is the blob.
pub(super) struct Verifier<'a> {
	out: &'a mut (dyn Write + Send),
	hasher: BlobHasher,
	done: u64,
	limit: u64,
	/// Bytes to come that are here already.
	repeated: u64,
}

impl<'a> Verifier<'a> {
	/// Passes at most `limit` bytes on.
	pub fn new(out: &'a mut (dyn Write + Send), limit: u64) -> Self {
		Self { out, hasher: BlobHasher::new(), done: 0, limit, repeated: 0 }
	}

	/// Bytes that were passed on.
	pub fn done(&self) -> u64 {
		self.done
	}

	/// The blob comes from its beginning once more: what is here already is skipped.
	pub fn restart(&mut self) {
		self.repeated = self.done;
	}

	/// The blob goes on where it broke off.
	pub fn resume(&mut self) {
		self.repeated = 0;
	}

	/// It will have so many bytes in all.
	pub fn expect(&self, len: u64) -> Result<(), BlobError> {
		if len > self.limit {
			return Err(BlobError::TooLarge { len: Some(len), limit: self.limit });
		}
		Ok(())
	}

	/// Takes the next bytes.
	pub fn take(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
		let skipped = usize::try_from(self.repeated).unwrap_or(usize::MAX).min(bytes.len());
		self.repeated -= skipped as u64;
		let fresh = &bytes[skipped..];
		self.done = self.done.saturating_add(fresh.len() as u64);
		if self.done > self.limit {
			return Err(BlobError::TooLarge { len: None, limit: self.limit });
		}
		self.hasher.update(fresh);
		self.out.write_all(fresh).map_err(BlobError::Write)
	}

	/// Whether all that was taken is this blob.
	pub fn is(self, id: BlobId) -> bool {
		self.repeated == 0 && self.hasher.finish() == id
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn what_comes_twice_should_be_written_once() {
		let mut out = Vec::new();
		let mut verifier = Verifier::new(&mut out, 100);
		verifier.take(b"hel").unwrap();
		verifier.restart();
		verifier.take(b"h").unwrap();
		verifier.take(b"ello").unwrap();
		verifier.resume();
		verifier.take(b"!").unwrap();
		assert_eq!(verifier.done(), 6);
		assert!(verifier.is(BlobId::of(b"hello!")));
		assert_eq!(out, b"hello!");
	}

	#[test]
	fn no_more_than_the_limit_should_be_passed_on() {
		let mut out = Vec::new();
		let mut verifier = Verifier::new(&mut out, 4);
		assert!(verifier.expect(4).is_ok());
		assert!(matches!(verifier.expect(5), Err(BlobError::TooLarge { len: Some(5), limit: 4 })));
		verifier.take(b"1234").unwrap();
		assert!(matches!(verifier.take(b"5"), Err(BlobError::TooLarge { limit: 4, .. })));
		assert_eq!(out, b"1234");
	}

	#[test]
	fn a_part_that_ends_before_what_is_here_should_not_pass_for_the_blob() {
		let mut out = Vec::new();
		let mut verifier = Verifier::new(&mut out, 10);
		verifier.take(b"hello").unwrap();
		verifier.restart();
		verifier.take(b"he").unwrap();
		assert!(!verifier.is(BlobId::of(b"hello")));
	}
}
