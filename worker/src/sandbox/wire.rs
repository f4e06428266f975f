//! What a parent asks of a child, and what it may answer.

use codec::{Decode, Encode};
use ergon_executor_core::{
	admission::MAX_MODULE, host::MAX_STDERR, Execution, LocalFault, Prepared, TaskContext,
};
use std::borrow::Cow;

/// What a child is asked for. It answers each request with one reply, and asks for nothing itself.
#[derive(Debug, Encode, Decode)]
pub enum Request<'a> {
	/// Admit and compile a module. Answered by [`Reply::Compiled`].
	#[codec(index = 0)]
	Compile(Cow<'a, [u8]>),
	/// Hold what was compiled, as the one program of this child. Answered by [`Reply::Loaded`].
	#[codec(index = 1)]
	Load(Cow<'a, [u8]>),
	/// Run the program that is held. Answered by [`Reply::Ended`].
	#[codec(index = 2)]
	Run {
		/// What the task can see.
		context: Cow<'a, TaskContext>,
		/// What it reads.
		input: Cow<'a, [u8]>,
	},
}

/// What a child says.
#[derive(Debug, Encode, Decode)]
pub enum Reply {
	/// First of all: it is confined, but for what is listed (nothing, unless it was told that this may be).
	#[codec(index = 0)]
	Confined(Vec<String>),
	/// First of all: it could not confine itself, and ends.
	#[codec(index = 1)]
	Exposed(Vec<String>),
	/// Compiled code.
	#[codec(index = 2)]
	Compiled(Prepared<Vec<u8>>),
	/// The program is held.
	#[codec(index = 3)]
	Loaded,
	/// The task's end.
	#[codec(index = 4)]
	Ended(Execution),
	/// It could not.
	#[codec(index = 5)]
	Fault(LocalFault),
}

/// The most compiled code that is taken for a program: 32 times the largest module.
pub const MAX_CODE: usize = MAX_MODULE * 32;

/// More than the fixed parts of any message, and than any fault's text.
const SLACK: usize = 64 << 10;

impl Request<'_> {
	/// No request is longer: the largest program, or the largest input and arguments.
	pub const MAX: usize = u32::MAX as usize;

	/// No honest answer is longer.
	pub fn longest_reply(&self) -> usize {
		SLACK
			+ match self {
				Self::Compile(_) => MAX_CODE,
				Self::Load(_) => 0,
				Self::Run { context, .. } => MAX_STDERR + context.limits.output as usize,
			}
	}
}
