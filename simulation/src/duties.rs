//! Providers at work: commitments and reveals.

use crate::{
	chain::Fate,
	machine::{due, Due, Plan},
	world::{Machine, World},
};
use ergon_primitives::{commitment, Claim, ReplicaState, Reveal, ShardAttestation, ShardKey};
use ergon_runtime::{AccountId, Attestation, Jobs, Providers, Runtime, System};
use ergon_traits::Attestation as _;
use pallet_attestation::{Call, MAX_BATCH};

/// With so few blocks left, whoever wants to be in time does not wait.
const URGENT: u32 = 3;

/// What a machine sends.
#[derive(Default)]
struct Work {
	commits: Vec<(ShardKey, [u8; 32])>,
	reveals: Vec<Reveal>,
}

impl World {
	/// Every machine looks at its duties, in a random order.
	pub fn do_duties(&mut self) {
		let mut machines = self.machines.clone();
		self.dice.shuffle(&mut machines);
		machines.iter().for_each(|machine| self.do_duties_of(machine));
	}

	fn do_duties_of(&mut self, machine: &Machine) {
		let stash = &machine.stash;
		let duties: Vec<(ShardKey, ShardAttestation<AccountId>)> = self.chain.with(|| {
			let duties = <Providers as ergon_traits::Providers<AccountId>>::duties_of(stash).into_iter();
			duties.filter_map(|key| Some((key, Attestation::get(key)?))).collect()
		});
		let mut work = Work::default();
		let now = self.chain.number();
		for (key, shard) in duties {
			match due(&shard, stash) {
				Some(Due::Commit(until)) if self.is_time(now, until) => {
					self.plan_commit(machine, key, &shard, &mut work)
				},
				Some(Due::Reveal(until)) if self.is_time(now, until) => {
					self.plan_reveal(machine, key, &shard, &mut work)
				},
				_ => {},
			}
		}
		self.send_work(machine, work);
	}

	/// Machines take their time, but not too long.
	fn is_time(&mut self, now: u32, until: u32) -> bool {
		until.saturating_sub(now) <= URGENT || self.dice.percent(60)
	}

	fn plan_commit(
		&mut self,
		machine: &Machine,
		key: ShardKey,
		shard: &ShardAttestation<AccountId>,
		work: &mut Work,
	) {
		let stash = &machine.stash;
		let (spec, genesis) = self
			.chain
			.with(|| (Jobs::order(key.job).expect("an open shard has its job").0, System::block_hash(0)));
		let dice = &mut self.dice;
		let plan = self
			.plans
			.entry((key, stash.clone()))
			.or_insert_with(|| machine.behaviour.decide(dice, &spec, key, shard));
		let hash = match plan {
			Plan::Stay => return,
			Plan::Say { claim, salt, .. } => commitment(&genesis.into(), &key, stash, claim, salt),
			Plan::Replay { commitment } => *commitment,
		};
		work.commits.push((key, hash));
	}

	fn plan_reveal(
		&mut self,
		machine: &Machine,
		key: ShardKey,
		shard: &ShardAttestation<AccountId>,
		work: &mut Work,
	) {
		match self.plans.get(&(key, machine.stash.clone())) {
			Some(Plan::Say { claim, salt, reveals: true, .. }) => {
				work.reveals.push(Reveal { key, claim: *claim, salt: *salt })
			},
			Some(Plan::Replay { .. }) => self.replay_reveal(machine, key, shard),
			_ => {},
		}
	}

	/// A copier that has replayed a commitment tries to open it with what the other has revealed.
	fn replay_reveal(&mut self, machine: &Machine, key: ShardKey, shard: &ShardAttestation<AccountId>) {
		let others = shard.replicas.iter().filter(|replica| replica.provider != machine.stash);
		let seen: Vec<(Claim, [u8; 32])> = others
			.filter_map(|replica| match (replica.state, self.plans.get(&(key, replica.provider.clone()))?) {
				(ReplicaState::Revealed(claim), Plan::Say { salt, .. }) => Some((claim, *salt)),
				_ => None,
			})
			.collect();
		let worker = self.worker(machine);
		for (claim, salt) in seen {
			let reveals = vec![Reveal { key, claim, salt }].try_into().unwrap();
			let fate = self.send(&worker, Call::<Runtime>::reveal { reveals });
			assert!(fate.is_refused(), "a replayed reveal was let into a block: {fate:?}");
		}
	}

	/// Sends what is due, in batches or one by one. What is valid is always taken, and free.
	fn send_work(&mut self, machine: &Machine, work: Work) {
		let worker = self.worker(machine);
		let batch = if self.dice.percent(60) { MAX_BATCH as usize } else { 1 };
		for commits in work.commits.chunks(batch) {
			let commits = commits.to_vec().try_into().unwrap();
			let fate = self.send(&worker, Call::<Runtime>::commit { commits });
			assert_taken(fate);
		}
		for reveals in work.reveals.chunks(batch) {
			let reveals = reveals.to_vec().try_into().unwrap();
			let fate = self.send(&worker, Call::<Runtime>::reveal { reveals });
			assert_taken(fate);
		}
	}

	/// The key that works for a machine now, or would.
	pub fn worker(&mut self, machine: &Machine) -> AccountId {
		self.chain
			.with(|| pallet_providers::Providers::<Runtime>::get(&machine.stash))
			.map_or_else(|| machine.stash.clone(), |provider| provider.worker)
	}
}

/// Only a full block keeps a valid duty out, and then the next one takes it.
fn assert_taken(fate: Fate) {
	assert!(fate.is_done() || fate.is_full(), "a valid duty was not taken: {fate:?}");
}
