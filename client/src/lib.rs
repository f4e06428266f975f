//! The client's library of Ergon: reads the market, moves blobs, signs and submits calls, and checks what comes back.
//!
//! A [`Client`] is one WebSocket connection to one node. It is cheap to clone, never hangs (each request has a time
//! limit) and never reconnects by itself: when the connection is gone, every call says so with an error for which
//! `is_connection()` holds, and the holder connects again.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use ergon_client::{account_of, keypair_from_suri, Call, Client};
//!
//! let client = Client::connect("ws://127.0.0.1:9944").await?;
//! let alice = keypair_from_suri("//Alice")?;
//! println!("{} plancks", client.balance(&account_of(&alice)).await?.free);
//! let bob = account_of(&keypair_from_suri("//Bob")?);
//! client.submit(Call::Transfer { to: bob, amount: 1_000_000_000_000 }, &alice).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Calls are encoded by looking pallets and calls up by name in the chain's own metadata; the arguments are the SCALE
//! encoding of the types in `ergon-primitives`. No code is generated from metadata, so a client works with every
//! runtime in which the calls that it uses have not changed.

mod balances;
mod blobs;
mod blocks;
mod calls;
mod connect;
mod error;
mod key_file;
mod keys;
mod known;
mod queries;
mod refusals;
mod submit;
pub mod verify;

pub use balances::AccountBalance;
pub use blobs::{
	BlobError, BlobStatus, BlobsAt, BlobsInfo, Found, Get, Got, Holder, Holders, Missing, NoGateway, Partial,
	Progress, Put, Spread, Stage, Step, MAX_RPC_BLOB,
};
pub use blocks::BestBlocks;
pub use calls::Call;
pub use connect::{Client, ClientOptions};
pub use error::{ConnectError, KeyError, QueryError, SubmitError};
pub use key_file::{generate_key, KeyFileError, KeySource};
pub use keys::{account_of, keypair_from_suri};
pub use known::{exposure, Exposure, KnownAnswer, NotPlanted, Planting};
pub use queries::PAGE;
pub use submit::Included;
pub use subxt_signer::sr25519::Keypair;

/// An account: 32 bytes, shown as an SS58 address with prefix 42.
pub type AccountId = subxt::utils::AccountId32;
