//! Says what a job costs a block, and how long full blocks take; see `scripts/bench-chain.sh`.

use anyhow::{Context, Result};
use clap::Parser;
use ergon_runtime_bench::{
	figures::{self, say, Goal},
	runtime::Runtime,
};
use std::{fs, path::PathBuf};

/// Says what a job costs a block, and how long full blocks take.
#[derive(Parser)]
struct Options {
	/// The runtime's WebAssembly, of the same source as this program.
	#[arg(long)]
	runtime: PathBuf,
	/// How many jobs are lived through to see that nothing of them is left.
	#[arg(long, default_value_t = 10_000)]
	jobs: u32,
}

fn main() -> Result<()> {
	let options = Options::parse();
	let wasm =
		fs::read(&options.runtime).with_context(|| format!("reading {}", options.runtime.display()))?;
	let runtime = Runtime::new(wasm);

	let transfer = figures::transfer(&runtime)? as f64;
	say("weight_of_a_transfer", transfer / 1e6, "us", Goal::None);
	let one = figures::life(&runtime, 1, 1)?;
	say("settled_job_weight", one.total as f64 / transfer, "transfers", Goal::AtMost(12.0));
	for (part, weight) in &one.parts {
		say(part, *weight as f64 / transfer, "transfers", Goal::None);
	}
	let many = figures::life(&runtime, 1_000, 100)?;
	say("task_weight_in_shards", many.total as f64 / transfer / 1_000.0, "transfers", Goal::AtMost(0.5));

	let (few, declared_few) = figures::assignment(&runtime, 10)?;
	let (crowd, declared_crowd) = figures::assignment(&runtime, 10_000)?;
	say("assignment_10000_to_10", crowd / few, "times the time", Goal::AtMost(1.5));
	say(
		"assignment_10000_to_10_declared",
		declared_crowd / declared_few,
		"times the weight",
		Goal::AtMost(1.5),
	);

	say("open_shard_state", figures::open_shard(&runtime, 7)? as f64, "bytes", Goal::AtMost(1_024.0));
	say("with three replicas, not the most", figures::open_shard(&runtime, 3)? as f64, "bytes", Goal::None);
	let [first, last] = figures::after_retention(&runtime, options.jobs)?;
	let more = last as f64 - first as f64;
	say("state_after_retention", more, &format!("bytes more after {} jobs", options.jobs), Goal::AtMost(0.0));

	let mut worst: f64 = 0.0;
	for (block, millis, declared) in figures::full_blocks(&runtime)? {
		println!("       {block}: {millis:.1} ms of {declared:.1} ms declared");
		worst = worst.max(millis / declared);
	}
	say("block_time_to_weight", worst, "of the declared", Goal::AtMost(1.0));
	Ok(())
}
