use alloc::vec::Vec;
use ergon_primitives::{provider::Wanted, stake::Trust, Balance, Conduct, Price, ShardKey};
use sp_runtime::DispatchError;

/// A drawn provider and its terms at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<AccountId> {
	/// Its stash.
	pub provider: AccountId,
	/// Its ask.
	pub ask: Price,
	/// What must be locked of its bond for the shard.
	pub lock: Balance,
	/// Its leave to work alone on the shard, with the lock that takes.
	pub trust: Option<Trust>,
}

/// The end of a provider's work on one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discharge {
	/// The shard.
	pub key: ShardKey,
	/// What the provider has locked for it.
	pub lock: Balance,
	/// What one replica of it can cost: a fault costs at least this.
	pub value: Balance,
	/// How the provider behaved.
	pub conduct: Conduct,
}

/// What the end of a provider's work on a shard has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
	/// What was slashed: at most the lock.
	pub slashed: Balance,
	/// Whether the provider came into the pool that draws are made from, or left it: more work than if not.
	pub moved: bool,
}

/// The pool of machines for hire. Behind it: `pallet-providers`. Asked by: jobs (draw, engage), attestation (who a
/// worker key belongs to, discharge).
pub trait Providers<AccountId> {
	/// Draws `count` providers of different operators that fit, at random by `seed`: for each, the cheapest of several candidates. All or
	/// none; reads a bounded number of records however many providers there are. Nobody whose stash, worker or operator
	/// is in `excluded`.
	fn draw(
		seed: [u8; 32],
		wanted: &Wanted,
		count: u8,
		excluded: &[AccountId],
	) -> Option<Vec<Offer<AccountId>>>;

	/// The same, with how many places of the pool it looked at: what it cost. Whoever does not say looks at none.
	fn draw_counting(
		seed: [u8; 32],
		wanted: &Wanted,
		count: u8,
		excluded: &[AccountId],
	) -> (Option<Vec<Offer<AccountId>>>, u32) {
		(Self::draw(seed, wanted, count, excluded), 0)
	}

	/// The most places that a draw of so many looks at.
	fn most_looks(_count: u8) -> u32 {
		0
	}

	/// Takes a slot of the provider and locks part of its bond for a shard. Returns whether it left the pool by that.
	fn engage(offer: &Offer<AccountId>, key: ShardKey) -> Result<bool, DispatchError>;

	/// Gives slot and lock back, takes the loss that the conduct costs out of the bond, moves the reputation, and
	/// suspends after a fault.
	fn discharge(provider: &AccountId, discharge: Discharge) -> Ended;

	/// The provider that a worker key acts for.
	fn provider_of(worker: &AccountId) -> Option<AccountId>;

	/// Who runs a provider: its stash, if nobody else has agreed to be it.
	fn operator_of(provider: &AccountId) -> AccountId;

	/// The shards that a provider is engaged in: no more than [`ergon_primitives::provider::MAX_SLOTS`].
	fn duties_of(provider: &AccountId) -> Vec<ShardKey>;

	/// How many providers of those looked at (a bounded number) fit; and the lowest ask of those that fit, or would if the
	/// ceiling were no higher than their ask.
	fn survey(wanted: &Wanted) -> (u32, Option<Price>);
}

impl<AccountId: Clone> Providers<AccountId> for () {
	fn draw(_: [u8; 32], _: &Wanted, _: u8, _: &[AccountId]) -> Option<Vec<Offer<AccountId>>> {
		None
	}
	fn engage(_: &Offer<AccountId>, _: ShardKey) -> Result<bool, DispatchError> {
		Err(DispatchError::Unavailable)
	}
	fn discharge(_: &AccountId, _: Discharge) -> Ended {
		Ended::default()
	}
	fn provider_of(_: &AccountId) -> Option<AccountId> {
		None
	}
	fn operator_of(provider: &AccountId) -> AccountId {
		provider.clone()
	}
	fn duties_of(_: &AccountId) -> Vec<ShardKey> {
		Vec::new()
	}
	fn survey(_: &Wanted) -> (u32, Option<Price>) {
		(0, None)
	}
}
