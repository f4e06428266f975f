//! The server: gives blocks of the store to other nodes, each at its own rate, in bounded memory.

mod bucket;
mod get;
mod keep;
mod queues;
#[cfg(test)]
mod tests;

pub(crate) use bucket::Bucket;
pub(crate) use get::{at, presence, serve};
pub(crate) use keep::serve_keep;
pub(crate) use queues::{Limits, Queues};

/// Questions in a second that one peer may ask.
pub(crate) const WANTS: f64 = 500.0;
/// Wishes of one peer that wait.
pub(crate) const QUEUE: usize = 32;
/// Peers that are known at once.
pub(crate) const PEERS: usize = 1024;
