//! Everybody and everything, block by block.

use crate::{
	chain::{Chain, Fate},
	checks,
	dice::Dice,
	ledger::Ledger,
	machine::{Behaviour, Plan},
	orders::Known,
};
use ergon_primitives::{JobId, ShardKey};
use ergon_runtime::{
	parameters::{defaults, dynamic::market, Periods, RuntimeParameters},
	AccountId, Balance, Parameters, RuntimeCall, RuntimeOrigin, UNIT,
};
use frame_support::assert_ok;
use std::collections::{BTreeMap, VecDeque};

/// How many operations a failing run prints.
const REMEMBERED: usize = 40;

/// A provider, on the chain or not.
#[derive(Clone, Debug)]
pub struct Machine {
	/// Its stash.
	pub stash: AccountId,
	/// How it behaves.
	pub behaviour: Behaviour,
	/// How many worker keys it has had.
	pub keys: u32,
}

/// How large a world is.
#[derive(Clone, Debug)]
pub struct Scale {
	/// How many providers of each behaviour.
	pub machines: Vec<(Behaviour, u32)>,
	/// How many clients.
	pub clients: u32,
	/// So many unfinished jobs are enough.
	pub jobs: u32,
}

impl Default for Scale {
	fn default() -> Self {
		use Behaviour::*;
		Self {
			machines: vec![
				(Honest, 14),
				(Flaky, 2),
				(Absent, 2),
				(Silent, 2),
				(Lazy, 2),
				(Liar, 2),
				(Copier, 2),
				(Colluder, 4),
				(Sleeper, 2),
			],
			clients: 8,
			jobs: 24,
		}
	}
}

impl Scale {
	/// One of each, for runs of a few blocks.
	pub fn small() -> Self {
		let machines =
			Behaviour::ALL.map(|behaviour| (behaviour, 1 + u32::from(behaviour == Behaviour::Honest)));
		Self { machines: machines.to_vec(), clients: 2, jobs: 6 }
	}
}

/// Who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
	/// Owns a provider's bond.
	Stash = 1,
	/// Orders.
	Client = 2,
	/// Runs several providers.
	Operator = 3,
	/// Has no part in anything.
	Outsider = 4,
	/// A provider's key.
	Worker = 5,
}

/// The account of somebody.
pub fn account(role: Role, index: u32, key: u32) -> AccountId {
	let mut bytes = [0; 32];
	bytes[0] = role as u8;
	bytes[1..5].copy_from_slice(&index.to_le_bytes());
	bytes[5..9].copy_from_slice(&key.to_le_bytes());
	AccountId::new(bytes)
}

/// What everybody has at first.
pub const ENDOWMENT: Balance = 100_000 * UNIT;
/// How many operators and how many outsiders there are.
pub const OTHERS: u32 = 3;

/// The whole simulation.
pub struct World {
	/// The chain.
	pub chain: Chain,
	/// All chance.
	pub dice: Dice,
	/// Where the chance began, for the report of a failure.
	pub seed: u64,
	/// The providers.
	pub machines: Vec<Machine>,
	/// The clients.
	pub clients: Vec<AccountId>,
	/// What providers have decided for their open duties.
	pub plans: BTreeMap<(ShardKey, AccountId), Plan>,
	/// The answers that clients have planted.
	pub known: BTreeMap<JobId, Vec<Known>>,
	/// Who earned and lost what by what.
	pub ledger: Ledger,
	/// Shards drawn lately, open or not.
	pub lately: VecDeque<ShardKey>,
	/// Transactions sent.
	pub operations: u64,
	/// Of these, done, failed, and refused.
	pub fates: [u64; 3],
	/// The number of the next order.
	pub orders: u64,
	/// So many unfinished jobs are enough.
	pub enough: u32,
	last: VecDeque<String>,
}

impl World {
	/// A new world of that size. A seed of 0 is as good as any other.
	pub fn new(dice: Dice, scale: &Scale) -> Self {
		let seed = if let Dice::Seeded(seed) = dice { seed } else { 0 };
		let behaviours = scale
			.machines
			.iter()
			.flat_map(|(behaviour, count)| std::iter::repeat_n(*behaviour, *count as usize));
		let machines: Vec<_> = behaviours
			.zip(0..)
			.map(|(behaviour, index)| Machine { stash: account(Role::Stash, index, 0), behaviour, keys: 0 })
			.collect();
		let clients: Vec<_> = (0..scale.clients).map(|index| account(Role::Client, index, 0)).collect();
		let others = (0..OTHERS)
			.flat_map(|index| [Role::Operator, Role::Outsider].map(|role| account(role, index, 0)));
		let endowed = machines.iter().map(|machine| machine.stash.clone());
		let endowed = endowed.chain(clients.iter().cloned()).chain(others).map(|who| (who, ENDOWMENT));
		let mut chain = Chain::new(endowed.collect());
		chain.with(|| set_pace(PACE));
		Self {
			chain,
			dice,
			seed,
			ledger: Ledger::new(&machines),
			machines,
			clients,
			plans: BTreeMap::new(),
			known: BTreeMap::new(),
			lately: VecDeque::new(),
			operations: 0,
			fates: [0; 3],
			orders: 0,
			enough: scale.jobs,
			last: VecDeque::new(),
		}
	}

	/// Sends a transaction and remembers it.
	pub fn send(&mut self, who: &AccountId, call: impl Into<RuntimeCall>) -> Fate {
		let call = call.into();
		let line = format!("block {} {:?} {call:?}", self.chain.number(), who.as_ref() as &[u8])
			.replace(", 0, 0, 0, 0", "");
		let fate = self.chain.send(who, call);
		self.operations += 1;
		let fates = match fate {
			Fate::Done => 0,
			Fate::Failed(_) => 1,
			Fate::Refused(_) => 2,
		};
		self.fates[fates] += 1;
		if self.last.len() >= REMEMBERED {
			self.last.pop_front();
		}
		self.last.push_back(format!("{line} → {fate:?}"));
		fate
	}

	/// One block in which everybody does what it likes.
	pub fn step(&mut self) {
		self.begin();
		self.do_duties();
		self.live();
		self.order();
		self.intrude();
		self.end();
	}

	/// One block in which providers only do their duties, and nobody orders.
	pub fn calm_step(&mut self) {
		self.begin();
		self.do_duties();
		self.end();
	}

	/// Begins a block.
	pub fn begin(&mut self) {
		let events = self.chain.begin();
		self.notice(&events);
	}

	/// Ends a block, books what happened, and checks everything.
	pub fn end(&mut self) {
		let events = self.chain.end();
		let Self { chain, ledger, plans, .. } = self;
		chain.with(|| ledger.book(&events, plans));
		let finished = chain.with(|| checks::after_block(&events));
		for job in finished {
			self.known.remove(&job);
		}
	}

	/// Ends a block and books what happened, without checks: where only the books are wanted.
	pub fn end_unchecked(&mut self) {
		let events = self.chain.end();
		let Self { chain, ledger, plans, .. } = self;
		chain.with(|| ledger.book(&events, plans));
	}

	/// Lets everything that is open come to its end: blocks without orders, until no job is left.
	pub fn drain(&mut self) {
		let most = PACE.max_duration + PACE.retention + 100;
		for _ in 0..most {
			self.calm_step();
			if self.chain.with(|| pallet_jobs::Jobs::<ergon_runtime::Runtime>::iter_keys().next().is_none()) {
				return;
			}
		}
		panic!("jobs are left {most} blocks after the last order");
	}
}

/// A faster market, so that everything happens often.
pub const PACE: Periods = Periods {
	draw_delay: 2,
	commit_base: 8,
	reveal_window: 5,
	retention: 8,
	unbonding: 301,
	max_duration: 300,
	cool_down: 3,
	max_cool_down: 48,
};

/// Sets the market's periods, as Root does.
pub fn set_pace(pace: Periods) {
	debug_assert!(pace.unbonding > pace.max_duration && defaults::PERIODS.unbonding > 0);
	let change = RuntimeParameters::Market((market::Steps, pace).into());
	assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), change));
}

impl Drop for World {
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("seed {}, after {} operations; the last:", self.seed, self.operations);
			self.last.iter().for_each(|line| eprintln!("  {line}"));
		}
	}
}
