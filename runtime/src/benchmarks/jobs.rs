//! The jobs pallet's calls and the steps of its hooks, with all that they do in the other pallets.
//!
//! A step of a hook is measured as the whole hook that does it and nothing else; what other steps' weights count already is
//! left out of its reads and writes.

use super::scene::{
	self, begin, begin_block, commit_to, counted_elsewhere, crowd, crowd_asleep, order, rich, signed, spec,
	truth, who, Drawn, Machine, ASK, CROWD, DEAR, NOW, SALT,
};
use crate::{AccountId, Balances, Jobs, Providers, Runtime, System, UNIT};
use alloc::vec::Vec;
use codec::Encode;
use core::marker::PhantomData;
use ergon_primitives::{
	hint::CID_IN_URL, known_answer, provider::Wanted, stake::Stake, views::JobState, BlockNumber, Claim,
	Fuel, Hint, JobId, JobSpec, Phase, Price, ReplicaState, ShardIndex, ShardKey, Verdict,
};
use ergon_traits::{Closing, Offer, Payee, Providers as _};
use frame_benchmarking::v2::*;
use frame_support::{
	storage::{
		generator::{StorageDoubleMap, StorageValue},
		unhashed,
	},
	traits::{Get, Hooks},
	weights::Weight,
};
use pallet_jobs::{Lane, QueueItem};

/// Runs them.
pub struct Pallet<T>(PhantomData<T>);

/// For the runtime.
pub trait Config: frame_system::Config {}
impl Config for Runtime {}

/// The most bytes that an order takes, rounded up.
const ORDER: u32 = 10_000;

/// An adaptive order of about so many bytes, with as many known answers as there may be; the largest with hints.
fn spec_of(bytes: u32) -> Result<JobSpec, BenchmarkError> {
	let mut spec = spec(1, 2, 7);
	spec.policy.adaptive = true;
	spec.known = [[1; 32]; 16].to_vec().try_into().map_err(|_| "sixteen")?;
	let mut left = (bytes as usize).saturating_sub(spec.encoded_size());
	// Those of hints are the dearer ones: their text is searched.
	while left >= 300 {
		let url = alloc::format!("https://{}", "x".repeat(243 - CID_IN_URL.len())) + CID_IN_URL;
		let hint = Hint::new(Some(spec.program), &url).ok_or("a hint")?;
		left = left.saturating_sub(hint.encoded_size());
		if spec.hints.try_push(hint).is_err() {
			break;
		}
	}
	while left > 2 {
		// An argument takes its length's one or two bytes besides.
		let length = (left - 2).clamp(1, 256);
		let arg = alloc::vec![b'x'; length].try_into().map_err(|_| "not too long")?;
		if spec.args.try_push(arg).is_err() {
			break;
		}
		left = left.saturating_sub(length + 2);
	}
	Ok(spec)
}

/// That a signer's account is read and written: each transaction is charged for that by itself.
fn signer_is_counted(signer: &AccountId) {
	counted_elsewhere(frame_system::Account::<Runtime>::hashed_key_for(signer));
}

/// What the hook reads and writes in every block.
fn whole_hook_is_counted() {
	counted_elsewhere(pallet_jobs::NextDeadline::<Runtime>::storage_value_final_key().to_vec());
	counted_elsewhere(pallet_jobs::QueueEnds::<Runtime>::storage_value_final_key().to_vec());
	for lane in [Lane::Orders, Lane::Retry] {
		counted_elsewhere(pallet_jobs::Turns::<Runtime>::storage_double_map_final_key1(lane));
	}
	counted_elsewhere(pallet_jobs::Deadlines::<Runtime>::storage_double_map_final_key1(NOW));
	counted_elsewhere(pallet_babe::AuthorVrfRandomness::<Runtime>::storage_value_final_key().to_vec());
}

/// What serving one item of the queue reads and writes whatever comes of it: the weight of a turn.
fn turns_are_counted(job: JobId, client: &AccountId) {
	whole_hook_is_counted();
	let line = (Lane::Orders, client.clone());
	counted_elsewhere(pallet_jobs::Waiting::<Runtime>::storage_double_map_final_key1(line.clone()));
	for (rank, _) in pallet_jobs::Waiting::<Runtime>::iter_prefix(&line) {
		counted_elsewhere(pallet_jobs::Waiting::<Runtime>::hashed_key_for(&line, rank));
	}
	for (turn, _) in pallet_jobs::Turns::<Runtime>::iter_prefix(Lane::Orders) {
		counted_elsewhere(pallet_jobs::Turns::<Runtime>::hashed_key_for(Lane::Orders, turn));
	}
	counted_elsewhere(pallet_jobs::Round::<Runtime>::hashed_key_for(Lane::Orders));
	counted_elsewhere(pallet_jobs::Queue::<Runtime>::hashed_key_for(0));
	counted_elsewhere(pallet_jobs::Jobs::<Runtime>::hashed_key_for(job));
}

/// What the end of a job reads and writes however many shards it has.
fn ends_are_counted(job: JobId, client: &AccountId, at: BlockNumber) {
	whole_hook_is_counted();
	counted_elsewhere(pallet_jobs::Jobs::<Runtime>::hashed_key_for(job));
	counted_elsewhere(pallet_jobs::Standings::<Runtime>::hashed_key_for(job));
	counted_elsewhere(pallet_jobs::Deadlines::<Runtime>::hashed_key_for(at, job));
	let prune_at = at.saturating_add(<Runtime as pallet_jobs::Config>::Timing::get().retention);
	counted_elsewhere(pallet_jobs::Prunes::<Runtime>::hashed_key_for(prune_at, job));
	counted_elsewhere(frame_system::Account::<Runtime>::hashed_key_for(client));
	counted_elsewhere(pallet_balances::Holds::<Runtime>::hashed_key_for(client));
}

/// The state of a job.
fn state(job: JobId) -> Option<JobState> {
	pallet_jobs::Standings::<Runtime>::get(job).map(|standing| standing.state)
}

#[benchmarks]
mod benches {
	use super::*;

	/// By a client that has none waiting yet.
	#[benchmark]
	fn submit(b: Linear<800, ORDER>) -> Result<(), BenchmarkError> {
		begin()?;
		let (client, spec) = (rich("client", 0)?, spec_of(b)?);
		signer_is_counted(&client);
		#[block]
		{
			Jobs::submit(signed(&client), spec)?;
		}
		Ok(())
	}

	#[benchmark]
	fn cancel() -> Result<(), BenchmarkError> {
		begin()?;
		let client = rich("client", 0)?;
		let job = order(&client, spec_of(ORDER)?)?;
		signer_is_counted(&client);
		#[block]
		{
			Jobs::cancel(signed(&client), job)?;
		}
		Ok(())
	}

	#[benchmark]
	fn expose() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::new(0, 64)?;
		let mut spec = spec_of(ORDER)?;
		let (genesis, client) = (System::block_hash(0).into(), rich("client", 0)?);
		let answer = known_answer(&genesis, &client, &spec.program, ShardIndex(0), &truth(), &SALT);
		if let Some(last) = spec.known.last_mut() {
			*last = answer;
		}
		let job = Drawn::new(spec)?;
		let commitment = commit_to(job.key(0), &machine, &truth());
		let key = job.open(0, Phase::Deciding, 20, &[(machine, ReplicaState::Committed(commitment))])?;
		#[block]
		{
			Jobs::expose(signed(&client), key, truth(), SALT)?;
		}
		Ok(())
	}

	#[benchmark]
	fn shared() -> Result<(), BenchmarkError> {
		begin_block()?;
		let items = scene::shared();
		for (key, _) in items.iter().filter(|(_, written)| *written) {
			unhashed::put_raw(key, &[0; 16]);
		}
		#[block]
		{
			for (key, written) in items {
				let value = unhashed::get_raw(&key);
				if written {
					unhashed::put_raw(&key, &value.unwrap_or_default());
				}
			}
		}
		Ok(())
	}

	#[benchmark]
	fn on_initialize_base() -> Result<(), BenchmarkError> {
		begin()?;
		#[block]
		{
			Jobs::on_initialize(NOW);
		}
		Ok(())
	}

	/// The whole hook, with one order that is too fresh.
	#[benchmark]
	fn glance() -> Result<(), BenchmarkError> {
		begin()?;
		let client = rich("client", 0)?;
		let job = order(&client, spec_of(ORDER)?)?;
		whole_hook_is_counted();
		#[block]
		{
			Jobs::on_initialize(NOW);
		}
		assert_eq!(state(job), Some(JobState::Queued));
		Ok(())
	}

	/// One that is engaged with its last slot, in the front of the index.
	#[benchmark]
	fn leave() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::in_front(1, 0)?;
		let key = ShardKey { job: JobId(0), shard: ShardIndex(0) };
		let offer = Offer { provider: machine.stash.clone(), ask: ASK, lock: UNIT, trust: None };
		// That its record is read and written, the draw's weight has.
		counted_elsewhere(pallet_providers::Providers::<Runtime>::hashed_key_for(&machine.stash));
		let left;
		#[block]
		{
			left = Providers::engage(&offer, key)?;
		}
		assert!(left);
		Ok(())
	}

	/// The whole hook, with one item in the ring that asks for nothing any more.
	#[benchmark]
	fn turn() -> Result<(), BenchmarkError> {
		begin()?;
		let key = ShardKey { job: JobId(0), shard: ShardIndex(0) };
		pallet_jobs::Queue::<Runtime>::insert(0, QueueItem::More { key, from: NOW });
		pallet_jobs::QueueEnds::<Runtime>::mutate(|ends| ends.tail = 1);
		whole_hook_is_counted();
		#[block]
		{
			Jobs::on_initialize(NOW);
		}
		assert!(pallet_jobs::QueueEnds::<Runtime>::get().is_empty());
		Ok(())
	}

	/// The whole hook, with one order whose replicas are all that there are in the index: each is looked at once. The client has no
	/// other, and leaves the queue.
	#[benchmark]
	fn draw(r: Linear<1, 7>) -> Result<(), BenchmarkError> {
		begin()?;
		Machine::some(r, 2)?;
		crowd_asleep();
		let client = rich("client", 0)?;
		let mut spec = spec_of(ORDER)?;
		(spec.policy.quorum, spec.policy.adaptive, spec.known) = (r as u8, false, Default::default());
		let job = order(&client, spec)?;
		System::set_block_number(NOW + 2);
		pallet_jobs::NextDeadline::<Runtime>::put(NOW + 2);
		whole_hook_is_counted();
		#[block]
		{
			Jobs::on_initialize(NOW + 2);
		}
		assert_eq!(state(job), Some(JobState::Working));
		Ok(())
	}

	/// A draw in vain, among so many.
	#[benchmark]
	fn look(l: Linear<1, 56>) -> Result<(), BenchmarkError> {
		begin()?;
		crowd(l, DEAR);
		crowd_asleep();
		let wanted = Wanted {
			ceiling: Price(UNIT),
			memory: 1,
			requirements: spec(1, 1, 7).requirements,
			shard_fuel: Fuel(1),
			tip: 0,
			stake: Stake::Ordinary,
		};
		counted_elsewhere(pallet_providers::AvailableCount::<Runtime>::storage_value_final_key().to_vec());
		let seen;
		#[block]
		{
			seen = Providers::draw_counting([1; 32], &wanted, 7, &[]);
		}
		assert_eq!(seen, (None, l));
		Ok(())
	}

	/// The whole hook, with one decision that the claim will do.
	#[benchmark]
	fn decide() -> Result<(), BenchmarkError> {
		begin()?;
		let machine = Machine::new(0, 64)?;
		let job = Drawn::new(spec(1, 2, 7))?;
		let commitment = commit_to(job.key(0), &machine, &truth());
		let key =
			job.open(0, Phase::Deciding, u16::MAX, &[(machine, ReplicaState::Committed(commitment))])?;
		crowd(CROWD, ASK);
		pallet_jobs::Queue::<Runtime>::insert(0, QueueItem::Decide { key, from: NOW });
		pallet_jobs::QueueEnds::<Runtime>::mutate(|ends| ends.tail = 1);
		turns_are_counted(job.job, &job.client);
		#[block]
		{
			Jobs::on_initialize(NOW);
		}
		let phase = pallet_attestation::Shards::<Runtime>::get(key).map(|shard| shard.phase);
		assert!(matches!(phase, Some(Phase::Revealing { .. })));
		Ok(())
	}

	#[benchmark]
	fn agenda_step() -> Result<(), BenchmarkError> {
		begin()?;
		pallet_jobs::Deadlines::<Runtime>::insert(NOW, JobId(0), ());
		let found;
		#[block]
		{
			found = pallet_jobs::Deadlines::<Runtime>::iter_key_prefix(NOW).next();
		}
		assert_eq!(found, Some(JobId(0)));
		Ok(())
	}

	/// The whole hook, with an order of which nothing was drawn.
	#[benchmark]
	fn expire_job() -> Result<(), BenchmarkError> {
		begin()?;
		let client = rich("client", 0)?;
		let job = order(&client, spec_of(ORDER)?)?;
		let deadline = NOW + 1_000;
		System::set_block_number(deadline);
		pallet_jobs::NextDeadline::<Runtime>::put(deadline);
		// It was found to be too late for it, and taken off.
		let _ = pallet_jobs::Waiting::<Runtime>::clear(u32::MAX, None);
		let _ = pallet_jobs::Turns::<Runtime>::clear(u32::MAX, None);
		whole_hook_is_counted();
		#[block]
		{
			Jobs::on_initialize(deadline);
		}
		assert!(matches!(state(job), Some(JobState::Finished { .. })));
		Ok(())
	}

	#[benchmark]
	fn expire_look() -> Result<(), BenchmarkError> {
		begin()?;
		let found;
		#[block]
		{
			found = pallet_jobs::Shards::<Runtime>::contains_key(JobId(0), ShardIndex(0));
		}
		assert!(!found);
		Ok(())
	}

	/// The whole hook, with an order of one shard with the most replicas, all of them engaged, and a pot of fines.
	#[benchmark]
	fn expire_shard() -> Result<(), BenchmarkError> {
		begin()?;
		// With all their slots taken: each comes back into the index.
		let machines = Machine::some(7, 1)?;
		let job = Drawn::new(spec(1, 2, 7))?;
		let replicas: Vec<_> =
			machines.into_iter().map(|machine| (machine, ReplicaState::Revealed(truth()))).collect();
		let key = job.open(0, Phase::Revealing { until: NOW + 2_000 }, 0, &replicas)?;
		job.fine(key)?;
		crowd(CROWD, ASK);
		let deadline = NOW + 1_000;
		System::set_block_number(deadline);
		pallet_jobs::NextDeadline::<Runtime>::put(deadline);
		ends_are_counted(job.job, &job.client, deadline);
		#[block]
		{
			Jobs::on_initialize(deadline);
		}
		assert!(matches!(state(job.job), Some(JobState::Finished { .. })));
		assert!(pallet_jobs::Shards::<Runtime>::contains_key(key.job, key.shard));
		Ok(())
	}

	#[benchmark]
	fn on_idle_base() -> Result<(), BenchmarkError> {
		begin()?;
		#[block]
		{
			Jobs::on_idle(NOW, Weight::MAX);
		}
		Ok(())
	}

	/// The whole of what is done in idle weight, with one job without records of shards.
	#[benchmark]
	fn prune_job() -> Result<(), BenchmarkError> {
		begin()?;
		let client = rich("client", 0)?;
		let job = order(&client, spec_of(ORDER)?)?;
		Jobs::cancel(signed(&client), job)?;
		let Some(JobState::Finished { prune_at }) = state(job) else { return Err("not cancelled".into()) };
		System::set_block_number(prune_at);
		pallet_jobs::NextPrune::<Runtime>::put(prune_at);
		counted_elsewhere(pallet_jobs::NextPrune::<Runtime>::storage_value_final_key().to_vec());
		counted_elsewhere(pallet_jobs::Prunes::<Runtime>::storage_double_map_final_key1(prune_at));
		#[block]
		{
			Jobs::on_idle(prune_at, Weight::MAX);
		}
		assert!(!pallet_jobs::Jobs::<Runtime>::contains_key(job));
		assert_eq!(Balances::reserved_balance(&client), 0);
		Ok(())
	}

	#[benchmark]
	fn prune_shard() -> Result<(), BenchmarkError> {
		begin()?;
		let key = Drawn::new(spec(1, 2, 7))?.key(0);
		let payees =
			(0..2).map(|index| Payee { provider: who("stash", index), ask: ASK, replacement: false });
		let Claim::Computed { root, fuel, outcomes } = truth() else { return Err("computed".into()) };
		let closing = Closing { verdict: Verdict::Agreed { root, fuel, outcomes }, payees: payees.collect() };
		<Jobs as ergon_traits::Shards<AccountId>>::close(key, closing);
		assert!(pallet_jobs::Shards::<Runtime>::contains_key(key.job, key.shard));
		#[block]
		{
			pallet_jobs::Shards::<Runtime>::remove(key.job, key.shard);
		}
		assert!(!pallet_jobs::Shards::<Runtime>::contains_key(key.job, key.shard));
		Ok(())
	}
}
