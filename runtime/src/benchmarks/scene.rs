//! What benchmarks begin with: a crowd of providers, machines with money at stake, orders, and shards in any state.

use crate::{
	parameters::{
		dynamic::{economics, market, timing},
		RuntimeParametersKey,
	},
	AccountId, Balance, Balances, Jobs, Providers, Runtime, RuntimeOrigin, System, UNIT,
};
use alloc::{vec, vec::Vec};
use codec::Encode;
use ergon_primitives::{
	attestation::commitment,
	provider::{ProviderInfo, Region, MAX_SLOTS},
	BlobId, BlockNumber, Claim, Fuel, Input, JobId, JobSpec, Limits, Phase, Policy, Price, Replica,
	ReplicaState, Requirements, Reveal, ShardAttestation, ShardIndex, ShardKey, PROFILE_1,
};
use ergon_traits::{Offer, Providers as _};
use frame_benchmarking::BenchmarkError;
use frame_support::traits::fungible::Mutate;
use pallet_providers::Provider;

/// How many providers there are besides those that take part.
pub const CROWD: u32 = 10_000;
/// Shards that each of the crowd works on.
const BUSY: u32 = 64;
/// The block in which everything happens.
pub const NOW: BlockNumber = 1_000;
/// What fits nobody's ceiling.
pub const DEAR: Price = Price(1_000 * UNIT);
/// What fits.
pub const ASK: Price = Price(UNIT / 10);
/// What machines have at stake.
pub const BOND: Balance = 100_000 * UNIT;
/// What opens commitments.
pub const SALT: [u8; 32] = [7; 32];

/// Sets the clock, the author and the randomness, and the agendas to the present. What is [`shared`] is not counted.
pub fn begin() -> Result<(), BenchmarkError> {
	begin_block()?;
	shared().into_iter().for_each(|(key, _)| counted_elsewhere(key));
	Ok(())
}

/// The same, and everything is counted.
pub fn begin_block() -> Result<(), BenchmarkError> {
	System::set_block_number(NOW);
	pallet_attestation::NextDue::<Runtime>::put(NOW);
	pallet_jobs::NextDeadline::<Runtime>::put(NOW);
	pallet_jobs::NextPrune::<Runtime>::put(NOW);
	pallet_babe::AuthorVrfRandomness::<Runtime>::put(Some([5; 32]));
	// Its type is private.
	let author = frame_support::storage::storage_prefix(b"Authorship", b"Author");
	frame_support::storage::unhashed::put(&author, &rich("author", 0)?);
	Ok(())
}

/// What calls and steps have in common: read, or written, too, once in a block however many they are. The weight of every
/// block's hook has it (`shared` of jobs), and no other.
pub fn shared() -> Vec<(Vec<u8>, bool)> {
	let parameter = |key: RuntimeParametersKey| pallet_parameters::Parameters::<Runtime>::hashed_key_for(key);
	let mut shared = vec![
		(pallet_jobs::NextJob::<Runtime>::hashed_key().to_vec(), true),
		(pallet_jobs::QueueEnds::<Runtime>::hashed_key().to_vec(), true),
		(pallet_providers::AvailableCount::<Runtime>::hashed_key().to_vec(), true),
		(pallet_timestamp::Now::<Runtime>::hashed_key().to_vec(), false),
		(pallet_babe::AuthorVrfRandomness::<Runtime>::hashed_key().to_vec(), false),
		// Also what each transaction is checked against, and that check has a weight.
		(frame_system::BlockHash::<Runtime>::hashed_key_for(0), false),
		(
			parameter(RuntimeParametersKey::Timing(timing::ParametersKey::SlotMillis(timing::SlotMillis))),
			false,
		),
		(
			parameter(RuntimeParametersKey::Economics(economics::ParametersKey::Costs(economics::Costs))),
			false,
		),
		(parameter(RuntimeParametersKey::Market(market::ParametersKey::Steps(market::Steps))), false),
		(parameter(RuntimeParametersKey::Market(market::ParametersKey::MinBond(market::MinBond))), false),
	];
	for lane in [pallet_jobs::Lane::Orders, pallet_jobs::Lane::Retry] {
		shared.push((pallet_jobs::Round::<Runtime>::hashed_key_for(lane), true));
	}
	shared
}

/// Leaves out of the count what the rest of the block has read and written in any case, or what another function's weight has.
pub fn counted_elsewhere(key: impl Into<Vec<u8>>) {
	frame_benchmarking::benchmarking::add_to_whitelist(key.into().into());
}

/// An account.
pub fn who(role: &'static str, index: u32) -> AccountId {
	frame_benchmarking::account(role, index, 0)
}

/// An account with money.
pub fn rich(role: &'static str, index: u32) -> Result<AccountId, BenchmarkError> {
	let who = who(role, index);
	Balances::mint_into(&who, 1_000_000_000 * UNIT)?;
	Ok(who)
}

/// Whom a call is signed by.
pub fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

/// An offer with all the text that one may have.
pub fn info(slots: u16, ask: Price) -> ProviderInfo {
	let address = vec![b'a'; 128].try_into().unwrap_or_default();
	ProviderInfo {
		slots,
		ask,
		memory: 1_024,
		profiles: vec![PROFILE_1; 8].try_into().unwrap_or_default(),
		speed: 1_000,
		region: Region::UNSAID,
		addresses: vec![address; 4].try_into().unwrap_or_default(),
	}
}

/// Registers so many providers of this ask at once, as records in the index, behind whoever is there.
pub fn crowd(count: u32, ask: Price) {
	let first = pallet_providers::AvailableCount::<Runtime>::get();
	let mut record = Provider::new(who("worker of the crowd", 0), info(MAX_SLOTS, ask), BOND);
	record.reputation.streak = 20;
	keep_busy(&mut record, BUSY);
	for index in 0..count {
		let stash = who("crowd", first + index);
		let place = first + index;
		pallet_providers::Available::<Runtime>::insert(place, &stash);
		pallet_providers::Providers::<Runtime>::insert(
			&stash,
			Provider { place: Some(place), ..record.clone() },
		);
	}
	pallet_providers::AvailableCount::<Runtime>::put(first + count);
}

/// Registers so many providers that are paused: in state, and never looked at.
pub fn crowd_asleep() {
	let record = Provider {
		status: ergon_primitives::ProviderStatus::Paused,
		..Provider::new(who("worker of the crowd", 0), info(MAX_SLOTS, ASK), BOND)
	};
	for index in 0..CROWD {
		pallet_providers::Providers::<Runtime>::insert(who("asleep", index), record.clone());
	}
}

fn keep_busy(record: &mut Provider<AccountId>, shards: u32) {
	for index in 0..shards {
		let key = ShardKey { job: JobId(u64::MAX), shard: ShardIndex(index) };
		// Never more than the slots.
		let _ = record.duties.try_push(key);
	}
}

/// A provider's stash and its worker's key.
#[derive(Clone)]
pub struct Machine {
	/// Owns the bond.
	pub stash: AccountId,
	/// Commits and reveals.
	pub worker: AccountId,
}

impl Machine {
	/// Registers one.
	pub fn new(index: u32, slots: u16) -> Result<Self, BenchmarkError> {
		let machine = Self { stash: rich("stash", index)?, worker: who("worker", index) };
		Providers::register(signed(&machine.stash), BOND, machine.worker.clone(), info(slots, ASK))?;
		Ok(machine)
	}

	/// Registers one in the front of the index, so that the last of it moves when it leaves, with shards to work on.
	pub fn in_front(slots: u16, duties: u32) -> Result<Self, BenchmarkError> {
		let machine = Self::new(0, slots)?;
		pallet_providers::Providers::<Runtime>::mutate(&machine.stash, |record| {
			record.as_mut().map(|record| keep_busy(record, duties))
		});
		crowd(CROWD, ASK);
		Ok(machine)
	}

	/// The same machines for each of so many.
	pub fn some(count: u32, slots: u16) -> Result<Vec<Self>, BenchmarkError> {
		(0..count).map(|index| Self::new(index, slots)).collect()
	}
}

/// An order of so many shards.
pub fn spec(shards: u32, quorum: u8, max_replicas: u8) -> JobSpec {
	JobSpec {
		program: BlobId::of(b"program"),
		input: Input::Single(BlobId::of(b"input")),
		tasks: shards,
		shard_size: 1,
		limits: Limits { fuel: Fuel(4_000_000_000), memory: 1 << 20, output: 1_024 },
		args: Default::default(),
		policy: Policy { quorum, max_replicas, adaptive: false },
		max_price: Price(UNIT),
		deadline: NOW + 1_000,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1_000, region: None },
		tip: UNIT,
		known: Default::default(),
		hints: Default::default(),
	}
}

/// Submits an order, which waits for its draw.
pub fn order(client: &AccountId, spec: JobSpec) -> Result<JobId, BenchmarkError> {
	let id = pallet_jobs::NextJob::<Runtime>::get();
	Jobs::submit(signed(client), spec)?;
	Ok(id)
}

/// What honest machines say.
pub fn truth() -> Claim {
	Claim::Computed { root: [1; 32], fuel: Fuel(2_000_000_000), outcomes: BlobId::of(b"outcomes") }
}

/// What a liar says, each its own.
pub fn lie(index: u32) -> Claim {
	let mut root = [9; 32];
	index.using_encoded(|bytes| root[..bytes.len()].copy_from_slice(bytes));
	Claim::Computed { root, fuel: Fuel(2_000_000_000), outcomes: BlobId::of(b"lies") }
}

/// The commitment of a machine to a claim.
pub fn commit_to(key: ShardKey, machine: &Machine, claim: &Claim) -> [u8; 32] {
	commitment(&System::block_hash(0).into(), &key, &machine.stash, claim, &SALT)
}

/// What opens it.
pub fn open_up(key: ShardKey, claim: Claim) -> Reveal {
	Reveal { key, claim, salt: SALT }
}

/// An order whose shards are all drawn, and what is engaged for them.
pub struct Drawn {
	/// The order.
	pub job: JobId,
	/// Who ordered.
	pub client: AccountId,
}

impl Drawn {
	/// Submits an order and takes note of the draws of all its shards.
	pub fn new(spec: JobSpec) -> Result<Self, BenchmarkError> {
		let client = rich("client", 0)?;
		let shards = spec.shards();
		let job = order(&client, spec)?;
		let _ = pallet_jobs::Waiting::<Runtime>::clear(u32::MAX, None);
		let _ = pallet_jobs::Turns::<Runtime>::clear(u32::MAX, None);
		pallet_jobs::Standings::<Runtime>::mutate(job, |standing| {
			standing.as_mut().map(|standing| (0..shards).for_each(|_| standing.draw()))
		});
		Ok(Self { job, client })
	}

	/// The key of one of its shards.
	pub fn key(&self, shard: u32) -> ShardKey {
		ShardKey { job: self.job, shard: ShardIndex(shard) }
	}

	/// Opens one of its shards in a phase, with replicas in these states, all of which are engaged.
	pub fn open(
		&self,
		shard: u32,
		phase: Phase,
		trust: u16,
		replicas: &[(Machine, ReplicaState)],
	) -> Result<ShardKey, BenchmarkError> {
		let key = self.key(shard);
		let job = pallet_jobs::Jobs::<Runtime>::get(self.job).ok_or("the order was just submitted")?;
		let terms = job.terms(key.shard);
		let lock = terms.value.saturating_mul(2);
		let mut all = Vec::new();
		for (machine, state) in replicas {
			let offer = Offer { provider: machine.stash.clone(), ask: ASK, lock, trust: None };
			Providers::engage(&offer, key)?;
			all.push(Replica { provider: offer.provider, ask: ASK, lock, state: *state });
		}
		let replicas = all.try_into().map_err(|_| "no more than the most replicas")?;
		let state = ShardAttestation { terms, phase, trust, replicas };
		if let Phase::Committing { until } | Phase::Revealing { until } = phase {
			pallet_attestation::Agenda::<Runtime>::insert(until, key, ());
		}
		pallet_attestation::Shards::<Runtime>::insert(key, state);
		Ok(key)
	}

	/// Puts fines into the pot, as if somebody had been absent before.
	pub fn fine(&self, key: ShardKey) -> Result<(), BenchmarkError> {
		let fine = 1_000 * UNIT;
		Balances::mint_into(&crate::configs::market::FinesAccount::get(), fine)?;
		pallet_jobs::Fines::<Runtime>::insert(key.job, key.shard, fine);
		Ok(())
	}
}
