//! `ergon-worker benchmark`.

use super::sandbox::SandboxArgs;
use crate::benchmark;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct Benchmark {
	/// How long to measure
	#[arg(long, value_name = "SECONDS", default_value_t = 8, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
	seconds: u64,
	#[command(flatten)]
	sandbox: SandboxArgs,
	/// Print JSON
	#[arg(long)]
	json: bool,
}

impl Benchmark {
	pub(super) fn execute(self) -> anyhow::Result<()> {
		let report = benchmark::run(&self.sandbox.pool(1, None)?, Duration::from_secs(self.seconds))?;
		if self.json {
			println!("{}", serde_json::to_string(&report)?);
			return Ok(());
		}
		for measured in &report.workloads {
			println!(
				"{:<10}{:>8.0} Mfuel/s   ready after {:.1} ms",
				measured.name, measured.mfuel_per_second, measured.prepare_ms
			);
		}
		println!(
			"\none slot  {:>8} Mfuel/s   ergon provider register --speed {}",
			report.speed, report.speed
		);
		println!("Measured on an otherwise idle machine? With all slots busy each may be slower: register what holds then.");
		Ok(())
	}
}
