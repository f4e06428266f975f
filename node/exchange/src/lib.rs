//! Blobs between nodes.
//!
//! A blob that is put at one node must be had at any other: verified, resumable, from several holders at once, with
//! bounded memory, and without harm from those that lie or ask too much. [`Exchange`] fetches whole blobs into the
//! store, finds who has one and makes others keep one; the tasks that [`start`] returns serve what is here. What the
//! rest of the node needs of it is the trait [`Network`].
//!
//! # A fetch
//!
//! The connected full nodes are asked whether they have the blob, and if none has it, those whom the network's table
//! (its Kademlia) names. Missing blocks are asked of several holders at once, one block a question: more of those that
//! are quick, fewer of those that are slow; a block that takes long is asked of a second one too. Each block is verified
//! by the store when it comes. A peer whose bytes are not the block's is asked no more in this fetch, and banned
//! for a while: a node verifies what it sends. Holders that appear later are found, for those that had nothing are asked again until the
//! deadline. Fetches of one blob at the same time are one. What is here when the time is over stays, and the next fetch
//! goes on from it.
//!
//! # Bounds
//!
//! | what | at most |
//! |---|---|
//! | blocks on their way to the store, over all fetches | 8 (16 MiB with the largest, 8 MiB with our own) |
//! | blocks on their way to peers | 8, and 4 more by Bitswap |
//! | one block | 2 MiB; ours have 1 MiB |
//! | fetches at once | 128; those beyond wait |
//! | peers of one fetch | 64 |
//! | bytes in a second to one peer | [`Options::rate`] |
//! | questions in a second of one peer | 500, 2,000 at once; 32 wait |
//! | wants that are read of one Bitswap message | 512 |
//! | bytes kept for others on their wish | [`Options::keep`] |
//!
//! # Two protocols
//!
//! Between nodes of the chain blocks travel by a request–response protocol of our own, `/{genesis}/blobs/get/1`; to
//! everybody else this node speaks Bitswap 1.2, server and client, and a peer that refuses ours is asked in Bitswap.
//! Bitswap alone would not do, for what the SDK offers of it:
//!
//! * The SDK's service (`sc-network-bitswap` 0.38) does not say from whom a block came, so that nobody can be charged
//!   for a lie; it asks one random peer after another, each with five seconds' patience; and it reads blocks from the
//!   chain's database only.
//! * Below it, litep2p 0.15 has one task write all answers, each awaited for up to 15 s, and that task does not read
//!   meanwhile. Two nodes that send each other a block of 1 MiB at once (a stream's window has 256 KiB) both stand still
//!   until the time is over, and a peer that does not read makes Bitswap stand still for all.
//! * It does not say when an answer has left, so that the memory of answers cannot be bounded without waiting for the
//!   peer's next message, as is done here.
//!
//! A request–response protocol has none of these faults: each answer has a stream and a time of its own, the network says
//! when it has left, and every failure has a name and a peer.
//!
//! The SDK's publisher for the IPFS network's own table takes its news as a type that its crate does not export
//! (`sc-network` 0.60, `ipfs_block_provider::Change`), so that no store of ours can be published by it. Provider records
//! are in the chain's own table, under the keys that IPFS uses.

mod announce;
mod bitswap;
mod client;
mod metrics;
mod mirror;
mod network;
mod p2p;
mod server;
mod start;
mod table;
mod transport;
mod wire;

pub use client::Exchange;
pub use network::{FetchError, Fetched, Holder, Network, Offline, Spread};
pub(crate) use start::GET_WITHIN;
pub use start::{full_nodes, protocols, start, FullNodes, Inbound, Options, Parts, Task};
