//! How much fuel a second this machine burns on one slot, through the engine that runs tasks.
//!
//! Each workload never ends by itself: it is given so much fuel, and ends as out of fuel when exactly that is used.

use ergon_executor_core::{Engine, LocalFault, Outcome, Prepared, TaskContext};
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};
use serde::Serialize;
use std::time::{Duration, Instant};

/// The programs, each with what it stands for.
const WORKLOADS: [(&str, &str); 4] = [
	("integers", include_str!("benchmark/integers.wat")),
	("memory", include_str!("benchmark/memory.wat")),
	("floats", include_str!("benchmark/floats.wat")),
	("calls", include_str!("benchmark/calls.wat")),
];

/// The fuel of the first run: little, to learn how much fits into the time.
const FIRST: Fuel = Fuel(2_000_000);
/// No run is given more.
const MOST: Fuel = Fuel(1_000_000_000_000);

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarkError {
	/// A built-in program does not assemble.
	#[error("the built-in workload '{0}' does not assemble: {1}; please report this")]
	Assemble(&'static str, String),
	/// This machine failed.
	#[error("the workload '{0}' could not be run: {1}")]
	Fault(&'static str, LocalFault),
	/// It ended otherwise than out of fuel.
	#[error("the built-in workload '{0}' ended as {1:?} instead of running out of fuel; please report this")]
	Ended(&'static str, Outcome),
	/// The engine refused it.
	#[error("the built-in workload '{0}' is refused: {1}; please report this")]
	Refused(&'static str, ergon_executor_core::Refusal),
}

/// One workload's figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
	/// The workload.
	pub name: &'static str,
	/// 10^6 fuel a second.
	pub mfuel_per_second: f64,
	/// Milliseconds to prepare the program.
	pub prepare_ms: f64,
}

/// All figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
	/// What to register as `--speed`: the harmonic mean, that is, all the fuel over all the time with as much fuel for
	/// each workload, rounded down and at least 1. Slow kinds of work count for more: the time that a job gives is
	/// computed from it, whatever the job does.
	pub speed: u32,
	/// One for each workload.
	pub workloads: Vec<Measured>,
}

/// Runs every workload for about an equal part of `time`.
pub fn run<E: Engine>(engine: &E, time: Duration) -> Result<Report, BenchmarkError> {
	let share = time / WORKLOADS.len() as u32;
	let workloads: Vec<_> =
		WORKLOADS.iter().map(|(name, wat)| measure(engine, name, wat, share)).collect::<Result<_, _>>()?;
	Ok(Report { speed: speed(&workloads), workloads })
}

fn speed(workloads: &[Measured]) -> u32 {
	let time: f64 = workloads.iter().map(|measured| 1.0 / measured.mfuel_per_second).sum();
	// A cast saturates; it cannot be negative.
	((workloads.len() as f64 / time) as u32).max(1)
}

fn measure<E: Engine>(
	engine: &E,
	name: &'static str,
	wat: &str,
	time: Duration,
) -> Result<Measured, BenchmarkError> {
	let module = wat::parse_str(wat).map_err(|e| BenchmarkError::Assemble(name, e.to_string()))?;
	let start = Instant::now();
	let prepared = engine.prepare(&module).map_err(|fault| BenchmarkError::Fault(name, fault))?;
	let prepare_ms = start.elapsed().as_secs_f64() * 1000.0;
	let program = match prepared {
		Prepared::Ready(program) => program,
		Prepared::Refused(reason) => return Err(BenchmarkError::Refused(name, reason)),
	};
	let timed = |fuel: Fuel| -> Result<f64, BenchmarkError> {
		let start = Instant::now();
		let execution =
			engine.run(&program, &context(fuel), &[]).map_err(|fault| BenchmarkError::Fault(name, fault))?;
		match execution.outcome {
			Outcome::OutOfFuel { .. } => Ok(start.elapsed().as_secs_f64().max(1e-6)),
			other => Err(BenchmarkError::Ended(name, other)),
		}
	};
	// The first run says how fast it is, the second, over a tenth of the time, says it better, the third is the figure.
	let mut rate = FIRST.0 as f64 / timed(FIRST)?;
	for share in [0.1, 0.9] {
		let fuel = Fuel(((rate * time.as_secs_f64() * share) as u64).clamp(FIRST.0, MOST.0));
		rate = fuel.0 as f64 / timed(fuel)?;
	}
	Ok(Measured { name, mfuel_per_second: rate / 1e6, prepare_ms })
}

fn context(fuel: Fuel) -> TaskContext {
	TaskContext {
		job: JobId(0),
		task: TaskIndex(0),
		tasks: 1,
		time: 0,
		args: Vec::new(),
		limits: Limits { fuel, memory: 16 << 20, output: 0 },
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;
	use ergon_executor_wasmtime::Wasmtime;

	#[test]
	fn every_workload_should_be_measured_on_the_real_engine() {
		let report = run(&Wasmtime::new().unwrap(), Duration::from_millis(40)).unwrap();
		assert_eq!(report.workloads.len(), WORKLOADS.len());
		assert!(report.workloads.iter().all(|measured| measured.mfuel_per_second > 0.0), "{report:?}");
		assert!(report.speed >= 1);
	}

	#[test]
	fn speed_should_be_the_harmonic_mean() {
		let of = |rate| Measured { name: "x", mfuel_per_second: rate, prepare_ms: 0.0 };
		assert_eq!(speed(&[of(100.0), of(300.0)]), 150);
		assert_eq!(speed(&[of(0.1)]), 1);
	}
}
