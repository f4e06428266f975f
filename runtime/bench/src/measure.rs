//! Runs benchmarks: each with every component at several points of its range, first counting what it reads and writes,
//! then a few times against the clock.

use anyhow::{bail, Context, Result};
use codec::Encode;
use frame_benchmarking::{
	BenchmarkBatch, BenchmarkList, BenchmarkMetadata, BenchmarkParameter, BenchmarkResult,
};
use frame_support::traits::StorageInfo;
use sc_client_db::BenchmarkingState;
use sp_core::storage::Storage;
use sp_runtime::traits::BlakeTwo256;

use crate::runtime::Runtime;

/// How thoroughly.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Effort {
	/// At how many points of its range each component is measured; at least 2.
	#[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..))]
	pub steps: u32,
	/// How often at each.
	#[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
	pub repeat: u32,
}

/// What was measured of one benchmark.
pub struct Measured {
	/// Its name: that of a function of the pallet's `WeightInfo`.
	pub name: String,
	/// Its components and their ranges.
	pub components: Vec<(BenchmarkParameter, u32, u32)>,
	/// Each timed run.
	pub times: Vec<BenchmarkResult>,
	/// What it read and wrote at each point.
	pub accesses: Vec<BenchmarkResult>,
}

/// A runtime with benchmarks, and the state that each begins with.
pub struct Bench {
	runtime: Runtime,
	genesis: Storage,
	lists: Vec<BenchmarkList>,
	storage: Vec<StorageInfo>,
}

impl Bench {
	/// Of the WebAssembly of a runtime that was built with the feature `runtime-benchmarks`.
	pub fn new(wasm: Vec<u8>, preset: &str) -> Result<Self> {
		let runtime = Runtime::new(wasm);
		let genesis = runtime.genesis(preset)?;
		let state = tracked(&genesis, false)?;
		let (lists, storage): (Vec<BenchmarkList>, Vec<StorageInfo>) = runtime
			.call(&state, &mut Default::default(), "Benchmark_benchmark_metadata", &false.encode())
			.context("is it a runtime with the feature runtime-benchmarks?")?;
		Ok(Self { runtime, genesis, lists, storage })
	}

	/// The benchmarks of a pallet, by the crate's name.
	pub fn of(&self, pallet: &str) -> Result<&[BenchmarkMetadata]> {
		let list = self.lists.iter().find(|list| list.pallet == pallet.as_bytes());
		Ok(&list.with_context(|| format!("the runtime has no benchmarks of {pallet}"))?.benchmarks)
	}

	/// The runtime's storage items.
	pub fn storage(&self) -> &[StorageInfo] {
		&self.storage
	}

	/// Runs one.
	pub fn run(&self, pallet: &str, benchmark: &BenchmarkMetadata, effort: Effort) -> Result<Measured> {
		let name = String::from_utf8(benchmark.name.clone())?;
		let (mut times, mut accesses) = (Vec::new(), Vec::new());
		for point in points(&benchmark.components, effort.steps) {
			let at = || format!("{pallet}::{name} at {point:?}");
			self.dispatch(pallet, &name, &point, true, 1, false).with_context(at)?;
			accesses.extend(self.dispatch(pallet, &name, &point, false, 1, true).with_context(at)?);
			times.extend(self.dispatch(pallet, &name, &point, false, effort.repeat, false).with_context(at)?);
		}
		Ok(Measured { name, components: benchmark.components.clone(), times, accesses })
	}

	fn dispatch(
		&self,
		pallet: &str,
		name: &str,
		point: &[(BenchmarkParameter, u32)],
		verify: bool,
		repeat: u32,
		tracking: bool,
	) -> Result<Vec<BenchmarkResult>> {
		let state = tracked(&self.genesis, tracking)?;
		// No pallet of this runtime has instances: an instance's name is that of its pallet.
		let instance = self.instance(pallet)?;
		let arguments = (pallet.as_bytes(), instance, name.as_bytes(), point.to_vec(), verify, repeat);
		let batches: Result<Vec<BenchmarkBatch>, String> = self.runtime.call(
			&state,
			&mut Default::default(),
			"Benchmark_dispatch_benchmark",
			&arguments.encode(),
		)?;
		match batches {
			Ok(batches) => Ok(batches.into_iter().flat_map(|batch| batch.results).collect()),
			Err(refusal) => bail!("{refusal}"),
		}
	}

	fn instance(&self, pallet: &str) -> Result<&[u8]> {
		let list = self.lists.iter().find(|list| list.pallet == pallet.as_bytes());
		Ok(&list.with_context(|| format!("the runtime has no benchmarks of {pallet}"))?.instance)
	}
}

/// The combinations at which a benchmark is measured: each component at its steps, the others at their most.
fn points(components: &[(BenchmarkParameter, u32, u32)], steps: u32) -> Vec<Vec<(BenchmarkParameter, u32)>> {
	if components.is_empty() {
		return vec![Vec::new()];
	}
	let mut points = Vec::new();
	for (varied, low, high) in components {
		let mut last = None;
		for step in 0..steps {
			let value = low + (u64::from(high - low) * u64::from(step) / u64::from(steps - 1)) as u32;
			if last.replace(value) == Some(value) {
				continue;
			}
			let point =
				components.iter().map(|(name, _, most)| (*name, if name == varied { value } else { *most }));
			points.push(point.collect());
		}
	}
	points
}

fn tracked(genesis: &Storage, tracking: bool) -> Result<BenchmarkingState<BlakeTwo256>> {
	BenchmarkingState::new(genesis.clone(), None, false, tracking).map_err(anyhow::Error::msg)
}
