//! What an engine is asked for, and what it may answer.

use crate::{Outcome, Refusal};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;
use ergon_primitives::{JobId, Limits, Moment, TaskIndex};

/// All that a task can see, apart from its program and its input.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TaskContext {
	/// The job that it belongs to.
	pub job: JobId,
	/// Its place in the job.
	pub task: TaskIndex,
	/// How many tasks the job has.
	pub tasks: u32,
	/// Where its clocks start: the time of the block that included the job, in milliseconds.
	pub time: Moment,
	/// The job's arguments, without the program's name.
	pub args: Vec<Vec<u8>>,
	/// What it may use.
	pub limits: Limits,
}

/// A task that was run to its end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Execution {
	/// What it ended in: the part that replicas agree on.
	pub outcome: Outcome,
	/// The bytes that the outcome names; empty unless it exited.
	pub output: Vec<u8>,
	/// The first [`MAX_STDERR`](crate::host::MAX_STDERR) bytes of its standard error, for the person who debugs.
	pub stderr: Vec<u8>,
}

impl Execution {
	/// A task that ended before it began.
	pub fn without_run(outcome: Outcome) -> Self {
		Self { outcome, output: Vec::new(), stderr: Vec::new() }
	}
}

/// A program as far as an engine takes it before a task is known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Prepared<P> {
	/// Can be run.
	#[codec(index = 0)]
	Ready(P),
	/// Every task of it ends as [`Outcome::InvalidModule`].
	#[codec(index = 1)]
	Refused(Refusal),
}

/// Trouble of this machine, not of the task. Never attested to: who meets it retries, abstains or gives up.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum LocalFault {
	/// The engine could not be set up.
	#[codec(index = 0)]
	Setup(String),
	/// An admitted module could not be compiled here.
	#[codec(index = 1)]
	Compile(String),
	/// This machine could not give the memory that the task may have.
	#[codec(index = 2)]
	Memory(String),
	/// The task ran longer than this machine lets any task run.
	#[codec(index = 3)]
	Fenced {
		/// How long it was let run.
		millis: u64,
	},
	/// The engine did something that it should not.
	#[codec(index = 4)]
	Engine(String),
	/// The process in which it ran was lost, or did what it must not.
	#[codec(index = 5)]
	Process(String),
}

impl fmt::Display for LocalFault {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Setup(why) => write!(f, "the engine could not be set up: {why}"),
			Self::Compile(why) => write!(f, "the program could not be compiled on this machine: {why}"),
			Self::Memory(why) => {
				write!(f, "this machine has not the memory that the task asks for: {why}; offer less memory or fewer slots")
			},
			Self::Fenced { millis } => {
				write!(f, "stopped after {millis} ms, the longest that this machine lets a task run; raise the fence or measure the speed again")
			},
			Self::Engine(why) => write!(f, "the engine failed: {why}"),
			Self::Process(why) => write!(f, "the process in which it ran was lost: {why}"),
		}
	}
}

impl core::error::Error for LocalFault {}

/// Carries out the definition of execution. Two engines given the same program, context and input return the same
/// [`Outcome`] and the same output, or a [`LocalFault`].
pub trait Engine {
	/// A program that is ready to run, any number of times.
	type Program;

	/// Admits a module and makes it ready.
	fn prepare(&self, module: &[u8]) -> Result<Prepared<Self::Program>, LocalFault>;

	/// Runs one task to its end.
	fn run(
		&self,
		program: &Self::Program,
		context: &TaskContext,
		input: &[u8],
	) -> Result<Execution, LocalFault>;
}
