//! The record of one provider.

use codec::{Decode, Encode, MaxEncodedLen};
use ergon_primitives::{
	money::Economics,
	provider::{Operator, Reputation, Wanted, MAX_SLOTS},
	stake::{trust, Stake},
	views::Unbonding,
	Balance, BlockNumber, ProviderInfo, ProviderStatus, ShardKey,
};
use ergon_traits::Offer;
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;

/// The shards that a provider works on, in no particular order.
pub type Duties = BoundedVec<ShardKey, ConstU32<{ MAX_SLOTS as u32 }>>;

/// All that the chain knows of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Provider<AccountId> {
	/// The key that commits and reveals for it.
	pub worker: AccountId,
	/// Who runs it.
	pub operator: Operator<AccountId>,
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
	/// The shards it works on now, each in one of its slots. Can be more than the slots after an update.
	pub duties: Duties,
	/// Its record.
	pub reputation: Reputation,
	/// All that it was paid, tips included; stays at the largest number.
	pub earned: Balance,
	/// Its place in the index, if it is there: so that it can leave without a search.
	pub place: Option<u32>,
}

impl<AccountId> Provider<AccountId> {
	/// A new provider, online, not yet in the index.
	pub fn new(worker: AccountId, info: ProviderInfo, bond: Balance) -> Self {
		Self {
			worker,
			operator: Operator::Itself,
			info,
			status: ProviderStatus::Online,
			bond,
			locked: 0,
			unbonding: None,
			duties: Duties::new(),
			reputation: Reputation::default(),
			earned: 0,
			place: None,
		}
	}

	/// How many of its slots are taken.
	pub fn busy(&self) -> u16 {
		u16::try_from(self.duties.len()).unwrap_or(u16::MAX)
	}

	/// Whether it could work on one shard more.
	pub fn has_free_slot(&self) -> bool {
		self.busy() < self.info.slots
	}

	/// Whether it belongs into the index.
	pub fn is_available(&self) -> bool {
		self.status == ProviderStatus::Online && self.has_free_slot()
	}

	/// What of the bond covers no lock yet.
	pub fn free_bond(&self) -> Balance {
		self.bond.saturating_sub(self.locked)
	}

	/// What must be on hold for it.
	pub fn held(&self) -> Balance {
		self.bond.saturating_add(self.unbonding.map_or(0, |unbonding| unbonding.amount))
	}

	/// Who runs it: who has agreed to be its operator, else its stash.
	pub fn run_by(&self, stash: AccountId) -> AccountId
	where
		AccountId: Clone,
	{
		match &self.operator {
			Operator::Of(operator) => operator.clone(),
			Operator::Itself | Operator::Claimed(_) => stash,
		}
	}

	/// Its terms, if it can and may do what is wanted. Alone it may only work where nothing is revealed yet.
	pub fn offer(
		&self,
		stash: AccountId,
		wanted: &Wanted,
		economics: &Economics,
		min_bond: Balance,
	) -> Option<Offer<AccountId>> {
		self.info.fits(wanted).ok()?;
		let ask = self.info.ask;
		let lock = economics.lock(wanted.stake, ask, wanted.ceiling, wanted.shard_fuel, wanted.tip)?;
		let free = self.free_bond();
		let trust = match wanted.stake {
			Stake::Ordinary => trust(self.reputation.streak, free, lock),
			Stake::Late => None,
		};
		(self.bond >= min_bond && free >= lock).then_some(Offer { provider: stash, ask, lock, trust })
	}

	/// Takes a duty off, and answers whether it was there.
	pub fn end(&mut self, key: &ShardKey) -> bool {
		match self.duties.iter().position(|duty| duty == key) {
			Some(at) => {
				self.duties.swap_remove(at);
				true
			},
			None => false,
		}
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

	/// Lets it rest until a block, or longer if it must already. Answers until when.
	pub fn suspend(&mut self, until: BlockNumber) -> BlockNumber {
		let until = match self.status {
			ProviderStatus::Suspended { until: before } => until.max(before),
			ProviderStatus::Online | ProviderStatus::Paused => until,
		};
		self.status = ProviderStatus::Suspended { until };
		until
	}
}
