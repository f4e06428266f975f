//! Measures the weights of the market's pallets and writes them to files; see `scripts/weights.sh`.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use ergon_runtime_bench::{
	measure::{Bench, Effort},
	write::{self, Origin},
};
use std::{fs, path::PathBuf};

/// Measures the weights of the market's pallets and writes them to files.
#[derive(Parser)]
struct Options {
	/// The WebAssembly of a runtime that was built with the feature `runtime-benchmarks`.
	#[arg(long)]
	runtime: PathBuf,
	/// The genesis preset to begin with.
	#[arg(long, default_value = "development")]
	preset: String,
	/// The pallets, by their crates' names.
	#[arg(long, value_delimiter = ',', required = true)]
	pallets: Vec<String>,
	/// Only these benchmarks; then nothing is written, only said.
	#[arg(long, value_delimiter = ',')]
	only: Vec<String>,
	/// Where the files are.
	#[arg(long)]
	out: PathBuf,
	/// Measures nothing: says whether each file has a function for each benchmark, and no other.
	#[arg(long)]
	check: bool,
	/// What the files' heads say of the machine.
	#[arg(long, default_value = "an unnamed machine")]
	machine: String,
	/// What the files' heads say of the day.
	#[arg(long, default_value = "undated")]
	date: String,
	#[command(flatten)]
	effort: Effort,
}

fn main() -> Result<()> {
	let options = Options::parse();
	let wasm =
		fs::read(&options.runtime).with_context(|| format!("reading {}", options.runtime.display()))?;
	let bench = Bench::new(wasm, &options.preset)?;
	for pallet in &options.pallets {
		let path = options.out.join(format!("{pallet}.rs"));
		if options.check {
			let file = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
			check(&bench, pallet, &file)?;
			continue;
		}
		let mut all = Vec::new();
		for benchmark in bench.of(pallet)? {
			let name = String::from_utf8_lossy(&benchmark.name).into_owned();
			if !options.only.is_empty() && !options.only.contains(&name) {
				continue;
			}
			eprintln!("{pallet}::{name}");
			all.push(bench.run(pallet, benchmark, options.effort)?);
		}
		let origin = Origin {
			command: "scripts/weights.sh",
			machine: &options.machine,
			date: &options.date,
			effort: options.effort,
		};
		let file = write::file(pallet, &origin, bench.storage(), &all)?;
		if options.only.is_empty() {
			fs::write(&path, file).with_context(|| format!("writing {}", path.display()))?;
		} else {
			println!("{file}");
		}
	}
	Ok(())
}

/// The functions of a file are the benchmarks of its pallet.
fn check(bench: &Bench, pallet: &str, file: &str) -> Result<()> {
	let written: Vec<_> =
		file.lines().filter_map(|line| line.trim_start().strip_prefix("fn ")?.split('(').next()).collect();
	let there: Vec<_> =
		bench.of(pallet)?.iter().map(|one| String::from_utf8_lossy(&one.name).into_owned()).collect();
	ensure!(
		written == there,
		"the weights of {pallet} are of other benchmarks than it has; run scripts/weights.sh"
	);
	Ok(())
}
