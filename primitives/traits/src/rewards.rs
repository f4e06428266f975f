use ergon_primitives::{Balance, Fuel};

/// Hears of what is paid. Behind it: `pallet-providers`, which keeps what each has earned, and `pallet-rewards`, which tells the
/// world. Told by: jobs.
pub trait Payouts<AccountId> {
	/// A provider was paid for work of so much fuel.
	fn paid(provider: &AccountId, amount: Balance, fuel: Fuel);
}

impl<AccountId> Payouts<AccountId> for () {
	fn paid(_: &AccountId, _: Balance, _: Fuel) {}
}

/// Both hear of it.
impl<AccountId, A: Payouts<AccountId>, B: Payouts<AccountId>> Payouts<AccountId> for (A, B) {
	fn paid(provider: &AccountId, amount: Balance, fuel: Fuel) {
		A::paid(provider, amount, fuel);
		B::paid(provider, amount, fuel);
	}
}
