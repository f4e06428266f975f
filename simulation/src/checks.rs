//! What must hold after every block, and when all is over.

use crate::world::World;
use ergon_primitives::{JobId, ShardKey};
use ergon_runtime::{
	configs::market::FinesAccount, invariants, AccountId, Balances, Providers, Runtime, RuntimeEvent,
	EXISTENTIAL_DEPOSIT,
};
use frame_support::traits::StorageInfoTrait;
use pallet_jobs::Event as JobEvent;
use std::collections::BTreeSet;

/// How many shards outsiders remember.
const LATELY: usize = 40;

/// Every invariant of every pallet of the market and across them. Returns the jobs that were pruned.
pub fn after_block(events: &[RuntimeEvent]) -> Vec<JobId> {
	if let Err(broken) = invariants::check_market() {
		panic!("an invariant is broken: {broken:?}");
	}
	assert_eq!(invariants::pot_surplus(), Ok(0), "nobody has given anything to the pot");
	let pruned = events.iter().filter_map(|event| match event {
		RuntimeEvent::Jobs(JobEvent::Pruned { job }) => Some(*job),
		_ => None,
	});
	pruned.collect()
}

impl World {
	/// Holds each draw of a block's beginning to the rules, and remembers it.
	pub fn notice(&mut self, events: &[RuntimeEvent]) {
		for event in events {
			if let RuntimeEvent::Jobs(JobEvent::Assigned { key, providers }) = event {
				self.chain.with(|| check_draw(*key, providers));
				self.lately.push_back(*key);
			}
		}
		let excess = self.lately.len().saturating_sub(LATELY);
		self.lately.drain(..excess);
	}

	/// When no job is left: everybody can leave with everything, nothing is left of the market, and all books are right.
	pub fn finish(&mut self) {
		self.chain.begin();
		for machine in self.machines.clone() {
			let registered =
				self.chain.with(|| pallet_providers::Providers::<Runtime>::contains_key(&machine.stash));
			if registered {
				let fate = self.send(&machine.stash, pallet_providers::Call::<Runtime>::deregister {});
				assert!(fate.is_done(), "{machine:?} cannot leave: {fate:?}");
			}
			let held = self.chain.with(|| Balances::reserved_balance(&machine.stash));
			assert_eq!(held, 0, "{machine:?} has left, and something is held of it");
		}
		for client in &self.clients {
			let held = self.chain.with(|| Balances::reserved_balance(client));
			assert_eq!(held, 0, "something is held of a client without jobs");
		}
		self.end();
		self.chain.with(|| {
			assert_eq!(
				market_state(),
				Vec::<String>::new(),
				"state is left of a market without jobs and providers"
			);
			assert_eq!(Balances::free_balance(FinesAccount::get()), EXISTENTIAL_DEPOSIT, "fines are left");
		});
		assert_eq!(self.ledger.unfinished(), 0, "a job was never finished");
	}
}

/// Nobody is drawn for its own job, and no two of an operator, in the draw or over the shard's life.
fn check_draw(key: ShardKey, drawn: &[AccountId]) {
	let operator = <Providers as ergon_traits::Providers<AccountId>>::operator_of;
	let job = pallet_jobs::Jobs::<Runtime>::get(key.job).expect("a drawn shard has its job");
	let shard = pallet_attestation::Shards::<Runtime>::get(key).expect("a drawn shard is open");
	let mut operators = BTreeSet::new();
	for replica in &shard.replicas {
		let operator = operator(&replica.provider);
		assert!(
			operator != job.owner || !drawn.contains(&replica.provider),
			"the owner runs a replica of its job"
		);
		let fresh = operators.insert(operator);
		// Those of earlier draws may have come to one operator since.
		assert!(fresh || !drawn.contains(&replica.provider), "an operator was drawn twice for a shard");
	}
}

/// The storage of the market that is not empty, without what stays for good: counters, cursors, totals.
pub fn market_state() -> Vec<String> {
	const STAYS: [&str; 12] = [
		"NextJob",
		"QueueEnds",
		"Round",
		"NextDeadline",
		"NextPrune",
		"NextDue",
		"AvailableCount",
		"Fees",
		"Slashed",
		"NextTurn",
		"Lane",
		"Cursor",
	];
	let pallets = [
		<ergon_runtime::Providers as StorageInfoTrait>::storage_info(),
		<ergon_runtime::Jobs as StorageInfoTrait>::storage_info(),
		<ergon_runtime::Attestation as StorageInfoTrait>::storage_info(),
		<ergon_runtime::Rewards as StorageInfoTrait>::storage_info(),
	];
	let infos = pallets.into_iter().flatten().filter(|info| {
		let name = String::from_utf8_lossy(&info.storage_name).into_owned();
		!STAYS.contains(&name.as_str()) && !name.starts_with(':')
	});
	infos
		.filter(|info| {
			sp_io::storage::exists(&info.prefix)
				|| sp_io::storage::next_key(&info.prefix).is_some_and(|key| key.starts_with(&info.prefix))
		})
		.map(|info| {
			let name = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
			format!("{}::{}", name(&info.pallet_name), name(&info.storage_name))
		})
		.collect()
}
