//! Why a module is not run. The same answer everywhere: a refusal is an outcome, and is attested to.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Which rule of admission a module breaks: the first one, in the order of the module's bytes.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Refusal {
	/// It does not begin as a WebAssembly module of version 1 does.
	#[codec(index = 0)]
	NotWasm,
	/// It is a component, not a core module.
	#[codec(index = 1)]
	Component,
	/// It has more than [`MAX_MODULE`](crate::admission::MAX_MODULE) bytes.
	#[codec(index = 2)]
	ModuleTooLarge,
	/// It is not valid, or uses a feature that the profile does not admit.
	#[codec(index = 3)]
	Invalid,
	/// It imports something that is not a function of `wasi_snapshot_preview1`.
	#[codec(index = 4)]
	UnknownImport,
	/// It imports a function of `wasi_snapshot_preview1` with another signature than that function has.
	#[codec(index = 5)]
	ImportSignature,
	/// It does not export a function `_start` without parameters and results.
	#[codec(index = 6)]
	NoStart,
	/// It does not export its memory as `memory`.
	#[codec(index = 7)]
	NoMemory,
	/// It has more functions, types, globals, segments, imports or exports than are admitted.
	#[codec(index = 8)]
	TooManyItems,
	/// A function's body is too long.
	#[codec(index = 9)]
	FunctionTooLarge,
	/// A function has too many parameters, results or locals.
	#[codec(index = 10)]
	TooManyLocals,
	/// Blocks are nested too deep.
	#[codec(index = 11)]
	NestingTooDeep,
	/// It has too many tables, or one is too large from the start.
	#[codec(index = 12)]
	TableTooLarge,
	/// Its memory is larger from the start than the job's limit. The only refusal that depends on the job.
	#[codec(index = 13)]
	MemoryAboveLimit,
	/// It exports a name that begins with [`RESERVED`](crate::instrument::RESERVED).
	#[codec(index = 14)]
	ReservedName,
	/// Calls that cannot recurse already need more stack than [`MAX_DEPTH`](crate::instrument::MAX_DEPTH).
	#[codec(index = 15)]
	StackTooDeep,
	/// A `br_table` has more than [`MAX_TARGETS`](crate::admission::MAX_TARGETS) targets.
	#[codec(index = 16)]
	BranchTooWide,
}

impl Refusal {
	/// What is wrong, and what would be accepted.
	pub fn advice(&self) -> &'static str {
		match self {
			Self::NotWasm => {
				"it is not a WebAssembly module in the binary format; compile it to one (text format: `wat2wasm`)"
			},
			Self::Component => "it is a component; build a core module for the target wasm32-wasip1 or wasm32v1-none",
			Self::ModuleTooLarge => "it is larger than 16 MiB; strip debug information (`-s`, `strip = true`)",
			Self::Invalid => {
				"it is damaged, or uses a feature that is not admitted: threads, SIMD, memory64, several memories, exceptions, garbage collection and tail calls are not"
			},
			Self::UnknownImport => {
				"it imports something other than the functions of wasi_snapshot_preview1; link it as a WASI preview 1 command"
			},
			Self::ImportSignature => "it imports a WASI function with a wrong signature; use a WASI preview 1 library",
			Self::NoStart => {
				"it does not export `_start` as a function without parameters and results; link it as a command, not as a library"
			},
			Self::NoMemory => "it does not export its memory under the name `memory`",
			Self::TooManyItems => {
				"it has too many items: at most 100000 functions, 10000 types, 10000 globals, 50000 segments, 1000 imports, 10000 exports"
			},
			Self::FunctionTooLarge => "one of its functions has more than 1 MiB of code; split it, or compile it for size",
			Self::TooManyLocals => {
				"one of its functions has more than 10000 locals, 100 parameters or 16 results; compile with optimisation"
			},
			Self::NestingTooDeep => "one of its functions nests blocks more than 1000 deep",
			Self::TableTooLarge => "it has more than 8 tables, or one of more than 1048576 entries",
			Self::MemoryAboveLimit => "its initial memory is above limits.memory; raise the limit, or link it with less",
			Self::ReservedName => "it exports a name that begins with `ergon:`, which is kept for what admission adds; rename it",
			Self::BranchTooWide => "one of its functions has a `br_table` of more than 65520 targets; split the `switch` that it comes from",
			Self::StackTooDeep => {
				"the largest frames on a chain of its calls need more than the whole stack of 1048576 units; give its functions fewer locals"
			},
		}
	}
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(self.advice())
	}
}
