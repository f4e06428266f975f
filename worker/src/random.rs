//! Randomness for what must not be guessed.

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
	let mut bytes = [0; N];
	getrandom::fill(&mut bytes)?;
	Ok(bytes)
}
