use super::{AuthError, Signed};
use sp_core::crypto::AccountId32;
use std::{
	collections::{hash_map::Entry, HashMap},
	sync::{Mutex, PoisonError},
};

/// The nonces that were used and whose signatures have not expired. Bounded: a live nonce is never forgotten, so that when
/// there is no room another upload is refused.
#[derive(Debug)]
pub(crate) struct Nonces {
	seen: Mutex<Seen>,
	/// The most of one account: one that may upload cannot keep others from it.
	per_account: usize,
	/// The most of all.
	total: usize,
}

#[derive(Debug, Default)]
struct Seen {
	/// By account: nonces, and when each one's signature expires.
	accounts: HashMap<AccountId32, HashMap<[u8; 16], u64>>,
	total: usize,
}

impl Default for Nonces {
	/// About 20 MB when full.
	fn default() -> Self {
		Self::new(4_096, 262_144)
	}
}

impl Nonces {
	pub(crate) fn new(per_account: usize, total: usize) -> Self {
		Self { seen: Mutex::default(), per_account, total }
	}

	/// Remembers a verified signature's nonce until it expires, if it is new. `now` is in seconds since the Unix epoch.
	pub(crate) fn remember(&self, signed: &Signed, now: u64) -> Result<(), AuthError> {
		// Maps are whole between two statements.
		let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
		let count = seen.accounts.get(&signed.account).map_or(0, HashMap::len);
		if seen.total >= self.total {
			seen.forget_expired(now);
		} else if count >= self.per_account {
			seen.forget_expired_of(&signed.account, now);
		}
		let Seen { accounts, total } = &mut *seen;
		let room = *total < self.total;
		let nonces = accounts.entry(signed.account.clone()).or_default();
		let room = room && nonces.len() < self.per_account;
		match nonces.entry(signed.nonce) {
			Entry::Occupied(_) => Err(AuthError::Replayed),
			Entry::Vacant(_) if !room => Err(AuthError::TooMany),
			Entry::Vacant(place) => {
				place.insert(signed.expires);
				*total += 1;
				Ok(())
			},
		}
	}
}

impl Seen {
	fn forget_expired(&mut self, now: u64) {
		for nonces in self.accounts.values_mut() {
			nonces.retain(|_, expires| *expires > now);
		}
		self.accounts.retain(|_, nonces| !nonces.is_empty());
		self.total = self.accounts.values().map(HashMap::len).sum();
	}

	fn forget_expired_of(&mut self, account: &AccountId32, now: u64) {
		if let Some(nonces) = self.accounts.get_mut(account) {
			let before = nonces.len();
			nonces.retain(|_, expires| *expires > now);
			self.total -= before - nonces.len();
		}
	}
}
