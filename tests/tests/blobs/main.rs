//! Blobs over real nodes: what is put at one is had at every other, whatever happens to the rest.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod hints;
mod hostile;
mod jobs;
mod network;
mod store;
mod strangers;

/// Bytes in a MiB.
const MIB: usize = 1 << 20;
