//! How values look in JSON: amounts as decimal strings (a JavaScript number loses plancks), hashes as `0x…`,
//! blobs as CIDs, arguments and addresses as text.

use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use core::fmt;
use serde::{
	de::{Error, Unexpected, Visitor},
	Deserialize, Deserializer, Serialize, Serializer,
};

/// Amounts: written as decimal strings, read from strings or numbers.
pub mod balance {
	use super::*;

	/// Writes a decimal string.
	pub fn serialize<S: Serializer>(value: &u128, s: S) -> Result<S::Ok, S::Error> {
		value.to_string().serialize(s)
	}

	/// Reads decimal digits or a whole number.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u128, D::Error> {
		struct Amount;

		impl Visitor<'_> for Amount {
			type Value = u128;

			fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				f.write_str("a whole number of plancks in decimal digits")
			}

			fn visit_u64<E: Error>(self, number: u64) -> Result<u128, E> {
				Ok(number.into())
			}

			fn visit_str<E: Error>(self, text: &str) -> Result<u128, E> {
				// What `parse` accepts besides digits is a sign.
				let digits = text.bytes().all(|byte| byte.is_ascii_digit());
				let amount = digits.then(|| text.parse().ok()).flatten();
				amount.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
			}
		}

		d.deserialize_any(Amount)
	}
}

/// 32 bytes as `0x` and 64 hexadecimal digits.
pub mod hash {
	use super::*;

	/// Writes `0x…`.
	pub fn serialize<S: Serializer>(value: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
		format!("0x{}", hex::encode(value)).serialize(s)
	}

	/// Reads hexadecimal digits with or without `0x`.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 32], D::Error> {
		let text = String::deserialize(d)?;
		let mut out = [0; 32];
		hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(&text), &mut out)
			.map_err(|e| D::Error::custom(format!("'{text}' is not 32 bytes in hexadecimal: {e}")))?;
		Ok(out)
	}
}

/// Commitments to known answers as a list of hashes.
pub mod hashes {
	use super::*;
	use crate::job::KnownAnswers;

	/// One of them.
	#[derive(Serialize, Deserialize)]
	struct Hash(#[serde(with = "super::hash")] [u8; 32]);

	/// Writes `0x…` for each.
	pub fn serialize<S: Serializer>(value: &KnownAnswers, s: S) -> Result<S::Ok, S::Error> {
		s.collect_seq(value.iter().copied().map(Hash))
	}

	/// Reads them within the bound.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<KnownAnswers, D::Error> {
		let hashes: Vec<_> = Vec::<Hash>::deserialize(d)?.into_iter().map(|hash| hash.0).collect();
		hashes.try_into().map_err(|_| D::Error::custom("known: at most 16 hashes"))
	}
}

/// A hint's URL as text.
pub mod url {
	use super::*;
	use crate::hint::MAX_URL_BYTES;
	use bounded_collections::{BoundedVec, ConstU32};

	/// What is read and written.
	type Url = BoundedVec<u8, ConstU32<MAX_URL_BYTES>>;

	/// Writes text.
	pub fn serialize<S: Serializer>(value: &Url, s: S) -> Result<S::Ok, S::Error> {
		String::from_utf8_lossy(value).serialize(s)
	}

	/// Reads text within the bound; whether it is a URL is checked where the value is used.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Url, D::Error> {
		let bytes = String::deserialize(d)?.into_bytes();
		bytes.try_into().map_err(|_| D::Error::custom("url: at most 256 bytes"))
	}
}

/// A region as its two letters.
pub mod region {
	use super::*;

	/// Writes the letters.
	pub fn serialize<S: Serializer>(value: &[u8; 2], s: S) -> Result<S::Ok, S::Error> {
		String::from_utf8_lossy(value).serialize(s)
	}

	/// Reads two bytes of text; whether they are letters is checked where the value is used.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 2], D::Error> {
		let text = String::deserialize(d)?;
		text.as_bytes().try_into().map_err(|_| D::Error::custom(format!("'{text}' is not two letters")))
	}
}

/// Arguments as a list of strings.
pub mod args {
	use super::*;
	use crate::job::{args_from, Args};

	/// Writes strings.
	pub fn serialize<S: Serializer>(value: &Args, s: S) -> Result<S::Ok, S::Error> {
		s.collect_seq(value.iter().map(|arg| String::from_utf8_lossy(arg).into_owned()))
	}

	/// Reads strings within the bounds.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Args, D::Error> {
		let texts = Vec::<String>::deserialize(d)?;
		args_from(&texts).ok_or_else(|| D::Error::custom("args: at most 32, of at most 256 bytes each"))
	}
}

/// Addresses as a list of strings.
pub mod addresses {
	use super::*;
	use crate::provider::Addresses;

	/// Writes strings.
	pub fn serialize<S: Serializer>(value: &Addresses, s: S) -> Result<S::Ok, S::Error> {
		s.collect_seq(value.iter().map(|address| String::from_utf8_lossy(address).into_owned()))
	}

	/// Reads strings within the bounds.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Addresses, D::Error> {
		let bounded = |text: String| text.into_bytes().try_into().ok();
		let texts = Vec::<String>::deserialize(d)?;
		texts
			.into_iter()
			.map(bounded)
			.collect::<Option<Vec<_>>>()
			.and_then(|addresses| addresses.try_into().ok())
			.ok_or_else(|| D::Error::custom("addresses: at most 4, of at most 128 bytes each"))
	}
}
