//! What a shard's replicas are paid, and out of what: the owner's hold, or, for replacements, the fines of those who made them
//! necessary.

use crate::{fines::Purse, Bill, Config, CreditOf, HoldReason, Job, Pallet};
use ergon_primitives::{Balance, Fuel, ShardKey, Verdict};
use ergon_traits::{Closing, Payee, Payouts};
use frame_support::{
	defensive,
	traits::{
		fungible::{Balanced, BalancedHold},
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
		let due = |payee: &Payee<_>| job.pay(payee.ask, fuel);
		let most = payees.iter().map(due).fold(0, Balance::saturating_add);
		let mut budget = Budget::<T>::open(job, most, tip.saturating_mul(payees.len() as Balance));
		let mut bill = Bill::default();
		// What of the work the owner has paid, and the fee on what it has not.
		let (mut work, mut fines_fee) = (0, CreditOf::<T>::zero());
		for payee in payees {
			let (due, provider) = (due(payee), &payee.provider);
			let by_fines = payee.replacement && purse.covers(due, job.quoted.fee);
			if payee.replacement && !by_fines {
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
			if budget.pay(provider, by_owner) {
				received = received.saturating_add(by_owner);
				bill.paid = bill.paid.saturating_add(by_owner);
				work = if by_fines { work } else { due.saturating_add(work) };
			}
			if received > 0 {
				T::Payouts::paid(provider, received, fuel);
			}
		}
		budget.close(job, work, fines_fee, &mut bill);
		bill
	}

	/// Pays each the least, out of the budget: that a program or input could not be had is no provider's fault.
	fn pay_least(job: &Job<T::AccountId>, payees: &[Payee<T::AccountId>]) -> Bill {
		let due = job.quoted.least_pay;
		let mut budget = Budget::<T>::open(job, due.saturating_mul(payees.len() as Balance), 0);
		let mut bill = Bill::default();
		for Payee { provider, .. } in payees {
			if due > 0 && budget.pay(provider, due) {
				T::Payouts::paid(provider, due, Fuel(0));
				bill.paid = bill.paid.saturating_add(due);
			}
		}
		let work = bill.paid;
		budget.close(job, work, CreditOf::<T>::zero(), &mut bill);
		bill
	}
}

/// What a shard takes out of its owner's hold: all at once, since each access to a hold costs as much as a payment.
struct Budget<T: Config> {
	credit: CreditOf<T>,
}

impl<T: Config> Budget<T> {
	/// Takes out what so much work, the fee on it and so much in tips cost.
	fn open(job: &Job<T::AccountId>, work: Balance, tips: Balance) -> Self {
		let most = work.saturating_add(job.quoted.fee.of(work)).saturating_add(tips);
		// A freeze on the owner's account does not outrank what it ordered.
		let (credit, missing) = T::Currency::slash(&HoldReason::JobBudget.into(), &job.owner, most);
		if missing > 0 {
			defensive!("the hold covers payments and fee of every open shard");
		}
		Self { credit }
	}

	/// Pays a provider. One that cannot take it (an amount too small to open its account) goes without, and the amount goes
	/// back to the owner with the rest.
	fn pay(&mut self, provider: &T::AccountId, amount: Balance) -> bool {
		if self.credit.peek() < amount {
			defensive!("what was taken out covers each payment");
			return false;
		}
		match T::Currency::resolve(provider, self.take(amount)) {
			Ok(()) => true,
			Err(refused) => {
				log::error!(
					target: crate::LOG_TARGET,
					"{amount} plancks could not be paid to {provider:?}; refunded",
				);
				self.credit.subsume(refused);
				false
			},
		}
	}

	/// Hands on the fee on the work that the owner has paid, together with what fines pay of it; the owner gets the rest.
	fn close(mut self, job: &Job<T::AccountId>, work: Balance, fines_fee: CreditOf<T>, bill: &mut Bill) {
		let fee = self.take(job.quoted.fee.of(work));
		bill.fee = fee.peek();
		bill.returned = self.credit.peek();
		if bill.returned > 0 {
			if let Err(dust) = T::Currency::resolve(&job.owner, self.credit) {
				// As with what cannot be released: never stuck.
				T::Fees::on_unbalanced(dust);
			}
		}
		T::Fees::on_unbalanced(fee.merge(fines_fee));
	}

	/// So much of it, or what there is.
	fn take(&mut self, amount: Balance) -> CreditOf<T> {
		let all = core::mem::take(&mut self.credit);
		let (taken, left) = all.split(amount);
		self.credit = left;
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
