//! The blob store of a node: bytes under their names, in a folder.
//!
//! A **blob** of up to 1 MiB is one **block**; a larger one is a tree of blocks: raw leaves of 1 MiB, and nodes that link
//! to them ([`dag`] says what trees are taken). A block has a name as well, and one that several blobs have in common is
//! there once.
//!
//! # Promises
//!
//! * **Verified.** A name is computed from the bytes on the way in and again on every read. A damaged block is dropped
//!   when it is found, counted, and told as [`Event::Broken`]; the blob is a partial one from then on, of which just that
//!   block has to be fetched again.
//! * **Durable and atomic.** A block is written to a temporary file, synced and renamed; its folder is synced; then the
//!   blob is recorded in a list, which is synced too. What was acknowledged is there after `kill -9` and after a power
//!   cut, whole; of what was not nothing is left after the next start. Fetches are the exception: what has come of a
//!   blob stays for the next attempt.
//! * **Bounded.** A blob has at most [`Options::max_blob`] bytes; all files together have at most [`Options::quota`], and
//!   what no job refers to at most [`Options::loose_quota`]. Files count with their bytes rounded up to 4 KiB. Uploads
//!   and fetches keep no content in memory, reads one leaf.
//! * **Nothing that is needed is evicted.** Not what the chain refers to ([`References`], asked before anything is evicted),
//!   nor what a job holds that the chain has, nor what is being read, written or fetched. The rest goes when its grace is
//!   over or its room is needed, the oldest first.
//! * **Room is told.** [`BlobError::Full`] and [`BlobError::DiskFull`] leave nothing behind, and the store goes on.
//! * **Names only.** File names are made of [`ergon_primitives::BlobId`]s, so that no text of a user reaches the file
//!   system.
//!
//! One process at a time may have a store open ([`BlobError::Locked`]). All calls block; in async code they belong on a
//! thread for blocking work. Any number of threads may use a store.
//!
//! # Layout
//!
//! ```text
//! PATH/
//!   lock               held while the store is open
//!   roots              the list: what is here and why it is kept; records of 64 bytes, appended
//!   blocks/bafk…       the bytes of a block. One folder: one sync makes all names durable that came in together
//!   tmp/…              on the way in
//! ```
//!
//! A block that belongs to no blob of the list is removed when the store is opened: without the list all are.
//!
//! Opening reads the list, the nodes of trees and the names of all files, but no content.

mod counters;
pub mod dag;
mod error;
mod events;
mod index;
mod inner;
mod layout;
mod log;
mod manifest;
mod open;
mod options;
mod partial;
mod pool;
mod read;
mod room;
mod store;
mod writer;

pub use counters::Counters;
pub use dag::DagError;
pub use error::BlobError;
pub use events::Event;
pub use options::{Hold, Options, References, Stat, Swept, Usage};
pub use partial::{Offered, Partial, Progress};
pub use read::BlobReader;
pub use store::BlobStore;
pub use writer::{BlobWriter, Finished};

/// The largest blob in bytes: 256 MiB.
pub const MAX_BLOB: u64 = 256 << 20;

/// The largest blob that travels over JSON-RPC, in bytes: 10 MiB, which is 14 MB of base64 and fits the node's default
/// limit on requests.
pub const MAX_RPC_BLOB: usize = 10 << 20;
