//! Blobs between nodes: the server and the client of Bitswap over the blob store, and the fetch of whole blobs.

mod network;

pub use network::{FetchError, Fetched, Holder, Network, Offline, Spread};
