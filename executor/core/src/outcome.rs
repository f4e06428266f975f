//! How a task can end. Every ending here is deterministic, so every one can be agreed on, and is paid for.

use crate::Refusal;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use ergon_primitives::{BlobId, Fuel};
use scale_info::TypeInfo;

/// What a task ended in.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Outcome {
	/// The program returned (code 0) or called `proc_exit`.
	#[codec(index = 0)]
	Exited {
		/// What it gave to `proc_exit`.
		code: u32,
		/// What it wrote to its standard output.
		output: BlobId,
		/// How many bytes that is.
		output_len: u32,
		/// What it used.
		fuel: Fuel,
	},
	/// The program did what WebAssembly does not allow.
	#[codec(index = 1)]
	Trapped {
		/// What that was.
		kind: TrapKind,
		/// What it used until then.
		fuel: Fuel,
	},
	/// The program needed more fuel than its limit.
	#[codec(index = 2)]
	OutOfFuel {
		/// The limit.
		fuel: Fuel,
	},
	/// The program wrote more than its limit to its standard output.
	#[codec(index = 3)]
	OutputTooLarge {
		/// What it used until then.
		fuel: Fuel,
	},
	/// The module is not one that is run.
	#[codec(index = 4)]
	InvalidModule {
		/// Why.
		reason: Refusal,
	},
	/// The manifest is not one, or has no entry for the task.
	#[codec(index = 5)]
	InvalidInput,
}

impl Outcome {
	/// The fuel that is paid for.
	pub fn fuel(&self) -> Fuel {
		match self {
			Self::Exited { fuel, .. }
			| Self::Trapped { fuel, .. }
			| Self::OutOfFuel { fuel }
			| Self::OutputTooLarge { fuel } => *fuel,
			Self::InvalidModule { .. } | Self::InvalidInput => Fuel(0),
		}
	}

	/// The blob that the task made, if it ended by itself.
	pub fn output(&self) -> Option<BlobId> {
		match self {
			Self::Exited { output, .. } => Some(*output),
			_ => None,
		}
	}

	/// Whether the program says of itself that all is well: exit code 0.
	pub fn is_success(&self) -> bool {
		matches!(self, Self::Exited { code: 0, .. })
	}
}

impl fmt::Display for Outcome {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Exited { code, output_len, fuel, .. } => {
				write!(f, "exited with code {code} after {fuel} fuel, {output_len} bytes of output")
			},
			Self::Trapped { kind, fuel } => write!(f, "trapped after {fuel} fuel: {kind}"),
			Self::OutOfFuel { fuel } => write!(f, "ran out of fuel: the limit is {fuel}"),
			Self::OutputTooLarge { fuel } => {
				write!(f, "wrote more output than its limit, after {fuel} fuel")
			},
			Self::InvalidModule { reason } => write!(f, "module refused: {reason}"),
			Self::InvalidInput => f.write_str("the input manifest has no entry for this task"),
		}
	}
}

/// The traps of the WebAssembly specification that an admitted module can reach.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum TrapKind {
	/// `unreachable` was executed: what a panic or an abort compiles to.
	#[codec(index = 0)]
	Unreachable,
	/// A memory access, or a data segment, outside of the memory.
	#[codec(index = 1)]
	OutOfBoundsMemory,
	/// A table access, an indirect call's index, or an element segment, outside of the table.
	#[codec(index = 2)]
	OutOfBoundsTable,
	/// An indirect call of an empty table entry.
	#[codec(index = 3)]
	UninitializedElement,
	/// An indirect call of a function of another type.
	#[codec(index = 4)]
	IndirectCallTypeMismatch,
	/// An integer division or remainder by zero.
	#[codec(index = 5)]
	IntegerDivideByZero,
	/// The smallest integer divided by −1, or a float too large for the integer type.
	#[codec(index = 6)]
	IntegerOverflow,
	/// A NaN converted to an integer.
	#[codec(index = 7)]
	InvalidConversion,
	/// Calls nested too deep.
	#[codec(index = 8)]
	StackExhausted,
}

impl fmt::Display for TrapKind {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Unreachable => "unreachable executed (a panic or an abort)",
			Self::OutOfBoundsMemory => "out of bounds memory access",
			Self::OutOfBoundsTable => "out of bounds table access",
			Self::UninitializedElement => "indirect call of an uninitialized element",
			Self::IndirectCallTypeMismatch => "indirect call type mismatch",
			Self::IntegerDivideByZero => "integer divide by zero",
			Self::IntegerOverflow => "integer overflow",
			Self::InvalidConversion => "invalid conversion to integer",
			Self::StackExhausted => "call stack exhausted",
		})
	}
}
