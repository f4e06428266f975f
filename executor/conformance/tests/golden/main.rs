//! Real programs end exactly as `golden/golden.toml` says, on both engines.
//!
//! `ERGON_BLESS=1` writes the file's figures anew, if the engines agree; see `golden/README.md`.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

mod cases;

use cases::{Case, Figures, Golden};
use ergon_executor_core::{Engine, Execution, Outcome, Prepared};
use ergon_executor_wasmi::Wasmi;
use ergon_executor_wasmtime::Wasmtime;
use std::collections::BTreeSet;

/// Whether figures are to be written instead of compared.
fn blessing() -> bool {
	std::env::var_os("ERGON_BLESS").is_some_and(|value| value == "1")
}

fn run<E: Engine>(engine: &E, module: &[u8], case: &Case) -> Execution {
	match engine.prepare(module).unwrap() {
		Prepared::Ready(program) => engine.run(&program, &case.context, &case.input).unwrap(),
		Prepared::Refused(reason) => Execution::without_run(Outcome::InvalidModule { reason }),
	}
}

/// Runs every case; gives all that is not as the file says, so that one run shows everything.
fn differences<E: Engine>(engine: &E) -> Vec<String> {
	let mut differences = Vec::new();
	for program in Golden::read().programs() {
		for case in &program.cases {
			let execution = run(engine, &program.module, case);
			let found = Figures::of(&execution.outcome);
			if case.figures.as_ref() != Some(&found) {
				differences.push(format!(
					"{}, {}:\n  is     {found:?}\n  should {:?}\n  stderr {}",
					program.name,
					case.name,
					case.figures,
					String::from_utf8_lossy(&execution.stderr)
				));
			}
		}
	}
	differences
}

#[track_caller]
fn all_as_written<E: Engine>(engine: &E) {
	if blessing() {
		return; // The figures are being written by another test.
	}
	let differences = differences(engine);
	assert!(differences.is_empty(), "{} runs differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn programs_should_end_as_written_on_wasmtime() {
	all_as_written(&Wasmtime::new().unwrap());
}

#[test]
fn programs_should_end_as_written_on_wasmi() {
	all_as_written(&Wasmi::new().unwrap());
}

/// What a provider does a second time must be as the first: nothing is left over from one run to the next.
#[test]
fn a_program_should_run_twice_alike() {
	let engine = Wasmtime::new().unwrap();
	for program in Golden::read().programs() {
		let Prepared::Ready(ready) = engine.prepare(&program.module).unwrap() else {
			panic!("{} is refused", program.name)
		};
		let runs: Vec<Vec<Execution>> = (0..2)
			.map(|_| {
				program
					.cases
					.iter()
					.map(|case| engine.run(&ready, &case.context, &case.input).unwrap())
					.collect()
			})
			.collect();
		assert_eq!(runs.first(), runs.last(), "{}", program.name);
	}
}

#[test]
fn the_set_should_be_as_wide_as_it_claims() {
	if blessing() {
		return; // As above.
	}
	let golden = Golden::read();
	let programs = golden.programs();
	assert!(programs.len() >= 12, "{} programs", programs.len());
	let languages: BTreeSet<_> = programs.iter().map(|program| program.language.as_str()).collect();
	assert!(languages.len() >= 3, "{languages:?}");
	let mut endings = BTreeSet::new();
	for program in &programs {
		assert!(program.cases.len() >= 3, "{} has {} inputs", program.name, program.cases.len());
		for case in &program.cases {
			let figures = case.figures.as_ref();
			let figures = figures.unwrap_or_else(|| panic!("{}, {}: not blessed", program.name, case.name));
			endings.insert(figures.outcome.clone());
		}
	}
	for ending in [
		"exited with code 0",
		"exited with code 2",
		"trapped: call stack exhausted",
		"trapped: unreachable executed (a panic or an abort)",
		"out of fuel",
		"output too large",
	] {
		assert!(endings.contains(ending), "no case is '{ending}': {endings:?}");
	}
}

#[test]
fn figures_should_be_written_when_asked_for() {
	if !blessing() {
		return;
	}
	let (wasmtime, wasmi) = (Wasmtime::new().unwrap(), Wasmi::new().unwrap());
	let mut golden = Golden::read();
	for program in golden.programs() {
		for case in &program.cases {
			let (first, second) = (run(&wasmtime, &program.module, case), run(&wasmi, &program.module, case));
			assert_eq!(first, second, "the engines disagree: {}, {}", program.name, case.name);
			golden.bless(&program.name, &case.name, &Figures::of(&first.outcome));
		}
	}
	golden.write();
}
