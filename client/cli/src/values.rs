//! Values as they are typed: amounts, prices, fuel, sizes, regions, accounts. Each error says what is accepted.

use ergon_client::{account_of, keypair_from_suri, AccountId};
use ergon_primitives::{money::UNIT, Balance, BlobId, Fuel, Price, Region};

/// `1.5` tokens, or `1500000p` plancks.
pub fn amount(text: &str) -> Result<Balance, String> {
	let accepted = "expected an amount like 1.5 (ERG) or 1500000p (plancks)";
	let (number, unit) = match text.strip_suffix('p') {
		Some(plancks) => (plancks, 1),
		None => (text.strip_suffix("ERG").unwrap_or(text).trim_end(), UNIT),
	};
	scaled(number, unit).map_err(|why| format!("{why}; {accepted}"))
}

/// An amount for a Gfuel.
pub fn price(text: &str) -> Result<Price, String> {
	amount(text).map(Price).map_err(|e| format!("{e}, for a Gfuel"))
}

/// `10G`, `500M`, `1.5T` or a plain number.
pub fn fuel(text: &str) -> Result<Fuel, String> {
	let accepted = "expected fuel like 10G, 500M, 1.5T or a plain number";
	let (number, unit) =
		suffixed(text, &[('K', 1_000), ('M', 1_000_000), ('G', 1_000_000_000), ('T', 1_000_000_000_000)]);
	let fuel = scaled(number, unit).map_err(|why| format!("{why}; {accepted}"))?;
	u64::try_from(fuel).map(Fuel).map_err(|_| format!("it is more fuel than there is; {accepted}"))
}

/// `64M`, `1G` or a plain number of bytes.
pub fn size(text: &str) -> Result<u64, String> {
	let accepted = "expected a size like 64M, 1G (powers of 1024) or a plain number of bytes";
	let bare = text.strip_suffix("iB").unwrap_or(text);
	let (number, unit) = suffixed(bare, &[('K', 1 << 10), ('M', 1 << 20), ('G', 1 << 30)]);
	let size = scaled(number, unit).map_err(|why| format!("{why}; {accepted}"))?;
	u64::try_from(size).map_err(|_| format!("it is more than any machine has; {accepted}"))
}

/// A size of which 32 bits are enough.
pub fn small_size(text: &str) -> Result<u32, String> {
	u32::try_from(size(text)?).map_err(|_| "it is 4 GiB or more; expected less, for example 1M".into())
}

/// A size in MiB, rounded down.
pub fn mebibytes(text: &str) -> Result<u32, String> {
	match size(text)? >> 20 {
		0 => Err("it is less than 1 MiB; expected a size like 1G or 512M".into()),
		mib => {
			u32::try_from(mib).map_err(|_| "it is more than any machine has; expected a size like 1G".into())
		},
	}
}

/// Two upper-case letters.
pub fn region(text: &str) -> Result<Region, String> {
	let region = text.as_bytes().try_into().map(Region).ok().filter(Region::is_valid);
	region.ok_or_else(|| {
		"expected a country's two upper-case letters, for example DE; ZZ is for not saying".into()
	})
}

/// An SS58 address, or `//Name` for the account of a development key.
pub fn account(text: &str) -> Result<AccountId, String> {
	if text.starts_with("//") {
		return keypair_from_suri(text).map(|pair| account_of(&pair)).map_err(|e| e.to_string());
	}
	text.parse().map_err(|e| {
		format!(
			"{e}; expected an SS58 address like 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY, or //Name"
		)
	})
}

/// A blob's name.
pub fn blob(text: &str) -> Result<BlobId, String> {
	text.parse().map_err(|e| {
		format!(
			"{e}; expected a CIDv1 in base32 with SHA-256, bafk… or bafy…, as `ergon blob id FILE` prints"
		)
	})
}

/// Splits a unit's letter off, whatever its case.
fn suffixed<'a>(text: &'a str, units: &[(char, u128)]) -> (&'a str, u128) {
	units
		.iter()
		.find_map(|(letter, unit)| {
			let number =
				text.strip_suffix(*letter).or_else(|| text.strip_suffix(letter.to_ascii_lowercase()))?;
			Some((number, *unit))
		})
		.unwrap_or((text, 1))
}

/// A decimal number times a unit, exactly.
fn scaled(text: &str, unit: u128) -> Result<u128, &'static str> {
	if text.starts_with('-') {
		return Err("it is negative");
	}
	let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
	let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
	let number = |part: &str| -> Result<u128, &'static str> {
		let plain = part.replace('_', "");
		if plain.is_empty() {
			return Ok(0);
		}
		plain.parse().map_err(|_| "it is too large")
	};
	if !(digits(whole) && digits(fraction) && text.bytes().any(|byte| byte.is_ascii_digit())) {
		return Err("it is not a number");
	}
	let fraction = fraction.replace('_', "");
	let fraction = fraction.trim_end_matches('0');
	// unit ÷ 10^digits must be whole for the fraction to be exact; more digits than the unit has are too fine anyhow.
	let parts = u32::try_from(fraction.len()).ok().and_then(|len| 10u128.checked_pow(len));
	let below_one = match parts {
		_ if fraction.is_empty() => 0,
		Some(parts) => {
			let product = number(fraction)?.checked_mul(unit).ok_or("it is too finely divided")?;
			if product % parts != 0 {
				return Err("it is too finely divided");
			}
			product / parts
		},
		None => return Err("it is too finely divided"),
	};
	number(whole)?.checked_mul(unit).and_then(|whole| whole.checked_add(below_one)).ok_or("it is too large")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_should_be_read_exactly() {
		for (text, plancks) in [
			("1.5", 1_500_000_000_000),
			("0", 0),
			(".5", 500_000_000_000),
			("2.", 2_000_000_000_000),
			("1500000p", 1_500_000),
			("1_000", 1_000 * UNIT),
			("0.000000000001", 1),
			("1.5000000000000000000", 1_500_000_000_000),
			("3 ERG", 3 * UNIT),
			("340282366920938463463374607431768211455p", u128::MAX),
		] {
			assert_eq!(amount(text), Ok(plancks), "{text}");
		}
	}

	#[test]
	fn what_is_no_amount_should_be_told_what_would_be() {
		for (text, why) in [
			("", "not a number"),
			(".", "not a number"),
			("p", "not a number"),
			("abc", "not a number"),
			("1.2.3", "not a number"),
			("1e9", "not a number"),
			("-1", "negative"),
			("0.0000000000001", "finely"),
			("0.5p", "finely"),
			("340282366920938463463374607431768211456p", "too large"),
			("999999999999999999999999999999999", "too large"),
			("0.9999999999999999999999999999999999999999999", "finely"),
		] {
			let error = amount(text).err().unwrap_or_default();
			assert!(error.contains(why) && error.contains("1500000p"), "{text}: {error}");
		}
	}

	#[test]
	fn fuel_and_sizes_should_know_their_units() {
		assert_eq!(fuel("10G"), Ok(Fuel(10_000_000_000)));
		assert_eq!(fuel("1.5t"), Ok(Fuel(1_500_000_000_000)));
		assert_eq!(fuel("7"), Ok(Fuel(7)));
		assert_eq!(size("64M"), Ok(64 << 20));
		assert_eq!(size("1.5GiB"), Ok(3 << 29));
		assert_eq!(size("65536"), Ok(65536));
		assert_eq!(small_size("1M"), Ok(1 << 20));
		assert_eq!(mebibytes("1G"), Ok(1024));
		for text in ["", "G", "-1G", "0.5", "99999999999999999999G", "10X"] {
			assert!(fuel(text).err().unwrap_or_default().contains("10G"), "{text}");
			assert!(size(text).err().unwrap_or_default().contains("64M"), "{text}");
		}
		assert!(small_size("4G").is_err());
		assert!(mebibytes("1K").is_err());
	}

	#[test]
	fn regions_and_accounts_should_be_checked() {
		assert_eq!(region("DE"), Ok(Region(*b"DE")));
		for text in ["de", "D", "DEU", "1A", "É"] {
			assert!(region(text).err().unwrap_or_default().contains("DE"), "{text}");
		}
		assert_eq!(account("//Alice"), account("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"));
		assert!(account("5Grwva").err().unwrap_or_default().contains("SS58"));
		assert!(blob("bafkwrong").err().unwrap_or_default().contains("bafk"));
	}
}
