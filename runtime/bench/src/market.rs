//! A market on a chain: machines, orders, and what honest machines do.

use anyhow::{anyhow, Result};
use ergon_primitives::{
	commitment,
	provider::{ProviderInfo, Region},
	BlobId, Claim, Fuel, Input, JobSpec, Limits, Phase, Policy, Price, ReplicaState, Requirements, Reveal,
	ShardKey, PROFILE_1,
};
use ergon_runtime::{
	AccountId, Attestation, Balance, Balances, Jobs, Providers, Runtime as Native, RuntimeOrigin, System,
	UncheckedExtrinsic, UNIT,
};
use ergon_traits::Providers as _;
use frame_support::traits::fungible::Mutate;
use sp_core::sr25519;

use crate::chain::{account, signer, Chain};

/// The pallets whose state is the market's, with the balances that it holds.
pub const MARKET: [&str; 5] = ["Providers", "Jobs", "Attestation", "Rewards", "Balances"];

const BOND: Balance = 10_000 * UNIT;
const SALT: [u8; 32] = [7; 32];

/// A provider: the key that owns, and the key that works.
pub struct Machine {
	/// Owns the bond.
	pub stash: sr25519::Pair,
	/// Commits and reveals.
	pub worker: sr25519::Pair,
}

/// Registers so many machines, without transactions.
pub fn machines(chain: &mut Chain, count: u32, slots: u16) -> Result<Vec<Machine>> {
	(0..count)
		.map(|index| {
			let machine = Machine { stash: signer("stash", index), worker: signer("worker", index) };
			let (stash, worker) = (account(&machine.stash), account(&machine.worker));
			chain.with(|| {
				Balances::mint_into(&stash, 2 * BOND).map_err(|error| anyhow!("{error:?}"))?;
				Providers::register(RuntimeOrigin::signed(stash), BOND, worker, info(slots))
					.map_err(|error| anyhow!("{error:?}"))
			})?;
			Ok(machine)
		})
		.collect()
}

fn info(slots: u16) -> ProviderInfo {
	ProviderInfo {
		slots,
		ask: Price(UNIT / 10),
		memory: 1_024,
		profiles: vec![PROFILE_1].try_into().unwrap_or_default(),
		speed: 1_000,
		region: Region::UNSAID,
		addresses: Default::default(),
	}
}

/// A client with money.
pub fn client(chain: &mut Chain, index: u32) -> Result<sr25519::Pair> {
	let client = signer("client", index);
	let who = account(&client);
	chain.with(|| Balances::mint_into(&who, 100_000_000 * UNIT)).map_err(|error| anyhow!("{error:?}"))?;
	Ok(client)
}

/// An order of so many tasks in shards of so many.
pub fn spec(chain: &Chain, tasks: u32, shard_size: u32, quorum: u8) -> JobSpec {
	JobSpec {
		program: BlobId::of(b"program"),
		input: Input::Single(BlobId::of(b"input")),
		tasks,
		shard_size,
		limits: Limits { fuel: Fuel(4_000_000), memory: 1 << 20, output: 1_024 },
		args: Default::default(),
		policy: Policy { quorum, max_replicas: 7, adaptive: false },
		max_price: Price(UNIT),
		deadline: chain.number() + 200,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1_000, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	}
}

/// Submits an order without a transaction.
pub fn order(chain: &mut Chain, client: &sr25519::Pair, spec: JobSpec) -> Result<()> {
	let who = account(client);
	chain.with(|| Jobs::submit(RuntimeOrigin::signed(who), spec)).map_err(|error| anyhow!("{error:?}"))
}

/// What machines say of a shard.
fn truth(key: &ShardKey) -> Claim {
	let mut root = [0; 32];
	root[..8].copy_from_slice(&key.job.0.to_le_bytes());
	Claim::Computed { root, fuel: Fuel(1_000_000), outcomes: BlobId::of(b"outcomes") }
}

/// The transactions by which machines do all that is due, with at most so many shards in each.
pub fn duties(chain: &mut Chain, machines: &[Machine], batch: usize) -> Result<Vec<UncheckedExtrinsic>> {
	let mut transactions = Vec::new();
	for machine in machines {
		let stash = account(&machine.stash);
		let (commits, reveals) = chain.with(|| due(&stash));
		let mut before = 0;
		for commits in commits.chunks(batch) {
			let commits = commits.to_vec().try_into().map_err(|_| anyhow!("at most 32 in a batch"))?;
			let call = pallet_attestation::Call::commit { commits };
			transactions.push(chain.sign_after(&machine.worker, before, call)?);
			before += 1;
		}
		for reveals in reveals.chunks(batch) {
			let reveals = reveals.to_vec().try_into().map_err(|_| anyhow!("at most 32 in a batch"))?;
			let call = pallet_attestation::Call::reveal { reveals };
			transactions.push(chain.sign_after(&machine.worker, before, call)?);
			before += 1;
		}
	}
	Ok(transactions)
}

fn due(stash: &AccountId) -> (Vec<(ShardKey, [u8; 32])>, Vec<Reveal>) {
	let genesis = System::block_hash(0).into();
	let (mut commits, mut reveals) = (Vec::new(), Vec::new());
	for key in Providers::duties_of(stash) {
		let Some(shard) = pallet_attestation::Shards::<Native>::get(key) else { continue };
		let Some(own) = shard.replicas.iter().find(|replica| replica.provider == *stash) else { continue };
		let claim = truth(&key);
		match (shard.phase, own.state) {
			(Phase::Committing { .. }, ReplicaState::Assigned) => {
				commits.push((key, commitment(&genesis, &key, stash, &claim, &SALT)));
			},
			(Phase::Revealing { .. }, ReplicaState::Committed(_)) => {
				reveals.push(Reveal { key, claim, salt: SALT });
			},
			_ => (),
		}
	}
	(commits, reveals)
}

/// Does the same without transactions.
pub fn work(chain: &mut Chain, machines: &[Machine]) -> Result<()> {
	for machine in machines {
		let (stash, worker) = (account(&machine.stash), account(&machine.worker));
		chain.with(|| {
			let (commits, reveals) = due(&stash);
			for commits in commits.chunks(32) {
				let commits = commits.to_vec().try_into().map_err(|_| anyhow!("at most 32 in a batch"))?;
				Attestation::commit(RuntimeOrigin::signed(worker.clone()), commits)
					.map_err(|error| anyhow!("{error:?}"))?;
			}
			for reveals in reveals.chunks(32) {
				let reveals = reveals.to_vec().try_into().map_err(|_| anyhow!("at most 32 in a batch"))?;
				Attestation::reveal(RuntimeOrigin::signed(worker.clone()), reveals)
					.map_err(|error| anyhow!("{error:?}"))?;
			}
			anyhow::Ok(())
		})?;
	}
	Ok(())
}
