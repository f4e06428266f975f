//! The drawing of providers, apart from where they are stored.
//!
//! ## Distribution
//! The places of the index come in a random order, each once. Those that fit fill a *hand* of at most `candidates`
//! offers; each pick takes the cheapest offer of the hand, the first drawn among equals, and the hand is filled up again.
//! Nobody is picked whose operator was picked already: with a pick, the others of its operator leave the hand, and later
//! ones are passed over. So:
//! - among `n` fitting providers of equal price, every one is the first pick with the same chance, and every following
//!   pick is one of those left, of other operators, with the same chance. Where every operator has one provider, as if there
//!   were no operators, sets of picks are drawn without replacement, uniformly;
//! - each machine of an operator has its chance of a pick, and all of them together get one pick of a draw at most;
//! - in a large market, the first pick is a provider that a share `q` of the market underbids with a chance in proportion
//!   to `(1 − q)^(candidates − 1)`: cheap providers get more, and nobody gets everything. The fewer candidates, the less
//!   a coalition gains by underbidding everybody: a share `s` of the market has the first pick with `1 − (1 − s)^candidates`;
//! - in a market of no more than [`looks`] providers, every fitting one is found: a draw fails only if there are too few
//!   operators. With no more than `candidates` fitting, the cheapest are picked, one of each operator;
//! - in a larger one, where an operator has the share `s` of those that fit, a draw of two misses all others with a chance
//!   of about `s^looks`: beside one with 80 % of the market, less than one time in a thousand.
//!
//! ## Cost
//! A draw of `count` looks at `candidates + count − 1` places where all fit and have operators of their own, and never at
//! more than [`looks`]. The operator is in the record that a look reads anyway.

use alloc::{collections::BTreeMap, vec::Vec};
use ergon_traits::Offer;
use frame_support::{Blake2_256, StorageHasher};

/// The most places that any draw looks at.
pub(crate) const MAX_LOOKS: u32 = 512;

/// The places that a draw looks at for each pick, at most, where fewer candidates are asked for: enough that an order which
/// one provider in a few fits finds its own.
const LOOKS: u32 = 8;

/// How many places a draw of `count` looks at, at most: [`LOOKS`] or `candidates` for each pick, and never fewer than for four,
/// so that a draw of one does not miss who fits in a small market.
pub(crate) fn looks(candidates: u32, count: u8) -> u32 {
	candidates.max(LOOKS).saturating_mul(u32::from(count).max(4)).min(MAX_LOOKS)
}

/// Random numbers: the BLAKE2b hashes of the seed with a counter.
struct Dice {
	seed: [u8; 32],
	counter: u32,
}

impl Dice {
	/// A number below `bound`, which is not zero. The bias is below 2^-32.
	fn below(&mut self, bound: u32) -> u32 {
		let mut input = [0; 36];
		input[..32].copy_from_slice(&self.seed);
		input[32..].copy_from_slice(&self.counter.to_le_bytes());
		self.counter = self.counter.wrapping_add(1);
		let mut word = [0; 8];
		word.copy_from_slice(&Blake2_256::hash(&input)[..8]);
		let scaled = (u128::from(u64::from_le_bytes(word)) * u128::from(bound)) >> 64;
		scaled as u32 // Below `bound`, since the word is below 2^64.
	}
}

/// The numbers below a length in a random order: a Fisher-Yates shuffle that keeps only what it has moved, so that the
/// first few cost nothing of the length.
pub(crate) struct Shuffle {
	dice: Dice,
	len: u32,
	next: u32,
	moved: BTreeMap<u32, u32>,
}

impl Shuffle {
	/// All numbers below `len`, in the order that `seed` says.
	pub(crate) fn new(seed: [u8; 32], len: u32) -> Self {
		Self { dice: Dice { seed, counter: 0 }, len, next: 0, moved: BTreeMap::new() }
	}
}

impl Iterator for Shuffle {
	type Item = u32;

	fn next(&mut self) -> Option<u32> {
		let left = self.len.checked_sub(self.next).filter(|left| *left > 0)?;
		let chosen = self.next + self.dice.below(left);
		let first = self.moved.remove(&self.next).unwrap_or(self.next);
		let number =
			if chosen == self.next { first } else { self.moved.insert(chosen, first).unwrap_or(chosen) };
		self.next += 1;
		Some(number)
	}
}

/// A provider that fits.
pub(crate) struct Candidate<AccountId> {
	/// Its terms.
	pub(crate) offer: Offer<AccountId>,
	/// Who runs it.
	pub(crate) operator: AccountId,
}

/// Picks `count` offers as the module says, or none if the places do not have so many. `look` answers with the candidate
/// at a place if its provider fits.
pub(crate) fn pick<AccountId: PartialEq>(
	places: impl Iterator<Item = u32>,
	candidates: u32,
	count: u8,
	mut look: impl FnMut(u32) -> Option<Candidate<AccountId>>,
) -> Option<Vec<Offer<AccountId>>> {
	let mut places = places.take(looks(candidates, count) as usize);
	let mut hand: Vec<Candidate<AccountId>> = Vec::new();
	let mut picked = Vec::with_capacity(usize::from(count));
	let mut operators = Vec::with_capacity(usize::from(count));
	for _ in 0..count {
		while hand.len() < candidates as usize {
			let Some(place) = places.next() else { break };
			hand.extend(look(place).filter(|candidate| !operators.contains(&candidate.operator)));
		}
		let (cheapest, _) = hand.iter().enumerate().min_by_key(|(_, candidate)| candidate.offer.ask)?;
		let Candidate { offer, operator } = hand.remove(cheapest);
		hand.retain(|other| other.operator != operator);
		picked.push(offer);
		operators.push(operator);
	}
	Some(picked)
}
