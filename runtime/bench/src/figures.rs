//! The figures: each a number that the design holds itself to.

use anyhow::{ensure, Result};
use ergon_runtime::Runtime as Native;
use frame_support::traits::fungible::Inspect;
use std::time::Duration;

use crate::{
	chain::{account, signer, Chain, Made},
	market::{self, Machine, MARKET},
	runtime::Runtime,
};

/// How a number is to compare with its goal.
#[derive(Clone, Copy)]
pub enum Goal {
	/// At most so much.
	AtMost(f64),
	/// Nothing is asked of it: it explains another.
	None,
}

/// Says a figure.
pub fn say(name: &str, value: f64, unit: &str, goal: Goal) {
	match goal {
		Goal::AtMost(limit) => println!("figure {name} {value:.3} {unit} goal <= {limit}"),
		Goal::None => println!("       {name} {value:.3} {unit}"),
	}
}

/// What one transfer adds to a block.
pub fn transfer(runtime: &Runtime) -> Result<u64> {
	let mut chain = Chain::new(runtime)?;
	let (from, to) = (market::client(&mut chain, 0)?, market::client(&mut chain, 1)?);
	let idle = idle(&mut chain)?;
	let call =
		pallet_balances::Call::transfer_keep_alive { dest: account(&to).into(), value: 1_000_000_000_000 };
	let transaction = chain.sign(&from, call)?;
	Ok(chain.block(vec![transaction])?.weight - idle)
}

/// What an empty block weighs where nothing is due.
fn idle(chain: &mut Chain) -> Result<u64> {
	chain.skip(3)?;
	chain.skip(1)
}

/// What a job adds to blocks from its submission until nothing of it is left, and by what.
pub struct Life {
	/// All.
	pub total: u64,
	/// The transactions and hooks in their order.
	pub parts: Vec<(&'static str, u64)>,
}

/// Lives a job of so many tasks in shards of so many, three replicas each. Each block is compared with the same block of a chain
/// without the job: the first blocks of epochs are heavy by themselves.
pub fn life(runtime: &Runtime, tasks: u32, shard_size: u32) -> Result<Life> {
	const MACHINES: u32 = 10;
	let (mut chain, mut twin) = (Chain::new(runtime)?, Chain::new(runtime)?);
	let machines = market::machines(&mut chain, MACHINES, 32)?;
	market::machines(&mut twin, MACHINES, 32)?;
	let client = market::client(&mut chain, 0)?;
	chain.skip(3)?;
	twin.skip(3)?;
	let mut more = |chain: &mut Chain, transactions: Vec<_>| {
		let made = chain.block(transactions)?;
		anyhow::Ok((made.weight.saturating_sub(twin.skip(1)?), made.taken))
	};
	let mut parts = Vec::new();

	let spec = market::spec(&chain, tasks, shard_size, 3);
	let submit = chain.sign(&client, pallet_jobs::Call::submit { spec })?;
	parts.push(("submit", more(&mut chain, vec![submit])?.0));
	parts.push(("too fresh for a draw", more(&mut chain, Vec::new())?.0));
	let mut draws = 0;
	while chain.with(|| pallet_jobs::Turns::<Native>::iter_keys().next().is_some()) {
		draws += more(&mut chain, Vec::new())?.0;
		ensure!(chain.number() < 100, "the shards are not drawn");
	}
	parts.push(("draws", draws));
	for step in ["commits", "reveals, verdicts, payments"] {
		let transactions = market::duties(&mut chain, &machines, 32)?;
		let sent = transactions.len();
		let (weight, taken) = more(&mut chain, transactions)?;
		ensure!(taken == sent && taken > 0, "{step}: not all fitted");
		parts.push((step, weight));
	}
	ensure!(open_shards(&mut chain) == 0, "shards are left open");
	let mut pruning = 0;
	while chain.with(|| pallet_jobs::Jobs::<Native>::iter_keys().next().is_some()) {
		pruning += more(&mut chain, Vec::new())?.0;
		ensure!(chain.number() < 400, "the job is not pruned");
	}
	parts.push(("pruning", pruning));
	Ok(Life { total: parts.iter().map(|(_, weight)| weight).sum(), parts })
}

fn open_shards(chain: &mut Chain) -> usize {
	chain.with(|| pallet_attestation::Shards::<Native>::iter_keys().count())
}

/// How much a block's start with so many draws takes beyond one without, in nanoseconds and in declared weight.
pub fn assignment(runtime: &Runtime, providers: u32) -> Result<(f64, f64)> {
	const DRAWS: u32 = 40;
	let mut chain = Chain::new(runtime)?;
	let _machines: Vec<Machine> = market::machines(&mut chain, providers, 256)?;
	let clients: Vec<_> = (0..DRAWS).map(|index| market::client(&mut chain, index)).collect::<Result<_>>()?;
	chain.skip(3)?;
	let (idle, without) = chain.timed(runtime, Vec::new())?;
	for client in &clients {
		let spec = market::spec(&chain, 1, 1, 3);
		market::order(&mut chain, client, spec)?;
	}
	chain.skip(1)?;
	let (made, with) = chain.timed(runtime, Vec::new())?;
	let drawn = open_shards(&mut chain);
	ensure!(drawn == DRAWS as usize, "{drawn} of {DRAWS} shards were drawn");
	Ok((with.saturating_sub(without).as_nanos() as f64, (made.weight - idle.weight) as f64))
}

/// The most bytes that an open shard of so many replicas takes of the market's state, keys and all, whatever its phase; beyond
/// what its job has in any case.
pub fn open_shard(runtime: &Runtime, replicas: u8) -> Result<u64> {
	const SHARDS: u64 = 20;
	let mut chain = Chain::new(runtime)?;
	let machines = market::machines(&mut chain, replicas.into(), 32)?;
	let client = market::client(&mut chain, 0)?;
	let spec = market::spec(&chain, SHARDS as u32, 1, replicas);
	market::order(&mut chain, &client, spec)?;
	let before = chain.bytes_under(&MARKET)?;
	let mut most = before;
	chain.skip(3)?;
	for round in 0..2 {
		// One after the other, so that the state is seen with all but one revealed.
		for machine in &machines {
			most = most.max(chain.bytes_under(&MARKET)?);
			market::work(&mut chain, std::slice::from_ref(machine))?;
		}
		chain.skip(1)?;
		ensure!(round == 1 || open_shards(&mut chain) == SHARDS as usize, "not all open");
	}
	Ok((most - before).div_ceil(SHARDS))
}

/// Bytes of the market's state before any job, after the first is forgotten, and after so many more are. Providers, their totals
/// and the client's account are there from the first on.
pub fn after_retention(runtime: &Runtime, jobs: u32) -> Result<[u64; 2]> {
	let mut chain = Chain::new(runtime)?;
	let machines = market::machines(&mut chain, 3, 256)?;
	let client = market::client(&mut chain, 0)?;
	let mut bytes = [0; 2];
	for (index, count) in [16, jobs].into_iter().enumerate() {
		let mut left = count;
		while left > 0 {
			let now = left.min(64);
			for _ in 0..now {
				let spec = market::spec(&chain, 1, 1, 3);
				market::order(&mut chain, &client, spec)?;
			}
			left -= now;
			// Draws, commits, reveals: all take some blocks where they do not fit into one.
			for _ in 0..5 {
				chain.skip(1)?;
				market::work(&mut chain, &machines)?;
			}
		}
		for _ in 0..40 {
			chain.skip(10)?;
			market::work(&mut chain, &machines)?;
		}
		let open = chain.with(|| pallet_jobs::Jobs::<Native>::iter_keys().count());
		ensure!(open == 0, "{open} jobs are not pruned");
		bytes[index] = chain.bytes_under(&MARKET)?;
	}
	let held = chain.with(|| {
		let who = account(&signer("client", 0));
		<ergon_runtime::Balances as Inspect<_>>::total_balance(&who)
			- ergon_runtime::Balances::free_balance(&who)
	});
	ensure!(held == 0, "{held} plancks are still held");
	Ok(bytes)
}

/// How long full blocks take to execute, against what they say.
pub fn full_blocks(runtime: &Runtime) -> Result<Vec<(&'static str, f64, f64)>> {
	const SHARDS: u32 = 2_400;
	let mut chain = Chain::new(runtime)?;
	let machines = market::machines(&mut chain, 600, 64)?;
	let clients: Vec<_> = (0..20).map(|index| market::client(&mut chain, index)).collect::<Result<_>>()?;
	for client in &clients {
		let spec = market::spec(&chain, SHARDS / 20, 1, 3);
		market::order(&mut chain, client, spec)?;
	}
	let mut said = Vec::new();
	let mut note = |what, (made, time): (Made, Duration)| {
		said.push((what, time.as_secs_f64() * 1e3, made.weight as f64 / 1e9));
	};
	chain.skip(1)?;
	note("a block full of draws", chain.timed(runtime, Vec::new())?);
	while open_shards(&mut chain) < 900 {
		chain.skip(1)?;
		ensure!(chain.number() < 18, "too few draws for a full block");
	}
	let transactions = market::duties(&mut chain, &machines, 1)?;
	note("a block full of commits", chain.timed(runtime, transactions)?);
	let transactions = market::duties(&mut chain, &machines, 32)?;
	note("a block full of commits in batches", chain.timed(runtime, transactions)?);
	market::work(&mut chain, &machines[..500])?;
	market::work(&mut chain, &machines[500..])?;
	let transactions = market::duties(&mut chain, &machines, 32)?;
	note("a block full of reveals and verdicts", chain.timed(runtime, transactions)?);
	// Whoever is late now misses both windows: deadlines fill the hook. The first block of an epoch is no measure: the session
	// pallet declares all of a block for it.
	let most = <Native as frame_system::Config>::BlockWeights::get().max_block.ref_time();
	let mut heaviest: Option<(Made, Duration)> = None;
	for _ in 0..60 {
		let next = chain.timed(runtime, Vec::new())?;
		let before = heaviest.as_ref().map_or(0, |(made, _)| made.weight);
		if (before..most).contains(&next.0.weight) {
			heaviest = Some(next);
		}
	}
	if let Some(heaviest) = heaviest {
		note("a block full of deadlines", heaviest);
	}
	Ok(said)
}
