//! Names of blobs: the same as IPFS gives, in one form only, and refused with the reason.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

use ergon_primitives::{
	blob::{BlobHasher, CID_BYTES, LEAF, MAX_LINKS},
	BlobId, CidError, Codec,
};
use proptest::prelude::*;

/// Each line: size, CID, codec, digest of the bytes `7 × i mod 256`.
const VECTORS: &str = include_str!("data/cid-vectors.txt");

/// The name of the first `size` bytes of the vectors' sequence, hashed in pieces of `piece`.
fn generated(size: usize, piece: usize) -> BlobId {
	// The sequence repeats after 256 bytes; any window of it is a slice of this.
	let sequence: Vec<u8> = (0..piece + 256).map(|i| (7 * i) as u8).collect();
	let mut hasher = BlobHasher::new();
	let mut done = 0;
	while done < size {
		let now = piece.min(size - done);
		hasher.update(&sequence[done % 256..][..now]);
		done += now;
	}
	hasher.finish()
}

#[test]
fn names_are_those_that_ipfs_gives() {
	let mut seen = 0;
	for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
		let [size, cid, codec, digest] = line.split_whitespace().collect::<Vec<_>>()[..] else {
			panic!("not a vector: {line}")
		};
		let id = generated(size.parse().unwrap(), 1_000_003);
		assert_eq!(id.to_string(), cid, "{size} bytes");
		assert_eq!(id.codec, if codec == "raw" { Codec::Raw } else { Codec::DagPb });
		assert_eq!(hex::encode(id.digest), digest);
		assert_eq!(cid.parse(), Ok(id));
		assert_eq!(format!("{id:?}"), cid);
		seen += 1;
	}
	assert_eq!(seen, 14);
}

#[test]
fn name_should_not_depend_on_pieces() {
	for size in [0, 1, LEAF - 1, LEAF, LEAF + 1, 2 * LEAF, 3 * LEAF + 5] {
		let whole: Vec<u8> = (0..size).map(|i| (7 * i) as u8).collect();
		let id = BlobId::of(&whole);
		for piece in [4096, LEAF - 1, LEAF, LEAF + 1, 10 * LEAF] {
			assert_eq!(generated(size, piece), id, "{size} in pieces of {piece}");
		}
	}
}

#[test]
fn codec_should_change_above_one_leaf() {
	assert_eq!(BlobId::of(&vec![0; LEAF]).codec, Codec::Raw);
	assert_eq!(BlobId::of(&vec![0; LEAF + 1]).codec, Codec::DagPb);
	assert_eq!(MAX_LINKS, 174);
}

/// A correct name, as bytes; parts of it are spoilt below.
fn cid() -> Vec<u8> {
	BlobId::of(b"ergon").to_cid().to_vec()
}

/// Base32 in lower case of any bytes, with the multibase prefix.
fn base32(bytes: &[u8]) -> String {
	let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1)).collect();
	let digit = |five: &[u8]| {
		let value = (0..5).fold(0, |value, i| value << 1 | five.get(i).copied().unwrap_or(0));
		char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(value)])
	};
	core::iter::once('b').chain(bits.chunks(5).map(digit)).collect()
}

fn refused(text: &str) -> CidError {
	text.parse::<BlobId>().unwrap_err()
}

#[test]
fn refusals_should_say_what_is_wrong() {
	let good = BlobId::of(b"ergon").to_string();
	assert_eq!(base32(&cid()), good);

	assert_eq!(refused(""), CidError::Length { found: 0 });
	assert_eq!(refused("b"), CidError::Length { found: 1 });
	assert_eq!(refused(&good[..58]), CidError::Length { found: 58 });
	assert_eq!(refused(&format!("{good}a")), CidError::Length { found: 60 });
	assert_eq!(refused(&"b".repeat(10_000_000)), CidError::Length { found: 10_000_000 });

	assert_eq!(refused(&good.to_uppercase()), CidError::Multibase { found: 'B' });
	assert_eq!(refused("zdj7Wg"), CidError::Multibase { found: 'z' });
	assert_eq!(refused("é"), CidError::Multibase { found: 'é' });
	assert_eq!(refused(" bafk"), CidError::Multibase { found: ' ' });
	assert_eq!(refused("/ipfs/bafk"), CidError::Multibase { found: '/' });
	assert_eq!(refused("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"), CidError::Version { found: 0 });

	assert_eq!(refused(&good.replacen('a', "1", 1)), CidError::NotBase32 { at: 1, found: '1' });
	assert_eq!(refused("bafé"), CidError::NotBase32 { at: 3, found: 'é' });
	assert_eq!(refused(&format!("{good}\n")), CidError::NotBase32 { at: 59, found: '\n' });

	let spoilt = |at: usize, value: u8| {
		let mut bytes = cid();
		bytes[at] = value;
		refused(&base32(&bytes))
	};
	assert_eq!(spoilt(0, 2), CidError::Version { found: 2 });
	assert_eq!(spoilt(1, 0x71), CidError::Codec { found: 0x71 });
	assert_eq!(spoilt(2, 0x13), CidError::Hash { found: 0x13 });
	assert_eq!(spoilt(3, 20), CidError::DigestLength { found: 20 });

	// dag-json is 0x0129: two bytes, so that the text is longer too; the codec explains it better.
	let mut json = cid();
	json.splice(1..2, [0xa9, 0x02]);
	assert_eq!(refused(&base32(&json)), CidError::Codec { found: 0x129 });
	// The version padded to two bytes: the right number in a form that nothing writes.
	let mut padded = cid();
	padded.splice(0..1, [0x81, 0x00]);
	assert!(matches!(refused(&base32(&padded)), CidError::Length { .. }));
	padded.pop();
	assert!(matches!(refused(&base32(&padded)), CidError::Length { .. }));

	// The last digit holds three bits of the digest and two that belong to nothing.
	let last = good.chars().last().unwrap();
	let next = char::from(last as u8 + 1);
	assert_eq!(refused(&format!("{}{next}", &good[..58])), CidError::Padding);
}

proptest! {
	#[test]
	fn text_and_bytes_round_trip(raw: bool, digest: [u8; 32]) {
		let id = BlobId { codec: if raw { Codec::Raw } else { Codec::DagPb }, digest };
		let text = id.to_string();
		prop_assert_eq!(text.len(), 59);
		let prefix = if raw { "bafkrei" } else { "bafybei" };
		prop_assert_eq!(&text[..7], prefix);
		prop_assert_eq!(text.parse::<BlobId>(), Ok(id));
		prop_assert_eq!(BlobId::from_cid(&id.to_cid()), Ok(id));
		prop_assert_eq!(base32(&id.to_cid()), text);
	}

	#[test]
	fn any_text_is_read_back_or_refused(text in "\\PC{0,70}") {
		if let Ok(id) = text.parse::<BlobId>() {
			prop_assert_eq!(id.to_string(), text);
		}
	}

	#[test]
	fn any_digits_are_read_back_or_refused(text in "b(af[ky])?[a-z2-7]{50,60}") {
		if let Ok(id) = text.parse::<BlobId>() {
			prop_assert_eq!(id.to_string(), text);
		}
	}

	#[test]
	fn any_bytes_are_read_back_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..48)) {
		if let Ok(id) = BlobId::from_cid(&bytes) {
			prop_assert_eq!(bytes.len(), CID_BYTES);
			prop_assert_eq!(id.to_cid().to_vec(), bytes);
		}
	}

	#[test]
	fn one_changed_character_is_another_name_or_refused(digest: [u8; 32], at in 0usize..59, to in 0u8..128) {
		let id = BlobId { codec: Codec::Raw, digest };
		let mut text = id.to_string().into_bytes();
		prop_assume!(text[at] != to);
		text[at] = to;
		let text = String::from_utf8(text).unwrap();
		prop_assert_ne!(text.parse::<BlobId>(), Ok(id));
	}
}

#[cfg(feature = "serde")]
#[test]
fn json_should_be_the_cid() {
	let id = BlobId::of(b"ergon");
	let json = serde_json::to_string(&id).unwrap();
	assert_eq!(json, format!("\"{id}\""));
	assert_eq!(serde_json::from_str::<BlobId>(&json).unwrap(), id);
	let error =
		serde_json::from_str::<BlobId>("\"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG\"").unwrap_err();
	assert!(error.to_string().contains("version 0"), "{error}");
	let error = serde_json::from_str::<BlobId>("7").unwrap_err();
	assert!(error.to_string().contains("CIDv1"), "{error}");
}
