//! What admission writes into a module does what the definition says, to the bit and to the fuel.
//!
//! `ERGON_CASES` is how many generated modules of each kind are tried, `ERGON_SEED` with which one to begin.
#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use ergon_conformance::reference::{bytes, check, float_module, random_module, Given};
use ergon_executor_core::admission::admit_library;

/// Limits that end a program anywhere, or never; the last one lets it fill the stack.
const FUEL: [i64; 5] = [20, 300, 5_000, 100_000, 5_000_000];

fn number(variable: &str, default: u64) -> u64 {
	std::env::var(variable).map_or(default, |value| value.parse().unwrap())
}

fn cases(default: u64, module: impl Fn(&[u8]) -> Option<Vec<u8>>) {
	let first = number("ERGON_SEED", 0);
	let mut ends = ["Returned", "Trapped", "StackExhausted", "OutOfFuel", "host"].map(|end| (end, 0));
	let (count, mut tried) = (number("ERGON_CASES", default), 0);
	for seed in first..first + count {
		let Some(module) = module(&bytes(seed, 6000)) else { continue };
		let given = Given { fuel: FUEL[seed as usize % FUEL.len()], seed };
		let lines = check(&module, given)
			.unwrap_or_else(|difference| panic!("seed {seed}, {given:?}: {difference:#}"));
		for (end, count) in &mut ends {
			*count += lines.iter().filter(|line| line.contains(*end)).count();
		}
		tried += 1;
	}
	assert!(tried >= count * 9 / 10, "{tried} of {count} modules could be tried");
	assert!(ends.iter().all(|(_, count)| *count > 0), "what never came about was not tried: {ends:?}");
	println!("{tried} modules: {ends:?}");
}

#[test]
fn any_module() {
	// A few have types with more results than are admitted.
	cases(200, |bytes| random_module(bytes).ok().filter(|module| admit_library(module).is_ok()));
}

#[test]
fn modules_full_of_nans() {
	cases(200, |bytes| Some(wat::parse_str(float_module(bytes).unwrap()).unwrap()));
}
