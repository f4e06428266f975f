//! The runtime as a whole: real blocks with real digests, real signatures, every hook.

// A failing test may panic.
#![allow(clippy::unwrap_used)]

mod chain;
mod consensus;
mod genesis;
mod invariants;
mod job;
mod load;
mod parameters;
mod sizes;
mod walls;
