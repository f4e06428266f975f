//! Manifests: the inputs of a job with one input for each task. The SCALE encoding of `Vec<BlobId>`, read entry by
//! entry where it lies, since one of a million tasks has 33 MB.

use alloc::vec::Vec;
use codec::{Compact, Decode, Encode, MaxEncodedLen};
use ergon_primitives::BlobId;

/// The manifest of these inputs, in task order.
pub fn encode_manifest(inputs: &[BlobId]) -> Vec<u8> {
	inputs.encode()
}

/// The input of a task; `None` if the bytes are not a manifest to the last byte, or it has no such entry.
pub fn manifest_entry(manifest: &[u8], task: u32) -> Option<BlobId> {
	let mut rest = manifest;
	let count = Compact::<u32>::decode(&mut rest).ok()?.0;
	let size = BlobId::max_encoded_len();
	let whole = usize::try_from(count).ok()?.checked_mul(size)?;
	if rest.len() != whole || task >= count {
		return None;
	}
	let start = usize::try_from(task).ok()?.checked_mul(size)?;
	BlobId::decode(&mut rest.get(start..start.checked_add(size)?)?).ok()
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;
	use alloc::vec;
	use proptest::prelude::*;

	fn blobs(count: usize) -> Vec<BlobId> {
		(0..count).map(|i| BlobId::of(&i.to_le_bytes())).collect()
	}

	#[test]
	fn an_entry_is_the_input_of_its_task() {
		for count in [1, 2, 63, 64, 65, 16_384] {
			let inputs = blobs(count);
			let manifest = encode_manifest(&inputs);
			assert_eq!(Vec::<BlobId>::decode(&mut &manifest[..]).unwrap(), inputs);
			for task in [0, count / 2, count - 1] {
				assert_eq!(manifest_entry(&manifest, task as u32), Some(inputs[task]));
			}
			assert_eq!(manifest_entry(&manifest, count as u32), None);
			assert_eq!(manifest_entry(&manifest, u32::MAX), None);
		}
	}

	#[test]
	fn what_is_not_a_manifest_has_no_entries() {
		assert_eq!(manifest_entry(&[], 0), None);
		assert_eq!(manifest_entry(&[0], 0), None, "an empty one");
		let manifest = encode_manifest(&blobs(3));
		assert_eq!(manifest_entry(&manifest[..manifest.len() - 1], 0), None, "truncated");
		let mut longer = manifest.clone();
		longer.push(0);
		assert_eq!(manifest_entry(&longer, 0), None, "trailing bytes");
		let mut codec = manifest;
		codec[1] = 9;
		assert_eq!(manifest_entry(&codec, 0), None, "an unknown codec");
		let mut huge = Compact(u32::MAX).encode();
		huge.extend(vec![0; 66]);
		assert_eq!(manifest_entry(&huge, 0), None, "a length that the bytes do not bear out");
	}

	proptest! {
		#[test]
		fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), task: u32) {
			let _ = manifest_entry(&bytes, task);
		}
	}
}
