//! The official suite, in full: it takes seconds.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

use ergon_conformance::{
	library::{Library, OnWasmi, OnWasmtime},
	suite::{parts, run, Tally},
};
use ergon_executor_wasmtime::on_task_stack;

fn part<L: Library>(name: &str) -> Tally {
	let (_, files) = parts().into_iter().find(|(part, _)| *part == name).unwrap();
	let tally = on_task_stack(|| {
		files.iter().fold(Tally::default(), |mut tally, file| {
			tally.add(run::<L>(file).unwrap());
			tally
		})
	})
	.unwrap();
	println!("{name} on {}: {tally}", L::NAME);
	assert_eq!(tally.failed, Vec::<String>::new());
	tally
}

/// All of 2.0 but its vector instructions is admitted, so that nothing is left out.
#[test]
fn version_2_holds_on_wasmtime() {
	let tally = part::<OnWasmtime>("2.0");
	assert_eq!(tally.not_admitted.len(), 0);
	assert_eq!(tally.total(), 27_439);
}

#[test]
fn version_2_holds_on_wasmi() {
	let tally = part::<OnWasmi>("2.0");
	// See `Library::KEEPS_FAILED`: what a script calls after an instance of it failed halfway.
	assert_eq!(tally.not_admitted.values().sum::<usize>(), 47);
	assert_eq!(tally.total(), 27_439 - 47);
}

#[test]
fn of_version_3_everything_admitted_holds() {
	for tally in [part::<OnWasmtime>("3.0"), part::<OnWasmi>("3.0")] {
		assert!(tally.total() > 19_000);
		for features in tally.not_admitted.keys() {
			assert!(
				[
					"exceptions",
					"extended-const",
					"function-references",
					"gc",
					"multi-memory",
					"tail-call",
					"a bound",
					"an engine"
				]
				.iter()
				.any(|feature| features.contains(feature)),
				"not admitted for want of {features}"
			);
		}
	}
}

#[test]
fn vector_instructions_are_refused() {
	let tally = part::<OnWasmtime>("2.0-simd");
	assert!(tally.not_admitted.keys().all(|features| features.contains("simd")), "{tally}");
	assert!(tally.not_admitted.values().sum::<usize>() > 20_000);
}
