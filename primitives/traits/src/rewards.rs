use ergon_primitives::{Balance, Fuel};

/// Hears of what is paid. Behind it: `pallet-rewards`. Told by: jobs (paid), providers (gone).
pub trait Payouts<AccountId> {
	/// A provider was paid for work of so much fuel.
	fn paid(provider: &AccountId, amount: Balance, fuel: Fuel);

	/// All that a provider was ever paid.
	fn total(provider: &AccountId) -> Balance;

	/// A provider has left; its totals can go.
	fn gone(provider: &AccountId);
}

impl<AccountId> Payouts<AccountId> for () {
	fn paid(_: &AccountId, _: Balance, _: Fuel) {}
	fn total(_: &AccountId) -> Balance {
		0
	}
	fn gone(_: &AccountId) {}
}
