//! Values as people read them.

use ergon_primitives::{money::UNIT, Balance, Fuel};

/// `1.5 ERG`, with as many digits as it has.
pub fn amount(plancks: Balance) -> String {
	let (whole, rest) = (plancks / UNIT, plancks % UNIT);
	if rest == 0 {
		return format!("{whole} ERG");
	}
	let digits = format!("{rest:012}");
	format!("{whole}.{} ERG", digits.trim_end_matches('0'))
}

/// Tokens and plancks.
pub fn both(plancks: Balance) -> String {
	format!("{} ({plancks} plancks)", amount(plancks))
}

/// `1.234 Gfuel`, to three digits.
pub fn fuel(fuel: Fuel) -> String {
	let (unit, name) = match fuel.0 {
		0..=999_999 => return format!("{} fuel", fuel.0),
		1_000_000..=999_999_999 => (1_000_000, "Mfuel"),
		_ => (1_000_000_000, "Gfuel"),
	};
	format!("{}.{:03} {name}", fuel.0 / unit, fuel.0 % unit * 1_000 / unit)
}

/// `0x…`.
pub fn hash(bytes: &[u8; 32]) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// `1 shard`, `2 shards`.
pub fn count(number: impl Into<u64>, thing: &str) -> String {
	let number = number.into();
	format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// About how long a number of blocks takes.
pub fn blocks(blocks: u32, block_millis: u64) -> String {
	let seconds = u64::from(blocks).saturating_mul(block_millis) / 1_000;
	let about = match seconds {
		0..=119 => format!("{seconds} s"),
		120..=7_199 => format!("{} min", seconds / 60),
		_ => format!("{} h", seconds / 3_600),
	};
	format!("{} (about {about})", count(blocks, "block"))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn values_should_read_naturally() {
		assert_eq!(amount(0), "0 ERG");
		assert_eq!(amount(UNIT), "1 ERG");
		assert_eq!(amount(1_500_000_000_000), "1.5 ERG");
		assert_eq!(amount(1), "0.000000000001 ERG");
		assert_eq!(both(1), "0.000000000001 ERG (1 plancks)");
		assert_eq!(fuel(Fuel(999)), "999 fuel");
		assert_eq!(fuel(Fuel(1_500_000)), "1.500 Mfuel");
		assert_eq!(fuel(Fuel(u64::MAX)), "18446744073.709 Gfuel");
		assert_eq!(count(1u32, "shard"), "1 shard");
		assert_eq!(count(0u32, "shard"), "0 shards");
		assert_eq!(blocks(40, 3_000), "40 blocks (about 2 min)");
		assert_eq!(blocks(u32::MAX, u64::MAX), "4294967295 blocks (about 5124095576030 h)");
	}
}
