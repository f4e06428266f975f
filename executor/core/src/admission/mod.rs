//! Which modules are run: bytes in, a module that every engine runs alike, or a reason for refusal, out.
//!
//! Admitted is core WebAssembly 2.0 without SIMD, written as a WASI preview 1 command. Bounds keep what admission and
//! compilation can cost in proportion to a module's size. The answer depends on the bytes alone.
//!
//! Between the checks and [`Admitted::module`] stands [`crate::instrument`], which writes into the module all that
//! decides an outcome: engines run what they find there and look at nothing else.

mod module;

#[cfg(test)]
mod tests;

use crate::{instrument, Refusal};
use alloc::{string::String, vec::Vec};
use core::fmt;
use wasmparser::WasmFeatures;

/// The largest module, in bytes.
pub const MAX_MODULE: usize = 16 << 20;
/// The most types.
pub const MAX_TYPES: u32 = 10_000;
/// The most functions of its own.
pub const MAX_FUNCTIONS: u32 = 100_000;
/// The most imports.
pub const MAX_IMPORTS: u32 = 1_000;
/// The most exports.
pub const MAX_EXPORTS: u32 = 10_000;
/// The most globals.
pub const MAX_GLOBALS: u32 = 10_000;
/// The most data segments, and the most element segments.
pub const MAX_SEGMENTS: u32 = 50_000;
/// The longest body of a function, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// The most locals of a function, without its parameters.
pub const MAX_LOCALS: u32 = 10_000;
/// The most locals of all functions together.
pub const MAX_ALL_LOCALS: u32 = 4_000_000;
/// The most parameters of a function or block.
pub const MAX_PARAMS: usize = 100;
/// The most results of a function or block.
pub const MAX_RESULTS: usize = 16;
/// How deep blocks may nest.
pub const MAX_NESTING: usize = 1_000;
/// The most targets of a `br_table`, beside its default: what compilers take.
pub const MAX_TARGETS: u32 = 65_520;
/// The most tables.
pub const MAX_TABLES: u32 = 8;
/// The most entries that a table may have, from the start or by growing.
pub const MAX_TABLE_ENTRIES: u32 = 1 << 20;

/// Bytes in a page of linear memory.
pub const PAGE: u64 = 64 << 10;
/// The most pages of a memory.
pub const MAX_PAGES: u64 = 1 << 16;

/// What a module may use, exactly.
pub const FEATURES: WasmFeatures = WasmFeatures::FLOATS
	.union(WasmFeatures::GC_TYPES) // `externref` in wasmparser's words; the proposal itself is `GC`.
	.union(WasmFeatures::MUTABLE_GLOBAL)
	.union(WasmFeatures::SATURATING_FLOAT_TO_INT)
	.union(WasmFeatures::SIGN_EXTENSION)
	.union(WasmFeatures::MULTI_VALUE)
	.union(WasmFeatures::REFERENCE_TYPES) // With over-long encodings of `call_indirect`.
	.union(WasmFeatures::BULK_MEMORY);

/// A module that is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
	/// What an engine is given.
	pub module: Vec<u8>,
	/// The size of its memory at the start, in bytes.
	pub initial_memory: u64,
	/// How many pages the module itself lets its memory have.
	pub maximum_pages: u64,
	/// The fuel that making an instance costs.
	pub start_fuel: u64,
}

impl Admitted {
	/// Whether the module can be run within a job's memory limit.
	pub fn fits(&self, memory_limit: u64) -> Result<(), Refusal> {
		if self.initial_memory <= memory_limit {
			Ok(())
		} else {
			Err(Refusal::MemoryAboveLimit)
		}
	}
}

/// A module that is not run: the reason, which is attested to, and what a person wants to know besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
	/// The reason.
	pub reason: Refusal,
	/// What exactly, and where in the module; empty where the reason says it all. Not part of any outcome.
	pub detail: String,
}

impl fmt::Display for Rejected {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		self.reason.fmt(f)?;
		if self.detail.is_empty() {
			Ok(())
		} else {
			write!(f, " ({})", self.detail)
		}
	}
}

impl core::error::Error for Rejected {}

impl From<Refusal> for Rejected {
	fn from(reason: Refusal) -> Self {
		Self { reason, detail: String::new() }
	}
}

/// Decides whether a module is run, and makes it ready.
pub fn admit(module: &[u8]) -> Result<Admitted, Rejected> {
	admit_as(Kind::Command, module)
}

/// The same without the rules for a command: whatever the module imports and exports. For tests of an engine; such a
/// module is no program.
///
/// Its start function, if it has one, is called by the new `_start`, or, if it has none, to be called first under the
/// name [`START`](crate::instrument::START).
pub fn admit_library(module: &[u8]) -> Result<Admitted, Rejected> {
	admit_as(Kind::Library, module)
}

/// What a module is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
	Command,
	Library,
}

fn admit_as(kind: Kind, module: &[u8]) -> Result<Admitted, Rejected> {
	if module.len() > MAX_MODULE {
		return Err(Refusal::ModuleTooLarge.into());
	}
	match module.get(..8) {
		Some(b"\0asm\x01\0\0\0") => {},
		Some(header) if header.starts_with(b"\0asm") && header.ends_with(&[1, 0]) => {
			return Err(Refusal::Component.into());
		},
		_ => return Err(Refusal::NotWasm.into()),
	}
	let checked = module::check(module, kind)?;
	Ok(Admitted {
		module: instrument::write(module, checked.source)?,
		initial_memory: checked.pages.saturating_mul(PAGE),
		maximum_pages: checked.most_pages,
		start_fuel: checked.start_fuel,
	})
}
