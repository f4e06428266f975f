//! The blob store of a node: bytes under their names, in a folder.
//!
//! * **Verified.** A name is computed from the bytes on the way in and again on every read. A file whose bytes no
//!   longer have its name is dropped and reported as missing.
//! * **Atomic.** Bytes are written to a temporary file in the same file system, synced and renamed: a name is there
//!   with all its bytes or not at all, also after a power cut. What a crash leaves behind is removed at the next start.
//! * **Idempotent and concurrent.** Any number of threads may put and get the same blob; a put of what is there succeeds.
//! * **Bounded.** A blob has at most [`MAX_BLOB`] bytes, the store at most [`Options::max_total`].
//!
//! File names are derived from [`BlobId`]s only, so that no text of a user ever reaches the file system. One process
//! at a time may have a store open.
//!
//! All calls block; in async code they belong on a thread for blocking work.
//!
//! # Layout
//!
//! ```text
//! PATH/
//!   blobs/3f/bafkrei…     the bytes; the folder is the first byte of the digest
//!   tmp/…                 on the way in
//! ```

mod error;
mod layout;
mod store;
mod usage;
mod writer;

pub use error::BlobError;
pub use store::{BlobStore, Options};
pub use writer::BlobWriter;

/// The largest blob in bytes: 256 MiB.
pub const MAX_BLOB: u64 = 256 << 20;

/// The largest blob that travels over JSON-RPC, in bytes: 10 MiB, which is 14 MB of base64 and fits the node's default
/// limit on requests.
pub const MAX_RPC_BLOB: usize = 10 << 20;
