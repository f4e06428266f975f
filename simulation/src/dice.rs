//! Where all chance comes from: one seed, or a fuzzer's bytes.

/// A source of choices. The same source gives the same run.
#[derive(Clone, Debug)]
pub enum Dice {
	/// SplitMix64: small, and good enough to choose operations with.
	Seeded(u64),
	/// The bytes of a fuzzer, and how many are used; zeros after the last.
	Bytes(Vec<u8>, usize),
}

impl Dice {
	/// The next number.
	fn next(&mut self) -> u64 {
		match self {
			Self::Seeded(state) => {
				*state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
				let mut z = *state;
				z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
				z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
				z ^ (z >> 31)
			},
			Self::Bytes(bytes, used) => {
				// Two bytes a choice: more would starve the fuzzer, fewer could not tell a percentage.
				let mut byte = || {
					let byte = bytes.get(*used).copied().unwrap_or(0);
					*used = used.saturating_add(1);
					u64::from(byte)
				};
				byte() << 8 | byte()
			},
		}
	}

	/// Whether a fuzzer's bytes are used up.
	pub fn is_spent(&self) -> bool {
		matches!(self, Self::Bytes(bytes, used) if *used >= bytes.len())
	}

	/// A number below `bound`; 0 if that is 0.
	pub fn below(&mut self, bound: u64) -> u64 {
		self.next().checked_rem(bound).unwrap_or(0)
	}

	/// A number from `low` to `high`, both included.
	pub fn range(&mut self, low: u64, high: u64) -> u64 {
		low + self.below(high.saturating_sub(low).saturating_add(1))
	}

	/// True so many times in a hundred.
	pub fn percent(&mut self, percent: u64) -> bool {
		self.below(100) < percent
	}

	/// True so many times in a thousand.
	pub fn permille(&mut self, permille: u64) -> bool {
		self.below(1_000) < permille
	}

	/// One of these, if there is any.
	pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
		from.get(self.below(from.len() as u64) as usize)
	}

	/// 32 bytes that nobody guesses.
	pub fn bytes32(&mut self) -> [u8; 32] {
		let mut bytes = [0; 32];
		for chunk in bytes.chunks_mut(8) {
			chunk.copy_from_slice(&self.next().to_le_bytes());
		}
		bytes
	}

	/// Puts these into a random order.
	pub fn shuffle<T>(&mut self, items: &mut [T]) {
		for last in (1..items.len()).rev() {
			items.swap(last, self.below(last as u64 + 1) as usize);
		}
	}
}
