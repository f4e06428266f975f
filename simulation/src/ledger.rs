//! Who earned and lost what, and by what: each payment and each fine is attributed to what the provider really did.

use crate::{
	machine::{Behaviour, Plan},
	truth::truth,
	world::Machine,
};
use ergon_primitives::{Balance, Claim, Conduct, ShardKey, Verdict};
use ergon_runtime::{AccountId, Jobs, RuntimeEvent, UNIT};
use pallet_jobs::Event as JobEvent;
use pallet_providers::Event as ProviderEvent;
use std::{
	collections::{BTreeMap, BTreeSet},
	fmt,
};

/// With fewer faults than this, luck decides whether a provider gained by claims that it had not computed: who works alone lies
/// N − 1 times out of N for its pay, and then loses N locks.
const ENOUGH_FAULTS: u32 = 25;
/// But luck has an end.
const ENOUGH_CLAIMS: u32 = 300;

/// One provider's books.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
	/// Earned by claims that it had computed.
	pub earned: Balance,
	/// Earned by claims that it had not.
	pub gained: Balance,
	/// Lost for anything but absence.
	pub lost: Balance,
	/// Lost for absence.
	pub missed: Balance,
	/// Claims that it was paid for and had computed.
	pub worked: u32,
	/// Claims that it was paid for and had not computed.
	pub unworked: u32,
	/// Faults other than absence.
	pub faults: u32,
	/// Absences.
	pub absences: u32,
}

/// The books.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
	behaviours: BTreeMap<AccountId, Behaviour>,
	accounts: BTreeMap<AccountId, Account>,
	submitted: u32,
	finished: u32,
	/// Shards closed by a quorum.
	pub agreed: u32,
	/// Of these, with a wrong result.
	pub wrong: u32,
	/// Shards closed otherwise.
	pub failed: u32,
	/// Honest replicas that lost against a quorum of accomplices.
	pub outvoted: u32,
	/// Of the lies told alone, how many should be accepted by the audit rates at which they were told.
	pub expected_alone: f64,
	/// Paid for replacements by those that made them necessary.
	pub compensated: Balance,
}

/// What has happened to one shard in this block, before it was closed.
#[derive(Default)]
struct Pending {
	paid: Vec<(AccountId, Balance)>,
	fined: Vec<(AccountId, Conduct)>,
}

impl Ledger {
	/// Empty books for these providers.
	pub fn new(machines: &[Machine]) -> Self {
		let behaviours = machines.iter().map(|machine| (machine.stash.clone(), machine.behaviour));
		Self { behaviours: behaviours.collect(), ..Default::default() }
	}

	/// Jobs that are not finished.
	pub fn unfinished(&self) -> u32 {
		self.submitted.saturating_sub(self.finished)
	}

	/// Jobs submitted.
	pub fn submitted(&self) -> u32 {
		self.submitted
	}

	/// Books a block's events, and forgets the plans of shards that are closed. Reads the state of the block.
	pub fn book(&mut self, events: &[RuntimeEvent], plans: &mut BTreeMap<(ShardKey, AccountId), Plan>) {
		let mut pending = Pending::default();
		let mut closed = BTreeSet::new();
		for event in events {
			match event {
				RuntimeEvent::Rewards(pallet_rewards::Event::Paid { provider, amount, .. }) => {
					pending.paid.push((provider.clone(), *amount));
				},
				RuntimeEvent::Providers(ProviderEvent::Slashed { provider, amount, conduct, .. }) => {
					self.fine(provider, *amount, *conduct);
					// An absence or a silence is the fault of who is out of the shard; the others are those of a verdict.
					if matches!(conduct, Conduct::Dissented | Conduct::FalselyUnavailable) {
						pending.fined.push((provider.clone(), *conduct));
					}
				},
				RuntimeEvent::Jobs(JobEvent::Closed { key, verdict, compensated, .. }) => {
					self.compensated += *compensated;
					self.close(*key, verdict, std::mem::take(&mut pending), plans);
					closed.insert(*key);
				},
				RuntimeEvent::Jobs(JobEvent::Submitted { .. }) => self.submitted += 1,
				RuntimeEvent::Jobs(JobEvent::Finished { .. }) => self.finished += 1,
				_ => {},
			}
		}
		assert!(pending.paid.is_empty() && pending.fined.is_empty(), "paid or fined for no shard");
		plans.retain(|(key, _), _| !closed.contains(key));
	}

	fn fine(&mut self, provider: &AccountId, amount: Balance, conduct: Conduct) {
		let behaviour = self.behaviours.get(provider).copied();
		let account = self.accounts.entry(provider.clone()).or_default();
		if conduct == Conduct::Absent {
			account.missed += amount;
			account.absences += 1;
		} else {
			account.lost += amount;
			account.faults += 1;
		}
		if behaviour == Some(Behaviour::Honest) {
			assert!(
				!matches!(conduct, Conduct::Absent | Conduct::Silent),
				"an honest provider that was there was {conduct:?}"
			);
		}
	}

	/// Books a verdict, and holds it to the truth.
	fn close(
		&mut self,
		key: ShardKey,
		verdict: &Verdict,
		pending: Pending,
		plans: &BTreeMap<(ShardKey, AccountId), Plan>,
	) {
		let said = match *verdict {
			Verdict::Agreed { root, fuel, outcomes } => Some(Claim::Computed { root, fuel, outcomes }),
			Verdict::Unavailable => Some(Claim::Unavailable),
			_ => None,
		};
		let Some(said) = said else {
			assert!(pending.paid.is_empty(), "paid without a quorum");
			assert!(pending.fined.is_empty(), "convicted without a quorum");
			self.failed += 1;
			return;
		};
		let (spec, _) = Jobs::order(key.job).expect("a job outlives its shards");
		let right = said == truth(&spec, key);
		self.agreed += 1;
		self.wrong += u32::from(!right);
		let worked = |provider: &AccountId| plans.get(&(key, provider.clone())).is_some_and(Plan::worked);
		for provider in
			pending.paid.iter().map(|(who, _)| who).chain(pending.fined.iter().map(|(who, _)| who))
		{
			if let Some(Plan::Say { worked: false, alone, .. }) = plans.get(&(key, provider.clone())) {
				self.expected_alone += if *alone > 0 { 1.0 - 1.0 / f64::from(*alone) } else { 0.0 };
			}
		}
		for (provider, amount) in pending.paid {
			let worked = worked(&provider);
			assert!(right || !worked, "a provider that did the work was paid for a wrong result");
			let account = self.accounts.entry(provider).or_default();
			if worked {
				account.earned += amount;
				account.worked += 1;
			} else {
				account.gained += amount;
				account.unworked += 1;
			}
		}
		for (provider, conduct) in pending.fined {
			if worked(&provider) {
				assert!(!right, "a provider that did the work was convicted by a right verdict: {conduct:?}");
				self.outvoted += 1;
			}
		}
	}

	/// The books of all providers of a behaviour together.
	pub fn of(&self, behaviour: Behaviour) -> Account {
		let own = self.accounts.iter().filter(|(who, _)| self.behaviours.get(*who) == Some(&behaviour));
		own.fold(Account::default(), |sum, (_, account)| sum.plus(account))
	}

	/// Nobody gained more by claims that it had not computed than it lost, unless it had too few to tell.
	pub fn check_that_lies_do_not_pay(&self) {
		let accounts = self.accounts.iter().map(|(who, account)| {
			let behaviour = self.behaviours.get(who).copied().unwrap_or(Behaviour::Honest);
			(format!("{behaviour:?} {who:?}"), *account)
		});
		let behaviours = Behaviour::ALL.into_iter().map(|one| (format!("{one:?}"), self.of(one)));
		for (name, account) in accounts.chain(behaviours) {
			let enough = account.faults >= ENOUGH_FAULTS || account.unworked >= ENOUGH_CLAIMS;
			assert!(
				!enough || account.gained <= account.lost,
				"{name} gained {} by claims that it had not computed, and lost {}",
				account.gained,
				account.lost
			);
		}
	}
}

impl Account {
	fn plus(self, other: &Self) -> Self {
		Self {
			earned: self.earned + other.earned,
			gained: self.gained + other.gained,
			lost: self.lost + other.lost,
			missed: self.missed + other.missed,
			worked: self.worked + other.worked,
			unworked: self.unworked + other.unworked,
			faults: self.faults + other.faults,
			absences: self.absences + other.absences,
		}
	}

	/// All that it earned, less all that it lost, in tokens.
	pub fn profit(&self) -> f64 {
		units(self.earned) + units(self.gained) - units(self.lost) - units(self.missed)
	}
}

fn units(amount: Balance) -> f64 {
	amount as f64 / UNIT as f64
}

impl fmt::Display for Ledger {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		writeln!(
			f,
			"jobs {}; shards agreed {}, of these wrong {}; without a quorum {}; honest replicas outvoted {}; compensated {:.3}",
			self.submitted,
			self.agreed,
			self.wrong,
			self.failed,
			self.outvoted,
			units(self.compensated)
		)?;
		writeln!(
			f,
			"{:<10} {:>9} {:>12} {:>9} {:>12} {:>7} {:>12} {:>8} {:>10} {:>12}",
			"behaviour",
			"worked",
			"earned",
			"unworked",
			"gained",
			"faults",
			"lost",
			"absent",
			"missed",
			"profit"
		)?;
		for behaviour in Behaviour::ALL {
			let account = self.of(behaviour);
			writeln!(
				f,
				"{:<10} {:>9} {:>12.3} {:>9} {:>12.3} {:>7} {:>12.3} {:>8} {:>10.3} {:>12.3}",
				format!("{behaviour:?}"),
				account.worked,
				units(account.earned),
				account.unworked,
				units(account.gained),
				account.faults,
				units(account.lost),
				account.absences,
				units(account.missed),
				account.profit()
			)?;
		}
		Ok(())
	}
}
