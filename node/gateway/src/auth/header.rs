use super::AuthError;
use sp_core::crypto::{AccountId32, Ss58Codec};

/// Longer headers are refused unread.
const MAX_CHARS: usize = 512;

/// What an `Authorization` header says. Nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
	/// Who signed.
	pub account: AccountId32,
	/// Until when it holds, in seconds since the Unix epoch.
	pub expires: u64,
	/// Makes each signature another one.
	pub nonce: [u8; 16],
	/// By sr25519.
	pub signature: [u8; 64],
}

impl Signed {
	/// Reads the header's value: each field once, in any order, and no others.
	pub fn parse(header: &str) -> Result<Self, AuthError> {
		let bad = AuthError::Malformed;
		if header.len() > MAX_CHARS {
			return Err(bad("it is too long"));
		}
		let (scheme, fields) = header.trim().split_once(' ').ok_or(bad("it has no fields"))?;
		if !scheme.eq_ignore_ascii_case("ergon") {
			return Err(bad("it has another scheme"));
		}
		let (mut account, mut expires, mut nonce, mut signature) = (None, None, None, None);
		for field in fields.split(',') {
			let (name, value) = field.trim().split_once('=').ok_or(bad("a field has no value"))?;
			let again = match name {
				"account" => {
					let read = AccountId32::from_ss58check(value);
					account.replace(read.map_err(|_| bad("account is not an SS58 address"))?).is_some()
				},
				"expires" => {
					let digits = value.bytes().all(|byte| byte.is_ascii_digit());
					let read = value.parse().ok().filter(|_| digits);
					expires.replace(read.ok_or(bad("expires is not a number of seconds"))?).is_some()
				},
				"nonce" => {
					nonce.replace(hex(value).ok_or(bad("nonce is not 32 hexadecimal digits"))?).is_some()
				},
				"signature" => {
					let read = hex(value).ok_or(bad("signature is not 128 hexadecimal digits"))?;
					signature.replace(read).is_some()
				},
				_ => return Err(bad("it has an unknown field")),
			};
			if again {
				return Err(bad("a field stands there twice"));
			}
		}
		Ok(Self {
			account: account.ok_or(bad("account is missing"))?,
			expires: expires.ok_or(bad("expires is missing"))?,
			nonce: nonce.ok_or(bad("nonce is missing"))?,
			signature: signature.ok_or(bad("signature is missing"))?,
		})
	}
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
	let mut bytes = [0; N];
	hex::decode_to_slice(text, &mut bytes).ok()?;
	Some(bytes)
}
