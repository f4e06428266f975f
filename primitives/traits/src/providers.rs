use alloc::vec::Vec;
use ergon_primitives::{provider::Wanted, Balance, Conduct, Price};
use sp_runtime::{DispatchError, DispatchResult};
use sp_weights::Weight;

/// A drawn provider and its terms at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<AccountId> {
	/// Its stash.
	pub provider: AccountId,
	/// Its ask.
	pub ask: Price,
	/// What must be locked of its bond for the shard.
	pub lock: Balance,
}

/// The pool of machines for hire. Behind it: `pallet-providers`. Asked by: jobs (draw, engage), attestation (who a
/// worker key belongs to, discharge).
pub trait Providers<AccountId> {
	/// Draws `count` different providers that fit, none of them in `excluded`, at random by `seed`: for each, the cheapest of
	/// several candidates. All or none; reads a bounded number of records however many providers there are.
	fn draw(
		seed: [u8; 32],
		wanted: &Wanted,
		count: u8,
		excluded: &[AccountId],
	) -> Option<Vec<Offer<AccountId>>>;

	/// Takes a slot of the provider and locks part of its bond for a shard.
	fn engage(offer: &Offer<AccountId>) -> DispatchResult;

	/// Gives the slot and the lock back, takes the loss that the conduct costs out of the bond, and moves the
	/// reputation. Returns what was slashed: at most `lock`.
	fn discharge(provider: &AccountId, lock: Balance, conduct: Conduct) -> Balance;

	/// The provider that a worker key acts for.
	fn provider_of(worker: &AccountId) -> Option<AccountId>;

	/// How many providers of those looked at (a bounded number) fit, and the lowest ask among them.
	fn survey(wanted: &Wanted) -> (u32, Option<Price>);

	/// The most that [`Self::draw`] of so many costs.
	fn draw_weight(_count: u8) -> Weight {
		Weight::zero()
	}

	/// The most that [`Self::engage`] costs.
	fn engage_weight() -> Weight {
		Weight::zero()
	}

	/// The most that [`Self::discharge`] costs, the handler of what is slashed included.
	fn discharge_weight() -> Weight {
		Weight::zero()
	}

	/// The most that [`Self::provider_of`] costs.
	fn provider_of_weight() -> Weight {
		Weight::zero()
	}
}

impl<AccountId> Providers<AccountId> for () {
	fn draw(_: [u8; 32], _: &Wanted, _: u8, _: &[AccountId]) -> Option<Vec<Offer<AccountId>>> {
		None
	}
	fn engage(_: &Offer<AccountId>) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}
	fn discharge(_: &AccountId, _: Balance, _: Conduct) -> Balance {
		0
	}
	fn provider_of(_: &AccountId) -> Option<AccountId> {
		None
	}
	fn survey(_: &Wanted) -> (u32, Option<Price>) {
		(0, None)
	}
}
