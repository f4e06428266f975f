//! How values look in JSON: amounts as decimal strings (a JavaScript number loses plancks), hashes as `0x…`,
//! blobs as CIDs, arguments as text.

use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

/// Amounts: written as decimal strings, read from strings or numbers.
pub mod balance {
	use super::*;

	/// Writes a decimal string.
	pub fn serialize<S: Serializer>(value: &u128, s: S) -> Result<S::Ok, S::Error> {
		value.to_string().serialize(s)
	}

	/// Reads a decimal string or a whole number.
	pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u128, D::Error> {
		#[derive(Deserialize)]
		#[serde(untagged)]
		enum Amount {
			Number(u64),
			Text(String),
		}
		match Amount::deserialize(d)? {
			Amount::Number(number) => Ok(number.into()),
			Amount::Text(text) => text
				.parse()
				.map_err(|_| D::Error::custom(format!("'{text}' is not a whole number of plancks"))),
		}
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
		hex::decode_to_slice(text.trim_start_matches("0x"), &mut out)
			.map_err(|e| D::Error::custom(format!("'{text}' is not 32 bytes in hexadecimal: {e}")))?;
		Ok(out)
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
