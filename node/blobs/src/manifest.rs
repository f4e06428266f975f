//! The blobs that a manifest lists, read in pieces: a SCALE `Vec<BlobId>`.

use ergon_primitives::{BlobId, Codec};

/// The bytes of an entry: the codec's index and the digest.
const ENTRY: usize = 33;

/// Reads a manifest's entries as its bytes come by.
#[derive(Debug)]
pub(crate) struct Entries {
	/// What the next piece continues: the length at first, then an entry.
	rest: Vec<u8>,
	/// The entries that are still to come, once their number is known.
	left: Option<u64>,
	size: u64,
}

impl Entries {
	/// Of a manifest of so many bytes.
	pub(crate) fn new(size: u64) -> Self {
		Self { rest: Vec::with_capacity(ENTRY), left: None, size }
	}

	/// Passes on the entries that end in this piece. `false`: there are no more, or it is no manifest.
	pub(crate) fn read(&mut self, mut piece: &[u8], visit: &mut dyn FnMut(BlobId)) -> bool {
		while !piece.is_empty() {
			let wanted = match (self.left, self.rest.first()) {
				(Some(0), _) => return false,
				(Some(_), _) => ENTRY,
				(None, None) => 1,
				(None, Some(first)) => match length_bytes(*first) {
					Some(bytes) => bytes,
					None => return false,
				},
			};
			let (now, later) = piece.split_at(piece.len().min(wanted - self.rest.len().min(wanted)));
			self.rest.extend_from_slice(now);
			piece = later;
			if self.rest.len() < wanted {
				continue;
			}
			match self.left {
				Some(left) => {
					let Some(id) = entry(&self.rest) else { return false };
					visit(id);
					self.left = Some(left - 1);
					self.rest.clear();
				},
				None => match length_bytes(self.rest[0]) {
					Some(bytes) if bytes == self.rest.len() => {
						let mut number = [0; 8];
						number[..bytes].copy_from_slice(&self.rest);
						let length = u64::from_le_bytes(number) >> 2;
						// A length that the bytes cannot hold.
						if length > self.size / ENTRY as u64 {
							return false;
						}
						self.left = Some(length);
						self.rest.clear();
					},
					Some(_) => {},
					None => return false,
				},
			}
		}
		true
	}
}

/// How many bytes a SCALE compact number has that begins so; `None` above 30 bits, of which no manifest has so many.
fn length_bytes(first: u8) -> Option<usize> {
	match first & 3 {
		0 => Some(1),
		1 => Some(2),
		2 => Some(4),
		_ => None,
	}
}

fn entry(bytes: &[u8]) -> Option<BlobId> {
	let (codec, digest) = bytes.split_first()?;
	let codec = match codec {
		0 => Codec::Raw,
		1 => Codec::DagPb,
		_ => return None,
	};
	Some(BlobId { codec, digest: digest.try_into().ok()? })
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	fn ids(count: u32) -> Vec<BlobId> {
		(0..count).map(|i| BlobId::of(&i.to_le_bytes())).collect()
	}

	#[test]
	fn entries_should_come_whatever_the_pieces() {
		for (count, pieces) in [(0, 1), (1, 1), (3, 7), (70, 5), (500, 32), (500, 34), (20_000, 1000)] {
			let bytes = ids(count).encode();
			let (mut entries, mut found) = (Entries::new(bytes.len() as u64), Vec::new());
			for piece in bytes.chunks(pieces) {
				entries.read(piece, &mut |id| found.push(id));
			}
			assert_eq!(found, ids(count));
		}
	}

	#[test]
	fn what_is_no_manifest_should_end_it() {
		for bytes in [&[0xff; 100][..], &[4, 9], &[0xfe; 40], &[4 * 60; 40]] {
			let mut bytes = bytes.to_vec();
			bytes.resize(100, 7);
			let mut found = 0;
			assert!(!Entries::new(100).read(&bytes, &mut |_| found += 1));
			assert_eq!(found, 0);
		}
	}
}
