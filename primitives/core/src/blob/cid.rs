//! A blob's name as text and as bytes: CIDv1, multibase base32 in lower case.

use super::{BlobId, Codec};
use core::{fmt, str::FromStr};

/// The bytes of a name: version, codec, hash function, digest length, digest.
pub const CID_BYTES: usize = 36;

/// The characters of a name: the multibase prefix and 58 base32 digits.
pub const CID_CHARS: usize = 59;

const PREFIX: u8 = b'b';
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const VERSION: u8 = 1;
const RAW: u8 = 0x55;
const DAG_PB: u8 = 0x70;
const SHA2_256: u8 = 0x12;
const DIGEST_BYTES: u8 = 32;

/// More characters than any CID that is worth a closer look has; longer texts are refused unread.
const MAX_CHARS: usize = 128;
/// The bytes that [`MAX_CHARS`] digits hold.
const MAX_BYTES: usize = MAX_CHARS * 5 / 8;

/// Why a text does not name a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CidError {
	/// It has another length than a name.
	Length {
		/// Its bytes.
		found: usize,
	},
	/// It does not begin with `b`, the sign of base32 in lower case.
	Multibase {
		/// The first character.
		found: char,
	},
	/// A character is not a base32 digit.
	NotBase32 {
		/// Its place, counted in bytes from 0.
		at: usize,
		/// The character.
		found: char,
	},
	/// It is a CID of another version than 1.
	Version {
		/// Which.
		found: u64,
	},
	/// Its codec is neither raw nor dag-pb.
	Codec {
		/// Its multicodec number.
		found: u64,
	},
	/// Its hash function is not SHA-256.
	Hash {
		/// Its multihash number.
		found: u64,
	},
	/// Its digest is not 32 bytes long.
	DigestLength {
		/// The length that it states.
		found: u64,
	},
	/// Its last digit has bits that belong to no byte.
	Padding,
}

impl fmt::Display for CidError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Length { found } => {
				write!(f, "a CID here has {CID_CHARS} characters, this text has {found} bytes")
			},
			Self::Multibase { found } => {
				write!(f, "a CID here begins with 'b' (base32 in lower case), not with {found:?}")
			},
			Self::NotBase32 { at, found } => {
				write!(f, "{found:?} at byte {at} is not a base32 digit (a to z, 2 to 7)")
			},
			Self::Version { found } => {
				write!(
					f,
					"this is a CID of version {found}; convert it: `ipfs cid format -v 1 -b base32 CID`"
				)
			},
			Self::Codec { found } => {
				write!(f, "the CID's codec is {found:#x}; only raw (0x55) and dag-pb (0x70) name a blob")
			},
			Self::Hash { found } => {
				write!(f, "the CID's hash function is {found:#x}; only SHA-256 (0x12) names a blob")
			},
			Self::DigestLength { found } => {
				write!(f, "the CID says that its digest has {found} bytes; SHA-256 has 32")
			},
			Self::Padding => {
				write!(f, "the CID's last character has bits that mean nothing; is it mistyped?")
			},
		}
	}
}

impl core::error::Error for CidError {}

impl Codec {
	/// Its multicodec number.
	pub const fn multicodec(self) -> u8 {
		match self {
			Self::Raw => RAW,
			Self::DagPb => DAG_PB,
		}
	}
}

impl BlobId {
	/// The binary CIDv1.
	pub fn to_cid(&self) -> [u8; CID_BYTES] {
		let mut out = [0; CID_BYTES];
		out[..4].copy_from_slice(&[VERSION, self.codec.multicodec(), SHA2_256, DIGEST_BYTES]);
		out[4..].copy_from_slice(&self.digest);
		out
	}

	/// Reads a binary CIDv1, and nothing but the forms that [`Self::to_cid`] writes.
	pub fn from_cid(bytes: &[u8]) -> Result<Self, CidError> {
		let length = || CidError::Length { found: bytes.len() };
		let (version, rest) = varint(bytes).ok_or_else(length)?;
		if version != u64::from(VERSION) {
			return Err(CidError::Version { found: version });
		}
		let (codec, rest) = varint(rest).ok_or_else(length)?;
		let named = match u8::try_from(codec) {
			Ok(RAW) => Codec::Raw,
			Ok(DAG_PB) => Codec::DagPb,
			_ => return Err(CidError::Codec { found: codec }),
		};
		let (hash, rest) = varint(rest).ok_or_else(length)?;
		if hash != u64::from(SHA2_256) {
			return Err(CidError::Hash { found: hash });
		}
		let (size, digest) = varint(rest).ok_or_else(length)?;
		if size != u64::from(DIGEST_BYTES) {
			return Err(CidError::DigestLength { found: size });
		}
		// Each number above could also be written longer, with leading zeros: the total length forbids it.
		match digest.try_into() {
			Ok(digest) if bytes.len() == CID_BYTES => Ok(Self { codec: named, digest }),
			_ => Err(length()),
		}
	}
}

/// The number at the front of `bytes` (LEB128, at most 63 bits) and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
	let mut value = 0;
	for (i, byte) in bytes.iter().take(9).enumerate() {
		value |= u64::from(byte & 0x7f) << (7 * i);
		if byte & 0x80 == 0 {
			return Some((value, &bytes[i + 1..]));
		}
	}
	None
}

impl fmt::Display for BlobId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let mut text = [PREFIX; CID_CHARS];
		let mut digits = text[1..].iter_mut();
		let (mut bits, mut count) = (0u32, 0);
		for byte in self.to_cid() {
			bits = bits << 8 | u32::from(byte);
			count += 8;
			while count >= 5 {
				count -= 5;
				if let Some(digit) = digits.next() {
					*digit = ALPHABET[(bits >> count & 31) as usize];
				}
			}
		}
		if let Some(digit) = digits.next() {
			*digit = ALPHABET[(bits << (5 - count) & 31) as usize];
		}
		f.pad(core::str::from_utf8(&text).map_err(|_| fmt::Error)?)
	}
}

impl fmt::Debug for BlobId {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}

impl FromStr for BlobId {
	type Err = CidError;

	/// Reads what `Display` writes, and nothing else: every blob has one name.
	fn from_str(text: &str) -> Result<Self, CidError> {
		let first = text.chars().next().ok_or(CidError::Length { found: 0 })?;
		if text.len() > MAX_CHARS {
			return Err(CidError::Length { found: text.len() });
		}
		// The older form has no prefix: 46 base58 characters of which the hash function makes the first two.
		if text.len() == 46 && text.starts_with("Qm") {
			return Err(CidError::Version { found: 0 });
		}
		if first != char::from(PREFIX) {
			return Err(CidError::Multibase { found: first });
		}
		let mut bytes = [0; MAX_BYTES];
		let mut length = 0;
		let (mut bits, mut count) = (0u32, 0);
		for (at, found) in text.char_indices().skip(1) {
			let digit = match found {
				'a'..='z' => found as u32 - 'a' as u32,
				'2'..='7' => found as u32 - '2' as u32 + 26,
				_ => return Err(CidError::NotBase32 { at, found }),
			};
			// Five bits come in, at most twelve are kept.
			bits = (bits << 5 | digit) & 0xfff;
			count += 5;
			if count >= 8 {
				count -= 8;
				bytes[length] = (bits >> count & 0xff) as u8;
				length += 1;
			}
		}
		let id = Self::from_cid(&bytes[..length]);
		if text.len() != CID_CHARS {
			// What the bytes say is wrong explains more than their number does.
			return Err(id
				.err()
				.filter(|e| !matches!(e, CidError::Length { .. }))
				.unwrap_or(CidError::Length { found: text.len() }));
		}
		if bits & ((1 << count) - 1) != 0 {
			return Err(CidError::Padding);
		}
		id
	}
}

#[cfg(feature = "serde")]
impl serde::Serialize for BlobId {
	fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
		s.collect_str(self)
	}
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for BlobId {
	fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
		struct Cid;

		impl serde::de::Visitor<'_> for Cid {
			type Value = BlobId;

			fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				f.write_str("a CIDv1 as text (bafkrei… or bafybei…)")
			}

			fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BlobId, E> {
				text.parse().map_err(E::custom)
			}
		}

		d.deserialize_str(Cid)
	}
}
