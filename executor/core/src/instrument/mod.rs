//! Writes the profile into a module: fuel, the limit of the stack, canonical NaNs, the limits of memory and tables.
//!
//! Planners look at one function, or at the call graph, and say what is to stand before which operator; one emitter
//! merges what they say and writes the function anew. What is appended (types, functions, globals, locals, exports)
//! comes after the module's own, so no index of the module changes.

pub(crate) mod body;
pub mod cost;
mod emit;
pub(crate) mod follow;
pub(crate) mod fuel;
mod module;
pub(crate) mod nan;
pub(crate) mod stack;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use module::{write, Source};

/// The exported mutable `i64` global with the fuel that is left; below zero when more was needed.
pub const FUEL: &str = "ergon:fuel";
/// The exported mutable `i64` global with the units of stack in use; above [`MAX_DEPTH`] exactly when the program ended
/// of it.
pub const DEPTH: &str = "ergon:depth";
/// The exported mutable `i64` global with the pages that the memory may have in all. Only in modules with a memory.
pub const PAGES: &str = "ergon:pages";
/// The exported function to be called first in a library whose start function could not be moved into `_start`.
pub const START: &str = "ergon:start";
/// What exported names of the profile's own begin with. No program may export such a name.
pub const RESERVED: &str = "ergon:";

/// The most units of stack that calls may use.
pub const MAX_DEPTH: i64 = 1 << 20;
/// The most native stack, in bytes, that an engine's frame takes for each unit. Measured for wasmtime on frames made to be as
/// large as can be: 64 at the most (`executor/wasmtime/tests/stack.rs`).
pub const STACK_BYTES_PER_UNIT: usize = 128;

/// The longest body of a function with what is written into it, in bytes.
pub const MAX_BODY_WRITTEN: usize = 8 << 20;
/// The most code with what is written into it, in bytes.
pub const MAX_WRITTEN: usize = 64 << 20;
