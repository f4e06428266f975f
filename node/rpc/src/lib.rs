//! The JSON-RPC namespace `compute_*` of a node: blobs in and out, and the runtime's answers as JSON.
//!
//! [`ComputeServer`] says what there is; [`Compute`] does it, thinly, over the runtime API at the best block and the
//! node's blobs ([`BlobAccess`]); [`Error`] is all that can go wrong. Values look in JSON as `ergon_primitives` writes them:
//! amounts as decimal strings, blobs as CIDs, hashes as `0x…`, accounts as SS58.

mod api;
mod blobs;
mod compute;
mod error;
mod views;

pub use api::ComputeServer;
pub use blobs::BlobAccess;
pub use compute::Compute;
pub use error::Error;
pub use views::{BlobStatus, Blobs, Holder, Holders, Spread};
