//! What the profile costs: programs with it written into them against the same programs without, against the engine's
//! own ways, and against native code; and what it costs to make a program ready. Run by `scripts/bench-executor.sh`.
//!
//! Takes the folder with the programs, each as `NAME.wasm` and, built from the same source, as the executable `NAME`.
//! Figures go to the standard output, a table of all that was measured to the standard error. Everything is the best of
//! several runs that were taken in turn, so that a machine whose speed drifts does not tilt the ratios.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

mod engines;
mod ready;

use engines::{Bare, Native, Ours, Way};
use std::{
	fs,
	path::{Path, PathBuf},
	time::Instant,
};

/// How often each program is run in each way.
const ROUNDS: usize = 5;

/// What a program took, in seconds, by [`WAYS`].
type Times = [f64; WAYS.len()];

const WAYS: [&str; 5] = ["injected", "plain", "consume_fuel", "fuel+nan", "native"];
const INJECTED: usize = 0;
const PLAIN: usize = 1;
const CONSUME_FUEL: usize = 2;
const FUEL_AND_NAN: usize = 3;
const NATIVE: usize = 4;

fn main() {
	let folder = PathBuf::from(std::env::args_os().nth(1).expect("usage: overhead FOLDER"));
	let programs = programs(&folder);
	let (times, results): (Vec<_>, Vec<_>) = programs.iter().map(|program| measure(program)).unzip();

	print_table(&programs, &times, &results);
	let ratios = |way: usize, to: usize| times.iter().map(move |times| times[way] / times[to]);
	figure("injected_to_plain_mean", mean(ratios(INJECTED, PLAIN)), "x", "<= 1.10");
	figure("injected_to_plain_worst", ratios(INJECTED, PLAIN).fold(0.0, f64::max), "x", "<= 1.6");
	figure("injected_to_consume_fuel_mean", mean(ratios(INJECTED, CONSUME_FUEL)), "x", "<= 1.0");
	figure("injected_to_fuel_and_nan_mean", mean(ratios(INJECTED, FUEL_AND_NAN)), "x", "<= 1.0");
	figure("injected_to_native_mean", mean(ratios(INJECTED, NATIVE)), "x", "<= 1.8");
	ready::measure(&programs);
}

/// One figure, as every benchmark of this repository prints it.
fn figure(name: &str, value: f64, unit: &str, goal: &str) {
	println!("figure {name} {value:.4} {unit} goal {goal}");
}

fn mean(ratios: impl Iterator<Item = f64>) -> f64 {
	let logarithms: Vec<f64> = ratios.map(f64::ln).collect();
	(logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp()
}

fn programs(folder: &Path) -> Vec<PathBuf> {
	let mut programs: Vec<_> = fs::read_dir(folder)
		.unwrap()
		.map(|entry| entry.unwrap().path())
		.filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
		.collect();
	programs.sort();
	assert!(!programs.is_empty(), "no programs in {}", folder.display());
	programs
}

/// The best times of a program, and what it prints, which must be the same in every way.
fn measure(program: &Path) -> (Times, String) {
	eprintln!("{}", name(program));
	let module = fs::read(program).unwrap();
	let ways: [Box<dyn Way>; WAYS.len()] = [
		Box::new(Ours::new(&module)),
		Box::new(Bare::new(&module, false, false)),
		Box::new(Bare::new(&module, true, false)),
		Box::new(Bare::new(&module, true, true)),
		Box::new(Native::new(&program.with_extension(""))),
	];
	let mut best = [f64::INFINITY; WAYS.len()];
	let mut result = None;
	for _ in 0..ROUNDS {
		for (way, best) in ways.iter().zip(&mut best) {
			let start = Instant::now();
			let output = way.run();
			*best = best.min(start.elapsed().as_secs_f64());
			assert_eq!(*result.get_or_insert_with(|| output.clone()), output, "{}", name(program));
		}
	}
	(best, String::from_utf8_lossy(&result.unwrap()).trim().to_string())
}

fn name(program: &Path) -> String {
	program.file_stem().unwrap().to_string_lossy().into_owned()
}

fn print_table(programs: &[PathBuf], times: &[Times], results: &[String]) {
	eprint!("{:<10}", "program");
	for way in WAYS {
		eprint!("{way:>22}");
	}
	eprintln!("  result");
	for ((program, times), result) in programs.iter().zip(times).zip(results) {
		eprint!("{:<10}", name(program));
		for time in times {
			eprint!("{:>11.1} ms {:>5.2} x", time * 1e3, time / times[PLAIN]);
		}
		eprintln!("  {}", result.chars().take(40).collect::<String>());
	}
	eprint!("{:<10}", "mean");
	for way in 0..WAYS.len() {
		eprint!("{:>20.2} x", mean(times.iter().map(|times| times[way] / times[PLAIN])));
	}
	eprintln!();
}
