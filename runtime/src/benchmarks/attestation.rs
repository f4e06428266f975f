//! The attestation pallet's calls, checks and deadlines, with all that follows from them in the other pallets.

use super::scene::*;
use crate::{Attestation, Providers, Runtime, RuntimeCall};
use alloc::{vec, vec::Vec};
use core::marker::PhantomData;
use ergon_primitives::{Conduct, Phase, ReplicaState, ShardKey};
use ergon_traits::{Discharge, Providers as _};
use frame_benchmarking::v2::*;
use frame_support::{dispatch::DispatchInfo, traits::Hooks};
use pallet_attestation::{CheckDuty, Commits, Reveals};
use sp_runtime::{
	traits::{DispatchTransaction, Dispatchable},
	transaction_validity::TransactionSource,
};

/// Runs them.
pub struct Pallet<T>(PhantomData<T>);

/// For the runtime.
pub trait Config: frame_system::Config {}
impl Config for Runtime {}

/// A block after the present.
const LATER: u32 = NOW + 10;
/// The block before it.
const BEFORE: u32 = NOW - 1;

/// Three machines in so many shards, where the first has all to commit.
fn to_commit(shards: u32) -> Result<(Machine, Commits), BenchmarkError> {
	let machines = Machine::some(3, 64)?;
	let job = Drawn::new(spec(shards, 3, 7))?;
	let mut commits = Vec::new();
	for shard in 0..shards {
		let replicas: Vec<_> =
			machines.iter().map(|machine| (machine.clone(), ReplicaState::Assigned)).collect();
		let key = job.open(shard, Phase::Committing { until: LATER }, 0, &replicas)?;
		commits.push((key, commit_to(key, &machines[0], &truth())));
	}
	crowd(CROWD, ASK);
	Ok((machines[0].clone(), commits.try_into().map_err(|_| "at most a batch")?))
}

/// Three machines in so many shards, where the first has all to reveal, and is not the last.
fn to_reveal(shards: u32) -> Result<(Machine, Reveals), BenchmarkError> {
	let machines = Machine::some(3, 64)?;
	let job = Drawn::new(spec(shards, 3, 7))?;
	let mut reveals = Vec::new();
	for shard in 0..shards {
		let key = job.key(shard);
		let replicas: Vec<_> = machines
			.iter()
			.map(|machine| (machine.clone(), ReplicaState::Committed(commit_to(key, machine, &truth()))))
			.collect();
		job.open(shard, Phase::Revealing { until: LATER }, 0, &replicas)?;
		reveals.push(open_up(key, truth()));
	}
	crowd(CROWD, ASK);
	Ok((machines[0].clone(), reveals.try_into().map_err(|_| "at most a batch")?))
}

/// A shard of so many replicas that agrees with its last reveal: two are right, and the others lied, each leaving the front of
/// the index for it. Of one replica, that one is right. Fines of somebody absent lie in the pot.
fn to_close(replicas: u32) -> Result<Closing, BenchmarkError> {
	let machines = Machine::some(replicas, 2)?;
	let job = Drawn::new(spec(1, replicas.min(2) as u8, 7))?;
	let key = job.key(0);
	let mut states = Vec::new();
	for (index, machine) in machines.iter().enumerate() {
		let state = match index {
			0 => ReplicaState::Committed(commit_to(key, machine, &truth())),
			1 => ReplicaState::Revealed(truth()),
			_ => ReplicaState::Revealed(lie(index as u32)),
		};
		states.push((machine.clone(), state));
	}
	let phase = Phase::Revealing { until: BEFORE };
	job.open(0, phase, 0, &states)?;
	job.fine(key)?;
	crowd(CROWD, ASK);
	Ok(Closing { key, last: machines[0].clone() })
}

/// What any reveal reads and writes.
fn reveals_are_counted(key: ShardKey, machine: &Machine) {
	counted_elsewhere(pallet_attestation::Shards::<Runtime>::hashed_key_for(key));
	counted_elsewhere(pallet_providers::WorkerOf::<Runtime>::hashed_key_for(&machine.worker));
}

/// What the call reads that a transaction is checked for: the check has read it before, and the call's weight has it.
fn calls_are_counted(machine: &Machine, keys: impl Iterator<Item = ShardKey>) {
	keys.for_each(|key| counted_elsewhere(pallet_attestation::Shards::<Runtime>::hashed_key_for(key)));
	counted_elsewhere(pallet_providers::WorkerOf::<Runtime>::hashed_key_for(&machine.worker));
}

/// A shard about to be closed.
struct Closing {
	key: ShardKey,
	last: Machine,
}

/// Checks a transaction as a pool and a block do.
fn check(machine: &Machine, call: &RuntimeCall) -> Result<(), BenchmarkError> {
	let (info, origin) = (DispatchInfo::default(), signed(&machine.worker));
	CheckDuty::<Runtime, ()>::new(()).validate_only(
		origin,
		call,
		&info,
		0,
		TransactionSource::External,
		0,
	)?;
	Ok(())
}

/// Makes a call as a block does.
fn dispatch(machine: &Machine, call: RuntimeCall) -> Result<(), BenchmarkError> {
	call.dispatch(signed(&machine.worker))?;
	Ok(())
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn check_commits(n: Linear<1, 32>) -> Result<(), BenchmarkError> {
		begin()?;
		let (machine, commits) = to_commit(n)?;
		calls_are_counted(&machine, commits.iter().map(|(key, _)| *key));
		let call = RuntimeCall::from(pallet_attestation::Call::commit { commits });
		#[block]
		{
			check(&machine, &call)?;
		}
		Ok(())
	}

	#[benchmark]
	fn check_reveals(n: Linear<1, 32>) -> Result<(), BenchmarkError> {
		begin()?;
		let (machine, reveals) = to_reveal(n)?;
		calls_are_counted(&machine, reveals.iter().map(|one| one.key));
		let call = RuntimeCall::from(pallet_attestation::Call::reveal { reveals });
		#[block]
		{
			check(&machine, &call)?;
		}
		Ok(())
	}

	#[benchmark]
	fn commit(n: Linear<1, 32>) -> Result<(), BenchmarkError> {
		begin()?;
		let (machine, commits) = to_commit(n)?;
		let call = RuntimeCall::from(pallet_attestation::Call::commit { commits });
		#[block]
		{
			dispatch(&machine, call)?;
		}
		Ok(())
	}

	/// A whole commitment of one, the last of three, without what is read and written in any case.
	#[benchmark]
	fn next_phase() -> Result<(), BenchmarkError> {
		begin()?;
		let machines = Machine::some(3, 64)?;
		let job = Drawn::new(spec(1, 3, 7))?;
		let key = job.key(0);
		let mut states = Vec::new();
		for (index, machine) in machines.iter().enumerate() {
			let state = match index {
				0 => ReplicaState::Assigned,
				_ => ReplicaState::Committed(commit_to(key, machine, &truth())),
			};
			states.push((machine.clone(), state));
		}
		// Another block than that in which the reveals will be due.
		job.open(0, Phase::Committing { until: LATER + 100 }, 0, &states)?;
		crowd(CROWD, ASK);
		let commits = vec![(key, commit_to(key, &machines[0], &truth()))].try_into().map_err(|_| "one")?;
		counted_elsewhere(pallet_attestation::Shards::<Runtime>::hashed_key_for(key));
		counted_elsewhere(pallet_providers::WorkerOf::<Runtime>::hashed_key_for(&machines[0].worker));
		#[block]
		{
			Attestation::commit(signed(&machines[0].worker), commits)?;
		}
		let phase = pallet_attestation::Shards::<Runtime>::get(key).map(|shard| shard.phase);
		assert!(matches!(phase, Some(Phase::Revealing { .. })));
		Ok(())
	}

	/// A whole commitment of one, by a machine that works alone, without what is read and written in any case.
	#[benchmark]
	fn commit_last() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::new(0, 64)?;
		let job = Drawn::new(spec(1, 2, 7))?;
		let key = job.open(
			0,
			Phase::Committing { until: LATER },
			20,
			&[(machine.clone(), ReplicaState::Assigned)],
		)?;
		crowd(CROWD, ASK);
		let commits = vec![(key, commit_to(key, &machine, &truth()))].try_into().map_err(|_| "one")?;
		counted_elsewhere(pallet_attestation::Shards::<Runtime>::hashed_key_for(key));
		counted_elsewhere(pallet_providers::WorkerOf::<Runtime>::hashed_key_for(&machine.worker));
		#[block]
		{
			Attestation::commit(signed(&machine.worker), commits)?;
		}
		let phase = pallet_attestation::Shards::<Runtime>::get(key).map(|shard| shard.phase);
		assert_eq!(phase, Some(Phase::Deciding));
		Ok(())
	}

	#[benchmark]
	fn reveal(n: Linear<1, 32>) -> Result<(), BenchmarkError> {
		begin()?;
		let (machine, reveals) = to_reveal(n)?;
		let call = RuntimeCall::from(pallet_attestation::Call::reveal { reveals });
		#[block]
		{
			dispatch(&machine, call)?;
		}
		Ok(())
	}

	/// So many machines that get their only slots back, without what is read and written of their records in any case.
	#[benchmark]
	fn back(b: Linear<1, 7>) -> Result<(), BenchmarkError> {
		begin()?;
		let machines = Machine::some(b, 1)?;
		let job = Drawn::new(spec(1, b as u8, 7))?;
		let states: Vec<_> = machines.iter().map(|one| (one.clone(), ReplicaState::Assigned)).collect();
		let key = job.open(0, Phase::Committing { until: LATER }, 0, &states)?;
		let Some(shard) = pallet_attestation::Shards::<Runtime>::get(key) else { return Err("open".into()) };
		crowd(CROWD, ASK);
		for machine in &machines {
			counted_elsewhere(pallet_providers::Providers::<Runtime>::hashed_key_for(&machine.stash));
		}
		let mut came = 0;
		#[block]
		{
			for replica in &shard.replicas {
				let (lock, value, conduct) = (replica.lock, shard.terms.value, Conduct::Agreed);
				let discharge = Discharge { key, lock, value, conduct };
				came += u32::from(Providers::discharge(&replica.provider, discharge).moved);
			}
		}
		assert_eq!(came, b);
		Ok(())
	}

	/// A whole reveal of one that closes a shard of so many, who all agree; without what is read and written in any case.
	#[benchmark]
	fn verdict(r: Linear<1, 7>) -> Result<(), BenchmarkError> {
		begin()?;
		let machines = Machine::some(r, 2)?;
		let job = Drawn::new(spec(1, r as u8, 7))?;
		let key = job.key(0);
		let mut states = Vec::new();
		for (index, machine) in machines.iter().enumerate() {
			let state = match index {
				0 => ReplicaState::Committed(commit_to(key, machine, &truth())),
				_ => ReplicaState::Revealed(truth()),
			};
			states.push((machine.clone(), state));
		}
		job.open(0, Phase::Revealing { until: LATER }, 0, &states)?;
		crowd(CROWD, ASK);
		let reveals = vec![open_up(key, truth())].try_into().map_err(|_| "one")?;
		reveals_are_counted(key, &machines[0]);
		#[block]
		{
			Attestation::reveal(signed(&machines[0].worker), reveals)?;
		}
		assert!(pallet_jobs::Shards::<Runtime>::contains_key(key.job, key.shard));
		Ok(())
	}

	/// A whole reveal of one that closes a shard of two who agree and so many who lied, with fines of somebody absent in the
	/// pot; without what is read and written in any case.
	#[benchmark]
	fn faults(f: Linear<1, 5>) -> Result<(), BenchmarkError> {
		begin()?;
		let Closing { key, last } = to_close(f + 2)?;
		// Not late yet.
		pallet_attestation::Agenda::<Runtime>::remove(BEFORE, key);
		pallet_attestation::Agenda::<Runtime>::insert(LATER, key, ());
		pallet_attestation::Shards::<Runtime>::mutate(key, |shard| {
			shard.as_mut().map(|shard| shard.phase = Phase::Revealing { until: LATER })
		});
		let reveals = vec![open_up(key, truth())].try_into().map_err(|_| "one")?;
		reveals_are_counted(key, &last);
		#[block]
		{
			Attestation::reveal(signed(&last.worker), reveals)?;
		}
		assert!(!pallet_attestation::Shards::<Runtime>::contains_key(key));
		assert!(pallet_jobs::Shards::<Runtime>::contains_key(key.job, key.shard));
		Ok(())
	}

	#[benchmark]
	fn hook_base() -> Result<(), BenchmarkError> {
		begin()?;
		#[block]
		{
			Attestation::on_initialize(NOW);
		}
		Ok(())
	}

	/// The whole hook, with one block in which nothing was due.
	#[benchmark]
	fn hook_block() -> Result<(), BenchmarkError> {
		begin()?;
		pallet_attestation::NextDue::<Runtime>::put(BEFORE);
		counted_elsewhere(pallet_attestation::NextDue::<Runtime>::hashed_key());
		#[block]
		{
			Attestation::on_initialize(NOW);
		}
		Ok(())
	}

	/// The whole hook, with a deadline that three of seven have missed, where three more are allowed.
	#[benchmark]
	fn hook_deadline() -> Result<(), BenchmarkError> {
		begin()?;
		let machines = Machine::some(4, 2)?;
		let job = Drawn::new(spec(1, 4, 7))?;
		let key = job.key(0);
		let mut states = Vec::new();
		for (index, machine) in machines.into_iter().enumerate() {
			let state = match index {
				0 => ReplicaState::Committed(commit_to(key, &machine, &truth())),
				_ => ReplicaState::Assigned,
			};
			states.push((machine, state));
		}
		job.open(0, Phase::Committing { until: BEFORE }, 0, &states)?;
		crowd(CROWD, ASK);
		pallet_attestation::NextDue::<Runtime>::put(BEFORE);
		counted_elsewhere(pallet_attestation::NextDue::<Runtime>::hashed_key());
		#[block]
		{
			Attestation::on_initialize(NOW);
		}
		let phase = pallet_attestation::Shards::<Runtime>::get(key).map(|shard| shard.phase);
		assert_eq!(phase, Some(Phase::Waiting { missing: 3 }));
		Ok(())
	}

	/// The whole hook, with a deadline that closes a shard: two agree, the others lied. Of one or two replicas, one is silent,
	/// and no more are allowed.
	#[benchmark]
	fn hook_verdict(r: Linear<1, 7>) -> Result<(), BenchmarkError> {
		begin()?;
		// With three and more, the one that is late comes on top of two that agree: so the closing has one more liar's work.
		let Closing { key, .. } = to_close(r)?;
		pallet_attestation::Shards::<Runtime>::mutate(key, |shard| {
			let Some(shard) = shard.as_mut() else { return };
			shard.terms.max_replicas = r as u8;
			if let Some(third) = shard.replicas.get_mut(2) {
				third.state = ReplicaState::Revealed(truth());
			}
		});
		pallet_attestation::NextDue::<Runtime>::put(BEFORE);
		counted_elsewhere(pallet_attestation::NextDue::<Runtime>::hashed_key());
		#[block]
		{
			Attestation::on_initialize(NOW);
		}
		assert!(!pallet_attestation::Shards::<Runtime>::contains_key(key));
		assert!(pallet_jobs::Shards::<Runtime>::contains_key(key.job, key.shard));
		Ok(())
	}
}
