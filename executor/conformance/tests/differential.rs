//! Generated programs and libraries on both engines. `ERGON_CASES` sets how many; `scripts/conformance.sh` runs many more.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

use ergon_conformance::{
	differential::{Counts, Engines},
	generate, oracle,
};
use ergon_executor_wasmtime::on_task_stack;

fn cases(default: u64) -> u64 {
	std::env::var("ERGON_CASES").map_or(default, |cases| cases.parse().unwrap())
}

#[test]
fn both_engines_end_alike() {
	let counts = on_task_stack(|| {
		let engines = Engines::new().unwrap();
		let mut counts = Counts::default();
		for number in 0..cases(1_000) {
			if let Err(difference) = engines.generated(&generate::seed(number), &mut counts) {
				panic!("module {number}: {difference}");
			}
		}
		counts
	})
	.unwrap();
	println!("{counts}");
	// The comparison is worth something only if modules end in many ways.
	for end in ["\"exited\"", "\"out of fuel\"", "\"returned\"", "Unreachable", "OutOfBoundsMemory"] {
		assert!(counts.ends.contains_key(end), "no module ends as {end}: {counts}");
	}
}

#[test]
fn admission_and_instrumentation_are_sound() {
	for number in 0..cases(1_000) {
		let bytes = generate::seed(number);
		oracle::instruments(&bytes);
		oracle::admits(&bytes);
	}
}

/// Every input of the corpora that are checked in.
#[test]
fn what_was_found_once_stays_right() {
	let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
	let mut seen = 0;
	for (target, oracle) in [
		("admit", oracle::admits as fn(&[u8])),
		("instrument", oracle::instruments),
		("differential", oracle::agrees),
	] {
		for entry in std::fs::read_dir(fuzz.join(target)).unwrap() {
			let bytes = std::fs::read(entry.unwrap().path()).unwrap();
			oracle(&bytes);
			seen += 1;
		}
	}
	assert!(seen > 0);
}
