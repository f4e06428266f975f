//! What a running program sees of the world: WASI preview 1 over a closed room.
//!
//! Every function of the interface exists and answers the same on every machine. There are a standard input, output
//! and error, arguments, three environment variables, a clock that only fuel moves and random numbers that the task's
//! name decides. There are no files, no directories, no sockets and nothing to wait for: those calls answer with a
//! fixed error.
//!
//! An engine keeps one [`Host`] for each run, hands every imported call to [`Host::call`] with the fuel spent so far,
//! takes back the fuel spent after it, and at the end asks [`Host::finish`] for the execution. A pointer of the
//! program that leads outside of its memory is answered with `EFAULT`, and then nothing was done.

mod calls;
pub mod costs;
mod errno;
mod functions;
mod memory;
mod random;
mod streams;

#[cfg(test)]
mod tests;

pub use errno::Errno;
pub use functions::{Function, Param, MODULE};
pub use memory::GuestMemory;

use crate::{Execution, Outcome, TaskContext, TrapKind};
use alloc::{format, vec::Vec};
use ergon_primitives::{BlobId, Fuel};
use random::Random;

/// How much of the standard error is kept, in bytes; the rest is dropped.
pub const MAX_STDERR: usize = 64 << 10;

/// Why a call of the host does not return to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
	/// It called `proc_exit`.
	Exit(u32),
	/// The call costs more fuel than is left.
	OutOfFuel,
	/// It wrote more than it may.
	OutputTooLarge,
}

/// How the program's code came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
	/// `_start` returned.
	Returned,
	/// A call of the host ended it, or the engine found the fuel spent.
	Stopped(Stop),
	/// It trapped.
	Trapped(TrapKind),
}

/// One task's world.
pub struct Host {
	/// `argv`, each ended by a zero byte.
	args: Vec<Vec<u8>>,
	/// `NAME=value`, each ended by a zero byte.
	environment: Vec<Vec<u8>>,
	/// Where the clocks start, in nanoseconds.
	epoch: u64,
	random: Random,
	input: Vec<u8>,
	/// How much of the input was read.
	position: usize,
	output: Vec<u8>,
	stderr: Vec<u8>,
	/// Which of the three streams are open.
	open: [bool; 3],
	fuel_limit: u64,
	output_limit: usize,
}

impl Host {
	/// The world of this task.
	pub fn new(context: &TaskContext, input: Vec<u8>) -> Self {
		let terminated = |text: &[u8]| [text, &[0]].concat();
		let variables = [
			format!("ERGON_JOB={}", context.job),
			format!("ERGON_TASK={}", context.task),
			format!("ERGON_TASKS={}", context.tasks),
		];
		Self {
			args: core::iter::once(&b"program"[..])
				.chain(context.args.iter().map(Vec::as_slice))
				.map(terminated)
				.collect(),
			environment: variables.iter().map(|variable| terminated(variable.as_bytes())).collect(),
			epoch: context.time.saturating_mul(1_000_000),
			random: Random::new(context.job, context.task),
			input,
			position: 0,
			output: Vec::new(),
			stderr: Vec::new(),
			open: [true; 3],
			fuel_limit: context.limits.fuel.0,
			output_limit: usize::try_from(context.limits.output).unwrap_or(usize::MAX),
		}
	}

	/// Answers one call. `spent` is the fuel that the task has spent, and is moved on by the call's cost.
	///
	/// `args` are as many as the function has parameters, 32-bit ones extended with zeros. `Ok` is the errno that the
	/// program gets.
	pub fn call(
		&mut self,
		function: Function,
		args: &[u64],
		memory: &mut dyn GuestMemory,
		spent: &mut u64,
	) -> Result<Errno, Stop> {
		let mut call = calls::Call { host: self, memory, spent };
		call.charge(costs::CALL)?;
		call.answer(function, calls::Args(args))
	}

	/// What the task comes to, given how its code ended and all the fuel that it spent.
	///
	/// Fuel decides first: an end that is reached with more spent than the limit is `OutOfFuel`, because where exactly
	/// between two tests the fuel ran dry is an engine's affair.
	pub fn finish(self, ending: Ending, spent: u64) -> Execution {
		let fuel = Fuel(spent);
		let outcome = match ending {
			_ if spent > self.fuel_limit => Outcome::OutOfFuel { fuel: Fuel(self.fuel_limit) },
			Ending::Stopped(Stop::OutOfFuel) => Outcome::OutOfFuel { fuel: Fuel(self.fuel_limit) },
			Ending::Stopped(Stop::OutputTooLarge) => Outcome::OutputTooLarge { fuel },
			Ending::Trapped(kind) => Outcome::Trapped { kind, fuel },
			Ending::Returned => self.exited(0, fuel),
			Ending::Stopped(Stop::Exit(code)) => self.exited(code, fuel),
		};
		let output = if outcome.output().is_some() { self.output } else { Vec::new() };
		Execution { outcome, output, stderr: self.stderr }
	}

	fn exited(&self, code: u32, fuel: Fuel) -> Outcome {
		Outcome::Exited {
			code,
			output: BlobId::of(&self.output),
			// The limit of the output is a u32.
			output_len: u32::try_from(self.output.len()).unwrap_or(u32::MAX),
			fuel,
		}
	}
}
