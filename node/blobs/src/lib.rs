//! The blob store of a node: bytes under their names, in a folder.
mod counters;
pub mod dag;
mod error;
mod events;
mod options;

pub use counters::Counters;
pub use dag::DagError;
pub use error::BlobError;
pub use events::Event;
pub use options::{Hold, Options, References, Stat, Swept, Usage};

/// The largest blob in bytes: 256 MiB.
pub const MAX_BLOB: u64 = 256 << 20;

/// The largest blob that travels over JSON-RPC, in bytes: 10 MiB, which is 14 MB of base64 and fits the node's default
/// limit on requests.
pub const MAX_RPC_BLOB: usize = 10 << 20;

mod stub;
pub use stub::*;
