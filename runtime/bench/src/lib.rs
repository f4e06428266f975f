//! Measures the runtime as a node executes it: compiled to WebAssembly, by the SDK's executor.
//!
//! Two programs: `weights` runs the runtime's benchmarks and writes its weights from them; `figures` says what a job costs a
//! block in these weights, and whether a full block takes no longer than they say.

#[cfg(feature = "figures")]
pub mod chain;
#[cfg(feature = "figures")]
pub mod figures;
#[cfg(feature = "figures")]
pub mod market;
pub mod measure;
pub mod runtime;
pub mod write;
