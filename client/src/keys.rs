//! Signing keys from their textual form.

use crate::{AccountId, KeyError, Keypair};
use subxt_signer::{sr25519, SecretUri};

/// The key pair that a secret URI names: a phrase, a hexadecimal seed, or `//Name` on the well-known development phrase,
/// each with optional derivations and password.
///
/// ```
/// let alice = ergon_client::keypair_from_suri("//Alice")?;
/// assert_eq!(
///     ergon_client::account_of(&alice).to_string(),
///     "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
/// );
/// # Ok::<(), ergon_client::KeyError>(())
/// ```
pub fn keypair_from_suri(suri: &str) -> Result<Keypair, KeyError> {
	let suri = suri.trim();
	// The library reads an empty text as the development phrase's root key.
	if suri.is_empty() {
		return Err(KeyError::Empty);
	}
	let uri: SecretUri =
		suri.parse().map_err(|_| KeyError::Malformed { reason: "not a secret URI".to_owned() })?;
	Keypair::from_uri(&uri).map_err(|e| KeyError::Malformed {
		reason: match e {
			sr25519::Error::Phrase(_) => "not a phrase of known words with a right checksum".to_owned(),
			sr25519::Error::Hex(_) | sr25519::Error::InvalidSeed => "not a seed of 32 bytes".to_owned(),
			sr25519::Error::Signature(_) => "not a secret key".to_owned(),
		},
	})
}

/// The account that a key pair signs for.
pub fn account_of(pair: &Keypair) -> AccountId {
	pair.public_key().to_account_id()
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn development_keys_phrases_and_seeds_should_give_known_accounts() {
		let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
		let alice = account_of(&keypair_from_suri("//Alice").unwrap());
		assert_eq!(account_of(&keypair_from_suri(&format!(" {phrase}//Alice\n")).unwrap()), alice);
		assert_eq!(alice.to_string(), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
		let seed = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
		assert_eq!(account_of(&keypair_from_suri(seed).unwrap()), alice);
	}

	#[test]
	fn what_is_no_key_should_be_refused_without_being_repeated() {
		for text in ["", "  ", "Alice", "0x1234", "0xzz", "one two three"] {
			let error = keypair_from_suri(text).err().unwrap().to_string();
			assert!(error.contains("12 to 24 words"), "{error}");
			assert!(text.trim().is_empty() || !error.contains(text), "{error}");
		}
	}
}
