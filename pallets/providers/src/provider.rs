//! The record of one provider.

use codec::{Decode, Encode, MaxEncodedLen};
use ergon_primitives::{
	money::Economics,
	provider::{Reputation, Wanted},
	views::Unbonding,
	Balance, Price, ProviderInfo, ProviderStatus,
};
use scale_info::TypeInfo;

/// All that the chain knows of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Provider<AccountId> {
	/// The key that commits and reveals for it.
	pub worker: AccountId,
	/// What it offers.
	pub info: ProviderInfo,
	/// Whether it takes work.
	pub status: ProviderStatus,
	/// What it has at stake, without what is unbonding.
	pub bond: Balance,
	/// What of the bond its open shards can cost; never more than the bond.
	pub locked: Balance,
	/// What it takes out. Covers no locks, but is still on hold.
	pub unbonding: Option<Unbonding>,
	/// Shards it works on now. Can exceed the slots after an update.
	pub busy: u16,
	/// Its record.
	pub reputation: Reputation,
	/// Its place in the index, if it is there: so that it can leave without a search.
	pub place: Option<u32>,
}

impl<AccountId> Provider<AccountId> {
	/// A new provider, online, not yet in the index.
	pub fn new(worker: AccountId, info: ProviderInfo, bond: Balance) -> Self {
		Self {
			worker,
			info,
			status: ProviderStatus::Online,
			bond,
			locked: 0,
			unbonding: None,
			busy: 0,
			reputation: Reputation::default(),
			place: None,
		}
	}

	/// Whether it belongs into the index.
	pub fn is_available(&self) -> bool {
		self.status == ProviderStatus::Online && self.busy < self.info.slots
	}

	/// What of the bond covers no lock yet.
	pub fn free_bond(&self) -> Balance {
		self.bond.saturating_sub(self.locked)
	}

	/// What must be on hold for it.
	pub fn held(&self) -> Balance {
		self.bond.saturating_add(self.unbonding.map_or(0, |unbonding| unbonding.amount))
	}

	/// Its ask and the lock, if it can and may do what is wanted.
	pub fn terms(
		&self,
		wanted: &Wanted,
		economics: &Economics,
		min_bond: Balance,
	) -> Option<(Price, Balance)> {
		self.info.fits(wanted).ok()?;
		let lock = economics.lock(wanted.stake, self.info.ask, wanted.ceiling, wanted.shard_fuel, wanted.tip)?;
		(self.bond >= min_bond && self.free_bond() >= lock).then_some((self.info.ask, lock))
	}

	/// Takes a loss out of the bond, and what the bond does not cover out of the unbonding part.
	pub fn lose(&mut self, loss: Balance) {
		let of_bond = loss.min(self.bond);
		self.bond -= of_bond;
		let rest = loss - of_bond;
		if let Some(mut unbonding) = self.unbonding.take() {
			unbonding.amount = unbonding.amount.saturating_sub(rest);
			self.unbonding = (unbonding.amount > 0).then_some(unbonding);
		}
	}
}
