//! What the pallet keeps in state.

use codec::{Decode, Encode, MaxEncodedLen};
use ergon_primitives::{
	attestation::Terms,
	provider::Wanted,
	stake::Stake,
	views::{JobState, Progress},
	Balance, BlockNumber, Fuel, JobSpec, Moment, Ppm, Price, ShardIndex, Verdict,
};
use scale_info::TypeInfo;

/// One order and the terms that its client was quoted. Written once; what moves is in [`Standing`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Job<AccountId> {
	/// Who ordered, whose account holds the budget, and who gets back what is not used.
	pub owner: AccountId,
	/// The order.
	pub spec: JobSpec,
	/// The block that included it.
	pub submitted_at: BlockNumber,
	/// That block's time: where the tasks' clocks start.
	pub submitted_time: Moment,
	/// What was held for its records.
	pub deposit: Balance,
	/// The parameters as they were at submission: whatever governance changes later, the held budget suffices.
	pub quoted: Quoted,
}

/// The market's parameters that an order is settled by, frozen at its submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Quoted {
	/// The protocol's fee on what providers are paid.
	pub fee: Ppm,
	/// What a replica of a quorum is paid at least.
	pub least_pay: Balance,
	/// The most that a shard can cost: all shards but the last.
	pub shard_budget: Balance,
	/// The most that the last shard can cost; it may have fewer tasks.
	pub last_shard_budget: Balance,
	/// Blocks from a draw to the commitment.
	pub commit_window: BlockNumber,
	/// Blocks from the last commitment to the reveal.
	pub reveal_window: BlockNumber,
}

impl Quoted {
	/// What a replica is paid for so much fuel: [`Economics::pay`](ergon_primitives::money::Economics::pay) as of the
	/// submission. Nothing that passed the checks there overflows; what would is paid the least.
	pub fn pay(&self, ask: Price, fuel: Fuel) -> Balance {
		ask.of(fuel).unwrap_or(0).max(self.least_pay)
	}
}

impl<AccountId> Job<AccountId> {
	/// The most that a shard can cost; nothing for a shard that the job does not have.
	pub fn shard_budget(&self, shard: ShardIndex) -> Balance {
		let shards = self.spec.shards();
		match shard.0.saturating_add(1) {
			next if next < shards => self.quoted.shard_budget,
			next if next == shards => self.quoted.last_shard_budget,
			_ => 0,
		}
	}

	/// The most that the shards from number `drawn` on can cost together.
	pub fn budget_from(&self, drawn: u32) -> Balance {
		let shards = self.spec.shards();
		if drawn >= shards {
			return 0;
		}
		let full = Balance::from(shards - drawn - 1);
		// Cannot saturate: the sum over all shards was checked at submission.
		self.quoted.shard_budget.saturating_mul(full).saturating_add(self.quoted.last_shard_budget)
	}

	/// Whether replicas drawn in block `now` can commit and reveal before the refund at the deadline. That block
	/// refunds first of all, so the one before it is the last that counts.
	pub fn is_in_time(&self, now: BlockNumber) -> bool {
		now.saturating_add(self.quoted.commit_window).saturating_add(self.quoted.reveal_window)
			< self.spec.deadline
	}

	/// What a replica of this ask is paid for so much fuel.
	pub fn pay(&self, ask: Price, fuel: Fuel) -> Balance {
		self.quoted.pay(ask.min(self.spec.max_price), fuel)
	}

	/// The most that one replica of a shard can cost: what it is paid, and the fee on it.
	pub fn replica_value(&self, shard: ShardIndex) -> Balance {
		let pay = self.pay(self.spec.max_price, self.spec.shard_fuel(shard));
		pay.saturating_add(self.quoted.fee.of(pay))
	}

	/// What its shard's attestation must know.
	pub fn terms(&self, shard: ShardIndex) -> Terms {
		Terms {
			quorum: self.spec.policy.quorum,
			max_replicas: self.spec.policy.max_replicas,
			commit_window: self.quoted.commit_window,
			reveal_window: self.quoted.reveal_window,
			fuel_limit: self.spec.shard_fuel(shard),
			value: self.replica_value(shard),
		}
	}
}

/// What a draw for a shard of this order looks for.
pub fn wanted(spec: &JobSpec, shard: ShardIndex, stake: Stake) -> Wanted {
	Wanted {
		ceiling: spec.max_price,
		memory: spec.memory_mib(),
		requirements: spec.requirements,
		shard_fuel: spec.shard_fuel(shard),
		tip: spec.tip_share(),
		stake,
	}
}

/// How far a job is: small, because each draw and each settlement rewrites it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Standing {
	/// Where the job stands.
	pub state: JobState,
	/// Shards drawn so far: they are drawn in order, so this is the next to draw.
	pub drawn: u32,
	/// How all the shards that were never drawn ended, without a record for each.
	pub rest: Option<Rest>,
	/// The shard that a sweep over many blocks (at the deadline, then at pruning) has come to.
	pub cursor: u32,
	/// Shards by where they stand, and money. `held` is the job's part of its owner's `JobBudget` hold.
	pub progress: Progress,
}

impl Standing {
	/// A job that was just submitted.
	pub fn new(shards: u32, budget: Balance) -> Self {
		Self {
			state: JobState::Queued,
			drawn: 0,
			rest: None,
			cursor: 0,
			progress: Progress { queued: shards, held: budget, ..Default::default() },
		}
	}

	/// Takes note that the next shard was drawn.
	pub fn draw(&mut self) {
		self.state = JobState::Working;
		self.drawn = self.drawn.saturating_add(1);
		self.progress.queued = self.progress.queued.saturating_sub(1);
		self.progress.working = self.progress.working.saturating_add(1);
	}

	/// Takes note that an open shard of this budget was closed with this bill.
	pub fn close(&mut self, budget: Balance, bill: &Bill, fuel: Option<Fuel>) {
		let progress = &mut self.progress;
		progress.working = progress.working.saturating_sub(1);
		match fuel {
			Some(fuel) => {
				progress.settled = progress.settled.saturating_add(1);
				progress.fuel = progress.fuel + fuel;
			},
			None => progress.failed = progress.failed.saturating_add(1),
		}
		progress.paid = progress.paid.saturating_add(bill.paid);
		progress.fees = progress.fees.saturating_add(bill.fee);
		progress.refunded = progress.refunded.saturating_add(bill.refunded(budget));
		progress.held = progress.held.saturating_sub(budget);
	}

	/// Takes note that every shard never drawn ended like this, its budget given back.
	pub fn close_rest(&mut self, verdict: Verdict, at: BlockNumber, budget: Balance) {
		let progress = &mut self.progress;
		progress.failed = progress.failed.saturating_add(progress.queued);
		progress.queued = 0;
		progress.refunded = progress.refunded.saturating_add(budget);
		progress.held = progress.held.saturating_sub(budget);
		self.rest = Some(Rest { verdict, at });
	}

	/// Whether every shard has its verdict.
	pub fn is_complete(&self) -> bool {
		self.progress.queued == 0 && self.progress.working == 0
	}
}

/// How and when the shards that were never drawn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Rest {
	/// `Expired` or `Cancelled`.
	pub verdict: Verdict,
	/// The block.
	pub at: BlockNumber,
}

/// What one shard cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
	/// Paid to its replicas together out of the shard's budget, tips included.
	pub paid: Balance,
	/// Taken of the budget as protocol fee.
	pub fee: Balance,
	/// Paid to replacements out of fines.
	pub compensated: Balance,
	/// What of the refund the owner has already: it was taken out of the hold for somebody who could not take it.
	pub returned: Balance,
}

impl Bill {
	/// What is left of the shard's budget.
	pub fn refunded(&self, budget: Balance) -> Balance {
		budget.saturating_sub(self.paid).saturating_sub(self.fee)
	}
}
