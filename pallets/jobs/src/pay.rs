//! What a shard's replicas are paid, and out of what: the owner's hold, or, for replacements, the fines of those who made them
//! necessary.

use crate::{fines::Purse, Bill, Config, CreditOf, HoldReason, Job, Pallet};
use ergon_primitives::{Balance, Fuel, ShardKey, Verdict};
use ergon_traits::{Closing, Payee, Payouts};
use frame_support::{
	defensive,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::{Fortitude, Precision, Restriction},
		Imbalance, OnUnbalanced,
	},
};

impl<T: Config> Pallet<T> {
	/// Pays the payees of a verdict and the fee on it, and empties the shard's purse of fines. Never takes more of the hold than
	/// the shard's budget.
	pub(crate) fn pay(key: ShardKey, job: &Job<T::AccountId>, closing: &Closing<T::AccountId>) -> Bill {
		let mut purse = Purse::<T>::open(key);
		let bill = match closing.verdict {
			Verdict::Agreed { fuel, .. } => {
				let limit = job.spec.shard_fuel(key.shard);
				if fuel > limit {
					defensive!("no more fuel is agreed on than the shard may use");
				}
				Self::pay_work(job, payees(job, closing), fuel.min(limit), &mut purse)
			},
			Verdict::Unavailable => Self::pay_least(job, payees(job, closing)),
			Verdict::NoQuorum | Verdict::Expired | Verdict::Cancelled => Bill::default(),
		};
		purse.close();
		bill
	}

	/// Pays each its ask for the fuel and its share of the tip.
	fn pay_work(
		job: &Job<T::AccountId>,
		payees: &[Payee<T::AccountId>],
		fuel: Fuel,
		purse: &mut Purse<T>,
	) -> Bill {
		let tip = job.spec.tip.checked_div(payees.len() as Balance).unwrap_or(0).min(job.spec.tip_share());
		let mut bill = Bill::default();
		// What of the work the owner has paid, and the fee on what it has not.
		let (mut work, mut fines_fee) = (0, CreditOf::<T>::zero());
		for Payee { provider, ask, replacement } in payees {
			let due = job.pay(*ask, fuel);
			let by_fines = *replacement && purse.covers(due, job.quoted.fee);
			if *replacement && !by_fines {
				// Each fault costs at least a replica's value, unless governance has lowered what is locked since the order.
				defensive!("fines suffice for replacements");
			}
			let mut received = 0;
			if by_fines && purse.pay(provider, due) {
				received = due;
				bill.compensated = bill.compensated.saturating_add(due);
				fines_fee = fines_fee.merge(purse.fee(due, job.quoted.fee));
			}
			let by_owner = if by_fines { tip } else { due.saturating_add(tip) };
			if Self::pay_out(&job.owner, provider, by_owner) {
				received = received.saturating_add(by_owner);
				bill.paid = bill.paid.saturating_add(by_owner);
				work = if by_fines { work } else { due.saturating_add(work) };
			}
			if received > 0 {
				T::Payouts::paid(provider, received, fuel);
			}
		}
		bill.fee = Self::take_fee(&job.owner, job.quoted.fee.of(work), fines_fee);
		bill
	}

	/// Pays each the least, out of the budget: that a program or input could not be had is no provider's fault.
	fn pay_least(job: &Job<T::AccountId>, payees: &[Payee<T::AccountId>]) -> Bill {
		let due = job.quoted.least_pay;
		let mut bill = Bill::default();
		for Payee { provider, .. } in payees {
			if due > 0 && Self::pay_out(&job.owner, provider, due) {
				T::Payouts::paid(provider, due, Fuel(0));
				bill.paid = bill.paid.saturating_add(due);
			}
		}
		bill.fee = Self::take_fee(&job.owner, job.quoted.fee.of(bill.paid), CreditOf::<T>::zero());
		bill
	}

	/// Moves held money to a provider. One that cannot take it (an amount too small to open its account) goes without,
	/// and the amount goes back to the owner with the rest.
	fn pay_out(owner: &T::AccountId, provider: &T::AccountId, amount: Balance) -> bool {
		let result = T::Currency::transfer_on_hold(
			&HoldReason::JobBudget.into(),
			owner,
			provider,
			amount,
			Precision::Exact,
			Restriction::Free,
			// A freeze on the owner's account does not outrank what it ordered.
			Fortitude::Force,
		);
		if let Err(error) = result {
			log::error!(
				target: crate::LOG_TARGET,
				"{amount} plancks could not be paid to {provider:?}: {error:?}; refunded",
			);
		}
		result.is_ok()
	}

	/// Takes the protocol fee out of the hold and hands it on together with what fines pay of it. Returns what was taken of the
	/// hold.
	fn take_fee(owner: &T::AccountId, fee: Balance, fines_fee: CreditOf<T>) -> Balance {
		let (credit, missing) = T::Currency::slash(&HoldReason::JobBudget.into(), owner, fee);
		if missing > 0 {
			defensive!("the hold covers the fee of every open shard");
		}
		let taken = credit.peek();
		T::Fees::on_unbalanced(credit.merge(fines_fee));
		taken
	}
}

/// Those to be paid: never more than the quorum that the budget is for.
fn payees<'a, AccountId>(job: &Job<AccountId>, closing: &'a Closing<AccountId>) -> &'a [Payee<AccountId>] {
	let most = closing.payees.len().min(job.spec.policy.quorum.into());
	if closing.payees.is_empty() || most < closing.payees.len() {
		defensive!("an agreement has somebody to pay, and at most a quorum");
	}
	closing.payees.get(..most).unwrap_or_default()
}
